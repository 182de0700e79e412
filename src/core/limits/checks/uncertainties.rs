//! Tests of what makes a verdict uncertain.

use super::*;

const TPM: LimitWindow = LimitWindow::TokensMinute;
const RPM: LimitWindow = LimitWindow::RequestsMinute;
const TPD: LimitWindow = LimitWindow::TokensDay;

/// What makes it uncertain that a request of this many tokens is admitted, although our own count admits it.
fn uncertainty(ledger: &Ledger, limits: &ModelLimits, tokens: u64, now_ms: u64) -> Option<Uncertainty> {
    let profile = profile(vec![limits.clone()]);
    let need = need(&profile, limits, tokens - 1, Some(1));
    assert_eq!(verdict(&profile, limits, ledger, "a", "m", need, now_ms), Verdict::Fits);
    ledger.uncertainty(&[], &profile, limits, "a", "m", need, now_ms)
}

#[test]
fn a_running_request_without_a_cap_may_take_as_much_as_the_model_can_write() {
    let windows = [limit(TPM, 10_000, RefillPolicy::Bucket), limit(RPM, 3, RefillPolicy::Bucket)];
    let limits = ModelLimits { max_output_tokens: Some(6_000), ..model(&windows) };
    let mut ledger = Ledger::default();
    ledger.sent(Request { uncapped_input: Some(100), status: Some(200), ..request("1", NOON_MS, 1_100) });
    let now = NOON_MS + 10;
    assert_eq!(uncertainty(&ledger, &limits, 3_900, now), None, "6,100 at most, of 10,000");
    assert_eq!(uncertainty(&ledger, &limits, 3_902, now), Some(Uncertainty::Unreported));
    ledger.settled("1", now, spent(1_000), Some(200));
    assert_eq!(uncertainty(&ledger, &limits, 8_000, now), None, "now it is known what it took");
}

#[test]
fn a_stopped_request_may_have_taken_all_that_was_reserved_or_without_a_cap_all_the_model_can_write() {
    let limits = ModelLimits { max_output_tokens: Some(6_000), ..model(&[limit(TPM, 10_000, RefillPolicy::Bucket)]) };
    let stopped = |uncapped_input: Option<u64>| {
        let mut ledger = Ledger::default();
        ledger.sent(Request { uncapped_input, status: Some(200), ..request("1", NOON_MS, 4_100) });
        ledger.unreported("1");
        ledger.settled("1", NOON_MS + 10, spent(500), Some(200));
        [3_900, 3_902, 5_900, 5_902].map(|tokens| uncertainty(&ledger, &limits, tokens, NOON_MS + 10))
    };
    let unreported = Some(Uncertainty::Unreported);
    assert_eq!(stopped(None), [None, None, None, unreported]);
    assert_eq!(stopped(Some(100)), [None, unreported, unreported, unreported]);
}

/// The provider's clock may still be in the day before.
#[test]
fn what_did_not_fit_into_yesterday_is_uncertain_for_the_first_hundredth_of_today() {
    let limits = model(&[limit(TPD, 10_000, RefillPolicy::Fixed)]);
    let midnight = NOON_MS + 12 * HOUR_MS;
    let mut ledger = Ledger::default();
    ledger.sent(Request { settled: Some((NOON_MS, spent(8_000))), ..request("1", NOON_MS, 8_000) });
    let at = |tokens, ms| uncertainty(&ledger, &limits, tokens, midnight + ms);
    assert_eq!([0, DAY_MS / 100 - 1].map(|ms| at(5_000, ms)), [Some(Uncertainty::Clock); 2]);
    assert_eq!([DAY_MS / 100, 12 * HOUR_MS].map(|ms| at(5_000, ms)), [None; 2]);
    assert_eq!(at(2_000, 0), None, "that also fitted into yesterday");
}

#[test]
fn what_our_count_does_not_explain_makes_verdicts_uncertain_for_an_hour() {
    let limits = model(&[limit(TPM, 60_000, RefillPolicy::Bucket)]);
    let heard_ms = NOON_MS + 200;
    let mut value = Ledger::default();
    value.sent(request("1", NOON_MS, 1_000));
    value.seen_in_answer(&limits, Refund::ToActual, "1", &reported::left_of(TPM, 60_000, 7_000), heard_ms);
    let mut rejection = Ledger::default();
    rejection.sent(request("1", NOON_MS, 1_000));
    rejection.settled("1", heard_ms, Spent::default(), Some(429));
    assert_eq!(rejection.infer_from_refusal(&limits, Refund::ToActual, "1", TPM, heard_ms), None);
    let report = headroom_domain::LimitReport { exceeded: Some(TPM), ..Default::default() };
    rejection.seen("a", "m", &report, heard_ms);
    // A value is as of the millisecond before it is read.
    for (ledger, surprised_ms) in [(value, heard_ms - 1), (rejection, heard_ms)] {
        let at = |ms| uncertainty(&ledger, &limits, 100, surprised_ms + ms);
        assert_eq!([1, HOUR_MS - 1].map(at), [Some(Uncertainty::Unexplained); 2]);
        assert_eq!(at(HOUR_MS), None);
    }
}

#[test]
fn every_uncertainty_has_its_own_name() {
    use Uncertainty::{Clock, Estimated, Inferred, Unexplained, Unreported};
    let mut names = [Unreported, Clock, Unexplained, Inferred, Estimated].map(Uncertainty::name).to_vec();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 5, "{names:?}");
}
