//! A public function or constant of the core that nothing but tests uses: `pub` hides it from the compiler's own check.

use std::collections::{BTreeMap, BTreeSet};

use crate::Source;

/// Public names that no other file uses yet, and why they stay.
const ALLOWED: &[(&str, &str)] = &[
    ("has_tools_of", "whether a template is known to format tools; requests with tools will ask"),
    ("is_proven", "whether a rendered prompt is exact; requests with tools will show it"),
];

/// Complains about each public function or constant under `src/core` that no other file outside tests names.
pub(super) fn complaints(sources: &[Source]) -> Vec<String> {
    let code: BTreeMap<&str, String> = sources
        .iter()
        .filter(|source| source.rust() && source.name.starts_with("src/") && !is_test(&source.name))
        .map(|source| (source.name.as_str(), without_comments_and_tests(&source.text)))
        .collect();
    let words: BTreeMap<&str, BTreeSet<&str>> = code.iter().map(|(name, text)| (*name, used_words(text))).collect();
    let mut complaints = Vec::new();
    for (name, text) in code.iter().filter(|(name, _)| name.starts_with("src/core/")) {
        for public in text.lines().filter_map(public_name) {
            let is_used = words.iter().any(|(other, words)| other != name && words.contains(public));
            if !is_used && !ALLOWED.iter().any(|(allowed, _)| *allowed == public) {
                complaints
                    .push(format!("{name}: nothing outside this file and tests uses `{public}`: make it private"));
            }
        }
    }
    for (allowed, why) in ALLOWED {
        if !code.values().any(|text| text.lines().filter_map(public_name).any(|name| name == *allowed)) {
            complaints.push(format!("tests/tidy/public.rs: there is no `{allowed}` ({why})"));
        }
    }
    complaints
}

fn is_test(name: &str) -> bool {
    ["/tests/", "/checks/", "/examples/"].iter().any(|folder| name.contains(folder))
        || name.ends_with("_tests.rs")
        || name.ends_with("/tests.rs")
}

/// The lines before the test module, without comments.
fn without_comments_and_tests(text: &str) -> String {
    let mut lines = Vec::new();
    for line in text.lines() {
        if line.starts_with("#[cfg(test)]") && text.contains("#[cfg(test)]\nmod tests {") {
            break;
        }
        lines.push(line.split("//").next().unwrap_or_default());
    }
    lines.join("\n")
}

/// The words of a file without its re-exports: naming something again is no use of it.
fn used_words(text: &str) -> BTreeSet<&str> {
    let mut in_reexport = false;
    let mut words = BTreeSet::new();
    for line in text.lines() {
        in_reexport |= line.starts_with("pub use ") || line.starts_with("pub(crate) use ");
        if !in_reexport {
            words.extend(line.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty()));
        }
        in_reexport &= !line.contains(';');
    }
    words
}

/// The name that a line makes public, if it begins a function or constant.
fn public_name(line: &str) -> Option<&str> {
    let mut rest = line.trim_start().strip_prefix("pub ")?;
    for modifier in ["const ", "async ", "unsafe "] {
        let is_function = rest.contains("fn ");
        rest = if is_function { rest.strip_prefix(modifier).unwrap_or(rest) } else { rest };
    }
    let rest = ["fn ", "const ", "static "].iter().find_map(|kind| rest.strip_prefix(kind))?;
    rest.split(|c: char| !c.is_alphanumeric() && c != '_').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(name: &str, text: &str) -> Source {
        Source { name: name.into(), text: text.into() }
    }

    fn unused(sources: &[Source]) -> Vec<String> {
        complaints(sources).into_iter().filter(|complaint| complaint.starts_with("src/")).collect()
    }

    #[test]
    fn a_public_name_that_only_tests_use_is_found() {
        let used = source("src/core/a/used.rs", "pub const fn used() {}\npub const MOST: u8 = 1;\n");
        let lib = source("src/core/a/lib.rs", "pub use used::{\n    used, MOST,\n};\n");
        let test = source("src/core/a/tests/used.rs", "fn f() { used(); MOST; }");
        let own =
            source("src/core/a/own.rs", "fn f() {}\n#[cfg(test)]\nmod tests {\n    fn t() { used(); MOST; }\n}\n");
        assert_eq!(unused(&[used.clone(), lib.clone(), test.clone(), own.clone()]).len(), 2);
        let page = source("src/ui/page.rs", "// used\nfn f() { used(); }");
        assert_eq!(unused(&[used, lib, test, own, page]).len(), 1);
    }

    #[test]
    fn only_functions_and_constants_count() {
        assert_eq!(public_name("    pub const fn name(self) -> u8 {"), Some("name"));
        assert_eq!(public_name("pub const MOST_LANES: usize = 6;"), Some("MOST_LANES"));
        assert_eq!(public_name("pub(crate) fn name() {"), None);
        assert_eq!(public_name("pub struct Lane;"), None);
    }
}
