//! What the verdict and the button say is what Send does.

use headroom_domain::Parameters;
use headroom_limits::Verdict;
use proptest::prelude::*;

use super::{Page, from_tab, lanes::lanes};
use crate::{scheduler::assess::assess, *};

/// 2026-11-30 12:00:00 UTC.
const NOON_MS: u64 = 1_796_040_000_000;

/// A step of a page's past.
#[derive(Clone, Debug)]
enum Step {
    /// Sends to all lanes.
    Sends(usize),
    /// Time passes.
    WaitStatus(u64),
    /// The oldest request in flight is answered.
    Answered,
    /// It is rejected, with a time to wait or without.
    Refused(Option<u64>),
    /// Another tab has requests waiting.
    OtherTab(Vec<(u8, u32)>),
    /// The cap of a lane changes.
    Cap(usize, Option<u32>),
    /// Probing is turned on or off.
    Probes(bool),
    /// A lane's waiting request is stopped.
    Stops(usize),
    /// Another chat is begun, while requests of this one wait or run.
    NewChat,
    /// The queue is turned on or off.
    Queue(bool),
    /// The provider reports this credit, in hundredths of a cent.
    Credit(u32),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1usize..400).prop_map(Step::Sends),
        3 => (0u64..70_000).prop_map(Step::WaitStatus),
        3 => Just(Step::Answered),
        2 => prop::option::of(0u64..90).prop_map(Step::Refused),
        1 => prop::collection::vec((0u8..2, 1u32..9_000), 0..4).prop_map(Step::OtherTab),
        2 => (0usize..4, prop::option::of(1u32..40_000)).prop_map(|(lane, cap)| Step::Cap(lane, cap)),
        1 => any::<bool>().prop_map(Step::Probes),
        1 => (0usize..4).prop_map(Step::Stops),
        2 => Just(Step::NewChat),
        1 => any::<bool>().prop_map(Step::Queue),
        1 => (0u32..60).prop_map(Step::Credit),
    ]
}

const MODELS: [&str; 3] = ["gpt-oss-120b", "llama3.1-8b", "qwen-3-32b"];

struct World {
    page: Page,
    now_ms: u64,
    in_flight: Vec<RunId>,
}

impl World {
    fn new(models: &[usize], profile: &str) -> Self {
        let models: Vec<&str> = models.iter().map(|model| MODELS[*model]).collect();
        let mut page = lanes(&models);
        page.counts_at_once();
        page.happens(Event::LimitsChosen { provider: "cerebras".into(), profile: profile.into() });
        Self { page, now_ms: NOON_MS, in_flight: Vec::new() }
    }

    fn happens(&mut self, event: Event) {
        let effects = self.page.happens(event);
        self.in_flight.extend(effects.iter().filter_map(|effect| match effect {
            Effect::Send(outgoing) => Some(outgoing.run),
            _ => None,
        }));
    }

    fn set_cap(&mut self, lane: usize, cap: Option<u32>) {
        let lane = lane % self.page.state.settings().lane_count();
        let parameters = Parameters { max_completion_tokens: cap, ..Parameters::default() };
        self.happens(Event::ParametersChanged { lane: Some(lane), parameters });
    }

    fn takes(&mut self, step: &Step) {
        let now_ms = self.now_ms as f64;
        self.page.now_ms = now_ms;
        match step {
            Step::Sends(words) => {
                self.happens(Event::DraftChanged("word ".repeat(*words)));
                self.happens(Event::SendPressed { now_ms });
            }
            Step::WaitStatus(ms) => {
                self.now_ms += ms;
                self.happens(Event::QueueDue { now_ms: self.now_ms as f64 });
            }
            Step::Answered if !self.in_flight.is_empty() => {
                let run = self.in_flight.remove(0);
                self.page.answered(run, "yes");
                self.now_ms = self.now_ms.max(whole_ms(self.page.now_ms));
            }
            Step::Refused(seconds) if !self.in_flight.is_empty() => {
                let run = self.in_flight.remove(0);
                let headers = seconds.map(|seconds| ("retry-after".to_owned(), seconds.to_string()));
                self.happens(Event::ResponseHeaders { run, status: 429, headers: headers.into_iter().collect() });
                self.happens(Event::Ended { run, now_ms });
            }
            Step::OtherTab(claims) => {
                let claims = claims.iter().enumerate().map(|(run, (model, cap))| {
                    let model = MODELS[usize::from(*model)];
                    format!(r#"{{"run":{run},"account":"cerebras","model":"{model}","input":50,"cap":{cap},"asked_ms":{},"not_before_ms":0}}"#, self.now_ms)
                });
                let claims = claims.collect::<Vec<_>>().join(",");
                let record = format!(r#"{{"tab":2,"at_ms":{},"waits":[{claims}]}}"#, self.now_ms);
                self.happens(from_tab(record));
            }
            Step::Cap(lane, cap) => self.set_cap(*lane, *cap),
            Step::Probes(is_on) => self.happens(Event::ProbingSet(*is_on)),
            Step::Stops(lane) => {
                let lane = Some(lane % self.page.state.settings().lane_count());
                self.happens(Event::StopPressed { lane, now_ms });
            }
            Step::NewChat => self.happens(Event::NewChatPressed),
            Step::Queue(is_on) => self.happens(Event::QueueSet(*is_on)),
            Step::Credit(left) => {
                let left = f64::from(*left) / 10_000.0;
                let body = format!(r#"{{"data":{{"limit":10,"limit_remaining":{left},"usage":2.5}}}}"#);
                let key_changes = self.page.state.key_changes();
                self.happens(Event::AccountReported { provider: "cerebras".into(), key_changes, body, now_ms });
            }
            Step::Answered | Step::Refused(_) => {}
        }
    }
}

fn check(mut world: World, words: usize) -> Result<(), TestCaseError> {
    let page = &mut world.page;
    let now_ms = world.now_ms;
    page.happens(Event::DraftChanged("word ".repeat(words)));
    if page.state.can_send().is_err() {
        return Ok(());
    }
    let asked = page.state.lanes_to_ask();
    let assessments = assess(&page.state, now_ms);
    let queues = page.state.send_queues(&assessments);
    page.happens(Event::SendPressed { now_ms: now_ms as f64 });
    let mut all_wait = true;
    for lane in &asked {
        let verdict = assessments[*lane].verdict;
        let state = page.state.lane_state(*lane);
        let starts_ms = page.state.waits(*lane).and_then(|waits| waits.start_ms);
        all_wait &= state == LaneState::Queued;
        let asked_input = page.state.live(*lane).and_then(|live| Some(live.asked.as_ref()?.input));
        if let (Some(need), Some(input)) = (assessments[*lane].need, asked_input) {
            prop_assert_eq!(need.input, input, "lane {}: the verdict counted other tokens", lane);
        }
        match verdict {
            // Without the queue, everything is sent, whatever the verdict.
            _ if page.state.settings().sends_at_once => prop_assert_eq!(state, LaneState::Waiting),
            Some(Verdict::Wait { ms, .. }) => {
                prop_assert_eq!(state, LaneState::Queued, "{:?} of lane {} was sent", verdict, lane);
                // Those before it are in transit now: refills of 300 ms at a time may be counted otherwise.
                let off_ms = starts_ms.map(|starts_ms| starts_ms.abs_diff(now_ms + ms));
                // A probe goes earlier, and how much earlier depends on what was sent before it.
                let is_close = page.state.settings().probes || off_ms.is_some_and(|off| off <= 1_000);
                prop_assert!(is_close, "lane {}: {:?}, starts {:?}", lane, verdict, starts_ms);
            }
            Some(Verdict::Never { .. }) if asked.len() > 1 => {
                prop_assert_eq!(state, LaneState::Stopped, "{:?} of lane {}", verdict, lane);
            }
            // Asked alone, it is sent all the same: its user saw the verdict, and the limits may be wrong.
            Some(Verdict::Fits | Verdict::Never { .. }) | None => {
                prop_assert_eq!(state, LaneState::Waiting, "{:?} of lane {} waits: {:?}", verdict, lane, starts_ms);
            }
        }
    }
    prop_assert_eq!(queues, all_wait, "the button said otherwise");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 400, ..ProptestConfig::default() })]
    #[test]
    fn what_the_verdict_and_the_button_say_is_what_send_does(
        models in prop::collection::vec(0usize..3, 1..5),
        profile in prop_oneof![Just("cerebras-trial"), Just("cerebras-guide"), Just("")],
        steps in prop::collection::vec(step(), 0..24),
        words in 1usize..2_000,
    ) {
        let mut world = World::new(&models, profile);
        for step in &steps {
            world.takes(step);
        }
        // What is in flight may be answered; what waits is called off, so that Send is possible.
        for lane in 0..models.len() {
            world.takes(&Step::Stops(lane));
        }
        check(world, words)?;
    }
}
