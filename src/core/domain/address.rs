//! Reads the base URL from typed or pasted text: without a scheme, copied with an endpoint, or missing its path.
//!
//! Certain fixes are applied and reported; guesses are offered for the user to decide.

use crate::{
    origin::{BaseUrl, UrlError},
    pasted_text::{assigned, plain, unquoted},
    provider::presets,
};

/// Words that name an address in files.
const NAMES: [&str; 5] = ["url", "base", "endpoint", "host", "address"];

/// Endpoints that are often copied with the base URL.
const ENDPOINTS: [&str; 6] = ["/chat/completions", "/completions", "/models", "/embeddings", "/responses", "/messages"];

/// Endpoints of Ollama's own API; the API this page uses is under `/v1`.
const OLLAMA_ENDPOINTS: [&str; 4] = ["/api/chat", "/api/generate", "/api/tags", "/api"];

/// Hosts that mean "all addresses of this machine" to a listening server, and nothing to a browser.
const ANY_ADDRESS: [&str; 2] = ["0.0.0.0", "[::]"];

/// A typed address and the base URL that is used for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The URL that is used.
    pub url: BaseUrl,
    /// What was fixed, in the order it is reported.
    pub changes: Vec<AddressChange>,
    /// A likely intended URL; only the user knows.
    pub suggestion: Option<BaseUrl>,
}

/// Why an address cannot be used, and a likely alternative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressError {
    /// The error.
    pub error: UrlError,
    /// The likely intended URL.
    pub suggestion: Option<BaseUrl>,
}

/// A fix that was applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddressChange {
    /// The scheme was missing.
    Scheme(&'static str),
    /// An address that only servers listen on, replaced with `localhost`.
    ThisComputer,
    /// Doubled slashes.
    Slashes,
    /// An endpoint that the page appends itself.
    Endpoint(&'static str),
    /// The path documented by this provider.
    Path(String),
    /// Quotes, a name, invisible characters.
    Pasted,
}

impl AddressChange {
    fn words(&self) -> String {
        match self {
            Self::Scheme(scheme) => format!("added {scheme}://"),
            Self::ThisComputer => "changed the host to localhost".to_owned(),
            Self::Slashes => "removed extra slashes".to_owned(),
            Self::Endpoint(endpoint) => format!("removed {endpoint}"),
            Self::Path(path) => format!("added {path}"),
            Self::Pasted => "removed extra text".to_owned(),
        }
    }
}

impl Address {
    /// Reads typed or pasted text.
    ///
    /// ```
    /// use headroom_domain::Address;
    ///
    /// let address = Address::of("localhost:11434").unwrap();
    /// assert_eq!(address.url.to_string(), "http://localhost:11434/v1");
    /// assert_eq!(address.note().as_deref(), Some("Using http://localhost:11434/v1: added http://, added /v1."));
    /// ```
    ///
    /// # Errors
    /// An [`AddressError`], with the likely intended URL if there is one.
    pub fn of(typed: &str) -> Result<Self, AddressError> {
        let mut changes = Vec::new();
        let (text, invisible) = plain(typed);
        let text = text.trim();
        let bare = unwrapped(text);
        if invisible || bare != text {
            changes.push(AddressChange::Pasted);
        }
        let (text, scheme) = with_scheme(bare);
        changes.extend(scheme.map(AddressChange::Scheme));
        let (text, endpoint) = without_endpoint(&text, &mut changes);
        changes.extend(endpoint.map(AddressChange::Endpoint));
        let (text, is_any) = of_this_computer(&text);
        changes.extend(is_any.then_some(AddressChange::ThisComputer));
        let mut url =
            BaseUrl::parse(&text).map_err(|error| AddressError { error, suggestion: by_https(&text, error) })?;
        if !url.origin().is_within_policy() {
            let suggestion = on_localhost(&url);
            return Err(AddressError { error: UrlError::OtherLoopback, suggestion });
        }
        let mut suggestion = None;
        match documented(&url) {
            Some(known) if url.path().is_empty() || OLLAMA_ENDPOINTS.contains(&url.path()) => {
                changes.push(AddressChange::Path(known.path().to_owned()));
                url = known;
            }
            Some(known) => suggestion = Some(known).filter(|known| *known != url),
            None => suggestion = with_version(&url),
        }
        Ok(Self { url, changes, suggestion })
    }

    /// Returns one sentence about what was fixed. `None` if nothing was.
    #[must_use]
    pub fn note(&self) -> Option<String> {
        let words: Vec<String> = self.changes.iter().map(AddressChange::words).collect();
        (!words.is_empty()).then(|| format!("Using {}: {}.", self.url, words.join(", ")))
    }
}

/// Removes quotes, a name before it, and punctuation after it.
fn unwrapped(text: &str) -> &str {
    let mut bare = text;
    for _ in 0..3 {
        // `http:` is not a name.
        let name = bare.split("://").next().filter(|before| before.len() < bare.len());
        let value = name.and_then(|_| assigned(bare, &NAMES)).filter(|value| value.contains("://"));
        bare = value.unwrap_or(bare).trim();
        bare = unquoted(bare).unwrap_or(bare).trim();
        bare = bare.trim_end_matches([',', ';', '.', '"', '\'', '`', '?', '#', '>']).trim_end();
    }
    bare
}

/// Adds the intended scheme if it is missing. Returns it, too.
fn with_scheme(text: &str) -> (String, Option<&'static str>) {
    if text.contains("://") {
        return (text.to_owned(), None);
    }
    for scheme in ["https", "http"] {
        // `https:/host`, and `//host` as web pages write it.
        let start = text.get(..scheme.len() + 2).is_some_and(|it| it.eq_ignore_ascii_case(&format!("{scheme}:/")));
        if start {
            return (format!("{scheme}://{}", text.get(scheme.len() + 2..).unwrap_or_default()), Some(scheme));
        }
    }
    let text = text.trim_start_matches('/');
    let authority = text.split(['/', '?', '#']).next().unwrap_or_default();
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let is_port = port.is_some_and(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()));
    let is_name = host.eq_ignore_ascii_case("localhost") || (host.contains('.') && !host.contains('@'));
    let is_host = if port.is_some() { is_port } else { is_name || host.starts_with('[') };
    if !is_host || host.is_empty() {
        return (text.to_owned(), None);
    }
    // Use http only for hosts that allow it.
    let plain = BaseUrl::parse(&format!("http://{authority}")).is_ok() || ANY_ADDRESS.contains(&host);
    let scheme = if plain { "http" } else { "https" };
    (format!("{scheme}://{text}"), Some(scheme))
}

fn of_this_computer(text: &str) -> (String, bool) {
    for any in ANY_ADDRESS {
        let rest = text.split_once("://").and_then(|(scheme, rest)| Some((scheme, rest.strip_prefix(any)?)));
        if let Some((scheme, rest)) = rest.filter(|(_, rest)| rest.is_empty() || rest.starts_with([':', '/'])) {
            return (format!("{scheme}://localhost{rest}"), true);
        }
    }
    (text.to_owned(), false)
}

/// Removes doubled slashes and the endpoint at the end. Returns the endpoint, too.
fn without_endpoint(text: &str, changes: &mut Vec<AddressChange>) -> (String, Option<&'static str>) {
    let Some((scheme, rest)) = text.split_once("://") else { return (text.to_owned(), None) };
    let rest = rest.trim_start_matches('/').trim_end_matches('/');
    let mut single = String::with_capacity(rest.len());
    for c in rest.chars() {
        if c != '/' || !single.ends_with('/') {
            single.push(c);
        }
    }
    if single.len() < rest.len() {
        changes.push(AddressChange::Slashes);
    }
    let endpoint = ENDPOINTS.into_iter().find(|endpoint| single.ends_with(endpoint));
    let base = endpoint.and_then(|endpoint| single.strip_suffix(endpoint)).unwrap_or(&single);
    (format!("{scheme}://{base}"), endpoint)
}

/// Returns the base URL documented by the provider at this origin, if it is a known one.
fn documented(url: &BaseUrl) -> Option<BaseUrl> {
    presets().into_iter().map(|preset| preset.base_url).find(|known| known.origin() == url.origin())
}

/// Appends `/v1` if the path has no version and is empty or one that often lacks it.
fn with_version(url: &BaseUrl) -> Option<BaseUrl> {
    match url.path() {
        path @ ("" | "/api" | "/openai") => url.at_path(&format!("{path}/v1")),
        path if OLLAMA_ENDPOINTS.contains(&path) => url.at_path("/v1"),
        _ => None,
    }
}

/// Returns the same server by the name that the policy allows.
fn on_localhost(url: &BaseUrl) -> Option<BaseUrl> {
    BaseUrl::parse(&format!("http://localhost:{}{}", url.origin().port(), url.path())).ok()
}

/// Returns the same URL over https, if http was the only error. In a private network few servers support https.
fn by_https(text: &str, error: UrlError) -> Option<BaseUrl> {
    let rest = text.strip_prefix("http://").filter(|_| error == UrlError::PlainHttp)?;
    BaseUrl::parse(&format!("https://{rest}")).ok().filter(|url| !url.origin().is_nearby())
}

#[cfg(test)]
#[path = "address_tests.rs"]
mod tests;
