//! Providers that keep rejecting: none gets requests too often, and no request waits for nothing.

use headroom_domain::Parameters;
use proptest::prelude::*;

use super::{Page, content, lanes::lanes, refusals::groq};
use crate::*;

/// 2026-11-30 12:00:00 UTC.
const NOON_MS: u64 = 1_796_040_000_000;

/// The response of a server.
#[derive(Clone, Debug)]
enum Reply {
    /// An answer.
    LetsIn,
    /// A rejection with this status, header, and body.
    Refuses(u16, Option<(&'static str, &'static str)>, &'static str),
}

/// A server, the requests in flight to it, and when each was sent.
struct World {
    page: Page,
    now_ms: u64,
    sent: Vec<(u64, RunId)>,
    /// When the first was accepted.
    let_in_ms: u64,
    on_the_way: Vec<(u64, RunId)>,
}

impl World {
    fn of(page: Page) -> Self {
        Self { page, now_ms: NOON_MS, sent: Vec::new(), let_in_ms: u64::MAX, on_the_way: Vec::new() }
    }

    fn asks(&mut self, prompt: &str, latency_ms: u64) {
        self.page.now_ms = self.now_ms as f64;
        let runs = self.page.fans_out(prompt).into_iter().map(|(run, _)| run).collect();
        self.note(runs, latency_ms);
    }

    fn note(&mut self, runs: Vec<RunId>, latency_ms: u64) {
        for run in runs {
            self.sent.push((self.now_ms, run));
            self.on_the_way.push((self.now_ms + latency_ms, run));
        }
    }

    /// Advances the time: responses arrive, then the queue's timer fires.
    fn ticks(&mut self, step_ms: u64, latency_ms: u64, mut reply: impl FnMut(u64) -> Reply) {
        self.now_ms += step_ms;
        let now_ms = self.now_ms;
        let (arrived, on_the_way) = std::mem::take(&mut self.on_the_way).into_iter().partition(|(at, _)| *at <= now_ms);
        self.on_the_way = on_the_way;
        let arrived: Vec<(u64, RunId)> = arrived;
        for (_, run) in arrived {
            self.page.now_ms = now_ms as f64;
            match reply(now_ms) {
                Reply::LetsIn => {
                    self.let_in_ms = self.let_in_ms.min(now_ms);
                    self.page.answered(run, "yes");
                }
                Reply::Refuses(status, header, body) => self.refuses(run, status, header, body),
            }
        }
        let effects = self.page.happens(Event::QueueDue { now_ms: now_ms as f64 });
        let runs = effects.iter().filter_map(|effect| match effect {
            Effect::Send(outgoing) => Some(outgoing.run),
            _ => None,
        });
        self.note(runs.collect(), latency_ms);
    }

    fn refuses(&mut self, run: RunId, status: u16, header: Option<(&str, &str)>, body: &str) {
        let now_ms = self.now_ms as f64;
        let headers = header.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        self.page.happens(Event::ResponseHeaders { run, status, headers });
        let reads = vec![Read { at_ms: now_ms, bytes: body.as_bytes().to_vec() }];
        self.page.happens(Event::Received { run, reads });
        self.page.happens(Event::Ended { run, now_ms });
    }

    /// Returns the most requests sent within a second.
    fn most_in_a_second(&self) -> usize {
        let in_a_second = |from: u64| self.sent.iter().filter(|(at, _)| (from..from + 1_000).contains(at)).count();
        self.sent.iter().map(|(at, _)| in_a_second(*at)).max().unwrap_or(0)
    }

    /// Checks that each lane has ended, starts at a future time, or tells its user what to do.
    fn check(&self) {
        for lane in 0..self.page.state.settings().lane_count() {
            let Some(waits) = self.page.state.waits(lane) else { continue };
            let item = queue_item(&self.page.state, lane, self.now_ms).unwrap();
            let (title, detail) = item.words(self.now_ms);
            match waits.start_ms {
                Some(_) => assert!(title.starts_with("Sends in"), "{title}"),
                None => assert!(detail.contains("end anyway"), "{title} {detail}"),
            }
        }
    }
}

fn six(model: &str) -> Page {
    let mut page = lanes(&[model; 6]);
    let parameters = Parameters { max_completion_tokens: Some(100), ..Parameters::default() };
    page.happens(Event::ParametersChanged { lane: None, parameters });
    page
}

/// Creates pages with a profile of many requests per minute, and with none.
fn pages() -> [Page; 3] {
    let mut with_many = six("gpt-oss-120b");
    with_many.happens(Event::LimitsChosen { provider: "cerebras".into(), profile: "cerebras-guide".into() });
    let mut with_none = six("m");
    with_none.happens(Event::LimitsChosen { provider: "cerebras".into(), profile: String::new() });
    let mut capped = groq(6);
    let parameters = Parameters { max_completion_tokens: Some(100), ..Parameters::default() };
    capped.happens(Event::ParametersChanged { lane: None, parameters });
    [with_many, with_none, capped]
}

/// Six lanes sent 24 requests within a second, and then all failed.
#[test]
fn a_server_that_says_zero_is_asked_once_a_second_at_most() {
    let past = "Sun, 06 Nov 1994 08:49:37 GMT";
    for header in ["0", past, "-5", "0s"] {
        for page in pages() {
            let mut world = World::of(page);
            world.asks("hello", 50);
            assert_eq!(world.sent.len(), 6);
            // Two minutes.
            (0..1_200).for_each(|_| world.ticks(100, 50, |_| Reply::Refuses(429, Some(("retry-after", header)), "")));
            let again: Vec<u64> = world.sent.iter().skip(6).map(|(at, _)| *at).collect();
            assert!(again.windows(2).all(|pair| pair[1] - pair[0] >= 1_000), "{header}: {again:?}");
            assert!(again[0] >= NOON_MS + 1_000 && again.len() <= 8, "it grows: {again:?}");
            let later = |from: usize| again[from + 1] - again[from];
            assert!(later(3) > 2 * later(0), "{again:?}");
        }
    }
}

/// Two lanes sent nothing at all; then each was to follow the other.
#[test]
fn when_the_first_is_let_in_the_others_follow_at_once() {
    for page in pages() {
        let mut world = World::of(page);
        world.asks("hello", 50);
        let mut answered = 0;
        for _ in 0..600 {
            world.ticks(100, 50, |now_ms| {
                answered += 1;
                if now_ms < NOON_MS + 7_000 {
                    Reply::Refuses(429, Some(("retry-after", "7")), "")
                } else {
                    Reply::LetsIn
                }
            });
        }
        assert_eq!(world.page.states(), ["done"; 6]);
        assert_eq!(answered, 12, "each was refused once");
        let again: Vec<u64> = world.sent.iter().skip(6).map(|(at, _)| *at).collect();
        assert!((7_000..7_600).contains(&(again[0] - NOON_MS)), "as long as was asked: {again:?}");
        assert!(again[5] - NOON_MS <= 9_000, "and not a second each: {again:?}");
    }
}

fn reply() -> impl Strategy<Value = Reply> {
    let status = prop_oneof![4 => Just(429_u16), 1 => Just(200_u16)];
    let header = prop::sample::select(vec![
        None,
        Some(("retry-after", "0")),
        Some(("retry-after", "1")),
        Some(("retry-after", "350ms")),
        Some(("retry-after", "7")),
        Some(("retry-after", "-3")),
        Some(("retry-after", "NaN")),
        Some(("retry-after", "99999999999")),
        Some(("retry-after-ms", "20")),
        Some(("x-ratelimit-reset-tokens-minute", "3.5")),
        Some(("x-ratelimit-remaining-tokens-minute", "0")),
    ]);
    let body = prop::sample::select(vec![
        r#"{"error":{"code":429,"message":"Please try again in 2.5s"}}"#,
        r#"{"error":{"code":429,"message":"Tokens per minute limit exceeded"}}"#,
        r#"{"error":{"code":429,"message":"on tokens per minute (TPM): Limit 6000, Used 5900, Requested 300. Please try again in 2s."}}"#,
        r#"{"error":{"code":429,"message":"Requests per day limit exceeded"}}"#,
        r#"{"error":{"code":429,"message":"on tokens per minute (TPM): Limit 50, Used 0, Requested 300."}}"#,
        r#"{"error":{"code":429,"message":"too many concurrent requests"}}"#,
    ]);
    prop_oneof![1 => Just(Reply::LetsIn), 3 => (status, header, body).prop_map(|(s, h, b)| Reply::Refuses(s, h, b))]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_is_refused_a_pool_is_not_stormed_and_nothing_waits_for_nothing(
        replies in prop::collection::vec(reply(), 1..30),
        page in 0usize..3,
        latency_ms in 10u64..900,
        cap in prop::option::of(50u32..20_000),
    ) {
        let mut world = World::of(pages().into_iter().nth(page).unwrap());
        let parameters = Parameters { max_completion_tokens: cap, ..Parameters::default() };
        world.page.happens(Event::ParametersChanged { lane: None, parameters });
        world.asks("hello", latency_ms);
        let mut next = replies.iter().cycle();
        for step_ms in [100; 200].into_iter().chain([1_000; 150]) {
            world.ticks(step_ms, latency_ms, |_| next.next().cloned().unwrap());
            world.check();
        }
        let all_refused = world.sent.iter().skip(6).map(|(at, _)| *at).filter(|at| *at < world.let_in_ms);
        let all_refused: Vec<u64> = all_refused.collect();
        prop_assert!(all_refused.windows(2).all(|pair| pair[1] - pair[0] >= 1_000), "{:?}", all_refused);
        prop_assert!(world.most_in_a_second() <= 7, "{:?}", world.sent);
        prop_assert!(world.sent.len() <= 24, "four tries each");
        // Weeks later, nothing waits that could be sent: what still does is for its user to decide.
        world.now_ms += 40 * 86_400_000;
        (0..200).for_each(|_| world.ticks(1_000, latency_ms, |_| Reply::LetsIn));
        for lane in 0..6 {
            let waits = world.page.state.waits(lane);
            prop_assert!(waits.is_none_or(|waits| waits.start_ms.is_none()), "{} {:?}", lane, waits);
        }
    }
}

/// The aborted connection of a rejected request still ended, and took the queued retry with it.
#[test]
fn what_waits_again_outlives_the_end_of_its_former_connection() {
    let mut world = World::of(lanes(&["gpt-oss-120b"]));
    world.asks("hello", 50);
    let (_, run) = world.sent[0];
    world.refuses(run, 200, None, r#"data: {"error":{"code":429,"message":"try again in 2s"}}"#);
    let now_ms = (NOON_MS + 100) as f64;
    world.page.happens(Event::ResponseHeaders { run, status: 200, headers: vec![] });
    world.page.hears(run, &content("a stranger's"));
    world.page.happens(Event::Ended { run, now_ms });
    world.page.happens(Event::RequestFailed { run, now_ms, link: ConnectionError::Online });
    assert_eq!((world.page.states(), world.page.answer().text.as_str()), (vec!["queued"], ""));
}
