//! Rules about single files.

use crate::Source;

/// A file longer than this has a second reason to change. Recorded data and generated tables are exempt.
const MOST_LINES: usize = 400;

/// Forbidden strings, where they are forbidden, and why. `{}` in a needle is left out so that this file obeys its own
/// rules.
const FORBIDDEN: &[(&[&str], &[&str], &str)] = &[
    (
        &["src/ui/", "src/platform/", "src/page.rs", "index.html"],
        &["style=\"", "style='"],
        "the policy blocks style attributes: use style:--x or a class",
    ),
    (
        &["src/", "index.html", "public/"],
        &["inner_html", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write"],
        "model output is data: it becomes nodes, never HTML",
    ),
    (
        &["src/"],
        &["Closure::forget", ".into_js_value()"],
        "who starts it, stops it: keep the closure in a struct that drops it",
    ),
    (&["src/", "tests/"], &["todo!(", "unimplemented!(", "#[ignore"], "nothing is left for later in code"),
    (&["src/core/", "src/ui/", "src/platform/"], &["println!", "eprintln!", "dbg!("], "libraries do not print"),
];

/// Every complaint of every rule.
pub(super) fn all(sources: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for source in sources {
        complaints.extend(too_long(source));
        complaints.extend(forbidden(source));
        complaints.extend(machine_paths(source));
        complaints.extend(compositions(source));
    }
    complaints.extend(light_twice(sources));
    complaints
}

fn too_long(source: &Source) -> Option<String> {
    let counted = [".rs", ".css", ".js", ".mjs", ".py", ".sh"].iter().any(|end| source.name.ends_with(end))
        || source.text.starts_with("#!");
    let lines = source.text.lines().count();
    (counted && lines > MOST_LINES)
        .then(|| format!("{}: {lines} lines, more than {MOST_LINES}: split it by reason to change", source.name))
}

fn forbidden(source: &Source) -> Vec<String> {
    if source.name.starts_with("tests/tidy/") {
        return Vec::new();
    }
    let rules = FORBIDDEN.iter().filter(|(places, ..)| places.iter().any(|place| source.name.starts_with(place)));
    rules
        .flat_map(|(_, needles, why)| needles.iter().map(move |needle| (needle, why)))
        .flat_map(|(needle, why)| {
            let code = source.text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
            code.filter(move |(_, line)| line.contains(needle))
                .map(move |(at, _)| format!("{}:{}: {needle} — {why}", source.name, at + 1))
        })
        .collect()
}

/// A path of one developer's machine is useless to everyone else.
fn machine_paths(source: &Source) -> Vec<String> {
    let homes = ["/home/", "/Users/", "/root/", "C:\\Users"];
    if source.name.starts_with("tests/tidy/") {
        return Vec::new();
    }
    let hits = homes.iter().filter(|home| source.text.contains(**home));
    hits.map(|home| format!("{}: names a path of one machine ({home})", source.name)).collect()
}

/// A key that an input method uses must not trigger anything else: key handlers are created where that is checked.
fn compositions(source: &Source) -> Vec<String> {
    if !source.name.starts_with("src/ui/") || source.name == "src/ui/keys.rs" {
        return Vec::new();
    }
    let asks = |line: &str| {
        let handlers = line.split("on:keydown=").skip(1);
        handlers.into_iter().all(|handler| handler.starts_with("on_key(")) && !line.contains("ev::keydown")
    };
    let lines = source.text.lines().enumerate().filter(|(_, line)| !asks(line));
    lines
        .map(|(at, _)| format!("{}:{}: a key may belong to a composition: use ui::keys", source.name, at + 1))
        .collect()
}

/// The light colors appear twice in `tokens.css`, for the system's and for the user's preference: they must not
/// diverge.
fn light_twice(sources: &[Source]) -> Option<String> {
    let tokens = sources.iter().find(|source| source.name == "style/tokens.css")?;
    let blocks: Vec<Vec<&str>> = tokens
        .text
        .split("color-scheme:light;")
        .skip(1)
        .map(|rest| rest.split('}').next().unwrap_or_default().split_whitespace().collect())
        .collect();
    match blocks.as_slice() {
        [one, two] if one == two => None,
        _ => Some("style/tokens.css: the two light blocks differ".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(name: &str, text: &str) -> Vec<String> {
        all(&[Source { name: name.into(), text: text.into() }])
    }

    #[test]
    fn each_rule_finds_what_it_forbids() {
        let long = "x\n".repeat(MOST_LINES + 1);
        let script = format!("#!/usr/bin/env bash\n{long}");
        let cases = [
            ("src/ui/a.rs", "view! { <p style=\"color:red\"></p> }"),
            ("src/ui/a.rs", "element.set_inner_html(text)"),
            ("public/a.js", "node.innerHTML = text"),
            ("src/platform/a.rs", "Closure::forget(closure)"),
            ("src/core/app/a.rs", "todo!()"),
            ("src/core/app/a.rs", "println!(\"x\")"),
            ("README.md", "see /home/me/notes"),
            ("src/core/app/a.rs", long.as_str()),
            ("style/tokens.css", ":root{color-scheme:light; --a:1} :root{color-scheme:light; --a:2}"),
            ("src/ui/a.rs", "<input on:keydown=on(pressed) />"),
            ("src/ui/a.rs", "window_event_listener(ev::keydown, pressed)"),
            ("src/tools/dev/a.sh", long.as_str()),
            ("dev", script.as_str()),
        ];
        for (name, text) in cases {
            assert_eq!(complaints(name, text).len(), 1, "{name}: {}", &text[..text.len().min(60)]);
        }
    }

    #[test]
    fn what_only_talks_about_it_is_no_breach() {
        for (name, text) in [
            ("src/ui/a.rs", "// never inner_html"),
            ("docs.md", "style=\"x\""),
            ("src/ui/a.rs", "<input on:keydown=on_key(pressed) />"),
            ("style/tokens.css", ":root{color-scheme:light; --a:1}\n:root{color-scheme:light;\n --a:1}"),
        ] {
            assert_eq!(complaints(name, text), [""; 0], "{name}");
        }
    }
}
