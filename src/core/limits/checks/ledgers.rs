//! Tests of the request log.

use super::*;

#[test]
fn a_request_is_found_by_its_id_and_ends_once() {
    let mut ledger = Ledger::default();
    for (id, sent_ms) in [("b", NOON_MS + 1), ("a", NOON_MS), ("c", NOON_MS + 2)] {
        ledger.sent(request(id, sent_ms, 100));
    }
    assert_eq!(ledger.of_account("a").map(|request| request.id.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
    ledger.settled("b", NOON_MS + 9, spent(5), Some(200));
    ledger.settled("b", NOON_MS + 99, spent(50), Some(500));
    ledger.settled("unknown", NOON_MS, spent(1), None);
    let b = ledger.get("b").unwrap();
    assert_eq!((b.settled, b.status), (Some((NOON_MS + 9, spent(5))), Some(200)));
    assert!(ledger.get("c").unwrap().settled.is_none() && ledger.get("unknown").is_none());
}

#[test]
fn what_no_window_sees_any_more_is_dropped_by_name() {
    let mut ledger = Ledger::default();
    for (id, sent_ms, ends) in [("1", NOON_MS, true), ("2", NOON_MS, false), ("3", NOON_MS + 1, true)] {
        ledger.sent(Request { settled: ends.then(|| (sent_ms, spent(1))), ..request(id, sent_ms, 9) });
    }
    let mut pruned = |now_ms| ledger.prune(now_ms).into_iter().map(|request| request.id).collect::<Vec<_>>();
    assert_eq!(pruned(NOON_MS + DAY_MS - 1), [""; 0]);
    assert_eq!(pruned(NOON_MS + DAY_MS), ["1"]);
    assert_eq!(pruned(NOON_MS + 2 * DAY_MS), ["2", "3"]);
    assert_eq!(ledger, Ledger::default());
}

#[test]
fn a_run_of_a_closed_tab_is_given_up_and_counts_as_a_whole() {
    let limits = model(&[limit(LimitWindow::TokensDay, 10_000, RefillPolicy::Fixed)]);
    let mut ledger = Ledger::default();
    ledger.sent(request("old", NOON_MS, 700));
    ledger.sent(request("young", NOON_MS + 1, 300));
    ledger.sent(Request { settled: Some((NOON_MS, spent(50))), ..request("ended", NOON_MS, 100) });
    assert_eq!(ledger.expire_stale(NOON_MS + 15 * MINUTE_MS), [], "older than 15 minutes, not as old");
    assert_eq!(left(&ledger, &limits, NOON_MS), [(50, 1_000, 8_950)]);
    let expired = ledger.expire_stale(NOON_MS + 15 * MINUTE_MS + 1);
    assert_eq!(expired.len(), 1);
    assert_eq!(expired.first(), ledger.get("old"));
    let all = Spent { prompt: 700, ..Spent::default() };
    assert_eq!(expired[0].settled, Some((NOON_MS + 15 * MINUTE_MS, all)));
    assert_eq!(left(&ledger, &limits, NOON_MS), [(750, 300, 8_950)], "held or taken, it is the same");
    assert_eq!(ledger.expire_stale(NOON_MS + 15 * MINUTE_MS + 1), [], "once");
}

#[test]
fn an_end_that_is_heard_of_after_all_replaces_one_that_was_made_up() {
    let mut ledger = Ledger::default();
    ledger.sent(request("1", NOON_MS, 700));
    let mut other = ledger.clone();
    let expired = ledger.expire_stale(NOON_MS + DAY_MS).remove(0);
    ledger.settled("1", NOON_MS + 20 * MINUTE_MS, spent(90), Some(200));
    let truth = (NOON_MS + 20 * MINUTE_MS, spent(90));
    assert_eq!(ledger.get("1").unwrap().settled, Some(truth));
    // And the other way round, in another tab.
    other.settled("1", truth.0, truth.1, Some(200));
    other.sent(expired);
    assert_eq!(other, ledger);
}

proptest! {
    #[test]
    fn a_ledger_is_the_same_whoever_hears_what_first(life in lives(), order in any::<u64>(), later in 0..3_000_000_u64) {
        let (ledger, now) = ledger_of(&life);
        let now = now + later;
        // What each tab sends to the others: requests, their ends, and expired requests.
        let mut stated: Vec<Request> = ledger.of_account("a").cloned().collect();
        stated.extend(ledger.of_account("a").map(|request| Request { settled: None, ..request.clone() }));
        let mut unheard = Ledger::default();
        for request in ledger.of_account("a") {
            unheard.sent(Request { settled: None, ..request.clone() });
        }
        stated.extend(unheard.expire_stale(now));
        let mut truth = ledger;
        truth.expire_stale(now);
        let mut reported = Ledger::default();
        for request in shuffled(stated, order) {
            reported.sent(request);
        }
        prop_assert_eq!(&reported, &truth);
        for refill in LAWS {
            let limits = model(&[limit(LimitWindow::TokensMinute, 60_000, refill), limit(LimitWindow::RequestsDay, 100, refill)]);
            prop_assert_eq!(left(&reported, &limits, now), left(&truth, &limits, now));
        }
    }
}
