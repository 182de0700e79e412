//! Asking, and what comes of it.

use headroom_domain::{Failure, FailureKind, Model, Phase};
use headroom_protocol::{ChatRequest, Connectivity, Delta, End, Ending as HowItEnded, Probe, SentKey, Silence};

use crate::{
    chat::{Answer, Ending, Id, Turn, messages},
    event::{Effect, Link, Outgoing, Read, RunId},
    live::{Live, Outcome, whole_ms},
    settings::SIMULATOR,
    state::State,
};

/// Silence this long, in milliseconds, before anything came ends a run: queues of busy providers take a minute and more.
const LONGEST_WAIT_MS: f64 = 180_000.0;
/// Silence this long, in milliseconds, in the middle of an answer ends it.
const LONGEST_STALL_MS: f64 = 45_000.0;

impl State {
    pub(crate) fn send(&mut self, now_ms: f64) -> Vec<Effect> {
        if self.can_send().is_err() {
            return Vec::new();
        }
        let now = whole_ms(now_ms);
        let mut effects = self.drop_edited();
        let chat = match self.chat.id.clone() {
            Some(id) => id,
            None => {
                let id = self.new_id(now);
                self.chat.id = Some(id.clone());
                effects.push(Effect::KeepOpen(Some(id.clone())));
                id
            }
        };
        let prompt = std::mem::take(&mut self.draft);
        effects.push(self.touch_entry(&chat, &prompt, now));
        let id = self.new_id(now);
        self.chat.turns.push(Turn { id, chat, asked_ms: now, prompt, answers: Vec::new() });
        effects.extend(self.ask(now_ms));
        // What was being written before an edit is taken up again.
        self.draft = std::mem::take(&mut self.chat.draft_before);
        effects.push(Effect::KeepDraft(self.draft.clone()));
        effects.extend(self.recount());
        effects
    }

    pub(crate) fn regenerate(&mut self, now_ms: f64) -> Vec<Effect> {
        if self.is_running() || self.can_ask().is_err() || self.chat.turns.is_empty() {
            return Vec::new();
        }
        self.ask(now_ms)
    }

    /// Takes a turn back into the box. Nothing is lost by that: the turn and what follows stay until it is sent again.
    pub(crate) fn edit(&mut self, turn: &Id) -> Vec<Effect> {
        let Some(prompt) = self.chat.turns.iter().find(|other| other.id == *turn).map(|turn| turn.prompt.clone())
        else {
            return Vec::new();
        };
        if self.chat.editing.replace(turn.clone()).is_none() {
            self.chat.draft_before = std::mem::take(&mut self.draft);
        }
        self.draft_changed(prompt)
    }

    /// The box gets back what was in it before.
    pub(crate) fn edit_dropped(&mut self) -> Vec<Effect> {
        if self.chat.editing.take().is_none() {
            return Vec::new();
        }
        let before = std::mem::take(&mut self.chat.draft_before);
        self.draft_changed(before)
    }

    /// Sends the last turn.
    fn ask(&mut self, now_ms: f64) -> Vec<Effect> {
        let estimated = self.estimate_last_turn();
        let Some(provider) = self.provider() else { return Vec::new() };
        let Some(last) = self.chat.turns.len().checked_sub(1) else { return Vec::new() };
        let setup = &self.settings.setup;
        let model = self.listed_model().cloned().unwrap_or_else(|| Model::named(&setup.model));
        let messages = messages(&setup.system, &self.chat.turns, last);
        let request =
            ChatRequest { provider: &provider, model: &model, messages: &messages, parameters: &setup.parameters };
        self.newest_run = RunId(self.newest_run.0 + 1);
        let run = self.newest_run;
        let outgoing = Outgoing {
            run,
            provider: provider.id.clone(),
            url: provider.chat_url(),
            headers: request.headers(None).into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            body: request.body(),
        };
        let answer = Answer {
            provider: provider.id.clone(),
            model: model.id,
            estimated_prompt_tokens: estimated.map(|estimated| {
                self.settings.correction().map_or(estimated, |correction| correction.apply(estimated))
            }),
            ..Answer::default()
        };
        let Some(turn) = self.chat.turns.last_mut() else { return Vec::new() };
        turn.answers.push(answer);
        let kept = Effect::KeepTurn(Box::new(turn.clone()));
        let sent_key = if self.keys.has(&provider.id) { SentKey::Yes } else { SentKey::No };
        self.live = Some(Live::sent(run, turn.id.clone(), provider, sent_key, estimated, now_ms));
        vec![kept, Effect::Send(Box::new(outgoing))]
    }

    pub(crate) fn stop(&mut self, now_ms: f64) -> Vec<Effect> {
        match &self.live {
            Some(live) => {
                let abort = Effect::Abort(live.run);
                let mut effects = vec![abort];
                effects.extend(self.settle(HowItEnded::Stopped, now_ms));
                effects
            }
            None => Vec::new(),
        }
    }

    /// Leaves the open conversation: what runs is stopped, what came is kept.
    pub(crate) fn abandon(&mut self) -> Vec<Effect> {
        let now_ms = self.live.as_ref().map_or(0.0, |live| live.last_ms);
        self.stop(now_ms)
    }

    pub(crate) fn head(&mut self, run: RunId, status: u16, headers: &[(String, String)]) -> Vec<Effect> {
        if let Some(live) = self.live.as_mut().filter(|live| live.run == run) {
            live.head(status, headers);
        }
        Vec::new()
    }

    pub(crate) fn received(&mut self, run: RunId, reads: &[Read]) -> Vec<Effect> {
        let Some(live) = self.live.as_mut().filter(|live| live.run == run) else { return Vec::new() };
        let deltas = live.read(reads);
        let (over, now_ms) = (live.is_over(), live.last_ms);
        self.take(&deltas);
        if !over {
            return Vec::new();
        }
        // The answer is whole or broken, whatever the connection still does.
        let mut effects = vec![Effect::Abort(run)];
        effects.extend(self.settle(HowItEnded::Closed, now_ms));
        effects
    }

    pub(crate) fn ended(&mut self, run: RunId, now_ms: f64) -> Vec<Effect> {
        if self.live.as_ref().is_some_and(|live| live.run == run) {
            self.settle(HowItEnded::Closed, now_ms)
        } else {
            Vec::new()
        }
    }

    pub(crate) fn broke(&mut self, run: RunId, now_ms: f64, link: Link) -> Vec<Effect> {
        let Some(live) = self.live.as_mut().filter(|live| live.run == run) else { return Vec::new() };
        let ending = if link == Link::Offline { HowItEnded::Offline } else { HowItEnded::Lost };
        if live.is_silent() && link == Link::Gone {
            let failure = Failure::new(FailureKind::Unreachable, Phase::BeforeHeaders);
            return self.settle_with(ending, now_ms, failure);
        }
        if live.is_silent() && link == Link::Online {
            let list = live.provider.model_list();
            live.last_ms = now_ms;
            if live.provider.id == SIMULATOR {
                // It is in the page and needs no key: it simulates a refusal that a page cannot read, as a wrong key has.
                let dialect = live.provider.dialect;
                let (connectivity, probe, sent_key) = (Connectivity::Online, Probe::Answered, SentKey::Yes);
                let failure = Silence { connectivity, probe, dialect, sent_key }.failure();
                return self.settle_with(ending, now_ms, failure);
            }
            if !list.with_key {
                // A browser does not say why. The keyless list tells "wrong key" from "nobody there".
                live.probing = true;
                return vec![Effect::Probe { run, url: list.url }];
            }
        }
        self.settle(ending, now_ms)
    }

    pub(crate) fn probed(&mut self, run: RunId, reachable: bool) -> Vec<Effect> {
        let Some(live) = self.live.as_ref().filter(|live| live.run == run && live.probing) else { return Vec::new() };
        let probe = if reachable { Probe::Answered } else { Probe::Failed };
        let silence = silence(live, Connectivity::Online, probe);
        let now_ms = live.last_ms;
        self.settle_with(HowItEnded::Lost, now_ms, silence)
    }

    pub(crate) fn tick(&mut self, now_ms: f64) -> Vec<Effect> {
        let Some(live) = &self.live else { return Vec::new() };
        let patience = if live.has_text() { LONGEST_STALL_MS } else { LONGEST_WAIT_MS };
        if now_ms - live.last_ms > patience {
            let mut effects = vec![Effect::Abort(live.run)];
            let failure = Failure::new(FailureKind::Timeout, Phase::BeforeHeaders);
            effects.extend(self.settle_with(HowItEnded::TimedOut, now_ms, failure));
            return effects;
        }
        self.slice().into_iter().collect()
    }

    /// What came since the last slice, to be kept: a reload must not cost it.
    fn slice(&mut self) -> Option<Effect> {
        let live = self.live.as_mut()?;
        let turn = self.chat.turns.last()?;
        let answer = turn.answers.last()?;
        let (text, reasoning) = (answer.text.get(live.sliced.0..)?, answer.reasoning.get(live.sliced.1..)?);
        if text.is_empty() && reasoning.is_empty() {
            return None;
        }
        let kept = Effect::KeepSlice {
            chat: turn.chat.clone(),
            turn: live.turn.clone(),
            slice: live.slices,
            text: text.to_owned(),
            reasoning: reasoning.to_owned(),
        };
        live.slices += 1;
        live.sliced = (answer.text.len(), answer.reasoning.len());
        Some(kept)
    }

    /// Adds deltas to the answer.
    fn take(&mut self, deltas: &[Delta]) {
        let Some(answer) = self.chat.turns.last_mut().and_then(|turn| turn.answers.last_mut()) else { return };
        for delta in deltas {
            match delta {
                Delta::Content(text) => answer.text.push_str(text),
                Delta::Reasoning(text) => answer.reasoning.push_str(text),
                // Tool calls, figures and the rest are taken whole at the end.
                _ => {}
            }
        }
    }

    fn settle(&mut self, ending: HowItEnded, now_ms: f64) -> Vec<Effect> {
        let Some(live) = &self.live else { return Vec::new() };
        let connectivity = if ending == HowItEnded::Offline { Connectivity::Offline } else { Connectivity::Online };
        let failure = silence(live, connectivity, Probe::NotTried);
        self.settle_with(ending, now_ms, failure)
    }

    /// Ends the run. `silence` is the failure it is if nothing had come.
    fn settle_with(&mut self, ending: HowItEnded, now_ms: f64, silence: Failure) -> Vec<Effect> {
        let Some(live) = self.live.take() else { return Vec::new() };
        let (arrivals, estimated) = (live.arrivals, live.estimated);
        let stopped = ending == HowItEnded::Stopped;
        let outcome = live.finish(ending, now_ms, |_| silence);
        if let Outcome::Answered(finished) = &outcome {
            self.take(&finished.last_deltas);
        }
        let Some(turn) = self.chat.turns.last_mut() else { return Vec::new() };
        let Some(answer) = turn.answers.last_mut() else { return Vec::new() };
        let (how, failure) = match outcome {
            Outcome::Answered(finished) => {
                answer.tool_calls = finished.reply.tool_calls;
                answer.finish = finished.reply.finish;
                answer.usage = finished.reply.usage;
                answer.timing = finished.reply.timing;
                match finished.end {
                    End::Done => (Ending::Done, None),
                    End::Stopped => (Ending::Stopped, None),
                    End::CutOff(failure) => (Ending::CutOff, Some(failure)),
                    End::Failed(failure) => (Ending::Failed, Some(failure)),
                }
            }
            // An abort is not an error.
            Outcome::Failed(_) if stopped => (Ending::Stopped, None),
            Outcome::Failed(failure) => (Ending::Failed, Some(*failure)),
        };
        answer.ending = how;
        answer.failure = failure;
        answer.metrics = Some(arrivals.metrics(now_ms, &answer.usage));
        let said = match how {
            Ending::Done => format!("{} finished", answer.model),
            Ending::Stopped => "Stopped".to_owned(),
            _ => String::new(),
        };
        let learnt = estimated.zip(answer.usage.prompt_tokens);
        if let Some((estimated, actual)) = learnt {
            self.settings.learn(&answer.provider, &answer.model, estimated, actual);
        }
        let mut effects = vec![Effect::KeepTurn(Box::new(turn.clone()))];
        effects.extend(learnt.map(|_| self.keep_settings()));
        if !said.is_empty() {
            effects.push(Effect::Announce(said));
        }
        effects.extend(self.recount());
        effects
    }

    /// The turns that an edited one replaces.
    fn drop_edited(&mut self) -> Vec<Effect> {
        let Some(edited) = self.chat.editing.take() else { return Vec::new() };
        let Some(first) = self.chat.turns.iter().position(|turn| turn.id == edited) else { return Vec::new() };
        let dropped: Vec<Id> = self.chat.turns.drain(first..).map(|turn| turn.id).collect();
        let Some(chat) = self.chat.id.clone() else { return Vec::new() };
        vec![Effect::DropTurns { chat, turns: dropped }]
    }
}

fn silence(live: &Live, connectivity: Connectivity, probe: Probe) -> Failure {
    Silence { connectivity, probe, dialect: live.provider.dialect, sent_key: live.sent_key }.failure()
}
