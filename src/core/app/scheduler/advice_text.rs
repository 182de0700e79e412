//! Advice in words: about caps, plans, credit, and answers whose cap was used up by thinking.

use headroom_domain::{LimitProfile, LimitWindow, grouped, span};
use headroom_limits::{Advice, Gauge, Signal, Source, WithCap, forecast_accuracy, profiles, roomy, short};

use crate::{
    scheduler::assess::Assessment,
    setup::settings::Settings,
    state::State,
    usage::{accounts::CreditLine, rules::chosen_profile},
};

/// A sign that the plan is too small, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignalWords {
    /// The number.
    pub figure: String,
    /// What it counts.
    pub of: String,
    /// The evidence.
    pub evidence: String,
    /// A remedy that costs nothing.
    pub remedy: &'static str,
}

/// Describes a sign that the plan is too small.
#[must_use]
pub fn signal_words(signal: &Signal) -> SignalWords {
    match *signal {
        Signal::Limited { limited, requests } => {
            let tenths = limited.saturating_mul(1_000) / requests.max(1);
            SignalWords {
                figure: format!("{}.{}%", tenths / 10, tenths % 10),
                of: "of requests hit a rate limit".into(),
                evidence: format!("{} of {} in 24 h; shown above 5%", grouped(limited), grouped(requests)),
                remedy: "Keep the queue on and lower max output, so that each request reserves less.",
            }
        }
        Signal::Context { requests, longest, context } => SignalWords {
            figure: grouped(requests),
            of: format!(
                "{} {} context",
                if requests == 1 { "prompt exceeds" } else { "prompts exceed" },
                short(context)
            ),
            evidence: format!("longest prompt: {} tokens", grouped(longest)),
            remedy: "The whole chat is sent every time. Start a new chat or edit an earlier message.",
        },
        Signal::Trend { tokens, limit } => SignalWords {
            figure: short(tokens),
            of: "tokens by the end of the day at the pace of the last 3 hours".into(),
            evidence: format!("the plan allows {}", short(limit)),
            remedy: "Each model has its own daily limit. Switch to another model or shorten prompts.",
        },
    }
}

/// A plan to compare with others, for one model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Its name.
    pub name: String,
    /// Requests per minute, tokens per minute, tokens per day, and context, if known.
    pub figures: [Option<u64>; 4],
}

/// Returns the built-in plans with limits for a model, by the provider of the profile in use, or else by its own.
#[must_use]
pub fn plans(settings: &Settings, provider: &str, model: &str) -> Vec<Plan> {
    let chosen = chosen_profile(settings, provider);
    let whose = profiles().iter().find(|profile| profile.id == chosen).map(|profile| profile.provider.as_str());
    let provider = whose.unwrap_or(provider);
    let plan = |profile: &LimitProfile| {
        let limits = profile.of_model(model)?;
        let limit = |window| limits.windows.iter().find(|limit| limit.window == window).map(|limit| limit.limit);
        let figures = [
            limit(LimitWindow::RequestsMinute),
            limit(LimitWindow::TokensMinute),
            limit(LimitWindow::TokensDay),
            limits.context_tokens,
        ];
        Some(Plan { name: profile.name.clone(), figures })
    };
    profiles().iter().filter(|profile| profile.provider == provider).filter_map(plan).collect()
}

/// Describes how long answers are, and how the cap affects the limits, one sentence each.
#[must_use]
pub fn advice_words(advice: &Advice) -> Vec<String> {
    let Advice { lengths, now, better } = advice;
    let mut sentences = vec![format!(
        "Last {} answers: median {} tokens, 95th percentile {}.",
        grouped(lengths.answers as u64),
        grouped(lengths.half),
        grouped(lengths.most)
    )];
    if lengths.cut > 0 {
        let were = if lengths.cut == 1 { "was" } else { "were" };
        sentences.push(format!("{} {were} cut at max output.", grouped(lengths.cut as u64)));
    }
    sentences.push(with_cap(now));
    sentences.extend(better.as_ref().map(with_cap));
    sentences
}

fn with_cap(with: &WithCap) -> String {
    let WithCap { cap, reserved, at_once, per_minute_tenths } = with;
    let minute = match per_minute_tenths {
        0 => String::new(),
        tenths if tenths % 10 == 0 => format!(", {} per minute", grouped(tenths / 10)),
        tenths => format!(", {}.{} per minute", grouped(tenths / 10), tenths % 10),
    };
    let (reserved, at_once) = (grouped(*reserved), grouped(*at_once));
    match cap {
        Some(cap) => {
            format!("Max output {} reserves {reserved} tokens per request: {at_once} at once{minute}.", grouped(*cap))
        }
        None => format!("Without max output, each request reserves {reserved} tokens: {at_once} at once{minute}."),
    }
}

/// Explains why an answer was cut: how thinking and answering shared the cap, and a cap that would have sufficed.
/// `most` is the 95th percentile of similar answers, if known.
#[must_use]
pub fn cap_used_by_reasoning_text(completion: u64, reasoning: u64, most: Option<u64>) -> Option<String> {
    // If most of it was answer, the answer was simply long.
    if completion == 0 || reasoning.saturating_mul(2) < completion {
        return None;
    }
    let answer = completion.saturating_sub(reasoning);
    // It was still thinking at this length: without better data, assume twice as much.
    let enough = most.filter(|most| *most > completion).unwrap_or_else(|| completion.saturating_mul(2));
    Some(format!(
        "Reasoning used {} of {} tokens, the answer {}. Raise max output to about {}, or lower the effort.",
        grouped(reasoning),
        grouped(completion),
        grouped(answer),
        grouped(roomy(enough))
    ))
}

/// Describes the credit in one sentence.
#[must_use]
pub fn credit_words(line: &CreditLine) -> String {
    let credits = line.credits;
    let ends = match credits.ends_in_ms {
        Some(0) => ", expired".to_owned(),
        Some(ms) => format!(", expires in {}", days(ms)),
        None => String::new(),
    };
    let who = if line.reported_ms.is_some() { "reported by provider" } else { "counted in this browser" };
    format!("${:.2} of ${:.2} credit left{ends}; {who}.", credits.left, credits.dollars)
}

/// Formats a duration in days, or in smaller units.
#[must_use]
pub fn days(ms: u64) -> String {
    match ms / 86_400_000 {
        0 => span(ms),
        1 => "1 day".into(),
        days => format!("{} days", grouped(days)),
    }
}

/// Returns the forecast error for a lane's model: `Limit forecast: 2% wrong over 40 requests`. `None` without enough data.
#[must_use]
pub fn error_words(state: &State, assessment: &Assessment) -> Option<String> {
    let known = forecast_accuracy(state.ledger(), &assessment.provider, &assessment.pool);
    let percent = known.percent()?;
    let requests = if known.of == 1 { "request" } else { "requests" };
    Some(format!("Limit forecast: {percent}% wrong over {} {requests}", known.of))
}

impl Assessment {
    /// Lists the windows whose limits the provider stated and those inferred. `None` if all come from the profile and
    /// our count.
    #[must_use]
    pub fn stated_words(&self) -> Option<String> {
        let names = |source| {
            let of_source = self.gauges.iter().filter(move |gauge| gauge.source == source);
            of_source
                .map(|gauge| gauge.limit.window.traits().full_name.to_ascii_lowercase())
                .collect::<Vec<_>>()
                .join(", ")
        };
        let stated = Some(names(Source::Learned)).filter(|names| !names.is_empty());
        let found = Some(names(Source::Found)).filter(|names| !names.is_empty());
        let stated = stated.map(|names| format!("From provider responses: {names}."));
        let found = found.map(|names| format!("Inferred from accepted and rejected requests: {names}."));
        let words: Vec<String> = stated.into_iter().chain(found).collect();
        (!words.is_empty()).then(|| words.join(" "))
    }

    /// Returns where the provider's responses contradict the profile, one sentence per limit.
    #[must_use]
    pub fn contradictions(&self, profile: &LimitProfile) -> Vec<String> {
        let Some(limits) = profile.of_model(&self.model) else { return Vec::new() };
        let against = |gauge: &Gauge| {
            let ours = limits.windows.iter().find(|limit| limit.window == gauge.limit.window)?.limit;
            let theirs = gauge.limit.limit;
            let name = gauge.limit.window.traits().full_name;
            (ours != theirs)
                .then(|| format!("{name}: provider reports {}, profile says {}.", grouped(theirs), grouped(ours)))
        };
        // An inferred limit contradicts nothing.
        self.gauges.iter().filter(|gauge| gauge.stated).filter_map(against).collect()
    }
}

#[cfg(test)]
mod tests {
    use headroom_limits::{Credits, Lengths};

    use super::*;

    #[test]
    fn a_sign_is_a_figure_with_its_evidence() {
        let words = signal_words(&Signal::Limited { limited: 30, requests: 406 });
        assert_eq!((words.figure.as_str(), words.of.as_str()), ("7.3%", "of requests hit a rate limit"));
        assert_eq!(words.evidence, "30 of 406 in 24 h; shown above 5%");
        let words = signal_words(&Signal::Context { requests: 2, longest: 11_920, context: 8_192 });
        assert_eq!(format!("{} {}", words.figure, words.of), "2 prompts exceed 8,192 context");
        let words = signal_words(&Signal::Trend { tokens: 1_240_000, limit: 1_000_000 });
        assert_eq!((words.figure.as_str(), words.evidence.as_str()), ("1.24M", "the plan allows 1M"));
    }

    #[test]
    fn advice_says_how_long_answers_are_and_what_a_cap_costs() {
        let lengths = Lengths { answers: 32, mean: 500, half: 420, most: 1_340, cut: 1 };
        let now = WithCap { cap: Some(8_000), reserved: 9_871, at_once: 3, per_minute_tenths: 36 };
        let better = Some(WithCap { cap: Some(1_500), reserved: 3_371, at_once: 10, per_minute_tenths: 100 });
        assert_eq!(
            advice_words(&Advice { lengths, now, better }),
            [
                "Last 32 answers: median 420 tokens, 95th percentile 1,340.",
                "1 was cut at max output.",
                "Max output 8,000 reserves 9,871 tokens per request: 3 at once, 3.6 per minute.",
                "Max output 1,500 reserves 3,371 tokens per request: 10 at once, 10 per minute.",
            ]
        );
    }

    #[test]
    fn thinking_that_used_up_the_cap_is_told_with_a_cap_that_would_have_done() {
        let words = cap_used_by_reasoning_text(1_000, 950, Some(2_400)).unwrap();
        assert!(words.starts_with("Reasoning used 950 of 1,000 tokens, the answer 50."), "{words}");
        assert!(words.contains("about 2,700"), "{words}");
        assert!(
            cap_used_by_reasoning_text(1_000, 1_000, Some(800)).unwrap().contains("about 2,200"),
            "what is known is too little"
        );
        assert_eq!(cap_used_by_reasoning_text(1_000, 200, None), None, "the answer was long, not the thinking");
        assert_eq!(cap_used_by_reasoning_text(0, 0, None), None);
    }

    #[test]
    fn credit_is_told_with_its_end_and_by_whose_word() {
        let credits = Credits { dollars: 5.0, left: 4.18, ends_in_ms: Some(29 * 86_400_000 + 5) };
        let ours = credit_words(&CreditLine { credits, reported_ms: None });
        assert_eq!(ours, "$4.18 of $5.00 credit left, expires in 29 days; counted in this browser.");
        let theirs =
            credit_words(&CreditLine { credits: Credits { ends_in_ms: None, ..credits }, reported_ms: Some(1) });
        assert_eq!(theirs, "$4.18 of $5.00 credit left; reported by provider.");
    }

    #[test]
    fn plans_of_a_provider_stand_side_by_side() {
        let mut settings = Settings::default();
        settings.limits.insert("added-1".into(), "cerebras-guide".into());
        let plans = plans(&settings, "added-1", "gpt-oss-120b");
        assert!(plans.len() >= 3, "{plans:?}");
        assert_eq!(plans, super::plans(&settings, "cerebras", "gpt-oss-120b"));
        let trial = plans.iter().find(|plan| plan.name == "Cerebras Free Trial").unwrap();
        assert_eq!(trial.figures.map(|figure| figure.is_some()), [true; 4]);
    }
}
