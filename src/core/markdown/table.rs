//! Rows of tables.

use crate::{
    Alignment,
    cursor::{from, run},
    inlines::{
        code::CodeSpans,
        flanks,
        formula::{Formulas, Opener},
    },
};
use std::borrow::Cow;

/// The cells of a row: between its pipes, without white space around. A pipe after a backslash is no border, and neither
/// is one in a formula. A row with more cells than `columns` probably has pipes in it that were not meant as borders: then
/// those in code are none, nor those in what may be a formula or two prices. More cells stay more cells.
pub(crate) fn cells(row: &str, columns: usize) -> Vec<&str> {
    let cells = split(row, Keep::Formulas);
    if cells.len() <= columns { cells } else { split(row, Keep::CodeToo) }
}

/// Two dollars enclose no more bytes if pipes stand between them.
const LONGEST_ENCLOSED: usize = 512;

/// What is kept together.
#[derive(Clone, Copy, PartialEq)]
enum Keep {
    /// Nothing but `\|`.
    Escapes,
    /// Formulas that are no prices.
    Formulas,
    /// All that may be a formula, and code.
    CodeToo,
}

fn split(row: &str, keep: Keep) -> Vec<&str> {
    let row = row.trim_matches([' ', '\t']);
    let row = row.strip_prefix('|').unwrap_or(row);
    let mut parts = Parts::new(row);
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
            Part::Formula(end, sure) if keep == Keep::CodeToo || keep == Keep::Formulas && sure => Some(end),
            Part::Code(end) if keep == Keep::CodeToo => Some(end),
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
    // The borders of a row that is written with one too many.
    while keep == Keep::CodeToo && cells.last().is_some_and(|cell| cell.is_empty()) {
        cells.pop();
    }
    cells
}

/// What stands at a place of a row or cell.
enum Part {
    /// Where it ends, and whether it is surely one if a pipe stands in it.
    Formula(usize, bool),
    Code(usize),
    Other,
}

struct Parts<'r> {
    text: &'r str,
    code: CodeSpans<'r>,
    formulas: Formulas<'r>,
}

impl<'r> Parts<'r> {
    fn new(text: &'r str) -> Self {
        Self { text, code: CodeSpans::new(text), formulas: Formulas::new(text) }
    }

    fn at(&mut self, at: usize, byte: u8) -> Part {
        match byte {
            b'`' => self.code.end(at).1.map_or(Part::Other, Part::Code),
            b'\\' | b'$' => {
                let before = flanks::before(crate::cursor::until(self.text, at), None);
                let Some(opener) = Opener::at(self.text, at, before) else { return Part::Other };
                let Some(end) = self.formulas.end(at, opener, &mut self.code) else { return Part::Other };
                let inner = self.text.get(at + 1..end - 1).unwrap_or_default();
                let dollar = matches!(opener, Opener::Dollar | Opener::SpacedDollar);
                Part::Formula(end, !dollar || encloses(inner))
            }
            _ => Part::Other,
        }
    }
}

/// Whether the pipes between two dollars belong to what they enclose: TeX, a norm, or something in brackets.
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

/// The text of a cell: pipes without the backslash that kept them from being borders, except in formulas.
pub(crate) fn text(cell: &str) -> Cow<'_, str> {
    if !cell.contains("\\|") {
        return cell.into();
    }
    let mut parts = Parts::new(cell);
    let mut out = String::with_capacity(cell.len());
    let mut at = 0;
    while let Some(byte) = cell.as_bytes().get(at) {
        let (end, escaped) = match (parts.at(at, *byte), byte) {
            (Part::Formula(end, _), _) => (end, false),
            (Part::Code(end), _) => (end, true),
            (Part::Other, b'\\') => (at + 1 + from(cell, at + 1).chars().next().map_or(0, char::len_utf8), true),
            (Part::Other, b'`' | b'$') => (at + run(from(cell, at), *byte), false),
            (Part::Other, _) => (from(cell, at).find(['\\', '$', '`']).map_or(cell.len(), |next| at + next), false),
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

/// Whether a line could be, or become, a row of delimiters.
pub(crate) fn may_delimit(line: &str) -> bool {
    line.bytes().all(|byte| matches!(byte, b'|' | b'-' | b':' | b' ' | b'\t'))
}

/// The alignments of a row of delimiters, `|:--|--:|`.
pub(crate) fn delimiters(line: &str) -> Option<Vec<Alignment>> {
    if !line.contains(['|', ':']) {
        return None;
    }
    split(line, Keep::Escapes).into_iter().map(alignment).collect()
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
    fn a_pipe_in_a_formula_is_no_border() {
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
