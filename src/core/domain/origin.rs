//! Addresses of providers: the origin a key is bound to, and the base URL of its requests.
//!
//! Only addresses that a browser would leave unchanged are accepted. So the origin checked here is the origin the
//! browser connects to, and a key cannot leak through an address that two parsers read differently.

use std::{
    fmt,
    net::{Ipv4Addr, Ipv6Addr},
};

use serde::{Deserialize, Serialize};

/// The hosts that the page may connect to over plain http: this machine, by the names that a content security policy
/// can express. `*.` stands for any subdomain. The policy of the built page is generated from this list.
pub const PLAIN_HTTP_HOSTS: [&str; 3] = ["localhost", "127.0.0.1", "*.localhost"];

/// Suffixes of names that exist only in a home or office network.
const PRIVATE_ENDINGS: [&str; 6] = [".local", ".lan", ".internal", ".home.arpa", ".intranet", ".ts.net"];

/// The longest accepted base URL, in bytes.
const LONGEST_URL: usize = 2_048;

/// A web origin: scheme, host, and port, in their normal form (`https://api.cerebras.ai`).
///
/// It is https, or http on this machine: over plain http anyone along the network path could read the key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Origin(String);

/// The common part of an API's URLs: `https://api.cerebras.ai/v1`, without a trailing slash.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BaseUrl {
    origin: Origin,
    /// Empty, or starts with `/`, without a trailing slash.
    path: String,
}

/// Why a string is not a base URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UrlError {
    /// It is empty.
    Empty,
    /// It is longer than any real address.
    TooLong,
    /// It starts with neither `https://` nor `http://`.
    NoScheme,
    /// It is plain http to another machine.
    PlainHttp,
    /// It is plain http to this machine, by an address that no content security policy can name.
    OtherLoopback,
    /// It has a user name or password before the host.
    Credentials,
    /// The host is missing, or not a host name or IP address in normal form.
    Host,
    /// The port is not a number from 1 to 65535.
    Port,
    /// It has a `?` or `#` part.
    QueryOrFragment,
    /// The path has `.` or `..`, a backslash, a space, or another invalid character.
    Path,
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "Enter the address of the API, such as https://api.example.com/v1.",
            Self::TooLong => "This address is too long.",
            Self::NoScheme => "The address must start with https:// (or http:// for a server on this computer).",
            Self::PlainHttp => {
                "Over http://, others on the network could read your key. Use https://, or http://localhost for a \
                 server on this computer."
            }
            Self::OtherLoopback => {
                "Over http://, this page can reach only localhost and 127.0.0.1. Use http://localhost with the same port."
            }
            Self::Credentials => "Remove the user name and password from the address. The key has its own field.",
            Self::Host => "The server name in this address is not valid.",
            Self::Port => "The port in this address must be a number from 1 to 65535.",
            Self::QueryOrFragment => "The address must end in a path such as /v1. Remove everything from ? or #.",
            Self::Path => "The path in this address has an invalid character or step (..).",
        })
    }
}

impl std::error::Error for UrlError {}

impl Origin {
    /// Parses the origin of an address, which may have a path.
    ///
    /// # Errors
    /// As [`BaseUrl::parse`].
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        BaseUrl::parse(text).map(|url| url.origin)
    }

    /// Returns it as browsers write it: `https://host` or `https://host:port`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the host without scheme and port; an IPv6 address is in brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        let rest = self.0.split_once("://").map_or("", |(_, rest)| rest);
        match rest.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => host,
            _ => rest,
        }
    }

    /// Returns the port, or the scheme's default.
    #[must_use]
    pub fn port(&self) -> u16 {
        let usual = if self.0.starts_with("https") { 443 } else { 80 };
        let after_host = self.0.rsplit_once(':').map_or("", |(_, port)| port);
        after_host.parse().unwrap_or(usual)
    }

    /// Whether it is this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        is_loopback(self.host())
    }

    /// Whether it is on this machine or in a private network, by its name or address.
    #[must_use]
    pub fn is_nearby(&self) -> bool {
        self.is_loopback() || is_private(self.host())
    }

    /// Whether the policy of the page allows requests to it.
    #[must_use]
    pub fn is_within_policy(&self) -> bool {
        self.0.starts_with("https:") || PLAIN_HTTP_HOSTS.iter().any(|allowed| fits(self.host(), allowed))
    }
}

impl BaseUrl {
    /// Parses a typed or pasted address: drops surrounding spaces, trailing slashes, and a trailing
    /// `/chat/completions`.
    ///
    /// # Errors
    /// A [`UrlError`], whose `Display` is the sentence for the user.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(UrlError::Empty);
        }
        if text.len() > LONGEST_URL {
            return Err(UrlError::TooLong);
        }
        let (scheme, rest) = text.split_once("://").ok_or(UrlError::NoScheme)?;
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "https" => Scheme::Https,
            "http" => Scheme::Http,
            _ => return Err(UrlError::NoScheme),
        };
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err(UrlError::Credentials);
        }
        let origin = scheme.origin(authority)?;
        if path.contains(['?', '#']) {
            return Err(UrlError::QueryOrFragment);
        }
        if !path.bytes().all(is_path_byte) || path.split('/').any(is_dot_segment) {
            return Err(UrlError::Path);
        }
        let path = path.trim_end_matches('/');
        let path = path.strip_suffix("/chat/completions").unwrap_or(path).trim_end_matches('/');
        Ok(Self { origin, path: path.to_owned() })
    }

    /// Returns the origin of its requests.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Returns the path: empty, or starting with `/`, without a trailing slash.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the same server with another path, which is empty or starts with a slash.
    #[must_use]
    pub fn at_path(&self, path: &str) -> Option<Self> {
        Self::parse(&format!("{}{path}", self.origin)).ok()
    }

    /// Returns the URL of an endpoint; `path` starts with a slash (`/chat/completions`).
    #[must_use]
    pub fn endpoint(&self, path: &str) -> String {
        format!("{}{}{path}", self.origin.0, self.path)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin, self.path)
    }
}

impl TryFrom<String> for Origin {
    type Error = UrlError;

    fn try_from(text: String) -> Result<Self, UrlError> {
        Self::parse(&text)
    }
}

impl TryFrom<String> for BaseUrl {
    type Error = UrlError;

    fn try_from(text: String) -> Result<Self, UrlError> {
        Self::parse(&text)
    }
}

impl From<Origin> for String {
    fn from(origin: Origin) -> Self {
        origin.0
    }
}

impl From<BaseUrl> for String {
    fn from(url: BaseUrl) -> Self {
        url.to_string()
    }
}

#[derive(Clone, Copy)]
enum Scheme {
    Https,
    Http,
}

impl Scheme {
    fn origin(self, authority: &str) -> Result<Origin, UrlError> {
        let (host, port) = match authority.rfind(':') {
            // The colons of an IPv6 address are inside its brackets.
            Some(at) if !authority.ends_with(']') => {
                let (host, port) = authority.split_at(at);
                (host, Some(port.trim_start_matches(':')))
            }
            _ => (authority, None),
        };
        let host = normal_host(host)?;
        let (name, usual) = match self {
            Self::Https => ("https", 443),
            Self::Http if is_loopback(&host) => ("http", 80),
            Self::Http => return Err(UrlError::PlainHttp),
        };
        let port = port.map(parse_port).transpose()?.filter(|port| *port != usual);
        Ok(Origin(match port {
            Some(port) => format!("{name}://{host}:{port}"),
            None => format!("{name}://{host}"),
        }))
    }
}

fn parse_port(digits: &str) -> Result<u16, UrlError> {
    // `parse` alone would accept a plus sign.
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    match digits.parse() {
        Ok(port) if plain && port > 0 => Ok(port),
        _ => Err(UrlError::Port),
    }
}

fn normal_host(host: &str) -> Result<String, UrlError> {
    if let Some(inner) = host.strip_prefix('[') {
        let address: Ipv6Addr = inner.strip_suffix(']').and_then(|inner| inner.parse().ok()).ok_or(UrlError::Host)?;
        let written = address.to_string();
        // Rust writes an embedded IPv4 address with dots and browsers do not: no provider uses such an address.
        return if written.contains('.') { Err(UrlError::Host) } else { Ok(format!("[{written}]")) };
    }
    let host = host.to_ascii_lowercase();
    let label_is_plain = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    if host.len() > 253 || !host.split('.').all(label_is_plain) {
        return Err(UrlError::Host);
    }
    // A browser treats a host whose last label is a number as an IPv4 address, and rewrites `127.1` or `0x7f000001`.
    let last = host.rsplit('.').next().unwrap_or_default();
    let hex = last.strip_prefix("0x").is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let number = hex || last.bytes().all(|byte| byte.is_ascii_digit());
    if number && !is_dotted_quad(&host) {
        return Err(UrlError::Host);
    }
    Ok(host)
}

fn is_dotted_quad(host: &str) -> bool {
    host.parse::<Ipv4Addr>().is_ok()
}

fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host.ends_with(".localhost")
        || host == "[::1]"
        || (is_dotted_quad(host) && host.starts_with("127."))
}

/// Whether an entry of [`PLAIN_HTTP_HOSTS`] matches a host.
fn fits(host: &str, allowed: &str) -> bool {
    match allowed.strip_prefix('*') {
        Some(ending) => host.strip_suffix(ending).is_some_and(|before| !before.is_empty()),
        None => host == allowed,
    }
}

fn is_private(host: &str) -> bool {
    if let Some(inner) = host.strip_prefix('[') {
        let address = inner.strip_suffix(']').and_then(|inner| inner.parse::<Ipv6Addr>().ok());
        return address.is_some_and(|address| address.is_unique_local() || address.is_unicast_link_local());
    }
    match host.parse::<Ipv4Addr>() {
        // The third case covers addresses shared by carriers and some virtual networks.
        Ok(address) => {
            address.is_private() || address.is_link_local() || matches!(address.octets(), [100, 64..=127, ..])
        }
        Err(_) => !host.contains('.') || PRIVATE_ENDINGS.iter().any(|ending| host.ends_with(ending)),
    }
}

const fn is_path_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'/' | b'-'
                | b'.'
                | b'_'
                | b'~'
                | b'%'
                | b'!'
                | b'$'
                | b'&'
                | b'('
                | b')'
                | b'*'
                | b'+'
                | b','
                | b';'
                | b'='
                | b':'
                | b'@'
        )
}

fn is_dot_segment(segment: &str) -> bool {
    let plain = segment.to_ascii_lowercase().replace("%2e", ".");
    plain == "." || plain == ".."
}

#[cfg(test)]
#[path = "origin_tests.rs"]
mod tests;
