//! The names of windows.

use headroom_domain::LimitWindow;

/// Returns the short name of what a window counts.
#[must_use]
pub const fn short_name(window: LimitWindow) -> &'static str {
    match window {
        LimitWindow::RequestsMinute => "Req/min",
        LimitWindow::RequestsHour => "Req/hour",
        LimitWindow::RequestsDay => "Req/day",
        LimitWindow::TokensMinute => "Tok/min",
        LimitWindow::TokensMinuteUncached => "Uncached tok/min",
        LimitWindow::TokensHour => "Tok/hour",
        LimitWindow::TokensDay => "Tok/day",
    }
}

/// Returns the full name of what a window counts.
#[must_use]
pub const fn full_name(window: LimitWindow) -> &'static str {
    match window {
        LimitWindow::RequestsMinute => "Requests per minute",
        LimitWindow::RequestsHour => "Requests per hour",
        LimitWindow::RequestsDay => "Requests per day",
        LimitWindow::TokensMinute => "Tokens per minute",
        LimitWindow::TokensMinuteUncached => "Uncached tokens per minute",
        LimitWindow::TokensHour => "Tokens per hour",
        LimitWindow::TokensDay => "Tokens per day",
    }
}
