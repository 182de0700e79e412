//! Keeping the end of a growing text in view.

use std::{cell::Cell, rc::Rc};

use headroom::dom_text::StickToBottom;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlElement;

use crate::fixtures::{document, element};

struct Scene {
    scroller: HtmlElement,
    content: HtmlElement,
    below: Rc<Cell<bool>>,
    follow: StickToBottom,
}

fn scene() -> Scene {
    let (scroller, content) = (element(), element());
    scroller.append_child(&content).unwrap();
    scroller.set_class_name("test-scroller");
    let style = document().create_element("style").unwrap();
    style.set_text_content(Some(".test-scroller { height: 100px; overflow-y: auto; overflow-anchor: none } .test-scroller p { height: 50px; margin: 0 }"));
    scroller.append_child(&style).unwrap();
    let below = Rc::new(Cell::new(false));
    let told = below.clone();
    let follow = StickToBottom::new(scroller.clone().into(), &content, move |is_below| told.set(is_below));
    Scene { scroller, content, below, follow }
}

impl Scene {
    /// Adds paragraphs and waits until the browser has laid them out and notified all observers.
    async fn grow(&self, paragraphs: usize) {
        for _ in 0..paragraphs {
            self.content.append_child(&document().create_element("p").unwrap()).unwrap();
        }
        for _ in 0..3 {
            frame().await;
        }
    }

    fn gap(&self) -> i32 {
        self.scroller.scroll_height() - self.scroller.scroll_top() - self.scroller.client_height()
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        self.scroller.remove();
    }
}

async fn frame() {
    let promise = js_sys::Promise::new(&mut |resolve, _| {
        web_sys::window().unwrap().request_animation_frame(&resolve).unwrap();
    });
    JsFuture::from(promise).await.unwrap();
}

#[wasm_bindgen_test]
async fn a_reader_at_the_end_stays_at_the_end() {
    let scene = scene();
    for _ in 0..5 {
        scene.grow(3).await;
        assert_eq!(scene.gap(), 0);
    }
    assert!(!scene.below.get());
}

#[wasm_bindgen_test]
async fn a_reader_who_went_up_stays_there_and_is_told_of_new_text() {
    let scene = scene();
    scene.grow(10).await;
    scene.scroller.set_scroll_top(100);
    scene.follow.scrolled();
    scene.grow(4).await;
    assert_eq!(scene.scroller.scroll_top(), 100);
    assert!(scene.below.get());
    scene.follow.to_end();
    assert_eq!(scene.gap(), 0);
    scene.grow(2).await;
    assert_eq!(scene.gap(), 0, "and from there on follows again");
}

#[wasm_bindgen_test]
async fn text_that_comes_before_the_browser_tells_of_a_scroll_is_not_taken_for_the_reader() {
    let scene = scene();
    scene.grow(10).await;
    // The event of our own scrolling comes late, when more text is already there.
    for _ in 0..4 {
        scene.content.append_child(&document().create_element("p").unwrap()).unwrap();
    }
    scene.follow.scrolled();
    scene.grow(1).await;
    assert_eq!(scene.gap(), 0);
    assert!(!scene.below.get());
}

/// Dispatches an event, created by JavaScript, on the scrolling element.
fn gesture(scene: &Scene, made: &str) {
    let make = js_sys::Function::new_with_args("target", &format!("target.dispatchEvent({made})"));
    make.call1(&wasm_bindgen::JsValue::NULL, &scene.scroller).unwrap();
}

/// Touchpad steps, a slow finger and a held key could not leave the end of a fast answer.
#[wasm_bindgen_test]
async fn a_small_step_up_leaves_the_end_of_a_fast_text() {
    const TOUCH: &str = "new TouchEvent(NAME, { touches: [new Touch({ identifier: 1, target, clientY: AT })] })";
    let touch = |name: &str, at: &str| TOUCH.replace("NAME", &format!("'{name}'")).replace("AT", at);
    for gestures in [
        vec!["new WheelEvent('wheel', { deltaY: -8 })".to_owned()],
        vec![touch("touchstart", "50"), touch("touchmove", "55")],
        vec!["new KeyboardEvent('keydown', { key: 'ArrowUp' })".to_owned()],
        vec!["new KeyboardEvent('keydown', { key: ' ', shiftKey: true })".to_owned()],
        vec!["new PointerEvent('pointerdown', { pointerType: 'mouse' })".to_owned()],
    ] {
        let scene = scene();
        scene.grow(10).await;
        gestures.iter().for_each(|made| gesture(&scene, made));
        let top = scene.scroller.scroll_top() - 8;
        scene.scroller.set_scroll_top(top);
        scene.follow.scrolled();
        scene.grow(3).await;
        assert_eq!(scene.scroller.scroll_top(), top, "{gestures:?}");
        assert!(scene.below.get(), "{gestures:?}");
        scene.scroller.set_scroll_top(scene.scroller.scroll_height());
        scene.follow.scrolled();
        scene.grow(3).await;
        assert_eq!(scene.gap(), 0, "who comes back follows again: {gestures:?}");
    }
}

#[wasm_bindgen_test]
async fn what_does_not_move_the_text_up_does_not_leave_its_end() {
    for made in [
        "new WheelEvent('wheel', { deltaY: 8 })",
        "new WheelEvent('wheel', { deltaY: -8, ctrlKey: true })",
        "new WheelEvent('wheel', { deltaY: -8, shiftKey: true })",
        "new KeyboardEvent('keydown', { key: 'ArrowDown' })",
        "new KeyboardEvent('keydown', { key: 'a' })",
        "new PointerEvent('pointerdown', { pointerType: 'mouse' })",
    ] {
        let scene = scene();
        scene.grow(10).await;
        gesture(&scene, made);
        scene.grow(3).await;
        assert_eq!(scene.gap(), 0, "{made}");
    }
}
