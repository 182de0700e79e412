//! The token view: what a lane would send, as tokens, in place of the lanes.

mod message;
mod side;

use headroom_app::{CountCaveat, Event, State, TokenSheet, TokenText};
use headroom_domain::grouped;
use headroom_tokenizer::Fit;
use leptos::{ev, html, prelude::*};

use super::{
    Ui,
    controls::icon_button,
    icons::Glyph,
    keys::on_key,
    metrics::in_dollars,
    reactive::{children, derived, keyed, memo, on, when},
};

/// The hint shown until a token is described.
const HINT: &str = "Hover, tap, or use ← → to see a token's ID and bytes.";

/// The view, while it is open.
pub(super) fn tokens(ui: Ui) -> AnyView {
    let is_open = ui.slice(State::shows_tokens);
    when(move || is_open.get(), move || view(ui)).into_any()
}

fn view(ui: Ui) -> AnyView {
    let Ui { dispatch, hands, .. } = ui;
    let sheet = ui.slice(State::token_sheet);
    let picked = RwSignal::new(String::new());
    let count = memo(Box::new(move || sheet.with(|sheet| sheet.as_ref().map_or(0, |sheet| sheet.texts.len()))));
    let is_pasted = ui.slice(|state| state.pasted().is_some());
    let many = ui.slice(|state| state.settings().lane_count() > 1);
    let region = NodeRef::<html::Main>::new();
    region.on_load(|region| {
        region.focus().ok();
    });
    let close = move || {
        dispatch.send(Event::TokensShown(false));
        let focus = hands.focus;
        request_animation_frame(move || focus("message"));
    };
    let pressed = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" && !event.default_prevented() {
            event.prevent_default();
            event.stop_propagation();
            close();
        }
    };
    let total = move || sheet.with(|sheet| sheet.as_ref().map(|sheet| sheet.tokens().to_string()));
    let cut = move || sheet.with(|sheet| sheet.as_ref().is_some_and(TokenSheet::is_cut).to_string());
    view! {
        <div class="tokens" data-testid="token-view" data-count=derived(total)
            data-exact=derived(cut) on:keydown=on_key(pressed)>
            <main class="tokens-main" id="tokens" tabindex="-1" aria-label="Tokens" node_ref=region>
                <div class="tokens-bar">
                    <h1>"Tokens"</h1>
                    {when(move || many.get() && !is_pasted.get(), move || lanes(ui))}
                    <div class="segments" role="group" aria-label="Which text">
                        {source(ui, is_pasted, false)}{source(ui, is_pasted, true)}
                    </div>
                    <span class="grow"></span>
                    {icon_button(Glyph::Close, "Back to the chat", "tokens-close", close)}
                </div>
                {stats(sheet)}
                <p class="quiet tokens-note" role="status">{derived(move || sheet.with(|sheet| sheet.as_ref().map(|sheet| note(sheet) + &fit(sheet))))}</p>
                {when(move || is_pasted.get(), move || paste(ui))}
                <div class="token-messages">
                    {children(move || marks_at(sheet, |sheet| &sheet.begin))}
                    {keyed(move || (0..count.get()).map(|at| at.to_string()).collect(), move |at| {
                        message::message(ui, sheet, at.parse().unwrap_or(0), picked)
                    })}
                    {children(move || marks_at(sheet, |sheet| &sheet.end))}
                </div>
                <p class="token-picked" role="status" data-testid="token-picked">{derived(move || {
                    picked.with(|picked| if picked.is_empty() { HINT.to_owned() } else { picked.clone() })
                })}</p>
            </main>
            <aside class="tokens-side" aria-label="Token breakdown">{side::side(ui, sheet)}</aside>
        </div>
    }
    .into_any()
}

/// Which vocabulary counts the tokens, and how exact the counts are.
fn note(sheet: &TokenSheet) -> String {
    let TokenSheet { model, vocabulary, is_own, is_coming, caveat, .. } = sheet;
    let Some(name) = vocabulary.name() else {
        return match model.as_str() {
            "" => "Choose a model to see its tokens. Until then they are estimated.".to_owned(),
            _ => format!("The tokenizer of {model} is unknown. Its tokens are estimated and cannot be shown."),
        };
    };
    match (sheet.is_cut(), is_coming) {
        (false, true) => return format!("Estimated. Tokens appear once counted with {name}."),
        (false, false) => return format!("Estimated. The {name} tokenizer is not available."),
        (true, _) => {}
    }
    let why = match caveat {
        _ if !is_own => {
            return format!("The tokenizer of {model} is not available. These are tokens of a similar one, {name}.");
        }
        None => return format!("{model}, exact count with {name}. Counted in this browser; nothing is sent."),
        Some(CountCaveat::Simulator) => "The simulator uses its own counts.",
        Some(CountCaveat::Template) => "Its chat template is unknown, so template tokens may be off.",
        Some(CountCaveat::Joined) => "Whitespace at a message edge merges with the template, so the total may be off.",
        Some(CountCaveat::Running) => "The response in progress will be part of the next request.",
        Some(CountCaveat::Provider) => {
            "The provider has counted differently before; the count in the composer adjusts for that."
        }
    };
    format!("{model}, tokens of {name}. {why}")
}

/// How our counts compare with the provider's.
fn fit(sheet: &TokenSheet) -> String {
    match sheet.fit {
        Fit::Unknown => String::new(),
        fit => format!(" Compared with the provider's counts: {fit}."),
    }
}

fn marks_at(
    sheet: Memo<Option<TokenSheet>>,
    read: fn(&TokenSheet) -> &Vec<headroom_tokenizer::SpecialToken>,
) -> AnyView {
    let marks = sheet.with(|sheet| sheet.as_ref().map(|sheet| message::marks(read(sheet))));
    view! { <p class="token-marks">{marks}</p> }.into_any()
}

/// The button for one of the two sources of text.
fn source(ui: Ui, is_pasted: Memo<bool>, pasted: bool) -> AnyView {
    let (name, test_id) = if pasted { ("Other text", "tokens-paste") } else { ("This chat", "tokens-chat") };
    let choose = move |_: ev::MouseEvent| {
        if is_pasted.get_untracked() != pasted {
            let last = pasted.then(|| ui.state.with_untracked(|state| state.last_pasted().to_owned()));
            ui.dispatch.send(Event::TokensPasted(last));
        }
    };
    view! {
        <button type="button" data-testid=test_id aria-pressed=derived(move || (is_pasted.get() == pasted).to_string()) on:click=on(choose)>{name}</button>
    }
    .into_any()
}

fn paste(ui: Ui) -> AnyView {
    // Restores the text pasted before; from then on the field owns it.
    let last = ui.state.with_untracked(|state| state.last_pasted().to_owned());
    view! {
        <textarea class="input tokens-text" rows="6" data-testid="tokens-text" aria-label="Text to count" placeholder="Paste or type text to see its tokens" prop:value=last
            on:input=on(move |event| ui.dispatch.send(Event::TokensPasted(Some(event_target_value(&event)))))></textarea>
    }
    .into_any()
}

/// Chooses the lane whose request is shown.
fn lanes(ui: Ui) -> AnyView {
    let names = ui.slice(|state| state.settings().lanes().map(|setup| setup.model.clone()).collect::<Vec<_>>());
    let chosen = ui.slice(State::tokens_lane);
    let options = move || {
        let options = names.get().into_iter().enumerate().map(|(lane, model)| {
            let selected = lane == chosen.get_untracked();
            view! { <option value=lane.to_string() selected=selected>{format!("Lane {}: {model}", lane + 1)}</option> }
        });
        options.collect_view().into_any()
    };
    let choose = move |event| {
        ui.dispatch.send(Event::TokensOfLane(event_target_value(&event).parse().unwrap_or(0)));
    };
    view! { <select class="select" data-testid="tokens-lane" aria-label="Lane" on:change=on(choose)>{children(options)}</select> }
        .into_any()
}

/// The stats at the top.
fn stats(sheet: Memo<Option<TokenSheet>>) -> AnyView {
    let of = move |read: fn(&TokenSheet) -> String| {
        derived(move || sheet.with(|sheet| sheet.as_ref().map(read).unwrap_or_default()))
    };
    view! {
        <dl class="token-stats">
            <div><dt>"tokens"</dt><dd>{of(|sheet| format!("{}{}", if sheet.is_exact() { "" } else { "≈ " }, grouped(sheet.tokens())))}</dd></div>
            <div><dt>"characters"</dt><dd>{of(|sheet| grouped(characters(sheet)))}</dd></div>
            <div><dt>"characters per token"</dt><dd>{of(per_token)}</dd></div>
            <div><dt>"template tokens"</dt><dd>{of(|sheet| grouped(sheet.template()))}</dd></div>
            <div><dt>"input cost"</dt><dd>{of(cost)}</dd></div>
        </dl>
    }
    .into_any()
}

fn characters(sheet: &TokenSheet) -> u64 {
    sheet.texts.iter().map(|text| text.text.chars().count() as u64).sum()
}

#[expect(clippy::cast_precision_loss, reason = "no text here has 2^53 characters")]
fn per_token(sheet: &TokenSheet) -> String {
    match sheet.text_tokens() {
        0 => "–".to_owned(),
        words => format!("{:.2}", characters(sheet) as f64 / words as f64),
    }
}

#[expect(clippy::cast_precision_loss, reason = "no text here has 2^53 tokens")]
fn cost(sheet: &TokenSheet) -> String {
    sheet.price.map_or_else(|| "–".to_owned(), |price| in_dollars(price * sheet.tokens() as f64))
}

/// The title of a message.
fn title(text: &TokenText) -> &'static str {
    use headroom_tokenizer::Role::{Assistant, System, User};
    match (text.role, text.is_draft) {
        (None, _) => "text",
        (Some(User), true) => "user, draft",
        (Some(System), _) => "system",
        (Some(User), _) => "user",
        (Some(Assistant), _) => "assistant",
    }
}
