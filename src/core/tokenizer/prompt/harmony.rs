//! gpt-oss, as OpenAI's library `openai-harmony` writes it.

use std::collections::BTreeMap;

use super::{
    Format, Prompt, Request, Said, Unwritten,
    json::{Json, Style},
    typescript,
};

/// The system message. Every date costs the same tokens, and so does every effort.
const SYSTEM: &str = "You are ChatGPT, a large language model trained by OpenAI.\nKnowledge cutoff: 2024-06\n\
    Current date: 2025-06-28\n\nReasoning: medium\n\n\
    # Valid channels: analysis, commentary, final. Channel must be included for every message.";
const WITH_TOOLS: &str = "\nCalls to these tools must go to the commentary channel: 'functions'.";

pub(super) fn write(request: &Request<'_>) -> Result<Prompt, Unwritten> {
    let tools = request.tools();
    let mut prompt = Prompt::new();
    begin(&mut prompt, "system").mark("<|message|>").text(SYSTEM);
    prompt.text(if tools.is_empty() { "" } else { WITH_TOOLS }).mark("<|end|>");
    let (system, messages) = match request.messages {
        [Said::System(words), rest @ ..] => (Some(*words), rest),
        all => (None, all),
    };
    if request.format.is_some() {
        // Only the format's documentation covers it.
        prompt.uncertainty();
    }
    developer(&mut prompt, system, tools, request.format);
    let mut called = BTreeMap::new();
    let last_answer = messages.iter().rposition(|said| matches!(said, Said::Assistant { calls: [], .. }));
    for (place, said) in messages.iter().enumerate() {
        match said {
            Said::System(words) => developer(&mut prompt, Some(words), &[], None),
            Said::User(words) => {
                begin(&mut prompt, "user").mark("<|message|>").text(words).mark("<|end|>");
            }
            Said::Assistant { words, calls } => {
                if calls.is_empty() {
                    channel(&mut prompt, "final", words);
                } else if !words.is_empty() {
                    // The Jinja template treats it as a thought; the library does not handle it.
                    prompt.uncertainty();
                    if last_answer.is_none_or(|last| last < place) {
                        channel(&mut prompt, "analysis", words);
                    }
                }
                for call in *calls {
                    called.insert(call.id, call.name);
                    begin(&mut prompt, "assistant to=functions.").text(call.name).mark("<|channel|>");
                    prompt.text("commentary json").mark("<|message|>").text(call.arguments).mark("<|call|>");
                }
            }
            Said::Tool { id, words } => {
                let name = called.get(id).ok_or(Unwritten::Calls)?;
                begin(&mut prompt, "functions.").text(name).text(" to=assistant");
                prompt.mark("<|channel|>").text("commentary").mark("<|message|>").text(words).mark("<|end|>");
            }
        }
    }
    begin(&mut prompt, "assistant");
    Ok(prompt)
}

fn begin<'a>(prompt: &'a mut Prompt, who: &str) -> &'a mut Prompt {
    prompt.mark("<|start|>").text(who)
}

fn channel(prompt: &mut Prompt, channel: &str, words: &str) {
    begin(prompt, "assistant").mark("<|channel|>").text(channel).mark("<|message|>").text(words).mark("<|end|>");
}

/// Writes the developer's message, unless it is empty.
fn developer(prompt: &mut Prompt, instructions: Option<&str>, tools: &[Json], format: Option<&Format>) {
    let instructions = instructions.map(|words| format!("# Instructions\n\n{words}"));
    let tools = (!tools.is_empty()).then(|| format!("# Tools\n\n{}", typescript::namespace(tools)));
    let sections: Vec<String> = [instructions, tools, format.map(response)].into_iter().flatten().collect();
    if !sections.is_empty() {
        begin(prompt, "developer").mark("<|message|>").text(&sections.join("\n\n")).mark("<|end|>");
    }
}

fn response(Format { name, description, schema }: &Format) -> String {
    let comment = description.as_ref().map_or_else(String::new, |it| format!("// {it}\n"));
    format!("# Response Formats\n\n## {name}\n\n{comment}{}", schema.to_text(Style::Compact))
}
