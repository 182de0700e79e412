use proptest::prelude::*;

use super::*;
use crate::profile::{RefillPolicy, WindowLimit};

const MODEL: &str = "gpt-oss-120b";

fn account(profile: &str) -> Account {
    Account::new(Profile::named(profile).unwrap(), 0)
}

fn demand(prompt_tokens: u64, cap: Option<u64>) -> Demand<'static> {
    Demand { model: MODEL, prompt_tokens, prompt_blocks: &[], cap }
}

fn left(account: &mut Account, kind: WindowKind, now_ms: u64) -> i64 {
    let ledger = account.ledger(now_ms);
    let pool = ledger.pools.iter().find(|pool| pool.pool == MODEL).unwrap();
    pool.windows.iter().find(|window| window.kind == kind).unwrap().left
}

fn complete(account: &mut Account, id: RequestId, completion: u64, now_ms: u64) {
    let used = Used { completion, reasoning: 0 };
    account.settle(id, used, Outcome::Complete, now_ms);
}

#[test]
fn a_request_holds_its_prompt_and_its_cap_until_it_is_settled() {
    let mut account = account("cerebras-guide");
    let admission = account.admit(&demand(1_000, Some(2_000)), 0).unwrap();
    assert_eq!(admission.reserved, 3_000);
    assert_eq!(left(&mut account, WindowKind::TokensMinute, 0), 57_000);
    assert_eq!(left(&mut account, WindowKind::TokensDay, 0), 997_000);
    complete(&mut account, admission.id, 500, 0);
    assert_eq!(left(&mut account, WindowKind::TokensMinute, 0), 58_500);
    assert_eq!(left(&mut account, WindowKind::TokensDay, 0), 998_500);
    assert_eq!(left(&mut account, WindowKind::RequestsMinute, 0), 29);
}

#[test]
fn without_a_refund_the_reservation_stays_spent() {
    let mut profile = Profile::named("cerebras-guide").unwrap();
    profile.refund = Refund::Never;
    let mut account = Account::new(profile, 0);
    let admission = account.admit(&demand(1_000, Some(2_000)), 0).unwrap();
    complete(&mut account, admission.id, 500, 0);
    assert_eq!(left(&mut account, WindowKind::TokensDay, 0), 997_000);
}

#[test]
fn an_absent_cap_is_reserved_as_the_profile_says() {
    let cases = [
        (DefaultOutputReserve::ContextRemainder, 1_000, 8_192),
        (DefaultOutputReserve::Fixed(2_000), 1_000, 3_000),
        (DefaultOutputReserve::Fixed(16_384), 1_000, 8_192),
        (DefaultOutputReserve::Guess, 1_000, 3_512),
        (DefaultOutputReserve::Guess, 6_000, 8_192),
    ];
    for (uncapped, prompt, reserved) in cases {
        let mut profile = Profile::named("cerebras-guide").unwrap();
        profile.uncapped = uncapped;
        let admission = Account::new(profile, 0).admit(&demand(prompt, None), 0).unwrap();
        assert_eq!(admission.reserved, reserved, "{uncapped:?} {prompt}");
        assert_eq!(admission.output_limit, 8_192 - prompt, "a guess does not shorten the answer");
    }
}

#[test]
fn what_cannot_be_answered_is_refused_before_anything_is_held() {
    let mut guide = account("cerebras-guide");
    let cases = [
        (demand(8_192, None), Refusal::ContextExceeded { needed: 8_193, limit: 8_192 }),
        (demand(8_000, Some(193)), Refusal::ContextExceeded { needed: 8_193, limit: 8_192 }),
        (demand(u64::MAX, Some(1)), Refusal::ContextExceeded { needed: u64::MAX, limit: 8_192 }),
        (demand(10, Some(9_000)), Refusal::CapTooLarge { asked: 9_000, most: 8_192 }),
        (Demand { model: "gone", ..demand(1, None) }, Refusal::UnknownModel),
    ];
    for (demand, refusal) in cases {
        assert_eq!(guide.admit(&demand, 0), Err(refusal), "{demand:?}");
    }
    assert_eq!(left(&mut guide, WindowKind::RequestsMinute, 0), 30);
    assert_eq!(guide.ledger(0).requests.len(), 0);
}

#[test]
fn the_window_with_the_longest_wait_refuses() {
    let mut trial = account("cerebras-trial");
    for _ in 0..2 {
        let admission = trial.admit(&demand(5_000, Some(10_000)), 0).unwrap();
        complete(&mut trial, admission.id, 10_000, 0);
    }
    let refused = trial.admit(&demand(1_000, Some(1_000)), 0);
    let limited = Limited {
        kind: WindowKind::TokensMinuteUncached,
        limit: 30_000,
        used: 30_000,
        requested: 2_000,
        wait_ms: Some(4_000),
    };
    assert_eq!(refused, Err(Refusal::RateLimited(limited)));
    assert!(trial.admit(&demand(1_000, Some(1_000)), 3_999).is_err());
    assert!(trial.admit(&demand(1_000, Some(1_000)), 4_000).is_ok(), "the wait it named is true");
}

#[test]
fn cached_prompt_tokens_stay_out_of_the_uncached_window_only() {
    let mut trial = account("cerebras-trial");
    let blocks = [11, 22, 33];
    let prompt = Demand { prompt_blocks: &blocks, ..demand(400, Some(100)) };
    let first = trial.admit(&prompt, 0).unwrap();
    complete(&mut trial, first.id, 100, 0);
    let second = trial.admit(&prompt, 0).unwrap();
    complete(&mut trial, second.id, 100, 0);
    assert_eq!((first.cached, second.cached), (0, 384));
    assert_eq!(left(&mut trial, WindowKind::TokensMinute, 0), 90_000 - 1_000);
    assert_eq!(left(&mut trial, WindowKind::TokensMinuteUncached, 0), 30_000 - 500 - 116);
}

#[test]
fn credit_is_spent_at_the_models_prices_and_then_gone() {
    let mut profile = Profile::named("cerebras-trial").unwrap();
    // A thousand prompt tokens at $0.35 and a thousand completion tokens at $0.75 per million.
    profile.credit_nanodollars = Some(1_100_000);
    let mut account = Account::new(profile, 0);
    let admission = account.admit(&demand(1_000, Some(1_000)), 0).unwrap();
    assert_eq!(account.admit(&demand(1, Some(1)), 0), Err(Refusal::NoCredit), "it is all held");
    complete(&mut account, admission.id, 500, 0);
    let credit = account.ledger(0).credit.unwrap();
    assert_eq!((credit.used_nanodollars, credit.reserved_nanodollars), (725_000, 0));
    assert!(account.admit(&demand(1, Some(1)), 0).is_ok());
}

#[test]
fn models_of_one_pool_share_its_windows() {
    let mut account = account("openrouter-free");
    for _ in 0..20 {
        let free = Demand { model: "openai/gpt-oss-120b:free", ..demand(10, Some(10)) };
        account.admit(&free, 0).unwrap();
    }
    let other = Demand { model: "qwen/qwen-3.8-27b:free", ..demand(10, Some(10)) };
    let Err(Refusal::RateLimited(limited)) = account.admit(&other, 0) else {
        panic!("twenty a minute over all free models");
    };
    assert_eq!((limited.kind, limited.wait_ms), (WindowKind::RequestsMinute, Some(3_000)));
}

#[test]
fn settling_twice_or_settling_nothing_changes_nothing() {
    let mut account = account("cerebras-guide");
    let admission = account.admit(&demand(100, Some(100)), 0).unwrap();
    complete(&mut account, admission.id, 50, 0);
    let before = account.ledger(0);
    complete(&mut account, admission.id, 50, 0);
    complete(&mut account, RequestId(99), 50, 0);
    assert_eq!(account.ledger(0), before);
}

proptest! {
    /// A slower reference check: sums up every token charged over the day.
    #[test]
    fn a_day_never_gives_more_than_its_limit_and_the_books_add_up(
        steps in prop::collection::vec((0..400_000_u64, 1..4_000_u64, 1..4_000_u64, 0..120_u64), 1..80),
    ) {
        let mut profile = Profile::named("unlimited").unwrap();
        for model in &mut profile.models {
            model.windows = vec![WindowLimit { kind: WindowKind::TokensDay, limit: 50_000, refill: RefillPolicy::FixedUtc }];
        }
        let mut account = Account::new(profile, 0);
        let (mut now, mut charged, mut day) = (0, 0, 0);
        for (passed, prompt, cap, percent) in steps {
            now += passed;
            if now / 86_400_000 != day {
                day = now / 86_400_000;
                charged = 0;
            }
            let outcome = account.admit(&demand(prompt, Some(cap)), now);
            prop_assert_eq!(outcome.is_ok(), charged + prompt + cap <= 50_000);
            if let Ok(admission) = outcome {
                let completion = cap * percent.min(100) / 100;
                complete(&mut account, admission.id, completion, now);
                charged += prompt + completion;
            }
            prop_assert_eq!(i128::from(left(&mut account, WindowKind::TokensDay, now)), 50_000 - i128::from(charged));
        }
    }
}
