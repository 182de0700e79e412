//! A request on its way and the answer that comes of it.

use headroom_domain::{Arrivals, Failure, FailureKind, KeyMask, LimitReport, Provider};
use headroom_limits::Binding;
use headroom_protocol::{
    AnswerEnd, Delta, FieldFallback, Finished, Headers, MOST_OF_REFUSAL, ReaderLimits, Response, SentKey,
    StallTimeouts, StreamEnd, StreamReader,
};
use headroom_tokenizer::Vocabulary;

use crate::{
    chat::{Id, Setup},
    counting::Tokens,
    effect::Outgoing,
    event::{Read, RunId},
    refusals::Refusal,
    settings::SIMULATOR,
};

/// A run: from Send to the end of its answer.
#[derive(Debug)]
pub struct Run {
    /// Which run.
    pub(crate) run: RunId,
    /// Whose answer it is.
    pub(crate) turn: Id,
    /// In which lane.
    pub(crate) lane: usize,
    /// What its tokens are estimated in.
    pub(crate) vocabulary: Vocabulary,
    /// Its id in the books.
    pub(crate) request: String,
    /// Tokens that came so far, as estimated.
    pub(crate) tokens: u64,
    /// Who was asked.
    pub(crate) provider: Provider,
    /// Whether a key went along.
    pub(crate) sent_key: SentKey,
    /// Hides that key in what the provider says of the request.
    pub(crate) mask: KeyMask,
    /// Bytes of text that the answer had before this run: it goes on with them.
    pub(crate) prefix: usize,
    /// When its parts arrived.
    pub(crate) arrivals: Arrivals,
    /// What the prompt was counted or estimated as, before anything learnt from the provider.
    pub(crate) estimated: Option<Tokens>,
    /// When something last happened: silence that lasts too long ends the run.
    pub(crate) last_ms: f64,
    /// How many slices of it were kept.
    pub(crate) slices: u32,
    /// Bytes of answer and reasoning that are in those slices.
    pub(crate) sliced: (usize, usize),
    /// What is to be sent, as long as that may be necessary: it waits, or may yet be refused.
    pub(crate) asked: Option<Box<PendingSend>>,
    /// It was not sent yet.
    pub(crate) waits: bool,
    /// The network is gone before an answer began, and the provider is being asked whether it is there at all.
    pub(crate) checking_reachability: bool,
    /// Its user chose to wait however long nothing comes.
    pub(crate) keeps_waiting: bool,
    /// What it was sent again without, since the provider refused that.
    pub(crate) field_fallbacks: Vec<FieldFallback>,
    /// Status and headers of an answer, until it is known when they came.
    head: Option<(u16, Headers)>,
    stage: Stage,
}

/// A request that can be sent, again if need be.
#[derive(Debug)]
pub(crate) struct PendingSend {
    pub(crate) outgoing: Outgoing,
    pub(crate) setup: Setup,
    /// Its tokens without the answer.
    pub(crate) input: u64,
    /// No other lane was asked with it.
    pub(crate) alone: bool,
    /// When, in milliseconds since 1970.
    pub(crate) asked_ms: u64,
    /// It must not go earlier, in milliseconds since 1970: a refusal said so.
    pub(crate) not_before_ms: u64,
    /// Its last refusal by a rate limit.
    pub(crate) refusal: Option<Refusal>,
    /// Its cap was not set by its user: it is the one that fits the limits.
    pub(crate) is_fitted: bool,
    /// When it is to go, by the last plan, in milliseconds since 1970, and what it waits for; none while there is no
    /// telling.
    pub(crate) start: Option<(u64, Option<Binding>)>,
}

/// How far it is.
#[derive(Debug)]
enum Stage {
    /// Sent; nothing came.
    Sent,
    /// An answer comes.
    Answering(Box<StreamReader>, bool),
    /// A refusal comes.
    Refused { status: u16, headers: Headers, body: Vec<u8> },
}

/// How a run ended.
pub(crate) enum RunOutcome {
    /// There was an answer, whole or not.
    Answered(Box<Finished>),
    /// There was none.
    Failed(Box<Failure>),
}

/// Whose answer a run brings.
pub(crate) struct RunTarget {
    pub(crate) turn: Id,
    pub(crate) lane: usize,
    pub(crate) vocabulary: Vocabulary,
    pub(crate) prefix: usize,
}

impl Run {
    /// What is to be sent. It waits until it goes.
    pub(crate) fn asked(
        run: RunId,
        to: RunTarget,
        provider: Provider,
        sent_key: SentKey,
        estimated: Tokens,
        asked: PendingSend,
    ) -> Self {
        let RunTarget { turn, lane, vocabulary, prefix } = to;
        Self {
            run,
            turn,
            lane,
            vocabulary,
            request: String::new(),
            tokens: 0,
            provider,
            sent_key,
            mask: KeyMask::default(),
            prefix,
            arrivals: Arrivals::sent(0.0),
            estimated: Some(estimated),
            last_ms: 0.0,
            slices: 0,
            sliced: (0, 0),
            asked: Some(Box::new(asked)),
            waits: true,
            checking_reachability: false,
            keeps_waiting: false,
            field_fallbacks: Vec::new(),
            head: None,
            stage: Stage::Sent,
        }
    }

    /// Whether text has come.
    pub(crate) const fn has_text(&self) -> bool {
        matches!(self.stage, Stage::Answering(_, true))
    }

    /// Whether an answer has begun.
    pub(crate) const fn is_answering(&self) -> bool {
        matches!(self.stage, Stage::Answering(..))
    }

    /// It goes now, under this id in the books.
    pub(crate) fn go(&mut self, request: String, now_ms: f64) {
        self.request = request;
        self.arrivals = Arrivals::sent(now_ms);
        self.last_ms = now_ms;
        self.waits = false;
    }

    /// A refusal as it came; none of anything else.
    pub(crate) fn refused_with(&self) -> Option<(u16, &[u8])> {
        let Stage::Refused { status, body, .. } = &self.stage else { return None };
        Some((*status, body))
    }

    /// How long it waits in silence.
    pub(crate) fn stall_timeouts(&self) -> StallTimeouts {
        // The simulator is described at an address of this machine, and stands for a provider elsewhere.
        let is_nearby = self.provider.id != SIMULATOR && self.provider.origin().is_nearby();
        StallTimeouts::with(is_nearby, self.has_text())
    }

    /// For how many milliseconds nothing has come, of a request that is on its way.
    pub(crate) fn silent_ms(&self, now_ms: f64) -> Option<u64> {
        (!self.waits && !self.checking_reachability).then(|| whole_ms((now_ms - self.last_ms).max(0.0)))
    }

    /// It was refused and waits to go again. Gives its id in the books.
    pub(crate) fn wait_again(&mut self) -> String {
        self.stage = Stage::Sent;
        self.waits = true;
        std::mem::take(&mut self.request)
    }

    /// Whether nothing at all has come.
    pub(crate) const fn is_silent(&self) -> bool {
        matches!(self.stage, Stage::Sent)
    }

    /// Takes status and headers.
    pub(crate) fn head(&mut self, status: u16, headers: &[(String, String)]) {
        let headers: Headers = headers.iter().map(|(name, value)| (name, value)).collect();
        if !(200..300).contains(&status) {
            self.stage = Stage::Refused { status, headers, body: Vec::new() };
            return;
        }
        self.stage = Stage::Answering(Box::new(StreamReader::new(ReaderLimits::default())), false);
        self.head = Some((status, headers));
    }

    /// What the headers of an answer say about limits, told once. They come without a time, and perhaps long after the
    /// request was sent: the time is that of the first bytes, or of the end.
    pub(crate) fn said(&mut self, now_ms: f64) -> Option<LimitReport> {
        let (status, headers) = self.head.take()?;
        Some(self.limits(status, &headers, &[], now_ms))
    }

    /// What a response says about limits. The notes quote it, so they are masked like a failure.
    fn limits(&self, status: u16, headers: &Headers, body: &[u8], now_ms: f64) -> LimitReport {
        let mut report = self.response(status, headers, body, now_ms).limits();
        for note in &mut report.notes {
            *note = self.mask.text(note).into_owned();
        }
        report
    }

    fn response<'a>(&self, status: u16, headers: &'a Headers, body: &'a [u8], now_ms: f64) -> Response<'a> {
        let (dialect, sent_key) = (self.provider.dialect, self.sent_key);
        Response { status, headers, body, dialect, sent_key, now_unix_ms: whole_ms(now_ms) }
    }

    /// The status it was answered with, and what a refusal says about limits.
    pub(crate) fn refusal(&self, now_ms: f64) -> Option<(u16, LimitReport)> {
        let Stage::Refused { status, headers, body } = &self.stage else { return None };
        Some((*status, self.limits(*status, headers, body, now_ms)))
    }

    /// What a refusal is; none of anything else.
    pub(crate) fn refused_as(&self, now_ms: f64) -> Option<Failure> {
        let Stage::Refused { status, headers, body } = &self.stage else { return None };
        Some(self.response(*status, headers, body, now_ms).failure())
    }

    /// Takes what came and says what was in it.
    pub(crate) fn read(&mut self, reads: &[Read]) -> Vec<Delta> {
        let mut all = Vec::new();
        for read in reads {
            self.last_ms = self.last_ms.max(read.at_ms);
            match &mut self.stage {
                Stage::Answering(reader, has_text) => {
                    let deltas = reader.push(&read.bytes);
                    let answer = deltas.iter().map(Delta::answer_bytes).sum();
                    let reasoning = deltas.iter().map(Delta::reasoning_bytes).sum();
                    self.arrivals.read(read.at_ms, answer, reasoning);
                    if deltas.iter().any(|delta| matches!(delta, Delta::ContentWasReasoning { .. })) {
                        self.arrivals.answer_was_reasoning();
                    }
                    *has_text |= answer + reasoning > 0;
                    all.extend(deltas);
                }
                Stage::Refused { body, .. } => {
                    let room = MOST_OF_REFUSAL.saturating_sub(body.len()).min(read.bytes.len());
                    body.extend_from_slice(read.bytes.get(..room).unwrap_or_default());
                }
                // Bytes before the head are nobody's answer.
                Stage::Sent => {}
            }
        }
        if self.has_text() {
            // From here on it is never sent again: an answer has begun.
            self.asked = None;
        }
        all
    }

    /// Takes an answer that is nothing but a refusal by a rate limit for one: some gateways have sent status 200 by the time
    /// that they know.
    pub(crate) fn refused_inside(&mut self, ending: StreamEnd) {
        const TOO_MANY_REQUESTS: u16 = 429;
        let Stage::Answering(reader, false) = &self.stage else { return };
        let AnswerEnd::Failed(failure) = reader.as_ref().clone().finish(ending).end else { return };
        if failure.kind != FailureKind::RateLimited {
            return;
        }
        let headers = self.head.take().map(|(_, headers)| headers).unwrap_or_default();
        let body = failure.raw_body.or(failure.message).unwrap_or_default().into_bytes();
        self.stage = Stage::Refused { status: TOO_MANY_REQUESTS, headers, body };
    }

    /// Whether nothing more is to be read, though the connection may still be open.
    pub(crate) fn is_over(&self) -> bool {
        matches!(&self.stage, Stage::Answering(reader, _) if reader.is_over())
    }

    /// The end. `failure` is for a run that ends before anything came.
    pub(crate) fn finish(self, ending: StreamEnd, now_ms: f64, failure: impl FnOnce(&Self) -> Failure) -> RunOutcome {
        if let Some(failure) = self.refused_as(now_ms) {
            return RunOutcome::Failed(Box::new(failure));
        }
        let failure = failure(&self);
        match self.stage {
            Stage::Answering(reader, _) => RunOutcome::Answered(Box::new(reader.finish(ending))),
            Stage::Sent | Stage::Refused { .. } => RunOutcome::Failed(Box::new(failure)),
        }
    }
}

/// A time as whole milliseconds.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a time after 1970 and below 2^53; `as` saturates"
)]
pub(crate) const fn whole_ms(now_ms: f64) -> u64 {
    now_ms as u64
}
