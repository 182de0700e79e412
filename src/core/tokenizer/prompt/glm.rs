//! GLM-4.6.

use super::{
    Call, Prompt, Request, Said, Unwritten, arguments,
    json::{Json, Style},
    strip,
};
use crate::template::Thinking;

pub(super) fn write(request: &Request<'_>, thinking: Thinking) -> Result<Prompt, Unwritten> {
    let mut prompt = Prompt::new();
    prompt.mark("[gMASK]").mark("<sop>");
    if !request.tools().is_empty() {
        // No vendor vocabulary that shows which of the tags are tokens was available.
        prompt.uncertainty();
        tools(&mut prompt, request.tools());
    }
    let off = thinking == Thinking::Off;
    for (place, said) in request.messages.iter().enumerate() {
        match said {
            Said::System(words) => {
                prompt.mark("<|system|>").text("\n").text(words);
            }
            Said::User(words) => {
                prompt.mark("<|user|>").text("\n").text(words);
                if off && !words.ends_with("/nothink") {
                    prompt.mark("/nothink");
                }
            }
            Said::Assistant { words, calls: all } => {
                if words.contains("</think>") {
                    return Err(Unwritten::Thought);
                }
                prompt.mark("<|assistant|>").text("\n").mark("<think>").mark("</think>");
                if !strip(words).is_empty() {
                    prompt.text("\n").text(strip(words));
                }
                calls(&mut prompt, all)?;
            }
            Said::Tool { words, .. } => {
                prompt.uncertainty();
                let follows = place.checked_sub(1).and_then(|before| request.messages.get(before));
                if !matches!(follows, Some(Said::Tool { .. })) {
                    prompt.mark("<|observation|>");
                }
                prompt.text("\n").mark("<tool_response>").text("\n").text(words).text("\n").mark("</tool_response>");
            }
        }
    }
    prompt.mark("<|assistant|>");
    if off {
        prompt.text("\n").mark("<think>").mark("</think>");
    }
    Ok(prompt)
}

fn tools(prompt: &mut Prompt, tools: &[Json]) {
    prompt.mark("<|system|>").text(
        "\n# Tools\n\nYou may call one or more functions to assist with the user query.\n\nYou are provided with function \
         signatures within <tools></tools> XML tags:\n<tools>\n",
    );
    for tool in tools {
        prompt.text(&tool.to_text(Style::Spaced)).text("\n");
    }
    prompt.text(
        "</tools>\n\nFor each function call, output the function name and arguments within the following XML format:\n",
    );
    prompt.mark("<tool_call>").text("{function-name}\n");
    for number in ["1", "2"] {
        prompt.mark("<arg_key>").text("{arg-key-").text(number).text("}").mark("</arg_key>").text("\n");
        prompt.mark("<arg_value>").text("{arg-value-").text(number).text("}").mark("</arg_value>").text("\n");
    }
    prompt.text("...\n").mark("</tool_call>");
}

fn calls(prompt: &mut Prompt, calls: &[Call<'_>]) -> Result<(), Unwritten> {
    for call in calls {
        prompt.uncertainty();
        prompt.text("\n").mark("<tool_call>").text(call.name).text("\n");
        for (key, value) in arguments(call)?.entries() {
            prompt.mark("<arg_key>").text(key).mark("</arg_key>").text("\n").mark("<arg_value>");
            match value {
                Json::Text(text) => prompt.text(text),
                value => prompt.text(&value.to_text(Style::Spaced)),
            };
            prompt.mark("</arg_value>").text("\n");
        }
        prompt.mark("</tool_call>");
    }
    Ok(())
}
