//! The one clock of the page.

use super::window::window;

/// Milliseconds since 1970, with fractions, and never going backwards while the page is open: the page's start on the
/// wall clock plus what the steady clock has counted since.
#[must_use]
pub fn now_ms() -> f64 {
    window().and_then(|window| window.performance()).map_or(0.0, |clock| clock.time_origin() + clock.now())
}

/// The same as a whole number.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a time after 1970; `as` saturates")]
pub(super) fn now_unix_ms() -> u64 {
    now_ms() as u64
}
