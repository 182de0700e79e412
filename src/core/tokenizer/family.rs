//! Which family a model is of: what its tokens are and how its chats are written down.

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
    /// None of these: counted as the mean of them.
    #[default]
    Unknown,
}

impl Vocabulary {
    /// Those that the estimator was measured against. The first is the one its weights were fitted to.
    pub const MEASURED: [Self; 6] = [
        Self::O200k,
        Self::Llama3,
        Self::Qwen,
        Self::Glm4,
        Self::DeepSeek,
        Self::Kimi,
    ];

    /// Whether its split rule gives each digit a token; the others take up to three at a time.
    #[must_use]
    pub const fn one_digit_a_token(self) -> bool {
        matches!(self, Self::Qwen)
    }

    /// Whether its split rule leaves `'s` and the like with the word, where the common ones cost nothing.
    #[must_use]
    pub const fn joins_contractions(self) -> bool {
        matches!(self, Self::O200k | Self::Kimi)
    }
}
