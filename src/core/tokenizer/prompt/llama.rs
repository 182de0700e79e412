//! Llama 3.1 to 3.3.

use super::{Prompt, Request, Said, Unwritten, arguments, json, json::Style, strip};

/// The template of 3.1 and 3.3 has this date by default; that of 3.2 has the current one. All cost the same tokens.
const DATES: &str = "Cutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\n";

pub(super) fn write(request: &Request<'_>) -> Result<Prompt, Unwritten> {
    let tools = request.tools();
    let mut prompt = Prompt::new();
    prompt.mark("<|begin_of_text|>");
    let (system, mut messages) = match request.messages {
        [Said::System(words), rest @ ..] => (*words, rest),
        all => ("", all),
    };
    header(&mut prompt, "system").text(if tools.is_empty() { "" } else { "Environment: ipython\n" });
    prompt.text(DATES).text(strip(system)).mark("<|eot_id|>");
    if !tools.is_empty() {
        let [Said::User(question), rest @ ..] = messages else { return Err(Unwritten::Question) };
        messages = rest;
        header(&mut prompt, "user").text(
            "Given the following functions, please respond with a JSON for a function call with its proper arguments that \
             best answers the given prompt.\n\nRespond in the format {\"name\": function name, \"parameters\": dictionary of \
             argument name and its value}.Do not use variables.\n\n",
        );
        for tool in tools {
            prompt.text(&tool.to_text(Style::Indented)).text("\n\n");
        }
        prompt.text(strip(question)).mark("<|eot_id|>");
    }
    for said in messages {
        match said {
            Said::System(words) => header(&mut prompt, "system").text(strip(words)),
            Said::User(words) => header(&mut prompt, "user").text(strip(words)),
            Said::Assistant { words, calls: [] } => header(&mut prompt, "assistant").text(strip(words)),
            // Text beside a call is omitted.
            Said::Assistant { calls: [call], .. } => {
                let parameters = arguments(call)?.to_text(Style::Spaced);
                header(&mut prompt, "assistant").text("{\"name\": \"").text(call.name);
                prompt.text("\", \"parameters\": ").text(&parameters).text("}")
            }
            Said::Assistant { .. } => return Err(Unwritten::Calls),
            Said::Tool { words, .. } => {
                let mut quoted = String::new();
                json::quote(words, &mut quoted);
                header(&mut prompt, "ipython").text(&quoted)
            }
        };
        prompt.mark("<|eot_id|>");
    }
    header(&mut prompt, "assistant");
    Ok(prompt)
}

fn header<'a>(prompt: &'a mut Prompt, role: &str) -> &'a mut Prompt {
    prompt.mark("<|start_header_id|>").text(role).mark("<|end_header_id|>").text("\n\n")
}
