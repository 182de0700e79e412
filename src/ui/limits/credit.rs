//! The remaining credit of each provider used by a lane.

use headroom_app::{
    CreditLine, Event,
    advice_text::{credit_words, days},
    credit_line,
};
use leptos::prelude::*;

use super::{
    super::{
        Ui,
        reactive::{derived, keyed, memo, when},
    },
    first_lanes,
    gauge::LINE,
    now, slowly,
};

pub(in crate::ui) fn credit(ui: Ui) -> AnyView {
    // Rebuilds everything when keys change.
    let lanes = ui.slice(|state| {
        let first = first_lanes(state).into_iter();
        first.map(|(_, provider)| format!("{provider} {}", state.key_changes())).collect::<Vec<_>>()
    });
    keyed(move || lanes.get(), move |key| row(ui, &key))
}

fn row(ui: Ui, key: &str) -> AnyView {
    let provider = key.split(' ').next().unwrap_or_default().to_owned();
    let counts = {
        let provider = provider.clone();
        ui.slice(move |state| {
            let known = state.settings().provider(&provider);
            known.is_some_and(|known| known.account_url().is_some()) || state.counts_credit(&provider)
        })
    };
    let ended = {
        let provider = provider.clone();
        ui.slice(move |state| state.ledger().of_account(&provider).filter(|request| request.settled.is_some()).count())
    };
    let account = provider.clone();
    let minute = memo(Box::new(move || now(ui) / 60_000));
    // Spending comes from weeks of requests or from the provider. Both are requested once this is shown, and the
    // provider again after a request ends, at most once a minute.
    Effect::new(move |before: Option<Option<(u64, usize)>>| {
        let at = (minute.get(), ended.get());
        if !counts.get() {
            return None;
        }
        let before = before.flatten();
        if before.is_some_and(|(minute, ended)| at.0 == minute || at.1 == ended) {
            return before;
        }
        ui.dispatch.send(Event::UsageRequested(provider.clone()));
        Some(at)
    });
    let tick = slowly(ui);
    let line = memo(Box::new(move || {
        ui.revision.get();
        let now_ms = tick.get();
        ui.state.with_untracked(|state| credit_line(state, &account, now_ms))
    }));
    when(move || line.with(Option::is_some), move || gauge(line)).into_any()
}

fn gauge(line: Memo<Option<CreditLine>>) -> AnyView {
    let of = move |read: fn(&CreditLine) -> String| derived(move || line.with(|line| line.as_ref().map(read)));
    let used = move || {
        line.with(|line| {
            let credits = line.map(|line| line.credits)?;
            Some((credits.dollars - credits.left) / credits.dollars.max(f64::MIN_POSITIVE) * LINE)
        })
    };
    let pressure = move || {
        line.with(|line| match line.map(|line| line.credits) {
            Some(credits) if credits.left <= 0.0 => "crit",
            Some(credits) if credits.left * 5.0 < credits.dollars => "warn",
            _ => "",
        })
    };
    view! {
        <section class="credit" aria-label="Credit">
            <div class="gauge" data-testid="limit-gauge" data-window="credit" data-limit=of(|line| format!("{:.4}", line.credits.dollars))
                data-used=of(|line| format!("{:.4}", line.credits.dollars - line.credits.left)) data-reserved="0"
                data-left=of(|line| format!("{:.4}", line.credits.left)) data-pressure=derived(pressure)>
                <span class="gauge-name" aria-hidden="true">"Credit"</span>
                <span class="bar" role="meter" aria-label=of(credit_words) aria-valuemin="0"
                    aria-valuemax=of(|line| format!("{:.2}", line.credits.dollars)) aria-valuenow=of(|line| format!("{:.2}", line.credits.left))>
                    <i class="used" style:left="0%" style:width=derived(move || format!("{:.2}%", used().unwrap_or(0.0)))></i>
                </span>
                <span class="gauge-left" aria-hidden="true">{of(|line| format!("${:.2}", line.credits.left))}</span>
                <span class="gauge-refill" aria-hidden="true">{of(|line| line.credits.ends_in_ms.map_or_else(|| "no refill".to_owned(), days))}</span>
            </div>
            <p class="quiet">{of(credit_words)}</p>
        </section>
    }
    .into_any()
}
