//! The runs of the open chat, by lane: what the page shows of them.

use headroom_domain::{Metrics, Usage};

use crate::{
    conversation::chat::{Ending, Id},
    runs::run::Run,
    state::State,
};

/// How long a response has been overdue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overdue {
    /// How long nothing has arrived, in milliseconds.
    pub silent_ms: u64,
    /// The time until it is aborted, in milliseconds. `None` if its user chose to keep waiting.
    pub ends_in_ms: Option<u64>,
    /// Whether part of the answer has arrived.
    pub has_text: bool,
}

/// The state of a lane; the names are those of `data-state`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LaneState {
    /// Nothing was sent.
    Idle,
    /// Queued, not sent yet.
    Queued,
    /// Sent, no text yet.
    Waiting,
    /// Text is streaming.
    Streaming,
    /// The answer is complete.
    Done,
    /// The user stopped it.
    Stopped,
    /// It ended without a finish reason.
    CutOff,
    /// No answer.
    Failed,
}

impl LaneState {
    /// Returns the name in `data-state`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Queued => "queued",
            Self::Waiting => "waiting",
            Self::Streaming => "streaming",
            Self::Done => "done",
            Self::Stopped => "stopped",
            Self::CutOff => "cut-off",
            Self::Failed => "failed",
        }
    }

    /// Whether nothing is running.
    #[must_use]
    pub const fn is_at_rest(self) -> bool {
        !matches!(self, Self::Queued | Self::Waiting | Self::Streaming)
    }
}

impl State {
    /// Returns the state of a lane.
    #[must_use]
    pub fn lane_state(&self, lane: usize) -> LaneState {
        if let Some(live) = self.live(lane) {
            return match (live.is_queued(), live.has_text()) {
                (true, _) => LaneState::Queued,
                (false, true) => LaneState::Streaming,
                (false, false) => LaneState::Waiting,
            };
        }
        match self
            .last_turn_of(lane)
            .and_then(|turn| self.chat().turns.get(turn)?.answer(self.settings().lane_id(lane)))
            .map(|answer| answer.ending)
        {
            None => LaneState::Idle,
            // Only the answer of a live run is running.
            Some(Ending::Running | Ending::Failed) => LaneState::Failed,
            Some(Ending::Done) => LaneState::Done,
            Some(Ending::Stopped | Ending::NotSent) => LaneState::Stopped,
            Some(Ending::CutOff) => LaneState::CutOff,
        }
    }

    /// Whether any request of the open chat runs or waits.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.runs.iter().any(|live| self.is_of_open_chat(live))
    }

    /// Whether any request of any chat runs or waits.
    #[must_use]
    pub const fn is_busy(&self) -> bool {
        !self.runs.is_empty()
    }

    /// Returns the metrics of a running answer and its estimated tokens, as of `now_ms` or else of the last activity.
    #[must_use]
    pub fn so_far(&self, lane: usize, now_ms: Option<f64>) -> Option<(Metrics, u64)> {
        let live = self.live(lane)?;
        let usage = Usage { completion_tokens: Some(live.tokens), ..Usage::default() };
        Some((live.arrivals.metrics(now_ms.unwrap_or(live.last_ms), &usage), live.tokens))
    }

    /// Returns the silence of a lane whose response is overdue by enough to show it. `None` otherwise.
    #[must_use]
    pub fn overdue(&self, lane: usize, now_ms: f64) -> Option<Overdue> {
        let live = self.live(lane)?;
        let (silent_ms, stall_timeouts) = (live.silent_ms(now_ms)?, live.stall_timeouts());
        let ends_in_ms = (!live.keeps_waiting).then(|| stall_timeouts.timeout_ms.saturating_sub(silent_ms));
        (silent_ms >= stall_timeouts.notice_ms).then_some(Overdue { silent_ms, ends_in_ms, has_text: live.has_text() })
    }

    /// Returns the live run of a lane.
    pub(crate) fn live(&self, lane: usize) -> Option<&Run> {
        let lane = self.settings().lane_id(lane);
        self.runs.iter().find(|live| live.owner.lane == lane && self.is_of_open_chat(live))
    }

    pub(crate) fn live_mut(&mut self, lane: usize) -> Option<&mut Run> {
        let run = self.live(lane)?.run;
        self.runs.get_mut(run)
    }

    /// Whether a lane's answer to this turn is still streaming.
    #[must_use]
    pub fn is_live(&self, turn: &Id, lane: usize) -> bool {
        self.live(lane).is_some_and(|live| live.owner.turn == *turn)
    }

    /// Whether a chat, open or not, is waiting for answers.
    #[must_use]
    pub fn is_answering(&self, chat: &Id) -> bool {
        self.runs.iter().any(|run| run.owner.chat == *chat)
    }

    /// Returns the chats that are waiting for answers, once for each run.
    #[must_use]
    pub fn answering_chats(&self) -> Vec<Id> {
        self.runs.iter().map(|run| run.owner.chat.clone()).collect()
    }

    /// Whether a run belongs to the open chat.
    pub(crate) fn is_of_open_chat(&self, run: &Run) -> bool {
        self.chat().id.as_ref() == Some(&run.owner.chat)
    }
}
