//! The headers of a response, as far as the browser exposes them.

/// Most headers that are kept; no server sends this many.
const MOST_HEADERS: usize = 256;

/// Response headers, looked up by case-insensitive names.
///
/// ```
/// use headroom_protocol::Headers;
///
/// let headers: Headers = [("Retry-After", "7")].into_iter().collect();
/// assert_eq!(headers.get("retry-after"), Some("7"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// Returns the first value of a header.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Returns all headers; names are in lower case, values are trimmed.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl<N: AsRef<str>, V: AsRef<str>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(headers: I) -> Self {
        let kept = headers.into_iter().take(MOST_HEADERS);
        Self(kept.map(|(name, value)| (name.as_ref().to_ascii_lowercase(), value.as_ref().trim().to_owned())).collect())
    }
}
