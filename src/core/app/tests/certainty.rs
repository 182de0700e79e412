//! When "Fits now" is certain: several lanes at once, stopped answers, clocks that were ahead.

use headroom_domain::Parameters;
use headroom_limits::{Uncertainty, Verdict};

use super::{Page, assess_lane, content, lanes::lanes};
use crate::*;

/// Creates lanes of one model with the limits in the guide: 30 requests and 60,000 tokens per minute.
fn by_the_guide(lane_count: usize) -> Page {
    let mut page = lanes(&vec!["llama3.1-8b"; lane_count]);
    page.happens(Event::LimitsChosen { provider: "cerebras".into(), profile: "cerebras-guide".into() });
    page
}

fn assessment(page: &Page) -> assess::Assessment {
    assess_lane(&page.state, 0, whole_ms(page.now_ms)).unwrap()
}

fn left(page: &Page, window: &str) -> u64 {
    assessment(page).gauges.iter().find(|gauge| gauge.limit.window.name() == window).unwrap().left
}

/// The headers of six responses were read in a different order than the requests had been admitted in: the gauges
/// showed 28 requests left where 24 were, 8,192 reserved were inferred to be 1,451, and the next lanes were rejected.
#[test]
fn headers_that_overtake_each_other_change_neither_the_gauges_nor_what_is_reserved() {
    for order in [[0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0], [3, 0, 5, 1, 4, 2]] {
        let mut page = by_the_guide(6);
        let runs = page.fans_out("Explain token buckets");
        assert_eq!(runs.len(), 6, "seven would fit");
        let sent_ms = page.now_ms;
        let (tokens, held) = (left(&page, "tokens-minute"), page.booked().reserved);
        assert_eq!(left(&page, "requests-minute"), 24);
        for (admitted, run) in order.into_iter().zip(&runs) {
            page.now_ms += 30.0;
            let left_of = |limit: u64, each: u64| (limit - each * (admitted + 1)).to_string();
            let headers = [
                ("x-ratelimit-limit-requests-minute", "30".to_owned()),
                ("x-ratelimit-remaining-requests-minute", left_of(30, 1)),
                ("x-ratelimit-limit-tokens-minute", "60000".to_owned()),
                ("x-ratelimit-remaining-tokens-minute", left_of(60_000, held)),
            ];
            let headers = headers.map(|(name, value)| (name.to_owned(), value)).to_vec();
            page.happens(Event::ResponseHeaders { run: run.0, status: 200, headers });
            page.hears(run.0, &content("Hi"));
            assert_eq!(left(&page, "requests-minute"), 24, "{order:?}");
            let tokens_now = left(&page, "tokens-minute");
            // A thousand refill each second.
            let refilled = whole_ms(page.now_ms - sent_ms);
            assert!(tokens_now.abs_diff(tokens) <= refilled, "{order:?}: {tokens_now} after {tokens}, {held} held");
        }
        page.happens(Event::DraftChanged("Hello".into()));
        page.counts_at_once();
        assert_eq!(assessment(&page).need.unwrap().tokens(), 8_192, "{order:?}: nothing was learned");
    }
}

#[test]
fn what_a_stopped_answer_took_is_unknown_so_a_verdict_that_hangs_on_it_is_no_promise() {
    let mut page = by_the_guide(1);
    page.counts_at_once();
    let cap = |page: &mut Page, cap| {
        let parameters = Parameters { max_completion_tokens: Some(cap), ..Parameters::default() };
        page.happens(Event::ParametersChanged { lane: None, parameters });
    };
    cap(&mut page, 8_000);
    for _ in 0..7 {
        let run = page.asks("Hello")[0];
        page.begins(run, "Hi");
        page.happens(Event::StopPressed { lane: None, now_ms: page.now_ms });
    }
    page.happens(Event::DraftChanged("Hello".into()));
    page.counts_at_once();
    let known = assessment(&page);
    assert_eq!((known.verdict, known.uncertainty), (Some(Verdict::Fits), Some(Uncertainty::Unreported)));
    assert_eq!(known.words().unwrap().title, "Probably fits");
    // A small one fits whatever the others used.
    cap(&mut page, 100);
    assert_eq!((assessment(&page).verdict, assessment(&page).uncertainty), (Some(Verdict::Fits), None));
}

/// A request was rejected while the clock was a day ahead; once it was right again, the request waited a day.
#[test]
fn a_request_that_was_refused_by_a_clock_ahead_goes_when_it_would_have_gone() {
    let mut page = by_the_guide(1);
    page.now_ms = 86_400_000.0 + 5_000.0;
    let run = page.asks("Hello")[0];
    page.happens(Event::ResponseHeaders { run, status: 429, headers: vec![("retry-after".into(), "20".into())] });
    page.happens(Event::Ended { run, now_ms: page.now_ms });
    page.now_ms = 5_000.0;
    page.happens(Event::QueueDue { now_ms: page.now_ms });
    let start_ms = page.state.waits(0).unwrap().start_ms.unwrap();
    assert!((24_000..27_000).contains(&start_ms), "{start_ms}");
    page.now_ms = 27_000.0;
    page.happens(Event::QueueDue { now_ms: page.now_ms });
    assert_eq!(page.states(), ["waiting"], "sent");
}

/// A provider that reserves the rest of the context never reserves more than the context: a prompt that may be some tokens
/// longer than estimated was said to be "close to the limit", with all of the minute left.
#[test]
fn an_estimate_makes_no_verdict_uncertain_where_the_rest_of_the_context_is_reserved() {
    let mut page = by_the_guide(1);
    page.counts_at_once();
    page.happens(Event::DraftChanged("Compare two models for me".into()));
    assert!(!page.state.request_tokens(0).unwrap().is_exact());
    let known = assessment(&page);
    assert_eq!((known.need.unwrap().tokens(), known.verdict), (8_192, Some(Verdict::Fits)));
    assert_eq!(known.uncertainty, None);
}

/// Two lanes that together fill the minute to one token by the estimate: the second may not fit, if the estimate is low.
#[test]
fn what_lanes_ahead_reserve_counts_when_a_verdict_is_called_certain() {
    let mut page = by_the_guide(2);
    let parameters = Parameters { max_completion_tokens: Some(1_000), ..Parameters::default() };
    page.happens(Event::ParametersChanged { lane: None, parameters });
    page.happens(Event::DraftChanged("Compare two models for me, in a table".into()));
    page.counts_at_once();
    let tokens = page.state.request_tokens(0).unwrap();
    assert!(tokens.at_most() > tokens.tokens + 1);
    let mut profile =
        headroom_limits::profiles().iter().find(|profile| profile.id == "cerebras-guide").unwrap().clone();
    for window in profile.models.iter_mut().flat_map(|model| &mut model.windows) {
        if window.window == headroom_domain::LimitWindow::TokensMinute {
            window.limit = 2 * (tokens.tokens + 1_000) + 1;
        }
    }
    page.happens(Event::LimitsEdited { provider: "cerebras".into(), profile: Box::new(profile) });
    page.happens(Event::LimitsChosen { provider: "cerebras".into(), profile: rules::OWN.into() });
    let [first, second] = [0, 1].map(|lane| assess_lane(&page.state, lane, whole_ms(page.now_ms)).unwrap());
    assert_eq!((first.verdict, first.uncertainty), (Some(Verdict::Fits), None));
    assert_eq!((second.verdict, second.uncertainty), (Some(Verdict::Fits), Some(Uncertainty::Estimated)));
}

#[test]
fn the_level_of_the_minute_falls_when_a_request_is_sent() {
    let mut page = by_the_guide(1);
    page.asks("Hello");
    let now_ms = whole_ms(page.now_ms);
    let level = charts::level(&page.state, &assessment(&page), now_ms - 1_000, now_ms + 1, 5).unwrap();
    assert_eq!((level.window.name(), level.limit, level.points.len()), ("tokens-minute", 60_000, 5));
    assert_eq!(level.points.first().map(|(_, left)| *left), Some(60_000));
    assert!(level.points.last().is_some_and(|(_, left)| *left < 60_000), "{level:?}");
}
