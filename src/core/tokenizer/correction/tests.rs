use super::*;
use proptest::prelude::*;

fn learned(pairs: &[(u64, u64)]) -> Correction {
    let mut correction = Correction::default();
    for (estimated, actual) in pairs {
        correction.learn(*estimated, *actual);
    }
    correction
}

#[test]
fn before_anything_is_learned_the_estimate_stands() {
    let correction = Correction::default();
    assert_eq!(correction.apply(1_234), 1_234);
    assert_eq!(correction.fit().to_string(), "not measured yet");
    assert_eq!(correction.uncertainty(), None);
}

#[test]
fn one_reply_teaches_an_offset_when_it_is_short_and_a_ratio_when_it_is_long() {
    let short = learned(&[(20, 31)]);
    assert_eq!((short.apply(20), short.apply(1_000)), (31, 1_011));
    let long = learned(&[(2_000, 2_200)]);
    assert_eq!((long.apply(2_000), long.apply(100)), (2_200, 110));
}

#[test]
fn offset_and_ratio_are_told_apart_once_there_are_short_and_long_prompts() {
    let pairs: Vec<(u64, u64)> = [10, 60, 400, 3_000, 9_000].iter().map(|n| (*n, 11 + n * 6 / 5)).collect();
    let correction = learned(&pairs);
    assert!((correction.ratio() - 1.2).abs() < 1e-6, "{correction:?}");
    assert!((correction.offset() - 11.0).abs() < 1e-6, "{correction:?}");
}

#[test]
fn the_fit_is_told_in_the_users_words() {
    let cases: [(&[(u64, u64)], &str); 5] = [
        (&[(1_000, 1_031)], "≈ +3.1%"),
        (&[(1_000, 960)], "≈ -4.0%"),
        (&[(500, 500)], "exact last time"),
        (&[(500, 500), (70, 70), (9_000, 9_000)], "exact in the last 3"),
        (&[(500, 500), (70, 70), (9_000, 9_990)], "≈ 0%"),
    ];
    for (pairs, said) in cases {
        assert_eq!(learned(pairs).fit().to_string(), said, "{pairs:?}");
    }
}

#[test]
fn figures_that_nothing_explains_are_not_taken_up() {
    for (estimated, actual) in [(0, 5), (5, 0), (10, u64::MAX), (u64::MAX, 10), (100, 1_000_000)] {
        assert_eq!(learned(&[(estimated, actual)]), Correction::default(), "{estimated} {actual}");
    }
}

#[test]
fn it_follows_a_provider_that_changes_its_vocabulary() {
    let mut correction = Correction::default();
    for n in 1..=40 {
        correction.learn(n * 100, n * 110);
    }
    for n in 1..=24 {
        correction.learn(n * 100, n * 130);
    }
    assert_eq!(correction.apply(1_000), 1_300);
}

#[test]
fn what_is_saved_is_read_back_and_what_was_tampered_with_is_cut_down() {
    let correction = learned(&[(10, 21), (100, 120), (1_000, 1_110), (5_000, 5_510), (9_000, 9_910)]);
    let saved = serde_json::to_string(&correction).unwrap();
    assert_eq!(serde_json::from_str::<Correction>(&saved).unwrap(), correction);

    let pairs = vec![r#"{"estimated":0,"actual":9}"#; 50].join(",");
    let tampered: Correction = serde_json::from_str(&format!(r#"{{"pairs":[{pairs}]}}"#)).unwrap();
    assert_eq!(tampered, Correction::default());
    let pairs = vec![r#"{"estimated":100,"actual":90}"#; 5_000].join(",");
    let long: Correction = serde_json::from_str(&format!(r#"{{"pairs":[{pairs}],"later":1}}"#)).unwrap();
    assert_eq!(long.pairs(), KEPT);
}

/// Realistic prompt lengths: short and long ones mixed.
fn lengths() -> impl Strategy<Value = Vec<u64>> {
    prop::collection::vec(prop_oneof![5_u64..200, 200_u64..3_000, 3_000_u64..60_000], 16..24)
}

/// Among prompts of 5, 12, 20 and more tokens, the first one's count was absurd, and it outweighed all others together.
#[test]
fn an_absurd_reply_to_the_shortest_prompt_is_outvoted() {
    let lengths = [20, 257, 144, 1_372, 31_399, 157, 33_432, 15_250, 67, 58, 93, 20_025, 5, 12, 200, 3_000];
    let truth = |n: u64| n + n / 10 + 8;
    let correction = learned(&lengths.map(|n| (n, if n == 5 { 42 } else { truth(n) })));
    assert!(correction.apply(500).abs_diff(truth(500)) < 5, "{correction:?}");
}

proptest! {
    #[test]
    fn it_converges_on_a_provider_with_a_ratio_an_offset_and_noise(
        lengths in lengths(),
        ratio in 0.7_f64..1.5,
        offset in -3.0_f64..300.0,
        noise in prop::collection::vec(-0.01_f64..0.01, 24),
    ) {
        let mut correction = Correction::default();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at least 1, and small")]
        let charged = |n: u64, noise: f64| (offset + ratio * (1.0 + noise) * n as f64).round().max(1.0) as u64;
        for (n, noise) in lengths.iter().zip(&noise) {
            correction.learn(*n, charged(*n, *noise));
        }
        // At least half of the prompts are within the noise plus a token or two.
        let mut errors: Vec<f64> = lengths.iter().map(|n| {
            let truth = charged(*n, 0.0) as f64;
            (correction.apply(*n) as f64 - truth).abs() / (truth + 30.0)
        }).collect();
        errors.sort_by(f64::total_cmp);
        prop_assert!(errors[errors.len() / 2] < 0.03, "{:?} {:?}", errors, correction);
    }

    #[test]
    fn one_absurd_reply_does_not_wreck_it(
        lengths in lengths(),
        at in 0_usize..16,
        absurd in 1_u64..1_000_000,
    ) {
        let mut correction = Correction::default();
        for (place, n) in lengths.iter().enumerate() {
            correction.learn(*n, if place == at { absurd } else { n + n / 10 + 8 });
        }
        for n in [500_u64, 5_000, 50_000] {
            let truth = (n + n / 10 + 8) as f64;
            prop_assert!((correction.apply(n) as f64 / truth - 1.0).abs() < 0.05, "{n} {correction:?}");
        }
    }

    #[test]
    fn whatever_it_is_told_it_stays_bounded(
        pairs in prop::collection::vec((any::<u64>(), any::<u64>()), 0..60),
        near in prop::collection::vec((1_u64..100_000, 1_u64..100_000), 0..60),
        estimated in any::<u64>(),
    ) {
        let mut correction = learned(&pairs);
        for (estimated, actual) in near {
            correction.learn(estimated, actual);
        }
        prop_assert!(correction.pairs() <= KEPT);
        prop_assert!((1.0 / MOST_RATIO..=MOST_RATIO).contains(&correction.ratio()));
        prop_assert!(correction.offset().abs() <= MOST_OFFSET);
        prop_assert_eq!(correction.apply(estimated) == 0, estimated == 0);
        prop_assert!(correction.uncertainty().is_none_or(f64::is_finite));
    }
}
