//! The bytes of a streamed response and when they are sent.

use std::collections::VecDeque;

use crate::{
    account::Used,
    answer::Answer,
    chunk::Envelope,
    fault::{LineEnd, StreamFault},
    rng::Rng,
    shape::Shape,
};

/// What comes after the returned bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// More bytes at this time, in milliseconds since 1970.
    At(u64),
    /// Nothing, and the connection stays open: a stall.
    NetworkFailure,
    /// The end of the body.
    End,
    /// The connection breaks.
    Break,
}

/// The interval between the comments OpenRouter sends while it waits.
const COMMENT_MS: u64 = 500;

/// Maximum number of comments.
const MOST_COMMENTS: u64 = 120;

/// One response in flight. Its bytes depend on the seed and not on how often it is polled.
#[derive(Clone, Debug)]
pub(crate) struct Stream {
    envelope: Envelope,
    answer: Answer,
    fault: Option<StreamFault>,
    line_end: LineEnd,
    rng: Rng,
    step: Step,
    /// Events that are ready and not yet sent.
    ready: VecDeque<(u64, Vec<u8>)>,
    /// The rest of an event that was cut.
    carry: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Waiting { comments: u64 },
    Opening,
    Token(u64),
    Finish,
    Over(Next),
}

impl Stream {
    pub(crate) fn new(
        envelope: Envelope,
        answer: Answer,
        fault: Option<StreamFault>,
        line_end: LineEnd,
        seed: u64,
    ) -> Self {
        let mut stream = Self {
            envelope,
            answer,
            fault,
            line_end,
            rng: Rng::new(seed),
            step: Step::Waiting { comments: 0 },
            ready: VecDeque::new(),
            carry: Vec::new(),
        };
        stream.prepare();
        stream
    }

    /// The usage written before the response ends or is broken off.
    pub(crate) fn used(&self, now_ms: u64) -> Used {
        let timing = &self.envelope.timing;
        if now_ms < timing.first_ms {
            return Used::default();
        }
        let passed = now_ms - timing.first_ms;
        // Every token whose time, rounded down to a millisecond, is not later than now.
        let written = passed.saturating_add(1).saturating_mul(u64::from(timing.tokens_per_second)).div_ceil(1_000);
        self.answer.used(written.min(self.last_token()))
    }

    /// When it ends by itself, and whether it is complete then; `None` if it stalls.
    pub(crate) fn ends(&self) -> Option<(u64, bool)> {
        let at = self.envelope.timing.token_ms(self.last_token().saturating_sub(1));
        match self.fault {
            Some(StreamFault::Stall { .. }) => None,
            Some(StreamFault::Cut { .. } | StreamFault::Error { .. } | StreamFault::Limited { .. }) => {
                Some((at, false))
            }
            _ => Some((at, true)),
        }
    }

    /// Returns all due chunks, and what comes after them.
    pub(crate) fn poll(&mut self, now_ms: u64) -> (Vec<Vec<u8>>, Next) {
        let mut chunks = Vec::new();
        loop {
            match self.ready.front() {
                Some((at, _)) if *at <= now_ms => chunks.extend(self.chunk()),
                Some((at, _)) => return (chunks, Next::At(*at)),
                None => {
                    let end = match self.step {
                        Step::Over(next) => next,
                        _ => Next::End,
                    };
                    return (chunks, end);
                }
            }
        }
    }

    fn last_token(&self) -> u64 {
        match self.fault {
            Some(StreamFault::Cut { tokens } | StreamFault::Stall { tokens } | StreamFault::Error { tokens }) => {
                tokens.min(self.answer.len())
            }
            Some(StreamFault::Limited { .. }) => 0,
            _ => self.answer.len(),
        }
    }

    /// Takes the next event and cuts it: in a quarter of cases anywhere, sometimes inside a character or between the
    /// bytes of a line ending. The rest comes with the next event.
    fn chunk(&mut self) -> Option<Vec<u8>> {
        let (_, event) = self.ready.pop_front()?;
        self.carry.extend(event);
        self.prepare();
        if self.fault == Some(StreamFault::OneRead) {
            while let Some((_, event)) = self.ready.pop_front() {
                self.carry.extend(event);
                self.prepare();
            }
        }
        let mut bytes = std::mem::take(&mut self.carry);
        if self.ready.is_empty() {
            return Some(bytes);
        }
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let at = match self.rng.below(16) {
            0..4 => usize::try_from(self.rng.below(length)).ok(),
            4 => bytes.iter().rposition(|byte| (0x80..0xC0).contains(byte)),
            5 => bytes.len().checked_sub(1),
            _ => None,
        };
        if let Some(at) = at.filter(|at| *at > 0) {
            self.carry = bytes.split_off(at);
        }
        Some(bytes)
    }

    /// Creates events until one is ready or the stream is over. Tokens that are not sent create none.
    fn prepare(&mut self) {
        while self.ready.is_empty() && !matches!(self.step, Step::Over(_)) {
            self.advance();
        }
    }

    fn advance(&mut self) {
        let timing = self.envelope.timing;
        self.step = match self.step {
            Step::Waiting { comments } => {
                let at = timing.head_ms.saturating_add(comments * COMMENT_MS);
                if self.envelope.shape == Shape::OpenRouter && at < timing.first_ms && comments < MOST_COMMENTS {
                    let end = self.line_end.text();
                    self.send(at, format!(": OPENROUTER PROCESSING{end}{end}"));
                    Step::Waiting { comments: comments + 1 }
                } else {
                    Step::Opening
                }
            }
            Step::Opening => {
                self.event(timing.first_ms, &self.envelope.opening());
                Step::Token(0)
            }
            Step::Token(at) => self.token(at),
            Step::Finish => self.finish(),
            over @ Step::Over(_) => over,
        };
    }

    fn token(&mut self, at: u64) -> Step {
        let due = self.envelope.timing.token_ms(at);
        let token = self.answer.token(at);
        let over = token.is_none();
        let event = token.and_then(|(channel, text)| self.envelope.token(channel, text));
        match self.fault {
            Some(StreamFault::Cut { .. }) if at >= self.last_token() => {
                // The connection breaks in the middle of the next event.
                let half = event.unwrap_or_default();
                let half: String = half.chars().take(half.chars().count() / 2).collect();
                self.send(due, format!("data: {half}"));
                return Step::Over(Next::Break);
            }
            Some(StreamFault::Stall { .. }) if at >= self.last_token() => return Step::Over(Next::NetworkFailure),
            Some(StreamFault::Error { .. }) if at >= self.last_token() => {
                self.event(due, &self.envelope.error());
                return Step::Over(Next::End);
            }
            Some(StreamFault::Limited { seconds }) => {
                self.event(due, &self.envelope.limited(seconds));
                return Step::Over(Next::End);
            }
            Some(StreamFault::Garbage { tokens }) if at == tokens => self.event(due, r#"{"id": oops, "choices": ["#),
            _ => {}
        }
        if over {
            return Step::Finish;
        }
        if let Some(event) = event {
            self.event(due, &event);
        }
        Step::Token(at + 1)
    }

    fn finish(&mut self) -> Step {
        let due = self.envelope.timing.token_ms(self.answer.len().saturating_sub(1));
        if self.fault != Some(StreamFault::NoFinish) {
            for chunk in self.envelope.ending(&self.answer) {
                self.event(due, &chunk);
            }
            if self.fault != Some(StreamFault::NoDone) {
                self.event(due, "[DONE]");
            }
        }
        Step::Over(Next::End)
    }

    fn event(&mut self, at_ms: u64, data: &str) {
        let end = self.line_end.text();
        self.send(at_ms, format!("data: {data}{end}{end}"));
    }

    fn send(&mut self, at_ms: u64, text: String) {
        let at_ms = match self.fault {
            Some(StreamFault::OneRead) => {
                let last = self.answer.len().saturating_sub(1);
                self.envelope.timing.token_ms(last)
            }
            _ => at_ms,
        };
        self.ready.push_back((at_ms, text.into_bytes()));
    }
}

#[cfg(test)]
mod tests;
