use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::{
    fault::FAULTS,
    profile::{Refund, WindowKind},
};

const KEY: &str = "sk-test";

fn config(shape: Shape, profile: &str) -> Config {
    Config {
        shape,
        profile: Profile::named(profile).unwrap(),
        keys: vec![KEY.into()],
        seed: 1,
        tokens_per_second: None,
        ttft_ms: Some(100),
        rate_headers: RateHeaders::Exposed,
    }
}

fn simulator(profile: &str) -> Simulator {
    Simulator::new(config(Shape::Cerebras, profile), 0)
}

fn request(method: &str, path: &str, body: &str) -> HttpRequest {
    HttpRequest {
        method: method.into(),
        path: path.into(),
        headers: vec![
            ("Authorization".into(), format!("Bearer {KEY}")),
            ("Content-Type".into(), "application/json".into()),
            ("Origin".into(), "https://page.example".into()),
        ],
        body: body.into(),
    }
}

fn chat(text: &str, extra: &Value) -> HttpRequest {
    let mut body = json!({"model": "gpt-oss-120b", "messages": [{"role": "user", "content": text}]});
    body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    request("POST", "/v1/chat/completions", &body.to_string())
}

fn body(response: &HttpResponse) -> Value {
    let Body::Whole(bytes) = &response.body else {
        panic!("{response:?} is streamed");
    };
    serde_json::from_slice(bytes).unwrap()
}

fn window(simulator: &mut Simulator, kind: WindowKind, now_ms: u64) -> crate::WindowEntry {
    let ledger = simulator.ledger(now_ms);
    let pool = ledger.pools.into_iter().find(|pool| pool.pool == "gpt-oss-120b").unwrap();
    pool.windows.into_iter().find(|window| window.kind == kind).unwrap()
}

#[test]
fn a_streamed_answer_holds_its_reservation_until_its_last_token() {
    let mut simulator = simulator("cerebras-guide");
    let ask = chat("[[sim:tokens=300]]", &json!({"stream": true, "max_completion_tokens": 1_000}));
    let response = simulator.handle(&ask, 0);
    assert_eq!((response.status, &response.body), (200, &Body::Stream));
    let id = response.request.unwrap();
    let prompt = simulator.ledger(0).requests[0].prompt;
    let day = window(&mut simulator, WindowKind::TokensDay, 150);
    assert_eq!((day.used, day.reserved), (0, prompt + 1_000));
    // 300 tokens at 3,000 a second after 100 ms: the last one is token 299.
    let day = window(&mut simulator, WindowKind::TokensDay, 199);
    assert_eq!((day.used, day.reserved), (prompt + 300, 0), "the books do not wait for a poll");
    let (chunks, next) = simulator.poll(id, 10_000);
    assert_eq!(next, Next::End);
    let text = String::from_utf8(chunks.concat()).unwrap();
    assert!(text.contains(&format!("\"prompt_tokens\":{prompt}")) && text.contains("\"completion_tokens\":300"));
    assert_eq!(simulator.poll(id, 10_000), (Vec::new(), Next::End), "it is over");
}

#[test]
fn an_aborted_answer_is_charged_for_what_was_written() {
    let mut simulator = simulator("cerebras-guide");
    let ask = chat("[[sim:tokens=3000]]", &json!({"stream": true}));
    let response = simulator.handle(&ask, 0);
    let prompt = simulator.ledger(0).requests[0].prompt;
    simulator.abort(response.request.unwrap(), 599);
    let day = window(&mut simulator, WindowKind::TokensDay, 600);
    assert_eq!((day.used, day.reserved), (prompt + 1_500, 0));
    assert_eq!(simulator.ledger(600).requests[0].outcome, Outcome::Aborted);
}

#[test]
fn a_whole_answer_adds_up_and_comes_when_it_is_written() {
    let mut simulator = simulator("cerebras-trial");
    let response = simulator.handle(&chat("What is a token bucket?", &json!({"max_completion_tokens": 60})), 0);
    let answer = body(&response);
    assert_eq!(answer["choices"][0]["finish_reason"], "length");
    assert_eq!(answer["usage"]["completion_tokens"], 60);
    let usage = |name: &str| answer["usage"][name].as_u64().unwrap();
    assert_eq!(usage("total_tokens"), usage("prompt_tokens") + 60);
    assert_eq!(response.at_ms, 100 + 59 * 1_000 / 3_000);
    let message = &answer["choices"][0]["message"];
    let counted =
        ["content", "reasoning"].map(|field| crate::count_tokens(message[field].as_str().unwrap_or_default()));
    assert_eq!(counted.iter().sum::<u64>(), 60);
}

#[test]
fn every_fault_answers_with_its_status_and_the_books_stay_clean() {
    for (name, _) in FAULTS {
        let mut simulator = simulator("cerebras-guide");
        let ask = chat(&format!("hi [[sim:fault={name}]]"), &json!({"stream": true}));
        let response = simulator.handle(&ask, 0);
        let expected = match *name {
            "wrong-key" => 401,
            "no-key" | "html" => 403,
            "context" => 400,
            "empty" => 500,
            number if number.starts_with("429") => 429,
            other => other.parse().unwrap_or(200),
        };
        assert_eq!(response.status, expected, "{name}");
        let streams = response.body == Body::Stream;
        assert_eq!(streams, expected == 200 && *name != "json-200", "{name}");
        assert_eq!(simulator.ledger(0).requests.len(), usize::from(streams), "{name}");
    }
}

#[test]
fn a_fault_with_a_number_of_times_goes_away() {
    let mut simulator = simulator("cerebras-guide");
    let ask = chat("[[sim:fault=429-minute:1*2]]", &json!({}));
    let statuses: Vec<u16> = (0..3).map(|_| simulator.handle(&ask, 0).status).collect();
    assert_eq!(statuses, [429, 429, 200]);
}

#[test]
fn a_full_window_says_when_to_come_back_and_means_it() {
    let mut simulator = simulator("cerebras-trial");
    let ask = chat("hi", &json!({"max_completion_tokens": 10}));
    for _ in 0..5 {
        assert_eq!(simulator.handle(&ask, 0).status, 200);
    }
    let refused = simulator.handle(&ask, 0);
    assert_eq!(refused.status, 429);
    assert_eq!(refused.header("retry-after"), Some("12"));
    assert_eq!(refused.header("x-ratelimit-remaining-requests-minute"), Some("0"));
    assert_eq!(refused.header("x-ratelimit-reset-requests-minute"), Some("60.000"));
    assert_eq!(body(&refused)["code"], "request_quota_exceeded");
    assert_eq!(simulator.handle(&ask, 11_999).status, 429);
    assert_eq!(simulator.handle(&ask, 12_000).status, 200);
}

#[test]
fn a_wrong_key_at_cerebras_is_a_network_failure_to_a_page_and_elsewhere_an_answer() {
    for (shape, outcome) in [
        (Shape::Cerebras, Err(Blocked::NotReadable)),
        (Shape::Groq, Ok(401)),
        (Shape::OpenRouter, Ok(401)),
        (Shape::LlamaCpp, Ok(200)),
    ] {
        let mut simulator = Simulator::new(config(shape, "unlimited"), 0);
        let mut ask = request("GET", &format!("{}/models/gpt-oss-120b", shape.base_path()), "");
        ask.headers[0].1 = "Bearer nonsense".into();
        let seen = simulator.fetch_as_page(&ask, 0).map(|response| response.status);
        assert_eq!(seen, outcome, "{shape:?}");
        if shape == Shape::Cerebras {
            assert_eq!(simulator.handle(&ask, 0).status, 401);
            ask.headers.remove(0);
            assert_eq!(simulator.handle(&ask, 0).status, 403);
            ask.path = "/public/v1/models".into();
            assert_eq!(simulator.fetch_as_page(&ask, 0).unwrap().status, 200, "the probe needs no key");
        }
    }
}

#[test]
fn a_page_reads_rate_headers_only_where_they_are_exposed() {
    for (rate_headers, sent, seen) in
        [(RateHeaders::Exposed, true, true), (RateHeaders::Unexposed, true, false), (RateHeaders::Absent, false, false)]
    {
        let mut config = config(Shape::Cerebras, "cerebras-guide");
        config.rate_headers = rate_headers;
        let mut simulator = Simulator::new(config, 0);
        let name = "x-ratelimit-remaining-tokens-minute";
        let ask = chat("hi", &json!({"max_completion_tokens": 100}));
        assert_eq!(simulator.handle(&ask, 0).header(name).is_some(), sent, "{rate_headers:?}");
        let page = simulator.fetch_as_page(&ask, 0).unwrap();
        assert_eq!(page.header(name).is_some(), seen, "{rate_headers:?}");
    }
}

#[test]
fn openrouter_lets_only_its_own_list_of_headers_through_the_preflight() {
    let mut simulator = Simulator::new(config(Shape::OpenRouter, "openrouter-free"), 0);
    let mut ask = request("GET", "/api/v1/models", "");
    assert!(simulator.fetch_as_page(&ask, 0).is_ok());
    ask.headers.push(("X-My-Header".into(), "1".into()));
    assert_eq!(simulator.fetch_as_page(&ask, 0), Err(Blocked::Preflight));
}

#[test]
fn what_the_model_cannot_do_is_refused_with_the_field() {
    let mut simulator = simulator("cerebras-guide");
    for (extra, status, field, value) in [
        (json!({"top_k": 1}), 400, "param", "top_k"),
        (json!({"model": "gone"}), 404, "code", "model_not_found"),
        (json!({"model": "llama3.1-8b", "reasoning_effort": "low"}), 400, "param", "reasoning_effort"),
        (json!({"max_completion_tokens": 9_000}), 400, "param", "max_completion_tokens"),
        (json!({"max_completion_tokens": 8_190}), 400, "code", "context_length_exceeded"),
    ] {
        let response = simulator.handle(&chat("hi", &extra), 0);
        assert_eq!((response.status, &body(&response)[field]), (status, &json!(value)), "{extra}");
    }
    assert_eq!(simulator.handle(&request("GET", "/elsewhere", ""), 0).status, 404);
    assert_eq!(simulator.handle(&request("DELETE", "/v1/models", ""), 0).status, 405);
    assert_eq!(simulator.handle(&request("GET", "/v1/tcp_warming", ""), 0).status, 200);
}

#[test]
fn a_second_turn_finds_the_first_in_the_cache() {
    let mut simulator = simulator("cerebras-trial");
    let long = "A sentence that is repeated. ".repeat(60);
    let first = body(&simulator.handle(&chat(&long, &json!({"max_completion_tokens": 5})), 0));
    let second = body(&simulator.handle(&chat(&long, &json!({"max_completion_tokens": 5})), 1_000));
    let cached = |answer: &Value| answer["usage"]["prompt_tokens_details"]["cached_tokens"].as_u64().unwrap();
    assert_eq!((cached(&first), cached(&second)), (0, 384));
}

#[test]
fn the_same_seed_gives_the_same_answer() {
    let mut simulator = simulator("unlimited");
    let mut answer =
        |extra| body(&simulator.handle(&chat("hello", &extra), 0))["choices"][0]["message"]["content"].clone();
    assert_eq!(answer(json!({"seed": 4})), answer(json!({"seed": 4})));
    let varied: Vec<Value> = (0..8).map(|seed| answer(json!({"seed": seed}))).collect();
    assert!(varied.iter().any(|text| *text != varied[0]));
}

#[test]
fn hidden_parameters_change_the_books_and_not_the_answers() {
    let used = |refund| {
        let mut config = config(Shape::Cerebras, "cerebras-guide");
        config.profile.refund = refund;
        let mut simulator = Simulator::new(config, 0);
        simulator.handle(&chat("[[sim:tokens=10]]", &json!({"max_completion_tokens": 500})), 0);
        window(&mut simulator, WindowKind::TokensDay, 60_000).used
    };
    assert_eq!(used(Refund::Never) - used(Refund::ToActual), 490);
}

#[test]
fn answers_that_nobody_fetches_are_bounded_and_forgotten() {
    let mut simulator = simulator("unlimited");
    let ask = chat("[[sim:fault=stall]]", &json!({"stream": true, "max_completion_tokens": 10}));
    let statuses: Vec<u16> = (0..=MOST_RUNS).map(|_| simulator.handle(&ask, 0).status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), MOST_RUNS);
    assert_eq!(statuses.last(), Some(&503));
    simulator.settle_due(3 * KEPT_MS);
    assert!(simulator.runs.is_empty());
    assert_eq!(simulator.ledger(3 * KEPT_MS).in_flight, 0);
}

proptest! {
    #[test]
    fn no_request_makes_it_panic_and_the_books_always_add_up(
        requests in prop::collection::vec((any_body(), 0..4_usize, 0..30_000_u64, any::<bool>()), 1..12),
    ) {
        let mut simulators: Vec<Simulator> =
            Shape::ALL.iter().map(|shape| Simulator::new(config(*shape, "cerebras-guide"), 0)).collect();
        let mut now = 0;
        for (body, shape, passed, aborts) in requests {
            now += passed;
            let simulator = &mut simulators[shape];
            let response = simulator.handle(&request("POST", "/v1/chat/completions", &body), now);
            prop_assert!(response.at_ms >= now);
            if let Some(id) = response.request {
                let _ = simulator.poll(id, now + passed / 2);
                if aborts {
                    simulator.abort(id, now + passed / 2);
                }
            }
            for window in simulator.ledger(now).pools.iter().flat_map(|pool| &pool.windows) {
                let sum = i128::from(window.left) + i128::from(window.used) + i128::from(window.reserved);
                prop_assert_eq!(sum, i128::from(window.limit));
                prop_assert!(window.left >= 0, "what was let in fits: {:?}", window);
            }
        }
    }
}

/// Mostly valid requests in many forms, and some that are not JSON.
fn any_body() -> impl Strategy<Value = String> {
    let text =
        "(hi|\\[\\[sim:fault=(cut|stall|garbage|one-read|429-day|no-done)(:[0-9]{1,3})?\\]\\]|2,000 words|\\PC){0,6}";
    let model = prop_oneof![Just("gpt-oss-120b"), Just("llama3.1-8b"), Just("fault/cut"), Just("gone")];
    let cap = prop::option::of(1..10_000_u64);
    let stop = prop::option::of("[a-z ]{1,3}");
    let asked = (text, model, cap, stop, any::<bool>()).prop_map(|(text, model, cap, stop, stream)| {
        json!({
            "model": model, "messages": [{"role": "user", "content": text}], "max_completion_tokens": cap,
            "stop": stop, "stream": stream,
        })
        .to_string()
    });
    prop_oneof![8 => asked, 1 => "\\PC{0,80}"]
}
