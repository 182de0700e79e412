//! Turns deltas into a [`Reply`] that only grows.

use headroom_domain::{Reply, ToolCall};

use serde_json::Value;

use crate::chunk::{Delta, ToolCallDelta, move_to_reasoning};

/// A reply under construction. Adding a delta takes time independent of the length of the reply.
#[derive(Clone, Debug, Default)]
pub(crate) struct Assembly {
    reply: Reply,
    /// Maps a fragment's index to an entry of `reply.tool_calls`.
    slots: Vec<(u64, usize)>,
}

impl Assembly {
    pub(crate) const fn reply(&self) -> &Reply {
        &self.reply
    }

    pub(crate) fn into_reply(self) -> Reply {
        self.reply
    }

    pub(crate) fn add(&mut self, delta: &Delta) {
        let reply = &mut self.reply;
        match delta {
            Delta::Started { id, model } => {
                reply.id.clone_from(id);
                reply.model.clone_from(model);
            }
            Delta::Content(text) => reply.content.push_str(text),
            Delta::Reasoning(text) => reply.reasoning.push_str(text),
            Delta::ContentWasReasoning { skip } => {
                move_to_reasoning(&mut reply.content, &mut reply.reasoning, 0, *skip);
            }
            Delta::ToolCall(fragment) => self.add_fragment(fragment),
            Delta::Finish(reason) => reply.finish = Some(reason.clone()),
            Delta::Usage(usage) => reply.usage = reply.usage.updated_by(*usage),
            Delta::Timing(timing) => reply.timing = reply.timing.updated_by(*timing),
        }
    }

    fn add_fragment(&mut self, fragment: &ToolCallDelta) {
        let calls = &mut self.reply.tool_calls;
        let slot = self.slots.iter().find(|(index, _)| *index == fragment.index).map(|(_, slot)| *slot);
        // Some servers give every call the index 0: a new id then means a new call.
        let slot = slot.filter(|slot| {
            let known = calls.get(*slot).map_or("", |call| call.id.as_str());
            known.is_empty() || fragment.id.as_ref().is_none_or(|id| id == known)
        });
        let slot = slot.unwrap_or_else(|| {
            calls.push(ToolCall::default());
            calls.len() - 1
        });
        match self.slots.iter_mut().find(|(index, _)| *index == fragment.index) {
            Some((_, known)) => *known = slot,
            None => self.slots.push((fragment.index, slot)),
        }
        let Some(call) = calls.get_mut(slot) else { return };
        if let Some(id) = &fragment.id {
            call.id.clone_from(id);
        }
        // The name comes complete or in pieces; a server may repeat it with every fragment.
        if let Some(name) = fragment.name.as_ref().filter(|name| **name != call.name) {
            call.name.push_str(name);
        }
        // Complete arguments that are repeated count once: two JSON documents in a row are not valid arguments.
        let is_again = call.arguments == fragment.arguments
            && call.arguments.starts_with('{')
            && serde_json::from_str::<Value>(&call.arguments).is_ok();
        if !is_again {
            call.arguments.push_str(&fragment.arguments);
        }
    }

    /// Returns what is new in complete calls, sent after their fragments or instead of them.
    pub(crate) fn new_in(&self, calls: Vec<ToolCallDelta>) -> Vec<ToolCallDelta> {
        calls.into_iter().enumerate().filter_map(|(place, call)| self.new_in_call(place, call)).collect()
    }

    fn new_in_call(&self, place: usize, mut call: ToolCallDelta) -> Option<ToolCallDelta> {
        let calls = &self.reply.tool_calls;
        let slot = calls.iter().position(|known| call.id.as_ref() == Some(&known.id)).unwrap_or(place);
        let Some(known) = calls.get(slot) else { return Some(call) };
        call.arguments = call.arguments.strip_prefix(&known.arguments)?.to_owned();
        call.index = self.slots.iter().find(|(_, known)| *known == slot).map_or(call.index, |(index, _)| *index);
        (call.id, call.name) = (None, None);
        (!call.arguments.is_empty()).then_some(call)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fragment(index: u64, id: &str, name: &str, arguments: &str) -> Delta {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Delta::ToolCall(ToolCallDelta { index, id: some(id), name: some(name), arguments: arguments.into() })
    }

    #[track_caller]
    fn check(fragments: &[Delta], expected: &[(&str, &str, &str)]) {
        let mut assembly = Assembly::default();
        for delta in fragments {
            assembly.add(delta);
        }
        let calls = &assembly.reply().tool_calls;
        let found: Vec<_> = calls.iter().map(|call| (&*call.id, &*call.name, &*call.arguments)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn fragments_of_two_calls_may_come_mixed() {
        check(
            &[
                fragment(0, "a", "add", ""),
                fragment(1, "b", "mul", "{"),
                fragment(0, "", "", "{\"x\""),
                fragment(1, "", "", "}"),
                fragment(0, "", "", ":1}"),
            ],
            &[("a", "add", "{\"x\":1}"), ("b", "mul", "{}")],
        );
    }

    #[test]
    fn a_new_id_under_an_old_index_is_a_new_call() {
        check(
            &[fragment(0, "a", "add", "{}"), fragment(0, "b", "mul", "{}")],
            &[("a", "add", "{}"), ("b", "mul", "{}")],
        );
    }

    #[test]
    fn a_name_may_come_in_pieces_or_again() {
        check(&[fragment(3, "a", "get_", ""), fragment(3, "", "time", "")], &[("a", "get_time", "")]);
        check(&[fragment(0, "a", "add", "{"), fragment(0, "a", "add", "}")], &[("a", "add", "{}")]);
    }

    #[test]
    fn arguments_that_come_again_whole_come_once() {
        check(
            &[fragment(0, "a", "add", "{\"x\":1}"), fragment(0, "a", "add", "{\"x\":1}")],
            &[("a", "add", "{\"x\":1}")],
        );
        check(
            &[fragment(0, "a", "f", "{"), fragment(0, "", "", "{"), fragment(0, "", "", "}}")],
            &[("a", "f", "{{}}")],
        );
        let mut assembly = Assembly::default();
        assembly.add(&fragment(0, "a", "f", "{\"x\""));
        let whole = |id: &str, arguments: &str| ToolCallDelta {
            id: Some(id.into()),
            name: Some("f".into()),
            arguments: arguments.into(),
            ..ToolCallDelta::default()
        };
        let new = assembly.new_in(vec![whole("a", "{\"x\":1}"), whole("b", "{}")]);
        assert_eq!((new[0].arguments.as_str(), new[0].name.is_none()), (":1}", true));
        assert_eq!(new[1], whole("b", "{}"));
    }

    #[test]
    fn an_index_of_nonsense_costs_no_memory() {
        check(&[fragment(u64::MAX, "a", "f", "1")], &[("a", "f", "1")]);
    }
}
