//! Tracks whether growing text keeps its end in view for the reader.
//!
//! A reader who moves up leaves the end, however small the move: a touchpad step is a few pixels, and the text may grow
//! faster than that. Only gestures are certain evidence. A position alone may have other causes: text that got shorter,
//! a bounce at the end, a late scroll event of our own scrolling.

/// A position within this many pixels of the end counts as the end for a reader who comes back to it.
const NEAR: i32 = 24;

/// What a reader does to move up, before anything has moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gesture {
    /// A wheel, touchpad, finger, or key moves up.
    Up,
    /// The scroll bar is held, or a selection is being drawn.
    Held,
    /// It is released.
    Released,
}

/// Tracks whether a reader is at the end of a text and stays there as it grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BottomTracker {
    follows: bool,
    /// The reader's last position, in pixels from the top.
    top: i32,
    held: bool,
}

impl Default for BottomTracker {
    fn default() -> Self {
        Self { follows: true, top: 0, held: false }
    }
}

impl BottomTracker {
    /// Whether to keep the end in view.
    #[must_use]
    pub const fn follows(&self) -> bool {
        self.follows
    }

    /// Handles a gesture of the reader.
    pub const fn gesture(&mut self, gesture: Gesture) {
        match gesture {
            // At the top there is nothing to leave: all of the text may be in view.
            Gesture::Up if self.top > 0 => self.follows = false,
            Gesture::Up => {}
            Gesture::Held => self.held = true,
            Gesture::Released => self.held = false,
        }
    }

    /// Handles a scroll to `top` pixels from the start, with `gap` pixels below the visible part.
    pub const fn scrolled(&mut self, top: i32, gap: i32) {
        let before = self.top;
        self.top = top;
        if top > before && gap <= NEAR || top == before && gap <= 1 {
            self.follows = true;
        } else if top < before && (self.held || gap > NEAR) {
            self.follows = false;
        }
    }

    /// Handles the page's own scroll to the end, which is `top` pixels from the start.
    pub const fn went_to_end(&mut self, top: i32) {
        self.follows = true;
        self.top = top;
    }

    /// Whether to tell the reader about text below.
    #[must_use]
    pub const fn has_more_below(&self, gap: i32) -> bool {
        !self.follows && gap > NEAR
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Gesture::{Held, Released, Up};

    /// A text of which 100 pixels are visible; it grows, and its reader moves.
    struct Page {
        following: BottomTracker,
        height: i32,
        top: i32,
    }

    impl Page {
        fn of(height: i32) -> Self {
            let mut page = Self { following: BottomTracker::default(), height: 0, top: 0 };
            page.grows(height);
            page
        }

        fn end(&self) -> i32 {
            (self.height - 100).max(0)
        }

        fn grows(&mut self, by: i32) {
            self.height += by;
            if self.following.follows() {
                self.top = self.end();
                self.following.went_to_end(self.top);
            }
        }

        fn moves_to(&mut self, top: i32) {
            self.top = top.clamp(0, self.end());
            self.following.scrolled(self.top, self.end() - self.top);
        }
    }

    #[test]
    fn a_reader_at_the_end_stays_at_the_end() {
        let mut page = Page::of(50);
        for _ in 0..20 {
            page.grows(60);
            assert_eq!(page.top, page.end());
        }
    }

    /// Touchpad steps of 8 pixels, a slow finger, and a held key could not leave the end of a fast answer.
    #[test]
    fn a_small_step_up_leaves_the_end_of_a_fast_text() {
        for step in [1, 3, 8, 40] {
            let mut page = Page::of(1_000);
            for _ in 0..10 {
                page.following.gesture(Up);
                page.grows(30);
                page.moves_to(page.top - step);
                page.grows(30);
            }
            assert_eq!(page.top, 900 - 10 * step, "nothing pulled the reader back");
            assert!(page.following.has_more_below(page.end() - page.top));
        }
    }

    #[test]
    fn what_is_dragged_up_leaves_the_end_and_what_is_let_go_at_the_end_comes_back() {
        let mut page = Page::of(1_000);
        page.following.gesture(Held);
        page.moves_to(897);
        page.grows(50);
        assert_eq!(page.top, 897);
        page.following.gesture(Released);
        page.moves_to(page.end());
        page.grows(50);
        assert_eq!(page.top, page.end());
    }

    #[test]
    fn who_comes_back_to_the_end_follows_again() {
        let mut page = Page::of(1_000);
        page.following.gesture(Up);
        page.moves_to(500);
        page.grows(100);
        assert_eq!(page.top, 500);
        page.moves_to(700);
        page.grows(100);
        assert_eq!(page.top, 700, "on the way down is not there yet");
        page.moves_to(page.end() - 10);
        page.grows(100);
        assert_eq!(page.top, page.end());
    }

    #[test]
    fn a_step_up_that_was_told_twice_is_still_a_step_up() {
        let mut page = Page::of(1_000);
        page.following.gesture(Up);
        page.moves_to(892);
        page.moves_to(892);
        page.grows(50);
        assert_eq!(page.top, 892);
    }

    #[test]
    fn a_search_or_a_jump_without_a_gesture_leaves_the_end_too() {
        let mut page = Page::of(1_000);
        page.moves_to(300);
        page.grows(50);
        assert_eq!(page.top, 300);
    }

    #[test]
    fn a_text_that_gets_shorter_or_bounces_does_not_lose_its_reader() {
        let mut page = Page::of(1_000);
        page.grows(-40);
        page.moves_to(page.end());
        page.grows(100);
        assert_eq!(page.top, page.end(), "shorter");
        page.moves_to(page.end() - 6);
        page.grows(100);
        assert_eq!(page.top, page.end(), "bounced");
    }

    #[test]
    fn our_own_scrolling_told_late_is_not_the_reader() {
        let mut page = Page::of(1_000);
        // The text has grown by the time the scroll to 900 is reported.
        page.following.scrolled(900, 400);
        page.grows(400);
        assert_eq!(page.top, page.end());
    }

    #[test]
    fn a_gesture_over_a_text_that_fits_means_nothing() {
        let mut page = Page::of(80);
        page.following.gesture(Up);
        page.grows(400);
        assert_eq!(page.top, page.end());
    }
}
