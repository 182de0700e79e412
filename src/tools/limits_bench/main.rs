//! Prints the results of each client on each workload: the number of rejections, the finishing time, its share of the
//! least time that any schedule needs, and the 95th percentile of how long a user waits to be admitted.
//!
//! Also prints, for each request that had to wait, the accuracy of the wait forecast when it was next in the queue:
//! right means within 5% or 0.3 s of the wait by the provider's own accounting if nothing else is sent and requests in
//! flight use their full reservation; "as it came" compares with the wait if requests in flight refund what they do not
//! need, which cannot be known in advance.

use std::process::ExitCode;

use headroom_limits_bench::{
    clients::{Backoff, Client, Headroom, Oracle, Spacing},
    run::run,
    workload::{Job, all, lanes, longer, without_caps},
    world::World,
    worlds::{self, best_ms},
};

#[expect(clippy::print_stdout, reason = "a command says what it found")]
fn main() -> ExitCode {
    let Some(believed) = worlds::as_believed() else { return ExitCode::FAILURE };
    for world in worlds::compared(&believed) {
        println!("\nWhere {}", world.name);
        for (name, jobs) in all() {
            println!("{}", head(name));
            for (client, mut it) in others() {
                println!("{}", line(client, it.as_mut(), &jobs, &world));
            }
            println!("{}", line("Headroom", &mut ours(&world), &jobs, &world));
        }
    }
    let alone = worlds::ours(&believed).into_iter().map(|world| (world, all()));
    let higher = worlds::higher(&believed).into_iter().map(|world| (world, longer()));
    let midnight = worlds::at_midnight(&believed).into_iter().map(|world| (world, all()));
    let overtaking = worlds::overtaking(&believed).into_iter().map(|world| (world, lanes()));
    let without_caps = worlds::without_caps(&believed).into_iter().map(|world| (world, without_caps()));
    println!("\nHeadroom alone");
    for (world, workloads) in alone.chain(higher).chain(without_caps).chain(overtaking).chain(midnight) {
        println!("\nWhere {}", world.name);
        println!("{}", head(""));
        for (name, jobs) in workloads {
            println!("{}", line(name, &mut ours(&world), &jobs, &world));
        }
    }
    ExitCode::SUCCESS
}

fn others() -> Vec<(&'static str, Box<dyn Client>)> {
    vec![
        ("back off and retry", Box::<Backoff>::default()),
        ("fixed spacing", Box::new(Spacing::of(30))),
        ("reads the provider's books", Box::<Oracle>::default()),
    ]
}

fn ours(world: &World) -> Headroom {
    Headroom::with(world.believed.clone(), world.probes)
}

fn head(name: &str) -> String {
    format!("  {name:<33} refused  finished  of the best  user waits | foretold  right  19 of 20 within  as it came")
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of some hours")]
fn line(name: &str, client: &mut dyn Client, jobs: &[Job], world: &World) -> String {
    let outcome = run(client, jobs, world);
    let seconds = |ms: u64| format!("{:.1} s", ms as f64 / 1_000.0);
    let finished = outcome.finished_ms();
    let share = finished.map(|ms| format!("{:.1}%", 100.0 * best_ms(jobs, world) as f64 / ms as f64));
    let foretold = outcome.accuracy().map(|(known, as_it_came)| {
        let percent = |part: usize| format!("{:.0}%", 100.0 * part as f64 / known.of as f64);
        format!(
            "| {:>8} {:>6} {:>16} {:>11}",
            known.of,
            percent(known.right),
            seconds(known.most_within_ms),
            percent(as_it_came.right)
        )
    });
    format!(
        "    {name:<31} {:>7} {:>9} {:>12} {:>11} {}",
        outcome.refused.len(),
        finished.map_or("never".to_owned(), seconds),
        share.unwrap_or_default(),
        outcome.interactive_wait_ms(jobs).map(seconds).unwrap_or_default(),
        foretold.unwrap_or_default()
    )
    .trim_end()
    .to_owned()
}
