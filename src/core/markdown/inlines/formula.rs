//! Formulas, as TeX has them: `$…$`, `$$…$$`, `\(…\)`, `\[…\]`, `\begin{…}…\end{…}`.
//!
//! They are kept as they are written: nothing in them is markup. A `$` is more often money or a variable of a shell, so
//! that two of them are a formula only where they stand like one.

use super::code::CodeSpans;
use crate::cursor::{from, run, until};
use std::collections::BTreeMap;

/// Bytes between two dollars that are looked at for what makes them a formula.
const LOOKED_AT: usize = 200;

/// How the targets of links begin. Formulas have no such brackets next to each other.
const LINKS: [&str; 7] = ["](http", "](mailto:", "](www.", "](/", "](./", "](#", "](<"];

/// How many words after a number tell a price.
const WORDS_OF_PRICES: usize = 4;

/// What a formula begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opener<'t> {
    /// `$`
    Dollar,
    /// `$` with a space after it.
    SpacedDollar,
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
                    match first {
                        _ if !outside || "/,.;:!?)]}*_\"`".contains(first) => None,
                        ' ' => Some(Self::SpacedDollar),
                        _ => (!first.is_whitespace() && !is_price(from(rest, 1))).then_some(Self::Dollar),
                    }
                }
                2 => Some(Self::Dollars),
                _ => None,
            },
            _ => None,
        }
    }

    pub(crate) fn length(self) -> usize {
        match self {
            Self::Dollar | Self::SpacedDollar => 1,
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
            Self::SpacedDollar => 1,
            Self::Dollars => 2,
            Self::Parenthesis => 3,
            Self::Bracket | Self::Environment(_) => 4,
        }
    }
}

/// Whether the text begins with a number that words follow, or another price: `$5 a month`, `$10–$20`.
fn is_price(text: &str) -> bool {
    let rest = text.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == ',' || letter == '.');
    if !text.starts_with(|first: char| first.is_ascii_digit()) {
        return false;
    }
    // Thousands and millions.
    let mut rest = rest.trim_start_matches(['k', 'K', 'm', 'M', 'b', 'B', '+']);
    for _ in 0..WORDS_OF_PRICES {
        let word = rest.trim_start_matches(|letter: char| " \n,.;:!?*_)/~'\"%–—-’”".contains(letter));
        if word.len() == rest.len() && !word.starts_with(|first: char| first.is_alphabetic() && !first.is_ascii()) {
            return false;
        }
        rest = word.trim_start_matches(|letter: char| letter.is_ascii_alphabetic());
        let letters = word.len() - rest.len();
        if letters > 2 || word.starts_with(|first: char| first == '$' || first.is_alphabetic() && !first.is_ascii()) {
            return true;
        }
        if letters == 0 {
            return false;
        }
    }
    false
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
    last: [Search; 5],
    /// Where the environments end, once one was asked for.
    ends: Option<BTreeMap<&'t str, Vec<usize>>>,
}

impl<'t> Formulas<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self { text, last: [Search::default(); 5], ends: None }
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
                (b'$', Opener::Dollar | Opener::SpacedDollar | Opener::Dollars) => {
                    let length = run(from(text, at), b'$');
                    let ends = match opener {
                        Opener::Dollars => length == 2,
                        Opener::SpacedDollar => length == 1 && closes(text, at),
                        _ => length == 1 && closes(text, at) && !until(text, at).ends_with(char::is_whitespace),
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
    let rest = from(text, at + 1);
    let word = until(rest, rest.bytes().take(3).take_while(u8::is_ascii_alphanumeric).count());
    // The `$n$th` of them.
    let ending = ["", "th", "st", "nd", "rd", "s"].contains(&word);
    ending && !rest.starts_with('{')
}

/// Whether what stands in between sounds like a formula.
fn sounds(opener: Opener<'_>, inner: &str, after: &str) -> bool {
    match opener {
        Opener::Dollar => true,
        // What is typed after the prompt of a shell has no TeX in it.
        Opener::SpacedDollar => inner.bytes().take(LOOKED_AT).any(|byte| b"\\^_".contains(&byte)),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_told_from_formulas_by_what_follows() {
        for price in [
            "5 and",
            "10 a month",
            "10/month",
            "1,000k, *or* more",
            "5.\nIt's not",
            "10–$20",
            "20** per",
            "5左右",
            "3M+ for",
        ] {
            assert!(is_price(price), "{price}");
        }
        for formula in
            ["5$", "5", "2x + three", "3 + four", "5 \\times", "100 = abc", "1,2,3", "x and", "2(abc)", "5 a + b"]
        {
            assert!(!is_price(formula), "{formula}");
        }
    }

    #[test]
    fn a_formula_ends_where_one_can() {
        for (text, formula) in [
            ("$x$ y", Some("$x$")),
            ("$x$是", Some("$x$")),
            ("$x$y$", Some("$x$y$")),
            ("$x $ y$", Some("$x $ y$")),
            ("$ x^2 $", Some("$ x^2 $")),
            ("$ x $", None),
            ("$\\$5$", Some("$\\$5$")),
            ("$$x$y$$", Some("$$x$y$$")),
            ("$$$x$$$", None),
            ("$x](https://y)$", None),
            ("$x `$` y", None),
            ("\\(x\\\\\\)", Some("\\(x\\\\\\)")),
            ("\\()\\)", Some("\\()\\)")),
            ("\\( \\)", None),
            ("\\begin{a*}x\\end{a}\\\\end{a*}\\end{a*}", Some("\\begin{a*}x\\end{a}\\\\end{a*}\\end{a*}")),
            ("\\begin{a b}\\end{a b}", None),
        ] {
            let end = Opener::at(text, 0, None)
                .and_then(|opener| Formulas::new(text).end(0, opener, &mut CodeSpans::new(text)));
            assert_eq!(end.map(|end| &text[..end]), formula, "{text}");
        }
    }
}
