//! What must be true after every test: an empty console, no violation of the policy, no request to another machine.

use crate::{
    browser::Browser,
    case::{Noise, Session},
};

/// Phrases in the messages that browsers write when a request fails.
const FAILED_LOADS: [&str; 6] = [
    "Failed to load resource",
    "blocked by CORS policy",
    "Cross-Origin Request Blocked",
    "net::ERR_",
    "NetworkError when attempting to fetch",
    "failed to load: the page at",
];

/// Everything that must not have happened, as one line each.
pub async fn noise(session: &Session, allowed: Noise) -> Vec<String> {
    if allowed == Noise::Any {
        return Vec::new();
    }
    let mut noise = session.bidi.console();
    noise.extend(session.trap.caught().into_iter().map(|line| format!("asked another machine: {line}")));
    let elsewhere = session.bidi.requests().into_iter().map(|request| request.address).filter(|address| {
        !["http://127.0.0.1:", "data:", "blob:", "about:"].iter().any(|start| address.starts_with(start))
    });
    noise.extend(elsewhere.map(|address| format!("asked for {address}")));
    match session.page.eval("globalThis.policyViolations ?? null").await.as_array() {
        Some(violations) => noise.extend(violations.iter().map(ToString::to_string)),
        None => noise.push("nobody watched for violations of the policy".to_owned()),
    }
    if session.browser == Browser::Chromium {
        noise.extend(session.page.chromium_log().await);
    }
    if allowed == Noise::FailedLoads {
        // Failed loads of the site's own files are never excused.
        let own = session.page.eval("location.origin + '/'").await.as_str().unwrap_or_default().to_owned();
        let own = |line: &str| line.starts_with(&format!("log: {own}")) && line.contains("Failed to load resource");
        noise.retain(|line| own(line) || !FAILED_LOADS.iter().any(|part| line.contains(part)));
    }
    noise
}
