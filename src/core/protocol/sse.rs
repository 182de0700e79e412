//! Parses server-sent events from bytes that arrive in any portions.
//!
//! Source: WHATWG HTML, "Interpreting an event stream". Two fields are ignored on purpose: `id` and `retry` serve
//! reconnecting, and a completion must never be requested again without the user's knowledge, because it would be
//! billed twice.
//!
//! [`SseParser::lenient`] also reads what servers of chat completions write instead of the standard: a field `error`,
//! JSON and plain words without a field, and events without an empty line between them.

use std::fmt;

/// One event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SseEvent {
    /// The name in `event:`; empty if there was none, which means `message`.
    pub name: String,
    /// The lines of `data:`, joined by LF.
    pub data: String,
}

/// Why a stream cannot be read any further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SseError {
    /// A line, or the data of one event, is longer than this many bytes.
    TooLarge {
        /// The limit that was passed.
        limit: usize,
    },
}

impl fmt::Display for SseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::TooLarge { limit } = self;
        write!(f, "One event of the stream is larger than {}, the most that is read.", size(*limit))
    }
}

impl std::error::Error for SseError {}

/// Formats a number of bytes for display.
pub(crate) fn size(bytes: usize) -> String {
    match bytes {
        0..1_024 => format!("{bytes} bytes"),
        1_024..1_048_576 => format!("{} KB", bytes / 1_024),
        _ => format!("{} MB", bytes / 1_048_576),
    }
}

/// A push parser: bytes go in as they arrive, events come out as they end.
///
/// Work is linear in the bytes. Memory is at most a line and an event, each of at most the limit.
/// Lines are decoded once complete, so a character may be cut anywhere; invalid UTF-8 becomes U+FFFD.
///
/// ```
/// use headroom_protocol::SseParser;
///
/// let mut parser = SseParser::new(1_000);
/// let mut events = Vec::new();
/// parser.push(b"data: hel", &mut events)?;
/// parser.push(b"lo\n\n", &mut events)?;
/// assert_eq!(events[0].data, "hello");
/// # Ok::<(), headroom_protocol::SseError>(())
/// ```
#[derive(Clone, Debug)]
pub struct SseParser {
    limit: usize,
    /// Whether the parser accepts more than the standard.
    is_lenient: bool,
    /// The start of a line whose end has not arrived.
    line: Vec<u8>,
    /// The last byte was a CR: an LF right after it belongs to the same line end, even in the next portion.
    after_cr: bool,
    /// No line has ended yet, so the line may start with a byte order mark.
    at_start: bool,
    name: String,
    data: String,
    /// Whether `data` arrived: it may be empty, as `data:` alone is an event with empty data.
    has_data: bool,
    failed: Option<SseError>,
}

impl SseParser {
    /// Creates a parser that fails at a line or event data of more than `limit` bytes.
    #[must_use]
    pub const fn new(limit: usize) -> Self {
        Self {
            limit,
            is_lenient: false,
            line: Vec::new(),
            after_cr: false,
            at_start: true,
            name: String::new(),
            data: String::new(),
            has_data: false,
            failed: None,
        }
    }

    /// Creates a parser that accepts what servers mean. A field `error` is an event of that name; a line that is not a
    /// field is data; and a line of data that begins JSON, after data that ended it, begins an event.
    #[must_use]
    pub fn lenient(limit: usize) -> Self {
        let mut parser = Self::new(limit);
        parser.is_lenient = true;
        parser
    }

    /// Takes the next bytes and adds the events that end in them to `events`.
    ///
    /// # Errors
    /// [`SseError`], again on every later call. Events from before the error are in `events`.
    pub fn push(&mut self, bytes: &[u8], events: &mut Vec<SseEvent>) -> Result<(), SseError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        self.read(bytes, events).inspect_err(|error| self.failed = Some(*error))
    }

    /// Returns what had begun when the bytes ended. The standard discards it; servers that omit the last empty line are
    /// common enough for the caller to examine it.
    #[must_use]
    pub fn finish(mut self) -> Vec<SseEvent> {
        let line = std::mem::take(&mut self.line);
        let ended = self.end_line(&line).unwrap_or_default();
        ended.into_iter().chain(self.end_event()).collect()
    }

    fn read(&mut self, bytes: &[u8], events: &mut Vec<SseEvent>) -> Result<(), SseError> {
        let mut rest = bytes;
        if self.after_cr && !rest.is_empty() {
            self.after_cr = false;
            rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        }
        while let Some(length) = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            let (line, end) = rest.split_at(length);
            rest = match end {
                [b'\r', b'\n', rest @ ..] => rest,
                [b'\r'] => {
                    self.after_cr = true;
                    &[]
                }
                [_, rest @ ..] => rest,
                [] => &[],
            };
            self.check(self.line.len() + line.len())?;
            if self.line.is_empty() {
                events.extend(self.end_line(line)?);
            } else {
                // Taken out and put back to reuse its memory for the next line.
                let mut whole = std::mem::take(&mut self.line);
                whole.extend_from_slice(line);
                events.extend(self.end_line(&whole)?);
                whole.clear();
                self.line = whole;
            }
        }
        self.check(self.line.len() + rest.len())?;
        self.line.extend_from_slice(rest);
        Ok(())
    }

    const fn check(&self, bytes: usize) -> Result<(), SseError> {
        if bytes > self.limit {
            return Err(SseError::TooLarge { limit: self.limit });
        }
        Ok(())
    }

    fn end_line(&mut self, line: &[u8]) -> Result<Option<SseEvent>, SseError> {
        let mut line = line;
        if std::mem::take(&mut self.at_start) {
            line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
        }
        if line.is_empty() {
            return Ok(self.end_event());
        }
        let (field, value) = match line.iter().position(|byte| *byte == b':') {
            Some(colon) => {
                let (field, value) = line.split_at(colon);
                let value = value.strip_prefix(b":").unwrap_or(value);
                (field, value.strip_prefix(b" ").unwrap_or(value))
            }
            None => (line, &[] as &[u8]),
        };
        match field {
            b"data" => return self.add_data(&String::from_utf8_lossy(value)),
            b"event" => self.name = String::from_utf8_lossy(value).into_owned(),
            field if self.is_lenient && field.eq_ignore_ascii_case(b"error") && !value.is_empty() => {
                let ended = self.end_event();
                self.add_data(&String::from_utf8_lossy(value))?;
                self.name = "error".into();
                return Ok(ended);
            }
            // Ignored on purpose, as the module's documentation explains.
            b"id" | b"retry" => {}
            field if self.is_lenient && (field.len() == line.len() || !is_name(field)) => {
                return self.add_data(&String::from_utf8_lossy(line));
            }
            // A comment (empty field), or an unknown field.
            _ => {}
        }
        Ok(None)
    }

    /// Adds a line of data. Returns the previous event if this line begins another one.
    fn add_data(&mut self, value: &str) -> Result<Option<SseEvent>, SseError> {
        let begins = self.is_lenient && self.has_data && begins_json(value) && self.data.trim_end().ends_with('}');
        let ended = begins.then(|| self.end_event()).flatten();
        self.check(self.data.len() + 1 + value.len())?;
        if self.has_data {
            self.data.push('\n');
        }
        self.data.push_str(value);
        self.has_data = true;
        Ok(ended)
    }

    fn end_event(&mut self) -> Option<SseEvent> {
        let name = std::mem::take(&mut self.name);
        let data = std::mem::take(&mut self.data);
        std::mem::take(&mut self.has_data).then_some(SseEvent { name, data })
    }
}

/// Returns whether a line begins a new JSON document, or is the end marker.
fn begins_json(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with('{') || line.starts_with("[DONE]")
}

/// Returns whether this could be the name of a field: one word, in a line that has a colon.
fn is_name(field: &[u8]) -> bool {
    field.len() <= 20 && field.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

#[cfg(test)]
#[path = "sse_tests.rs"]
mod tests;
