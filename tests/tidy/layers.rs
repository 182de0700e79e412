//! Which module may depend on which. The core crates enforce this by their dependencies; here the dependencies
//! themselves are checked against the plan, as are the two outer layers, which share a crate.

use crate::Source;

/// The workspace crates that each core crate may depend on. A crate that is not listed here is a complaint.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("src/core/domain", &[]),
    ("src/core/protocol", &["domain"]),
    ("src/core/tokenizer", &["domain"]),
    ("src/core/limits", &["domain"]),
    ("src/core/markdown", &["domain"]),
    // The simulator is the provider's side and the judge of `limits`: it may never depend on it.
    ("src/core/simulator", &["protocol", "domain"]),
    ("src/core/records", &[]),
    ("src/core/app", &["protocol", "limits", "tokenizer", "records", "domain"]),
];

/// Modules of the root package and what they must not name.
const MUST_NOT_NAME: &[(&str, &[&str], &str)] = &[
    ("src/ui/", &["crate::platform", "web_sys::"], "views send events and touch no browser API"),
    ("src/platform/", &["crate::ui", "crate::dom_text", "leptos"], "the platform performs effects and draws nothing"),
    (
        "src/dom_text/",
        &["crate::ui", "crate::platform", "headroom_app", "leptos"],
        "text goes into the document past the views",
    ),
    (
        "src/markdown_dom/",
        &["crate::ui", "crate::platform", "headroom_app", "leptos"],
        "formatting knows the tree and the document",
    ),
    (
        "src/record_store/",
        &["crate::ui", "crate::platform", "headroom_app", "headroom_domain", "leptos"],
        "the store keeps texts, whatever they mean",
    ),
    (
        "src/shell.rs",
        &["crate::ui", "crate::platform", "headroom_", "leptos"],
        "the frame is a part of the document, whatever is drawn into it",
    ),
    ("src/bin/", &["leptos", "headroom::ui", "headroom::platform"], "a module beside the page is not the page"),
    (
        "src/core/",
        &["web_sys", "js_sys", "wasm_bindgen", "leptos", "Instant::now", "SystemTime"],
        "the core knows no browser and no clock",
    ),
];

/// Returns every violation of the plan.
pub(super) fn complaints(sources: &[Source]) -> Vec<String> {
    let crates =
        sources.iter().filter(|source| source.name.starts_with("src/core/") && source.name.ends_with("/Cargo.toml"));
    let mut complaints: Vec<String> = crates.flat_map(dependencies).collect();
    for source in sources.iter().filter(|source| source.rust()) {
        for (folder, names, why) in MUST_NOT_NAME.iter().filter(|(folder, ..)| source.name.starts_with(folder)) {
            let code = source.text.lines().filter(|line| !line.trim_start().starts_with("//"));
            for (name, line) in
                code.flat_map(|line| names.iter().filter(|name| line.contains(**name)).map(move |name| (name, line)))
            {
                complaints.push(format!("{}: {folder} must not name {name}: {why} ({})", source.name, line.trim()));
            }
        }
    }
    complaints
}

fn dependencies(manifest: &Source) -> Vec<String> {
    let folder = manifest.name.trim_end_matches("/Cargo.toml");
    let Some((_, allowed)) = MAY_KNOW.iter().find(|(name, _)| *name == folder) else {
        return vec![format!("{folder} has no place in the plan of tests/tidy/layers.rs")];
    };
    let ordinary = manifest.text.split("[dependencies]").nth(1).unwrap_or_default();
    let ordinary = ordinary.split("\n[").next().unwrap_or_default();
    ordinary
        .lines()
        .filter_map(|line| line.strip_prefix("headroom-"))
        .map(|rest| rest.split(['.', ' ', '=']).next().unwrap_or_default())
        .filter(|name| !allowed.contains(name))
        .map(|name| format!("{folder} must not depend on headroom-{name}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(name: &str, text: &str) -> Source {
        Source { name: name.into(), text: text.into() }
    }

    #[test]
    fn the_simulator_may_not_import_limits() {
        let manifest = source(
            "src/core/simulator/Cargo.toml",
            "[dependencies]\nheadroom-domain.workspace = true\nheadroom-limits.workspace = true\n",
        );
        assert_eq!(complaints(&[manifest]), ["src/core/simulator must not depend on headroom-limits"]);
    }

    #[test]
    fn each_breach_is_found_and_comments_are_not_code() {
        let cases = [
            ("src/ui/a.rs", "use crate::platform::Platform;", 1),
            ("src/platform/a.rs", "use leptos::prelude::*;", 1),
            ("src/bin/a.rs", "use headroom::ui::App;", 1),
            ("src/core/app/a.rs", "let now = std::time::Instant::now();", 1),
            ("src/core/app/a.rs", "// never Instant::now: time comes in", 0),
            ("src/page.rs", "use crate::{platform, ui};", 0),
        ];
        for (name, text, expected) in cases {
            assert_eq!(complaints(&[source(name, text)]).len(), expected, "{name}: {text}");
        }
    }

    #[test]
    fn a_crate_without_a_place_in_the_plan_is_a_breach() {
        assert_eq!(complaints(&[source("src/core/misc/Cargo.toml", "[dependencies]\n")]).len(), 1);
    }
}
