//! Reads how long the body of a rejection asks to wait: in its fields, or in its message.

use serde_json::Value;

use crate::{
    durations::{Unit, Wait, duration, number, of_number, read_wait},
    timestamps::{float, timestamp},
};

/// Most characters of text that are kept.
const MOST_WORDS: usize = 4_096;
/// Most values of a body that are examined.
const MOST_VALUES: usize = 512;
/// Most levels of nesting. A string that contains JSON counts as one more level.
const DEEPEST: usize = 12;

/// What a body says about waiting.
#[derive(Debug)]
pub(crate) struct StatedDelay {
    /// The requested wait; the longest, if there are several.
    pub(crate) wait: Option<Wait>,
    /// When a limit resets; the first, if there are several.
    pub(crate) reset: Option<Wait>,
    /// All strings of the body.
    pub(crate) words: String,
    values_left: usize,
    now_unix_ms: u64,
}

impl StatedDelay {
    /// Reads a body: JSON of any shape, or plain text.
    pub(crate) fn of(body: &str, now_unix_ms: u64) -> Self {
        let words = String::new();
        let mut stated = Self { wait: None, reset: None, words, values_left: MOST_VALUES, now_unix_ms };
        match serde_json::from_str::<Value>(body) {
            Ok(value) => stated.read("", &value, DEEPEST),
            Err(_) => stated.add_words(body),
        }
        if let Some(wait) = wait_in_words(&stated.words, now_unix_ms) {
            stated.wait = Some(stated.wait.map_or(wait, |known| known.or_longer(wait)));
        }
        stated.reset = stated.reset.or_else(|| reset_in_words(&stated.words, now_unix_ms));
        if stated.wait.or(stated.reset).is_none() {
            stated.reset = any_in_words(&stated.words);
        }
        stated
    }

    fn read(&mut self, key: &str, value: &Value, depth: usize) {
        if depth == 0 || self.values_left == 0 {
            return;
        }
        self.values_left -= 1;
        let field = Field::of(key);
        match (value, field) {
            // Google's duration as an object: `{"seconds": 53}`.
            (Value::Object(fields), Some(field)) if fields.contains_key("seconds") => {
                if let Some(seconds) = fields.get("seconds") {
                    self.read_field(Field { unit: Unit::Seconds, ..field }, seconds);
                }
            }
            (Value::Object(fields), _) => fields.iter().for_each(|(key, value)| self.read(key, value, depth - 1)),
            (Value::Array(values), _) => values.iter().for_each(|value| self.read(key, value, depth - 1)),
            (Value::String(_) | Value::Number(_), Some(field)) => self.read_field(field, value),
            // OpenRouter passes on the upstream provider's response as a string.
            (Value::String(text), None) => match serde_json::from_str::<Value>(text) {
                Ok(inner @ (Value::Object(_) | Value::Array(_))) => self.read("", &inner, depth - 1),
                _ => self.add_words(text),
            },
            _ => {}
        }
    }

    fn read_field(&mut self, field: Field, value: &Value) {
        let wait = match value {
            Value::Number(number) => of_number(number.as_f64().unwrap_or(f64::INFINITY), field.unit, self.now_unix_ms),
            Value::String(text) => read_wait(text, field.unit, self.now_unix_ms),
            _ => None,
        };
        match wait {
            None => {}
            Some(wait) if field.resets => self.reset = self.reset.or(Some(wait)),
            Some(wait) => self.wait = Some(self.wait.map_or(wait, |known| known.or_longer(wait))),
        }
    }

    fn add_words(&mut self, text: &str) {
        let room = MOST_WORDS.saturating_sub(self.words.len());
        // Each string is one line.
        self.words.extend(text.chars().take(room).map(|c| if c == '\n' { ' ' } else { c }));
        self.words.push('\n');
    }
}

/// The meaning of a field of a body, or of a header quoted in it.
#[derive(Clone, Copy, Debug)]
struct Field {
    /// It states when a limit resets, not how long to wait.
    resets: bool,
    unit: Unit,
}

impl Field {
    /// Recognizes `retry_after_ms`, `retryDelay`, `resets_in_seconds`, `X-RateLimit-Reset` and the like.
    fn of(key: &str) -> Option<Self> {
        const WAITS: [&str; 7] =
            ["retryafter", "retrydelay", "retryin", "waitseconds", "waitms", "waittime", "cooldown"];
        const RESETS: [&str; 10] = [
            "ratelimitreset",
            "resetat",
            "resetsat",
            "resetin",
            "resetsin",
            "resetafter",
            "resettime",
            "resetseconds",
            "resetms",
            "resetdate",
        ];
        let name: String = key.chars().take(64).filter(char::is_ascii_alphanumeric).collect();
        let name = name.to_ascii_lowercase();
        let is = |names: &[&str]| names.iter().any(|known| name.contains(known));
        let resets = is(&RESETS) || name == "reset";
        (resets || is(&WAITS)).then(|| Self { resets, unit: unit_of(&name) })
    }
}

/// Returns the unit at the end of a name.
fn unit_of(name: &str) -> Unit {
    let ends = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
    if ends(&["ms", "millis", "milliseconds"]) {
        Unit::Milliseconds
    } else if ends(&["minutes", "mins"]) {
        Unit::Minutes
    } else {
        Unit::Seconds
    }
}

/// Reads `Please try again in 2.5s`, `retry after 20 seconds`, `wait 3 hours 49 minutes before …`.
fn wait_in_words(words: &str, now_unix_ms: u64) -> Option<Wait> {
    after_stem(words, &["try", "retry", "wait", "available", "cooldown"], now_unix_ms)
}

/// Reads `Your limit resets in 6 hours`, `… will be replenished in 00:02:54`, `… until 2026-12-01T00:00:00Z`.
fn reset_in_words(words: &str, now_unix_ms: u64) -> Option<Wait> {
    const STEMS: [&str; 9] =
        ["reset", "replenish", "refresh", "renew", "refill", "resume", "until", "unlock", "recover"];
    after_stem(words, &STEMS, now_unix_ms)
}

/// Reads `You get more in 6 hours`.
fn any_in_words(words: &str) -> Option<Wait> {
    let mut places = words.match_indices(" in ");
    places.find_map(|(at, found)| Wait::of_ms(duration(words.get(at + found.len()..)?)?.0))
}

/// Returns the first time that follows a word with one of these beginnings.
fn after_stem(words: &str, stems: &[&str], now_unix_ms: u64) -> Option<Wait> {
    let mut before = ' ';
    words.char_indices().find_map(|(at, c)| {
        let is_start = !before.is_ascii_alphanumeric();
        before = c;
        let rest = words.get(at..).filter(|_| is_start)?;
        let stem =
            stems.iter().find(|stem| rest.get(..stem.len()).is_some_and(|start| start.eq_ignore_ascii_case(stem)))?;
        time(rest.get(stem.len()..)?, *stem == "until", now_unix_ms)
    })
}

/// Most words between "try again" and a time.
const MOST_BETWEEN: usize = 8;

/// Reads the time at the start of the text, after words that may precede one: `ing this request after '900' seconds`,
/// `_delay { seconds: 53 }`. A number without a unit counts only if one of these words leads to it.
fn time(text: &str, mut leads: bool, now_unix_ms: u64) -> Option<Wait> {
    let (mut rest, mut unit, mut is_moment) = (text, Unit::Seconds, leads);
    for _word in 0..MOST_BETWEEN {
        rest = rest.trim_start_matches(|c: char| !c.is_ascii_alphanumeric() && c != '\n');
        let timestamp = || until(rest, now_unix_ms).filter(|_| leads);
        let duration = || Wait::of_ms(duration(rest)?.0);
        let found = if is_moment { timestamp().or_else(duration) } else { duration().or_else(timestamp) };
        if found.is_some() {
            return found;
        }
        if let Some((number, after)) = number(rest) {
            let is_alone =
                after.is_empty() || after.starts_with(|c: char| !c.is_ascii_alphanumeric() && !"/:%".contains(c));
            let is_count = after.trim_start().starts_with(|c: char| c.is_ascii_alphabetic())
                && !after.trim_start().starts_with("before");
            return (leads && is_alone && !is_count).then(|| of_number(number, unit, now_unix_ms)).flatten();
        }
        let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        let word = word.to_ascii_lowercase();
        match word.as_str() {
            "at" | "on" | "until" | "by" => (leads, is_moment) = (true, true),
            "in" | "for" | "is" | "after" | "delay" | "seconds" => leads = true,
            "tomorrow" | "midnight" => return until(rest, now_unix_ms),
            "ms" | "milliseconds" => (leads, unit) = (true, Unit::Milliseconds),
            "again" | "later" | "about" | "approximately" | "around" | "roughly" | "another" | "least" | "the"
            | "next" | "your" | "this" | "request" | "requests" | "please" | "more" | "than" | "to" | "it"
            | "limit" | "limits" | "quota" | "will" | "be" | "time" | "s" | "es" | "ed" | "ing" | "ished" => {}
            // `retryAfterMs`, `retrying`: the rest of the word itself.
            _ if word.starts_with("after") || word.starts_with("delay") => (leads, unit) = (true, unit_of(&word)),
            _ => return None,
        }
        rest = after;
    }
    None
}

/// Returns the wait until the date or time at the start of the text. Words after it are dropped one by one.
fn until(text: &str, now_unix_ms: u64) -> Option<Wait> {
    const MOST: usize = 8;
    let end = text.find(['\n', '(', '"', '\'']).unwrap_or(text.len());
    let text = text.get(..end)?;
    let mut ends: Vec<usize> = text.match_indices(' ').map(|(at, _)| at).take(MOST).collect();
    ends.push(text.len());
    let mut candidates = ends.into_iter().take(MOST).rev();
    candidates.find_map(|end| {
        let date = text.get(..end)?.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        Wait::of_ms(timestamp(date, now_unix_ms)? - float(now_unix_ms))
    })
}

#[cfg(test)]
#[path = "retry_delays_tests.rs"]
mod tests;
