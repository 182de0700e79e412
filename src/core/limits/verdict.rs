//! Whether a request fits: now, later, or never.

use headroom_domain::{DefaultOutputReserve, LimitProfile, LimitWindow, ModelLimits, Price};

use crate::{gauge::Gauge, ledger::Ledger, pool::Entry, pool_history::PoolHistory, request::Spent};

/// What a request asks of the windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// Estimated prompt tokens.
    pub input: u64,
    /// `max_completion_tokens`, if it is set.
    pub cap: Option<u64>,
    /// The output reservation.
    pub answer: u64,
}

impl Need {
    /// All tokens that are reserved.
    #[must_use]
    pub const fn tokens(&self) -> u64 {
        self.input.saturating_add(self.answer)
    }
}

/// What limits a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binding {
    /// A rate limit.
    Window(LimitWindow),
    /// Prompt and response exceed the context window together.
    Context,
    /// The model cannot write that much.
    Output,
    /// The account's credit does not cover it.
    Credit,
    /// Only its turn: behind other requests, a rejection, or responses that have not come.
    Turn,
}

impl Binding {
    /// The name in `data-window`. `None` if it is not a limit.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::Window(window) => Some(window.name()),
            Self::Context => Some("context"),
            Self::Output => Some("output"),
            Self::Credit => Some("credit"),
            Self::Turn => None,
        }
    }
}

/// The result of judging a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It fits now.
    Fits,
    /// It fits after a wait, if nothing else is sent and requests in flight take all that is reserved for them.
    Wait {
        /// Milliseconds.
        ms: u64,
        /// What has to come back.
        binding: Binding,
    },
    /// It never fits unless it changes.
    Never {
        /// What it does not fit.
        binding: Binding,
        /// The largest cap with which it would fit once everything has come back; `None` if no cap helps.
        largest_cap: Option<u64>,
    },
}

impl Verdict {
    /// The forecast for rate limits, for [`Request::expected_to_fit`](crate::Request::expected_to_fit) of a request
    /// sent now. `None` for a request that does not fit the model.
    #[must_use]
    pub const fn expected_to_fit(&self) -> Option<bool> {
        match self {
            Self::Fits => Some(true),
            Self::Wait { binding, .. } | Self::Never { binding, .. } => match binding {
                Binding::Window(_) => Some(false),
                Binding::Context | Binding::Output | Binding::Credit | Binding::Turn => None,
            },
        }
    }
}

/// Returns what a request would ask for.
#[must_use]
pub fn need(profile: &LimitProfile, limits: &ModelLimits, input: u64, cap: Option<u64>) -> Need {
    let room = limits.context_tokens.map_or(u64::MAX, |context| context.saturating_sub(input));
    let longest = limits.max_output_tokens.unwrap_or(u64::MAX).min(room);
    let answer = cap.unwrap_or_else(|| match profile.uncapped {
        DefaultOutputReserve::Tokens(tokens) => tokens.min(longest),
        // Without a context window the remainder is unknown.
        DefaultOutputReserve::Remainder if longest == u64::MAX => 0,
        DefaultOutputReserve::Remainder => longest,
    });
    Need { input, cap, answer }
}

/// Judges a request by context, output and every window: by the levels of [`gauges`](crate::gauges), minus what a full
/// bucket does not gain while requests are in transit. [`Ledger::uncertainty`] says whether that is certain.
#[must_use]
pub fn verdict(
    profile: &LimitProfile,
    limits: &ModelLimits,
    ledger: &Ledger,
    account: &str,
    model: &str,
    need: Need,
    now_ms: u64,
) -> Verdict {
    verdict_after(&[], profile, limits, ledger, account, model, need, now_ms)
}

/// Same as [`verdict`], after other requests of the same windows: `first` is the reservation of each.
#[must_use]
#[expect(clippy::too_many_arguments, reason = "each is a word of the question")]
pub fn verdict_after(
    first: &[u64],
    profile: &LimitProfile,
    limits: &ModelLimits,
    ledger: &Ledger,
    account: &str,
    model: &str,
    need: Need,
    now_ms: u64,
) -> Verdict {
    let pool = limits.pool_of(model);
    let mut history = PoolHistory::of(ledger, account, &pool).ahead();
    first.iter().for_each(|tokens| history.add(Entry::planned(now_ms, *tokens)));
    judge(&history, profile, limits, need, now_ms)
}

/// Judges a request against a history that is already loaded.
pub(crate) fn judge(
    history: &PoolHistory<'_>,
    profile: &LimitProfile,
    limits: &ModelLimits,
    need: Need,
    now_ms: u64,
) -> Verdict {
    let windows = limits.windows.iter();
    let gauges: Vec<Gauge> = windows.map(|limit| Gauge::of(history, *limit, profile.refund, now_ms)).collect();
    if let Some(never) = out_of_bounds(limits, &gauges, need) {
        return never;
    }
    let mut worst = Verdict::Fits;
    for gauge in &gauges {
        let amount = if gauge.limit.window.counts_requests() { 1 } else { need.tokens() };
        let binding = Binding::Window(gauge.limit.window);
        match gauge.wait_ms(amount, history, profile.refund, now_ms) {
            Some(0) => {}
            Some(ms) => {
                if !matches!(worst, Verdict::Wait { ms: longest, .. } if longest >= ms) {
                    worst = Verdict::Wait { ms, binding };
                }
            }
            None => {
                return Verdict::Never { binding, largest_cap: largest_cap(limits, &gauges, need) };
            }
        }
    }
    worst
}

fn out_of_bounds(limits: &ModelLimits, gauges: &[Gauge], need: Need) -> Option<Verdict> {
    let room = limits.context_tokens.map_or(u64::MAX, |context| context.saturating_sub(need.input));
    let longest = limits.max_output_tokens.unwrap_or(u64::MAX);
    let binding = if need.answer > longest && longest <= room {
        Binding::Output
    } else if need.answer > room || room == 0 {
        Binding::Context
    } else {
        return None;
    };
    Some(Verdict::Never { binding, largest_cap: largest_cap(limits, gauges, need) })
}

/// The largest cap that everything allows once all has come back: context, longest output and each token window.
fn largest_cap(limits: &ModelLimits, gauges: &[Gauge], need: Need) -> Option<u64> {
    let windows = gauges.iter().map(|gauge| gauge.limit);
    let windows = windows.filter(|limit| !limit.window.counts_requests()).map(|limit| limit.limit);
    let room = windows.chain(limits.context_tokens).map(|bound| bound.saturating_sub(need.input));
    room.chain(limits.max_output_tokens).min().filter(|cap| *cap > 0)
}

/// The cost of tokens at a price, in US dollars. Cached tokens cost as much as others: prices have no discount.
#[must_use]
pub fn cost_dollars(spent: &Spent, price: &Price) -> f64 {
    price.of(spent.prompt, spent.reasoning.saturating_add(spent.answer))
}
