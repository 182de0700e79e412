//! `./dev bench limits`: who gets the most out of a provider's limits.
//!
//! The provider is the simulator's [`Account`](headroom_simulator::Account), which keeps books of its own and was written
//! without knowing of ours; what it refuses is refused. Time is virtual, so an hour takes a moment and every run gives the
//! same figures.

pub mod clients;
pub mod workload;
pub mod world;

#[cfg(test)]
mod tests {
    use headroom_simulator::{Profile, Refund};

    use crate::{
        clients::{Backoff, Client, Headroom},
        workload::{Job, all},
        world::{Outcome, bound_ms, run},
    };

    fn terms() -> Profile {
        Profile::named("cerebras-guide").unwrap()
    }

    fn headroom(jobs: &[Job], terms: &Profile) -> Outcome {
        run(&mut Headroom::with("cerebras-guide").unwrap(), jobs, terms)
    }

    fn share(outcome: &Outcome, jobs: &[Job], terms: &Profile) -> f64 {
        bound_ms(jobs, terms) as f64 / outcome.finished_ms().unwrap() as f64
    }

    #[test]
    fn with_the_right_profile_nothing_is_refused_and_nearly_everything_is_used() {
        for (name, jobs) in all() {
            let outcome = headroom(&jobs, &terms());
            assert_eq!(outcome.refused, 0, "{name}");
            let share = share(&outcome, &jobs, &terms());
            assert!((0.97..=1.0).contains(&share), "{name}: {share}");
            assert!(outcome.interactive_wait_ms(&jobs).is_none_or(|ms| ms < 3_000), "{name}");
        }
    }

    #[test]
    fn a_profile_that_claims_too_much_costs_five_refusals_at_most() {
        let mut halved = terms();
        halved.models.iter_mut().flat_map(|model| &mut model.windows).for_each(|window| window.limit /= 2);
        for truth in [halved, Profile { refund: Refund::Never, ..terms() }] {
            for (name, jobs) in all() {
                let outcome = headroom(&jobs, &truth);
                assert!(outcome.refused <= 5, "{name}: {}", outcome.refused);
                let share = share(&outcome, &jobs, &truth);
                assert!((0.9..=1.0).contains(&share), "{name}: {share}");
            }
        }
    }

    #[test]
    fn everybody_finishes_in_the_end_and_nobody_before_the_bound() {
        for (name, jobs) in all() {
            let mut client: Box<dyn Client> = Box::<Backoff>::default();
            let outcome = run(client.as_mut(), &jobs, &terms());
            assert!(outcome.refused > 0 || name.starts_with("12"), "{name}");
            assert!(share(&outcome, &jobs, &terms()) <= 1.0, "{name}");
        }
    }
}
