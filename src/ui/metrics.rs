//! The stats under an answer.

use headroom_app::Answer;
use headroom_domain::{Metrics, Usage, grouped};
use leptos::prelude::*;

/// The placeholder for an unknown value.
const UNKNOWN: &str = "–";

/// The stats of an answer.
#[derive(Clone, PartialEq)]
pub(super) struct AnswerStats {
    usage: Usage,
    metrics: Option<Metrics>,
    dollars: Option<f64>,
    estimated: Option<u64>,
    /// Estimated output tokens of an answer that was cut off.
    estimated_out: Option<u64>,
    /// While it streams: the stats so far, and the estimated tokens.
    so_far: Option<(Metrics, u64)>,
    /// The categories in which it is best.
    pub(super) badges: Vec<&'static str>,
}

impl AnswerStats {
    /// Returns the stats to show for an answer, without its text.
    pub(super) fn of(answer: &Answer, so_far: Option<(Metrics, u64)>, badges: Vec<&'static str>) -> Self {
        let (usage, metrics, dollars) = (answer.usage, answer.metrics, answer.dollars);
        let (estimated, estimated_out) = (answer.estimated_prompt_tokens, answer.estimated_completion_tokens);
        Self { usage, metrics, dollars, estimated, estimated_out, so_far, badges }
    }
}

/// Draws the stats. Unknown ones are dashes without attributes.
pub(super) fn answer_stats(stats: &AnswerStats) -> AnyView {
    let AnswerStats { usage, metrics, dollars, estimated, estimated_out, .. } = *stats;
    let (so_far, tokens_so_far) = stats.so_far.unwrap_or_default();
    let plain = |number: Option<u64>| number.map(|number| number.to_string());
    let whole = |number: Option<f64>| number.map(|number| format!("{number:.0}"));
    let shown = |number: Option<u64>| number.map_or_else(|| UNKNOWN.to_owned(), grouped);
    let about = |number: u64| format!("≈{}", grouped(number));
    let ttft = metrics.and_then(|metrics| metrics.ttft_ms);
    let pace = metrics.and_then(|metrics| metrics.tokens_per_second);
    let input = match (usage.prompt_tokens, estimated) {
        (None, Some(estimated)) => about(estimated),
        (known, _) => shown(known),
    };
    let output = match usage.completion_tokens {
        None if stats.so_far.is_some() => about(tokens_so_far),
        None => estimated_out.map_or_else(|| UNKNOWN.to_owned(), about),
        known => shown(known),
    };
    let is_stated = usage.cost_dollars.is_some();
    let source = dollars.map(|_| if is_stated { "stated" } else { "list-price" });
    let best = |badge: &str| stats.badges.contains(&badge);
    let shares = [
        ("TTFT", ttft.or(so_far.ttft_ms).map_or_else(|| UNKNOWN.to_owned(), |ms| format!("{ms:.0} ms")), false),
        ("tok/s", shown(pace.or(so_far.tokens_per_second).map(rounded)), best("Fastest")),
        ("in / out", format!("{input}/{output}"), false),
        ("reasoning", shown(usage.reasoning_tokens), false),
        ("cost", dollars.map_or_else(|| UNKNOWN.to_owned(), |dollars| cost(dollars, is_stated)), best("Cheapest")),
    ];
    let about_cost = if source == Some("list-price") { "Cost: tokens × list price. " } else { "" };
    let about_input = match estimated.zip(usage.prompt_tokens) {
        Some((estimated, _)) => format!("Estimated before sending: {} tokens in", grouped(estimated)),
        None => String::new(),
    };
    let cached = usage.cached_tokens.filter(|cached| *cached > 0).map(|cached| ("cached", grouped(cached), false));
    let shares = shares.into_iter().chain(cached).map(|(name, figure, best)| {
        view! { <div class=if best { "best" } else { "" }><dt>{name}</dt><dd>{figure}</dd></div> }
    });
    view! {
        <dl class="metrics" data-testid="metrics" title=format!("{about_cost}{about_input}") data-ttft-ms=whole(ttft) data-tokens-per-second=whole(pace)
            data-total-ms=whole(metrics.map(|metrics| metrics.total_ms))
            data-prompt-tokens=plain(usage.prompt_tokens) data-completion-tokens=plain(usage.completion_tokens)
            data-reasoning-tokens=plain(usage.reasoning_tokens) data-cached-tokens=plain(usage.cached_tokens)
            data-estimated-prompt-tokens=plain(estimated) data-cost-source=source>
            {shares.collect_view()}
        </dl>
    }
    .into_any()
}

/// A cost; one at the list price is marked as approximate, because the provider may charge another.
fn cost(dollars: f64, is_stated: bool) -> String {
    let cost = in_dollars(dollars);
    if is_stated || dollars < 0.000_1 { cost } else { format!("≈{cost}") }
}

/// Formats dollars with enough decimals to tell small amounts apart.
pub(super) fn in_dollars(dollars: f64) -> String {
    match dollars {
        1.0.. => format!("${dollars:.2}"),
        0.0001.. => format!("${dollars:.4}"),
        0.0 => "$0".to_owned(),
        _ => "<$0.0001".to_owned(),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a pace is positive and far below 2^53; `as` saturates"
)]
fn rounded(number: f64) -> u64 {
    number.round() as u64
}
