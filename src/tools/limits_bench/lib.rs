//! `./dev bench limits`: compares how well clients use a provider's limits.
//!
//! The provider is the simulator's [`Account`](headroom_simulator::Account), which keeps its own request log and was
//! written without knowing ours; its rejections are final. Time is virtual, so an hour takes a moment and every run
//! gives the same numbers.

pub mod clients;
pub mod provider;
pub mod run;
pub mod workload;
pub mod world;
pub mod worlds;

#[cfg(test)]
mod random_worlds;
#[cfg(test)]
mod tests {
    use crate::{
        clients::{Backoff, Headroom},
        run::run,
        workload::{Job, all, lanes, longer, without_caps},
        world::{Accuracy, Outcome, World},
        worlds::{self, as_believed, best_ms},
    };

    fn headroom(jobs: &[Job], world: &World) -> Outcome {
        run(&mut Headroom::with(world.believed.clone(), world.probes), jobs, world)
    }

    fn share(outcome: &Outcome, jobs: &[Job], world: &World) -> f64 {
        best_ms(jobs, world) as f64 / outcome.finished_ms().unwrap() as f64
    }

    /// Checks our client on workloads in a world: the maximum number of rejections, and the minimum share of the best.
    fn holds(world: &World, workloads: Vec<(&str, Vec<Job>)>, most_refused: usize, least_share: f64) {
        for (name, jobs) in workloads {
            let outcome = headroom(&jobs, world);
            let (refused, share) = (outcome.refused.len(), share(&outcome, &jobs, world));
            assert!(refused <= most_refused, "{name} where {}: {refused}", world.name);
            assert!((least_share..=1.0).contains(&share), "{name} where {}: {share}", world.name);
        }
    }

    #[test]
    fn with_the_right_profile_nothing_is_refused_and_nearly_everything_is_used() {
        let believed = as_believed().unwrap();
        for world in worlds::compared(&believed).into_iter().take(2) {
            holds(&world, all(), 0, 0.97);
            for (name, jobs) in all() {
                let outcome = headroom(&jobs, &world);
                assert!(outcome.interactive_wait_ms(&jobs).is_none_or(|ms| ms < 3_000), "{name}");
                let right = |known: Accuracy| known.right == known.of;
                assert!(outcome.accuracy().is_none_or(|(known, _)| right(known)), "{name}: {:?}", outcome.accuracy());
            }
        }
        holds(&worlds::without_caps(&believed)[0], without_caps(), 0, 0.97);
    }

    /// Six lanes at once had 1 to 4 of 6 rejected though each verdict said "fits".
    #[test]
    fn lanes_whose_answers_overtake_each_other_are_refused_nothing() {
        for world in worlds::overtaking(&as_believed().unwrap()) {
            holds(&world, lanes(), 0, 0.97);
        }
    }

    #[test]
    fn a_profile_that_claims_too_much_costs_five_refusals_at_most() {
        let believed = as_believed().unwrap();
        for world in [worlds::too_high(&believed), worlds::no_refund(&believed)] {
            holds(&world, all(), 5, 0.9);
            holds(&World { has_headers: true, ..world }, all(), 1, 0.9);
        }
        for world in worlds::without_caps(&believed) {
            holds(&world, without_caps(), 5, 0.9);
        }
    }

    /// Rejected requests were retried and found that rejections count as requests; and requests in transit when the
    /// first rejection is read cannot be canceled.
    #[test]
    fn a_profile_that_claims_too_much_costs_little_more_where_requests_take_their_time() {
        let world = World { on_the_way_ms: 300, ..worlds::too_high(&as_believed().unwrap()) };
        for seed in 1..5 {
            holds(&World { seed, ..world.clone() }, all(), 15, 0.8);
        }
    }

    #[test]
    fn a_profile_that_claims_too_little_is_never_refused_and_with_probing_found_out_within_five() {
        let believed = as_believed().unwrap();
        let low = worlds::too_low(&believed);
        holds(&low, all(), 0, 0.0);
        let long = longer().into_iter().skip(1).take(1).collect();
        holds(&World { has_headers: true, ..low.clone() }, long, 0, 0.9);
        holds(&World { probes: true, ..low }, longer(), 5, 0.9);
    }

    #[test]
    fn probing_where_the_limits_are_right_costs_one_refusal_for_each_window() {
        let world = World { probes: true, ..as_believed().unwrap() };
        holds(&world, all(), 3, 0.97);
    }

    #[test]
    fn a_clock_that_is_wrong_at_midnight_costs_little() {
        for world in worlds::at_midnight(&as_believed().unwrap()) {
            holds(&world, all(), 5, if world.ahead_ms < 0 { 0.7 } else { 0.95 });
        }
    }

    #[test]
    fn what_was_foreseen_wrongly_is_on_record() {
        let believed = as_believed().unwrap();
        let (_, jobs) = all().swap_remove(1);
        for (world, least) in [(believed.clone(), 0), (worlds::no_refund(&believed), 1)] {
            let mut client = Headroom::with(world.believed.clone(), false);
            let outcome = run(&mut client, &jobs, &world);
            let known = client.forecast_accuracy(jobs[0].model);
            assert_eq!((known.of, known.wrong), (40, least), "of {} refused", outcome.refused.len());
        }
    }

    #[test]
    fn everybody_finishes_in_the_end_and_nobody_before_the_bound() {
        let world = as_believed().unwrap();
        for (name, jobs) in all() {
            let outcome = run(&mut Backoff::default(), &jobs, &world);
            assert!(!outcome.refused.is_empty() || name.starts_with("12"), "{name}");
            assert!(share(&outcome, &jobs, &world) <= 1.0, "{name}");
        }
    }
}
