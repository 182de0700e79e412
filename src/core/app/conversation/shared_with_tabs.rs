//! What tabs tell each other of chats: an entry of the history that one saves, and a turn once all its answers have ended. The
//! others show it without a reload; if two wrote to one turn at the same time, both keep the answers of both.

use crate::{
    conversation::{
        chat::{Answer, Ending, Entry, Turn},
        saved,
    },
    effect::Effect,
    state::State,
};

/// The first word of a message to other tabs; the second is the record as it is saved.
const ENTRY: &str = "entry";
const TURN: &str = "turn";

/// Tells the other tabs what these effects save.
pub(crate) fn broadcast_saved(effects: &mut Vec<Effect>) {
    let saved = effects.iter().filter_map(|effect| match effect {
        Effect::SaveEntry(entry) => Some((ENTRY, saved::write(entry))),
        Effect::SaveTurn(turn) if !turn.is_running() => Some((TURN, saved::write(&**turn))),
        _ => None,
    });
    let message = |(kind, text): (&str, String)| serde_json::to_string(&vec![kind.to_owned(), text]).ok();
    let messages: Vec<String> = saved.filter_map(message).collect();
    effects.extend(messages.into_iter().map(Effect::BroadcastToTabs));
}

impl State {
    /// Takes over what another tab saved. `None` if the message is about something else.
    pub(crate) fn saved_elsewhere(&mut self, message: &str) -> Option<Vec<Effect>> {
        let message: Vec<String> = serde_json::from_str(message).ok()?;
        let [kind, text] = message.as_slice() else { return None };
        // A record that cannot be read is of a newer build.
        match kind.as_str() {
            ENTRY => saved::read(text).into_iter().for_each(|entry| self.entry_heard(entry)),
            TURN => return Some(saved::read(text).ok().and_then(|turn| self.turn_heard(turn)).into_iter().collect()),
            _ => return None,
        }
        Some(Vec::new())
    }

    fn entry_heard(&mut self, mut entry: Entry) {
        if let Some(known) = self.conversations.history.get(&entry.id) {
            entry.used_ms = entry.used_ms.max(known.used_ms);
            if self.chat().id() == Some(&entry.id) {
                // Each tab shows the lanes it has.
                entry.lanes.clone_from(&known.lanes);
            }
        }
        self.conversations.history.put(entry);
    }

    /// Adds a turn to the open chat, or its answers to the turn. Returns how to save what the other tab did not know.
    fn turn_heard(&mut self, turn: Turn) -> Option<Effect> {
        let chat = &mut self.conversations.chat;
        if chat.id.as_ref() != Some(&turn.chat) || chat.loading || chat.deleted.is_some() {
            return None;
        }
        let Some(known) = chat.turns.iter_mut().find(|known| known.id == turn.id) else {
            chat.insert_turn(turn);
            return None;
        };
        if known.is_running() {
            // Its end is told later; then the other tab adds it.
            return None;
        }
        merge(known, turn).then(|| Effect::SaveTurn(Box::new(known.clone())))
    }
}

/// Adds to a turn what another tab knows of it. Returns whether that tab lacks anything.
fn merge(known: &mut Turn, theirs: Turn) -> bool {
    // The order may differ: if tabs adopted each other's, they would never end.
    let is_known = |own: &Answer| theirs.answers.iter().any(|answer| is_same(own, answer));
    let lacks_any =
        !known.answers.iter().all(is_known) || !known.replaced_in.iter().all(|lane| theirs.replaced_in.contains(lane));
    for lane in theirs.replaced_in {
        if !known.replaced_in.contains(&lane) {
            known.replaced_in.push(lane);
        }
    }
    for answer in theirs.answers {
        match known.answers.iter_mut().find(|own| is_same(own, &answer)) {
            Some(own) => *own = answer,
            None => known.answers.push(answer),
        }
    }
    lacks_any
}

/// Whether an answer is the one that another tab has: the same, or what was read of it while it streamed there.
fn is_same(own: &Answer, theirs: &Answer) -> bool {
    let is_of_one_lane = (own.lane, &own.provider, &own.model) == (theirs.lane, &theirs.provider, &theirs.model);
    let was_cut = own.ending != Ending::Done && own.metrics.is_none();
    is_of_one_lane && (was_cut && theirs.text.starts_with(&own.text) || own.text == theirs.text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::chat::{Id, LaneId};

    fn answer(text: &str, ending: Ending) -> Answer {
        Answer { lane: LaneId(0), model: "m".into(), text: text.into(), ending, ..Answer::default() }
    }

    fn turn(answers: Vec<Answer>) -> Turn {
        Turn {
            id: Id("t".into()),
            chat: Id("c".into()),
            asked_ms: 1,
            prompt: "why?".into(),
            attachments: vec![],
            answers,
            replaced_in: vec![],
            unknown: None,
        }
    }

    #[test]
    fn answers_of_both_tabs_stay_and_the_rest_of_one_read_while_it_streamed_replaces_its_beginning() {
        let done = |text| answer(text, Ending::Done);
        for (own, theirs, expected) in [
            (vec![done("a")], vec![done("b")], vec!["a", "b"]),
            (vec![done("a")], vec![done("a")], vec!["a"]),
            (vec![done("a")], vec![done("a"), done("b")], vec!["a", "b"]),
            (vec![answer("Be", Ending::CutOff)], vec![done("Because")], vec!["Because"]),
            (vec![answer("", Ending::Failed)], vec![done("Because")], vec!["Because"]),
        ] {
            let mut known = turn(own);
            merge(&mut known, turn(theirs));
            let texts: Vec<&str> = known.answers.iter().map(|answer| answer.text.as_str()).collect();
            assert_eq!(texts, expected);
        }
    }
}
