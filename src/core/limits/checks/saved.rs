//! Tests of inferences that are saved over a reload and shared with other tabs.

use super::*;
use crate::inferred_limits::{INFERENCE_TTL_MS, InferredReserve};

const TPM: LimitWindow = LimitWindow::TokensMinute;

fn as_of(now_ms: u64) -> u64 {
    now_ms - (DAY_MS - INFERENCE_TTL_MS)
}

fn stated(from: &Ledger, to: &mut Ledger, now_ms: u64) {
    let text = serde_json::to_string(&from.inferences(now_ms)).unwrap();
    to.restore_inferences(serde_json::from_str(&text).unwrap());
}

fn limit_of(ledger: &Ledger, now_ms: u64) -> u64 {
    let limits = model(&[limit(TPM, 60_000, RefillPolicy::Bucket)]);
    effective_limits(Some(&profile(vec![limits])), ledger, "a", "m", now_ms).unwrap().windows[0].limit
}

#[test]
fn what_one_tab_learned_the_other_knows_until_it_is_forgotten() {
    let mut one = Ledger::default();
    one.state_limit("a", "m", TPM, 31_000, as_of(NOON_MS));
    one.infer_refund("a", "m", Refund::Never, NOON_MS);
    one.infer_default_output_reserve("a", "m", Some(InferredReserve { tokens: 4_000, before: 1_000 }), NOON_MS);
    one.note_limit_reached("a", "m", TPM, NOON_MS);
    let mut other = Ledger::default();
    stated(&one, &mut other, NOON_MS);
    assert_eq!(limit_of(&other, NOON_MS + 1), 31_000);
    assert_eq!(other.refund(Refund::ToActual, "a", "m", NOON_MS + 1), Refund::Never);
    assert_eq!(
        other.default_output_reserve(DefaultOutputReserve::Remainder, "a", "m", NOON_MS + 1),
        DefaultOutputReserve::Tokens(4_000)
    );
    assert!(other.limit_was_reached("a", "m", TPM, NOON_MS + 1));
    assert_eq!(other.inferences(NOON_MS), one.inferences(NOON_MS), "and tells the same on");
    let later = NOON_MS + INFERENCE_TTL_MS;
    assert!(
        one.inferences(later).is_empty() && other.inferences(later).is_empty(),
        "an hour later nothing of it holds"
    );
    assert_eq!(limit_of(&other, later), 60_000);
}

#[test]
fn of_two_lessons_the_newer_one_stands() {
    let (mut one, mut other) = (Ledger::default(), Ledger::default());
    one.state_limit("a", "m", TPM, 31_000, as_of(NOON_MS));
    one.infer_refund("a", "m", Refund::Never, NOON_MS);
    other.state_limit("a", "m", TPM, 29_000, as_of(NOON_MS + 500));
    other.infer_refund("a", "m", Refund::ToActual, NOON_MS + 500);
    let before = other.inferences(NOON_MS + 600);
    stated(&one, &mut other, NOON_MS + 600);
    assert_eq!(other.inferences(NOON_MS + 600), before, "what is older changes nothing");
    stated(&other, &mut one, NOON_MS + 600);
    assert_eq!((limit_of(&one, NOON_MS + 600), one.inferences(NOON_MS + 600)), (29_000, before));
}

#[test]
fn what_has_expired_is_not_saved_with_what_has_not() {
    let (mut one, mut other) = (Ledger::default(), Ledger::default());
    one.infer_default_output_reserve("a", "m", Some(InferredReserve { tokens: 4_000, before: 1_000 }), NOON_MS);
    one.note_limit_reached("a", "m", TPM, NOON_MS);
    for ledger in [&mut one, &mut other] {
        ledger.infer_refund("a", "m", Refund::Never, NOON_MS + INFERENCE_TTL_MS / 2);
    }
    assert_ne!(one.inferences(NOON_MS + INFERENCE_TTL_MS - 1), other.inferences(NOON_MS + INFERENCE_TTL_MS - 1));
    assert_eq!(one.inferences(NOON_MS + INFERENCE_TTL_MS), other.inferences(NOON_MS + INFERENCE_TTL_MS));
}

#[test]
fn a_window_that_refused_in_either_tab_is_known_in_both_until_an_hour_after_the_last_time() {
    const RPM: LimitWindow = LimitWindow::RequestsMinute;
    let (mut one, mut other) = (Ledger::default(), Ledger::default());
    one.note_limit_reached("a", "m", TPM, NOON_MS);
    one.note_limit_reached("a", "m", RPM, NOON_MS + 10);
    other.note_limit_reached("a", "m", RPM, NOON_MS + 1_000);
    let now_ms = NOON_MS + 2_000;
    stated(&one, &mut other, now_ms);
    stated(&other, &mut one, now_ms);
    assert_eq!(one.inferences(now_ms), other.inferences(now_ms));
    for ledger in [one, other] {
        let knows = |window, ms| ledger.limit_was_reached("a", "m", window, NOON_MS + ms);
        assert_eq!([HOUR_MS - 1, HOUR_MS].map(|ms| knows(TPM, ms)), [true, false]);
        assert_eq!([HOUR_MS + 999, HOUR_MS + 1_000].map(|ms| knows(RPM, ms)), [true, false]);
    }
}

#[test]
fn what_the_provider_said_is_not_told_on_and_gives_way_to_nothing_older() {
    let mut one = Ledger::default();
    let mut report = headroom_domain::LimitReport::default();
    report.record(TPM, headroom_domain::LimitSource::Header, |fact| fact.limit = Some(90_000));
    one.seen("a", "m", &report, NOON_MS);
    assert!(one.inferences(NOON_MS).is_empty());
    let mut other = Ledger::default();
    other.state_limit("a", "m", TPM, 31_000, as_of(NOON_MS));
    stated(&other, &mut one, NOON_MS);
    assert_eq!(limit_of(&one, NOON_MS), 90_000);
}

#[test]
fn lessons_that_cannot_be_true_do_no_harm() {
    let absurd = r#"{"limits":[{"account":"a","pool":"m","window":"tokens-minute","limit":0,"at_ms":18446744073709551615}],
        "pools":[{"account":"a","pool":"m","uncapped":[18446744073709551615,{"tokens":18446744073709551615,"before":0}]}],"x":1}"#;
    let mut ledger = Ledger::default();
    ledger.restore_inferences(serde_json::from_str(absurd).unwrap());
    assert_eq!(limit_of(&ledger, NOON_MS), 60_000);
    assert_eq!(
        ledger.default_output_reserve(DefaultOutputReserve::Remainder, "a", "m", NOON_MS),
        DefaultOutputReserve::Remainder
    );
    assert!(ledger.inferences(NOON_MS).is_empty());
}
