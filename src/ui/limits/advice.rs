//! Checks a model's cap against the length of its answers.

use headroom_app::{advice_text::advice_words, assess::Assessment, cap_advice};
use headroom_domain::grouped;
use headroom_limits::Advice;
use leptos::prelude::*;

use super::{
    super::{
        Ui,
        controls::button,
        reactive::{children, derived, memo, when},
    },
    set_cap, slowly,
};

pub(in crate::ui) fn advice(ui: Ui, lane: usize, assessment: Memo<Option<Assessment>>) -> AnyView {
    let tick = slowly(ui);
    let advice = memo(Box::new(move || {
        ui.revision.get();
        let now_ms = tick.get();
        untrack(|| {
            assessment.with(|assessment| {
                ui.state.with_untracked(|state| cap_advice(state, lane, assessment.as_ref()?, now_ms))
            })
        })
    }));
    let number = move |read: fn(&Advice) -> Option<u64>| {
        derived(move || advice.with(|advice| advice.as_ref().and_then(read).map(|number| number.to_string())))
    };
    let set = move |cap: u64| {
        set_cap(ui, lane, cap);
        // The pressed button is gone.
        (ui.hands.focus)("limits");
    };
    let shown = move || {
        let words = move || advice.with(|advice| advice.as_ref().map(advice_words).unwrap_or_default());
        let title = move || {
            advice.with(|advice| match advice {
                Some(Advice { better: Some(better), .. }) => {
                    format!("Max output {} would be enough", grouped(better.cap.unwrap_or(0)))
                }
                _ => "Typical answer length".to_owned(),
            })
        };
        let press = move || {
            let cap = advice.with(|advice| advice.as_ref()?.better?.cap);
            cap.map(|cap| {
                button("link", "cap-advice-set", format!("Set to {}", grouped(cap)).into_any(), move || set(cap))
            })
        };
        view! {
            <details class="advice" data-testid="cap-advice" data-answers=number(|advice| Some(advice.lengths.answers as u64))
                data-half=number(|advice| Some(advice.lengths.half)) data-most=number(|advice| Some(advice.lengths.most))
                data-cap=number(|advice| advice.better?.cap)>
                <summary>{derived(title)}</summary>
                {children(move || words().into_iter().map(|words| view! { <p>{words}</p> }.into_any()).collect_view().into_any())}
                {children(move || press().into_any())}
            </details>
        }
        .into_any()
    };
    when(move || advice.with(Option::is_some), shown).into_any()
}
