//! TeX formulas: `$…$`, `$$…$$`, `\(…\)`, `\[…\]`, `\begin{…}…\end{…}`.
//!
//! Formulas are kept as written: nothing in them is markup. `$` is more often a price or a shell variable, so a pair of
//! dollars is a formula only under conditions.

use super::code::CodeSpans;
use crate::cursor::{from, run, until};
use std::collections::BTreeMap;

/// How many bytes between two dollars are searched for TeX.
const LOOKED_AT: usize = 200;

/// A link's target starts like this. No formula contains these sequences.
const LINKS: [&str; 7] = ["](http", "](mailto:", "](www.", "](/", "](./", "](#", "](<"];

/// How many words after a number are looked at to recognize a price.
const WORDS_OF_PRICES: usize = 4;

/// The opening delimiter of a formula.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opener<'t> {
    /// `$`
    Dollar,
    /// `$` followed by a space.
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
    /// Returns the opener at `at`. `before` is the character before it.
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

    /// Whether it opens a display formula, which may span lines.
    pub(crate) fn is_display(self) -> bool {
        matches!(self, Self::Dollars | Self::Bracket | Self::Environment(_))
    }

    /// Its index in [`Formulas::last`].
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

/// Whether the text after a dollar starts like a price: a number followed by words or by another price, as in
/// `$5 a month` or `$10–$20`.
fn is_price(text: &str) -> bool {
    let rest = text.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == ',' || letter == '.');
    if !text.starts_with(|first: char| first.is_ascii_digit()) {
        return false;
    }
    // Thousands and millions, as in `$3M`.
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

/// Returns the name in `{name}`: letters, optionally followed by a star.
fn environment(text: &str) -> Option<&str> {
    let (name, _) = text.strip_prefix('{')?.split_once('}')?;
    let letters = name.strip_suffix('*').unwrap_or(name);
    let named = !letters.is_empty() && letters.len() <= 32 && letters.bytes().all(|byte| byte.is_ascii_alphabetic());
    named.then_some(name)
}

/// Finds the ends of formulas. Remembers failed searches, so any number of lookups takes linear time.
#[derive(Debug)]
pub(crate) struct Formulas<'t> {
    text: &'t str,
    /// The last search for each kind. Its result holds for every opener within the range it covered.
    last: [Search; 5],
    /// Positions of `\end{name}` by name. Computed on the first lookup.
    ends: Option<BTreeMap<&'t str, Vec<usize>>>,
}

impl<'t> Formulas<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self { text, last: [Search::default(); 5], ends: None }
    }

    /// Returns the end of the formula that starts with `opener` at `at`, or `None` if it is not a complete formula.
    pub(crate) fn end(&mut self, at: usize, opener: Opener<'t>, code: &mut CodeSpans<'t>) -> Option<usize> {
        let FormulaEnd::At(end) = self.ending(at, opener, code) else { return None };
        let inner = self.text.get(at + opener.length()..end.checked_sub(opener.length())?).unwrap_or_default();
        is_plausible(opener, inner, from(self.text, end)).then_some(end)
    }

    /// Like [`end`](Self::end), but regardless of the content.
    pub(crate) fn ending(&mut self, at: usize, opener: Opener<'t>, code: &mut CodeSpans<'t>) -> FormulaEnd {
        let inside = at + opener.length();
        if let Opener::Environment(name) = opener {
            let ends = self.ends.get_or_insert_with(|| environments(self.text)).get(name);
            let next = ends.and_then(|ends| ends.get(ends.partition_point(|end| *end < inside)));
            return next.map_or(FormulaEnd::Open, |end| FormulaEnd::At(end + "\\end{}".len() + name.len()));
        }
        let known = self.last.get(opener.index()).copied().unwrap_or_default();
        let found = if (known.from..known.until).contains(&inside) { known } else { self.search(inside, opener, code) };
        if let Some(last) = self.last.get_mut(opener.index()) {
            *last = found;
        }
        found.ending
    }

    /// Searches for the closing delimiter. Code spans and link targets take precedence over formulas.
    fn search(&self, inside: usize, opener: Opener<'t>, code: &mut CodeSpans<'t>) -> Search {
        let text = self.text;
        let search = |until: usize, ending: FormulaEnd| Search { from: inside, until, ending };
        let ended = |at: usize, length: usize| search(at, FormulaEnd::At(at + length));
        let mut at = inside;
        while let Some(byte) = text.as_bytes().get(at) {
            at += match (byte, opener) {
                (b'\\', Opener::Parenthesis) if from(text, at).starts_with("\\)") => return ended(at, 2),
                (b'\\', Opener::Bracket) if from(text, at).starts_with("\\]") => return ended(at, 2),
                (b'\\', _) => 2,
                (b'`', _) => match code.end(at) {
                    (_, Some(_)) => return search(at, FormulaEnd::Never),
                    (length, None) => length,
                },
                (b']', _) if LINKS.iter().any(|link| from(text, at).starts_with(link)) => {
                    return search(at, FormulaEnd::Never);
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
        search(text.len(), FormulaEnd::Open)
    }
}

/// The result of searching for the end of a formula.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum FormulaEnd {
    /// The position after the closing delimiter.
    At(usize),
    /// No end in this text yet; more text may bring it.
    #[default]
    Open,
    /// Something in this text rules the formula out.
    Never,
}

/// A search that covered the bytes from `from` to `until`, and its result.
#[derive(Clone, Copy, Debug, Default)]
struct Search {
    from: usize,
    until: usize,
    ending: FormulaEnd,
}

/// Whether the `$` at `at` can close a formula. Excludes prices and shell variables: `$5 and $10`, `$HOME:$PATH`.
fn closes(text: &str, at: usize) -> bool {
    let rest = from(text, at + 1);
    let word = until(rest, rest.bytes().take(3).take_while(u8::is_ascii_alphanumeric).count());
    // Allows `$n$th`.
    let ending = ["", "th", "st", "nd", "rd", "s"].contains(&word);
    ending && !rest.starts_with('{')
}

/// Whether the content between the delimiters can be a formula.
fn is_plausible(opener: Opener<'_>, inner: &str, after: &str) -> bool {
    match opener {
        Opener::Dollar => true,
        // Shell prompts (`$ cd x $ ls`) contain no TeX.
        Opener::SpacedDollar => inner.bytes().take(LOOKED_AT).any(|byte| b"\\^_".contains(&byte)),
        // `\[text\](url)` and `\[1\]` are escaped brackets.
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
    fn a_number_followed_by_words_is_a_price() {
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
    fn formulas_end_at_their_closing_delimiter() {
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
