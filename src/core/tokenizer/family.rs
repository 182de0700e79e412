//! The family of a model: its vocabulary and its chat template.

/// A vocabulary of byte pairs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Vocabulary {
    /// OpenAI's: GPT-4o and later, gpt-oss.
    O200k,
    /// Llama 3 to 3.3.
    Llama3,
    /// Qwen 2 to 3.
    Qwen,
    /// GLM-4 and 5.
    Glm4,
    /// DeepSeek V3 and R1.
    DeepSeek,
    /// Kimi K2.
    Kimi,
    /// None of these: estimated as their mean.
    #[default]
    Unknown,
}

impl Vocabulary {
    /// The vocabularies that the estimator was measured against. Its weights were fitted to the first.
    pub const MEASURED: [Self; 6] = [Self::O200k, Self::Llama3, Self::Qwen, Self::Glm4, Self::DeepSeek, Self::Kimi];

    /// Returns the vocabulary's common name; `None` for an unknown one.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::O200k => Some("o200k"),
            Self::Llama3 => Some("llama3"),
            Self::Qwen => Some("qwen"),
            Self::Glm4 => Some("glm4"),
            Self::DeepSeek => Some("deepseek"),
            Self::Kimi => Some("kimi"),
            Self::Unknown => None,
        }
    }

    /// Returns the vocabulary of this name; [`Self::Unknown`] for any other.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self::MEASURED.into_iter().find(|vocabulary| vocabulary.name() == Some(name)).unwrap_or_default()
    }

    /// Returns whether its split rule gives each digit a token; the others group up to three.
    #[must_use]
    pub const fn one_digit_a_token(self) -> bool {
        matches!(self, Self::Qwen)
    }

    /// Returns whether its split rule keeps `'s` and the like in the word, where the common ones cost nothing.
    #[must_use]
    pub const fn joins_contractions(self) -> bool {
        matches!(self, Self::O200k | Self::Kimi)
    }

    /// Returns whether a model with these names is known to have exactly this vocabulary, not a similar later or
    /// earlier one: Qwen has a larger one since 3.5, and DeepSeek V3 and Kimi K2 were not the first of their lines.
    #[must_use]
    pub fn is_that_of(self, id: &str, hugging_face_id: Option<&str>) -> bool {
        let is_that = |name: &String| {
            let without = |parts: &[&str]| !parts.iter().any(|part| name.contains(part));
            match self {
                Self::Unknown => false,
                Self::O200k | Self::Llama3 => true,
                Self::Glm4 => without(&["glm-4-9b", "glm-4v"]),
                Self::DeepSeek => without(&["v2", "coder", "llm", "moe"]),
                Self::Kimi => name.contains("kimi-k2"),
                Self::Qwen => version(name, "qwen").is_none_or(|it| it.major == 2 || (it.major == 3 && it.minor < 5)),
            }
        };
        let names = [Some(id), hugging_face_id].into_iter().flatten().map(str::to_ascii_lowercase);
        let mut telling = names.filter(|name| self == Self::of_model(name, None, None)).peekable();
        // One name may omit the version that the other has.
        telling.peek().is_some() && telling.all(|name| is_that(&name))
    }

    /// Returns the vocabulary of the model with these names. See [`Family::of_model`] for the names.
    #[must_use]
    pub fn of_model(id: &str, hugging_face_id: Option<&str>, tokenizer_hint: Option<&str>) -> Self {
        let named = [Some(id), hugging_face_id].into_iter().flatten().find_map(|name| {
            let name = name.to_ascii_lowercase();
            let has = |part: &str| name.contains(part);
            // Distilled models keep the tokens of their base model, so Llama and Qwen come first.
            match (version(&name, "llama"), version(&name, "qwen")) {
                (Some(Version { major: 3, .. }), _) => return Some(Self::Llama3),
                // `deepseek-r1-distill-llama-70b`: based on Llama 3.3 and 3.1, though the name omits the version.
                (Some(_), _) if has("distill") => return Some(Self::Llama3),
                (Some(_), _) => return Some(Self::Unknown),
                (None, Some(_)) => return Some(Self::Qwen),
                (None, None) if has("qwq") => return Some(Self::Qwen),
                (None, None) => {}
            }
            let open_ai = ["gpt-oss", "gpt-4o", "gpt-4.1", "gpt-5", "chatgpt"];
            if open_ai.into_iter().any(has) || ["o1", "o3", "o4"].iter().any(|model| begins(&name, model)) {
                Some(Self::O200k)
            } else if has("glm-") || has("glm4") || has("glm5") {
                Some(Self::Glm4)
            } else if has("kimi") {
                Some(Self::Kimi)
            } else if has("deepseek") {
                Some(Self::DeepSeek)
            } else {
                None
            }
        });
        named.unwrap_or_else(|| match tokenizer_hint.map(str::to_ascii_lowercase).as_deref() {
            Some("gpt" | "o200k_base" | "o200k_harmony") => Self::O200k,
            Some("llama3") => Self::Llama3,
            Some("qwen" | "qwen3") => Self::Qwen,
            Some("deepseek") => Self::DeepSeek,
            _ => Self::Unknown,
        })
    }
}

/// How a family of models formats a chat. Its token costs are in [`crate::template`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Family {
    /// gpt-oss: the harmony format.
    Harmony,
    /// Llama 3.0.
    Llama30,
    /// Llama 3.1 to 3.3, which include the date in the prompt.
    Llama31,
    /// Qwen 2 and 2.5: `ChatML` with a default system prompt.
    Qwen25,
    /// Qwen 3 and later: `ChatML`.
    Qwen3,
    /// GLM-4.5 and later.
    Glm4,
    /// Kimi K2, with a default system prompt.
    Kimi,
    /// DeepSeek V3 and R1, and models distilled from them.
    DeepSeek,
    /// None of these: treated as `ChatML` as OpenAI describes it.
    #[default]
    Unknown,
}

impl Family {
    /// All families.
    pub const ALL: [Self; 9] = [
        Self::Harmony,
        Self::Llama30,
        Self::Llama31,
        Self::Qwen25,
        Self::Qwen3,
        Self::Glm4,
        Self::Kimi,
        Self::DeepSeek,
        Self::Unknown,
    ];

    /// Returns the family of the model that the provider calls `id`, that Hugging Face calls `hugging_face_id`
    /// (`owner/name`), and whose tokenizer a catalog names as `tokenizer_hint` (`Llama3`, `Qwen3`, `GPT`). The hint
    /// decides only if the names do not. Case does not matter.
    #[must_use]
    pub fn of_model(id: &str, hugging_face_id: Option<&str>, tokenizer_hint: Option<&str>) -> Self {
        let names = [Some(id), hugging_face_id].into_iter().flatten();
        let named = names.map(str::to_ascii_lowercase).find_map(|name| Self::of_name(&name));
        named.unwrap_or_else(|| match tokenizer_hint.map(str::to_ascii_lowercase).as_deref() {
            Some("llama3") => Self::Llama31,
            Some("qwen" | "qwen3") => Self::Qwen3,
            Some("deepseek") => Self::DeepSeek,
            _ => Self::Unknown,
        })
    }

    /// Returns whether a model with these names is known to format a chat exactly as its family was measured. Later
    /// models of a line usually change a mark or two: DeepSeek R1, QwQ and Qwen's thinking models open the answer with
    /// a thought, DeepSeek V3.1 and later close one there, GLM-4.7 does either, Qwen 2 and later Kimi have other
    /// default system prompts. Some fine-tunes of Llama have templates not seen here. Kimi K2 is assumed to have
    /// the template of July 2025: a server with an earlier copy reports ten tokens less if there is no system prompt.
    #[must_use]
    pub fn is_that_of(self, id: &str, hugging_face_id: Option<&str>) -> bool {
        let names = || [Some(id), hugging_face_id].into_iter().flatten().map(str::to_ascii_lowercase);
        let has = |parts: &[&str]| names().any(|name| parts.iter().any(|part| name.contains(part)));
        match self {
            Self::Unknown => false,
            Self::Harmony => true,
            Self::Llama30 | Self::Llama31 => !has(&["nemotron", "tulu"]),
            Self::Qwen25 => has(&["2.5", "2-5", "2_5", "2p5"]) && !has(&["math"]),
            Self::Qwen3 => !has(&["thinking", "qwq"]),
            Self::Glm4 => has(&["glm-4.6", "glm-4-6", "glm-4p6"]),
            Self::Kimi => has(&["kimi-k2"]) && !has(&["thinking", "0905", "k2.", "k2p"]),
            Self::DeepSeek => {
                has(&["deepseek-v3"]) && !has(&["deepseek-v3.", "deepseek-v3p", "deepseek-v3-1", "deepseek-v3-2"])
            }
        }
    }

    /// Returns whether a model with these names is also known to format tools as [`prompt`](crate::prompt) does. Coders
    /// and later Qwens, for instance, have the measured chat format, but another format for tools.
    #[must_use]
    pub fn has_tools_of(self, id: &str, hugging_face_id: Option<&str>) -> bool {
        let names = [Some(id), hugging_face_id].into_iter().flatten().map(str::to_ascii_lowercase);
        let other = ["coder", "2507", "next", "vl"];
        let is_other = names.into_iter().any(|name| other.iter().any(|part| name.contains(part)));
        let can = matches!(self, Self::Harmony | Self::Llama31 | Self::Qwen25 | Self::Qwen3);
        can && !is_other && self.is_that_of(id, hugging_face_id)
    }

    /// Returns the family that a lowercase name implies; `None` if it implies none.
    fn of_name(name: &str) -> Option<Self> {
        // Fine-tunes on `ChatML`, and classifiers with other templates.
        if ["hermes", "dolphin", "llama-guard", "prompt-guard"].iter().any(|part| name.contains(part)) {
            return Some(Self::Unknown);
        }
        if name.contains("deepseek") {
            return Some(Self::DeepSeek);
        }
        if let Some(version) = version(name, "llama") {
            return Some(match version {
                Version { major: 3, minor: 0 } => Self::Llama30,
                Version { major: 3, .. } => Self::Llama31,
                _ => Self::Unknown,
            });
        }
        if let Some(version) = version(name, "qwen") {
            let old = matches!(version.major, 1 | 2);
            return Some(if old { Self::Qwen25 } else { Self::Qwen3 });
        }
        let parts = [
            ("gpt-oss", Self::Harmony),
            ("qwq", Self::Qwen3),
            ("glm-", Self::Glm4),
            ("glm4", Self::Glm4),
            ("glm5", Self::Glm4),
            ("kimi", Self::Kimi),
        ];
        parts.iter().find(|(part, _)| name.contains(part)).map(|(_, family)| *family)
    }
}

/// The version after a family's name: `3.1` in `llama-3.1-8b`. A missing number is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Version {
    major: u8,
    minor: u8,
}

/// Returns the version after the last `family` in `name`; `None` if the family is not named.
fn version(name: &str, family: &str) -> Option<Version> {
    let (_, rest) = name.rsplit_once(family)?;
    let (major, rest) = number(rest.trim_start_matches(['-', '_', ' ', 'v'])).unwrap_or_default();
    let minor = rest.strip_prefix(['.', '-', '_', 'p']).and_then(number);
    Some(Version { major, minor: minor.map_or(0, |(minor, _)| minor) })
}

/// Returns the single digit at the start of `text`, and the rest. Longer numbers and sizes (`8b`) are not versions.
fn number(text: &str) -> Option<(u8, &str)> {
    let digit = text.chars().next()?.to_digit(10)?;
    let rest = text.get(1..)?;
    let size = rest.starts_with(|c: char| c == 'b' || c.is_ascii_digit());
    (!size).then_some((u8::try_from(digit).ok()?, rest))
}

/// Returns whether the last part of `name` is `model` or a variant of it: `openai/o3-mini` has `o3`, `yolo3` does not.
fn begins(name: &str, model: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or(name);
    last.strip_prefix(model).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_family_and_the_vocabulary() {
        let cases = [
            ("openai/gpt-oss-120b", Family::Harmony, Vocabulary::O200k),
            ("gpt-oss-20b", Family::Harmony, Vocabulary::O200k),
            ("openai/gpt-4o-mini", Family::Unknown, Vocabulary::O200k),
            ("openai/o3-mini", Family::Unknown, Vocabulary::O200k),
            ("llama-3.1-8b-instant", Family::Llama31, Vocabulary::Llama3),
            ("llama-3.3-70b-versatile", Family::Llama31, Vocabulary::Llama3),
            ("llama3.1-8b", Family::Llama31, Vocabulary::Llama3),
            ("Meta-Llama-3_3-70B-Instruct", Family::Llama31, Vocabulary::Llama3),
            ("accounts/x/models/llama-v3p1-8b", Family::Llama31, Vocabulary::Llama3),
            ("llama3-70b-8192", Family::Llama30, Vocabulary::Llama3),
            ("meta-llama/Meta-Llama-3-8B-Instruct", Family::Llama30, Vocabulary::Llama3),
            ("meta-llama/llama-4-scout-17b-16e-instruct", Family::Unknown, Vocabulary::Unknown),
            ("meta-llama/llama-guard-4-12b", Family::Unknown, Vocabulary::Unknown),
            ("nousresearch/hermes-3-llama-3.1-70b", Family::Unknown, Vocabulary::Llama3),
            ("qwen/qwen3-32b", Family::Qwen3, Vocabulary::Qwen),
            ("qwen-3-235b-a22b-instruct-2507", Family::Qwen3, Vocabulary::Qwen),
            ("qwen-3.8-27b", Family::Qwen3, Vocabulary::Qwen),
            ("qwen-2.5-coder-32b", Family::Qwen25, Vocabulary::Qwen),
            ("Qwen/Qwen2.5-7B-Instruct", Family::Qwen25, Vocabulary::Qwen),
            ("qwen-qwq-32b", Family::Qwen3, Vocabulary::Qwen),
            ("zai-glm-4.7", Family::Glm4, Vocabulary::Glm4),
            ("z-ai/glm-4.6", Family::Glm4, Vocabulary::Glm4),
            ("moonshotai/kimi-k2-instruct-0905", Family::Kimi, Vocabulary::Kimi),
            ("deepseek-ai/DeepSeek-V3.1", Family::DeepSeek, Vocabulary::DeepSeek),
            ("deepseek-r1-distill-llama-70b", Family::DeepSeek, Vocabulary::Llama3),
            ("DeepSeek-R1-Distill-Qwen-32B", Family::DeepSeek, Vocabulary::Qwen),
            ("mistral-small-24b", Family::Unknown, Vocabulary::Unknown),
            ("", Family::Unknown, Vocabulary::Unknown),
        ];
        for (id, family, vocabulary) in cases {
            assert_eq!(Family::of_model(id, None, None), family, "{id}");
            assert_eq!(Vocabulary::of_model(id, None, None), vocabulary, "{id}");
        }
    }

    #[test]
    fn a_near_vocabulary_is_not_taken_for_the_models_own() {
        let cases = [
            ("gpt-oss-120b", None, true),
            ("house-model", Some("openai/gpt-oss-20b"), true),
            ("llama-3.3-70b-versatile", None, true),
            ("qwen-3-235b-a22b-instruct-2507", None, true),
            ("qwen2.5-7b", None, true),
            ("qwen-3.8-27b", None, false),
            ("qwen3.5-397b-a17b", None, false),
            ("deepseek-r1", None, true),
            ("deepseek-coder-33b", None, false),
            ("kimi-k2-instruct", None, true),
            ("kimi-vl-a3b", None, false),
            ("house-model", None, false),
            ("qwen-3-plus", Some("Qwen/Qwen3.5-397B-A17B"), false),
            ("qwen-3-32b", Some("Qwen/Qwen3-32B"), true),
        ];
        for (id, hugging_face, own) in cases {
            let vocabulary = Vocabulary::of_model(id, hugging_face, None);
            assert_eq!(vocabulary.is_that_of(id, hugging_face), own, "{id}");
        }
        assert!(!Vocabulary::O200k.is_that_of("house-model", None), "what only a hint tells is not certain");
    }

    #[test]
    fn a_template_that_was_not_measured_is_not_called_exact() {
        let cases = [
            ("gpt-oss-120b", true),
            ("llama-3.3-70b-versatile", true),
            ("nvidia/llama-3.1-nemotron-70b-instruct", false),
            ("qwen-3-32b", true),
            ("qwen-3-235b-a22b-instruct-2507", true),
            ("qwen-3-235b-a22b-thinking-2507", false),
            ("qwen-qwq-32b", false),
            ("qwen2.5-7b-instruct", true),
            ("qwen2-7b-instruct", false),
            ("zai-glm-4.6", true),
            ("zai-glm-4.7", false),
            ("kimi-k2-instruct", true),
            ("kimi-k2-instruct-0905", false),
            ("kimi-k2-thinking", false),
            ("deepseek-v3", true),
            ("deepseek-v3-0324", true),
            ("deepseek-v3.1", false),
            ("deepseek-r1", false),
            ("deepseek-r1-distill-llama-70b", false),
            ("house-model", false),
        ];
        for (id, measured) in cases {
            assert_eq!(Family::of_model(id, None, None).is_that_of(id, None), measured, "{id}");
        }
        let family = Family::of_model("house-model", Some("deepseek-ai/DeepSeek-R1"), None);
        assert!(!family.is_that_of("house-model", Some("deepseek-ai/DeepSeek-R1")));
    }

    #[test]
    fn tools_that_were_not_measured_are_not_called_exact() {
        let cases = [
            ("gpt-oss-120b", true),
            ("llama-3.1-8b-instant", true),
            ("meta-llama/Meta-Llama-3-8B-Instruct", false),
            ("qwen2.5-7b-instruct", true),
            ("qwen-3-32b", true),
            ("qwen3-coder-480b", false),
            ("qwen-3-235b-a22b-instruct-2507", false),
            ("zai-glm-4.6", false),
            ("kimi-k2-instruct", false),
            ("deepseek-v3", false),
            ("house-model", false),
        ];
        for (id, measured) in cases {
            assert_eq!(Family::of_model(id, None, None).has_tools_of(id, None), measured, "{id}");
        }
    }

    #[test]
    fn the_hugging_face_name_and_the_hint_decide_where_the_id_says_nothing() {
        let of = |hugging_face, hint| {
            (
                Family::of_model("house-model", hugging_face, hint),
                Vocabulary::of_model("house-model", hugging_face, hint),
            )
        };
        assert_eq!(of(Some("Qwen/Qwen3-8B"), Some("Llama3")), (Family::Qwen3, Vocabulary::Qwen));
        assert_eq!(of(None, Some("Llama3")), (Family::Llama31, Vocabulary::Llama3));
        assert_eq!(of(Some("someone/model"), Some("Qwen3")), (Family::Qwen3, Vocabulary::Qwen));
        assert_eq!(of(None, Some("GPT")), (Family::Unknown, Vocabulary::O200k));
        assert_eq!(of(None, Some("Other")), (Family::Unknown, Vocabulary::Unknown));
    }
}
