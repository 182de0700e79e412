//! Connects the pure state, the platform and the views.

use std::{
    cell::{Cell, OnceCell, RefCell},
    collections::VecDeque,
    rc::Rc,
};

use gloo_timers::future::TimeoutFuture;
use headroom_app::{Event, State};
use leptos::{mount::UnmountHandle, prelude::*};

use crate::{
    dom_text, modules,
    platform::{self, Platform},
    shell::Shell,
    ui::{self, BrowserApi, Dispatch, LazyViews, Ui},
};

/// The longest delay before retrying to fetch the lazy views, in milliseconds.
const LONGEST_WAIT_MS: u32 = 60_000;

/// The redraw interval of refilling limits, in milliseconds.
const CLOCK_MS: u32 = 250;
/// The same while nothing runs, waits or refills within the hour: times in minutes and charts of hours go on.
const IDLE_CLOCK_MS: f64 = 5_000.0;

/// Opens the page once its styles are loaded. `fetch` loads the lazy views afterward.
pub fn open<F: Future<Output = Option<LazyViews>> + 'static>(fetch: impl Fn() -> F + 'static) {
    // A second copy of the page would answer each key press twice.
    let Some(shell) = platform::claim_shell() else { return };
    wasm_bindgen_futures::spawn_local(async move {
        modules::style().await;
        start(&shell, fetch);
    });
}

/// Starts state, platform and views, in this order.
fn start<F: Future<Output = Option<LazyViews>> + 'static>(shell: &Shell, fetch: impl Fn() -> F + 'static) {
    let page = Page::start();
    let dispatch = Dispatch::new({
        let page = page.clone();
        move |event| page.happened(event)
    });
    let Some(platform) = page.platform.get() else { return };
    page.happened(platform.opened(shell.message.value(), shell.take_early_send()));
    let hands = BrowserApi {
        system_is_dark: platform::system_is_dark,
        now_ms: platform::now_ms,
        copy: platform::copy,
        pasted: platform::pasted,
        announce: platform::announce,
        focus: platform::focus,
        is_online: platform::is_online,
        is_mac: platform::is_mac,
    };
    let formatted = RwSignal::new(false);
    let lazy_views = RwSignal::new(None);
    let clock = page.clock;
    let state = page.state.read_only();
    let ui = Ui::new(state, dispatch, hands, formatted.read_only(), lazy_views.read_only(), clock.read_only());
    // The page lives until the tab is closed.
    ui::mount(ui, shell).into_iter().for_each(UnmountHandle::forget);
    shell.loaded();
    platform.ready();
    // Loads in the background: the first answer may start as plain text.
    leptos::task::spawn_local(async move {
        formatted.set(dom_text::load_markdown().await);
    });
    leptos::task::spawn_local(async move {
        let mut wait_ms = 0;
        // Retries until they are loaded.
        lazy_views.set(loop {
            TimeoutFuture::new(wait_ms).await;
            wait_ms = (2 * wait_ms).clamp(1_000, LONGEST_WAIT_MS);
            if let Some(views) = fetch().await {
                break Some(views);
            }
        });
    });
    leptos::task::spawn_local(async move {
        loop {
            TimeoutFuture::new(CLOCK_MS).await;
            let now_ms = platform::now_ms();
            let is_idle = !page.state.with_untracked(State::is_busy) && !ui::refills_soon(ui);
            if !is_idle || now_ms - clock.get_untracked() >= IDLE_CLOCK_MS {
                clock.set(now_ms);
            }
            // This timer drives the queue. Offline, queued requests would only fail.
            if page.state.with_untracked(State::has_queue) && platform::is_online() {
                page.happened(Event::QueueDue { now_ms });
            }
        }
    });
}

/// The event loop: one event at a time, in the order they happened.
struct Page {
    state: RwSignal<State>,
    /// The time that views show, in milliseconds since 1970.
    clock: RwSignal<f64>,
    platform: OnceCell<Platform>,
    waiting: RefCell<VecDeque<Event>>,
    busy: Cell<bool>,
}

impl Page {
    fn start() -> Rc<Self> {
        let page = Rc::new(Self {
            state: RwSignal::new(State::default()),
            clock: RwSignal::new(platform::now_ms()),
            platform: OnceCell::new(),
            waiting: RefCell::default(),
            busy: Cell::new(false),
        });
        let sink = {
            let page = page.clone();
            Rc::new(move |event| page.happened(event))
        };
        page.platform.get_or_init(|| Platform::start(sink));
        page
    }

    /// Handles an event. Performing an effect may cause the next event at once; that one is queued, so an update never
    /// runs inside another.
    fn happened(&self, event: Event) {
        self.waiting.borrow_mut().push_back(event);
        if self.busy.replace(true) {
            return;
        }
        loop {
            let Some(event) = self.waiting.borrow_mut().pop_front() else {
                break;
            };
            // The clock may have rested; streaming keeps it going by itself.
            if !matches!(event, Event::Received { .. }) {
                self.clock.set(platform::now_ms());
            }
            let effects = self.state.try_update(|state| state.update(event)).unwrap_or_default();
            for effect in effects {
                if let Some(platform) = self.platform.get() {
                    platform.perform(effect);
                }
            }
        }
        self.busy.set(false);
    }
}
