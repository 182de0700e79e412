//! A request in flight and the answer it produces.

use headroom_domain::{Arrivals, Failure, FailureKind, KeyMask, LimitReport, Message, Model, Provider, RequestSpec};
use headroom_limits::Binding;
use headroom_protocol::{
    AnswerEnd, ChatRequest, Delta, FieldFallback, Finished, Headers, MOST_OF_REFUSAL, ReaderLimits, Response, SentKey,
    StallTimeouts, StreamEnd, StreamReader,
};
use headroom_tokenizer::Vocabulary;

use crate::{
    conversation::{
        Conversations,
        chat::{Answer, Id, LaneId, Setup},
        refusal::Refusal,
    },
    effect::Outgoing,
    event::{Read, RunId},
    setup::settings::SIMULATOR,
    units::Tokens,
    whole_ms,
};

/// A run: from Send to the end of its answer.
#[derive(Debug)]
pub struct Run {
    /// The run's id.
    pub(crate) run: RunId,
    /// Whose request it is.
    pub(crate) owner: Owner,
    /// The vocabulary its tokens are estimated in.
    pub(crate) vocabulary: Vocabulary,
    /// Its id in the request log.
    pub(crate) request: String,
    /// The estimated tokens received so far.
    pub(crate) tokens: u64,
    /// The provider it was sent to.
    pub(crate) provider: Provider,
    /// Whether a key was sent.
    pub(crate) sent_key: SentKey,
    /// Masks that key in the provider's messages about the request.
    pub(crate) mask: KeyMask,
    /// Bytes of text the answer had before this run, which continues it.
    pub(crate) prefix: usize,
    /// When its chunks arrived.
    pub(crate) arrivals: Arrivals,
    /// The counted or estimated tokens of the prompt, before any correction inferred from the provider.
    pub(crate) estimated: Option<Tokens>,
    /// The time of the last activity: silence that lasts too long ends the run.
    pub(crate) last_ms: f64,
    /// How many slices of it were saved.
    pub(crate) slices: u32,
    /// Bytes of answer and reasoning in those slices.
    pub(crate) sliced: (usize, usize),
    /// The request, as long as it may have to be sent: it is queued, or may still be rejected.
    pub(crate) asked: Option<Box<PendingSend>>,
    /// Its user chose to wait without a timeout.
    pub(crate) keeps_waiting: bool,
    /// The fields it was resent without, since the provider rejected them.
    pub(crate) field_fallbacks: Vec<FieldFallback>,
    stage: Stage,
}

/// The answer that a run writes: that of a lane to a turn, whether its chat is open or not.
#[derive(Clone, Debug)]
pub(crate) struct Owner {
    pub(crate) chat: Id,
    pub(crate) turn: Id,
    pub(crate) lane: LaneId,
}

impl Owner {
    /// Returns the answer it owns, if its chat is in memory.
    pub(crate) fn answer<'a>(&self, conversations: &'a mut Conversations) -> Option<&'a mut Answer> {
        conversations.turn_mut(&self.turn)?.answer_mut(self.lane)
    }
}

/// A request that can be sent, more than once if needed.
#[derive(Debug)]
pub(crate) struct PendingSend {
    /// The model, as its provider lists it.
    pub(crate) model: Model,
    /// The conversation, oldest first, the system prompt included.
    pub(crate) messages: Vec<Message>,
    /// The system prompt alone.
    pub(crate) system: String,
    pub(crate) setup: Setup,
    /// Its tokens without the answer.
    pub(crate) input: u64,
    /// No other lane was asked with it.
    pub(crate) alone: bool,
    /// When it was asked, in milliseconds since 1970.
    pub(crate) asked_ms: u64,
    /// The earliest time it may be sent, in milliseconds since 1970, as stated by a rejection.
    pub(crate) not_before_ms: u64,
    /// Its last rate-limit rejection.
    pub(crate) refusal: Option<Refusal>,
    /// Its cap was not set by the user: it is the one that fits the limits.
    pub(crate) is_fitted: bool,
    /// When it starts by the last plan, in milliseconds since 1970, and what it waits for. `None` if unknown.
    pub(crate) start: Option<(u64, Option<Binding>)>,
}

impl PendingSend {
    /// Returns what it asks for besides the conversation.
    pub(crate) fn spec(&self) -> RequestSpec {
        self.setup.request(&self.system)
    }
}

/// The progress of a run.
#[derive(Debug)]
enum Stage {
    /// Not sent yet, or to be sent again.
    Queued,
    /// Sent; nothing was received.
    Sent,
    /// The network failed before a response began, and the provider's reachability is being checked.
    Probing,
    /// A response is streaming.
    Answering {
        reader: Box<StreamReader>,
        /// Whether text has arrived.
        has_text: bool,
        /// Status and headers, until their time is known.
        head: Option<(u16, Headers)>,
    },
    /// A rejection is being received.
    Refused { status: u16, headers: Headers, body: Vec<u8> },
}

/// How a run ended.
pub(crate) enum RunOutcome {
    /// There was a response, complete or not.
    Answered(Box<Finished>),
    /// There was none.
    Failed(Box<Failure>),
    /// It was never sent.
    NotSent,
}

impl Run {
    /// Creates a queued run.
    pub(crate) fn asked(
        run: RunId,
        owner: Owner,
        provider: Provider,
        sent_key: SentKey,
        (estimated, vocabulary): (Tokens, Vocabulary),
        asked: PendingSend,
    ) -> Self {
        Self {
            run,
            owner,
            vocabulary,
            request: String::new(),
            tokens: 0,
            provider,
            sent_key,
            mask: KeyMask::default(),
            prefix: 0,
            arrivals: Arrivals::sent(0.0),
            estimated: Some(estimated),
            last_ms: 0.0,
            slices: 0,
            sliced: (0, 0),
            asked: Some(Box::new(asked)),
            keeps_waiting: false,
            field_fallbacks: Vec::new(),
            stage: Stage::Queued,
        }
    }

    /// Whether text has arrived.
    pub(crate) const fn has_text(&self) -> bool {
        matches!(self.stage, Stage::Answering { has_text: true, .. })
    }

    /// Whether it is not sent yet, or is to be sent again.
    pub(crate) const fn is_queued(&self) -> bool {
        matches!(self.stage, Stage::Queued)
    }

    /// Whether the provider's reachability is being checked, because no response came.
    pub(crate) const fn is_probing(&self) -> bool {
        matches!(self.stage, Stage::Probing)
    }

    /// Begins to check why no response came.
    pub(crate) fn probe(&mut self, now_ms: f64) {
        self.last_ms = now_ms;
        self.stage = Stage::Probing;
    }

    /// Whether a response has begun.
    pub(crate) const fn is_answering(&self) -> bool {
        matches!(self.stage, Stage::Answering { .. })
    }

    /// Returns the request as it is sent now.
    pub(crate) fn outgoing(&self, asked: &PendingSend, spec: &RequestSpec) -> Outgoing {
        let request = self.request(asked, spec);
        Outgoing {
            run: self.run,
            provider: self.provider.id.clone(),
            url: self.provider.chat_url(),
            headers: request.headers().into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            body: request.body(),
        }
    }

    /// Returns the request in the provider's dialect.
    pub(crate) fn request<'a>(&'a self, asked: &'a PendingSend, spec: &'a RequestSpec) -> ChatRequest<'a> {
        ChatRequest { provider: &self.provider, model: &asked.model, messages: &asked.messages, spec }
    }

    /// Marks it as sent, under this id in the request log.
    pub(crate) fn go(&mut self, request: String, now_ms: f64) {
        self.request = request;
        self.arrivals = Arrivals::sent(now_ms);
        self.last_ms = now_ms;
        self.stage = Stage::Sent;
    }

    /// Returns the status and body of a rejection. `None` otherwise.
    pub(crate) fn rejection(&self) -> Option<(u16, &[u8])> {
        let Stage::Refused { status, body, .. } = &self.stage else { return None };
        Some((*status, body))
    }

    /// Returns its stall timeouts.
    pub(crate) fn stall_timeouts(&self) -> StallTimeouts {
        // The simulator has a local address but stands for a remote provider.
        let is_nearby = self.provider.id != SIMULATOR && self.provider.origin().is_nearby();
        StallTimeouts::with(is_nearby, self.has_text())
    }

    /// Returns how long a sent request has received nothing, in milliseconds.
    pub(crate) fn silent_ms(&self, now_ms: f64) -> Option<u64> {
        (!self.is_queued() && !self.is_probing()).then(|| whole_ms((now_ms - self.last_ms).max(0.0)))
    }

    /// Returns a rejected request to the queue. Returns its id in the request log.
    pub(crate) fn wait_again(&mut self) -> String {
        self.stage = Stage::Queued;
        std::mem::take(&mut self.request)
    }

    /// Whether nothing at all was received.
    pub(crate) const fn is_silent(&self) -> bool {
        matches!(self.stage, Stage::Sent)
    }

    /// Takes status and headers.
    pub(crate) fn response_headers(&mut self, status: u16, headers: &[(String, String)]) {
        let headers: Headers = headers.iter().map(|(name, value)| (name, value)).collect();
        if !(200..300).contains(&status) {
            self.stage = Stage::Refused { status, headers, body: Vec::new() };
            return;
        }
        let reader = Box::new(StreamReader::new(ReaderLimits::default()));
        self.stage = Stage::Answering { reader, has_text: false, head: Some((status, headers)) };
    }

    /// Returns what the response headers state about limits, once. Headers come without a timestamp and perhaps long
    /// after the request was sent, so the time of the first bytes, or of the end, is used.
    pub(crate) fn take_reported_limits(&mut self, now_ms: f64) -> Option<LimitReport> {
        let Stage::Answering { head, .. } = &mut self.stage else { return None };
        let (status, headers) = head.take()?;
        Some(self.limits(status, &headers, &[], now_ms))
    }

    /// Returns what a response states about limits.
    fn limits(&self, status: u16, headers: &Headers, body: &[u8], now_ms: f64) -> LimitReport {
        self.response(status, headers, body, now_ms).limits()
    }

    fn response<'a>(&self, status: u16, headers: &'a Headers, body: &'a [u8], now_ms: f64) -> Response<'a> {
        let (dialect, sent_key) = (self.provider.dialect, self.sent_key);
        Response { status, headers, body, dialect, sent_key, now_unix_ms: whole_ms(now_ms) }
    }

    /// Returns the status, and what a rejection states about limits.
    pub(crate) fn refusal(&self, now_ms: f64) -> Option<(u16, LimitReport)> {
        let Stage::Refused { status, headers, body } = &self.stage else { return None };
        Some((*status, self.limits(*status, headers, body, now_ms)))
    }

    /// Returns the failure of a rejection. `None` otherwise.
    pub(crate) fn rejection_failure(&self, now_ms: f64) -> Option<Failure> {
        let Stage::Refused { status, headers, body } = &self.stage else { return None };
        Some(self.response(*status, headers, body, now_ms).failure())
    }

    /// Takes what was received and returns its deltas.
    pub(crate) fn read(&mut self, reads: &[Read]) -> Vec<Delta> {
        let mut all = Vec::new();
        for read in reads {
            self.last_ms = self.last_ms.max(read.at_ms);
            match &mut self.stage {
                Stage::Answering { reader, has_text, .. } => {
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
                // Bytes before the headers belong to no response.
                Stage::Queued | Stage::Sent | Stage::Probing => {}
            }
        }
        if self.has_text() {
            // A response has begun, so it is never resent.
            self.asked = None;
        }
        all
    }

    /// Treats a response that contains only a rate-limit error as a rejection: some gateways send status 200 before
    /// they know.
    pub(crate) fn treat_as_rejection(&mut self, ending: StreamEnd) {
        const TOO_MANY_REQUESTS: u16 = 429;
        let Stage::Answering { reader, has_text: false, head } = &mut self.stage else { return };
        let AnswerEnd::Failed(failure) = reader.as_ref().clone().finish(ending).end else { return };
        if failure.kind != FailureKind::RateLimited {
            return;
        }
        let headers = head.take().map(|(_, headers)| headers).unwrap_or_default();
        let body = failure.raw_body.or(failure.message).unwrap_or_default().into_bytes();
        self.stage = Stage::Refused { status: TOO_MANY_REQUESTS, headers, body };
    }

    /// Whether nothing more is to be read, though the connection may still be open.
    pub(crate) fn is_over(&self) -> bool {
        matches!(&self.stage, Stage::Answering { reader, .. } if reader.is_over())
    }

    /// Ends the run. `silence` is the failure if nothing was received.
    pub(crate) fn finish(self, ending: StreamEnd, now_ms: f64, silence: Failure) -> RunOutcome {
        if let Some(failure) = self.rejection_failure(now_ms) {
            return RunOutcome::Failed(Box::new(failure));
        }
        match self.stage {
            Stage::Queued => RunOutcome::NotSent,
            Stage::Answering { reader, .. } => RunOutcome::Answered(Box::new(reader.finish(ending))),
            Stage::Sent | Stage::Probing | Stage::Refused { .. } => RunOutcome::Failed(Box::new(silence)),
        }
    }
}
