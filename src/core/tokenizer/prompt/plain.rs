//! Templates without a place for tools.

use super::{Prompt, Request, Said, Unwritten, strip};

/// Returns the text of a message without calls.
fn words<'a>(said: &Said<'a>) -> Result<&'a str, Unwritten> {
    match *said {
        Said::System(words) | Said::User(words) | Said::Assistant { words, calls: [] } => Ok(words),
        Said::Assistant { .. } | Said::Tool { .. } => Err(Unwritten::Tools),
    }
}

pub(super) fn llama30(request: &Request<'_>) -> Result<Prompt, Unwritten> {
    if !request.tools().is_empty() {
        return Err(Unwritten::Tools);
    }
    let mut prompt = Prompt::new();
    prompt.mark("<|begin_of_text|>");
    for said in request.messages {
        let role = match said {
            Said::System(_) => "system",
            Said::Assistant { .. } => "assistant",
            Said::User(_) | Said::Tool { .. } => "user",
        };
        prompt.mark("<|start_header_id|>").text(role).mark("<|end_header_id|>");
        prompt.text("\n\n").text(strip(words(said)?)).mark("<|eot_id|>");
    }
    prompt.mark("<|start_header_id|>").text("assistant").mark("<|end_header_id|>").text("\n\n");
    Ok(prompt)
}

/// Writes DeepSeek V3's prompt. Its template writes calls, and leaves them open; it does not write the available tools.
pub(super) fn deepseek(request: &Request<'_>) -> Result<Prompt, Unwritten> {
    if !request.tools().is_empty() {
        return Err(Unwritten::Tools);
    }
    let mut prompt = Prompt::new();
    prompt.mark("<｜begin▁of▁sentence｜>");
    // System messages come first, wherever they are.
    let systems = request.messages.iter().filter(|said| matches!(said, Said::System(_)));
    for (place, said) in systems.enumerate() {
        prompt.text(if place == 0 { "" } else { "\n\n" }).text(words(said)?);
    }
    for said in request.messages {
        match said {
            Said::System(_) => {}
            Said::User(words) => {
                prompt.mark("<｜User｜>").text(words);
            }
            Said::Assistant { .. } | Said::Tool { .. } => {
                prompt.mark("<｜Assistant｜>").text(words(said)?).mark("<｜end▁of▁sentence｜>");
            }
        }
    }
    prompt.mark("<｜Assistant｜>");
    Ok(prompt)
}
