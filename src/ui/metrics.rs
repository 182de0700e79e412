//! The figures under an answer.

use headroom_domain::{Metrics, Usage, grouped};
use leptos::prelude::*;

/// What a figure shows while it is not known.
const UNKNOWN: &str = "–";

/// Draws the figures. Unknown ones are dashes, and their attributes are absent.
pub(super) fn figures(usage: &Usage, metrics: Option<Metrics>, estimated: Option<u64>) -> AnyView {
    let plain = |number: Option<u64>| number.map(|number| number.to_string());
    let whole = |number: Option<f64>| number.map(|number| format!("{number:.0}"));
    let shown = |number: Option<u64>| number.map_or_else(|| UNKNOWN.to_owned(), grouped);
    let ttft = metrics.and_then(|metrics| metrics.ttft_ms);
    let pace = metrics.and_then(|metrics| metrics.tokens_per_second);
    let shares = [
        ("TTFT", ttft.map_or_else(|| UNKNOWN.to_owned(), |ms| format!("{ms:.0} ms"))),
        ("tok/s", shown(pace.map(rounded))),
        ("in / out", format!("{} / {}", shown(usage.prompt_tokens), shown(usage.completion_tokens))),
        ("reasoning", shown(usage.reasoning_tokens)),
        ("cached", shown(usage.cached_tokens)),
        ("estimated in", estimated.map_or_else(|| UNKNOWN.to_owned(), |tokens| format!("≈ {}", grouped(tokens)))),
    ];
    view! {
        <dl class="metrics" data-testid="metrics" data-ttft-ms=whole(ttft) data-tokens-per-second=whole(pace)
            data-total-ms=whole(metrics.map(|metrics| metrics.total_ms))
            data-prompt-tokens=plain(usage.prompt_tokens) data-completion-tokens=plain(usage.completion_tokens)
            data-reasoning-tokens=plain(usage.reasoning_tokens) data-cached-tokens=plain(usage.cached_tokens)
            data-estimated-prompt-tokens=plain(estimated)>
            {shares.map(|(name, figure)| view! { <div><dt>{name}</dt><dd>{figure}</dd></div> }).into_iter().collect_view()}
        </dl>
    }
    .into_any()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a pace is positive and far below 2^53; `as` saturates"
)]
fn rounded(number: f64) -> u64 {
    number.round() as u64
}
