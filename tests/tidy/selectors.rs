//! Selectors in tests must match something in the page: a test that waits until something is absent, or that looks at
//! anything that matches a selector, passes forever once the name is wrong.

use std::collections::{BTreeMap, BTreeSet};

use crate::Source;

/// The sources of the page's test ids.
const DRAWN_IN: &[&str] = &["src/ui/", "index.html"];
/// The sources of the page's classes.
const STYLED_IN: &[&str] = &["src/ui/", "src/dom_text/", "src/markdown_dom/", "src/platform/", "style/", "index.html"];
/// The tests that use them.
const SOUGHT_IN: &[&str] = &["tests/e2e/", "tests/web/"];
/// Functions that take a selector.
const SELECTING: &[&str] =
    &["querySelector(", "querySelectorAll(", "closest(", "Locator::Css(", "query(", "query_selector("];

/// Returns every test id and every class in a test's selector that occurs nowhere in the page.
pub(super) fn complaints(sources: &[Source]) -> Vec<String> {
    let within = |places: &'static [&str]| {
        sources.iter().filter(move |source| places.iter().any(|place| source.name.starts_with(place)))
    };
    let drawn: Vec<&str> = within(DRAWN_IN).flat_map(|source| test_ids(&source.text)).collect();
    let words: BTreeSet<&str> = within(STYLED_IN).flat_map(|source| names(&source.text)).collect();
    let tests: Vec<&Source> = within(SOUGHT_IN).filter(|source| source.rust()).collect();
    let takers = takers(&tests);

    let mut complaints = Vec::new();
    for test in tests {
        let code: Vec<&str> = test.text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        let code = code.join("\n");
        let own: BTreeSet<&str> = set_by_the_test(&code).collect();
        let ids: BTreeSet<&str> = sought_ids(&code).chain(passed_ids(&code, &takers)).collect();
        for id in ids.into_iter().filter(|id| !own.contains(id) && !drawn.iter().any(|drawn| fits(id, drawn))) {
            complaints.push(format!("{}: looks for the test id {id}, which is nowhere in the page", test.name));
        }
        for class in sought_classes(&code).into_iter().filter(|class| !words.contains(class) && !own.contains(class)) {
            complaints.push(format!("{}: looks for the class {class}, which is nowhere in the page", test.name));
        }
    }
    complaints
}

/// Quoted strings that may be a test id: values of `data-testid`, and arguments, but not values of other attributes.
fn test_ids(code: &str) -> impl Iterator<Item = &str> {
    quoted(code).filter(|(before, _)| !before.ends_with('=') || before.ends_with("data-testid=")).map(|(_, text)| text)
}

/// Test ids and classes that a test sets itself.
fn set_by_the_test(code: &str) -> impl Iterator<Item = &str> {
    quoted(code)
        .filter(|(before, _)| before.ends_with("\"data-testid\", ") || before.ends_with("set_class_name("))
        .map(|(_, text)| text)
}

/// `lanes-6` matches `lanes-{lanes}`.
fn fits(id: &str, drawn: &str) -> bool {
    match (drawn.split_once('{'), drawn.rsplit_once('}')) {
        (Some((start, _)), Some((_, end))) if !start.is_empty() => id.starts_with(start) && id.ends_with(end),
        _ => id == drawn,
    }
}

/// Test ids in selectors.
fn sought_ids(code: &str) -> impl Iterator<Item = &str> {
    code.split("data-testid=")
        .skip(1)
        .map(|rest| name_at_start(rest.trim_start_matches(['\'', '"', '\\'])))
        .filter(|id| !id.is_empty())
}

/// Test functions with a parameter `test_id`, and its position.
fn takers(tests: &[&Source]) -> BTreeMap<String, BTreeSet<usize>> {
    let mut takers: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for signature in tests.iter().flat_map(|test| test.text.split("fn ").skip(1)) {
        let Some((name, rest)) = signature.split_once('(') else { continue };
        let parameters = arguments(rest);
        let parameters = parameters.iter().filter(|it| !it.ends_with("self"));
        for (at, _) in parameters.enumerate().filter(|(_, it)| it.starts_with("test_id: &")) {
            takers.entry(name.to_owned()).or_default().insert(at);
        }
    }
    takers
}

/// Test ids that are passed to such functions.
fn passed_ids<'a>(code: &'a str, takers: &'a BTreeMap<String, BTreeSet<usize>>) -> impl Iterator<Item = &'a str> {
    takers
        .iter()
        .flat_map(move |(name, places)| {
            let calls = code.match_indices(&**name).filter_map(move |(at, _)| {
                let rest = code.get(at + name.len()..)?.strip_prefix('(')?;
                let alone = code.get(..at)?.chars().next_back().is_none_or(|before| !is_part_of_a_name(before));
                alone.then(|| arguments(rest))
            });
            calls.flat_map(move |all| {
                places.iter().filter_map(move |place| all.get(*place).copied()).collect::<Vec<_>>()
            })
        })
        .filter_map(|argument| argument.strip_prefix('"')?.strip_suffix('"'))
        .filter(|text| !text.is_empty() && name_at_start(text) == *text)
}

/// Classes in literal selectors.
fn sought_classes(code: &str) -> BTreeSet<&str> {
    let selectors = SELECTING.iter().flat_map(|taker| code.split(taker).skip(1)).filter_map(|rest| {
        let rest = rest.trim_start_matches('\\');
        let quote = rest.chars().next().filter(|quote| ['\'', '"', '`'].contains(quote))?;
        rest.get(1..)?.split([quote, '\\']).next()
    });
    let classes = selectors.flat_map(|selector| {
        // Bracketed parts are attribute values: `[href='a.b']`.
        let plain = selector.split('[').flat_map(|part| part.rsplit(']').next());
        plain.flat_map(|part| part.split('.').skip(1).map(name_at_start)).collect::<Vec<_>>()
    });
    classes.filter(|class| !class.is_empty()).collect()
}

/// The arguments of a call. `rest` starts after its opening parenthesis.
fn arguments(rest: &str) -> Vec<&str> {
    let (mut found, mut from, mut depth, mut in_text, mut escaped) = (Vec::new(), 0, 0_usize, false, false);
    for (at, letter) in rest.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => in_text = !in_text,
            _ if in_text => {}
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' if depth > 0 => depth -= 1,
            ',' | ')' if depth == 0 => {
                found.extend(rest.get(from..at).map(str::trim));
                from = at + 1;
                if letter == ')' {
                    break;
                }
            }
            _ => {}
        }
    }
    found
}

/// Quoted strings, each with the text before it.
fn quoted(code: &str) -> impl Iterator<Item = (&str, &str)> {
    code.match_indices('"').filter_map(|(at, _)| {
        let text = code.get(at + 1..)?.split('"').next()?;
        let plain = !text.is_empty() && text.chars().all(|letter| is_part_of_a_name(letter) || "{}".contains(letter));
        plain.then_some((code.get(..at)?, text))
    })
}

/// Everything that looks like a class name.
fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter| !is_part_of_a_name(letter)).filter(|name| !name.is_empty())
}

fn name_at_start(text: &str) -> &str {
    text.split(|letter| !is_part_of_a_name(letter)).next().unwrap_or_default()
}

fn is_part_of_a_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '-' || letter == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str =
        r#"<p class="requests" data-testid="error"></p> icon_button(ui, "theme", "Theme"); format!("lanes-{lanes}")"#;

    fn found(test: &str) -> Vec<String> {
        let source = |name: &str, text: &str| Source { name: name.into(), text: text.into() };
        let verbs =
            "pub async fn press(&self, test_id: &str) {} async fn press(page: &Page, lane: usize, test_id: &str) {}";
        complaints(&[source("src/ui/a.rs", PAGE), source("tests/e2e/page.rs", verbs), source("tests/e2e/a.rs", test)])
    }

    #[test]
    fn a_selector_of_a_test_that_fits_nothing_in_the_page_is_found() {
        for test in [
            "page.eval(\"!document.querySelector('[data-testid=eror]')\")",
            "page.until(\"x\", \"document.querySelectorAll('[data-testid=requests]').length === 0\")",
            "const frame = '.requests, [data-testid=requests]';",
            "page.press(\"thema\").await",
            "press(page, 1, \"thema\").await",
            "page.press(\"lane-6\").await",
            "page.eval(\"!document.querySelector('.reqests')\")",
            "page.query(\".requests .row\")",
        ] {
            assert_eq!(found(test).len(), 1, "{test}");
        }
    }

    #[test]
    fn what_is_in_the_page_or_made_by_the_test_itself_is_no_breach() {
        for test in [
            "page.eval(\"!document.querySelector('[data-testid=error] .requests')\")",
            "page.press(\"theme\").await; press(page, 1, \"theme\").await; page.press(\"lanes-6\").await",
            "field.set_attribute(\"data-testid\", \"name-field\"); page.press(\"name-field\")",
            "page.eval(\"document.querySelector('[href=\\\"a.example\\\"]').textContent.includes('x')\")",
            "suppress(\"nothing\"); page.press(&format!(\"x\"))\n// page.press(\"gone\")",
        ] {
            assert_eq!(found(test), [""; 0], "{test}");
        }
    }
}
