//! Table rows.

use crate::{
    Alignment,
    cursor::{from, run, until},
    inlines::{
        code::CodeSpans,
        flanking,
        formula::{Formulas, Opener},
    },
};
use std::borrow::Cow;

/// Returns the cells of a row, trimmed. Pipes after a backslash and in formulas do not separate cells. If that gives
/// more cells than `columns`, the row probably contains literal pipes: then pipes in code and in possible formulas do
/// not separate cells either. Surplus cells are kept.
pub(crate) fn cells(row: &str, columns: usize) -> Vec<&str> {
    let cells = split(row, Protect::Formulas);
    if cells.len() <= columns { cells } else { split(row, Protect::FormulasAndCode) }
}

/// The longest `$…$` that may contain pipes, in bytes.
const LONGEST_ENCLOSED: usize = 512;

/// The spans in which pipes do not separate cells.
#[derive(Clone, Copy, PartialEq)]
enum Protect {
    /// Escaped pipes only.
    Escapes,
    /// Also formulas that are definitely not prices.
    Formulas,
    /// Also code and possible formulas.
    FormulasAndCode,
}

fn split(row: &str, protect: Protect) -> Vec<&str> {
    let row = row.trim_matches([' ', '\t']);
    let row = row.strip_prefix('|').unwrap_or(row);
    let mut parts = Spans::new(row);
    let mut cells = Vec::new();
    let (mut start, mut at) = (0, 0);
    while let Some(byte) = row.as_bytes().get(at) {
        if *byte == b'|' {
            cells.push(row.get(start..at).unwrap_or_default());
            at += 1;
            start = at;
            continue;
        }
        let end = match parts.at(at, *byte) {
            Span::Formula(end, sure) if protect == Protect::FormulasAndCode || protect == Protect::Formulas && sure => {
                Some(end)
            }
            Span::Code(end) if protect == Protect::FormulasAndCode => Some(end),
            _ => None,
        };
        at = end.unwrap_or(match byte {
            b'\\' => at + 2,
            b'`' | b'$' => at + run(from(row, at), *byte),
            _ => at + 1,
        });
    }
    if start < row.len() || cells.is_empty() {
        cells.push(from(row, start));
    }
    let mut cells: Vec<&str> = cells.into_iter().map(|cell| cell.trim_matches([' ', '\t'])).collect();
    // Empty surplus cells carry no text.
    while protect == Protect::FormulasAndCode && cells.last().is_some_and(|cell| cell.is_empty()) {
        cells.pop();
    }
    cells
}

/// What starts at a position in a row or cell.
enum Span {
    /// The end of the formula, and whether it is certainly one even if it contains a pipe.
    Formula(usize, bool),
    Code(usize),
    Other,
}

struct Spans<'r> {
    text: &'r str,
    code: CodeSpans<'r>,
    formulas: Formulas<'r>,
}

impl<'r> Spans<'r> {
    fn new(text: &'r str) -> Self {
        Self { text, code: CodeSpans::new(text), formulas: Formulas::new(text) }
    }

    fn at(&mut self, at: usize, byte: u8) -> Span {
        match byte {
            b'`' => self.code.end(at).1.map_or(Span::Other, Span::Code),
            b'\\' | b'$' => {
                let before = flanking::before(until(self.text, at), None);
                let Some(opener) = Opener::at(self.text, at, before) else { return Span::Other };
                let Some(end) = self.formulas.end(at, opener, &mut self.code) else { return Span::Other };
                let inner = self.text.get(at + 1..end - 1).unwrap_or_default();
                let dollar = matches!(opener, Opener::Dollar | Opener::SpacedDollar);
                Span::Formula(end, !dollar || encloses(inner))
            }
            _ => Span::Other,
        }
    }
}

/// Whether the pipes between two dollars belong to a formula: it is TeX or a norm, or the pipes are in brackets.
fn encloses(inner: &str) -> bool {
    if inner.len() > LONGEST_ENCLOSED {
        return false;
    }
    let mut depth = 0_usize;
    let mut outside = false;
    for byte in inner.bytes() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => outside |= byte == b'|' && depth == 0,
        }
    }
    let tex = inner.contains(['\\', '^', '_']) || inner.starts_with('|');
    !outside || tex && !inner.contains(" | ") && !inner.starts_with(' ')
}

/// Returns the text of a cell: `\|` becomes `|`, except in formulas.
pub(crate) fn text(cell: &str) -> Cow<'_, str> {
    if !cell.contains("\\|") {
        return cell.into();
    }
    let mut parts = Spans::new(cell);
    let mut out = String::with_capacity(cell.len());
    let mut at = 0;
    while let Some(byte) = cell.as_bytes().get(at) {
        let (end, escaped) = match (parts.at(at, *byte), byte) {
            (Span::Formula(end, _), _) => (end, false),
            (Span::Code(end), _) => (end, true),
            (Span::Other, b'\\') => (at + 1 + from(cell, at + 1).chars().next().map_or(0, char::len_utf8), true),
            (Span::Other, b'`' | b'$') => (at + run(from(cell, at), *byte), false),
            (Span::Other, _) => (from(cell, at).find(['\\', '$', '`']).map_or(cell.len(), |next| at + next), false),
        };
        let part = cell.get(at..end).unwrap_or_default();
        if escaped {
            out.push_str(&part.replace("\\|", "|"));
        } else {
            out.push_str(part);
        }
        at = end;
    }
    out.into()
}

/// Whether a line could be, or become, a delimiter row.
pub(crate) fn may_delimit(line: &str) -> bool {
    line.bytes().all(|byte| matches!(byte, b'|' | b'-' | b':' | b' ' | b'\t'))
}

/// Returns the alignments of a delimiter row, `|:--|--:|`.
pub(crate) fn delimiters(line: &str) -> Option<Vec<Alignment>> {
    if !line.contains(['|', ':']) {
        return None;
    }
    split(line, Protect::Escapes).into_iter().map(alignment).collect()
}

fn alignment(cell: &str) -> Option<Alignment> {
    let (left, cell) = cell.strip_prefix(':').map_or((false, cell), |cell| (true, cell));
    let (right, cell) = cell.strip_suffix(':').map_or((false, cell), |cell| (true, cell));
    if cell.is_empty() || cell.bytes().any(|byte| byte != b'-') {
        return None;
    }
    Some(match (left, right) {
        (false, false) => Alignment::Unset,
        (true, false) => Alignment::Left,
        (true, true) => Alignment::Center,
        (false, true) => Alignment::Right,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_stand_between_pipes() {
        for (row, expected) in [
            ("| a | b |", &["a", "b"][..]),
            ("a|b", &["a", "b"]),
            ("|a||b|", &["a", "", "b"]),
            ("| a \\| b | c", &["a \\| b", "c"]),
            ("a \\\\| b", &["a \\\\", "b"]),
            ("|", &[""]),
            ("|a|  ", &["a"]),
        ] {
            assert_eq!(cells(row, 9), expected, "{row}");
        }
    }

    #[test]
    fn a_pipe_in_a_formula_does_not_end_the_cell() {
        for (row, expected) in [
            ("| x | $P(X|Y)$ |", &["x", "$P(X|Y)$"][..]),
            ("| $|x|$ | $a_1|b$ |", &["$|x|$", "$a_1|b$"]),
            ("| \\(a|b\\) | \\[c|d\\] |", &["\\(a|b\\)", "\\[c|d\\]"]),
            ("| $\\{x | x > 0\\}$ |", &["$\\{x | x > 0\\}$"]),
            ("| $5 | $10 |", &["$5", "$10"]),
            ("|$5|$10|", &["$5", "$10"]),
            ("|$A|$B|", &["$A", "$B"]),
            ("| $5 | 10$ |", &["$5", "10$"]),
            ("| $FOO_A | $BAR_B$ |", &["$FOO_A", "$BAR_B$"]),
        ] {
            assert_eq!(cells(row, 9), expected, "{row}");
        }
    }

    #[test]
    fn a_row_with_too_many_cells_keeps_code_together_and_then_all_cells() {
        for (row, columns, expected) in [
            ("| `a | b` | c |", 2, &["`a | b`", "c"][..]),
            ("| `a | b` | c |", 3, &["`a", "b`", "c"]),
            ("| $a|b$ | c |", 2, &["$a|b$", "c"]),
            ("| a | b | c |", 2, &["a", "b", "c"]),
            ("| a | b | |", 2, &["a", "b"]),
            ("| a || b |", 2, &["a", "", "b"]),
            ("| ` | ` | a |", 2, &["` | `", "a"]),
        ] {
            assert_eq!(cells(row, columns), expected, "{row}");
        }
    }

    #[test]
    fn a_pipe_in_a_cell_loses_its_backslash_but_a_norm_does_not() {
        for (cell, expected) in [
            ("a \\| b", "a | b"),
            ("`a \\| b` \\| $c$", "`a | b` | $c$"),
            ("$\\|x\\|$ \\| y", "$\\|x\\|$ | y"),
            ("`a$b\\|c` $d$", "`a$b|c` $d$"),
            ("\\\\| é\\é\\|", "\\\\| é\\é|"),
        ] {
            assert_eq!(text(cell), expected, "{cell}");
        }
    }

    #[test]
    fn delimiters_need_dashes_and_a_border_or_a_colon() {
        use Alignment::{Center, Left, Right, Unset};
        assert_eq!(delimiters("|-|:-|-:|:-:|"), Some(vec![Unset, Left, Right, Center]));
        for line in ["---", "|", "| : |", "|-|x|", "- -|"] {
            assert_eq!(delimiters(line), None, "{line}");
        }
    }
}
