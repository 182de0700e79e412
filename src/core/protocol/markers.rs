//! Finds markup in text that arrives in pieces.

/// Returns how many bytes at the end of the text may be the start of one of the marks.
pub(crate) fn started(text: &str, marks: &[&str]) -> usize {
    let longest = marks.iter().map(|mark| mark.len()).max().unwrap_or(0).min(text.len() + 1);
    let is_start = |length: &usize| {
        let from = text.len() - *length;
        text.get(from..).is_some_and(|end| marks.iter().any(|mark| mark.len() > end.len() && mark.starts_with(end)))
    };
    (1..longest).rev().find(is_start).unwrap_or(0)
}

/// Returns whether the entire text may be the start of one of the marks.
pub(crate) fn may_become(text: &str, marks: &[&str]) -> bool {
    marks.iter().any(|mark| mark.len() > text.len() && mark.starts_with(text))
}

/// Returns the character that closes a quotation opened by this one.
pub(crate) const fn closing_quote(before: Option<char>) -> Option<char> {
    match before {
        Some('`' | '"' | '\'' | '*' | '_') => before,
        Some('“') => Some('”'),
        Some('‘') => Some('’'),
        Some('«') => Some('»'),
        Some('「') => Some('」'),
        Some('(') => Some(')'),
        _ => None,
    }
}

/// Returns whether text between these two characters is quoted: it mentions the mark and does not use it.
pub(crate) fn is_quoted(before: Option<char>, after: Option<char>) -> bool {
    after.is_some() && closing_quote(before) == after
}

/// Tracks code in text, by the relevant part of Markdown's rules: code in backticks ends with its line.
#[derive(Clone, Debug)]
pub(crate) struct Code {
    /// Only white space and quote marks so far on this line.
    line_is_blank: bool,
    /// The current run of backticks or tildes: mark, count, and whether it begins the line.
    run: (char, usize, bool),
    /// The open fence.
    fence: Option<(char, usize)>,
    /// How many backticks opened the inline code on this line; 0 outside of it.
    inline: usize,
}

impl Default for Code {
    fn default() -> Self {
        Self { line_is_blank: true, run: ('`', 0, false), fence: None, inline: 0 }
    }
}

impl Code {
    /// Returns whether the next character is in code. Ends a run of marks that it does not belong to.
    pub(crate) fn holds(&mut self, next: char) -> bool {
        let (mark, count, begins) = self.run;
        if count > 0 && next != mark {
            self.run.1 = 0;
            match self.fence {
                Some((fence, length)) if begins && mark == fence && count >= length && next.is_whitespace() => {
                    self.fence = None;
                }
                Some(_) => {}
                None if begins && count >= 3 => self.fence = Some((mark, count)),
                None if mark == '`' && self.inline == 0 => self.inline = count,
                None if mark == '`' && self.inline == count => self.inline = 0,
                None => {}
            }
        }
        self.fence.is_some() || self.inline > 0
    }

    /// Consumes the character.
    pub(crate) fn take(&mut self, character: char) {
        match character {
            '`' | '~' if self.run.1 > 0 => self.run.1 += 1,
            '`' | '~' => self.run = (character, 1, self.line_is_blank),
            '\n' => {
                self.line_is_blank = true;
                self.inline = 0;
            }
            '>' => {}
            other if other.is_whitespace() => {}
            _ => self.line_is_blank = false,
        }
    }

    /// Returns whether only white space and quote marks precede on this line.
    pub(crate) const fn at_line_start(&self) -> bool {
        self.line_is_blank
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_of_a_mark_is_found_at_the_end() {
        let marks = ["</think>", "[/THINK]"];
        for (text, length) in [("", 0), ("a", 0), ("a<", 1), ("a</thin", 6), ("a</think>", 0), ("🦀[", 1), ("</</t", 3)]
        {
            assert_eq!(started(text, &marks), length, "{text}");
        }
        assert_eq!(started("a<|end|>", &["<|end|>", "<|return|>"]), 0, "a complete mark is not the start of one");
        assert!(may_become("<", &marks) && may_become("", &marks) && !may_become("</think>", &marks));
    }

    #[test]
    fn code_is_told_from_text() {
        // Capital letters stand for code.
        for text in [
            "a `B` c",
            "``A`B`` c",
            "```\nA\n```\nb",
            "~~~\n`A\n~~~ \nb",
            "> ```\n> A",
            "`OPEN\nb",
            "a ``` B",
            "```\nA ``` B\n````\nc",
        ] {
            let mut code = Code::default();
            for character in text.chars() {
                let holds = code.holds(character);
                code.take(character);
                if character.is_ascii_alphabetic() {
                    assert_eq!(holds, character.is_ascii_uppercase(), "{character} in {text:?}");
                }
            }
        }
    }
}
