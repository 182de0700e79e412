//! A whole request as the template of its family writes it down: with tools, calls, results and a format for the answer.
//!
//! [`overhead`](crate::overhead) is enough for a chat of words. What tools cost depends on their JSON, and on what a template
//! makes of it, so that here the text itself is written: [`Prompt::texts`] are what stands between special tokens, each of
//! which is cut into tokens by itself. The tokens of a request are those of its texts and one for each mark, whatever
//! white space there is.
//!
//! ```
//! use headroom_tokenizer::{Family, Thinking, prompt::{Request, Said, Tools, write}};
//!
//! let tools = Tools::read(r#"[{"type":"function","function":{"name":"now","description":"The time"}}]"#);
//! let request = Request { messages: &[Said::User("When?")], tools: tools.as_ref(), format: None };
//! let prompt = write(Family::Harmony, Thinking::Default, &request).unwrap();
//! assert!(prompt.to_string().contains("namespace functions {\n\n// The time\ntype now = () => any;"));
//! assert!(prompt.is_proven());
//! // Its tokens: `prompt.marks()`, and what `exact::Counter::count` says of each of `prompt.texts()`.
//! ```
//!
//! The templates were rendered by a real engine, and the tests compare with that: `fixtures/README.md` says how. What a
//! provider makes of a request before its template sees it, nobody outside can know; its `usage` decides.
//!
//! | family | tools | calls and results | format of the answer |
//! |---|---|---|---|
//! | harmony | as OpenAI's library writes them | likewise; its template in Jinja has results in quotes | as documented, not [proven](Prompt::is_proven) |
//! | Llama 3.1 to 3.3 | in the first question | one call at a time | not written |
//! | Qwen 2.5, Qwen 3 | in the system prompt | yes | not written |
//! | GLM-4.6 | in a system prompt of their own | yes; that its tags are one token each is not proven | not written |
//! | Kimi K2 | declared first, not proven | yes | not written |
//! | Llama 3.0, DeepSeek | not by the template: [`Unwritten::Tools`] | likewise | not written |

mod chatml;
mod glm;
mod harmony;
mod json;
mod kimi;
mod llama;
mod plain;
#[cfg(test)]
mod tests;
mod typescript;

use std::fmt;

use self::json::Json;
use crate::{family::Family, template::Thinking};

/// A message of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said<'a> {
    /// Instructions.
    System(&'a str),
    /// The user.
    User(&'a str),
    /// The model, in an earlier turn.
    Assistant {
        /// What it said; empty when it only called.
        words: &'a str,
        /// The tools it called.
        calls: &'a [Call<'a>],
    },
    /// What a tool gave back.
    Tool {
        /// The id of the call.
        id: &'a str,
        /// The result.
        words: &'a str,
    },
}

/// A call of a tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call<'a> {
    /// The id that the result refers to.
    pub id: &'a str,
    /// The tool's name.
    pub name: &'a str,
    /// Its arguments: a JSON object, as text.
    pub arguments: &'a str,
}

/// The tools of a request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tools(Vec<Json>);

impl Tools {
    /// Reads the field `tools` of a request, an array of functions. `None` if it is none. The order of keys is kept.
    #[must_use]
    pub fn read(json: &str) -> Option<Self> {
        let Json::List(tools) = Json::read(json)? else { return None };
        let is_function =
            |tool: &Json| tool.get("function").and_then(|it| it.get("name")).and_then(Json::text).is_some();
        tools.iter().all(is_function).then_some(Self(tools))
    }
}

/// The format that an answer shall have.
#[derive(Clone, Debug, PartialEq)]
pub struct Format {
    name: String,
    description: Option<String>,
    schema: Json,
}

impl Format {
    /// Reads the field `response_format` of a request; `None` if it is no JSON schema.
    #[must_use]
    pub fn read(json: &str) -> Option<Self> {
        let format = Json::read(json)?;
        let wanted =
            format.get("json_schema").filter(|_| format.get("type").and_then(Json::text) == Some("json_schema"))?;
        let text = |key| wanted.get(key).and_then(Json::text).map(str::to_owned);
        Some(Self { name: text("name")?, description: text("description"), schema: wanted.get("schema")?.clone() })
    }
}

/// All that a template is given.
#[derive(Clone, Copy, Debug, Default)]
pub struct Request<'a> {
    /// The messages, in order.
    pub messages: &'a [Said<'a>],
    /// The tools, if there are any.
    pub tools: Option<&'a Tools>,
    /// The format, if one is asked for.
    pub format: Option<&'a Format>,
}

impl Request<'_> {
    fn tools(&self) -> &[Json] {
        self.tools.map_or(&[], |tools| &tools.0)
    }
}

/// Why it is not known what a prompt looks like. What it costs can only be estimated then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unwritten {
    /// There is no template of the family.
    Template,
    /// The template has no place for tools: what the server does with them is its own affair.
    Tools,
    /// The template cannot write these calls: too many at once, arguments that are no JSON object, or a result of no call.
    Calls,
    /// With tools, the template wants a question first.
    Question,
    /// The request ends with an answer that is to be gone on with.
    OpenAnswer,
    /// An earlier answer has its thought in it, which the template takes apart.
    Thought,
}

/// A piece of a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// A special token: one, whatever is beside it.
    SpecialToken(&'static str),
    /// What is cut into tokens by itself.
    Text(String),
}

/// A request as its template writes it, up to where the model begins to answer. As text it is the prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    pieces: Vec<Piece>,
    proven: bool,
}

impl Prompt {
    const fn new() -> Self {
        Self { pieces: Vec::new(), proven: true }
    }

    /// The pieces, in order; two texts are never side by side.
    #[must_use]
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// How many special tokens it has.
    #[must_use]
    pub fn marks(&self) -> u64 {
        self.pieces.iter().filter(|piece| matches!(piece, Piece::SpecialToken(_))).count() as u64
    }

    /// What stands between special tokens. The tokens of the prompt are those of these and [`Prompt::marks`].
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| if let Piece::Text(text) = piece { Some(text.as_str()) } else { None })
    }

    /// Whether the vendor's own renderer was seen to write just this. If not, it is what the documentation says, or one of
    /// several templates for the same model, and the count is approximate.
    #[must_use]
    pub const fn is_proven(&self) -> bool {
        self.proven
    }

    fn mark(&mut self, mark: &'static str) -> &mut Self {
        self.pieces.push(Piece::SpecialToken(mark));
        self
    }

    fn text(&mut self, text: &str) -> &mut Self {
        match self.pieces.last_mut() {
            _ if text.is_empty() => {}
            Some(Piece::Text(before)) => before.push_str(text),
            _ => self.pieces.push(Piece::Text(text.to_owned())),
        }
        self
    }

    const fn uncertainty(&mut self) {
        self.proven = false;
    }
}

impl fmt::Display for Prompt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pieces.iter().try_for_each(|piece| match piece {
            Piece::SpecialToken(mark) => f.write_str(mark),
            Piece::Text(text) => f.write_str(text),
        })
    }
}

/// Writes a request as the template of `family` does.
///
/// # Errors
/// Why it is not known how.
pub fn write(family: Family, thinking: Thinking, request: &Request<'_>) -> Result<Prompt, Unwritten> {
    if matches!(request.messages.last(), Some(Said::Assistant { .. })) {
        return Err(Unwritten::OpenAnswer);
    }
    match family {
        Family::Harmony => harmony::write(request),
        Family::Llama30 => plain::llama30(request),
        Family::Llama31 => llama::write(request),
        Family::Qwen25 => chatml::write(request, chatml::Qwen::V25, thinking),
        Family::Qwen3 => chatml::write(request, chatml::Qwen::V3, thinking),
        Family::Glm4 => glm::write(request, thinking),
        Family::Kimi => kimi::write(request),
        Family::DeepSeek => plain::deepseek(request),
        Family::Unknown => Err(Unwritten::Template),
    }
}

/// The arguments of a call: none are an object without keys.
fn arguments(call: &Call<'_>) -> Result<Json, Unwritten> {
    let text = if call.arguments.trim().is_empty() { "{}" } else { call.arguments };
    Json::read(text).filter(Json::is_object).ok_or(Unwritten::Calls)
}

/// Without the white space around it, which for Python includes four separators that Unicode does not call so.
pub(crate) fn strip(words: &str) -> &str {
    words.trim_matches(|it: char| it.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&it))
}
