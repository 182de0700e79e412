//! Markers at the start of list items.

use crate::{
    Task,
    cursor::{blank, from},
};

/// The result of a recognizer.
pub(crate) enum Found<T> {
    Yes(T),
    No,
    /// Depends on the rest of the line.
    Unsure,
}

/// `-`, `+`, `*`, or `.` and `)` after numbers. Items with a different marker start a new list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Marker(u8);

/// Returns the width in bytes, the kind, and the number of an item's marker. Does not check what follows it.
pub(crate) fn item_marker(rest: &str) -> Found<(usize, Marker, Option<u32>)> {
    let bytes = rest.as_bytes();
    match bytes.first() {
        Some(bullet @ (b'-' | b'+' | b'*')) => Found::Yes((1, Marker(*bullet), None)),
        Some(b'0'..=b'9') => {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).take(10).count();
            match (bytes.get(digits), rest.get(..digits).and_then(|digits| digits.parse().ok())) {
                _ if digits > 9 => Found::No,
                (None, _) => Found::Unsure,
                (Some(delimiter @ (b'.' | b')')), Some(number)) => {
                    Found::Yes((digits + 1, Marker(*delimiter), Some(number)))
                }
                _ => Found::No,
            }
        }
        _ => Found::No,
    }
}

/// Parses `[ ]` or `[x]` followed by whitespace. Returns the text after it.
pub(crate) fn task(rest: &str, complete: bool) -> Found<(Task, &str)> {
    let task = match rest.as_bytes() {
        [b'[', b' ', b']', ..] => Task::Open,
        [b'[', b'x' | b'X', b']', ..] => Task::Done,
        [b'['] | [b'[', b' ' | b'x' | b'X'] if !complete => return Found::Unsure,
        _ => return Found::No,
    };
    let text = from(rest, 3);
    if blank(text) && !complete {
        return Found::Unsure;
    }
    if !text.is_empty() && !text.starts_with([' ', '\t']) {
        return Found::No;
    }
    Found::Yes((task, text.trim_start_matches([' ', '\t'])))
}
