//! The scripted replies, and the choice of one for a prompt.

use crate::tokens::in_word;

/// A reply: its name, the words that select it, and its Markdown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Script {
    pub(crate) name: &'static str,
    /// Lowercase prefixes of words. The script with the most hits is chosen; of equals, the earlier one.
    words: &'static [&'static str],
    pub(crate) text: &'static str,
}

macro_rules! scripts {
    ($($name:literal: $($word:literal)*;)*) => {
        &[$(Script { name: $name, words: &[$($word),*], text: include_str!(concat!("replies/", $name, ".md")) }),*]
    };
}

/// In order of precedence. The last one is for everything else.
pub(crate) const SCRIPTS: &[Script] = scripts! {
    "token_bucket": "bucket" "refill" "leaky";
    "keys": "api key" "my key" "your key" "keys" "privacy";
    "estimate": "estimat" "count tokens" "token count" "tokens count" "usage";
    "rate_limits": "rate" "limit" "429" "rpm" "tpm" "tpd" "quota" "throttl";
    "ttft": "ttft" "latency" "first" "prefill" "slow";
    "tokenizers": "tokeniz" "tokenis" "bpe" "vocabular" "encoding";
    "streaming": "stream" "sse" "event" "fetch" "javascript" "typescript";
    "prompt_cache": "cache" "caching" "cached";
    "headroom": "headroom" "playground" "this app" "simulat";
    "wasm": "wasm" "webassembly" "browser" "worker";
    "rust": "rust" "cargo" "borrow" "enum" "struct";
    "python": "python" "openai" "sdk" "retry" "script";
    "sql": "sql" "query" "database" "table" "select";
    "math": "math" "calculat" "formula" "equation" "solve" "proof" "percent";
    "shell": "bash" "shell" "curl" "terminal" "command";
    "compare": "compare" "versus" "difference" "better" "choose" "which";
    "recipe": "recipe" "cook" "soup" "dinner" "food";
    "plan": "plan" "week" "project" "schedule" "organi";
    "story": "story" "poem" "tale" "fiction" "imagine";
    "greeting": "hello" "hi" "hey" "test" "thanks" "help";
    "general":;
};

impl Script {
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        SCRIPTS.iter().find(|script| script.name == name)
    }

    /// The script for a prompt.
    pub(crate) fn for_prompt(prompt: &str) -> Option<&'static Self> {
        // A long prompt states its purpose in its first few thousand characters, or not at all.
        let start: String = prompt.chars().take(4_000).collect::<String>().to_ascii_lowercase();
        let words: Vec<&str> = start.split(|letter: char| !in_word(letter)).collect();
        let hits = |script: &Script| {
            let asked = |wanted: &&&str| match **wanted {
                short if short.len() <= 3 => words.contains(&short),
                phrase if phrase.contains(' ') => start.contains(phrase),
                beginning => words.iter().any(|word| word.starts_with(beginning)),
            };
            script.words.iter().filter(asked).count()
        };
        // `max_by_key` keeps the last of equals, so the order is reversed.
        SCRIPTS
            .iter()
            .rev()
            .map(|script| (hits(script), script))
            .filter(|(hits, _)| *hits > 0)
            .max_by_key(|(hits, _)| *hits)
            .map(|(_, script)| script)
            .or_else(|| SCRIPTS.last())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_gets_the_reply_that_its_words_ask_for() {
        for (prompt, name) in [
            ("How does a token bucket refill?", "token_bucket"),
            ("Why did I get a 429? What is my TPM limit?", "rate_limits"),
            ("what is TTFT", "ttft"),
            ("Explain tokenizers", "tokenizers"),
            ("What is Headroom?", "headroom"),
            ("Write a Rust enum", "rust"),
            ("a SQL query please", "sql"),
            ("Explain token buckets with a table and some Rust code", "token_bucket"),
            ("Where does my API key go?", "keys"),
            ("How do you count tokens?", "estimate"),
            ("Solve this equation", "math"),
            ("hi", "greeting"),
            ("this is history", "general"),
            ("", "general"),
            ("Wie spät ist es?", "general"),
        ] {
            assert_eq!(Script::for_prompt(prompt).unwrap().name, name, "{prompt}");
        }
    }

    #[test]
    fn the_replies_show_what_an_app_must_render() {
        let all: String = SCRIPTS.iter().map(|script| script.text).collect();
        for sign in ["\n## ", "\n### ", "\n- ", "\n1. ", "\n| ", "\n> ", "](https://", "- [x]", "---", "~~"] {
            assert!(all.contains(sign), "{sign:?}");
        }
        for language in ["rust", "python", "typescript", "javascript", "sql", "bash", "json", "go", "text", "mermaid"] {
            assert!(all.contains(&format!("```{language}\n")), "{language}");
        }
        for script in SCRIPTS {
            assert_eq!(script.text.matches("```").count() % 2, 0, "{}: every fence is closed", script.name);
            for formula in ["$$", "\\(", "\\[", "\\frac"] {
                assert!(!script.text.contains(formula), "{}: formulas are plain text or code", script.name);
            }
        }
    }
}
