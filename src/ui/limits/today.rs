//! The day in words and as a line: tokens left since 00:00 UTC.

use headroom_app::{
    assess::Assessment,
    charts::{Today, paid_today, today},
};
use leptos::prelude::*;

use super::{
    super::{
        Ui,
        metrics::in_dollars,
        reactive::{derived, memo, when},
    },
    now, with_looks,
};

/// The size of the drawing, in its own units.
const WIDTH: f64 = 280.0;
const HEIGHT: f64 = 72.0;
const DAY_MS: f64 = 86_400_000.0;

/// The day of the first lane's model.
pub(in crate::ui) fn day(ui: Ui) -> AnyView {
    // Every other second is enough for a whole day.
    let tick = memo(Box::new(move || now(ui) / 2_000));
    let day = memo(Box::new(move || {
        ui.revision.get();
        let now_ms = tick.get() * 2_000;
        let today =
            |assessment: Option<&Assessment>| ui.state.with_untracked(|state| today(state, assessment?, now_ms));
        let today = untrack(|| with_looks(ui, |assessments| today(assessments.first())));
        (today, ui.state.with_untracked(|state| paid_today(state, 0, now_ms)))
    }));
    let model = ui.slice(|state| state.settings().first_lane().model.clone());
    let known = move || day.with(|(today, _)| today.is_some());
    let line = memo(Box::new(move || day.with(|(today, _)| today.as_ref().map(line).unwrap_or_default())));
    let area = move || {
        let line = line.get();
        let end = line.rsplit(' ').next().and_then(|point| point.split_once(',')).map_or("0", |(x, _)| x).to_owned();
        format!("0,{HEIGHT} {line} {end},{HEIGHT}")
    };
    // Extrapolates the last hour to the end of the day, or to a cross where nothing is left.
    let projection = move || {
        day.with(|(today, _)| {
            let today = today.as_ref()?;
            let (x, y) = place(today, *today.points.last()?);
            let (end, low) = place(today, today.ends_at);
            let cross = format!("M{:.1} {} l6 6 m-6 0 l6 -6", end - 3.0, HEIGHT - 6.0);
            let cross = if runs_out(today) { cross } else { String::new() };
            Some(format!("M{x:.1} {y:.1} L{end:.1} {low:.1} {cross}"))
        })
    };
    let ending = move || {
        let spent = day.with(|(today, _)| today.as_ref().is_some_and(runs_out));
        if spent { "projection spent" } else { "projection" }
    };
    let sentence =
        move || day.with(|(today, _)| today.as_ref().map(|today| today.sentence.clone()).unwrap_or_default());
    let paid = move || {
        let dollars = day.with(|(_, dollars)| *dollars);
        dollars.map(|dollars| format!("Today at list prices: {}", in_dollars(dollars))).unwrap_or_default()
    };
    let top = move || {
        day.with(|(today, _)| today.as_ref().map(|today| headroom_limits::short(today.limit)).unwrap_or_default())
    };
    let chart = move || {
        view! {
            <p class="recent-most" aria-hidden="true">{derived(top)}</p>
            <svg class="day-chart" viewBox=format!("0 0 {WIDTH} {HEIGHT}") preserveAspectRatio="none" aria-hidden="true">
                <path class="pace" d=format!("M0 0 L{WIDTH} {HEIGHT}") />
                <polygon points=derived(area) />
                <polyline points=line />
                <path class=derived(ending) d=derived(projection) />
            </svg>
            <p class="recent-axis" aria-hidden="true"><span>"00:00"</span><span>"12:00"</span><span>"24:00 UTC"</span></p>
        }
        .into_any()
    };
    view! {
        <section class="day" aria-label="Today" hidden=derived(move || !known() && paid().is_empty())>
            <h3><b>"Today"</b>{derived(move || format!("tokens left, {}", model.get()))}</h3>
            {when(known, chart)}
            <p data-testid="day-line">{derived(sentence)}</p>
            <p class="quiet" data-testid="day-cost">{derived(paid)}</p>
        </section>
    }
    .into_any()
}

/// The line: steps between the points.
fn line(today: &Today) -> String {
    let mut points = Vec::new();
    let mut before = None;
    for point in &today.points {
        let (x, y) = place(today, *point);
        points.extend(before.map(|before| format!("{x:.1},{before:.1}")));
        points.push(format!("{x:.1},{y:.1}"));
        before = Some(y);
    }
    points.join(" ")
}

/// Whether the tokens run out before the day ends, at the pace of the last hour.
const fn runs_out(today: &Today) -> bool {
    today.ends_at.1 == 0
}

/// The position for milliseconds since midnight and tokens left.
#[expect(clippy::cast_precision_loss, reason = "tokens and milliseconds of a day are far below 2^53")]
fn place(today: &Today, (ms, left): (u64, u64)) -> (f64, f64) {
    (ms as f64 / DAY_MS * WIDTH, HEIGHT - left as f64 / today.limit.max(1) as f64 * HEIGHT)
}
