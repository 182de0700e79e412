//! Compares with recorded output of the vendors' templates, and counts of the vendors' tokenizers.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    sync::{Mutex, PoisonError},
};

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::{Role, Vocabulary, exact::Counter, overhead, stands_alone};

const RENDERED: &str = include_str!("fixtures/rendered.jsonl");
const FAMILIES: [(Family, Vocabulary); 8] = [
    (Family::Harmony, Vocabulary::O200k),
    (Family::Llama30, Vocabulary::Llama3),
    (Family::Llama31, Vocabulary::Llama3),
    (Family::Qwen25, Vocabulary::Qwen),
    (Family::Qwen3, Vocabulary::Qwen),
    (Family::Glm4, Vocabulary::Glm4),
    (Family::Kimi, Vocabulary::Kimi),
    (Family::DeepSeek, Vocabulary::DeepSeek),
];

/// The counter used by the page.
fn counter(vocabulary: Vocabulary) -> Counter {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../public/vocab");
    let prefix = format!("{}-", vocabulary.name().unwrap());
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let mut packs = files.filter(|path| name(path).starts_with(&prefix) && name(path).ends_with(".pack"));
    Counter::new(&fs::read(packs.next().unwrap()).unwrap()).unwrap()
}

fn tokens(prompt: &Prompt, counter: &mut Counter) -> u64 {
    prompt.marks() + prompt.texts().map(|text| counter.count(text)).sum::<u64>()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn calls(message: &Value) -> Vec<Call<'_>> {
    let calls = message["tool_calls"].as_array().map(Vec::as_slice).unwrap_or_default();
    let call = |call| Call {
        id: text(call, "id"),
        name: text(&call["function"], "name"),
        arguments: text(&call["function"], "arguments"),
    };
    calls.iter().map(call).collect()
}

#[test]
fn a_prompt_is_what_the_vendors_template_writes_and_its_tokenizer_counts() {
    for (family, vocabulary) in FAMILIES {
        let mut counter = counter(vocabulary);
        let name = format!("{family:?}");
        let lines = RENDERED.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let lines: Vec<Value> = lines.filter(|line| line["family"] == name).collect();
        assert!(lines.len() >= 5, "{family:?}: no template of it");
        for line in &lines {
            let all: Vec<Vec<Call<'_>>> = line["messages"].as_array().unwrap().iter().map(calls).collect();
            let said = line["messages"].as_array().unwrap().iter().zip(&all).map(|(message, calls)| {
                let words = text(message, "content");
                match text(message, "role") {
                    "system" => Said::System(words),
                    "user" => Said::User(words),
                    "assistant" => Said::Assistant { words, calls },
                    _ => Said::Tool { id: text(message, "tool_call_id"), words },
                }
            });
            let (messages, tools): (Vec<_>, _) = (said.collect(), Tools::read(text(line, "tools")).unwrap());
            let request = Request { messages: &messages, tools: Some(&tools), format: None };
            let thinking = if line["off"] == true { Thinking::Off } else { Thinking::Default };
            let case = format!("{family:?}, {}", line["case"]);
            let prompt = match write(family, thinking, &request) {
                Ok(prompt) => prompt,
                Err(why) => {
                    assert_eq!((&line["text"], why), (&Value::Null, Unwritten::Calls), "{case}");
                    continue;
                }
            };
            // One of the vendor's renderers omits the words, the other puts them before the call.
            let words_beside_a_call = family == Family::Harmony && line["case"] == "words and a call";
            assert_eq!(prompt.is_proven(), proven(family, line) && !words_beside_a_call, "{case}");
            if words_beside_a_call {
                assert!(prompt.to_string().contains("<|channel|>analysis<|message|>I look. <|end|>"));
                continue;
            }
            assert_eq!(prompt.to_string(), text(line, "text"), "{case}");
            if let Some(counted) = line["tokens"].as_u64() {
                assert_eq!(tokens(&prompt, &mut counter), counted, "{case}");
            }
        }
    }
}

/// Returns whether the line is proven.
fn proven(family: Family, line: &Value) -> bool {
    let with_tools = text(line, "tools") != "[]";
    !(with_tools && matches!(family, Family::Glm4 | Family::Kimi))
}

/// The page counts the sum of the words of all messages and of an overhead that knows only their roles.
fn assert_adds_up(place: usize, thinking: Thinking, messages: &[Said<'_>]) {
    static COUNTERS: Mutex<BTreeMap<usize, Counter>> = Mutex::new(BTreeMap::new());
    let (family, vocabulary) = FAMILIES[place];
    let plain: Vec<(Role, &str)> = messages
        .iter()
        .map(|said| match *said {
            Said::System(words) => (Role::System, words),
            Said::User(words) => (Role::User, words),
            Said::Assistant { words, .. } | Said::Tool { words, .. } => (Role::Assistant, words),
        })
        .collect();
    let roles: Vec<Role> = plain.iter().map(|(role, _)| *role).collect();
    let mut counters = COUNTERS.lock().unwrap_or_else(PoisonError::into_inner);
    let counter = counters.entry(place).or_insert_with(|| counter(vocabulary));
    let sum = overhead(family, thinking, &roles) + plain.iter().map(|(_, words)| counter.count(words)).sum::<u64>();
    let request = Request { messages, ..Request::default() };
    let prompt = write(family, thinking, &request).unwrap();
    // Here two system prompts are joined.
    let joined = family == Family::DeepSeek && roles.iter().skip(1).any(|role| *role == Role::System);
    if !joined && plain.iter().all(|(role, words)| stands_alone(family, *role, words)) {
        assert_eq!(tokens(&prompt, counter), sum, "{family:?}, thinking {thinking:?}: {prompt}");
    }
}

proptest! {
    #[test]
    fn words_that_stand_alone_and_the_overhead_add_up_to_the_prompt(
        said in prop::collection::vec((0..3, "[ \\n]{0,1}[a-z.é中!\\PC]{0,9}[ \\n]{0,1}"), 0..6), off in any::<bool>(),
    ) {
        let mut messages: Vec<Said<'_>> = said.iter().map(|(role, words)| match role {
            0 => Said::System(words),
            1 => Said::User(words),
            _ => Said::Assistant { words, calls: &[] },
        }).collect();
        messages.push(Said::User("ok"));
        for place in 0..FAMILIES.len() {
            assert_adds_up(place, if off { Thinking::Off } else { Thinking::Default }, &messages);
        }
    }

    #[test]
    fn no_tools_and_no_arguments_are_too_odd_to_be_written(json in "[\\[\\]{}\",:a-f0-9.e\\- ]{0,40}", words in "\\PC{0,9}") {
        let function = |schema: &str| format!(r#"[{{"function":{{"name":"f","parameters":{schema}}}}}]"#);
        let schema = format!(r#"{{"type":"object","properties":{{"a":{json}}}}}"#);
        for tools in [Tools::read(&json), Tools::read(&function(&json)), Tools::read(&function(&schema))].into_iter().flatten() {
            let call = [Call { id: &words, name: "f", arguments: &json }];
            let messages = [Said::User(&words), Said::Assistant { words: &words, calls: &call }, Said::Tool { id: &words, words: &json }];
            for (family, _) in FAMILIES {
                let request = Request { messages: &messages, tools: Some(&tools), format: None };
                if let Ok(prompt) = write(family, Thinking::Default, &request) {
                    prop_assert!(prompt.pieces().windows(2).all(|two| !matches!(two, [Piece::Text(_), Piece::Text(_)])));
                    prop_assert_eq!(prompt.texts().count() as u64 + prompt.marks(), prompt.pieces().len() as u64);
                }
            }
        }
    }
}

#[test]
fn every_date_and_every_effort_is_as_many_tokens() {
    let mut llama = counter(Vocabulary::Llama3);
    let mut harmony = counter(Vocabulary::O200k);
    let (of_llama, of_harmony) =
        (llama.count("Today Date: 26 Jul 2024\n\n"), harmony.count("Current date: 2025-06-28\n\n"));
    for (month, name) in (1..).zip(["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"])
    {
        for (year, day) in (1..=31).flat_map(|day| [(2024, day), (2026, day), (2031, day)]) {
            assert_eq!(llama.count(&format!("Today Date: {day:02} {name} {year}\n\n")), of_llama);
            assert_eq!(harmony.count(&format!("Current date: {year}-{month:02}-{day:02}\n\n")), of_harmony);
        }
    }
    let of_effort = harmony.count("Reasoning: medium\n\n");
    for effort in ["low", "high"] {
        assert_eq!(harmony.count(&format!("Reasoning: {effort}\n\n")), of_effort);
    }
}

#[test]
fn a_format_stands_where_the_documentation_of_harmony_has_it_and_nowhere_else() {
    let format = r#"{"type":"json_schema","json_schema":{"name":"list","description":"To buy","strict":true,
        "schema":{"type":"object", "properties":{"z":{}, "a":{}}}}}"#;
    let format = Format::read(format).unwrap();
    let messages = [Said::System("Be brief."), Said::User("Hi")];
    let request = Request { messages: &messages, tools: None, format: Some(&format) };
    for (family, _) in FAMILIES {
        let prompt = write(family, Thinking::Default, &request).unwrap();
        let without = write(family, Thinking::Default, &Request { format: None, ..request }).unwrap();
        if family == Family::Harmony {
            let section = "\n\n# Response Formats\n\n## list\n\n// To buy\n{\"type\":\"object\",\"properties\":{\"z\":{},\"a\":{}}}<|end|>";
            assert_eq!(
                prompt.to_string(),
                without.to_string().replace("Be brief.<|end|>", &format!("Be brief.{section}"))
            );
            assert!(!prompt.is_proven() && without.is_proven(), "nobody has seen it written");
        } else {
            assert_eq!(prompt, without, "{family:?}: no template asks for it");
        }
    }
    for other in
        ["", "null", "[]", r#"{"type":"json_object"}"#, r#"{"type":"text","json_schema":{"name":"n","schema":{}}}"#]
    {
        assert_eq!(Format::read(other), None, "{other}");
    }
}

#[test]
fn what_no_template_writes_is_not_made_up() {
    let tools = Tools::read(r#"[{"type":"function","function":{"name":"f"}}]"#).unwrap();
    let none = Tools::read("[]").unwrap();
    for other in ["", "{}", "null", r#"[{"type":"web_search"}]"#, r#"[{"function":{"name":1}}]"#] {
        assert_eq!(Tools::read(other), None, "{other}");
    }
    let call = |arguments| [Call { id: "c", name: "f", arguments }];
    let (good, broken, list) = (call("{}"), call("{"), call("[]"));
    let result = Said::Tool { id: "c", words: "1" };
    let called = |calls| [Said::User("Hi"), Said::Assistant { words: "", calls }, result];
    let (good, broken, list) = (called(&good), called(&broken), called(&list));
    let thought = [Said::User("Hi"), Said::Assistant { words: "<think>\n</think>Ho", calls: &[] }, Said::User("Hi")];
    let cases: [(Family, &[Said<'_>], &Tools, Unwritten); 11] = [
        (Family::Unknown, &good, &tools, Unwritten::Template),
        (Family::Llama30, &good[..1], &tools, Unwritten::Tools),
        (Family::Llama30, &good, &none, Unwritten::Tools),
        (Family::DeepSeek, &good[..1], &tools, Unwritten::Tools),
        (Family::DeepSeek, &good, &none, Unwritten::Tools),
        (Family::Llama31, &[], &tools, Unwritten::Question),
        (Family::Qwen3, &broken, &tools, Unwritten::Calls),
        (Family::Kimi, &list, &tools, Unwritten::Calls),
        (Family::Harmony, &good[2..], &tools, Unwritten::Calls),
        (Family::Qwen3, &thought[..2], &none, Unwritten::OpenAnswer),
        (Family::Glm4, &thought, &none, Unwritten::Thought),
    ];
    for (family, messages, tools, why) in cases {
        let request = Request { messages, tools: Some(tools), format: None };
        assert_eq!(write(family, Thinking::Default, &request), Err(why), "{family:?} {messages:?}");
    }
}

#[test]
fn a_thousand_calls_and_a_schema_of_a_megabyte_are_written_at_once() {
    let ids: Vec<String> = (0..20_000).map(|number| format!("functions.f:{number}")).collect();
    let calls: Vec<Call<'_>> = ids.iter().map(|id| Call { id, name: "f", arguments: "" }).collect();
    let mut messages = vec![Said::User("Hi"), Said::Assistant { words: "", calls: &calls }];
    messages.extend(ids.iter().map(|id| Said::Tool { id, words: "1" }));
    let fields: Vec<String> = (0..40_000).map(|number| format!(r#""f{number}":{{"type":"string"}}"#)).collect();
    let required: Vec<String> = (0..40_000).map(|number| format!(r#""f{number}""#)).collect();
    let schema =
        format!(r#"{{"type":"object","properties":{{{}}},"required":[{}]}}"#, fields.join(","), required.join(","));
    let tools = Tools::read(&format!(r#"[{{"function":{{"name":"f","parameters":{schema}}}}}]"#)).unwrap();
    for family in [Family::Harmony, Family::Qwen25, Family::Qwen3, Family::Glm4, Family::Kimi] {
        let prompt =
            write(family, Thinking::Default, &Request { messages: &messages, tools: Some(&tools), format: None });
        assert!(prompt.unwrap().to_string().len() > 1 << 20, "{family:?}");
    }
}
