//! Where the tokens go: the share of the context, a row per message, and the same text in other vocabularies.

use headroom_app::{CountInVocabulary, Event, TokenSheet, TokenText};
use headroom_domain::grouped;
use leptos::prelude::*;

use super::{
    super::{
        Ui,
        controls::button,
        reactive::{children, memo, when},
    },
    title,
};

pub(super) fn side(ui: Ui, sheet: Memo<Option<TokenSheet>>) -> AnyView {
    let part = move |draw: fn(&TokenSheet) -> AnyView| {
        children(move || sheet.with(|sheet| sheet.as_ref().map(draw)).into_any())
    };
    let others = memo(Box::new(move || sheet.with(|sheet| sheet.as_ref().map(Others::of).unwrap_or_default())));
    let is_asked = memo(Box::new(move || sheet.with(|sheet| sheet.as_ref().is_none_or(|sheet| sheet.compares))));
    let compare = move || ui.dispatch.send(Event::TokensCompared);
    view! {
        {part(context)}
        {part(messages)}
        <section data-testid="tokens-others">
            <h2>"Same text, other tokenizers"</h2>
            {children(move || others.with(in_others))}
            {when(move || !is_asked.get(), move || view! {
                {button("button", "tokens-compare", "Count exactly".into_any(), compare)}
                <p class="quiet">"Downloads each tokenizer once, 0.3 to 0.5 MB."</p>
            }.into_any())}
        </section>
    }
    .into_any()
}

/// The same text in all vocabularies.
#[derive(Clone, Debug, Default, PartialEq)]
struct Others {
    all: Vec<CountInVocabulary>,
    /// The vocabulary they are compared with.
    own: Option<CountInVocabulary>,
}

impl Others {
    fn of(sheet: &TokenSheet) -> Self {
        let mut all = sheet.others.clone();
        let own = all.iter_mut().find(|other| other.vocabulary == sheet.vocabulary);
        if let Some(own) = own.filter(|_| sheet.is_cut()) {
            (own.tokens, own.is_exact, own.is_coming) = (sheet.text_tokens(), true, false);
        }
        let own = all.iter().find(|other| other.vocabulary == sheet.vocabulary).copied();
        Self { all, own }
    }
}

fn in_others(Others { all, own }: &Others) -> AnyView {
    if all.is_empty() {
        return view! { <p class="quiet">"Long text is compared only on request."</p> }.into_any();
    }
    let rows = all.iter().filter_map(|other| {
        let is_own = own.is_some_and(|own| own.vocabulary == other.vocabulary);
        let how = match (other.is_exact, other.is_coming) {
            (true, _) => "exact",
            (false, true) => "counting…",
            (false, false) => "estimated",
        };
        let against = match own {
            _ if is_own => "base".to_owned(),
            Some(own) => against(other.tokens, own.tokens),
            None => "–".to_owned(),
        };
        Some(view! {
            <tr aria-current=is_own.then_some("true")><th scope="row">{other.vocabulary.name()?}</th><td>{how}</td><td>{grouped(other.tokens)}</td><td>{against}</td></tr>
        })
    });
    view! {
        <table class="token-table">
            <thead><tr><th scope="col">"Tokenizer"</th><th scope="col">"Count"</th><th scope="col">"Tokens"</th><th scope="col">"Difference"</th></tr></thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
    .into_any()
}

/// The width of the bar, in its own units.
const WIDTH: f64 = 1_000.0;

/// The color of a message in the bar.
const fn kind(text: &TokenText) -> &'static str {
    use headroom_tokenizer::Role::{Assistant, System};
    match (text.role, text.is_draft) {
        (_, true) => "draft",
        (Some(System), _) => "system",
        (Some(Assistant), _) => "assistant",
        _ => "user",
    }
}

#[expect(clippy::cast_precision_loss, reason = "no text here has 2^53 tokens")]
fn share(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}

fn against(tokens: u64, base: u64) -> String {
    if base == 0 { "–".to_owned() } else { format!("{:+.1}%", 100.0 * (share(tokens, base) - 1.0)) }
}

/// The share of the context that the request takes.
fn context(sheet: &TokenSheet) -> AnyView {
    let Some(context) = sheet.context else { return ().into_any() };
    let said = format!("{:.1}% of {}", 100.0 * share(sheet.tokens(), context), grouped(context));
    let ends = sheet.begin.iter().chain(&sheet.end).map(|mark| mark.tokens).sum();
    let parts = sheet.texts.iter().map(|text| (kind(text), text.tokens + text.template_tokens()));
    let mut at = 0.0;
    let bars = [("system", ends)].into_iter().chain(parts).map(|(kind, tokens)| {
        let (start, width) = (at, WIDTH * share(tokens, context));
        at += width;
        view! { <rect data-kind=kind x=format!("{start:.2}") width=format!("{width:.2}") height="14" /> }
    });
    let bars = bars.collect_view();
    let legend =
        ["system", "user", "assistant", "draft"].map(|kind| view! { <span><i data-kind=kind></i>{kind}</span> });
    view! {
        <section>
            <h2>"Share of context"<span>{said.clone()}</span></h2>
            <svg class="token-share" viewBox=format!("0 0 {WIDTH} 14") preserveAspectRatio="none" role="img" aria-label=said>{bars}</svg>
            <p class="token-shares" aria-hidden="true">{legend.into_iter().collect_view()}</p>
        </section>
    }
    .into_any()
}

/// A row for each message.
fn messages(sheet: &TokenSheet) -> AnyView {
    if sheet.template() == 0 {
        return ().into_any();
    }
    let rows = sheet.texts.iter().map(|text| {
        let template = text.template_tokens();
        view! { <tr><th scope="row">{title(text)}</th><td>{grouped(text.tokens)}</td><td>{grouped(template)}</td><td>{grouped(text.tokens + template)}</td></tr> }
    });
    let rows = rows.collect_view();
    let around: u64 = sheet.begin.iter().chain(&sheet.end).map(|mark| mark.tokens).sum();
    view! {
        <section>
            <h2>"Per message"</h2>
            <table class="token-table">
                <thead><tr><th scope="col">"Message"</th><th scope="col">"Content"</th><th scope="col">"Template"</th><th scope="col">"Total"</th></tr></thead>
                <tbody>{rows}<tr><th scope="row">"chat template"</th><td>"0"</td><td>{grouped(around)}</td><td>{grouped(around)}</td></tr></tbody>
                <tfoot><tr><th scope="row">"Sent as input"</th><td>{grouped(sheet.text_tokens())}</td><td>{grouped(sheet.template())}</td><td>{grouped(sheet.tokens())}</td></tr></tfoot>
            </table>
        </section>
    }
    .into_any()
}
