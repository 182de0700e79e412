//! The effect of Send, next to it: how many lanes fit now, later or never.

use headroom_app::{SendProblem, State};
use headroom_domain::span;
use headroom_limits::Verdict;
use leptos::prelude::*;

use super::{
    super::{
        Ui,
        reactive::{derived, memo},
    },
    with_looks,
};

pub(in crate::ui) fn send_summary(ui: Ui) -> AnyView {
    let asked = ui.slice(State::lanes_to_ask);
    // Lanes left out because of an invalid value, which must be mentioned.
    let invalid = ui.slice(|state| {
        let lanes = 0..state.settings().lane_count();
        lanes.filter(|lane| matches!(state.can_ask(*lane), Err(SendProblem::Parameter(_)))).count()
    });
    let words = memo(Box::new(move || {
        let lanes = asked.get();
        with_looks(ui, |assessments| {
            let verdicts: Vec<Verdict> = lanes.iter().filter_map(|lane| assessments.get(*lane)?.verdict).collect();
            let invalid = invalid.get();
            if lanes.len() + invalid < 2 || verdicts.is_empty() {
                return String::new();
            }
            let count = |is: fn(&Verdict) -> bool| verdicts.iter().filter(|verdict| is(verdict)).count();
            let wait = |verdict: &Verdict| match verdict {
                Verdict::Wait { ms, .. } => Some(*ms),
                _ => None,
            };
            let mut parts = Vec::new();
            parts.push((count(|verdict| *verdict == Verdict::Fits), "now".to_owned()));
            if let Some(longest) = verdicts.iter().filter_map(wait).max() {
                parts.push((
                    count(|verdict| matches!(verdict, Verdict::Wait { .. })),
                    format!("within {}", span(longest)),
                ));
            }
            parts.push((count(|verdict| matches!(verdict, Verdict::Never { .. })), "never".to_owned()));
            parts.push((invalid, "not sent".to_owned()));
            let parts =
                parts.into_iter().filter(|(count, _)| *count > 0).map(|(count, when)| format!("{count} {when}"));
            parts.collect::<Vec<_>>().join(", ")
        })
    }));
    view! { <span class="outcome" data-testid="outcome">{derived(move || words.get())}</span> }.into_any()
}
