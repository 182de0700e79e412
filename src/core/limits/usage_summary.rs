//! What was used over weeks: sums by day and model, and how long answers turn out.

use headroom_domain::{Effort, Money, Price, date};

use crate::{
    DAY_MS,
    request::{Request, Spent},
    verdict::cost_dollars,
};

/// How many answers of a kind are looked at, the newest: habits change.
const MOST_LENGTHS: usize = 200;

/// What one model took on one day, in UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// Days since 1970-01-01.
    pub day: u64,
    /// Whose limits it counted against.
    pub account: String,
    /// The model's id.
    pub model: String,
    /// Requests that were sent, refused ones included.
    pub requests: u64,
    /// Of those, refused by a rate limit.
    pub limited: u64,
    /// Tokens of those that have ended.
    pub spent: Spent,
    /// What providers state that requests cost; `None` if they stated nothing.
    pub stated_cost: Option<Money>,
    /// The part of `spent` whose cost no provider stated.
    pub unstated: Spent,
}

impl Use {
    /// A single request.
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

    /// Its place: the newest day first, then by account and model.
    fn key(&self) -> (u64, &str, &str) {
        (u64::MAX - self.day, &self.account, &self.model)
    }
}

/// Sums requests by day and model: the newest day first, then by account and model. A request is of the day it was sent.
#[must_use]
pub fn tally<'a>(requests: impl IntoIterator<Item = &'a Request>) -> Vec<Use> {
    let mut uses = Vec::new();
    for request in requests {
        add(&mut uses, Use::of(request));
    }
    uses
}

/// Adds to sums, which stay in their order.
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

/// What these uses cost in US dollars: as providers state it, else tokens at list prices. `None` if nothing is known of any.
#[must_use]
pub fn cost_of<'a>(
    uses: impl IntoIterator<Item = &'a Use>,
    price_of: &dyn Fn(&str, &str) -> Option<Price>,
) -> Option<f64> {
    let costs = uses.into_iter().filter_map(|it| {
        let stated = it.stated_cost.map(Money::dollars);
        let listed = || Some(cost_dollars(&it.unstated, &price_of(&it.account, &it.model)?));
        if stated.is_some() && it.unstated == Spent::default() {
            return stated;
        }
        match (stated, listed()) {
            (Some(stated), Some(listed)) => Some(stated + listed),
            (stated, listed) => stated.or(listed),
        }
    });
    costs.fold(None, |sum, cost| Some(sum.unwrap_or(0.0) + cost))
}

/// The uses as CSV with a heading, as RFC 4180 has it: one line each, the cost in US dollars where a price is known.
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

/// A field of CSV. One that a spreadsheet would take for a formula is kept from that by an apostrophe: ids come from
/// outside.
fn field(text: &str) -> String {
    let text = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() };
    if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

/// Of which requests the answers are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    /// Whose limits they count against.
    pub account: String,
    /// The model's id.
    pub model: String,
    /// How hard the model was asked to think.
    pub effort: Option<Effort>,
}

/// How long answers turned out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lengths {
    /// How many there are.
    pub answers: usize,
    /// How long they are on average, in tokens, reasoning included.
    pub mean: u64,
    /// Half of them are no longer than this.
    pub half: u64,
    /// Nineteen of twenty are no longer than this.
    pub most: u64,
    /// How many reached their cap: they would have been longer.
    pub cut: usize,
}

/// How long the answers of a kind turned out, of the newest 200. `requests` are in the order of sending. Only those count
/// that ended by themselves or at their cap: one that was stopped says nothing.
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
        // The nearest rank: a length that there was.
        let rank = (answers.len() * share).div_ceil(100).max(1) - 1;
        answers.get(rank).map_or(0, |(tokens, _)| *tokens)
    };
    let cut = answers.iter().filter(|(_, is_cut)| *is_cut).count();
    let sum = answers.iter().fold(0_u64, |sum, (tokens, _)| sum.saturating_add(*tokens));
    let mean = sum.div_ceil((answers.len() as u64).max(1));
    Lengths { answers: answers.len(), mean, half: at(50), most: at(95), cut }
}
