//! Fuzzes tools, formats and arguments that no one would send.

use headroom_tokenizer::{
    Family, Thinking,
    prompt::{Call, Format, Piece, Request, Said, Tools, write},
};
use serde_json::Value;

/// Most bytes of a prompt per byte of the request. The worst case is nested lists, indented, at most 127 deep.
const MOST: usize = 600;
/// Bytes of an empty prompt.
const LEAST: usize = 2_000;

/// Checks that no JSON makes the prompt writer panic or produce disproportionate output, and that it accepts the same
/// tools as another JSON reader. The bytes are tried as tools, tool schema, format, arguments and words.
///
/// # Panics
/// If a prompt is wrong.
pub fn tools_json(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let tools = Tools::read(&text);
    let is_function = |tool: &Value| tool.pointer("/function/name").is_some_and(Value::is_string);
    let theirs: Option<Value> = serde_json::from_str(&text).ok();
    let functions = theirs.as_ref().and_then(Value::as_array).is_some_and(|tools| tools.iter().all(is_function));
    assert_eq!(tools.is_some(), functions, "are these tools?");
    let nested = format!(r#"[{{"type":"function","function":{{"name":"f","parameters":{text}}}}}]"#);
    let format = Format::read(&format!(r#"{{"type":"json_schema","json_schema":{{"name":"f","schema":{text}}}}}"#));
    for tools in [tools, Tools::read(&nested), None] {
        write_all(&text, tools.as_ref(), format.as_ref());
    }
}

fn write_all(text: &str, tools: Option<&Tools>, format: Option<&Format>) {
    let calls = [Call { id: "c", name: "f", arguments: text }];
    let said = Said::Assistant { words: text, calls: &calls };
    let messages = [Said::System(text), Said::User(text), said, Said::Tool { id: "c", words: text }];
    for family in Family::ALL {
        for thinking in [Thinking::Default, Thinking::Off] {
            for messages in [messages.as_slice(), &messages[..2]] {
                let Ok(prompt) = write(family, thinking, &Request { messages, tools, format }) else { continue };
                let beside = |two: &[Piece]| matches!(two, [Piece::Text(_), Piece::Text(_)]);
                assert!(!prompt.pieces().windows(2).any(beside), "{family:?}: two texts side by side");
                let written: usize = prompt.texts().map(str::len).sum();
                assert!(written <= LEAST + MOST * text.len(), "{family:?}: {written} bytes of {}", text.len());
            }
        }
    }
}
