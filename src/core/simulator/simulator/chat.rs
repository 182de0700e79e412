//! `POST /chat/completions`.

use crate::{
    account::{Admission, Demand, Limited, Refusal},
    answer::Answer,
    chunk::{Envelope, Timing},
    compose::compose,
    fault::{Fault, Orders, StreamFault},
    http::{Body, HttpRequest, HttpResponse},
    ledger::Outcome,
    profile::{Effort, Model},
    prompt::Prompt,
    refusal::Problem,
    request::{BadRequest, ChatRequest},
    rng::{Rng, digest},
    shape::Shape,
    stream::Stream,
};

use super::{KEPT_MS, MOST_BODY_BYTES, MOST_RUNS, Run, Simulator};

/// Why there is no response, or something in place of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    Problem(Problem),
    /// A 500 without a body.
    Empty,
    /// An error with status 200.
    JsonOk,
    /// An HTML page.
    Html,
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl Simulator {
    pub(super) fn chat(&mut self, http: &HttpRequest, now_ms: u64) -> Result<HttpResponse, Refused> {
        if http.body.len() > MOST_BODY_BYTES {
            return Err(Problem::TooLarge.into());
        }
        let request = ChatRequest::parse(&http.body, self.config.shape).map_err(Problem::Bad)?;
        let orders = Orders::of(&request.model, request.last_user_text());
        let model = self.model(&request.model)?.clone();
        let fault = self.strike(&orders, &model)?;
        let effort = effort(&request, &model)?;
        let prompt = Prompt::of(&request, &model.id);
        let admission = self.admit(&request, &model, &prompt, now_ms)?;
        let seed = request.seed.unwrap_or(self.seen);
        let mut rng = Rng::new(digest(self.config.seed, &seed.to_le_bytes()));
        let timing = self.timing(&model, &prompt, &admission, (&orders, fault), &mut rng, now_ms);
        let composition = compose(&request, effort, &orders, &mut rng);
        let answer = Answer::of(composition, &request, admission.output_limit);
        let envelope = Envelope {
            shape: self.config.shape,
            id: format!("chatcmpl-simulated-{:016x}", digest(self.seen, &self.config.seed.to_le_bytes())),
            model: request.model.clone(),
            created: now_ms / 1_000,
            include_usage: request.include_usage,
            prompt: prompt.tokens,
            cached: admission.cached,
            timing,
            prices: (model.prompt_nanodollars, model.completion_nanodollars),
        };
        let mut headers = self.common_headers(http);
        headers.extend(self.rate_headers(&model.id, now_ms));
        let whole = (!request.stream).then(|| envelope.whole(&answer).to_string().into_bytes());
        // Stream faults do not apply to a response in one piece; slowness does.
        let fault = fault.filter(|_| request.stream);
        let stream = Stream::new(envelope, answer, fault, orders.line_end, rng.draw());
        let ends = match stream.ends() {
            Some((at, true)) => (at, Outcome::Complete),
            Some((at, false)) => (at, Outcome::Broken),
            None => (timing.first_ms.saturating_add(KEPT_MS), Outcome::Broken),
        };
        let content_type = if request.stream { "text/event-stream; charset=utf-8" } else { "application/json" };
        headers.push(("content-type".into(), content_type.into()));
        headers.push(("cache-control".into(), "no-cache".into()));
        let response = HttpResponse {
            at_ms: if request.stream { timing.head_ms } else { ends.0 },
            status: 200,
            headers,
            body: whole.map_or(Body::Stream, Body::Whole),
            request: Some(admission.id),
        };
        let run = Run { stream, ends, settled: false, streamed: request.stream };
        self.runs.insert(admission.id, run);
        Ok(response)
    }

    /// The model of a request. A fault's model, and any model of llama.cpp, stands for the first of the profile.
    fn model(&self, id: &str) -> Result<&Model, Problem> {
        let profile = self.account.profile();
        let any = id.starts_with("fault/") || self.config.shape == Shape::LlamaCpp;
        let found = profile.model(id).or_else(|| profile.models.first().filter(|_| any));
        found.ok_or_else(|| Problem::UnknownModel(id.to_owned()))
    }

    /// Applies the requested fault, unless it is one for the stream.
    fn strike(&mut self, orders: &Orders, model: &Model) -> Result<Option<StreamFault>, Refused> {
        let Some(scripted) = &orders.fault else {
            return Ok(None);
        };
        if let Some(times) = scripted.times {
            // A dropped fault occurs again; a client that scripts a thousand of them can accept that.
            if self.struck.len() >= 1_000 {
                self.struck.clear();
            }
            let struck = self.struck.entry(scripted.text.clone()).or_default();
            if *struck >= times {
                return Ok(None);
            }
            *struck += 1;
        }
        let problem = match scripted.fault {
            Fault::Stream(fault) => return Ok(Some(fault)),
            Fault::Empty => return Err(Refused::Empty),
            Fault::Html => return Err(Refused::Html),
            Fault::JsonOk => return Err(Refused::JsonOk),
            Fault::WrongKey => Problem::WrongKey,
            Fault::NoKey => Problem::NoKey,
            Fault::Payment => Problem::Payment,
            Fault::Forbidden => Problem::Forbidden,
            Fault::NotFound => Problem::UnknownModel(model.id.clone()),
            Fault::BadRequest => Problem::Bad(BadRequest {
                message: "body.simulated: property 'simulated' is unsupported".into(),
                param: "simulated".into(),
                code: "wrong_api_format",
            }),
            Fault::Context => {
                Problem::Context { needed: model.context + 1, limit: model.context, prompt: model.context }
            }
            Fault::TooLarge => Problem::TooLarge,
            Fault::Server(status) => Problem::Server(status),
            Fault::RateLimited { kind, seconds } => {
                let known = model.windows.iter().find(|window| window.kind == kind);
                let limit = known.map_or(1_000, |window| window.limit);
                let limited = Limited { kind, limit, used: limit, requested: 1, wait_ms: Some(seconds * 1_000) };
                Problem::RateLimited { model: model.id.clone(), limited }
            }
        };
        Err(problem.into())
    }

    fn admit(
        &mut self,
        request: &ChatRequest,
        model: &Model,
        prompt: &Prompt,
        now_ms: u64,
    ) -> Result<Admission, Problem> {
        if self.runs.len() >= MOST_RUNS {
            return Err(Problem::Server(503));
        }
        let demand =
            Demand { model: &model.id, prompt_tokens: prompt.tokens, prompt_blocks: &prompt.blocks, cap: request.cap };
        self.account.admit(&demand, now_ms).map_err(|refusal| match refusal {
            Refusal::UnknownModel => Problem::UnknownModel(model.id.clone()),
            Refusal::CapTooLarge { asked, most } => Problem::Bad(BadRequest {
                message: format!("max_completion_tokens is {asked}; this model writes at most {most}."),
                param: "max_completion_tokens".into(),
                code: "invalid_request",
            }),
            Refusal::ContextExceeded { needed, limit } => Problem::Context { needed, limit, prompt: prompt.tokens },
            Refusal::NoCredit => Problem::Payment,
            Refusal::RateLimited(limited) => Problem::RateLimited { model: model.id.clone(), limited },
        })
    }

    fn timing(
        &self,
        model: &Model,
        prompt: &Prompt,
        admission: &Admission,
        (orders, fault): (&Orders, Option<StreamFault>),
        rng: &mut Rng,
        now_ms: u64,
    ) -> Timing {
        let fresh = prompt.tokens.saturating_sub(admission.cached);
        let read_ms = fresh.saturating_mul(1_000) / u64::from(model.prefill_per_second.max(1));
        // Two thirds to four thirds of the model's own.
        let usual = model.ttft_ms * 2 / 3 + rng.below(model.ttft_ms * 2 / 3 + 1) + read_ms;
        let slow = match fault {
            Some(StreamFault::Slow { ms }) => Some(ms),
            _ => None,
        };
        let ttft = slow.or(orders.ttft_ms).or(self.config.ttft_ms).unwrap_or(usual);
        let speed = orders.speed.or(self.config.tokens_per_second);
        Timing {
            start_ms: now_ms,
            head_ms: now_ms.saturating_add(usual.min(ttft) / 4),
            first_ms: now_ms.saturating_add(ttft),
            tokens_per_second: speed.unwrap_or(model.tokens_per_second).max(1),
        }
    }
}

/// The effort of a request: the requested one, if the model accepts it; otherwise its default.
fn effort(request: &ChatRequest, model: &Model) -> Result<Effort, Problem> {
    match request.effort {
        None if model.efforts.is_empty() => Ok(Effort::None),
        None => Ok(Effort::Medium),
        Some(effort) if model.efforts.contains(&effort) => Ok(effort),
        Some(effort) => Err(Problem::Bad(BadRequest {
            message: format!("reasoning_effort '{}' is not supported by {}", effort.name(), model.id),
            param: "reasoning_effort".into(),
            code: "invalid_request",
        })),
    }
}
