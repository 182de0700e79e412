//! Finds the key in pasted text: from a shell profile, a header, a configuration, or formatted text.

use crate::pasted_text::{assigned, is_named, plain, unquoted};

/// Words that name a key in files and headers.
const NAMES: [&str; 4] = ["key", "token", "secret", "authorization"];

/// The most rounds of removal: a quoted assignment of a header needs three.
const MOST_ROUNDS: usize = 4;

/// Pasted text without the parts that don't belong to the key. `Debug` is missing on purpose.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct CleanedKey {
    /// What is left. It may still not be a key.
    pub key: String,
    /// What was removed, in the order it is reported.
    pub removed: Vec<Removed>,
}

/// Something that was removed from a pasted key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removed {
    /// Zero-width and similar characters.
    Invisible,
    /// Line breaks within a key.
    LineBreaks,
    /// Lines without the key.
    OtherLines,
    /// `Authorization:` or `Bearer`.
    Header,
    /// `OPENAI_API_KEY=`, `export`, `api_key:`.
    Name,
    /// Quotes or brackets around it.
    Quotes,
    /// Text after it: a comma, a comment, the rest of a command.
    Rest,
}

impl Removed {
    const ALL: [Self; 7] =
        [Self::Header, Self::Name, Self::Quotes, Self::Rest, Self::OtherLines, Self::LineBreaks, Self::Invisible];

    const fn words(self) -> &'static str {
        match self {
            Self::Invisible => "invisible characters",
            Self::LineBreaks => "line breaks",
            Self::OtherLines => "other lines",
            Self::Header => "the header name",
            Self::Name => "the variable name",
            Self::Quotes => "quotes",
            Self::Rest => "text after the key",
        }
    }
}

impl CleanedKey {
    /// Finds the key in pasted text. White space around it is dropped silently.
    ///
    /// ```
    /// use headroom_domain::CleanedKey;
    ///
    /// let cleaned = CleanedKey::of("export OPENAI_API_KEY=\"sk-1234\"");
    /// assert_eq!(cleaned.key, "sk-1234");
    /// assert_eq!(cleaned.note().as_deref(), Some("Removed the variable name and quotes."));
    /// ```
    #[must_use]
    pub fn of(pasted: &str) -> Self {
        let (text, invisible) = plain(pasted);
        let mut cleaned = Self { key: String::new(), removed: Vec::new() };
        cleaned.note_if(invisible, Removed::Invisible);
        let mut key = cleaned.one_line(&text);
        for _ in 0..MOST_ROUNDS {
            let (inner, removed) = peeled(&key);
            // With several lines, it is unclear which one is meant.
            if inner == key || key.contains('\n') {
                break;
            }
            let inner = inner.to_owned();
            removed.into_iter().for_each(|it| cleaned.note_if(true, it));
            key = inner;
        }
        let removed = Removed::ALL.into_iter().filter(|it| cleaned.removed.contains(it));
        cleaned.removed = removed.collect();
        cleaned.key = key;
        cleaned
    }

    /// Returns one sentence about what was removed. `None` if nothing was.
    #[must_use]
    pub fn note(&self) -> Option<String> {
        let words: Vec<&str> = self.removed.iter().map(|it| it.words()).collect();
        let (last, before) = words.split_last()?;
        let list = if before.is_empty() { (*last).to_owned() } else { format!("{} and {last}", before.join(", ")) };
        Some(format!("Removed {list}."))
    }

    fn note_if(&mut self, is_so: bool, removed: Removed) {
        if is_so && !self.removed.contains(&removed) {
            self.removed.push(removed);
        }
    }

    /// Returns the line with the key. If no line or several have one, returns all of them joined by line breaks, which
    /// is not a key.
    fn one_line(&mut self, text: &str) -> String {
        let all: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let is_comment = |line: &&&str| line.starts_with("# ") || line.starts_with("//");
        let lines: Vec<&str> = all.iter().filter(|line| all.len() == 1 || !is_comment(line)).copied().collect();
        self.note_if(lines.len() < all.len(), Removed::OtherLines);
        let holds = |line: &&&str| header(line).is_some() || assigned(line, &NAMES).is_some() || named(line).is_some();
        let holding: Vec<&&str> = lines.iter().filter(holds).collect();
        match (lines.as_slice(), holding.as_slice()) {
            ([only], _) => (*only).to_owned(),
            (_, [one]) => {
                self.note_if(true, Removed::OtherLines);
                (**one).to_owned()
            }
            (_, []) if is_broken(&lines) => {
                self.note_if(true, Removed::LineBreaks);
                lines.concat()
            }
            _ => lines.join("\n"),
        }
    }
}

/// Whether these lines are one broken key rather than several keys.
fn is_broken(lines: &[&str]) -> bool {
    let Some((first, rest)) = lines.split_first() else { return false };
    let start = first.find(['-', '_']).and_then(|end| first.get(..=end));
    !first.contains(' ')
        && !rest.iter().any(|line| line.contains(' ') || start.is_some_and(|start| line.starts_with(start)))
}

/// Removes the outermost part that doesn't belong to a key. Returns what it was, too.
fn peeled(text: &str) -> (&str, Vec<Removed>) {
    let text = text.trim();
    for (found, removed) in
        [(header(text), Removed::Header), (assigned(text, &NAMES), Removed::Name), (named(text), Removed::Name)]
    {
        let Some(value) = found.map(str::trim) else { continue };
        let mut all = vec![removed];
        if let Some(inner) = unquoted(value) {
            all.push(Removed::Quotes);
            return (inner, all);
        }
        // What follows belongs to the command or the file. If an opening quote was removed earlier, only the closing
        // one is left.
        let end = value.find([' ', '"', '\'', '`', ';', ',', ')', '}', '<', '>']).unwrap_or(value.len());
        let (key, rest) = value.split_at(end);
        match rest.trim_matches(['"', '\'', '`', ';', ',', ')', '}', '<', '>', ' ', '\\']) {
            "" => {}
            // A header of several words is not a key, and is reported as such.
            _ if removed == Removed::Header && !rest.starts_with(['"', '\'', '`', ' ']) => {}
            _ => all.push(Removed::Rest),
        }
        return (key, all);
    }
    if let Some(inner) = unquoted(text) {
        return (inner, vec![Removed::Quotes]);
    }
    match text.trim_end_matches([',', ';', '"', '\'', '`']) {
        shorter if shorter.len() < text.len() => (shorter, vec![Removed::Rest]),
        _ => (text, Vec::new()),
    }
}

/// Returns what follows `Bearer`, wherever it occurs.
fn header(text: &str) -> Option<&str> {
    const SCHEME: &str = "bearer";
    let starts = text.char_indices().map(|(at, _)| at);
    let mut found =
        starts.filter(|at| text.get(*at..*at + SCHEME.len()).is_some_and(|it| it.eq_ignore_ascii_case(SCHEME)));
    found.find_map(|at| {
        let (before, after) = (text.get(..at)?, text.get(at + SCHEME.len()..)?);
        let alone = !before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        (alone && (after.is_empty() || after.starts_with([' ', ':']))).then(|| after.trim_start_matches([':', ' ']))
    })
}

/// Returns what follows a name and a space: `setx OPENAI_API_KEY "…"`, `ENV OPENAI_API_KEY …`, `Secret key …`.
fn named(text: &str) -> Option<&str> {
    let (before, last) = text.rsplit_once(' ')?;
    // Two adjacent keys are not a name and its key.
    let name = before.rsplit(' ').next()?;
    (is_named(name, &NAMES) && !name.contains(|c: char| c.is_ascii_digit())).then_some(last)
}

#[cfg(test)]
#[path = "pasted_key_tests.rs"]
mod tests;
