//! Sends prompts: one prompt to all lanes, and regenerating, editing, and continuing.

use headroom_domain::{FinishMeaning, Message, Model};
use headroom_protocol::SentKey;

use crate::{
    conversation::{
        Edit,
        chat::{Answer, Ending, Id, LaneId, Turn, messages},
        refusal::Refusal,
    },
    effect::Effect,
    event::RunId,
    runs::run::{Owner, PendingSend, Run},
    sending::queue::admit,
    state::State,
    usage::fitting::apply_fitting_cap,
    whole_ms,
};

impl State {
    /// Sends what was to be sent before the page was loaded.
    pub(crate) fn send_early(&mut self) -> Vec<Effect> {
        self.conversations.take_early_send().map(|now_ms| self.send(now_ms)).unwrap_or_default()
    }

    pub(crate) fn send(&mut self, now_ms: f64) -> Vec<Effect> {
        self.conversations.send_when_limits_are_known(None);
        if self.can_send().is_err() {
            return Vec::new();
        }
        let mut effects = Vec::new();
        if self.chat().loading {
            if !self.is_storage_silent() {
                self.conversations.send_when_loaded(now_ms);
                return Vec::new();
            }
            // The chat may never come.
            effects.push(self.begin_new_chat());
        }
        let lanes = self.lanes_to_ask();
        let now = whole_ms(now_ms);
        effects.extend(self.restore_deleted());
        effects.extend(self.drop_edited(&lanes));
        let chat = match self.chat().id.clone() {
            Some(id) => id,
            None => {
                let id = self.new_id(now);
                self.conversations.begin(id.clone());
                effects.push(Effect::SaveOpenChat(Some(id.clone())));
                id
            }
        };
        self.keep_count_of_draft();
        let prompt = self.take_draft();
        effects.push(self.touch_entry(&chat, &prompt, self.settings().lanes.to_vec(), now));
        let id = self.new_id(now);
        // Stored turns are sorted by this time, even if a clock was set back between them.
        let asked_ms = self.chat().turns.last().map_or(now, |last| now.max(last.asked_ms.saturating_add(1)));
        let turn = Turn {
            id,
            chat,
            asked_ms,
            prompt,
            attachments: Vec::new(),
            answers: Vec::new(),
            replaced_in: Vec::new(),
            unknown: None,
        };
        let turn = self.conversations.add_turn(turn);
        let alone = lanes.len() == 1;
        for lane in lanes {
            effects.extend(self.ask(lane, turn, None, alone, now_ms));
        }
        effects.extend(self.save_turn_at(turn));
        effects.push(self.restore_draft_before_edit());
        effects.extend(self.recount());
        effects
    }

    /// Regenerates the last turn of a lane, or of each lane.
    pub(crate) fn regenerate(&mut self, lane: Option<usize>, now_ms: f64) -> Vec<Effect> {
        let mut effects = Vec::new();
        let alone = lane.is_some();
        for lane in lane.map_or(0..self.settings().lane_count(), |lane| lane..lane + 1) {
            let Some(turn) = self.last_turn_of(lane).filter(|_| self.live(lane).is_none()) else { continue };
            match self.can_ask(lane) {
                Ok(()) => {
                    effects.extend(self.restore_deleted());
                    effects.extend(self.ask(lane, turn, None, alone, now_ms));
                    effects.extend(self.save_turn_at(turn));
                }
                Err(why) => effects.push(Effect::Announce(format!("Lane {} not sent: {why}", lane + 1))),
            }
        }
        effects
    }

    /// Returns the answer of a lane that can be continued, and its turn: it was stopped, cut off, or reached its cap,
    /// and the provider accepts an answer prefix.
    #[must_use]
    pub fn unfinished(&self, lane: usize) -> Option<(usize, &Answer)> {
        let turn = self.last_turn_of(lane)?;
        let answer = self.chat().turns.get(turn)?.answer(self.settings().lane_id(lane))?;
        // A failed answer has text only if it was being continued: it is still cut short.
        let is_cut = answer.finish.as_ref().is_some_and(|finish| finish.meaning() == FinishMeaning::Cut);
        let cut_short = answer.ending != Ending::Done || is_cut;
        let continues = self.provider_of(lane)?.dialect.traits().continues_answers;
        (cut_short && continues && !answer.text.is_empty() && self.live(lane).is_none()).then_some((turn, answer))
    }

    /// Asks the model to continue the cut-short answer of a lane.
    pub(crate) fn continue_answer(&mut self, lane: usize, now_ms: f64) -> Vec<Effect> {
        let Some((turn, prefix)) = self.unfinished(lane).map(|(turn, answer)| (turn, answer.clone())) else {
            return Vec::new();
        };
        if self.can_ask(lane).is_err() {
            return Vec::new();
        }
        let mut effects = self.restore_deleted();
        effects.extend(self.ask(lane, turn, Some(prefix), true, now_ms));
        effects.extend(self.save_turn_at(turn));
        effects
    }

    /// Moves a turn back to the composer. Nothing is lost: the turn and what follows stay until it is sent again.
    pub(crate) fn edit(&mut self, turn: Id, lane: Option<usize>) -> Vec<Effect> {
        let Some(prompt) = self.chat().turns.iter().find(|other| other.id == turn).map(|turn| turn.prompt.clone())
        else {
            return Vec::new();
        };
        // With a single lane, an edit has no other lanes to spare.
        let lane = lane.filter(|_| self.settings().lane_count() > 1).map(|lane| self.settings().lane_id(lane));
        if self.conversations.begin_edit(Edit { turn, lane }) {
            self.set_draft_aside();
        }
        self.draft_changed(prompt)
    }

    /// Drops the edit and restores the previous draft.
    pub(crate) fn edit_dropped(&mut self) -> Vec<Effect> {
        if self.conversations.end_edit().is_none() {
            return Vec::new();
        }
        let before = self.take_draft_set_aside();
        self.draft_changed(before)
    }

    /// Sends a turn to the provider of a lane. The turn is not saved yet. `prefix` is the answer to continue; `alone`
    /// states that no other lane is asked with it.
    fn ask(&mut self, lane: usize, turn: usize, prefix: Option<Answer>, alone: bool, now_ms: f64) -> Vec<Effect> {
        let Some((provider, setup)) = self.provider_of(lane).zip(self.settings().lane(lane)) else { return Vec::new() };
        let model = self.listed_model(setup).cloned().unwrap_or_else(|| Model::named(&setup.model));
        let lane = self.settings().lane_id(lane);
        let mut messages = messages(&self.settings().system, &self.chat().turns, lane, turn);
        let prefix = prefix.unwrap_or_default();
        if !prefix.text.is_empty() {
            messages.push(Message::assistant(prefix.text.clone()));
        }
        let estimated = self.tokens_of(setup, &messages);
        let correction = self.settings().correction(setup, estimated.exact);
        let corrected = correction.map_or(estimated.tokens, |correction| correction.apply(estimated.tokens));
        let setup = setup.clone();
        let system = self.settings().system.clone();
        let prefix_bytes = prefix.text.len();
        let vocabulary = self.vocabulary(&setup);
        let answer = Answer {
            lane,
            provider: provider.id.clone(),
            model: model.id.clone(),
            request: Some(Box::new(setup.request(&system))),
            estimated_prompt_tokens: Some(corrected),
            text: prefix.text,
            reasoning: prefix.reasoning,
            ..Answer::default()
        };
        let Some((chat, turn)) = self.conversations.add_answer(turn, answer) else { return Vec::new() };
        let owner = Owner { chat, turn, lane };
        let sent_key = if self.has_usable_key(&provider.id) { SentKey::Yes } else { SentKey::No };
        let asked_ms = whole_ms(now_ms);
        let input = corrected;
        let asked = PendingSend {
            model,
            messages,
            system,
            setup,
            input,
            alone,
            asked_ms,
            not_before_ms: 0,
            refusal: None,
            is_fitted: false,
            start: None,
        };
        let run = self.runs.next_id();
        let mut live = Run::asked(run, owner, provider, sent_key, (estimated, vocabulary), asked);
        live.prefix = prefix_bytes;
        self.runs.start(live);
        apply_fitting_cap(self, run, asked_ms);
        if self.settings().sends_at_once { self.go(run, now_ms) } else { admit(self, run, now_ms) }
    }

    /// Sends a request and logs it.
    pub(crate) fn go(&mut self, run: RunId, now_ms: f64) -> Vec<Effect> {
        let live = self.runs.get(run);
        let Some((live, asked)) = live.and_then(|live| Some((live, live.asked.as_deref()?))) else {
            return Vec::new();
        };
        let spec = asked.spec();
        let outgoing = live.outgoing(asked, &spec);
        let (setup, input, owner) = (asked.setup.clone(), asked.input, live.owner.clone());
        let (request, mut effects) = self.log_request(&setup, input, whole_ms(now_ms));
        if let Some(live) = self.runs.get_mut(run) {
            live.go(request, now_ms);
        }
        if let Some(answer) = owner.answer(&mut self.conversations) {
            answer.request = Some(Box::new(spec));
        }
        self.revision += 1;
        effects.push(Effect::Send(Box::new(outgoing)));
        effects
    }

    /// Sends a lane's queued request regardless of the limits.
    pub(crate) fn send_now(&mut self, lane: usize, now_ms: f64) -> Vec<Effect> {
        let Some(run) = self.live(lane).filter(|live| live.is_queued()).map(|live| live.run) else { return Vec::new() };
        let mut effects = self.mark(run, Ending::Running);
        effects.extend(self.go(run, now_ms));
        effects
    }

    /// Records in the chat whether a run's request was sent, and saves that.
    pub(crate) fn mark(&mut self, run: RunId, ending: Ending) -> Vec<Effect> {
        let Some(live) = self.runs.get(run) else { return Vec::new() };
        let owner = live.owner.clone();
        if let Some(answer) = owner.answer(&mut self.conversations) {
            answer.ending = ending;
        }
        self.save_turn(&owner.turn).into_iter().collect()
    }

    /// Records in the chat that a run's request was rate-limited.
    pub(crate) fn note_refusal(&mut self, run: RunId, refusal: Refusal) {
        let Some(live) = self.runs.get(run) else { return };
        let owner = live.owner.clone();
        if let Some(answer) = owner.answer(&mut self.conversations) {
            answer.refusal = Some(refusal);
        }
    }

    /// Restores a chat that another tab deleted and that is continued here.
    pub(crate) fn restore_deleted(&mut self) -> Vec<Effect> {
        let Some(entry) = self.take_deleted() else { return Vec::new() };
        let mut effects = vec![entry];
        effects.extend((0..self.chat().turns.len()).filter_map(|turn| self.save_turn_at(turn)));
        effects
    }

    /// Removes the turns that an edited one replaces from the lanes asked again.
    fn drop_edited(&mut self, lanes: &[usize]) -> Vec<Effect> {
        let Some(edit) = self.conversations.end_edit() else { return Vec::new() };
        let lanes: Vec<LaneId> = lanes.iter().map(|lane| self.settings().lane_id(*lane)).collect();
        let (gone, changed) = self.conversations.drop_edited(&edit, &lanes);
        // Others may still be streaming into these: save their current text with the turn.
        let mut effects: Vec<Effect> = changed.iter().filter_map(|turn| self.save_turn(turn)).collect();
        if let Some(chat) = self.chat().id.clone().filter(|_| !gone.is_empty()) {
            effects.push(Effect::DeleteTurns { chat, turns: gone });
        }
        effects
    }
}
