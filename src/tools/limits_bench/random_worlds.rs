//! Property tests in random worlds: concurrent lanes, responses and headers that overtake each other, some of them
//! lost, any set of windows, with or without caps.

use headroom_domain::{DefaultOutputReserve, LimitProfile, RefillPolicy, WindowLimit};
use headroom_limits::Uncertainty;
use headroom_simulator::{self as simulator, Profile, WindowKind};
use proptest::prelude::*;

use crate::{
    clients::{Headroom, Tabs},
    provider::window,
    run::run,
    workload::{Job, MODELS},
    world::{Outcome, World},
    worlds::as_believed,
};

/// The largest request, so that each can be admitted.
const MOST_TOKENS: u64 = 8_192;

fn windows() -> impl Strategy<Value = Vec<(WindowKind, u64, bool)>> {
    let kinds = [
        (WindowKind::RequestsMinute, 5..60_u64),
        (WindowKind::RequestsHour, 30..400),
        (WindowKind::RequestsDay, 60..1_000),
        (WindowKind::TokensMinute, MOST_TOKENS..80_000),
        (WindowKind::TokensHour, 3 * MOST_TOKENS..600_000),
        (WindowKind::TokensDay, 20 * MOST_TOKENS..2_000_000),
    ];
    let limits = kinds.map(|(kind, limits)| (Just(kind), limits, any::<bool>()));
    let all: Vec<_> = limits.into_iter().collect();
    proptest::sample::subsequence((0..6).collect::<Vec<usize>>(), 1..=4)
        .prop_flat_map(move |chosen| chosen.into_iter().map(|at| all[at].clone()).collect::<Vec<_>>())
}

/// Gives the provider and a client that knows its limits the same windows. Minutes and hours are buckets or fixed
/// windows aligned to the clock, days begin at midnight.
fn with_windows(world: World, windows: &[(WindowKind, u64, bool)], held: u64) -> World {
    let World { mut truth, mut believed, .. } = world.clone();
    let is_fixed = |kind: WindowKind, fixed: bool| fixed || kind.period_ms() == 86_400_000;
    for model in &mut truth.models {
        let theirs = windows.iter().map(|(kind, limit, fixed)| simulator::WindowLimit {
            kind: *kind,
            limit: *limit,
            refill: if is_fixed(*kind, *fixed) {
                simulator::RefillPolicy::FixedUtc
            } else {
                simulator::RefillPolicy::ContinuousBucket
            },
        });
        model.windows = theirs.collect();
    }
    for model in &mut believed.models {
        let ours = windows.iter().map(|(kind, limit, fixed)| WindowLimit {
            window: window(*kind),
            limit: *limit,
            refill: if is_fixed(*kind, *fixed) { RefillPolicy::Fixed } else { RefillPolicy::Bucket },
        });
        model.windows = ours.collect();
    }
    let truth = Profile { uncapped: simulator::DefaultOutputReserve::Fixed(held), ..truth };
    let believed = LimitProfile { uncapped: DefaultOutputReserve::Tokens(held), ..believed };
    World { truth, believed, ..world }
}

/// Bursts of one to six lanes, of one model or two, at the same moment or nearly so.
fn jobs() -> impl Strategy<Value = Vec<Job>> {
    let lane = (0..2_usize, 1..900_u64, proptest::option::of(1..2_000_u64), 0..1_500_u64, 0..40_u64);
    let burst = (0..12_000_u64, proptest::collection::vec(lane, 1..=6), any::<bool>());
    (proptest::collection::vec(burst, 1..14), any::<bool>()).prop_map(|(bursts, capped)| {
        let mut at_ms = 0;
        let mut jobs = Vec::new();
        for (gap_ms, lanes, alike) in bursts {
            at_ms += gap_ms;
            let first = lanes.first().cloned();
            for (model, prompt, cap, answer, later_ms) in lanes {
                let (of, input, most) = first.filter(|_| alike).map_or((model, prompt, cap), |it| (it.0, it.1, it.2));
                let most = most.or(capped.then_some(1_500));
                let answer = most.map_or(answer, |cap| answer.min(cap));
                jobs.push(Job {
                    at_ms: if alike { at_ms } else { at_ms + later_ms },
                    model: MODELS[of],
                    prompt: input,
                    cap: most,
                    answer,
                    interactive: false,
                });
            }
        }
        jobs
    })
}

prop_compose! {
    fn worlds()(
        windows in windows(), held in 500..4_000_u64, on_the_way_ms in 0..=300_u64, back_ms in 0..=300_u64, heads_ms in 0..2_000_u64,
        has_headers in any::<bool>(), written_late in any::<bool>(), hidden in proptest::collection::vec(any::<bool>(), 6),
        seed in any::<u64>(),
    ) -> World {
        let world = World { on_the_way_ms, back_ms, heads_ms, has_headers, written_late, seed, compares: true, ..as_believed().unwrap() };
        let shown = windows.iter().zip(&hidden).filter(|(_, hidden)| !**hidden).map(|((kind, ..), _)| *kind);
        World { only: shown.collect(), ..with_windows(world, &windows, held) }
    }
}

fn headroom(jobs: &[Job], world: &World) -> Outcome {
    run(&mut Headroom::with(world.believed.clone(), false), jobs, world)
}

/// These are slow: uses this many cases each, unless PROPTEST_CASES sets another number.
fn cases(usual: u32) -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    // A world takes long to run: without a bound, shrinking a failure would outlast the run that found it.
    ProptestConfig { cases: asked.unwrap_or(usual), max_shrink_time: 60_000, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(60))]

    /// Six lanes at once had 1 to 4 of 6 rejected though each verdict said "fits", and the gauges showed 28 requests
    /// left where 24 were.
    #[test]
    fn with_the_right_limits_no_lane_that_fits_is_refused_and_the_gauges_are_the_providers(jobs in jobs(), world in worlds()) {
        let outcome = headroom(&jobs, &world);
        prop_assert_eq!(&outcome.impossible, &Vec::<String>::new());
        prop_assert_eq!(outcome.wrongly_certain, 0);
        // Without a cap, a response in flight may exceed its reservation.
        if jobs.iter().all(|job| job.cap.is_some()) {
            prop_assert_eq!(outcome.refused.len(), 0);
            prop_assert!(outcome.uncertainties.iter().all(|uncertainty| *uncertainty == Uncertainty::Clock), "{:?}", outcome.uncertainties);
        }
        prop_assert!(outcome.finished_ms().is_some());
    }

    /// Each tab has its own request log and reads only the headers of its own responses.
    #[test]
    fn ten_tabs_of_one_browser_are_refused_nothing_either(jobs in jobs(), world in worlds()) {
        // No user presses two keys in two tabs at the same moment.
        let mut jobs = jobs;
        jobs.sort_by_key(|job| job.at_ms);
        for (number, job) in jobs.iter_mut().enumerate() {
            job.at_ms += 50 * number as u64;
            job.cap = job.cap.or(Some(1_500));
        }
        let outcome = run(&mut Tabs::of(10, &world.believed), &jobs, &world);
        prop_assert_eq!((outcome.refused.len(), outcome.wrongly_certain), (0, 0));
        // A value in headers may include what another tab sent in the last 30 ms, before its message arrives here: then it
        // looks as if somebody else used the account.
        let is_known = |uncertainty: &Uncertainty| matches!(uncertainty, Uncertainty::Clock | Uncertainty::Unexplained);
        prop_assert!(outcome.uncertainties.iter().all(is_known), "{:?}", outcome.uncertainties);
        prop_assert!(outcome.finished_ms().is_some());
    }

    #[test]
    fn what_a_lost_answer_took_is_unknown_and_the_verdict_says_so(
        jobs in jobs(), world in worlds(), lost_percent in 1..60_u64,
    ) {
        let outcome = headroom(&jobs, &World { lost_percent, ..world });
        prop_assert_eq!(&outcome.impossible, &Vec::<String>::new());
        prop_assert_eq!(outcome.wrongly_certain, 0);
    }

}

proptest! {
    #![proptest_config(cases(12))]

    /// After the first rejections, no verdict is certain for an hour. Until then, a burst of each model may be in
    /// flight.
    #[test]
    fn who_shares_an_account_unknowingly_is_certain_only_until_the_first_refusals(
        jobs in jobs(), world in worlds(), every_ms in 300..8_000_u64,
    ) {
        let outcome = headroom(&jobs, &World { others_every_ms: Some(every_ms), compares: false, ..world });
        let hours = outcome.refused.last().map_or(0, |at_ms| at_ms / 3_600_000);
        let most = 12 * (1 + usize::try_from(hours).unwrap_or(0));
        prop_assert!(outcome.wrongly_certain <= most, "{} of {}", outcome.wrongly_certain, outcome.refused.len());
    }
}
