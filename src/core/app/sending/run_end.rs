//! The end of a run: what its answer keeps of it, and what it used.

use headroom_domain::{Failure, FailureKind, FinishReason, KeyMask, LimitReport, Usage};
use headroom_limits::{Spent, cost_dollars};
use headroom_protocol::{AnswerEnd, StreamEnd};

use crate::{
    conversation::chat::{Answer, Ending},
    effect::Effect,
    runs::run::{Run, RunOutcome},
    sending::run_lifecycle::append,
    state::State,
    units::Tokens,
    usage::{request_log::spent, rules::refused},
};

/// A run that has ended.
pub(crate) struct EndedRun {
    /// Its id in the request log.
    request: String,
    pub(crate) provider: String,
    pub(crate) model: String,
    how: Ending,
    /// What the provider reported.
    pub(crate) usage: Usage,
    /// What it used, as reported or counted.
    spent: Spent,
    /// The status of the response, if there was one.
    status: Option<u16>,
    /// What a rejection stated about limits.
    refusal: Option<LimitReport>,
    /// The counted or estimated tokens of the prompt.
    pub(crate) estimated: Option<Tokens>,
}

impl Run {
    /// Ends the run: its answer gets what was received last, how it ended, and its metrics. `silence` is the failure if
    /// nothing was received.
    pub(crate) fn end(self, answer: &mut Answer, ending: StreamEnd, now_ms: f64, silence: Failure) -> EndedRun {
        let (was_answering, was_queued, counted) = (self.is_answering(), self.is_queued(), self.tokens);
        let (arrivals, estimated, request) = (self.arrivals, self.estimated, self.request.clone());
        let (mask, prefix, refusal) = (self.mask.clone(), self.prefix, self.refusal(now_ms));
        let (how, failure) = match self.finish(ending, now_ms, silence) {
            RunOutcome::Answered(finished) => {
                append(answer, prefix, &finished.last_deltas, |_| {});
                answer.tool_calls = finished.reply.tool_calls;
                answer.finish = finished.reply.finish.map(|finish| masked(finish, &mask));
                answer.skipped = finished.skipped;
                answer.skipped.sample = mask.text(&answer.skipped.sample).into_owned();
                answer.usage = finished.reply.usage;
                answer.timing = finished.reply.timing;
                match finished.end {
                    AnswerEnd::Done => (Ending::Done, None),
                    AnswerEnd::Stopped => (Ending::Stopped, None),
                    AnswerEnd::CutOff(failure) => (Ending::CutOff, Some(failure)),
                    AnswerEnd::Failed(failure) => (Ending::Failed, Some(failure)),
                }
            }
            RunOutcome::NotSent => (Ending::NotSent, None),
            // An abort is not an error.
            RunOutcome::Failed(_) if ending == StreamEnd::Stopped => (Ending::Stopped, None),
            RunOutcome::Failed(failure) => (Ending::Failed, Some(*failure)),
        };
        answer.ending = how;
        // A provider's message about a request may repeat the key; an answer is content and stays unchanged.
        answer.failure = failure.map(|failure| failure.redacted(&mask));
        answer.metrics = (!was_queued).then(|| arrivals.metrics(now_ms, &answer.usage));
        let is_unreported = answer.usage.completion_tokens.is_none();
        answer.estimated_completion_tokens = (is_unreported && counted > 0).then_some(counted);
        // A request that was rejected or never arrived uses nothing. For any other without a response, the usage is
        // unknown, and its prompt was reserved.
        let nowhere = [FailureKind::Offline, FailureKind::Unreachable, FailureKind::Blocked];
        let is_lost = !was_answering && answer.failure.as_ref().is_some_and(|failure| nowhere.contains(&failure.kind));
        EndedRun {
            request,
            provider: answer.provider.clone(),
            model: answer.model.clone(),
            how,
            usage: answer.usage,
            spent: if is_lost || refusal.is_some() { Spent::default() } else { spent(answer, counted) },
            status: refusal.as_ref().map_or(was_answering.then_some(200), |(status, _)| Some(*status)),
            refusal: refusal.map(|(_, report)| report),
            estimated,
        }
    }
}

impl EndedRun {
    /// Returns what screen readers announce.
    pub(crate) fn announcement(&self) -> Option<String> {
        match (self.how, self.usage.completion_tokens) {
            (Ending::Done, Some(tokens)) => Some(format!("{} finished, {tokens} tokens", self.model)),
            (Ending::Done, None) => Some(format!("{} finished", self.model)),
            (Ending::Stopped, _) => Some("Stopped".to_owned()),
            (Ending::NotSent, _) => Some("Not sent".to_owned()),
            (Ending::Running | Ending::CutOff | Ending::Failed, _) => None,
        }
    }
}

impl State {
    /// Returns what an answer cost in US dollars: as its provider states it, else its tokens at the list price.
    pub(crate) fn cost_of(&self, ended: &EndedRun) -> Option<f64> {
        let list_price = || {
            let is_known = ended.refusal.is_none() && ended.usage.prompt_tokens.is_some();
            let price = self.price_of(&ended.provider, &ended.model).filter(|_| is_known);
            price.map(|price| cost_dollars(&ended.spent, &price))
        };
        ended.usage.cost_dollars.or_else(list_price)
    }

    /// Records in the request log how a run ended, and what that says about the limits.
    pub(crate) fn log_end(&mut self, ended: &EndedRun, now_ms: u64) -> Option<Effect> {
        let request = &ended.request;
        self.note_end(request, ended.how == Ending::Done, &ended.usage, ended.refusal.is_some());
        let saved = self.settle_request(request, now_ms, ended.spent, ended.status);
        if let Some(report) = &ended.refusal {
            refused(self, request, report, now_ms);
        }
        saved
    }
}

/// Masks the key in a finish reason, which is free text from the provider.
fn masked(finish: FinishReason, mask: &KeyMask) -> FinishReason {
    if mask.is_in(finish.name()) { FinishReason::from(mask.text(finish.name()).into_owned()) } else { finish }
}
