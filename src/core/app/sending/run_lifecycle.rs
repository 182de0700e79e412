//! Feeds, stops, and ends runs.

use headroom_domain::{Failure, FailureKind, KeyMask, NetworkCause, Phase};
use headroom_protocol::{Connectivity, Delta, NetworkFailure, Reach, StreamEnd, move_to_reasoning};
use headroom_tokenizer::estimate_in;

use crate::{
    conversation::{
        chat::{Answer, Id, LaneId, Turn},
        saved::Slice,
    },
    effect::Effect,
    event::{ConnectionError, Read, RunId},
    runs::run::Run,
    sending::{
        dropped_fields::field_fallback,
        queue::{run_queue, wait_again},
        run_end::EndedRun,
    },
    setup::Models,
    setup::settings::SIMULATOR,
    state::State,
    usage::rules::accepted,
    whole_ms,
};

/// How long queued requests are held after a connection broke, in milliseconds.
const HELD_AFTER_A_BREAK_MS: f64 = 2_000.0;

impl State {
    /// Saves a turn in its current state. This includes everything in its slices.
    pub(crate) fn save_turn_at(&mut self, turn: usize) -> Option<Effect> {
        let id = self.chat().turns.get(turn)?.id.clone();
        self.save_turn(&id)
    }

    /// Saves a turn of any chat in memory.
    pub(crate) fn save_turn(&mut self, turn: &Id) -> Option<Effect> {
        let turn = self.conversations.turn(turn)?;
        for live in self.runs.iter_mut().filter(|live| live.owner.turn == turn.id) {
            if let Some(answer) = turn.answer(live.owner.lane) {
                live.sliced = (answer.text.len(), answer.reasoning.len());
            }
        }
        Some(Effect::SaveTurn(Box::new(turn.clone())))
    }

    /// Stops one lane or all lanes. Without a time, uses the time of the last activity.
    pub(crate) fn stop(&mut self, lane: Option<usize>, now_ms: Option<f64>) -> Vec<Effect> {
        let lane = lane.map(|lane| self.settings().lane_id(lane));
        let stopped = self.runs.iter().filter(|live| self.is_of_open_chat(live));
        let stopped = stopped.filter(|live| lane.is_none_or(|lane| live.owner.lane == lane));
        self.stop_runs(stopped.map(|live| (live.run, live.last_ms)).collect(), now_ms)
    }

    /// Stops the runs of lanes of the open chat that are no longer shown, and drops an edit for one of them.
    pub(crate) fn stop_lanes(&mut self, lanes: &[LaneId]) -> Vec<Effect> {
        let runs = self.runs.iter().filter(|run| self.is_of_open_chat(run) && lanes.contains(&run.owner.lane));
        let mut effects = self.stop_runs(runs.map(|run| (run.run, run.last_ms)).collect(), None);
        if self.chat().edited_lane().is_some_and(|lane| lanes.contains(&lane)) {
            effects.extend(self.edit_dropped());
        }
        effects
    }

    /// Stops runs, each with the time of its last activity, which counts if `now_ms` is not given.
    pub(crate) fn stop_runs(&mut self, stopped: Vec<(RunId, f64)>, now_ms: Option<f64>) -> Vec<Effect> {
        let mut effects = Vec::new();
        for (run, last_ms) in stopped {
            effects.push(Effect::Abort(run));
            effects.extend(self.settle(run, StreamEnd::Stopped, now_ms.unwrap_or(last_ms)));
        }
        effects
    }

    /// Returns a run that was sent. A rejected run waiting to be resent ignores events from its former connection.
    fn on_its_way(&mut self, run: RunId) -> Option<&mut Run> {
        self.runs.get_mut(run).filter(|live| !live.is_queued())
    }

    pub(crate) fn key_attached(&mut self, run: RunId, mask: KeyMask) -> Vec<Effect> {
        if let Some(live) = self.runs.get_mut(run) {
            live.mask = mask;
        }
        Vec::new()
    }

    pub(crate) fn response_headers(&mut self, run: RunId, status: u16, headers: &[(String, String)]) -> Vec<Effect> {
        let Some(live) = self.on_its_way(run) else { return Vec::new() };
        live.response_headers(status, headers);
        if status >= 400 || live.field_fallbacks.is_empty() {
            return Vec::new();
        }
        // The field that was left out caused the rejection: don't send it again.
        let (provider, steps) = (live.provider.id.clone(), std::mem::take(&mut live.field_fallbacks));
        let mut found = self.settings().found.get(&provider).copied().unwrap_or_default();
        steps.into_iter().for_each(|step| step.learn(&mut found));
        vec![self.choices.change(|settings| settings.found.insert(provider, found))]
    }

    /// Records what the response headers state about limits.
    fn record_accepted(&mut self, run: RunId, now_ms: f64) {
        let Some(live) = self.runs.get_mut(run) else { return };
        if let Some(report) = live.take_reported_limits(now_ms) {
            let request = live.request.clone();
            accepted(self, &request, &report, whole_ms(now_ms));
        }
    }

    pub(crate) fn received(&mut self, run: RunId, reads: &[Read]) -> Vec<Effect> {
        let Some(live) = self.on_its_way(run) else { return Vec::new() };
        let deltas = live.read(reads);
        let (over, now_ms) = (live.is_over(), live.last_ms);
        // An SSE comment is not a response yet, and the end is handled below.
        if !over && !deltas.is_empty() {
            self.record_accepted(run, now_ms);
        }
        // Text that moved no longer matches its slices: save the complete turn.
        let moved = self.take(run, &deltas);
        let mut effects: Vec<Effect> = moved.and_then(|turn| self.save_turn(&turn)).into_iter().collect();
        if !over {
            return effects;
        }
        // The response is complete or broken, whatever the connection does next.
        effects.push(Effect::Abort(run));
        effects.extend(self.settle(run, StreamEnd::Closed, now_ms));
        effects
    }

    pub(crate) fn ended(&mut self, run: RunId, now_ms: f64) -> Vec<Effect> {
        if self.on_its_way(run).is_none() {
            return Vec::new();
        }
        self.settle(run, StreamEnd::Closed, now_ms)
    }

    /// Sends queued requests that are due.
    pub(crate) fn queue_due(&mut self, now_ms: f64) -> Vec<Effect> {
        run_queue(self, now_ms)
    }

    pub(crate) fn request_failed(&mut self, run: RunId, now_ms: f64, link: ConnectionError) -> Vec<Effect> {
        // Right after a connection broke, no request should start: the network or the page is going away.
        for asked in self.runs.iter_mut().filter_map(|live| live.asked.as_mut()) {
            asked.not_before_ms = asked.not_before_ms.max(whole_ms(now_ms + HELD_AFTER_A_BREAK_MS));
        }
        let Some(live) = self.on_its_way(run) else { return Vec::new() };
        let ending = if link == ConnectionError::Offline { StreamEnd::Offline } else { StreamEnd::Lost };
        if !live.is_silent() {
            return self.settle(run, ending, now_ms);
        }
        let known = match link {
            ConnectionError::Offline => return self.settle(run, ending, now_ms),
            ConnectionError::Gone => Some(Failure::new(FailureKind::Unreachable, Phase::BeforeHeaders)),
            ConnectionError::Redirected => Some(Failure::of_network(NetworkCause::Redirect, Phase::BeforeHeaders)),
            ConnectionError::Online if !live.provider.origin().is_within_policy() => {
                Some(Failure::of_network(NetworkCause::Policy, Phase::BeforeHeaders))
            }
            // The simulator runs in the page and needs no key: it simulates a rejection that a page cannot read, as
            // with a wrong key.
            ConnectionError::Online if live.provider.id == SIMULATOR => {
                Some(Failure::new(FailureKind::WrongKey, Phase::BeforeHeaders))
            }
            ConnectionError::Online => None,
        };
        if let Some(failure) = known {
            return self.settle_with(run, ending, now_ms, failure);
        }
        live.last_ms = now_ms;
        let provider = live.provider.clone();
        let answers = |other: &Run| other.is_answering() && other.provider.origin() == provider.origin();
        if self.runs.iter().any(answers) {
            // A server that streams to another lane is reachable; no need to probe it.
            return self.settle(run, ending, now_ms);
        }
        if let Some(live) = self.runs.get_mut(run) {
            live.probe(now_ms);
        }
        let list = provider.model_list();
        let (server, list) = (list.url.clone(), (!list.with_key).then_some(list.url));
        vec![Effect::CheckReachability { run, list, server }]
    }

    pub(crate) fn probed(&mut self, run: RunId, reach: Reach) -> Vec<Effect> {
        let Some(live) = self.runs.get(run).filter(|live| live.is_probing()) else {
            return Vec::new();
        };
        let was_readable = matches!(self.models_of(&live.provider.id), Some(Models::Listed(_)));
        let (failure, now_ms) = (no_response_failure(live, reach, was_readable), live.last_ms);
        self.settle_with(run, StreamEnd::Lost, now_ms, failure)
    }

    /// Waits for the response of a lane without a stall timeout.
    pub(crate) fn keep_waiting(&mut self, lane: usize) -> Vec<Effect> {
        if let Some(live) = self.live_mut(lane) {
            live.keeps_waiting = true;
        }
        Vec::new()
    }

    pub(crate) fn tick(&mut self, now_ms: f64) -> Vec<Effect> {
        let expired = |live: &&Run| {
            !live.keeps_waiting
                && live.silent_ms(now_ms).is_some_and(|silent_ms| silent_ms > live.stall_timeouts().timeout_ms)
        };
        let expired: Vec<RunId> = self.runs.iter().filter(expired).map(|live| live.run).collect();
        let mut effects = Vec::new();
        for run in expired {
            effects.push(Effect::Abort(run));
            let failure = Failure::new(FailureKind::Timeout, Phase::BeforeHeaders);
            effects.extend(self.settle_with(run, StreamEnd::TimedOut, now_ms, failure));
        }
        let Self { conversations, runs, .. } = self;
        effects.extend(runs.iter_mut().filter_map(|live| slice(live, conversations.turn(&live.owner.turn)?)));
        effects
    }

    /// Adds deltas to the answer of a run. Returns the turn if existing text moved.
    fn take(&mut self, run: RunId, deltas: &[Delta]) -> Option<Id> {
        let live = self.runs.get_mut(run)?;
        let answer = live.owner.answer(&mut self.conversations)?;
        let moved = answer.moved;
        let prefix = live.prefix;
        append(answer, prefix, deltas, |text| live.tokens += estimate_in(live.vocabulary, text).tokens);
        (answer.moved != moved).then(|| live.owner.turn.clone())
    }

    fn settle(&mut self, run: RunId, ending: StreamEnd, now_ms: f64) -> Vec<Effect> {
        let Some(live) = self.runs.get_mut(run) else { return Vec::new() };
        let failure = match ending {
            StreamEnd::Offline => Failure::new(FailureKind::Offline, Phase::BeforeHeaders),
            _ => no_response_failure(live, Reach::default(), false),
        };
        self.settle_with(run, ending, now_ms, failure)
    }

    /// Ends a run. `silence` is the failure to report if nothing was received.
    fn settle_with(&mut self, run: RunId, ending: StreamEnd, now_ms: f64, silence: Failure) -> Vec<Effect> {
        if let Some(live) = self.runs.get_mut(run).filter(|_| ending != StreamEnd::Stopped) {
            live.treat_as_rejection(ending);
        }
        self.record_accepted(run, now_ms);
        if let Some(effects) = self.send_again(run, ending, now_ms) {
            return effects;
        }
        let Some(live) = self.runs.end(run) else { return Vec::new() };
        let owner = live.owner.clone();
        let Some(answer) = owner.answer(&mut self.conversations) else { return Vec::new() };
        let ended = live.end(answer, ending, now_ms, silence);
        let dollars = self.cost_of(&ended);
        if let Some(answer) = owner.answer(&mut self.conversations) {
            answer.dollars = dollars;
        }
        let mut effects: Vec<Effect> = self.save_turn(&owner.turn).into_iter().collect();
        self.drop_answered_chats();
        effects.extend(self.log_end(&ended, whole_ms(now_ms)));
        effects.extend(self.learn_from(&ended));
        effects.extend(ended.announcement().map(Effect::Announce));
        effects.extend(self.recount());
        effects
    }

    /// Sends a rejected request again, if that may help: without a field nobody set, or after a wait.
    fn send_again(&mut self, run: RunId, ending: StreamEnd, now_ms: f64) -> Option<Vec<Effect>> {
        if ending == StreamEnd::Stopped {
            return None;
        }
        if let Some(effects) = field_fallback(self, run, now_ms) {
            return Some(effects);
        }
        if self.settings().sends_at_once { None } else { wait_again(self, run, now_ms) }
    }

    /// Corrects our counts by the provider's count of the prompt.
    fn learn_from(&mut self, ended: &EndedRun) -> Option<Effect> {
        let (estimated, actual) = ended.estimated.zip(ended.usage.prompt_tokens)?;
        self.settings().provider(&ended.provider)?;
        Some(self.choices.change(|settings| settings.learn(&ended.provider, &ended.model, estimated, actual)))
    }
}

/// Adds text to an answer and passes each piece to `added`. Tool calls, usage, and the rest are taken complete at the
/// end. `prefix` bytes of its text existed before this run.
pub(crate) fn append(answer: &mut Answer, prefix: usize, deltas: &[Delta], mut added: impl FnMut(&str)) {
    for delta in deltas {
        let (into, text) = match delta {
            Delta::Content(text) => (&mut answer.text, text),
            Delta::Reasoning(text) => (&mut answer.reasoning, text),
            Delta::ContentWasReasoning { skip } => {
                move_to_reasoning(&mut answer.text, &mut answer.reasoning, prefix, *skip);
                answer.moved += 1;
                continue;
            }
            _ => continue,
        };
        into.push_str(text);
        added(text);
    }
}

/// Returns what a run received since its last slice, to be saved so a reload doesn't lose it.
fn slice(live: &mut Run, turn: &Turn) -> Option<Effect> {
    let answer = turn.answer(live.owner.lane)?;
    let (text, reasoning) = (answer.text.get(live.sliced.0..)?, answer.reasoning.get(live.sliced.1..)?);
    if text.is_empty() && reasoning.is_empty() {
        return None;
    }
    let slice = Slice { lane: live.owner.lane, text: text.to_owned(), reasoning: reasoning.to_owned() };
    let kept = Effect::SaveSlice { chat: turn.chat.clone(), turn: live.owner.turn.clone(), number: live.slices, slice };
    live.slices += 1;
    live.sliced = (answer.text.len(), answer.reasoning.len());
    Some(kept)
}

fn no_response_failure(live: &Run, reach: Reach, was_readable: bool) -> Failure {
    let (dialect, sent_key) = (live.provider.dialect, live.sent_key);
    NetworkFailure { connectivity: Connectivity::Online, reach, was_readable, dialect, sent_key }.failure()
}
