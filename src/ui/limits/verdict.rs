//! Whether the draft fits under each lane: now, later, or never, and what would help.

use std::time::Duration;

use headroom_app::{Event, Panel, SendProblem, SuggestedFix, suggested_fix};
use headroom_limits::Verdict;
use leptos::prelude::*;

use super::{
    super::{
        Ui,
        controls::button,
        icons::{Glyph, icon},
        reactive::{children, derived, memo},
    },
    assessment, now, offline, set_cap,
};

/// How long a verdict must be stable before it is announced, and how long an announcement takes, in milliseconds.
const STILL_MS: u64 = 600;
const SAYING_MS: u64 = 1_500;

/// The verdict shown.
#[derive(Clone, PartialEq)]
struct Said {
    /// The value of `data-verdict`; `None` while the draft is empty.
    name: Option<&'static str>,
    title: String,
    detail: String,
    fix: Option<Press>,
}

/// Lowercases a sentence so that it can follow a colon.
fn lowered(sentence: &str) -> String {
    let mut chars = sentence.trim_end_matches('.').chars();
    chars.next().map(|first| std::iter::once(first.to_ascii_lowercase()).chain(chars).collect()).unwrap_or_default()
}

/// The action of the button.
#[derive(Clone, PartialEq)]
enum Press {
    /// Makes the draft fit.
    SuggestedFix(SuggestedFix),
    /// Opens the form for the key of this provider.
    Key(String),
}

pub(in crate::ui) fn verdict(ui: Ui, lane: usize) -> AnyView {
    let assessment = assessment(ui, lane);
    let invalid = ui.slice(move |state| match state.can_ask(lane) {
        Err(SendProblem::Parameter(sentence)) => Some(sentence),
        // Each of these has its own place on the page, or is about the draft.
        Ok(())
        | Err(
            SendProblem::Empty
            | SendProblem::Running(_)
            | SendProblem::Queued
            | SendProblem::NoProvider
            | SendProblem::NoKey(_)
            | SendProblem::NoModel,
        ) => None,
    });
    let missing = ui.slice(move |state| match state.can_ask(lane) {
        Err(SendProblem::NoKey(name)) => {
            Some((name, state.settings().lane(lane).map(|setup| setup.provider.clone()).unwrap_or_default()))
        }
        _ => None,
    });
    let empty = ui.slice(|state| state.draft().trim().is_empty());
    let offline = offline(ui);
    let said = memo(Box::new(move || {
        let say =
            |name, title: &str, detail: &str| Said { name, title: title.into(), detail: detail.into(), fix: None };
        if let Some((name, provider)) = missing.get() {
            let fix = Some(Press::Key(provider));
            return Said { fix, ..say(Some("no-key"), &format!("No key for {name}"), "This lane cannot send") };
        }
        if let Some(sentence) = invalid.get() {
            return say(Some("invalid"), &format!("Not sent: {}", lowered(&sentence)), "Change it in Parameters");
        }
        if empty.get() {
            return say(None, "Write a message to see the cost", "Counted as you type");
        }
        if offline.get() {
            return say(Some("offline"), "You are offline", "Drafts and history still work");
        }
        assessment.with(|assessment| {
            let words = assessment.as_ref().and_then(|assessment| Some((assessment.words()?, assessment.verdict?)));
            let Some((words, verdict)) = words else {
                return say(Some("unknown"), "No limits set", "Choose a limit profile");
            };
            // Send then queues the draft, so the detail says so.
            let queues =
                matches!(verdict, Verdict::Wait { .. }) && ui.state.with_untracked(|state| state.settings().queues());
            let detail = if queues { format!("{}. Will be queued", words.detail) } else { words.detail };
            let name = match verdict {
                Verdict::Fits => "fits",
                Verdict::Wait { .. } => "wait",
                Verdict::Never { .. } => "never",
            };
            // Computed together with the verdict because it depends on it.
            let now_ms = untrack(|| now(ui));
            let fix = assessment
                .as_ref()
                .and_then(|assessment| ui.state.with_untracked(|state| suggested_fix(state, lane, assessment, now_ms)));
            Said { name: Some(name), title: words.title, detail, fix: fix.map(Press::SuggestedFix) }
        })
    }));
    let name = move || said.with(|said| said.name);
    // Announced once it has been stable for a moment, not on each key press or countdown second. One lane after the
    // other, so that each announcement is spoken.
    let kind = memo(Box::new(name));
    let due = StoredValue::new(None::<TimeoutHandle>);
    Effect::new(move |before: Option<Option<&'static str>>| {
        let now = kind.get();
        due.update_value(|due| due.take().into_iter().for_each(|due| due.clear()));
        if before.is_some() && now.is_some() {
            let say = move || {
                let title = said.with_untracked(|said| said.title.clone());
                let many = ui.state.with_untracked(|state| state.settings().lane_count() > 1);
                let words = if many { format!("Lane {}: {title}", lane + 1) } else { title };
                (ui.hands.announce)(&words);
            };
            let wait_ms = STILL_MS + u64::try_from(lane).unwrap_or(0) * SAYING_MS;
            due.set_value(set_timeout_with_handle(say, Duration::from_millis(wait_ms)).ok());
        }
        now
    });
    on_cleanup(move || {
        due.try_update_value(|due| due.take().into_iter().for_each(|due| due.clear()));
    });
    let of = move |read: fn(&Verdict) -> Option<String>| {
        derived(move || name().and_then(|_| assessment.with(|assessment| read(&assessment.as_ref()?.verdict?))))
    };
    let uncertainty = derived(move || {
        let uncertainty =
            assessment.with(|assessment| assessment.as_ref().and_then(|assessment| assessment.uncertainty));
        uncertainty.filter(|_| name() == Some("fits")).map(|uncertainty| uncertainty.name().to_owned())
    });
    let needs = derived(move || {
        name().and_then(|_| assessment.with(|assessment| Some(assessment.as_ref()?.need?.tokens().to_string())))
    });
    let glyph = move || match name() {
        Some("fits") => Glyph::Check,
        Some("never") => Glyph::Never,
        Some("no-key") => Glyph::Key,
        Some("offline" | "invalid") => Glyph::Warning,
        None => Glyph::Pencil,
        Some(_) => Glyph::Clock,
    };
    let press = move |press: Press| match press {
        Press::SuggestedFix(SuggestedFix::Cap(cap)) => set_cap(ui, lane, cap),
        Press::SuggestedFix(SuggestedFix::Model(model)) => ui.dispatch.send(Event::ModelChosen { lane, model }),
        Press::SuggestedFix(SuggestedFix::NewChat) => ui.dispatch.send(Event::MovedToNewChat),
        Press::Key(provider) => ui.dispatch.send(Event::PanelShown(Panel::Settings(provider))),
    };
    let action = move || {
        let Some(fix) = said.with(|said| said.fix.clone()) else { return ().into_any() };
        let words = match &fix {
            Press::SuggestedFix(SuggestedFix::Cap(cap)) => format!("Set to {}", headroom_domain::grouped(*cap)),
            Press::SuggestedFix(SuggestedFix::Model(model)) => format!("Use {model}"),
            Press::SuggestedFix(SuggestedFix::NewChat) => "Start a new chat".to_owned(),
            Press::Key(_) => "Add key".to_owned(),
        };
        button("link", "verdict-fix", words.into_any(), move || press(fix.clone()))
    };
    view! {
        <div class="verdict" data-testid=derived(move || name().map(|_| "verdict")) data-lane=lane.to_string() data-verdict=derived(name)
            data-wait-ms=of(|verdict| match verdict {
                Verdict::Wait { ms, .. } => Some(ms.to_string()),
                _ => None,
            })
            data-window=of(|verdict| match verdict {
                Verdict::Wait { binding, .. } | Verdict::Never { binding, .. } => binding.name().map(str::to_owned),
                Verdict::Fits => None,
            })
            data-uncertainty=uncertainty data-needs=needs>
            {children(move || icon(glyph(), 16))}
            <p><b>{derived(move || said.get().title)}</b><small>{derived(move || said.get().detail)}</small></p>
            {children(action)}
        </div>
    }
    .into_any()
}
