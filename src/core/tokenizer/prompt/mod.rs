//! Formats a complete request as the template of its family does: with tools, calls, results and a response format.
//!
//! [`overhead`](crate::overhead) is enough for a plain chat. The cost of tools depends on their JSON, and on how a
//! template formats it, so here the text itself is written: [`Prompt::texts`] are the texts between special tokens,
//! each of which is tokenized separately. The tokens of a request are those of its texts and one for each mark,
//! whatever white space there is.
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
//! The templates were rendered by a real engine, and the tests compare with that output: see `fixtures/README.md`. How
//! a provider changes a request before its template sees it is unknown; its `usage` decides.
//!
//! | family | tools | calls and results | response format |
//! |---|---|---|---|
//! | harmony | as OpenAI's library writes them | likewise; its Jinja template has results in quotes | as documented, not [proven](Prompt::is_proven) |
//! | Llama 3.1 to 3.3 | in the first question | one call at a time | not written |
//! | Qwen 2.5, Qwen 3 | in the system prompt | yes | not written |
//! | GLM-4.6 | in a separate system prompt | yes; that its tags are one token each is not proven | not written |
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
    /// A user message.
    User(&'a str),
    /// A model message from an earlier turn.
    Assistant {
        /// The text; empty if the model only called tools.
        words: &'a str,
        /// The tool calls.
        calls: &'a [Call<'a>],
    },
    /// The result of a tool call.
    Tool {
        /// The id of the call.
        id: &'a str,
        /// The result.
        words: &'a str,
    },
}

/// A tool call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call<'a> {
    /// The id that the result refers to.
    pub id: &'a str,
    /// The tool's name.
    pub name: &'a str,
    /// The arguments: a JSON object, as text.
    pub arguments: &'a str,
}

/// The tools of a request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tools(Vec<Json>);

impl Tools {
    /// Reads the field `tools` of a request, an array of functions; `None` if it is invalid. The order of keys is kept.
    #[must_use]
    pub fn read(json: &str) -> Option<Self> {
        let Json::List(tools) = Json::read(json)? else { return None };
        let is_function =
            |tool: &Json| tool.get("function").and_then(|it| it.get("name")).and_then(Json::text).is_some();
        tools.iter().all(is_function).then_some(Self(tools))
    }
}

/// The requested format of the answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Format {
    name: String,
    description: Option<String>,
    schema: Json,
}

impl Format {
    /// Reads the field `response_format` of a request; `None` if it is not a JSON schema.
    #[must_use]
    pub fn read(json: &str) -> Option<Self> {
        let format = Json::read(json)?;
        let wanted =
            format.get("json_schema").filter(|_| format.get("type").and_then(Json::text) == Some("json_schema"))?;
        let text = |key| wanted.get(key).and_then(Json::text).map(str::to_owned);
        Some(Self { name: text("name")?, description: text("description"), schema: wanted.get("schema")?.clone() })
    }
}

/// The input of a template.
#[derive(Clone, Copy, Debug, Default)]
pub struct Request<'a> {
    /// The messages, in order.
    pub messages: &'a [Said<'a>],
    /// The tools, if any.
    pub tools: Option<&'a Tools>,
    /// The format, if one is requested.
    pub format: Option<&'a Format>,
}

impl Request<'_> {
    fn tools(&self) -> &[Json] {
        self.tools.map_or(&[], |tools| &tools.0)
    }
}

/// Why the prompt is unknown. Its cost can only be estimated then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unwritten {
    /// There is no template for the family.
    Template,
    /// The template has no place for tools: what the server does with them is unknown.
    Tools,
    /// The template cannot write these calls: too many at once, non-object arguments, or a result without a call.
    Calls,
    /// With tools, the template requires a question first.
    Question,
    /// The request ends with an answer to be continued.
    OpenAnswer,
    /// An earlier answer contains its thought, which the template splits off.
    Thought,
}

/// A piece of a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// A special token: one token, whatever is beside it.
    SpecialToken(&'static str),
    /// Text that is tokenized separately.
    Text(String),
}

/// A request as its template writes it, up to where the model begins to answer. Displaying it gives the prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    pieces: Vec<Piece>,
    proven: bool,
}

impl Prompt {
    const fn new() -> Self {
        Self { pieces: Vec::new(), proven: true }
    }

    /// Returns the pieces, in order; two texts are never adjacent.
    #[must_use]
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Returns the number of special tokens.
    #[must_use]
    pub fn marks(&self) -> u64 {
        self.pieces.iter().filter(|piece| matches!(piece, Piece::SpecialToken(_))).count() as u64
    }

    /// Returns the texts between special tokens. The tokens of the prompt are those of these and [`Prompt::marks`].
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| if let Piece::Text(text) = piece { Some(text.as_str()) } else { None })
    }

    /// Returns whether the vendor's own renderer produced exactly this. If not, it follows the documentation, or one of
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

/// Formats a request as the template of `family` does.
///
/// # Errors
/// Returns why the format is unknown.
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

/// Reads the arguments of a call: empty arguments are an object without keys.
fn arguments(call: &Call<'_>) -> Result<Json, Unwritten> {
    let text = if call.arguments.trim().is_empty() { "{}" } else { call.arguments };
    Json::read(text).filter(Json::is_object).ok_or(Unwritten::Calls)
}

/// Trims white space, which in Python includes four separators that Unicode does not classify as such.
pub(crate) fn strip(words: &str) -> &str {
    words.trim_matches(|it: char| it.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&it))
}
