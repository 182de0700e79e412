//! Formulas, as TeX has them: `$…$`, `$$…$$`, `\(…\)`, `\[…\]`, `\begin{…}…\end{…}`.
//!
//! They are kept as they are written: nothing in them is markup. A `$` is more often money or a variable of a shell, so
//! that two of them are a formula only where they stand like one.

use super::code::CodeSpans;
use crate::cursor::{from, run, until};
use std::collections::BTreeMap;

/// Bytes of what may be prices that are looked at.
const LONGEST_PRICES: usize = 200;

/// How the targets of links begin. Formulas have no such brackets next to each other.
const LINKS: [&str; 7] = ["](http", "](mailto:", "](www.", "](/", "](./", "](#", "](<"];

/// What a formula begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opener<'t> {
    /// `$`
    Dollar,
    /// `$$`
    Dollars,
    /// `\(`
    Parenthesis,
    /// `\[`
    Bracket,
    /// `\begin{name}`
    Environment(&'t str),
}

impl<'t> Opener<'t> {
    /// The opener at a byte of the text. `before` is the character before it.
    pub(crate) fn at(text: &'t str, at: usize, before: Option<char>) -> Option<Self> {
        let rest = from(text, at);
        match rest.as_bytes() {
            [b'\\', b'(', ..] => Some(Self::Parenthesis),
            [b'\\', b'[', ..] => Some(Self::Bracket),
            [b'\\', b'b', ..] => environment(rest.strip_prefix("\\begin")?).map(Self::Environment),
            [b'$', ..] => match run(rest, b'$') {
                1 => {
                    let outside = before.is_none_or(|before| !before.is_ascii_alphanumeric());
                    let first = from(rest, 1).chars().next()?;
                    (outside && !first.is_whitespace() && !"/,.;:!?)]}*_\"`".contains(first)).then_some(Self::Dollar)
                }
                2 => Some(Self::Dollars),
                _ => None,
            },
            _ => None,
        }
    }

    pub(crate) fn length(self) -> usize {
        match self {
            Self::Dollar => 1,
            Self::Dollars | Self::Parenthesis | Self::Bracket => 2,
            Self::Environment(name) => "\\begin{}".len() + name.len(),
        }
    }

    /// Whether the formula stands by itself, over several lines if need be.
    pub(crate) fn is_display(self) -> bool {
        matches!(self, Self::Dollars | Self::Bracket | Self::Environment(_))
    }

    /// Its place in [`Formulas::last`].
    fn index(self) -> usize {
        match self {
            Self::Dollar => 0,
            Self::Dollars => 1,
            Self::Parenthesis => 2,
            Self::Bracket | Self::Environment(_) => 3,
        }
    }
}

/// `{name}`: letters, and perhaps a star.
fn environment(text: &str) -> Option<&str> {
    let (name, _) = text.strip_prefix('{')?.split_once('}')?;
    let letters = name.strip_suffix('*').unwrap_or(name);
    let named = !letters.is_empty() && letters.len() <= 32 && letters.bytes().all(|byte| byte.is_ascii_alphabetic());
    named.then_some(name)
}

/// The formulas of a text. All searches for their ends together take linear time.
#[derive(Debug)]
pub(crate) struct Formulas<'t> {
    text: &'t str,
    /// For each kind what the last search found: for whatever starts in between, the same.
    last: [Search; 4],
    /// Where the environments end, once one was asked for.
    ends: Option<BTreeMap<&'t str, Vec<usize>>>,
}

impl<'t> Formulas<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self { text, last: [Search::default(); 4], ends: None }
    }

    /// Where the formula ends whose opener stands at a byte. None if it is no formula, or not yet.
    pub(crate) fn end(&mut self, at: usize, opener: Opener<'t>, code: &mut CodeSpans<'t>) -> Option<usize> {
        let Ending::At(end) = self.ending(at, opener, code) else { return None };
        let inner = self.text.get(at + opener.length()..end.checked_sub(opener.length())?).unwrap_or_default();
        sounds(opener, inner, from(self.text, end)).then_some(end)
    }

    /// What becomes of such a formula, whatever stands in it.
    pub(crate) fn ending(&mut self, at: usize, opener: Opener<'t>, code: &mut CodeSpans<'t>) -> Ending {
        let inside = at + opener.length();
        if let Opener::Environment(name) = opener {
            let ends = self.ends.get_or_insert_with(|| environments(self.text)).get(name);
            let next = ends.and_then(|ends| ends.get(ends.partition_point(|end| *end < inside)));
            return next.map_or(Ending::Open, |end| Ending::At(end + "\\end{}".len() + name.len()));
        }
        let known = self.last.get(opener.index()).copied().unwrap_or_default();
        let found = if (known.from..known.until).contains(&inside) { known } else { self.search(inside, opener, code) };
        if let Some(last) = self.last.get_mut(opener.index()) {
            *last = found;
        }
        found.ending
    }

    /// Looks for an end. A formula does not reach into code or over a link's target.
    fn search(&self, inside: usize, opener: Opener<'t>, code: &mut CodeSpans<'t>) -> Search {
        let text = self.text;
        let search = |until: usize, ending: Ending| Search { from: inside, until, ending };
        let ended = |at: usize, length: usize| search(at, Ending::At(at + length));
        let mut at = inside;
        while let Some(byte) = text.as_bytes().get(at) {
            at += match (byte, opener) {
                (b'\\', Opener::Parenthesis) if from(text, at).starts_with("\\)") => return ended(at, 2),
                (b'\\', Opener::Bracket) if from(text, at).starts_with("\\]") => return ended(at, 2),
                (b'\\', _) => 2,
                (b'`', _) => match code.end(at) {
                    (_, Some(_)) => return search(at, Ending::Never),
                    (length, None) => length,
                },
                (b']', _) if LINKS.iter().any(|link| from(text, at).starts_with(link)) => {
                    return search(at, Ending::Never);
                }
                (b'$', Opener::Dollar | Opener::Dollars) => {
                    let length = run(from(text, at), b'$');
                    let ends = match opener {
                        Opener::Dollar => length == 1 && closes(text, at),
                        _ => length == 2,
                    };
                    if ends {
                        return ended(at, length);
                    }
                    length
                }
                _ => 1,
            };
        }
        search(text.len(), Ending::Open)
    }
}

/// What becomes of a formula.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It ends before this byte.
    At(usize),
    /// Its end may still come.
    #[default]
    Open,
    /// It is none.
    Never,
}

/// What a search from one byte until another found.
#[derive(Clone, Copy, Debug, Default)]
struct Search {
    from: usize,
    until: usize,
    ending: Ending,
}

/// Whether the `$` at a byte can end a formula: `$5 and $10` and `$HOME:$PATH` are none.
fn closes(text: &str, at: usize) -> bool {
    let after_space = until(text, at).ends_with(char::is_whitespace);
    let next = from(text, at + 1).bytes().next();
    !after_space && next.is_none_or(|next| !next.is_ascii_alphanumeric() && next != b'{')
}

/// Whether what stands in between sounds like a formula.
fn sounds(opener: Opener<'_>, inner: &str, after: &str) -> bool {
    match opener {
        // Prices with words between: `$5 now or 10$`.
        Opener::Dollar => {
            if !inner.starts_with(|first: char| first.is_ascii_digit()) {
                return true;
            }
            let start = || inner.bytes().take(LONGEST_PRICES);
            let words = start().fold((0_usize, 0), |(longest, word), byte| {
                let word = if byte.is_ascii_alphabetic() { word + 1 } else { 0 };
                (longest.max(word), word)
            });
            words.0 < 3 || start().any(|byte| byte == b'\\')
        }
        // A link or a number whose brackets were escaped.
        Opener::Bracket => !after.starts_with('(') && !inner.bytes().all(|byte| byte.is_ascii_digit()),
        Opener::Environment(_) => true,
        _ => !inner.trim_start().is_empty(),
    }
}

fn environments(text: &str) -> BTreeMap<&str, Vec<usize>> {
    let mut ends: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut at = 0;
    while let Some(next) = from(text, at).find("\\end{") {
        let start = at + next;
        at = start + 1;
        let backslashes = until(text, start).bytes().rev().take_while(|byte| *byte == b'\\').count();
        if let Some(name) = environment(from(text, start + "\\end".len()))
            && backslashes % 2 == 0
        {
            ends.entry(name).or_default().push(start);
        }
    }
    ends
}
