//! What a chat template writes around the messages, mark by mark, for display. [`overhead`](crate::overhead) is their
//! sum. The marks of a request with tools are in [`Prompt::pieces`](crate::prompt::Prompt::pieces).

use crate::{
    family::Family,
    template::{Role, Thinking},
};

/// An item of a template: a special token, a word, or a named block of many tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpecialToken {
    /// The text in the prompt, or the name of the block, in brackets.
    pub text: &'static str,
    /// The number of tokens.
    pub tokens: u64,
}

/// A chat as its template writes it, without the words of the messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TemplateTokens {
    /// Before the first message.
    pub begin: Vec<SpecialToken>,
    /// Before and after the words of each message.
    pub messages: Vec<(Vec<SpecialToken>, Vec<SpecialToken>)>,
    /// After the last message, where the model begins to answer.
    pub end: Vec<SpecialToken>,
}

impl TemplateTokens {
    /// Returns the frame of a chat with messages of these roles.
    #[must_use]
    pub fn of(family: Family, thinking: Thinking, roles: &[Role]) -> Self {
        let led = roles.first() == Some(&Role::System);
        let messages =
            roles.iter().enumerate().map(|(place, role)| message(family, thinking, *role, place == 0)).collect();
        Self { begin: begin(family, led), messages, end: end(family, thinking) }
    }

    /// Returns the number of all tokens.
    #[must_use]
    pub fn tokens(&self) -> u64 {
        let around = self.messages.iter().flat_map(|(before, after)| before.iter().chain(after));
        self.begin.iter().chain(around).chain(&self.end).map(|mark| mark.tokens).sum()
    }
}

const fn mark(text: &'static str) -> SpecialToken {
    SpecialToken { text, tokens: 1 }
}

const fn block(text: &'static str, tokens: u64) -> SpecialToken {
    SpecialToken { text, tokens }
}

fn marks(texts: &[&'static str]) -> Vec<SpecialToken> {
    texts.iter().copied().map(mark).collect()
}

/// Returns the beginning. `led`: the chat begins with a system prompt.
fn begin(family: Family, led: bool) -> Vec<SpecialToken> {
    match family {
        Family::Harmony => vec![block("[system header]", 61)],
        Family::Llama30 => marks(&["<|begin_of_text|>"]),
        // A system prompt goes into this block, before its end.
        Family::Llama31 if led => vec![mark("<|begin_of_text|>"), block("[system header]", 24)],
        Family::Llama31 => vec![mark("<|begin_of_text|>"), block("[system header]", 24), mark("<|eot_id|>")],
        Family::Qwen25 if !led => vec![block("[default system prompt]", 21)],
        Family::Kimi if !led => vec![block("[default system prompt]", 19)],
        Family::Qwen25 | Family::Qwen3 | Family::Kimi | Family::Unknown => Vec::new(),
        Family::Glm4 => marks(&["[gMASK]", "<sop>"]),
        Family::DeepSeek => marks(&["<｜begin▁of▁sentence｜>"]),
    }
}

fn message(family: Family, thinking: Thinking, role: Role, leads: bool) -> (Vec<SpecialToken>, Vec<SpecialToken>) {
    let name = match role {
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
    };
    let (before, after): (Vec<SpecialToken>, &[&'static str]) = match (family, role) {
        (Family::Harmony, Role::System) => {
            let mut before = marks(&["<|start|>", "developer", "<|message|>"]);
            before.push(block("# Instructions↵↵", 3));
            (before, &["<|end|>"])
        }
        (Family::Harmony, Role::User) => (marks(&["<|start|>", name, "<|message|>"]), &["<|end|>"]),
        (Family::Harmony, Role::Assistant) => {
            (marks(&["<|start|>", name, "<|channel|>", "final", "<|message|>"]), &["<|end|>"])
        }
        (Family::Llama31, Role::System) if leads => (Vec::new(), &["<|eot_id|>"]),
        (Family::Llama30 | Family::Llama31, _) => {
            (marks(&["<|start_header_id|>", name, "<|end_header_id|>", "↵↵"]), &["<|eot_id|>"])
        }
        (Family::Qwen25 | Family::Qwen3, _) => (marks(&["<|im_start|>", name, "↵"]), &["<|im_end|>", "↵"]),
        (Family::Glm4, Role::System) => (marks(&["<|system|>", "↵"]), &[]),
        (Family::Glm4, Role::User) => {
            (marks(&["<|user|>", "↵"]), if thinking == Thinking::Off { &["/nothink"] } else { &[] })
        }
        (Family::Glm4, Role::Assistant) => (marks(&["<|assistant|>", "↵", "<think>", "</think>", "↵"]), &[]),
        (Family::Kimi, Role::System) => (marks(&["<|im_system|>", name, "<|im_middle|>"]), &["<|im_end|>"]),
        (Family::Kimi, Role::User) => (marks(&["<|im_user|>", name, "<|im_middle|>"]), &["<|im_end|>"]),
        (Family::Kimi, Role::Assistant) => (marks(&["<|im_assistant|>", name, "<|im_middle|>"]), &["<|im_end|>"]),
        (Family::DeepSeek, Role::System) => (if leads { Vec::new() } else { marks(&["↵↵"]) }, &[]),
        (Family::DeepSeek, Role::User) => (marks(&["<｜User｜>"]), &[]),
        (Family::DeepSeek, Role::Assistant) => (marks(&["<｜Assistant｜>"]), &["<｜end▁of▁sentence｜>"]),
        (Family::Unknown, _) => (vec![block("[around a message, as a rule]", 4)], &[]),
    };
    (before, marks(after))
}

fn end(family: Family, thinking: Thinking) -> Vec<SpecialToken> {
    let mut end = match family {
        Family::Harmony => marks(&["<|start|>", "assistant"]),
        Family::Llama30 | Family::Llama31 => marks(&["<|start_header_id|>", "assistant", "<|end_header_id|>", "↵↵"]),
        Family::Qwen25 | Family::Qwen3 => marks(&["<|im_start|>", "assistant", "↵"]),
        Family::Glm4 => marks(&["<|assistant|>"]),
        Family::Kimi => marks(&["<|im_assistant|>", "assistant", "<|im_middle|>"]),
        Family::DeepSeek => marks(&["<｜Assistant｜>"]),
        Family::Unknown => vec![block("[begin of the answer, as a rule]", 3)],
    };
    if thinking == Thinking::Off {
        match family {
            Family::Qwen3 => end.extend(marks(&["<think>", "↵↵", "</think>", "↵↵"])),
            Family::Glm4 => end.extend(marks(&["↵", "<think>", "</think>"])),
            _ => {}
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::overhead;

    proptest! {
        #[test]
        fn the_marks_that_are_shown_add_up_to_what_is_counted(
            roles in prop::collection::vec(prop::sample::select(vec![Role::System, Role::User, Role::Assistant]), 0..8),
            off in any::<bool>(),
        ) {
            let thinking = if off { Thinking::Off } else { Thinking::Default };
            for family in Family::ALL {
                let frame = TemplateTokens::of(family, thinking, &roles);
                prop_assert_eq!(frame.tokens(), overhead(family, thinking, &roles), "{:?}", family);
                prop_assert_eq!(frame.messages.len(), roles.len());
            }
        }
    }

    #[test]
    fn a_question_to_gpt_oss_stands_in_harmony() {
        let frame = TemplateTokens::of(Family::Harmony, Thinking::Default, &[Role::User]);
        let texts = |marks: &[SpecialToken]| marks.iter().map(|mark| mark.text).collect::<Vec<_>>().join("");
        let (before, after) = &frame.messages[0];
        assert_eq!(texts(before), "<|start|>user<|message|>");
        assert_eq!(texts(after) + &texts(&frame.end), "<|end|><|start|>assistant");
    }
}
