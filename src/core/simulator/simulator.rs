//! The complete provider: takes requests, returns responses and bytes, and keeps the request log.

mod chat;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    account::{Account, RequestId},
    http::{
        Blocked, Body, HttpRequest, HttpResponse, as_seen_by_a_page, asked_headers, origin, preflight, preflight_allows,
    },
    ledger::{Ledger, Outcome},
    listing,
    profile::Profile,
    rate_headers::{RateHeaders, rate_headers},
    refusal::Problem,
    shape::Shape,
    stream::{Next, Stream},
};

/// More requests in flight than this get a 503.
const MOST_RUNS: usize = 256;

/// A response that no one fetches is dropped this long after its end; a stalled one is aborted.
const KEPT_MS: u64 = 10 * 60_000;

/// Larger bodies get a 413.
const MOST_BODY_BYTES: usize = 8 << 20;

/// The configuration of a simulator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Its dialect.
    pub shape: Shape,
    /// The profile of the one account that all keys belong to.
    pub profile: Profile,
    /// Accepted keys; empty if none is required.
    pub keys: Vec<String>,
    /// The seed of all randomness.
    pub seed: u64,
    /// Speed of every model, overriding its own.
    pub tokens_per_second: Option<u32>,
    /// Time to first token, overriding the models' own.
    pub ttft_ms: Option<u64>,
    /// Whether rate headers are sent and exposed.
    pub rate_headers: RateHeaders,
}

/// A simulated provider. See the crate documentation.
#[derive(Clone, Debug)]
pub struct Simulator {
    config: Config,
    account: Account,
    runs: BTreeMap<RequestId, Run>,
    /// How often each fault with a count has occurred.
    struck: BTreeMap<String, u32>,
    /// Requests received, for seeds and ids.
    seen: u64,
}

#[derive(Clone, Debug)]
struct Run {
    stream: Stream,
    /// When the request is to be settled, and with which outcome.
    ends: (u64, Outcome),
    settled: bool,
    /// Whether its bytes will be fetched.
    streamed: bool,
}

impl Simulator {
    /// Creates a simulator with a new account.
    #[must_use]
    pub fn new(config: Config, now_ms: u64) -> Self {
        Self {
            account: Account::new(config.profile.clone(), now_ms),
            config,
            runs: BTreeMap::new(),
            struck: BTreeMap::new(),
            seen: 0,
        }
    }

    /// Its configuration.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Answers a request. Times must not decrease across all calls; if they do, time stands still.
    pub fn handle(&mut self, request: &HttpRequest, now_ms: u64) -> HttpResponse {
        self.settle_due(now_ms);
        self.seen += 1;
        if request.method == "OPTIONS" {
            return HttpResponse {
                at_ms: now_ms,
                status: 204,
                headers: preflight(self.config.shape, request),
                body: Body::Whole(Vec::new()),
                request: None,
            };
        }
        let path = request.path.split('?').next().unwrap_or_default();
        if path == "/public/v1/models" {
            return self.json(request, 200, &listing::public(self.account.profile()), now_ms);
        }
        let bases = ["/openai/v1", "/api/v1", "/v1"];
        let Some(place) = bases.iter().find_map(|base| path.strip_prefix(base)) else {
            return self.problem(request, &Problem::NoSuchPath, now_ms);
        };
        let open = place == "/tcp_warming" || (place == "/models" && self.config.shape == Shape::OpenRouter);
        if !open && let Err(problem) = self.authorised(request) {
            return self.problem(request, &problem, now_ms);
        }
        match (request.method.as_str(), place) {
            ("POST", "/chat/completions") => match self.chat(request, now_ms) {
                Ok(response) => response,
                Err(refused) => self.refused(request, &refused, now_ms),
            },
            ("GET", "/models") => {
                let list = listing::models(self.config.shape, self.account.profile());
                self.json(request, 200, &list, now_ms)
            }
            ("GET", "/tcp_warming") => self.json(request, 200, &json!({}), now_ms),
            ("GET", "/key") if self.config.shape == Shape::OpenRouter => self.key_report(request, now_ms),
            (_, "/chat/completions" | "/models" | "/tcp_warming") => {
                self.problem(request, &Problem::MethodNotAllowed, now_ms)
            }
            ("GET", place) => match place.strip_prefix("/models/") {
                // Clients may escape the slash and the colon of an id.
                Some(id) => match self.account.profile().model(&id.replace("%2F", "/").replace("%3A", ":")) {
                    Some(model) => {
                        let model = listing::model(self.config.shape, model);
                        self.json(request, 200, &model, now_ms)
                    }
                    None => self.problem(request, &Problem::UnknownModel(id.to_owned()), now_ms),
                },
                None => self.problem(request, &Problem::NoSuchPath, now_ms),
            },
            _ => self.problem(request, &Problem::NoSuchPath, now_ms),
        }
    }

    /// Same as [`Simulator::handle`], as a cross-origin page sees it: with a preflight, without what CORS hides. The
    /// request needs an `Origin` header.
    ///
    /// # Errors
    /// If the page would see only a network failure. A request whose response is not readable was still made.
    pub fn fetch_as_page(&mut self, request: &HttpRequest, now_ms: u64) -> Result<HttpResponse, Blocked> {
        let mut headers = vec![("access-control-request-headers".to_owned(), asked_headers(request).join(","))];
        headers.extend(request.header("origin").map(|origin| ("origin".to_owned(), origin.to_owned())));
        let ask = HttpRequest { method: "OPTIONS".into(), path: request.path.clone(), headers, body: Vec::new() };
        if !preflight_allows(&self.handle(&ask, now_ms), request) {
            return Err(Blocked::Preflight);
        }
        as_seen_by_a_page(self.handle(request, now_ms))
    }

    /// Returns the due bytes of a streamed response, in the chunks they arrive in, and what comes after them. An
    /// unknown response has ended.
    pub fn poll(&mut self, id: RequestId, now_ms: u64) -> (Vec<Vec<u8>>, Next) {
        let Some(run) = self.runs.get_mut(&id) else {
            return (Vec::new(), Next::End);
        };
        let (chunks, next) = run.stream.poll(now_ms);
        if matches!(next, Next::End | Next::Break) {
            self.settle_due(now_ms);
            self.runs.remove(&id);
        }
        (chunks, next)
    }

    /// Handles a client disconnect: what was written until now is charged, the rest is refunded.
    pub fn abort(&mut self, id: RequestId, now_ms: u64) {
        self.settle_due(now_ms);
        if let Some(run) = self.runs.remove(&id)
            && !run.settled
        {
            self.account.settle(id, run.stream.used(now_ms), Outcome::Aborted, now_ms);
        }
    }

    /// Returns the current request log.
    pub fn ledger(&mut self, now_ms: u64) -> Ledger {
        self.settle_due(now_ms);
        self.account.ledger(now_ms)
    }

    /// Settles every ended response as of its end, so the log does not depend on when it is polled.
    fn settle_due(&mut self, now_ms: u64) {
        let due = self.runs.iter().filter(|(_, run)| !run.settled && run.ends.0 <= now_ms);
        let mut due: Vec<(u64, RequestId)> = due.map(|(id, run)| (run.ends.0, *id)).collect();
        due.sort_unstable();
        for (at, id) in due {
            if let Some(run) = self.runs.get_mut(&id) {
                run.settled = true;
                self.account.settle(id, run.stream.used(at), run.ends.1, at);
            }
        }
        self.runs.retain(|_, run| !run.settled || (run.streamed && run.ends.0.saturating_add(KEPT_MS) > now_ms));
    }

    fn authorised(&self, request: &HttpRequest) -> Result<(), Problem> {
        if !self.config.shape.wants_key() || self.config.keys.is_empty() {
            return Ok(());
        }
        let key = request.header("authorization").ok_or(Problem::NoKey)?;
        let key = key.strip_prefix("Bearer ").unwrap_or(key).trim();
        match self.config.keys.iter().any(|known| known == key) {
            true => Ok(()),
            false => Err(Problem::WrongKey),
        }
    }

    fn refused(&mut self, request: &HttpRequest, refused: &chat::Refused, now_ms: u64) -> HttpResponse {
        let mut response = match refused {
            chat::Refused::Problem(problem) => return self.problem(request, problem, now_ms),
            chat::Refused::Empty => self.json(request, 500, &Value::Null, now_ms),
            chat::Refused::JsonOk => {
                let problem = Problem::Server(500).body(self.config.shape, now_ms);
                return self.json(request, 200, &problem, now_ms);
            }
            chat::Refused::Html => self.json(request, 403, &Value::Null, now_ms),
        };
        response.headers.retain(|(name, _)| name != "content-type");
        response.body = Body::Whole(Vec::new());
        if matches!(refused, chat::Refused::Html) {
            response.headers.push(("content-type".into(), "text/html; charset=UTF-8".into()));
            response.headers.push(("cf-mitigated".into(), "challenge".into()));
            response.body = Body::Whole(CHALLENGE.into());
        }
        response
    }

    fn problem(&mut self, request: &HttpRequest, problem: &Problem, now_ms: u64) -> HttpResponse {
        let shape = self.config.shape;
        let mut response = self.json(request, problem.status(shape), &problem.body(shape, now_ms), now_ms);
        if *problem == Problem::WrongKey && !shape.cors().on_wrong_key {
            response.headers.retain(|(name, _)| !name.starts_with("access-control-"));
        }
        if let Problem::RateLimited { model, limited } = problem {
            if let Some(wait) = limited.wait_ms {
                response.headers.push(("retry-after".into(), wait.div_ceil(1_000).to_string()));
            }
            let model = model.clone();
            response.headers.extend(self.rate_headers(&model, now_ms));
        }
        response
    }

    fn json(&self, request: &HttpRequest, status: u16, value: &Value, now_ms: u64) -> HttpResponse {
        let mut headers = self.common_headers(request);
        headers.push(("content-type".into(), "application/json".into()));
        HttpResponse {
            at_ms: now_ms,
            status,
            headers,
            body: Body::Whole(value.to_string().into_bytes()),
            request: None,
        }
    }

    fn common_headers(&self, request: &HttpRequest) -> Vec<(String, String)> {
        let mut headers = origin(request);
        headers.push(("x-request-id".into(), format!("req_{:08}", self.seen)));
        if self.config.rate_headers == RateHeaders::Exposed && !headers.is_empty() {
            let names = ["limit", "remaining", "reset"].iter().flat_map(|what| {
                let windows = crate::profile::WindowKind::ALL.iter().map(|kind| kind.name());
                let windows = windows.chain(["requests", "tokens"]);
                windows.map(move |window| format!("x-ratelimit-{what}-{window}"))
            });
            let mut exposed: Vec<String> = vec!["retry-after".into(), "x-request-id".into()];
            exposed.extend(names);
            headers.push(("access-control-expose-headers".into(), exposed.join(", ")));
        }
        headers
    }

    fn rate_headers(&mut self, model: &str, now_ms: u64) -> Vec<(String, String)> {
        if self.config.rate_headers == RateHeaders::Absent {
            return Vec::new();
        }
        let ledger = self.account.ledger(now_ms);
        let pool = ledger.pools.iter().find(|pool| pool.models.iter().any(|id| id == model));
        pool.map(|pool| rate_headers(self.config.shape, pool, now_ms)).unwrap_or_default()
    }

    /// OpenRouter's `GET /key`: credit, and what is left of the free requests of the day.
    fn key_report(&mut self, request: &HttpRequest, now_ms: u64) -> HttpResponse {
        let ledger = self.account.ledger(now_ms);
        let windows = ledger.pools.iter().flat_map(|pool| &pool.windows);
        let day = windows.clone().find(|window| window.kind == crate::profile::WindowKind::RequestsDay);
        let daily = day.map(|window| json!({"used": window.used, "limit": window.limit, "remaining": window.left}));
        let dollars = |nanodollars: u64| json!(nanodollars / 1_000_000).as_f64().map(|milli| milli / 1_000.0);
        let report = json!({"data": {
            "label": "simulated",
            "usage": ledger.credit.and_then(|credit| dollars(credit.used_nanodollars)),
            "limit": ledger.credit.and_then(|credit| dollars(credit.limit_nanodollars)),
            "is_free_tier": ledger.credit.is_none(),
            "free_model_daily_requests": daily,
        }});
        self.json(request, 200, &report, now_ms)
    }
}

const CHALLENGE: &str = "<!DOCTYPE html><html lang=\"en-US\"><head><title>Just a moment...</title>\
    <meta name=\"robots\" content=\"noindex,nofollow\"></head><body><h1>Checking your browser</h1>\
    <noscript>Enable JavaScript and cookies to continue</noscript></body></html>";

#[cfg(test)]
mod tests;
