//! Tests of plans: examples, property tests, and runs against the simulator.

use headroom_domain::Price;

use super::{simulator::*, *};

fn waiting<'a>(profile: &'a LimitProfile, limits: &'a ModelLimits, input: u64, cap: u64) -> Waiting<'a> {
    let need = need(profile, limits, input, Some(cap));
    Waiting { account: "a", model: "m", profile, limits, need, not_before_ms: 0 }
}

/// The starts as seconds from now; `None` for never.
fn seconds(starts: &[Start]) -> Vec<Option<u64>> {
    let second = |start: &Start| match start {
        Start::Now => Some(0),
        Start::At { ms, .. } => Some((ms - NOON_MS).div_ceil(1_000)),
        Start::Never { .. } => None,
    };
    starts.iter().map(second).collect()
}

const IDS: [&str; 8] = ["0", "1", "2", "3", "4", "5", "6", "7"];

#[test]
fn a_burst_goes_at_the_full_rate_of_the_bucket_and_no_faster() {
    let limits = model(&[limit(LimitWindow::TokensMinute, 60_000, RefillPolicy::Bucket)]);
    let profile = profile(vec![limits.clone()]);
    let burst: Vec<_> = IDS.iter().map(|_| waiting(&profile, &limits, 5_000, 15_000)).collect();
    let starts = plan(&Ledger::default(), &burst, NOON_MS);
    // Three of 20,000 empty the bucket. It gives back 1,000 a second, once they have arrived: 300 ms, and once only.
    assert_eq!(seconds(&starts), [0, 0, 0, 21, 41, 61, 81, 101].map(Some));
    let minute = Some(Binding::Window(LimitWindow::TokensMinute));
    assert_eq!(starts[3], Start::At { ms: NOON_MS + 20_300, binding: minute });
    assert_eq!(starts[7], Start::At { ms: NOON_MS + 100_300, binding: minute });
}

#[test]
fn a_burst_waits_for_the_first_answers_before_all_of_it_goes() {
    let limits = model(&[limit(LimitWindow::RequestsMinute, 30, RefillPolicy::Bucket)]);
    let profile = profile(vec![limits.clone()]);
    let burst: Vec<_> = IDS.iter().map(|_| waiting(&profile, &limits, 1, 1)).collect();
    let mut ledger = Ledger::default();
    let soon = Start::At { ms: NOON_MS + 250, binding: None };
    let starts = plan(&ledger, &burst, NOON_MS);
    assert_eq!((&starts[..6], &starts[6..]), (&[Start::Now; 6][..], &[soon; 2][..]));
    for id in &IDS[..6] {
        ledger.sent(request(id, NOON_MS, 2));
    }
    assert_eq!(plan(&ledger, &burst[6..], NOON_MS), [soon; 2]);
    assert_eq!(ledger.accepted(&limits, Refund::ToActual, "3", NOON_MS), None);
    assert_eq!(plan(&ledger, &burst[6..], NOON_MS), [Start::Now; 2], "one answer makes room for two");
    let mut mute = Ledger::default();
    IDS[..6].iter().for_each(|id| mute.sent(request(id, NOON_MS, 2)));
    assert_eq!(
        plan(&mute, &burst[6..], NOON_MS + 10_000),
        [Start::Now; 2],
        "who never answers does not hold up the rest"
    );
}

#[test]
fn order_is_kept_within_a_pool_and_nowhere_else() {
    let small = model(&[limit(LimitWindow::TokensMinute, 60_000, RefillPolicy::Bucket)]);
    let other = ModelLimits { id: "other".into(), ..small.clone() };
    let profile = profile(vec![small.clone(), other.clone()]);
    let burst = [
        waiting(&profile, &small, 10_000, 40_000),
        waiting(&profile, &small, 10_000, 40_000),
        waiting(&profile, &small, 100, 100),
        Waiting { model: "other", ..waiting(&profile, &other, 10_000, 40_000) },
        Waiting { account: "b", ..waiting(&profile, &small, 10_000, 40_000) },
    ];
    let starts = plan(&Ledger::default(), &burst, NOON_MS);
    assert_eq!(seconds(&starts), [0, 41, 41, 0, 0].map(Some), "the small one waits for its turn");
}

#[test]
fn what_never_fits_holds_nobody_up() {
    let limits = model(&[limit(LimitWindow::TokensMinute, 60_000, RefillPolicy::Bucket)]);
    let profile = profile(vec![limits.clone()]);
    let burst = [waiting(&profile, &limits, 10_000, 90_000), waiting(&profile, &limits, 10_000, 10_000)];
    let starts = plan(&Ledger::default(), &burst, NOON_MS);
    let binding = Binding::Window(LimitWindow::TokensMinute);
    assert_eq!(starts, [Start::Never { binding, largest_cap: Some(50_000) }, Start::Now]);
}

#[test]
fn what_the_server_said_is_waited_for() {
    let limits = model(&[limit(LimitWindow::RequestsMinute, 30, RefillPolicy::Bucket)]);
    let profile = profile(vec![limits.clone()]);
    let stated = Waiting { not_before_ms: NOON_MS + 7_000, ..waiting(&profile, &limits, 1, 1) };
    let starts = plan(&Ledger::default(), &[stated, waiting(&profile, &limits, 1, 1)], NOON_MS);
    assert_eq!(starts, [Start::At { ms: NOON_MS + 7_000, binding: None }; 2], "who comes after it does not pass it");
}

#[test]
fn windows_of_every_law_are_waited_for_one_after_the_other() {
    let limits = ModelLimits {
        price: Some(Price { prompt_dollars: 0.0, completion_dollars: 0.0 }),
        ..model(&[
            limit(LimitWindow::RequestsMinute, 2, RefillPolicy::Sliding),
            limit(LimitWindow::RequestsDay, 5, RefillPolicy::Fixed),
        ])
    };
    let profile = profile(vec![limits.clone()]);
    let burst: Vec<_> = IDS.iter().map(|_| waiting(&profile, &limits, 1, 1)).collect();
    let starts = plan(&Ledger::default(), &burst, NOON_MS);
    let midnight = (DAY_MS / 2) / 1_000;
    assert_eq!(seconds(&starts), [0, 0, 60, 60, 120, midnight, midnight, midnight + 60].map(Some));
}

proptest! {
    /// The earlier requests are ours; planned requests are sent at the planned times, and the simulator rejects none.
    #[test]
    fn a_plan_that_is_carried_out_is_never_refused(
        jobs in proptest::collection::vec((1..400_usize, 1..6_000_u64), 1..20),
        id in prop_oneof![Just("cerebras-guide"), Just("cerebras-trial")],
    ) {
        let profile = profiles().iter().find(|profile| profile.id == id).unwrap();
        let limits = profile.of_model(MODEL).unwrap();
        // The simulator counts a word as one or two tokens, plus its template.
        let input = |words: usize| 2 * words as u64 + 120;
        let burst: Vec<_> = jobs.iter().map(|(words, cap)| {
            let need = need(profile, limits, input(*words), Some(*cap));
            Waiting { account: "a", model: MODEL, profile, limits, need, not_before_ms: 0 }
        }).collect();
        let starts = plan(&Ledger::default(), &burst, NOON_MS);
        let mut simulator = simulator(id);
        let mut last_ms = NOON_MS;
        for ((words, cap), start) in jobs.iter().zip(&starts) {
            let ms = match start {
                Start::Now => NOON_MS,
                Start::At { ms, .. } => *ms,
                Start::Never { .. } => continue,
            };
            prop_assert!(ms >= last_ms, "in their order");
            last_ms = ms;
            let answer = ask(&mut simulator, *words, *cap, ms);
            prop_assert_eq!(answer.status, 200, "{} ms after the first", ms - NOON_MS);
        }
    }

    #[test]
    fn nothing_waits_longer_than_it_must((life, seed) in (lives(), any::<u64>()), refill in proptest::sample::select(LAWS.to_vec())) {
        let limits = model(&[limit(LimitWindow::TokensMinute, 20_000, refill), limit(LimitWindow::RequestsMinute, 10, refill)]);
        let profile = profile(vec![limits.clone()]);
        // After the last known end: the ledger does not know the future.
        let (ledger, last) = ledger_of(&life);
        let now = last + 90_000;
        let burst: Vec<_> = (0..IDS.len()).map(|place| {
            waiting(&profile, &limits, 10, (seed >> (8 * place)) % 20_500)
        }).collect();
        let starts = plan(&ledger, &burst, now);
        let mut history = ledger;
        let mut turn = now;
        for ((request, id), start) in burst.iter().zip(IDS).zip(starts) {
            let verdict_at = |history: &Ledger, ms| verdict(&profile, &limits, history, "a", "m", request.need, ms);
            let ms = match start {
                Start::Never { .. } => {
                    let never = matches!(verdict_at(&history, turn), Verdict::Never { .. });
                    prop_assert!(never);
                    continue;
                }
                Start::Now => now,
                Start::At { ms, .. } => ms,
            };
            prop_assert_eq!(verdict_at(&history, ms), Verdict::Fits);
            // A second before, it did not fit, or it was not its turn.
            if ms > turn + 1_000 {
                let waits = matches!(verdict_at(&history, ms - 1_000), Verdict::Wait { .. });
                prop_assert!(waits, "{} ms after its turn", ms - turn);
            }
            turn = ms;
            history.sent(Request { pool: "m".into(), ..super::request(id, ms, request.need.tokens()) });
        }
    }
}
