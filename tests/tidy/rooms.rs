//! The rooms of `core/app`: which may use which, by path, by method, and by field of the state.

use std::collections::{BTreeMap, BTreeSet};

use crate::Source;

/// The rooms, each with the field of `State` that is its own, if it has one. A room uses only rooms above it. What it means for rooms
/// below, it emits as an `Outcome`; only the files beside the rooms know all of them.
const ROOMS: &[(&str, &str)] = &[
    ("conversation", "conversations"),
    ("setup", "choices"),
    ("runs", "runs"),
    ("usage", "usage"),
    ("composer", "composer"),
    ("scheduler", "other_tabs"),
    ("sending", "-"),
    ("token_view", "token_view"),
];

const APP: &str = "src/core/app/";
/// The file beside the rooms whose methods all may call.
const SHARED: &str = "src/core/app/state.rs";

/// Returns every use of a room, or of a file beside the rooms, that is not allowed where it is.
pub(super) fn complaints(sources: &[Source]) -> Vec<String> {
    let sources: Vec<&Source> = sources.iter().filter(|source| source.rust() && source.name.starts_with(APP)).collect();
    let methods = methods(&sources);
    sources.iter().flat_map(|source| of_file(source, &methods)).collect()
}

/// Returns the methods of `State`, with the places that define one of this name: rooms, or "" beside them.
fn methods<'a>(sources: &[&'a Source]) -> BTreeMap<&'a str, BTreeSet<&'a str>> {
    let mut methods: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for source in
        sources.iter().filter(|source| source.name != SHARED && !source.name.starts_with("src/core/app/tests"))
    {
        let room = room_of(source).unwrap_or_default();
        let blocks = code(source).split("\nimpl State {\n").skip(1);
        for block in blocks.map(|rest| rest.split("\n}").next().unwrap_or_default()) {
            let lines = block.lines().filter(|line| line.starts_with("    ") && !line.starts_with("     "));
            for (_, name) in lines.filter_map(|line| line.split_once("fn ")) {
                methods.entry(word(name)).or_default().insert(room);
            }
        }
    }
    methods
}

fn of_file(source: &Source, methods: &BTreeMap<&str, BTreeSet<&str>>) -> Vec<String> {
    let Some(room) = room_of(source).filter(|room| *room != "tests") else { return Vec::new() };
    let Some(place) = ROOMS.iter().position(|(name, _)| *name == room) else {
        return vec![format!("{}: {room} is not in the list of rooms", source.name)];
    };
    let code = code(source);
    let below = || ROOMS.iter().skip(place + 1);
    let mut complaints: Vec<String> = below()
        .filter(|(other, field)| {
            names_room(code, other) || names(code).any(|(name, is_called)| !is_called && name == *field)
        })
        .map(|(other, _)| format!("{}: {room} may not use {other}", source.name))
        .collect();
    let may = |other: &&str| ROOMS.iter().take(place + 1).any(|(name, _)| name == other);
    for (name, _) in names(code).filter(|(_, is_called)| *is_called) {
        let defined = methods.get(name).filter(|rooms| !rooms.iter().any(&may));
        complaints.extend(defined.map(|rooms| format!("{}: {room} may not call {name} of {rooms:?}", source.name)));
    }
    complaints
}

fn room_of(source: &Source) -> Option<&str> {
    Some(source.name.strip_prefix(APP)?.split_once('/')?.0)
}

/// Returns the text before the tests, which may use anything.
fn code(source: &Source) -> &str {
    source.text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default()
}

/// Iterates over what is named behind `self.` or `state.`, each with whether it is called.
fn names(code: &str) -> impl Iterator<Item = (&str, bool)> {
    let behind = ["self.", "state."].into_iter().flat_map(|owner| code.split(owner).skip(1));
    behind.map(|rest| {
        let name = word(rest);
        (name, rest.get(name.len()..).is_some_and(|rest| rest.starts_with('(')))
    })
}

fn word(text: &str) -> &str {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default()
}

/// Whether code has a path of the crate that begins with this room.
fn names_room(code: &str, room: &str) -> bool {
    let direct = format!("crate::{room}::");
    let in_group = |group: &str| {
        let mut depth = 0_usize;
        let mut path = String::new();
        for c in group.chars() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => path.clear(),
                c if depth == 0 && !c.is_whitespace() => path.push(c),
                _ => {}
            }
            if depth == 0 && path == format!("{room}::") {
                return true;
            }
        }
        false
    };
    code.contains(&direct) || code.split("use crate::{").skip(1).any(in_group)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(name: &str, text: &str) -> Source {
        Source { name: format!("{APP}{name}"), text: text.into() }
    }

    #[test]
    fn a_room_uses_only_rooms_above_it() {
        let cases = [
            ("usage/a.rs", "use crate::scheduler::planning::starts;", 1),
            (
                "usage/a.rs",
                "use crate::{\n    setup::{lanes::Lanes, settings::Settings},\n    scheduler::planning::starts,\n};",
                1,
            ),
            ("usage/a.rs", "use crate::{setup::settings::Settings, state::State};", 0),
            ("sending/a.rs", "use crate::{scheduler::planning::starts, usage::rules::accepted};", 0),
            ("attic/a.rs", "use crate::state::State;", 1),
        ];
        for (name, text, expected) in cases {
            assert_eq!(complaints(&[source(name, text)]).len(), expected, "{name}: {text}");
        }
    }

    #[test]
    fn no_method_or_field_leads_past_the_rooms() {
        let sending = source("sending/a.rs", "\nimpl State {\n    pub(crate) fn send(&mut self) {}\n}\n");
        let update = source("update.rs", "\nimpl State {\n    fn apply(&mut self) {\n        self.send();\n    }\n}\n");
        let shared = source("state.rs", "\nimpl State {\n    fn emit(&mut self) {}\n}\n");
        for (name, text, expected) in [
            ("usage/b.rs", "self.send()", 1),
            ("sending/b.rs", "self.send()", 0),
            ("token_view/b.rs", "state.send()", 0),
            ("sending/b.rs", "self.apply()", 1),
            ("usage/b.rs", "self.emit()", 0),
            ("usage/b.rs", "self.sender()", 0),
            ("usage/b.rs", "self.token_view.clear()", 1),
            ("token_view/b.rs", "self.token_view.clear()", 0),
            ("usage/b.rs", "self.choices.change()", 0),
        ] {
            let all = [sending.clone(), update.clone(), shared.clone(), source(name, text)];
            assert_eq!(complaints(&all).len(), expected, "{name}: {text}");
        }
    }
}
