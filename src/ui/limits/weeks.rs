//! Daily usage over five weeks, as bars and as a table to download.

use headroom_app::{Event, prices, uses};
use headroom_domain::{date, grouped};
use headroom_limits::{Use, cost_of, csv};
use leptos::{html, prelude::*};

use super::{
    super::{
        Ui,
        metrics::in_dollars,
        reactive::{children, derived, memo, on, when},
    },
    slowly,
};

/// Days in the chart.
const DAYS: u64 = 35;
/// The size of the drawing, in its own units.
const WIDTH: f64 = 280.0;
const HEIGHT: f64 = 64.0;
/// Rows shown in the table; the file contains all of them.
const ROWS: usize = 60;

/// A row of the table.
#[derive(Clone, PartialEq)]
struct Row {
    it: Use,
    dollars: Option<f64>,
}

pub(in crate::ui) fn weeks(ui: Ui) -> AnyView {
    let is_open = RwSignal::new(false);
    let place = NodeRef::<html::Details>::new();
    let toggled = move |_: leptos::ev::Event| {
        let open = place.get_untracked().is_some_and(|place| place.open());
        if open && !is_open.get_untracked() {
            let provider = ui.state.with_untracked(|state| state.settings().first_lane().provider.clone());
            ui.dispatch.send(Event::UsageRequested(provider));
        }
        is_open.set(open);
    };
    view! {
        <section class="weeks" aria-label="Usage in the last weeks">
            <details data-testid="usage" node_ref=place on:toggle=on(toggled)>
                <summary>"Usage, last 5 weeks"</summary>
                {when(move || is_open.get(), move || shown(ui))}
            </details>
        </section>
    }
    .into_any()
}

fn shown(ui: Ui) -> AnyView {
    let tick = slowly(ui);
    let rows = memo(Box::new(move || {
        ui.revision.get();
        ui.state.with_untracked(|state| {
            let prices = prices(state);
            let row = |it: Use| Row { dollars: cost_of([&it], &prices), it };
            uses(state).into_iter().map(row).collect::<Vec<_>>()
        })
    }));
    let days = memo(Box::new(move || rows.with(|rows| days(rows, tick.get() / 86_400_000))));
    let file = move || {
        let text = ui.state.with_untracked(|state| csv(&uses(state), &prices(state)));
        let text = js_sys::encode_uri_component(&text).as_string().unwrap_or_default();
        format!("data:text/csv;charset=utf-8,{text}")
    };
    let table = move || {
        let rows = rows.with(|rows| rows.iter().take(ROWS).cloned().collect::<Vec<_>>());
        let row = |Row { it, dollars }: Row| {
            let model = it.model.clone();
            let cost = dollars.map_or_else(|| "–".to_owned(), in_dollars);
            let limited = (it.limited > 0).then(|| format!(" ({})", grouped(it.limited)));
            view! {
                <tr data-testid="usage-row" data-day=date(it.day) data-model=model data-requests=it.requests.to_string() data-tokens=it.spent.total().to_string()>
                    <th scope="row"><time datetime=date(it.day)>{month_and_day(it.day)}</time></th><td class="name">{it.model}</td><td>{grouped(it.requests)}{limited}</td>
                    <td>{grouped(it.spent.total())}</td><td>{cost}</td>
                </tr>
            }
            .into_any()
        };
        rows.into_iter().map(row).collect_view().into_any()
    };
    let none = move || rows.with(Vec::is_empty);
    let sentence = move || {
        rows.with(|rows| {
            let tokens = rows.iter().fold(0_u64, |sum, row| sum.saturating_add(row.it.spent.total()));
            let requests = rows.iter().fold(0_u64, |sum, row| sum.saturating_add(row.it.requests));
            let dollars: f64 = rows.iter().filter_map(|row| row.dollars).sum();
            let cost = rows
                .iter()
                .any(|row| row.dollars.is_some())
                .then(|| format!(", {} at list prices", in_dollars(dollars)));
            format!("{} requests, {} tokens{}.", grouped(requests), grouped(tokens), cost.unwrap_or_default())
        })
    };
    let drawn = move || {
        view! {
            <svg class="weeks-chart" viewBox=format!("0 0 {WIDTH} {HEIGHT}") preserveAspectRatio="none" role="img" aria-label="Tokens per day; the table has the numbers">
                {children(move || bars(&days.get()))}
            </svg>
            <p class="recent-axis" aria-hidden="true"><span>"5 weeks ago"</span><span>"today"</span></p>
            <p data-testid="usage-sum">{derived(sentence)}</p>
            <div class="table-box" tabindex="0" role="region" aria-label="Usage by day and model"><table>
                <thead><tr><th scope="col"><abbr title="In UTC">"Day"</abbr></th><th scope="col" class="name">"Model"</th><th scope="col"><abbr title="Requests, and those rejected by a rate limit">"Requests"</abbr></th><th scope="col">"Tokens"</th><th scope="col">"Cost"</th></tr></thead>
                <tbody>{children(table)}</tbody>
            </table></div>
            {children(move || {
                rows.track();
                view! { <a class="link" data-testid="usage-csv" download="headroom-use.csv" href=file()>"Save as CSV"</a> }.into_any()
            })}
        }
        .into_any()
    };
    view! {
        {when(none, || view! { <p class="quiet">"No requests yet. Each one you send is counted here, in this browser only."</p> }.into_any())}
        {when(move || !none(), drawn)}
    }
    .into_any()
}

/// Formats a day of these weeks. The year is obvious.
fn month_and_day(day: u64) -> String {
    date(day).split_off(5)
}

/// Tokens for each day of the chart, oldest first: prompt, reasoning and answer.
fn days(rows: &[Row], today: u64) -> Vec<[u64; 3]> {
    let mut days = vec![[0; 3]; usize::try_from(DAYS).unwrap_or(0)];
    for Row { it, .. } in rows {
        let age = today.saturating_sub(it.day);
        let Some(day) = DAYS.checked_sub(age + 1).and_then(|at| days.get_mut(usize::try_from(at).ok()?)) else {
            continue;
        };
        let parts = [it.spent.prompt, it.spent.reasoning, it.spent.answer];
        for (sum, part) in day.iter_mut().zip(parts) {
            *sum = u64::saturating_add(*sum, part);
        }
    }
    days
}

#[expect(clippy::cast_precision_loss, reason = "tokens of a day are far below 2^53")]
fn bars(days: &[[u64; 3]]) -> AnyView {
    let most =
        days.iter().map(|day| day.iter().fold(0, |sum: u64, part| sum.saturating_add(*part))).max().unwrap_or(0).max(1);
    let step = WIDTH / days.len().max(1) as f64;
    let bar = |(at, day): (usize, &[u64; 3])| {
        let mut below = 0.0;
        let parts = day.iter().zip(["prompt", "reasoning", "answer"]).map(|(tokens, class)| {
            let tall = *tokens as f64 / most as f64 * HEIGHT;
            below += tall;
            view! { <rect class=class x=format!("{:.1}", at as f64 * step) y=format!("{:.1}", HEIGHT - below) width=format!("{:.1}", step - 1.5) height=format!("{tall:.1}") /> }.into_any()
        });
        parts.collect::<Vec<_>>()
    };
    days.iter().enumerate().flat_map(bar).collect_view().into_any()
}
