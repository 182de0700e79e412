//! Describes limits and verdicts in words.

use headroom_domain::{LimitWindow, Period, grouped, span};
use headroom_limits::{Binding, Gauge, Uncertainty, Verdict};

use crate::scheduler::assess::Assessment;

/// A verdict in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerdictWords {
    /// The sentence.
    pub title: String,
    /// One line of arithmetic.
    pub detail: String,
}

/// Formats a duration as a clock: `0:08`, `13:16`, `9:29 h`.
#[must_use]
pub fn clock(ms: u64) -> String {
    let seconds = ms.div_ceil(1000);
    let (minutes, seconds) = (seconds / 60, seconds % 60);
    if minutes < 60 { format!("{minutes}:{seconds:02}") } else { format!("{}:{:02} h", minutes / 60, minutes % 60) }
}

/// Describes a gauge in one sentence.
#[must_use]
pub fn sentence(gauge: &Gauge, draft: Option<u64>) -> String {
    let Gauge { limit, used, reserved, left, .. } = gauge;
    let name = limit.window.traits().full_name;
    let mut sentence = format!("{name}: {} of {} left, {} used", grouped(*left), grouped(limit.limit), grouped(*used));
    if *reserved > 0 {
        sentence += &format!(", {} in flight", grouped(*reserved));
    }
    if let Some(draft) = draft {
        sentence += &format!(", this draft needs {}", grouped(draft));
    }
    sentence
}

impl Assessment {
    /// Returns what the draft takes from a window.
    #[must_use]
    pub fn draft(&self, window: LimitWindow) -> Option<u64> {
        let need = self.need?;
        Some(if window.counts_requests() { 1 } else { need.tokens() })
    }

    /// Describes the verdict. `None` if there is nothing to judge.
    #[must_use]
    pub fn words(&self) -> Option<VerdictWords> {
        let (need, verdict) = self.need.zip(self.verdict)?;
        let reserved = grouped(need.tokens());
        let gauge = |binding| self.gauges.iter().find(|gauge| Binding::Window(gauge.limit.window) == binding);
        let words = |title: String, detail: String| VerdictWords { title, detail };
        Some(match verdict {
            Verdict::Fits if self.uncertainty.is_some() => {
                let cap = self.fitted_cap.map(|cap| format!(". Max output set to {}", grouped(cap)));
                let why = self.uncertainty.map(reason).unwrap_or_default();
                words("Probably fits".into(), format!("{why}{}", cap.unwrap_or_default()))
            }
            Verdict::Fits if self.fitted_cap.is_some() => {
                let cap = grouped(self.fitted_cap.unwrap_or(0));
                words("Fits now".into(), format!("Max output set to {cap} so that it fits"))
            }
            Verdict::Fits => {
                let tokens = self.gauges.iter().filter(|gauge| !gauge.limit.window.counts_requests());
                let detail = match tokens.min_by_key(|gauge| gauge.left) {
                    Some(gauge) => {
                        format!(
                            "Reserves {reserved} of {} left {}",
                            grouped(gauge.left),
                            gauge.limit.window.period().current()
                        )
                    }
                    None => format!("Reserves {reserved} tokens"),
                };
                words("Fits now".into(), detail)
            }
            Verdict::Wait { ms, binding } => {
                let detail = match gauge(binding) {
                    Some(gauge) if self.before > 0 => {
                        format!("{} {}", ahead(self.before), gauge.limit.window.period().current())
                    }
                    Some(gauge) if gauge.limit.window.counts_requests() => {
                        format!("No requests left {}", gauge.limit.window.period().current())
                    }
                    Some(gauge) => {
                        let more = grouped(need.tokens().saturating_sub(gauge.left));
                        format!("{more} tokens short, {}", refill(gauge))
                    }
                    None if self.before > 0 => ahead(self.before),
                    None => "Waiting for earlier requests".to_owned(),
                };
                let detail = match self.fitted_cap {
                    Some(cap) => format!("{detail}. Max output set to {}", grouped(cap)),
                    None => detail,
                };
                words(format!("Fits in {}", span(ms)), detail)
            }
            Verdict::Never { binding, largest_cap } => {
                let bound = match binding {
                    Binding::Window(window) => {
                        format!("{} per {}", grouped(self.limit_of(window)), window.period().name())
                    }
                    Binding::Context => format!("{} context", grouped(self.context_tokens.unwrap_or(0))),
                    Binding::Output => format!("{} model limit", grouped(largest_cap.unwrap_or(0))),
                    Binding::Credit => format!("${:.4} credit", self.credit_dollars.unwrap_or(0.0)),
                    Binding::Turn => String::new(),
                };
                let detail = match need.cap {
                    Some(cap) if binding == Binding::Output => format!("{} max output > {bound}", grouped(cap)),
                    Some(cap) => format!("{} in + {} max output > {bound}", grouped(need.input), grouped(cap)),
                    None if need.answer == 0 => format!("{} prompt tokens > {bound}", grouped(need.input)),
                    None => format!("{} in + {} reserved > {bound}", grouped(need.input), grouped(need.answer)),
                };
                let title = match largest_cap {
                    Some(cap) if need.cap.is_none() => format!("Never fits: set max output to ≤ {}", grouped(cap)),
                    Some(cap) => format!("Never fits: lower max output to ≤ {}", grouped(cap)),
                    None if binding == Binding::Credit => "Never fits: the credit is used up".into(),
                    None => "Never fits: the prompt is too long".into(),
                };
                words(title, detail)
            }
        })
    }

    fn limit_of(&self, window: LimitWindow) -> u64 {
        self.gauges.iter().find(|gauge| gauge.limit.window == window).map_or(0, |gauge| gauge.limit.limit)
    }

    /// Returns the note for the model's heading: what the draft reserves, and what blocks it.
    #[must_use]
    pub fn note(&self) -> String {
        let Some(need) = self.need else { return String::new() };
        let reserved = format!("draft reserves {}", grouped(need.tokens()));
        match self.verdict {
            Some(Verdict::Wait { ms, .. }) => format!("{reserved} · wait {}", clock(ms)),
            Some(Verdict::Never { binding: Binding::Context, .. }) => format!("{reserved} · over context"),
            Some(Verdict::Never { .. }) => format!("{reserved} · never fits"),
            _ => reserved,
        }
    }
}

fn ahead(requests: usize) -> String {
    if requests == 1 { "1 request ahead".to_owned() } else { format!("{requests} requests ahead") }
}

/// Explains why it is uncertain that a request fits.
const fn reason(uncertainty: Uncertainty) -> &'static str {
    match uncertainty {
        Uncertainty::Unreported => "A stopped or uncapped answer may use more",
        Uncertainty::Clock => "This device's clock may be off",
        Uncertainty::Unexplained => "Something else may be using this account",
        Uncertainty::Inferred => "Limits are inferred from responses",
        Uncertainty::Estimated => "Close to the limit, and the count is estimated",
    }
}

/// Describes how a window refills.
pub(crate) fn refill(gauge: &Gauge) -> String {
    match gauge.limit.refill {
        headroom_domain::RefillPolicy::Bucket => {
            let (limit, period_ms) = (gauge.limit.limit, gauge.limit.window.period_ms());
            match limit * 1000 / period_ms {
                0 => format!("refills one every {}", span(period_ms / limit.max(1))),
                a_second => format!("refills {}/s", grouped(a_second)),
            }
        }
        headroom_domain::RefillPolicy::Fixed => match gauge.limit.window.period() {
            Period::Day => "refills at 00:00 UTC".into(),
            period @ (Period::Minute | Period::Hour) => format!("refills when the {} ends", period.name()),
        },
        headroom_domain::RefillPolicy::Sliding => {
            format!("usage expires after 1 {}", gauge.limit.window.period().name())
        }
    }
}

#[cfg(test)]
mod tests {
    use headroom_domain::{RefillPolicy, WindowLimit};
    use headroom_limits::{Ledger, Need, Request, gauges};

    use super::*;

    fn minute(left: u64) -> Assessment {
        let limit = WindowLimit { window: LimitWindow::TokensMinute, limit: 36_000, refill: RefillPolicy::Bucket };
        let limits = headroom_domain::ModelLimits {
            id: "m".into(),
            pool: String::new(),
            windows: vec![limit],
            context_tokens: Some(8_192),
            max_output_tokens: None,
            price: None,
        };
        let mut ledger = Ledger::default();
        ledger.sent(Request {
            id: "1".into(),
            account: "a".into(),
            pool: "m".into(),
            model: "m".into(),
            sent_ms: 1_000_000,
            reserved: 36_000 - left,
            ..Request::default()
        });
        let refund = headroom_domain::Refund::ToActual;
        Assessment {
            provider: "a".into(),
            model: "m".into(),
            pool: "m".into(),
            refund,
            need: Some(Need { input: 1_871, cap: Some(8_000), answer: 8_000 }),
            fitted_cap: None,
            verdict: None,
            uncertainty: None,
            before: 0,
            gauges: gauges(&ledger, "a", "m", &limits, refund, 1_000_000),
            context_tokens: Some(8_192),
            credit_dollars: None,
        }
    }

    #[test]
    fn a_verdict_says_when_and_why_and_what_would_help() {
        let text = |verdict, left| {
            let words = Assessment { verdict: Some(verdict), ..minute(left) }.words().unwrap();
            (words.title, words.detail)
        };
        let fits = text(Verdict::Fits, 20_000);
        assert_eq!((fits.0.as_str(), fits.1.as_str()), ("Fits now", "Reserves 9,871 of 20,000 left this minute"));
        let uncertain =
            Assessment { uncertainty: Some(Uncertainty::Unexplained), verdict: Some(Verdict::Fits), ..minute(20_000) };
        let uncertain = uncertain.words().unwrap();
        assert_eq!(
            (uncertain.title.as_str(), uncertain.detail.as_str()),
            ("Probably fits", reason(Uncertainty::Unexplained))
        );
        let fitted = Assessment { verdict: Some(Verdict::Fits), fitted_cap: Some(7_400), ..minute(20_000) };
        assert_eq!(fitted.words().unwrap().detail, "Max output set to 7,400 so that it fits");
        let binding = Binding::Window(LimitWindow::TokensMinute);
        let wait = text(Verdict::Wait { ms: 13_200, binding }, 1_471);
        assert_eq!((wait.0.as_str(), wait.1.as_str()), ("Fits in 14 s", "8,400 tokens short, refills 600/s"));
        let never = text(Verdict::Never { binding: Binding::Context, largest_cap: Some(6_321) }, 20_000);
        assert_eq!(never.0, "Never fits: lower max output to ≤ 6,321");
        assert_eq!(never.1, "1,871 in + 8,000 max output > 8,192 context");
        let hopeless = text(Verdict::Never { binding: Binding::Context, largest_cap: None }, 20_000);
        assert_eq!(hopeless.0, "Never fits: the prompt is too long");
        assert_eq!(Assessment { need: None, ..minute(1) }.words(), None, "nothing is judged before it is written");
    }

    #[test]
    fn spans_are_rounded_up_so_that_nobody_is_early() {
        let spans =
            [(0, "0 s"), (1, "1 s"), (13_001, "14 s"), (119_000, "119 s"), (121_000, "3 min"), (7_200_001, "3 h")];
        for (ms, words) in spans {
            assert_eq!(span(ms), words, "{ms}");
        }
        assert_eq!((clock(7_100), clock(796_000), clock(34_140_000)), ("0:08".into(), "13:16".into(), "9:29 h".into()));
    }

    #[test]
    fn a_gauge_is_one_sentence() {
        let assessment = minute(20_000);
        let words = sentence(&assessment.gauges[0], assessment.draft(LimitWindow::TokensMinute));
        assert_eq!(words, "Tokens per minute: 20,000 of 36,000 left, 0 used, 16,000 in flight, this draft needs 9,871");
    }
}
