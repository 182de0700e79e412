//! Tells a stream from a complete body by its bytes, whatever the headers say.

/// Most bytes of leading white space to wait through: some gateways send it while the model thinks.
const MOST_SPACE: usize = 4_096;

/// How to read the body of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyKind {
    /// As events, while they arrive.
    Events,
    /// Once it is complete: JSON, or a web page.
    Whole,
}

impl BodyKind {
    /// Returns the kind of a body that begins with these bytes; `None` while they do not decide it. No line of a
    /// stream starts with `{`, `[` or `<`.
    ///
    /// ```
    /// use headroom_protocol::BodyKind;
    ///
    /// assert_eq!(BodyKind::of(b"\n\n"), None);
    /// assert_eq!(BodyKind::of(b": ping"), Some(BodyKind::Events));
    /// assert_eq!(BodyKind::of(b" {\"choices\":"), Some(BodyKind::Whole));
    /// ```
    #[must_use]
    pub fn of(start: &[u8]) -> Option<Self> {
        let text = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(start);
        match text.iter().find(|byte| !byte.is_ascii_whitespace()) {
            None if start.len() <= MOST_SPACE => None,
            // May be a byte order mark, whose three bytes can arrive one by one.
            Some(0xEF) if start.len() < 3 => None,
            Some(b'{' | b'[' | b'<') => Some(Self::Whole),
            _ => Some(Self::Events),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_byte_that_is_not_blank_tells_a_stream_from_what_comes_whole() {
        let space = " ".repeat(5_000);
        for (start, kind) in [
            ("", None),
            (" \r\n\t", None),
            ("\u{feff}", None),
            ("\u{feff} \n", None),
            ("data: {", Some(BodyKind::Events)),
            ("\n\ndata:", Some(BodyKind::Events)),
            (": keep-alive", Some(BodyKind::Events)),
            ("event: error", Some(BodyKind::Events)),
            ("\u{feff}data: x", Some(BodyKind::Events)),
            ("{\"error\"", Some(BodyKind::Whole)),
            ("\r\n {", Some(BodyKind::Whole)),
            ("\u{feff}[", Some(BodyKind::Whole)),
            ("<!doctype html>", Some(BodyKind::Whole)),
            ("upstream failed", Some(BodyKind::Events)),
            // Its first byte is that of a byte order mark.
            ("ＯＫ", Some(BodyKind::Events)),
            (space.as_str(), Some(BodyKind::Events)),
        ] {
            assert_eq!(BodyKind::of(start.as_bytes()), kind, "{start:?}");
        }
        assert_eq!(BodyKind::of(b"\xEF"), None, "a byte order mark that is not whole");
        assert_eq!(BodyKind::of(b"\xEF\xBB"), None);
    }
}
