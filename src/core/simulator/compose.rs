//! What the simulated model writes: reasoning, text, or a tool call.

use crate::{
    document::{document, sentence},
    fault::{MOST_TOKENS, Orders},
    profile::Effort,
    request::{ChatRequest, ResponseFormat, Role, Tool, ToolChoice},
    rng::Rng,
    schema::example,
    scripts::Script,
    tokens::in_word,
};

/// A complete response, before caps and stop sequences.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Composition {
    pub(crate) reasoning: String,
    pub(crate) content: String,
    pub(crate) call: Option<Call>,
}

/// A tool call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) name: String,
    pub(crate) arguments: String,
}

/// The first line of the first response in a chat.
pub(crate) const LABEL: &str = "> **Simulated.** A script wrote this answer, not a model. \
    The tokens, limits and timings around it are counted for real.\n\n";

pub(crate) fn compose(request: &ChatRequest, effort: Effort, orders: &Orders, rng: &mut Rng) -> Composition {
    let asked = without_directives(request.last_user_text());
    let asked = asked.trim();
    if let Some(tokens) = orders.tokens {
        return Composition { content: document(&topic(asked), tokens, rng), ..Composition::default() };
    }
    let reasoning = reasoning(asked, effort, rng);
    if let Some(tool) = wanted_tool(request, asked) {
        let call = Call { name: tool.name.clone(), arguments: example(&tool.parameters, asked, rng).to_string() };
        return Composition { reasoning, content: String::new(), call: Some(call) };
    }
    let content = match &request.format {
        ResponseFormat::Text => prose(request, asked, orders, rng),
        ResponseFormat::JsonSchema(schema) => example(schema, asked, rng).to_string(),
        ResponseFormat::JsonObject => serde_json::json!({"simulated": true, "asked": quoted(asked)}).to_string(),
    };
    Composition { reasoning, content, call: None }
}

fn prose(request: &ChatRequest, asked: &str, orders: &Orders, rng: &mut Rng) -> String {
    let answers = request.messages.iter().filter(|message| message.role == Role::Assistant);
    let earlier = answers.count();
    let mut text = String::new();
    if earlier == 0 {
        text.push_str(LABEL);
    }
    if let Some(result) = request.messages.last().filter(|message| message.role == Role::Tool) {
        text.push_str("The tool answered:\n\n```text\n");
        // A fence inside the result must not end ours.
        text.push_str(&shortened(&result.text, 600).replace("```", "'''"));
        text.push_str("\n```\n\nThat is what there is to say about it; a script cannot judge more.\n");
        return text;
    }
    if let Some(tokens) = asked_length(asked) {
        text.push_str(&document(&topic(asked), tokens, rng));
        return text;
    }
    text.push_str(&echo(request, asked, earlier, rng));
    let script = orders.reply.as_deref().and_then(Script::named);
    if let Some(script) = script.or_else(|| Script::for_prompt(asked)) {
        text.push_str(script.text.trim_end());
    }
    text.push_str("\n\n");
    text.push_str(rng.pick(CLOSINGS).copied().unwrap_or_default());
    text.push('\n');
    text
}

const OPENINGS: &[&str] = &["You asked:", "Your question was", "On", "About"];
const CLOSINGS: &[&str] = &[
    "Ask for *2,000 words* if you would like to see a long answer at full speed.",
    "Change the seed, and some of this changes with it.",
    "Compare the estimate with what was charged: both are among the figures of this answer.",
    "Try the same prompt with a cap of 50 tokens.",
    "Send it to the other model too, and compare time to first token and speed.",
    "In a long chat, look at the cached tokens: whole blocks of 128 are read only once in five minutes.",
];

fn echo(request: &ChatRequest, asked: &str, earlier: usize, rng: &mut Rng) -> String {
    let mut text = String::new();
    if !asked.is_empty() {
        let opening = rng.pick(OPENINGS).copied().unwrap_or_default();
        text = format!("{opening} “{}”", quoted(asked));
        let first = request.messages.iter().find(|message| message.role == Role::User);
        if let Some(first) = first.filter(|_| earlier > 0) {
            let turn = earlier + 1;
            let began = without_directives(&first.text);
            text.push_str(&format!(" — turn {turn} of a chat that began with “{}”", quoted(began.trim())));
        }
        text.push_str(".\n\n");
    }
    text
}

/// The number of tokens the prompt asks for: "write 2,000 words", "a 32k-token document", "500 tokens".
fn asked_length(asked: &str) -> Option<u64> {
    let start: String = asked.chars().take(2_000).collect::<String>().to_ascii_lowercase();
    let words: Vec<&str> = start.split([' ', '\n', '-']).collect();
    words.windows(2).find_map(|pair| {
        let [number, unit] = pair else { return None };
        let digits = number.replace([',', '.', '_', '\''], "");
        let (digits, thousands) = match digits.strip_suffix('k') {
            Some(digits) => (digits, 1_000),
            None => (digits.as_str(), 1),
        };
        let number = digits.parse::<u64>().ok()?.saturating_mul(thousands);
        if unit.starts_with("word") {
            // The documents here have about four tokens to three words.
            Some((number.saturating_mul(4) / 3).min(MOST_TOKENS))
        } else if unit.starts_with("token") {
            Some(number.min(MOST_TOKENS))
        } else {
            None
        }
    })
}

/// The topic of a document: a few words after "about" or "on".
fn topic(asked: &str) -> String {
    let after = [" about ", " on "].iter().find_map(|word| Some(asked.split_once(word)?.1));
    let words = after.unwrap_or_default().split_whitespace().take(4);
    let topic = words.collect::<Vec<_>>().join(" ");
    shortened(topic.trim_end_matches(['.', '?', '!']), 60)
}

fn reasoning(asked: &str, effort: Effort, rng: &mut Rng) -> String {
    let thoughts = match effort {
        Effort::None => return String::new(),
        Effort::Low => 1,
        Effort::Medium => 5,
        Effort::High => 20,
    };
    let mut text = format!("The user writes “{}”. ", quoted(asked));
    for thought in 0..thoughts {
        text.push_str(match thought % 5 {
            0 => "First, what is really being asked? ",
            1 => "A list may serve better than a paragraph here. ",
            2 => "Let me check that against the numbers. ",
            3 => "That could be shorter. ",
            _ => "One more side of it: ",
        });
        text.push_str(&sentence(rng));
        text.push(' ');
    }
    text.push_str("Now the answer.");
    text
}

/// The tool to call: the chosen one, or the one whose name and description share most words with the prompt. After a
/// tool's result the model responds in text.
fn wanted_tool<'a>(request: &'a ChatRequest, asked: &str) -> Option<&'a Tool> {
    if request.messages.last().is_some_and(|message| message.role == Role::Tool) {
        return None;
    }
    match &request.tool_choice {
        ToolChoice::None => None,
        ToolChoice::Named(name) => request.tools.iter().find(|tool| tool.name == *name),
        ToolChoice::Auto => {
            let asked = shortened(asked, 2_000).to_ascii_lowercase();
            let shared = |tool: &&Tool| {
                let about = format!("{} {}", tool.name, tool.description).to_ascii_lowercase();
                let words = about.split(|letter: char| !in_word(letter)).take(200);
                words.filter(|word| word.len() > 3 && asked.contains(word)).count()
            };
            // `max_by_key` keeps the last of equals: reversed, the first tool is the default.
            request.tools.iter().rev().max_by_key(shared)
        }
    }
}

fn without_directives(text: &str) -> String {
    let mut parts = text.split("[[sim:");
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        kept.push_str(part.split_once("]]").map_or(part, |(_, rest)| rest));
    }
    kept
}

/// The first words, on one line, without characters that would change the surrounding Markdown.
fn quoted(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().take(12).collect();
    let whole = words.len() == text.split_whitespace().take(13).count();
    let line = words.join(" ").replace(['`', '*', '_', '|', '[', ']', '<', '>', '#', '~', '$'], "");
    let short = shortened(&line, 90);
    if whole && short.len() == line.len() { short } else { format!("{short} …") }
}

fn shortened(text: &str, characters: usize) -> String {
    text.chars().take(characters).collect()
}

#[cfg(test)]
mod tests;
