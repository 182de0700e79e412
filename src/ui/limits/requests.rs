//! The requests of the last minutes as stacked bars.

use headroom_app::{assess::Assessment, charts::level};
use headroom_domain::grouped;
use headroom_limits::{Request, Spent, recent, short};
use leptos::prelude::*;

use super::{
    super::{
        Ui,
        reactive::{derived, keyed, memo, when},
    },
    now, with_looks,
};

/// The time span of the chart.
const SPAN_MS: u64 = 300_000;
/// The size of the drawing, in its own units.
const WIDTH: f64 = 280.0;
const HEIGHT: f64 = 96.0;
const BAR: f64 = 6.0;
/// The number of points in the line.
const POINTS: usize = 101;

/// A request as a bar.
#[derive(Clone, PartialEq)]
struct Bar {
    request: Request,
    /// Its position and total height.
    x: f64,
    scale: f64,
}

pub(in crate::ui) fn requests(ui: Ui) -> AnyView {
    let accounts = ui.slice(|state| {
        let mut accounts: Vec<String> = Vec::new();
        for setup in state.settings().lanes() {
            if !accounts.contains(&setup.provider) {
                accounts.push(setup.provider.clone());
            }
        }
        accounts
    });
    // Seconds are precise enough for a chart of minutes.
    let second = memo(Box::new(move || now(ui) / 1_000));
    let bars = memo(Box::new(move || {
        ui.revision.get();
        let (now_ms, accounts) = (second.get() * 1_000 + 1_000, accounts.get());
        let since = now_ms.saturating_sub(SPAN_MS);
        let sent: Vec<Request> = ui.state.with_untracked(|state| {
            let mut all: Vec<Request> =
                accounts.iter().flat_map(|account| recent(state.ledger(), account, since)).cloned().collect();
            all.sort_by_key(|request| request.sent_ms);
            all
        });
        let most = sent.iter().map(tallest).max().unwrap_or(1).max(1);
        let place = |request: Request| {
            let x = float(request.sent_ms.saturating_sub(since).min(SPAN_MS)) / float(SPAN_MS) * (WIDTH - BAR);
            Bar { request, x, scale: HEIGHT / float(most) }
        };
        let mut bars: Vec<Bar> = sent.into_iter().map(place).collect();
        // Requests sent at the same time are placed side by side.
        let mut room = WIDTH - BAR;
        for bar in bars.iter_mut().rev() {
            bar.x = bar.x.min(room);
            room = bar.x - BAR - 1.0;
        }
        bars
    }));
    // What was left in the first lane's minute window. The top of the drawing is the limit.
    let level = memo(Box::new(move || {
        ui.revision.get();
        let now_ms = second.get() * 1_000 + 1_000;
        let of_first = |assessments: &[Assessment]| {
            let since_ms = now_ms.saturating_sub(SPAN_MS);
            ui.state.with_untracked(|state| level(state, assessments.first()?, since_ms, now_ms, POINTS))
        };
        untrack(|| with_looks(ui, of_first))
    }));
    let line = move || {
        level.with(|level| {
            let level = level.as_ref()?;
            let since_ms = level.points.first()?.0;
            let point = |(at_ms, left): &(u64, u64)| {
                let x = float(at_ms - since_ms) / float(SPAN_MS) * WIDTH;
                format!("{x:.1},{:.1}", HEIGHT - float(*left) / float(level.limit.max(1)) * HEIGHT)
            };
            Some(level.points.iter().map(point).collect::<Vec<_>>().join(" "))
        })
    };
    let level_name = move || {
        level.with(|level| {
            let level = level.as_ref()?;
            Some(format!("left of {} {}", short(level.limit), level.window.traits().short_name.to_ascii_lowercase()))
        })
    };
    let ids =
        memo(Box::new(move || bars.with(|bars| bars.iter().map(|bar| bar.request.id.clone()).collect::<Vec<_>>())));
    let any = move || !ids.with(Vec::is_empty);
    let most =
        move || bars.with(|bars| bars.iter().map(|bar| tallest(&bar.request)).max()).map(short).unwrap_or_default();
    view! {
        <section class="recent" aria-label="Requests in the last 5 minutes">
            <h3><b>"Last 5 min"</b>" tokens per request"</h3>
            {when(move || !any(), || view! {
                <p class="quiet">"No requests in the last 5 minutes. Each one you send appears here as a bar."</p>
            }.into_any())}
            <div hidden=derived(move || !any())>
                <p class="recent-most" aria-hidden="true">{derived(most)}</p>
                <svg class="recent-chart" viewBox=format!("0 0 {WIDTH} {HEIGHT}") preserveAspectRatio="none" role="group" aria-label="Requests, oldest first">
                    {keyed(move || ids.get(), move |id| bar(bars, id))}
                    <path class="limit-line" d=format!("M0 0 L{WIDTH} 0") />
                    <polyline class="level-line" data-testid="level-line" points=derived(line) />
                </svg>
                <p class="recent-axis" aria-hidden="true"><span>"−5 min"</span><span>"now"</span></p>
                <p class="legend" aria-hidden="true">
                    <span><i class="sw-prompt"></i>"prompt"</span><span><i class="sw-cached"></i>"cached"</span>
                    <span><i class="sw-reasoning"></i>"reasoning"</span><span><i class="sw-answer"></i>"answer"</span>
                    <span><i class="sw-draft"></i>"reserved"</span>
                    <span hidden=derived(move || level.with(Option::is_none))><i class="sw-level"></i>{derived(level_name)}</span>
                </p>
            </div>
        </section>
    }
    .into_any()
}

/// The height to reserve for a bar. Ignores the reservation of a rejected request, which would only shrink the others.
fn tallest(request: &Request) -> u64 {
    request.settled.map_or(0, |(_, spent)| spent.total()).max(held(request))
}

fn held(request: &Request) -> u64 {
    if request.status.is_some_and(|status| status >= 400) { 0 } else { request.reserved }
}

fn bar(bars: Memo<Vec<Bar>>, id: String) -> AnyView {
    let bar = memo(Box::new(move || bars.with(|bars| bars.iter().find(|bar| bar.request.id == id).cloned())));
    let spent = move || bar.with(|bar| bar.as_ref().and_then(|bar| Some(bar.request.settled?.1)));
    let number = move |read: fn(&Spent) -> u64| derived(move || spent().map(|spent| read(&spent).to_string()));
    // From the bottom: prompt, cached, reasoning, answer.
    let part = move |class: &'static str, at: usize| {
        let span = memo(Box::new(move || {
            let scale = bar.with(|bar| bar.as_ref().map_or(0.0, |bar| bar.scale));
            let Spent { prompt, cached, reasoning, answer } = spent().unwrap_or_default();
            let parts = [prompt.saturating_sub(cached), cached, reasoning, answer];
            let below = parts.iter().take(at).fold(0, |sum: u64, part| sum.saturating_add(*part));
            let tall = parts.get(at).copied().unwrap_or(0);
            (HEIGHT - float(below.saturating_add(tall)) * scale, float(tall) * scale)
        }));
        view! {
            <rect class=class width=BAR y=derived(move || format!("{:.1}", span.get().0)) height=derived(move || format!("{:.1}", span.get().1)) />
        }
        .into_any()
    };
    let outline =
        memo(Box::new(move || bar.with(|bar| bar.as_ref().map_or(0.0, |bar| float(held(&bar.request)) * bar.scale))));
    let label = move || {
        bar.with(|bar| {
            let Some(Bar { request, .. }) = bar else { return String::new() };
            let status = request.status.map(|status| format!(", status {status}")).unwrap_or_default();
            let (model, held) = (&request.model, grouped(request.reserved));
            match request.settled {
                Some((_, spent)) => format!("{model}: {} of {held} reserved tokens{status}", grouped(spent.total())),
                None => format!("{model}: running, {held} tokens reserved"),
            }
        })
    };
    view! {
        <g class="request" data-testid="request-bar" role="img" aria-label=derived(label)
            data-prompt=number(|spent| spent.prompt.saturating_sub(spent.cached)) data-cached=number(|spent| spent.cached)
            data-reasoning=number(|spent| spent.reasoning) data-answer=number(|spent| spent.answer)
            data-reserved=derived(move || bar.with(|bar| bar.as_ref().map(|bar| bar.request.reserved.to_string())))
            data-status=derived(move || bar.with(|bar| bar.as_ref().and_then(|bar| bar.request.settled.and(bar.request.status)).map(|status| status.to_string())))
            transform=derived(move || format!("translate({:.1} 0)", bar.with(|bar| bar.as_ref().map_or(0.0, |bar| bar.x))))>
            <title>{derived(label)}</title>
            {part("prompt", 0)}{part("cached", 1)}{part("reasoning", 2)}{part("answer", 3)}
            <rect class="held" width=BAR y=derived(move || format!("{:.1}", HEIGHT - outline.get())) height=derived(move || format!("{:.1}", outline.get())) />
        </g>
    }
    .into_any()
}

#[expect(clippy::cast_precision_loss, reason = "tokens and milliseconds here are far below 2^53")]
fn float(number: u64) -> f64 {
    number as f64
}
