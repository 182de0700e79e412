//! Kimi K2, by its template since July 2025. Before that, and in some copies still, its default system prompt was "You
//! are a helpful assistant", without a line break after it: ten tokens less. The thinking model has the newer prompt
//! and no line break.

use super::{Prompt, Request, Said, Unwritten, arguments, json::Style};

const OWN_PROMPT: &str = "You are Kimi, an AI assistant created by Moonshot AI.";

pub(super) fn write(request: &Request<'_>) -> Result<Prompt, Unwritten> {
    let mut prompt = Prompt::new();
    let tools = request.tools();
    if !tools.is_empty() {
        // Another of the vendor's templates writes the same JSON without spaces.
        prompt.uncertainty();
        begin(&mut prompt, "<|im_system|>", "tool_declare").text("[");
        for (place, tool) in tools.iter().enumerate() {
            prompt.text(if place == 0 { "" } else { ", " }).text(&tool.to_text(Style::Spaced));
        }
        prompt.text("]").mark("<|im_end|>");
    }
    if !matches!(request.messages.first(), None | Some(Said::System(_))) {
        begin(&mut prompt, "<|im_system|>", "system").text(OWN_PROMPT).mark("<|im_end|>").text("\n");
    }
    for said in request.messages {
        match said {
            Said::System(words) => begin(&mut prompt, "<|im_system|>", "system").text(words),
            Said::User(words) => begin(&mut prompt, "<|im_user|>", "user").text(words),
            Said::Assistant { words, calls } => {
                begin(&mut prompt, "<|im_assistant|>", "assistant").text(words);
                if !calls.is_empty() {
                    // Some servers replace the ids.
                    prompt.uncertainty();
                    prompt.mark("<|tool_calls_section_begin|>");
                    for call in *calls {
                        prompt.mark("<|tool_call_begin|>").text(call.id).mark("<|tool_call_argument_begin|>");
                        prompt.text(&arguments(call)?.to_text(Style::Spaced)).mark("<|tool_call_end|>");
                    }
                    prompt.mark("<|tool_calls_section_end|>");
                }
                &mut prompt
            }
            Said::Tool { id, words } => {
                begin(&mut prompt, "<|im_system|>", "tool").text("## Return of ").text(id).text("\n").text(words)
            }
        };
        prompt.mark("<|im_end|>");
    }
    begin(&mut prompt, "<|im_assistant|>", "assistant");
    Ok(prompt)
}

fn begin<'a>(prompt: &'a mut Prompt, mark: &'static str, name: &str) -> &'a mut Prompt {
    prompt.mark(mark).text(name).mark("<|im_middle|>")
}
