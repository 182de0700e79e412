//! Usage over weeks: sums by day and model, and response lengths.

use headroom_domain::{Effort, Money, Price, date};

use crate::{
    DAY_MS,
    request::{Request, Spent},
    verdict::cost_dollars,
};

/// How many responses of a kind are examined, the newest: habits change.
const MOST_LENGTHS: usize = 200;

/// The usage of one model on one day, in UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// Days since 1970-01-01.
    pub day: u64,
    /// The account whose limits it counted against.
    pub account: String,
    /// The model's id.
    pub model: String,
    /// Requests sent, including rejected ones.
    pub requests: u64,
    /// Requests rejected by a rate limit.
    pub limited: u64,
    /// Tokens of those that have ended.
    pub spent: Spent,
    /// What providers state that requests cost; `None` if they stated nothing.
    pub stated_cost: Option<Money>,
    /// The part of `spent` whose cost no provider stated.
    pub unstated: Spent,
}

impl Use {
    /// The usage of a single request.
    #[must_use]
    pub fn of(request: &Request) -> Self {
        let spent = request.settled.map(|(_, spent)| spent).unwrap_or_default();
        Self {
            day: request.sent_ms / DAY_MS,
            account: request.account.clone(),
            model: request.model.clone(),
            requests: 1,
            limited: u64::from(request.status == Some(429)),
            spent,
            stated_cost: request.stated_cost,
            unstated: if request.stated_cost.is_some() { Spent::default() } else { spent },
        }
    }

    /// Its sort key: the newest day first, then by account and model.
    fn key(&self) -> (u64, &str, &str) {
        (u64::MAX - self.day, &self.account, &self.model)
    }
}

/// Adds a usage to the sums, keeping their order.
pub fn add(uses: &mut Vec<Use>, more: Use) {
    match uses.binary_search_by(|known| known.key().cmp(&more.key())) {
        Ok(place) => {
            let Some(known) = uses.get_mut(place) else { return };
            known.requests = known.requests.saturating_add(more.requests);
            known.limited = known.limited.saturating_add(more.limited);
            known.spent = known.spent.saturating_add(more.spent);
            known.unstated = known.unstated.saturating_add(more.unstated);
            known.stated_cost = match (known.stated_cost, more.stated_cost) {
                (Some(one), Some(other)) => Some(one.saturating_add(other)),
                (one, other) => one.or(other),
            };
        }
        Err(place) => uses.insert(place, more),
    }
}

/// The cost of this usage, in US dollars: as providers state it, else tokens at list prices. `None` if neither is known.
#[must_use]
pub fn cost_of<'a>(
    uses: impl IntoIterator<Item = &'a Use>,
    price_of: &dyn Fn(&str, &str) -> Option<Price>,
) -> Option<f64> {
    let costs = uses.into_iter().filter_map(|it| {
        let stated = it.stated_cost.map(Money::dollars);
        let listed = price_of(&it.account, &it.model).map(|price| cost_dollars(&it.unstated, &price));
        match (stated, listed) {
            (Some(stated), Some(listed)) => Some(stated + listed),
            (stated, listed) => stated.or(listed),
        }
    });
    costs.fold(None, |sum, cost| Some(sum.unwrap_or(0.0) + cost))
}

/// Formats the usage as CSV with a header, by RFC 4180: one line each, the cost in US dollars if a price is known.
#[must_use]
pub fn csv(uses: &[Use], price_of: &dyn Fn(&str, &str) -> Option<Price>) -> String {
    let mut csv =
        "day,provider,model,requests,rate_limited,prompt_tokens,cached_tokens,reasoning_tokens,answer_tokens,\
                   total_tokens,cost_usd\r\n"
            .to_owned();
    for it in uses {
        let Use { day, account, model, requests, limited, spent, .. } = it;
        let Spent { prompt, cached, reasoning, answer } = spent;
        let cost = cost_of([it], price_of).map(|dollars| format!("{dollars:.6}")).unwrap_or_default();
        let (account, model, total) = (field(account), field(model), spent.total());
        csv.push_str(&format!(
            "{},{account},{model},{requests},{limited},{prompt},{cached},{reasoning},{answer},{total},{cost}\r\n",
            date(*day)
        ));
    }
    csv
}

/// A CSV field. An apostrophe keeps a spreadsheet from reading it as a formula, because ids come from outside.
fn field(text: &str) -> String {
    let text = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() };
    if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

/// A group of requests whose responses are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    /// The account whose limits they count against.
    pub account: String,
    /// The model's id.
    pub model: String,
    /// The requested reasoning effort.
    pub effort: Option<Effort>,
}

/// How long responses turned out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lengths {
    /// The number of responses.
    pub answers: usize,
    /// The mean length in tokens, reasoning included.
    pub mean: u64,
    /// Half of them are no longer than this.
    pub half: u64,
    /// 19 of 20 are no longer than this.
    pub most: u64,
    /// How many reached their cap: they would have been longer.
    pub cut: usize,
}

/// Returns the lengths of the newest 200 responses of a kind. `requests` are in the order of sending. Counts only
/// responses that ended by themselves or at their cap: a stopped one says nothing.
#[must_use]
pub fn lengths<'a>(requests: impl DoubleEndedIterator<Item = &'a Request>, kind: &Kind) -> Lengths {
    let answers = requests.rev().filter(|request| {
        request.completed
            && request.account == kind.account
            && request.model == kind.model
            && request.effort == kind.effort
    });
    let answers = answers.filter_map(|request| {
        let (_, spent) = request.settled?;
        let tokens = spent.reasoning.saturating_add(spent.answer);
        let is_cut = request.cap.is_some_and(|cap| tokens >= u64::from(cap));
        (tokens > 0).then_some((tokens, is_cut))
    });
    let mut answers: Vec<(u64, bool)> = answers.take(MOST_LENGTHS).collect();
    answers.sort_unstable();
    let at = |share: usize| {
        // The nearest rank: an actual length.
        let rank = (answers.len() * share).div_ceil(100).max(1) - 1;
        answers.get(rank).map_or(0, |(tokens, _)| *tokens)
    };
    let cut = answers.iter().filter(|(_, is_cut)| *is_cut).count();
    let sum = answers.iter().fold(0_u64, |sum, (tokens, _)| sum.saturating_add(*tokens));
    let mean = sum.div_ceil((answers.len() as u64).max(1));
    Lengths { answers: answers.len(), mean, half: at(50), most: at(95), cut }
}
