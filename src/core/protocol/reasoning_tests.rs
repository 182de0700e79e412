use proptest::prelude::*;

use super::*;

/// Returns the reasoning, content and calls of text that arrives in these pieces.
fn read<'a>(pieces: impl IntoIterator<Item = &'a str>) -> (String, String, String) {
    let (mut thoughts, mut parts) = (ReasoningSplitter::default(), Vec::new());
    for piece in pieces {
        thoughts.push(piece, &mut parts);
    }
    thoughts.finish(&mut parts);
    let (mut reasoning, mut content, mut calls) = (String::new(), String::new(), String::new());
    for part in parts {
        match part {
            Part::Content(text) => content.push_str(&text),
            Part::Reasoning(text) => reasoning.push_str(&text),
            Part::ContentWasReasoning(skip) => crate::chunk::move_to_reasoning(&mut content, &mut reasoning, 0, skip),
            Part::Call(call) => {
                // Each call has a different number.
                calls.push_str(&call.name.map(|name| format!("{}{name}:", call.index & 0xff)).unwrap_or_default());
                calls.push_str(&call.arguments);
            }
        }
    }
    (reasoning, content, calls)
}

/// Reads text at once, character by character, and cut at each place.
#[track_caller]
fn check_all(text: &str, expected: (&str, &str, &str)) {
    let expected = (expected.0.to_owned(), expected.1.to_owned(), expected.2.to_owned());
    assert_eq!(read([text]), expected, "{text:?}");
    let characters: Vec<String> = text.chars().map(String::from).collect();
    assert_eq!(read(characters.iter().map(String::as_str)), expected, "{text:?} by characters");
    for (at, _) in text.char_indices() {
        let (start, end) = text.split_at(at);
        assert_eq!(read([start, end]), expected, "{text:?} cut at {at}");
    }
}

#[track_caller]
fn check(text: &str, reasoning: &str, content: &str) {
    check_all(text, (reasoning, content, ""));
}

#[test]
fn reasoning_between_marks_is_reasoning() {
    check("<think>T</think>A", "T", "A");
    check("\n<think>\nT 1\n\nT 2\n</think>\n\nA\n", "T 1\n\nT 2\n", "A\n");
    check("[THINK]T[/THINK]A", "T", "A");
    check("<seed:think>T</seed:think>A", "T", "A");
    check("◁think▷T◁/think▷A", "T", "A");
    check("<|channel>thought\nT<channel|>A", "T", "A");
    check("<think></think>A", "", "A");
    check("<think>\n\n</think>\n\nA", "", "A");
    check("<think>T", "T", "");
    check("<think>T</thi", "T</thi", "");
    check("<think>T</think>", "T", "");
}

#[test]
fn a_closing_mark_whose_opening_was_in_the_prompt_ends_reasoning() {
    check("T</think>A", "T", "A");
    check("Okay, T.\n</think>\n\nA", "Okay, T.", "A");
    check("</think>\n\nA", "", "A");
    check("T</think>", "T", "");
    check("T.\n\nThe </think> tag comes now.\n</think>\n\nA", "T.\n\nThe </think> tag comes now.", "A");
}

#[test]
fn reasoning_may_begin_again() {
    check("<think>T</think><think>U</think>A", "T\n\nU", "A");
    check("<think>T</think>A\n<think>\nU\n</think>\nB", "T\n\nU\n", "A\nB");
    check("<think>T</think>The tag\n<think> opens.", "T", "The tag\n<think> opens.");
}

#[test]
fn a_text_that_speaks_of_the_marks_stays() {
    for text in [
        "Use `<think>` and `</think>`.",
        "`</think>` ends it.\nSo it is.",
        "```xml\n<think>\nT\n</think>\n```\nA",
        "Write:\n\n~~~\nT</think>\n~~~",
        "> ```\n> </think>\n> ```",
        "The tag <think> opens, and\n</think>\ncloses.",
        "It emits </think> when done.",
        "It emits \"</think>\", then text (</think>).",
        "<thinking>T</thinking><answer>A</answer>",
        "a < b and [1] and ◁",
        "<thin",
        "<|end|> is a token.",
        "The tokens <|channel|>final<|message|> mark it.",
        "<|channel|> is a token.",
        "analysis of the text: assistantfinal",
        "an",
        "",
        " \n",
    ] {
        check(text, "", text);
    }
    check(
        "<think>The closer is `</think>`, quoted \"</think>\".</think>A",
        "The closer is `</think>`, quoted \"</think>\".",
        "A",
    );
    for (open, close) in [('“', '”'), ('‘', '’'), ('«', '»'), ('「', '」'), ('(', ')')] {
        let reasoning = format!("The closer is {open}</think>{close}.");
        check(&format!("<think>{reasoning}</think>A"), &reasoning, "A");
    }
}

#[test]
fn the_channels_of_harmony_are_told_apart() {
    let both = "<|channel|>analysis<|message|>T<|end|><|start|>assistant<|channel|>final<|message|>A<|return|>";
    check(both, "T", "A");
    check(&format!("<|start|>assistant{both}"), "T", "A");
    check("<|channel|>final<|message|>A", "", "A");
    // The header was in the prompt.
    check("<|message|>A<|return|>", "", "A");
    // llama.cpp without a reasoning parser leaves out the header of the answer.
    check("<|channel|>analysis<|message|>T<|end|>A", "T", "A");
    check(
        "<|channel|>analysis<|message|>T<|end|>\n<|start|>assistant<|channel|>analysis<|message|>U<|end|>A",
        "T\n\nU",
        "A",
    );
    check("<|channel|>final<|message|>The token `<|end|>` ends.<|return|>", "", "The token `<|end|>` ends.");
    check("<|channel|>commentary<|message|>I will look.<|end|><|channel|>final<|message|>A", "", "I will look.\n\nA");
    check("<|channel|>analysis", "", "");
    check("<|channel|>analysis<|message|>T <|", "T <|", "");
}

#[test]
fn a_call_in_harmony_is_a_call() {
    check_all(
        "<|channel|>analysis<|message|>T<|end|><|start|>assistant<|channel|>commentary to=functions.f <|constrain|>json<|message|>{\"x\":1}<|call|>",
        ("T", "", "1f:{\"x\":1}"),
    );
    check_all(
        "<|start|>assistant to=functions.f<|channel|>commentary<|message|>{}<|call|><|start|>assistant to=g<|channel|>commentary<|message|>[]<|call|>",
        ("", "", "1f:{}2g:[]"),
    );
}

#[test]
fn harmony_whose_marks_were_dropped_is_told_apart_too() {
    check("analysisWe need \"four\".assistantfinalfour", "We need \"four\".", "four");
    check("analysisWe need it", "", "analysisWe need it");
}

#[test]
fn a_closing_mark_after_reasoning_in_a_field_of_its_own_takes_no_answer_away() {
    for (text, expected) in [("\n</think>\n\nA", vec!["\n", "A"]), ("A.</think>B", vec!["A.</think>B"])] {
        let (mut thoughts, mut parts) = (ReasoningSplitter::default(), Vec::new());
        thoughts.sent_in_a_field();
        thoughts.push(text, &mut parts);
        thoughts.finish(&mut parts);
        let content = |part: &Part| if let Part::Content(text) = part { Some(text.clone()) } else { None };
        assert_eq!(parts.iter().filter_map(content).collect::<Vec<_>>(), expected, "{text:?}");
    }
}

#[test]
fn a_head_without_an_end_is_text() {
    let text = format!("<|channel|>analysis {}", "word ".repeat(200));
    check(&text, "", &text);
}

#[test]
fn an_answer_is_shown_as_soon_as_it_is_decided() {
    let long = format!("<|channel|>analysis {}", "word ".repeat(110));
    let bold = "<|channel|>final<|message|>*A*<|end|><|start|>assistant<|channel|>final<|message|>B";
    for (text, shown) in [("<think>T</think>A", "A"), (&long, &long), (bold, "*A*\n\nB")] {
        let (mut thoughts, mut parts) = (ReasoningSplitter::default(), Vec::new());
        thoughts.push(text, &mut parts);
        let content = |part: &Part| if let Part::Content(text) = part { Some(text.clone()) } else { None };
        assert_eq!(parts.iter().filter_map(content).collect::<String>(), shown);
    }
}

proptest! {
    #[test]
    fn the_cuts_make_no_difference(text in marked(), cuts in prop::collection::vec(0usize..12, 1..12)) {
        let mut pieces = Vec::new();
        let mut rest = text.as_str();
        for size in cuts.into_iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let at = (size + 1..=rest.len()).find(|at| rest.is_char_boundary(*at)).unwrap_or(rest.len());
            let (piece, later) = rest.split_at(at);
            pieces.push(piece);
            rest = later;
        }
        prop_assert_eq!(read(pieces), read([text.as_str()]));
    }

    #[test]
    fn a_text_without_marks_is_content_to_the_last_byte(text in "[^<\\[◁|]{0,60}") {
        prop_assume!(!text.trim_start().starts_with("analysis"));
        prop_assert_eq!(read([text.as_str()]), (String::new(), text, String::new()));
    }
}

/// Marks and text in any order.
fn marked() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "<think>",
            "</think>",
            "[THINK]",
            "[/THINK]",
            "<|channel|>",
            "<|start|>",
            "<|message|>",
            "<|end|>",
            "<|call|>",
            "analysis",
            "assistantfinal",
            "assistant",
            "final",
            "commentary",
            " to=f",
            "`",
            "```",
            "\n",
            " ",
            "\"",
            "A",
            "T",
            "(",
            ")",
            "<",
            "</th",
            "◁think▷",
            "◁/think▷",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,3}",
    ];
    prop::collection::vec(piece, 0..16).prop_map(|pieces| pieces.concat())
}
