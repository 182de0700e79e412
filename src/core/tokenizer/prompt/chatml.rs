//! Qwen 2.5 and Qwen 3.

use super::{Call, Prompt, Request, Said, Unwritten, arguments, json::Style};
use crate::template::Thinking;

/// The variant of the template.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Qwen {
    /// With a default system prompt, and no token for tool results.
    V25,
    /// With thoughts.
    V3,
}

const OWN_PROMPT: &str = "You are Qwen, created by Alibaba Cloud. You are a helpful assistant.";

pub(super) fn write(request: &Request<'_>, qwen: Qwen, thinking: Thinking) -> Result<Prompt, Unwritten> {
    let (system, messages) = match request.messages {
        [Said::System(words), rest @ ..] => (Some(*words), rest),
        all => (None, all),
    };
    let system = system.or((qwen == Qwen::V25).then_some(OWN_PROMPT));
    let mut prompt = Prompt::new();
    if !request.tools().is_empty() {
        tools(&mut prompt, system, request);
    } else if let Some(words) = system {
        begin(&mut prompt, "system").text("\n").text(words);
        end(&mut prompt);
    }
    for (place, said) in messages.iter().enumerate() {
        match said {
            Said::System(words) => begin(&mut prompt, "system").text("\n").text(words),
            Said::User(words) => begin(&mut prompt, "user").text("\n").text(words),
            Said::Assistant { words, .. } if qwen == Qwen::V3 && words.contains("</think>") => {
                return Err(Unwritten::Thought);
            }
            Said::Assistant { words, calls: all } => {
                begin(&mut prompt, "assistant");
                calls(&mut prompt, qwen, words, all)?
            }
            Said::Tool { words, .. } => {
                // Consecutive results are one message, of the user.
                let is_result = |place: usize| matches!(messages.get(place), Some(Said::Tool { .. }));
                if place == 0 || !is_result(place - 1) {
                    begin(&mut prompt, "user");
                }
                result(&mut prompt, qwen, words);
                if is_result(place + 1) {
                    continue;
                }
                &mut prompt
            }
        };
        end(&mut prompt);
    }
    begin(&mut prompt, "assistant").text("\n");
    if qwen == Qwen::V3 && thinking == Thinking::Off {
        prompt.mark("<think>").text("\n\n").mark("</think>").text("\n\n");
    }
    Ok(prompt)
}

fn begin<'a>(prompt: &'a mut Prompt, role: &str) -> &'a mut Prompt {
    prompt.mark("<|im_start|>").text(role)
}

fn end(prompt: &mut Prompt) {
    prompt.mark("<|im_end|>").text("\n");
}

fn tools(prompt: &mut Prompt, system: Option<&str>, request: &Request<'_>) {
    begin(prompt, "system").text("\n");
    if let Some(words) = system {
        prompt.text(words).text("\n\n");
    }
    prompt.text(
        "# Tools\n\nYou may call one or more functions to assist with the user query.\n\nYou are provided with function \
         signatures within <tools></tools> XML tags:\n<tools>",
    );
    for tool in request.tools() {
        prompt.text("\n").text(&tool.to_text(Style::Spaced));
    }
    prompt.text("\n</tools>\n\nFor each function call, return a json object with function name and arguments within ");
    prompt.mark("<tool_call>").mark("</tool_call>").text(" XML tags:\n").mark("<tool_call>");
    prompt.text("\n{\"name\": <function-name>, \"arguments\": <args-json-object>}\n").mark("</tool_call>");
    end(prompt);
}

/// Writes what the model said and called. The templates differ in a line break if it said nothing.
fn calls<'a>(prompt: &'a mut Prompt, qwen: Qwen, words: &str, calls: &[Call<'_>]) -> Result<&'a mut Prompt, Unwritten> {
    if qwen == Qwen::V3 || calls.is_empty() || !words.is_empty() {
        prompt.text("\n").text(words);
    }
    for (place, call) in calls.iter().enumerate() {
        let arguments = arguments(call)?.to_text(Style::Spaced);
        if qwen == Qwen::V25 || place > 0 || !words.is_empty() {
            prompt.text("\n");
        }
        prompt.mark("<tool_call>").text("\n{\"name\": \"").text(call.name).text("\", \"arguments\": ");
        prompt.text(&arguments).text("}\n").mark("</tool_call>");
    }
    Ok(prompt)
}

fn result(prompt: &mut Prompt, qwen: Qwen, words: &str) {
    prompt.text("\n");
    match qwen {
        Qwen::V25 => prompt.text("<tool_response>\n").text(words).text("\n</tool_response>"),
        Qwen::V3 => prompt.mark("<tool_response>").text("\n").text(words).text("\n").mark("</tool_response>"),
    };
}
