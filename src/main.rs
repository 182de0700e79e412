//! The page. Nothing is decided here.

fn main() {
    headroom::platform::broken::report_panics();
    headroom::page::open();
}
