//! Prints what each client makes of each workload: how often it is refused, when it has finished, what share of the least
//! time that is which any schedule needs, and how long a user waits to be let in, nineteen times of twenty.

use std::process::ExitCode;

use headroom_limits_bench::{
    clients::{Backoff, Client, Headroom, Oracle, Spacing},
    workload::{Job, all},
    world::{bound_ms, run},
};
use headroom_simulator::{Profile, Refund};

const PROFILE: &str = "cerebras-guide";

#[expect(clippy::print_stdout, reason = "a command says what it found")]
fn main() -> ExitCode {
    let Some(terms) = Profile::named(PROFILE) else { return ExitCode::FAILURE };
    let halved = {
        let mut terms = terms.clone();
        for window in terms.models.iter_mut().flat_map(|model| &mut model.windows) {
            window.limit /= 2;
        }
        terms
    };
    let worlds = [
        ("the limits are as the profile says", terms.clone()),
        ("the limits are half of what the profile says", halved),
        ("what is held and not used does not come back", Profile { refund: Refund::Never, ..terms }),
    ];
    for (world, terms) in worlds {
        println!("\nWhere {world}");
        for (name, jobs) in all() {
            println!("  {name:<32} refused  finished    of the best   user waits");
            for (client, mut it) in clients() {
                println!("{}", line(client, it.as_mut(), &jobs, &terms));
            }
        }
    }
    ExitCode::SUCCESS
}

fn clients() -> Vec<(&'static str, Box<dyn Client>)> {
    let mut all: Vec<(&'static str, Box<dyn Client>)> = vec![
        ("back off and retry", Box::<Backoff>::default()),
        ("fixed spacing", Box::new(Spacing::of(30))),
        ("reads the provider's books", Box::<Oracle>::default()),
    ];
    if let Some(headroom) = Headroom::with(PROFILE) {
        all.push(("Headroom", Box::new(headroom)));
    }
    all
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of some hours")]
fn line(name: &str, client: &mut dyn Client, jobs: &[Job], terms: &Profile) -> String {
    let outcome = run(client, jobs, terms);
    let seconds = |ms: u64| format!("{:.1} s", ms as f64 / 1_000.0);
    let finished = outcome.finished_ms();
    let share = finished.map(|ms| format!("{:.1}%", 100.0 * bound_ms(jobs, terms) as f64 / ms as f64));
    format!(
        "    {name:<30} {:>7} {:>9} {:>14} {:>12}",
        outcome.refused,
        finished.map_or("never".to_owned(), seconds),
        share.unwrap_or_default(),
        outcome.interactive_wait_ms(jobs).map(seconds).unwrap_or_default()
    )
}
