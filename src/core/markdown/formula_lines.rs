//! Display formulas that span lines. Their lines never start lists, headings or rules.

use crate::{
    cursor::{blank, from, run, until},
    inlines::{
        code::CodeSpans,
        formula::{FormulaEnd, Formulas, Opener},
    },
};

/// A display formula without its closing delimiter so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OpenFormula {
    /// `$$`, `\[` or `\begin{name}`.
    opener: String,
    /// Its position in the text of the paragraph.
    pub(crate) at: usize,
    /// Whether the opener has a line to itself, which never happens in prose. Blank lines do not end such a formula.
    pub(crate) certain: bool,
    /// Whether its first line was a lazy continuation line. If so, its other lines may be lazy, too.
    pub(crate) lazy: bool,
}

/// Returns the formula that is open after a line, given the one that was open before it. `at` is the position of the
/// line in its paragraph.
pub(crate) fn open_after_line(open: Option<OpenFormula>, line: &str, at: usize, lazy: bool) -> Option<OpenFormula> {
    let start = match open {
        None if !line.contains("$$") && !line.contains('\\') => return None,
        None => 0,
        Some(open) => {
            let whole = [&open.opener, " ", line].concat();
            let opener = Opener::at(&whole, 0, None)?;
            match Formulas::new(&whole).ending(0, opener, &mut CodeSpans::new(&whole)) {
                FormulaEnd::Open => return Some(open),
                FormulaEnd::Never => return None,
                FormulaEnd::At(end) => end.saturating_sub(open.opener.len() + 1),
            }
        }
    };
    let mut code = CodeSpans::new(line);
    let mut formulas = Formulas::new(line);
    let mut next = start;
    while let Some(byte) = line.as_bytes().get(next) {
        next += match byte {
            b'`' => match code.end(next) {
                (_, Some(end)) => end - next,
                (length, None) => length,
            },
            b'\\' | b'$' => match Opener::at(line, next, None).filter(|opener| opener.is_display()) {
                None if *byte == b'$' => run(from(line, next), b'$'),
                None => 2,
                Some(opener) => match formulas.ending(next, opener, &mut code) {
                    FormulaEnd::At(end) => end - next,
                    FormulaEnd::Never => opener.length(),
                    FormulaEnd::Open => {
                        let end = next + opener.length();
                        let first = blank(until(line, next));
                        let last = blank(from(line, end));
                        if (first && !escaped_bracket(opener, from(line, end))) || last {
                            let certain = first && (last || matches!(opener, Opener::Environment(_)));
                            let opener = line.get(next..end)?.to_owned();
                            return Some(OpenFormula { opener, at: at + next, certain, lazy });
                        }
                        opener.length()
                    }
                },
            },
            _ => 1,
        };
    }
    None
}

/// Whether `\[` is an escaped bracket, as in `\[a]: b`.
fn escaped_bracket(opener: Opener<'_>, rest: &str) -> bool {
    let bracket = rest.find(['[', ']']).map(|at| from(rest, at));
    opener == Opener::Bracket && bracket.is_some_and(|bracket| bracket.starts_with(']'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opener(open: Option<&OpenFormula>) -> Option<(&str, usize, bool)> {
        open.map(|open| (open.opener.as_str(), open.at, open.certain))
    }

    #[test]
    fn a_formula_opens_at_the_start_or_end_of_a_line() {
        for (line, open) in [
            ("$$", Some(("$$", 0, true))),
            ("  \\[", Some(("\\[", 2, true))),
            ("\\[ x", Some(("\\[", 0, false))),
            ("it is: $$", Some(("$$", 7, false))),
            ("\\begin{align} a", Some(("\\begin{align}", 0, true))),
            ("$$x$$", None),
            ("$$x$$ and $$", Some(("$$", 10, false))),
            ("the $$ of a shell", None),
            ("`$$", Some(("$$", 1, false))),
            ("`$$`", None),
            ("$$ of `code`", None),
            ("\\[[a](https://x.y)", None),
            ("\\\\[", None),
            ("\\[x] a task", None),
            ("\\[ [0, 1]", Some(("\\[", 0, false))),
            ("\\(", None),
            ("$x", None),
        ] {
            assert_eq!(opener(open_after_line(None, line, 0, false).as_ref()), open, "{line}");
        }
    }

    #[test]
    fn a_formula_stays_open_until_its_closing_delimiter() {
        let open = open_after_line(None, "\\[", 0, false);
        let open = open_after_line(open, "a \\\\[2pt]", 3, false);
        assert_eq!(opener(open.as_ref()), Some(("\\[", 0, true)));
        assert_eq!(open_after_line(open.clone(), "\\]", 9, false), None);
        assert_eq!(opener(open_after_line(open, "\\] then $$", 9, false).as_ref()), Some(("$$", 17, false)));
    }
}
