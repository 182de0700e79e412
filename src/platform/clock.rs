//! The page's only clock.

use std::cell::Cell;

use super::window::window;

/// The page's two clocks drift less than this, in milliseconds, unless the machine slept or its clock was set.
const APART_MS: f64 = 5_000.0;

thread_local! {
    /// The time that the steady clock has missed, in milliseconds.
    static MISSED_MS: Cell<f64> = const { Cell::new(0.0) };
}

/// Milliseconds since 1970, with fractions. Never goes backward while the page is open: the page's start on the wall
/// clock plus the time counted by the steady clock. If that falls behind the wall clock because it stopped while the
/// machine slept, it is moved forward, since limits refill during sleep.
#[must_use]
pub fn now_ms() -> f64 {
    let Some(clock) = window().and_then(|window| window.performance()) else { return 0.0 };
    let steady = clock.time_origin() + clock.now() + MISSED_MS.get();
    let missed = js_sys::Date::now() - steady;
    if missed < APART_MS {
        return steady;
    }
    MISSED_MS.set(MISSED_MS.get() + missed);
    steady + missed
}

/// The same as a whole number.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a time after 1970; `as` saturates")]
pub(super) fn now_unix_ms() -> u64 {
    now_ms() as u64
}
