//! The worlds, and the best possible result in them.

use headroom_domain::{DefaultOutputReserve, LimitProfile};
use headroom_limits::profiles;
use headroom_simulator::{self as simulator, Profile, Refund, Unit};

use crate::{
    clients::Oracle,
    run::run,
    workload::Job,
    world::{NOON_MS, World},
};

const PROFILE: &str = "cerebras-guide";
/// Two minutes before midnight UTC.
const LATE_MS: u64 = NOON_MS + 12 * 3_600_000 - 120_000;
/// A daily token limit that is too small for the time until midnight.
const SMALL_DAY: u64 = 90_000;

/// The world as the profile says; `None` if there is no such profile.
#[must_use]
pub fn as_believed() -> Option<World> {
    Some(World {
        name: "everything is as the profile says",
        truth: Profile::named(PROFILE)?,
        believed: profiles().iter().find(|profile| profile.id == PROFILE)?.clone(),
        start_ms: NOON_MS,
        on_the_way_ms: 0,
        ahead_ms: 0,
        back_ms: 0,
        heads_ms: 0,
        has_headers: false,
        only: Vec::new(),
        written_late: false,
        lost_percent: 0,
        others_every_ms: None,
        probes: false,
        compares: false,
        seed: 1,
    })
}

/// The worlds in which all clients run.
#[must_use]
pub fn compared(believed: &World) -> Vec<World> {
    vec![
        believed.clone(),
        World { name: "requests take up to 300 ms on their way", on_the_way_ms: 300, ..believed.clone() },
        too_high(believed),
        no_refund(believed),
    ]
}

/// The limits are half of what the profile says.
#[must_use]
pub fn too_high(believed: &World) -> World {
    let name = "the limits are half of what the profile says";
    World { name, truth: scaled(&believed.truth, 1, 2), ..believed.clone() }
}

/// Reservations are not refunded.
#[must_use]
pub fn no_refund(believed: &World) -> World {
    let name = "what is held and not used does not come back";
    World { name, truth: Profile { refund: Refund::Never, ..believed.truth.clone() }, ..believed.clone() }
}

/// The limits are twice what the profile says.
#[must_use]
pub fn too_low(believed: &World) -> World {
    let name = "the limits are twice what the profile says";
    World { name, truth: scaled(&believed.truth, 2, 1), ..believed.clone() }
}

/// Worlds in which only our client runs, on the same workloads as the others.
#[must_use]
pub fn ours(believed: &World) -> Vec<World> {
    let all_at_once = World { truth: no_refund(believed).truth, ..too_high(believed) };
    vec![
        World { name: "the limits are half, and headers can be read", has_headers: true, ..too_high(believed) },
        World { name: "nothing held comes back, and headers can be read", has_headers: true, ..no_refund(believed) },
        World { name: "the limits are half, and requests take up to 300 ms", on_the_way_ms: 300, ..too_high(believed) },
        World {
            name: "the limits are half, and nothing held comes back",
            truth: scaled(&all_at_once.truth, 1, 2),
            ..all_at_once
        },
        World { name: "the limits are right, and it may probe", probes: true, ..believed.clone() },
    ]
}

/// Worlds in which the limits are twice what the profile says: for the longer workloads.
#[must_use]
pub fn higher(believed: &World) -> Vec<World> {
    let low = too_low(believed);
    vec![
        low.clone(),
        World { name: "the limits are twice, and it may probe", probes: true, ..low.clone() },
        World { name: "the same, and requests take up to 300 ms", probes: true, on_the_way_ms: 300, ..low.clone() },
        World { name: "the limits are twice, and headers can be read", has_headers: true, ..low },
    ]
}

/// Worlds of responses without a cap: the output reserve is as the profile says, more, or less.
#[must_use]
pub fn without_caps(believed: &World) -> Vec<World> {
    let held = |name, ours, theirs| World {
        name,
        truth: Profile { uncapped: simulator::DefaultOutputReserve::Fixed(theirs), ..believed.truth.clone() },
        believed: LimitProfile { uncapped: DefaultOutputReserve::Tokens(ours), ..believed.believed.clone() },
        ..believed.clone()
    };
    let name = "4,000 tokens are held without a cap, and the profile says 1,000";
    let less = held("2,000 are held, the profile says 7,000, and it may probe", 7_000, 2_000);
    let halved = held("2,000 are held as the profile says, and the limits are half", 2_000, 2_000);
    vec![
        held("2,000 tokens are held without a cap, as the profile says", 2_000, 2_000),
        held(name, 1_000, 4_000),
        World { has_headers: true, name: "the same, and headers can be read", ..held(name, 1_000, 4_000) },
        World { truth: scaled(&halved.truth, 1, 2), ..halved },
        World { probes: true, ..less },
    ]
}

/// Worlds of concurrent lanes, whose responses and headers overtake each other.
#[must_use]
pub fn overtaking(believed: &World) -> Vec<World> {
    use simulator::WindowKind::{RequestsMinute, TokensMinute};
    let world = World {
        name: "2,000 are held without a cap, headers and answers overtake each other",
        on_the_way_ms: 200,
        back_ms: 200,
        heads_ms: 600,
        has_headers: true,
        truth: Profile { uncapped: simulator::DefaultOutputReserve::Fixed(2_000), ..believed.truth.clone() },
        believed: LimitProfile { uncapped: DefaultOutputReserve::Tokens(2_000), ..believed.believed.clone() },
        ..believed.clone()
    };
    vec![
        world.clone(),
        World { name: "the same, and headers tell of requests alone", only: vec![RequestsMinute], ..world.clone() },
        World { name: "the same, of tokens alone", only: vec![TokensMinute], ..world.clone() },
        World { name: "the same, written when the answer begins", written_late: true, ..world.clone() },
        World { name: "the same, and no headers", has_headers: false, ..world },
    ]
}

/// Worlds in which midnight comes while the day's tokens are being used.
#[must_use]
pub fn at_midnight(believed: &World) -> Vec<World> {
    let mut truth = believed.truth.clone();
    let mut ours = believed.believed.clone();
    for window in truth.models.iter_mut().flat_map(|model| &mut model.windows) {
        if window.kind == simulator::WindowKind::TokensDay {
            window.limit = SMALL_DAY;
        }
    }
    for window in ours.models.iter_mut().flat_map(|model| &mut model.windows) {
        if window.window == headroom_domain::LimitWindow::TokensDay {
            window.limit = SMALL_DAY;
        }
    }
    let world = |name, ahead_ms| World {
        name,
        truth: truth.clone(),
        believed: ours.clone(),
        start_ms: LATE_MS,
        ahead_ms,
        ..believed.clone()
    };
    vec![
        world("midnight comes, and the clocks agree", 0),
        world("midnight comes, and the client's clock is 37 s ahead", 37_000),
        world("midnight comes, and the client's clock is 37 s behind", -37_000),
    ]
}

/// Scales every limit.
fn scaled(terms: &Profile, times: u64, by: u64) -> Profile {
    let mut terms = terms.clone();
    for window in terms.models.iter_mut().flat_map(|model| &mut model.windows) {
        window.limit = window.limit * times / by;
    }
    terms
}

/// The least time in which all jobs can be done, in milliseconds: no schedule beats the bound. If a day ends meanwhile
/// there is no such bound; then it is the time of the client that reads the provider's accounting.
#[must_use]
pub fn best_ms(jobs: &[Job], world: &World) -> u64 {
    match world.start_ms {
        NOON_MS => bound_ms(jobs, &world.truth),
        _ => run(&mut Oracle::default(), jobs, &World { ahead_ms: 0, ..world.clone() }).finished_ms().unwrap_or(0),
    }
}

/// A lower bound for every schedule, in milliseconds, whatever it knows: by the time the last request of a model is
/// admitted, each bucket has supplied what all others used and the reservation of the last one, which then runs.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a bound in ms"
)]
pub fn bound_ms(jobs: &[Job], terms: &Profile) -> u64 {
    let mut bound = jobs.iter().map(|job| job.at_ms + job.takes_ms()).max().unwrap_or(0);
    for model in &terms.models {
        let of_model: Vec<&Job> = jobs.iter().filter(|job| job.model == model.id).collect();
        let held = |job: &Job| {
            let room = model.max_output.min(model.context - job.prompt);
            let uncapped = || match terms.uncapped {
                simulator::DefaultOutputReserve::ContextRemainder => room,
                simulator::DefaultOutputReserve::Fixed(tokens) => tokens.min(room),
                simulator::DefaultOutputReserve::Guess => (2 * job.prompt + 512).min(room),
            };
            job.prompt + job.cap.unwrap_or_else(uncapped)
        };
        let used = |job: &Job| match terms.refund {
            Refund::ToActual => job.prompt + job.answer,
            Refund::Never => held(job).max(job.prompt + job.answer),
        };
        // The last one is whichever makes this least.
        let if_last = of_model.iter().map(|last| {
            let waits = model.windows.iter().map(|window| {
                let needed: u64 = match window.kind.unit() {
                    Unit::Requests => of_model.len() as u64,
                    _ => of_model.iter().map(|job| used(job)).sum::<u64>() - used(last) + held(last),
                };
                needed.saturating_sub(window.limit) as f64 * window.kind.period_ms() as f64 / window.limit as f64
            });
            waits.fold(0.0, f64::max) as u64 + last.takes_ms()
        });
        bound = bound.max(if_last.min().unwrap_or(0));
    }
    bound
}
