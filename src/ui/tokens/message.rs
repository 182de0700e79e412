//! A message as tokens, with the template tokens around it.

use std::fmt::Write as _;

use headroom_app::{TokenSheet, TokenText};
use headroom_domain::grouped;
use headroom_tokenizer::SpecialToken;
use leptos::{ev, html, prelude::*};

use super::{
    super::{
        Ui,
        controls::icon_button,
        icons::Glyph,
        keys::on_key,
        reactive::{children, derived, memo, on, when},
    },
    title,
};
use crate::dom_text;

/// The most bytes listed in the description of a token.
const MOST_BYTES: usize = 24;
/// The most characters shown for a token: stacked accents look like one character and may be a megabyte.
const MOST_SHOWN: usize = 120;

pub(super) fn message(ui: Ui, sheet: Memo<Option<TokenSheet>>, at: usize, picked: RwSignal<String>) -> AnyView {
    let text =
        memo(Box::new(move || sheet.with(|sheet| sheet.as_ref().and_then(|sheet| sheet.texts.get(at).cloned()))));
    let place = NodeRef::<html::Div>::new();
    let painted = StoredValue::new_local(None::<dom_text::TokenText>);
    // The part that is drawn. Excludes the ids, which arrive later and appear only in the description.
    let drawn = memo(Box::new(move || {
        text.with(|text| text.as_ref().map(|text| (text.text.clone(), text.cut.as_ref().map(|cut| cut.ends.clone()))))
    }));
    // The last described token of this message, and its description.
    let announced = StoredValue::new(None::<(dom_text::Picked, String)>);
    Effect::new(move |_| {
        let Some(place) = place.get() else { return };
        painted.update_value(|painted| {
            let painted = painted.get_or_insert_with(|| dom_text::TokenText::new(place.into()));
            drawn.with(|drawn| {
                // The description belonged to other text.
                picked.set(String::new());
                announced.set_value(None);
                if let Some((text, ends)) = drawn {
                    painted.update(text, ends.as_deref());
                }
            });
        });
    });
    let read = move |read: fn(&TokenText) -> String| {
        derived(move || text.with(|text| text.as_ref().map(read).unwrap_or_default()))
    };
    let around = move |before: bool| {
        let marks = move |text: &TokenText| marks(if before { &text.before } else { &text.after });
        children(move || text.with(|text| text.as_ref().map(marks)).into_any())
    };
    let tell = move |text: &TokenText, segment: dom_text::Picked| {
        let said = described(&segment, text);
        picked.set(said.clone());
        announced.set_value(Some((segment, said)));
    };
    let pick = move |segment: Option<dom_text::Picked>| {
        text.with_untracked(|text| {
            if let Some((text, segment)) = text.as_ref().zip(segment) {
                tell(text, segment);
            }
        });
    };
    // More details may be available now.
    Effect::new(move |_| {
        text.with(|text| {
            let last = announced.get_value().filter(|(_, said)| picked.with_untracked(|picked| picked == said));
            if let Some((text, (segment, _))) = text.as_ref().zip(last) {
                tell(text, segment);
            }
        });
    });
    // Ignores text that is scrolled under a resting pointer, which keyboard navigation causes.
    let over = move |event: ev::PointerEvent| pick(dom_text::TokenText::point(event.target()));
    let pressed = move |event: ev::KeyboardEvent| {
        let forwards = match event.key().as_str() {
            // With a modifier, these keys belong to the browser: back, or the next word.
            _ if event.alt_key() || event.ctrl_key() || event.meta_key() || event.shift_key() => return,
            "ArrowRight" => true,
            "ArrowLeft" => false,
            _ => return,
        };
        event.prevent_default();
        pick(painted.with_value(|painted| painted.as_ref()?.step(forwards)));
    };
    let copy_ids = move || {
        let ids =
            text.with_untracked(|text| text.as_ref().and_then(|text| text.cut.as_ref().map(|cut| cut.ids.clone())));
        let ids: Vec<String> = ids.unwrap_or_default().iter().map(u32::to_string).collect();
        (ui.hands.copy)(&format!("[{}]", ids.join(", ")));
    };
    view! {
        <article class="token-message" data-testid="token-message" data-tokens=read(|text| text.tokens.to_string())
            data-template=read(|text| text.template_tokens().to_string()) data-role=read(|text| title(text).to_owned())>
            <h2>
                {read(|text| title(text).to_owned())}<span>{read(counts)}</span>
                {when(move || text.with(|text| text.as_ref().is_some_and(has_ids)), move || {
                    icon_button(Glyph::Copy, "Copy token IDs", "token-ids", copy_ids)
                })}
            </h2>
            <div class="token-line">
                {around(true)}
                <div class="token-text" role="group" tabindex="0" aria-label=read(|text| format!("Tokens of {}; use the arrow keys", title(text)))
                    node_ref=place on:pointermove=on(over) on:pointerdown=on(over) on:keydown=on_key(pressed)></div>
                {around(false)}
            </div>
        </article>
    }
    .into_any()
}

fn has_ids(text: &TokenText) -> bool {
    text.cut.as_ref().is_some_and(|cut| !cut.ids.is_empty())
}

fn counts(text: &TokenText) -> String {
    let about = if text.cut.is_some() { "" } else { "≈ " };
    let template = text.template_tokens();
    match template {
        0 => format!("{about}{}", in_words(text.tokens)),
        _ => format!("{about}{}, {} from the template", in_words(text.tokens + template), grouped(template)),
    }
}

fn in_words(tokens: u64) -> String {
    if tokens == 1 { "1 token".to_owned() } else { format!("{} tokens", grouped(tokens)) }
}

/// The tokens that a template adds, as pills.
pub(super) fn marks(marks: &[SpecialToken]) -> AnyView {
    let pills = marks.iter().map(|mark| {
        view! { <span class="token-mark" title=format!("{} from the template", in_words(mark.tokens))>{mark.text}</span> }
    });
    pills.collect_view().into_any()
}

/// The ids of some tokens; empty if unknown.
fn ids_of(text: &TokenText, first: u64, count: u64) -> String {
    let (first, count) = (usize::try_from(first).unwrap_or(usize::MAX), usize::try_from(count.max(1)).unwrap_or(1));
    let Some(cut) = &text.cut else { return String::new() };
    let ids: Vec<String> = cut.ids.iter().skip(first).take(count.min(MOST_BYTES)).map(u32::to_string).collect();
    match ids.as_slice() {
        [] => String::new(),
        [id] => format!(", id {id}"),
        ids => format!(", ids {}", ids.join(" ")),
    }
}

/// Describes a token: its text, its bytes and its position.
fn described(segment: &dom_text::Picked, text: &TokenText) -> String {
    let dom_text::Picked { first, count, text: shown } = segment;
    let mut bytes = String::new();
    for byte in shown.bytes().take(MOST_BYTES) {
        write!(bytes, " {byte:02x}").ok();
    }
    if shown.len() > MOST_BYTES {
        bytes.push_str(" …");
    }
    let more = if shown.chars().nth(MOST_SHOWN).is_some() { "…" } else { "" };
    let short: String = shown.chars().take(MOST_SHOWN).collect();
    let place = match count {
        0 | 1 => format!("Token {} of {}", grouped(first + 1), grouped(text.tokens)),
        _ => format!(
            "Tokens {} to {} of {}, which split a character",
            grouped(first + 1),
            grouped(first + count),
            grouped(text.tokens)
        ),
    };
    let ids = ids_of(text, *first, *count);
    format!("{place} ({}): {short:?}{more}{ids}, bytes{bytes}", title(text))
}
