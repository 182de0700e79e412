//! A queued request in its lane: when it is sent, why not now, and the alternatives.

use headroom_app::{Event, MOST_REFUSALS, QueueItem, queue_item as item};
use headroom_domain::grouped;
use leptos::prelude::*;

use super::{
    Ui,
    controls::button,
    icons::{Glyph, icon},
    limits::{now, offline},
    reactive::{children, derived, memo},
};

/// The size of the drawing, in its own units.
const WIDTH: u64 = 1_000;

/// The milliseconds left at which the countdown is announced, shortest first.
const MARKS_MS: [u64; 2] = [10_000, 30_000];

/// Milliseconds until it is sent.
fn sends_in(item: &QueueItem, now_ms: u64) -> Option<u64> {
    item.waits.start_ms.map(|start_ms| start_ms.saturating_sub(now_ms))
}

pub(super) fn queue_item(ui: Ui, lane: usize) -> AnyView {
    let Ui { dispatch, hands, .. } = ui;
    // The send time depends on other requests, so it is recomputed on each clock tick.
    let waiting = memo(Box::new(move || {
        ui.revision.get();
        let now_ms = now(ui);
        let item = ui.state.with_untracked(|state| item(state, lane, now_ms));
        item.map(|item| (item, now_ms))
    }));
    let offline = offline(ui);
    let title = move || {
        if offline.get() {
            return Some("Waiting for a connection".to_owned());
        }
        waiting.with(|waiting| waiting.as_ref().map(|(item, now_ms)| item.words(*now_ms).0))
    };
    let of = move |read: fn(&QueueItem, u64) -> String| {
        derived(move || waiting.with(|waiting| waiting.as_ref().map(|(item, now_ms)| read(item, *now_ms))))
    };
    // The full ring stands for the longest wait so far.
    let whole = StoredValue::new(1);
    let ring = move || {
        let left = waiting.with(|waiting| waiting.as_ref().and_then(|(item, now_ms)| sends_in(item, *now_ms)));
        let left = left.unwrap_or(0);
        whole.update_value(|whole| *whole = left.max(*whole));
        format!("{} {WIDTH}", left.saturating_mul(WIDTH) / whole.get_value())
    };
    // The available share of what it needs; for tokens only.
    let share = memo(Box::new(move || {
        waiting.with(|waiting| {
            let (item, _) = waiting.as_ref()?;
            let (need, gauge) =
                (item.need?.tokens(), item.gauge.filter(|gauge| !gauge.limit.window.counts_requests())?);
            Some((gauge.left.min(need), need.max(1)))
        })
    }));
    let bar = move || {
        let (there, need) = share.get()?;
        Some(view! {
            <p class="queue-share">
                <svg viewBox=format!("0 0 {WIDTH} 10") preserveAspectRatio="none" aria-hidden="true"><rect width=(there.saturating_mul(WIDTH) / need).to_string() height="10" /></svg>
                <span><b>{grouped(there)}</b>" of "{grouped(need)}</span>
            </p>
        })
    };
    // Announced at 30 and at 10 seconds; the lane announces the sending itself.
    let said = StoredValue::new(None::<u64>);
    Effect::new(move |_| {
        let left = waiting.with(|waiting| waiting.as_ref().and_then(|(item, now_ms)| sends_in(item, *now_ms)));
        let Some(left) = left.filter(|_| !offline.get()) else { return };
        let before = said.get_value().unwrap_or(left);
        if let Some(mark) = MARKS_MS.into_iter().find(|mark| left <= *mark && *mark < before) {
            (hands.announce)(&format!("Lane {}: sends in {} s", lane + 1, mark / 1_000));
        }
        said.set_value(Some(left.min(before)));
    });
    // It is retried automatically only if it has a start time.
    let refused = memo(Box::new(move || {
        waiting.with(|waiting| {
            let (item, _) = waiting.as_ref()?;
            Some(item.waits.refusal?.words(item.waits.start_ms.map(|_| MOST_REFUSALS + 1)))
        })
    }));
    let cap = memo(Box::new(move || {
        waiting.with(|waiting| {
            let (item, _) = waiting.as_ref()?;
            item.cap_now.map(|cap| (cap, " and send now")).or_else(|| item.cap_fits.map(|cap| (cap, "")))
        })
    }));
    let lower = move |cap: u32| dispatch.send(Event::CapLowered { lane, cap, now_ms: (hands.now_ms)() });
    let send_now = move || dispatch.send(Event::SendNowPressed { lane, now_ms: (hands.now_ms)() });
    let cancel = move || dispatch.send(Event::StopPressed { lane: Some(lane), now_ms: (hands.now_ms)() });
    view! {
        <div class="queue-place">
            <section class="queue-item" aria-label="Queued request" data-testid="queue-item" data-lane=lane.to_string()
                data-sends-in-ms=of(|item, now_ms| sends_in(item, now_ms).map(|ms| ms.to_string()).unwrap_or_default())>
                <svg class="queue-ring" viewBox="0 0 36 36" aria-hidden="true">
                    <circle cx="18" cy="18" r="16" /><circle class="level" cx="18" cy="18" r="16" pathLength=WIDTH.to_string() stroke-dasharray=derived(ring) />
                </svg>
                <div class="queue-words"><h3>{derived(title)}</h3><p>{of(|item, now_ms| item.words(now_ms).1)}</p></div>
                <div class="queue-ways">
                    {button("button", "queue-send-now", "Send anyway".into_any(), send_now)}
                    {button("link", "queue-cancel", "Cancel".into_any(), cancel)}
                </div>
                {children(move || bar().into_any())}
                {children(move || cap.get().map(|(cap, now)| button("link queue-cap", "queue-cap", format!("Set max output to {}{now}", grouped(u64::from(cap))).into_any(), move || lower(cap))).into_any())}
                {children(move || refused.get().map(|words| view! {
                    <p class="queue-refused" data-status="429">{icon(Glyph::Again, 14)}<span>{words}</span></p>
                }).into_any())}
            </section>
        </div>
    }
    .into_any()
}
