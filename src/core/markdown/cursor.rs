//! A position in a line, in columns. Tabs reach to the next multiple of four and may be consumed in parts.

/// The distance between tab stops, and the columns of indentation that make code.
pub(crate) const TAB: usize = 4;

/// A position in a line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'l> {
    line: &'l str,
    /// In bytes; always at a character boundary.
    at: usize,
    column: usize,
    /// Columns left of a partly consumed tab; its byte is already before `at`.
    left: usize,
}

/// The whitespace ahead, and the text after it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ahead<'l> {
    /// In columns.
    pub(crate) indent: usize,
    /// Starts with the first byte that is neither space nor tab.
    pub(crate) rest: &'l str,
    at: usize,
}

impl<'l> Cursor<'l> {
    pub(crate) fn new(line: &'l str) -> Self {
        Self { line, at: 0, column: 0, left: 0 }
    }

    /// Looks past the whitespace without moving.
    pub(crate) fn ahead(&self) -> Ahead<'l> {
        let mut column = self.column + self.left;
        let mut at = self.at;
        for byte in self.line.bytes().skip(self.at) {
            match byte {
                b' ' => column += 1,
                b'\t' => column += TAB - column % TAB,
                _ => break,
            }
            at += 1;
        }
        Ahead { indent: column - self.column, rest: from(self.line, at), at }
    }

    /// Skips at most `columns` of whitespace.
    pub(crate) fn skip_columns(&mut self, columns: usize) {
        let mut columns = columns;
        while columns > 0 {
            if self.left == 0 {
                match self.line.as_bytes().get(self.at) {
                    Some(b' ') => self.left = 1,
                    Some(b'\t') => self.left = TAB - self.column % TAB,
                    _ => return,
                }
                self.at += 1;
            }
            let step = self.left.min(columns);
            self.left -= step;
            self.column += step;
            columns -= step;
        }
    }

    /// Skips the whitespace and then a marker of `bytes` ASCII characters.
    pub(crate) fn skip_marker(&mut self, ahead: &Ahead<'_>, bytes: usize) {
        self.column += ahead.indent + bytes;
        self.at = ahead.at + bytes;
        self.left = 0;
    }

    /// Returns the rest of the line unchanged, and the columns of a split tab to show as spaces before it.
    pub(crate) fn raw(&self) -> (usize, &'l str) {
        (self.left, from(self.line, self.at))
    }
}

/// Returns the text from a byte on; empty if that is not a character boundary.
pub(crate) fn from(text: &str, at: usize) -> &str {
    text.get(at..).unwrap_or_default()
}

/// Returns the text before a byte; all of it if that is not a character boundary.
pub(crate) fn until(text: &str, at: usize) -> &str {
    text.get(..at).unwrap_or(text)
}

/// Counts how many of these bytes the text starts with.
pub(crate) fn run(text: &str, byte: u8) -> usize {
    text.bytes().take_while(|other| *other == byte).count()
}

/// Whether only spaces and tabs are left.
pub(crate) fn blank(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' ' | b'\t'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tab_reaches_to_the_next_stop_and_can_be_used_in_parts() {
        let mut cursor = Cursor::new("- \t\tfoo");
        let ahead = cursor.ahead();
        assert_eq!((ahead.indent, ahead.rest), (0, "- \t\tfoo"));
        cursor.skip_marker(&ahead, 1);
        assert_eq!(cursor.ahead().indent, 7);
        cursor.skip_columns(1);
        assert_eq!(cursor.ahead().indent, 6);
        cursor.skip_columns(4);
        assert_eq!(cursor.raw(), (2, "foo"));
    }

    #[test]
    fn skipping_stops_at_the_first_letter() {
        let mut cursor = Cursor::new("  foo");
        cursor.skip_columns(9);
        assert_eq!(cursor.raw(), (0, "foo"));
    }
}
