//! Rows of tables.

use crate::Alignment;
use std::borrow::Cow;

/// The cells of a row: between its pipes, without white space around. A pipe after a backslash is no border.
pub(crate) fn cells(row: &str) -> impl Iterator<Item = &str> {
    let row = row.trim_matches([' ', '\t']);
    let mut rest = Some(row.strip_prefix('|').unwrap_or(row));
    std::iter::from_fn(move || {
        let row = rest?;
        let (cell, after) = match border(row) {
            Some(at) => (row.get(..at)?, row.get(at + 1..)),
            None => (row, None),
        };
        rest = after.filter(|after| !after.is_empty());
        Some(cell.trim_matches([' ', '\t']))
    })
}

/// The text of a cell: pipes without the backslash that kept them from being borders.
pub(crate) fn text(cell: &str) -> Cow<'_, str> {
    if cell.contains("\\|") { cell.replace("\\|", "|").into() } else { cell.into() }
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
    cells(line).map(alignment).collect()
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

/// Where the first pipe stands that no backslash precedes.
fn border(row: &str) -> Option<usize> {
    let mut escaped = false;
    row.bytes().position(|byte| {
        let border = byte == b'|' && !escaped;
        escaped = byte == b'\\' && !escaped;
        border
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
            assert_eq!(cells(row).collect::<Vec<_>>(), expected, "{row}");
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
