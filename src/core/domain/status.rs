//! Sentences for status codes, and whose code it is. A status without a specific sentence is shown as is.

/// Describes a request that reached nothing: a redirect, or not found.
pub(crate) fn not_found(name: &str, status: Option<u16>) -> String {
    match status {
        Some(status @ 300..=399) => format!("{name} redirects this address to another one ({status})."),
        Some(405) => format!("{name} accepts no chat requests at this address (405)."),
        Some(status @ 400..) => format!("{name} has no such model or endpoint ({status})."),
        _ => format!("{name} has no such model or endpoint."),
    }
}

/// Describes a request that the server rejects.
pub(crate) fn bad_request(name: &str, status: Option<u16>) -> String {
    match status {
        Some(421) => format!("The request reached the wrong server of {name} (421)."),
        Some(status) if !matches!(status, 400 | 422) => format!("{name} rejected the request ({status})."),
        _ => format!("{name} rejected the request: a value is missing or not allowed."),
    }
}

/// Describes a server that failed.
pub(crate) fn server(name: &str, status: Option<u16>) -> String {
    let Some(status) = status.filter(|status| *status >= 400) else {
        return format!("{name} failed or is overloaded.");
    };
    match status {
        499 => format!("The connection to {name} was closed before it answered (499)."),
        502 => format!("{name}'s gateway got no valid response from its server (502)."),
        503 | 529 | 498 => format!("{name} is overloaded or down ({status})."),
        504 | 524 => format!("{name}'s server took too long to respond ({status})."),
        // Cloudflare's own: the proxy is up, the server behind it is not.
        520..=523 | 525..=527 | 530 => {
            format!("{name}'s server is down or unreachable behind its proxy, Cloudflare ({status}).")
        }
        _ => format!("{name} failed ({status})."),
    }
}
