//! Requests and responses as plain data, and what a cross-origin page may see of them.

use crate::{account::RequestId, shape::RequestHeaders, shape::Shape};

/// An incoming request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpRequest {
    /// `GET`, `POST` or `OPTIONS`.
    pub method: String,
    /// The path, with or without a query.
    pub path: String,
    /// Names in any case, and values.
    pub headers: Vec<(String, String)>,
    /// The body, uncompressed.
    pub body: Vec<u8>,
}

impl HttpRequest {
    /// The value of the first header of this name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }
}

/// A response: its head, and how to get its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpResponse {
    /// When the head is sent, in milliseconds since 1970, never before the request.
    pub at_ms: u64,
    /// The status code.
    pub status: u16,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Body,
    /// The admitted request, to be aborted when the client disconnects; `None` if nothing was admitted.
    pub request: Option<RequestId>,
}

/// The body of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// The complete body, sent together with the head.
    Whole(Vec<u8>),
    /// To be polled from the simulator by the response's `request`.
    Stream,
}

impl HttpResponse {
    /// The value of the first header of this name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }
}

/// Why a page sees only "Failed to fetch".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blocked {
    /// The preflight does not allow one of the request's headers.
    Preflight,
    /// The response has no `Access-Control-Allow-Origin`.
    NotReadable,
}

/// Response headers that a page may always read.
const SAFE: &[&str] =
    &["cache-control", "content-language", "content-length", "content-type", "expires", "last-modified", "pragma"];

/// Returns what a cross-origin page sees of a response: nothing without CORS, and only exposed headers.
pub(crate) fn as_seen_by_a_page(mut response: HttpResponse) -> Result<HttpResponse, Blocked> {
    if response.header("access-control-allow-origin").is_none() {
        return Err(Blocked::NotReadable);
    }
    let exposed = response.header("access-control-expose-headers").unwrap_or_default().to_owned();
    let exposed: Vec<&str> = exposed.split(", ").collect();
    response.headers.retain(|(name, _)| SAFE.contains(&name.as_str()) || exposed.contains(&name.as_str()));
    Ok(response)
}

/// Whether a preflight response allows every header a page would have to ask for.
pub(crate) fn preflight_allows(answer: &HttpResponse, request: &HttpRequest) -> bool {
    let allowed = answer.header("access-control-allow-headers").unwrap_or_default().to_ascii_lowercase();
    let allowed: Vec<&str> = allowed.split(',').map(str::trim).collect();
    asked_headers(request).iter().all(|name| allowed.contains(&name.as_str()))
}

/// The headers of a request that need a preflight, in lower case.
pub(crate) fn asked_headers(request: &HttpRequest) -> Vec<String> {
    let names = request.headers.iter().map(|(name, _)| name.to_ascii_lowercase());
    names.filter(|name| !["accept", "accept-language", "origin"].contains(&name.as_str())).collect()
}

pub(crate) fn preflight(shape: Shape, request: &HttpRequest) -> Vec<(String, String)> {
    let allowed = match shape.cors().request_headers {
        RequestHeaders::Any => request.header("access-control-request-headers").unwrap_or("*"),
        RequestHeaders::These(list) => list,
    };
    let mut headers = origin(request);
    headers.push(("access-control-allow-methods".into(), "GET, POST, OPTIONS".into()));
    headers.push(("access-control-allow-headers".into(), allowed.into()));
    headers.push(("access-control-max-age".into(), "600".into()));
    // Chrome sends this before a page may reach a server on the same machine.
    if request.header("access-control-request-private-network").is_some() {
        headers.push(("access-control-allow-private-network".into(), "true".into()));
    }
    headers
}

/// The header that lets the requesting origin read the response.
pub(crate) fn origin(request: &HttpRequest) -> Vec<(String, String)> {
    match request.header("origin") {
        Some(origin) => vec![("access-control-allow-origin".into(), origin.into()), ("vary".into(), "origin".into())],
        None => Vec::new(),
    }
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str())
}
