//! Separates reasoning that arrives inside the content, between marks, from the answer, and removes the marks.
//!
//! Servers that do not know a model's marks pass them on. Text that mentions the marks, in code or quoted, is left
//! unchanged. Pieces may be cut anywhere: text is held back while it may be the start of a mark.

use crate::{
    chunk::ToolCallDelta,
    harmony::{self, Harmony},
    markers::{Code, closing_quote, is_quoted, may_become, started},
};

/// The marks that models put around their reasoning. Those that users also ask for in prompts (`<thinking>`,
/// `<reasoning>`) are left out: they belong to the answer.
const TAGS: [(&str, &str); 7] = [
    ("<think>", "</think>"),
    ("[THINK]", "[/THINK]"),
    ("<seed:think>", "</seed:think>"),
    ("<longcat_think>", "</longcat_think>"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|channel>thought", "<channel|>"),
    ("◁think▷", "◁/think▷"),
];

const OPENERS: [&str; TAGS.len()] = {
    let mut openers = [""; TAGS.len()];
    let mut at = 0;
    while at < TAGS.len() {
        #[expect(clippy::indexing_slicing, reason = "a constant: it is checked when it is compiled")]
        {
            openers[at] = TAGS[at].0;
        }
        at += 1;
    }
    openers
};

/// Harmony's channel names, where a server dropped the marks around them.
const BARE_START: &str = "analysis";
const BARE_END: &str = "assistantfinal";
/// Characters at the start of an answer that show whether it is that word, with some white space before it.
const LONGEST_BARE_START: usize = 32;

/// Most bytes of white space before the first mark that are held back.
const MOST_SPACE: usize = 4_096;

/// A piece of text after its marks were removed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Part {
    Content(String),
    Reasoning(String),
    /// All content so far was reasoning, except this many bytes at its start, which were a mark.
    ContentWasReasoning(usize),
    Call(ToolCallDelta),
}

/// Tells reasoning from content.
#[derive(Clone, Debug, Default)]
pub(crate) struct ReasoningSplitter {
    mode: Mode,
    /// Text that may be the start of a mark, or is not decided yet.
    held: String,
    /// The last character before it.
    before: Option<char>,
    code: Code,
    /// The beginning of the content.
    head: String,
    /// Some content other than white space has arrived.
    answered: bool,
    /// Some reasoning has arrived in the content.
    reasoned: bool,
    /// More reasoning begins, to be set apart from the earlier reasoning.
    breaks: bool,
    /// The server sends reasoning in a separate field.
    has_field: bool,
}

#[derive(Clone, Debug, Default)]
enum Mode {
    /// Only white space so far.
    #[default]
    Start,
    /// Inside the marks of this index; `true` while only white space has arrived.
    Inside(usize, bool),
    /// After the closing mark.
    Behind,
    Answer(Sought),
    Harmony(Harmony),
}

/// What is still looked for in an answer.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Sought {
    /// A closing mark whose opening mark was in the prompt, or harmony's bare words.
    LoneEnd,
    /// The same opening mark as before, alone on a line.
    Reopening,
    Nothing,
}

/// The result of a step.
enum Step {
    /// This many bytes are consumed; continue with the rest.
    Took(usize),
    /// This many bytes are consumed; the rest waits for more text.
    WaitStatus(usize),
}

impl ReasoningSplitter {
    /// Notes that the server sends reasoning in a separate field.
    pub(crate) const fn sent_in_a_field(&mut self) {
        self.has_field = true;
    }

    /// Takes more of the content.
    pub(crate) fn push(&mut self, text: &str, parts: &mut Vec<Part>) {
        if !text.is_empty() {
            self.held.push_str(text);
            self.run(false, parts);
        }
    }

    /// Ends the content: text held back is taken literally.
    pub(crate) fn finish(&mut self, parts: &mut Vec<Part>) {
        self.run(true, parts);
    }

    fn run(&mut self, ends: bool, parts: &mut Vec<Part>) {
        let text = std::mem::take(&mut self.held);
        let mut rest = text.as_str();
        loop {
            let (taken, waits) = match self.step(rest, ends, parts) {
                Step::Took(taken) => (taken, false),
                Step::WaitStatus(taken) => (taken, true),
            };
            self.before = rest.get(..taken).and_then(|taken| taken.chars().next_back()).or(self.before);
            rest = rest.get(taken..).unwrap_or_default();
            if waits || rest.is_empty() {
                break;
            }
        }
        self.held.push_str(rest);
    }

    fn step(&mut self, rest: &str, ends: bool, parts: &mut Vec<Part>) -> Step {
        match &mut self.mode {
            Mode::Start => self.start(rest, ends, parts),
            Mode::Inside(tag, fresh) => {
                let (tag, fresh) = (*tag, *fresh);
                self.inside(tag, fresh, rest, ends, parts)
            }
            Mode::Behind => self.behind(rest, ends),
            Mode::Answer(sought) => {
                let sought = *sought;
                self.answer(sought, rest, ends, parts)
            }
            Mode::Harmony(harmony) => {
                let (taken, waits) = harmony.step(rest, self.before, ends, parts);
                if waits { Step::WaitStatus(taken) } else { Step::Took(taken) }
            }
        }
    }

    fn start(&mut self, rest: &str, ends: bool, parts: &mut Vec<Part>) -> Step {
        let text = rest.trim_start();
        let space = rest.len() - text.len();
        if space >= MOST_SPACE {
            self.mode = Mode::Answer(Sought::Nothing);
            return Step::Took(0);
        }
        if let Some(tag) = OPENERS.iter().position(|opener| text.starts_with(opener)) {
            self.mode = Mode::Inside(tag, true);
            return Step::Took(space + OPENERS.get(tag).map_or(0, |opener| opener.len()));
        }
        if harmony::BEGINNINGS.iter().any(|beginning| text.starts_with(beginning)) {
            self.mode = Mode::Harmony(Harmony::default());
            return Step::Took(space);
        }
        let undecided = text.is_empty() || may_become(text, &OPENERS) || may_become(text, &harmony::BEGINNINGS);
        if undecided && !ends {
            return Step::WaitStatus(0);
        }
        self.mode = Mode::Answer(Sought::LoneEnd);
        // Leading white space belongs to the answer.
        self.content(rest.get(..space).unwrap_or_default(), parts);
        Step::Took(space)
    }

    fn inside(&mut self, tag: usize, fresh: bool, rest: &str, ends: bool, parts: &mut Vec<Part>) -> Step {
        let text = rest.trim_start();
        if fresh && text.len() < rest.len() {
            return if text.is_empty() { Step::WaitStatus(rest.len()) } else { Step::Took(rest.len() - text.len()) };
        }
        self.mode = Mode::Inside(tag, fresh && rest.is_empty());
        let close = TAGS.get(tag).map_or("", |(_, close)| close);
        let mut from = 0;
        while let Some(at) = rest.get(from..).and_then(|later| later.find(close)).map(|at| from + at) {
            let (text, after) = (rest.get(..at).unwrap_or_default(), rest.get(at + close.len()..).unwrap_or_default());
            let before = text.chars().next_back().or(self.before);
            if closing_quote(before).is_some() && after.is_empty() && !ends {
                self.reasoning(text, parts);
                return Step::WaitStatus(at);
            }
            if is_quoted(before, after.chars().next()) {
                from = at + close.len();
                continue;
            }
            self.reasoning(text, parts);
            self.mode = Mode::Behind;
            return Step::Took(at + close.len());
        }
        let undecided = if ends { 0 } else { started(rest, &[close]) };
        let text = rest.get(..rest.len() - undecided).unwrap_or_default();
        self.reasoning(text, parts);
        Step::WaitStatus(text.len())
    }

    fn behind(&mut self, rest: &str, ends: bool) -> Step {
        let text = rest.trim_start();
        let space = rest.len() - text.len();
        if let Some(tag) = OPENERS.iter().position(|opener| text.starts_with(opener)) {
            self.breaks = self.reasoned;
            self.mode = Mode::Inside(tag, true);
            return Step::Took(space + OPENERS.get(tag).map_or(0, |opener| opener.len()));
        }
        if text.is_empty() || (may_become(text, &OPENERS) && !ends) {
            return Step::WaitStatus(space);
        }
        self.code = Code::default();
        self.mode = Mode::Answer(Sought::Reopening);
        Step::Took(space)
    }

    fn answer(&mut self, sought: Sought, rest: &str, ends: bool, parts: &mut Vec<Part>) -> Step {
        if sought == Sought::Nothing {
            self.content(rest, parts);
            return Step::Took(rest.len());
        }
        let mut before = self.before;
        for (at, character) in rest.char_indices() {
            let in_code = self.code.holds(character);
            let text = rest.get(at..).unwrap_or_default();
            if matches!(character, '<' | '[' | '◁' | 'a') && !in_code {
                let said = rest.get(..at).unwrap_or_default();
                match self.mark(sought, said, text, before, ends) {
                    Mark::None => {}
                    Mark::Undecided => {
                        self.content(said, parts);
                        return Step::WaitStatus(at);
                    }
                    Mark::AnswerEnd(length, skip) => {
                        self.content(said, parts);
                        parts.push(Part::ContentWasReasoning(skip));
                        (self.mode, self.answered, self.reasoned) = (Mode::Behind, false, true);
                        return Step::Took(at + length);
                    }
                    Mark::More(tag, length) => {
                        self.content(said, parts);
                        (self.mode, self.breaks) = (Mode::Inside(tag, true), self.reasoned);
                        return Step::Took(at + length);
                    }
                    Mark::Spoken => {
                        // Text that mentions the mark: a later closing mark ends nothing.
                        self.mode = Mode::Answer(Sought::Nothing);
                        self.content(said, parts);
                        return Step::Took(at);
                    }
                }
            }
            self.code.take(character);
            before = Some(character);
        }
        self.content(rest, parts);
        Step::Took(rest.len())
    }

    /// Returns what begins at a character of an answer, outside of code. `said` has not been emitted yet.
    fn mark(&self, sought: Sought, said: &str, text: &str, before: Option<char>, ends: bool) -> Mark {
        match sought {
            Sought::LoneEnd if text.starts_with('a') => {
                let is_whole = text.starts_with(BARE_END);
                let is_start = may_become(text, &[BARE_END]) && !ends;
                match (is_whole || is_start).then(|| self.bare_start(said)).flatten() {
                    Some(skip) if is_whole => Mark::AnswerEnd(BARE_END.len(), skip),
                    Some(_) => Mark::Undecided,
                    None => Mark::None,
                }
            }
            Sought::LoneEnd => {
                for (open, close) in TAGS {
                    if text.starts_with(open) {
                        return Mark::Spoken;
                    }
                    let Some(after) = text.strip_prefix(close) else { continue };
                    if after.is_empty() && !ends {
                        return Mark::Undecided;
                    }
                    let answered = self.answered || !said.trim().is_empty();
                    // Reasoning from a separate field is already split off: this mark is a leftover.
                    let is_end = if answered {
                        ends_reasoning(before, after.chars().next()) && !self.has_field
                    } else {
                        before.is_none_or(char::is_whitespace)
                    };
                    return if is_end { Mark::AnswerEnd(close.len(), 0) } else { Mark::None };
                }
                let undecided = TAGS.iter().any(|(open, close)| may_become(text, &[open, close]));
                if undecided && !ends { Mark::Undecided } else { Mark::None }
            }
            Sought::Reopening if self.code.at_line_start() => {
                for (tag, opener) in OPENERS.iter().enumerate() {
                    let Some(after) = text.strip_prefix(opener) else { continue };
                    if after.is_empty() && !ends {
                        return Mark::Undecided;
                    }
                    return if after.is_empty() || after.starts_with(['\n', '\r']) {
                        Mark::More(tag, opener.len())
                    } else {
                        Mark::None
                    };
                }
                if may_become(text, &OPENERS) && !ends { Mark::Undecided } else { Mark::None }
            }
            _ => Mark::None,
        }
    }

    /// Returns where the text after harmony's bare first word begins, if the content begins with that word.
    fn bare_start(&self, said: &str) -> Option<usize> {
        let head: String = self.head.chars().chain(said.chars()).take(LONGEST_BARE_START).collect();
        let text = head.trim_start();
        let after = text.strip_prefix(BARE_START)?.chars().next()?;
        (after.is_ascii_uppercase() || !after.is_ascii()).then_some(head.len() - text.len() + BARE_START.len())
    }

    fn content(&mut self, text: &str, parts: &mut Vec<Part>) {
        if !text.is_empty() {
            let room = LONGEST_BARE_START.saturating_sub(self.head.chars().count());
            self.head.extend(text.chars().take(room));
            self.answered |= !text.trim().is_empty();
            parts.push(Part::Content(text.to_owned()));
        }
    }

    fn reasoning(&mut self, text: &str, parts: &mut Vec<Part>) {
        if !text.is_empty() {
            if std::mem::take(&mut self.breaks) {
                parts.push(Part::Reasoning("\n\n".into()));
            }
            self.reasoned = true;
            parts.push(Part::Reasoning(text.to_owned()));
        }
    }
}

/// What begins at a character of an answer.
enum Mark {
    None,
    /// There is not enough text to tell.
    Undecided,
    /// The end of reasoning: the length of its mark, and the bytes at the start of the content that were a mark too.
    AnswerEnd(usize, usize),
    /// More reasoning begins: the index of its marks, and the length of the opening mark.
    More(usize, usize),
    /// The text mentions the marks.
    Spoken,
}

/// Returns whether a closing mark between these characters ends reasoning. One with a space before it and no text or
/// line end behind it is a word of its sentence.
fn ends_reasoning(before: Option<char>, after: Option<char>) -> bool {
    if is_quoted(before, after) {
        return false;
    }
    match before {
        Some(' ' | '\t' | '"' | '\'' | '“' | '(' | '\u{a0}') => {
            after.is_none_or(|c| c == '\n' || c == '\r' || !c.is_ascii() || c.is_ascii_alphanumeric())
        }
        _ => true,
    }
}

#[cfg(test)]
#[path = "reasoning_tests.rs"]
mod tests;
