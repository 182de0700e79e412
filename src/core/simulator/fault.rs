//! Faults and other directives for the simulator, given in the prompt or in the model's name.

use crate::profile::WindowKind;

/// Every fault: name, what it does, and what its number means.
///
/// How to request faults and other behavior from the simulator:
///
/// In the last user message, anywhere, any number of times:
///
/// | directive | effect |
/// |---|---|
/// | `[[sim:fault=NAME]]` | the fault of this name |
/// | `[[sim:fault=NAME:N]]` | with a number: tokens before it occurs, milliseconds or seconds, as the table says |
/// | `[[sim:fault=NAME*TIMES]]` | only the first `TIMES` requests with exactly this fault; then none (for retries) |
/// | `[[sim:tokens=N]]` | a response of exactly N tokens without reasoning, N ≤ 32,768 |
/// | `[[sim:speed=N]]` | N tokens per second |
/// | `[[sim:ttft=MS]]` | the first token after MS milliseconds |
/// | `[[sim:reply=NAME]]` | the scripted reply of this name |
/// | `[[sim:eol=crlf]]` | event lines end in CRLF; `cr` and `lf` likewise |
///
/// As a model name: `fault/NAME`, `fault/NAME:N`, `fault/NAME*TIMES`; it has the limits of the profile's first model.
pub const FAULTS: &[(&str, &str)] = &[
    ("wrong-key", "401; from Cerebras without a CORS header, so a page sees a network failure"),
    ("no-key", "403, as when the Authorization header is missing"),
    ("402", "the trial is not activated or the credit is gone"),
    ("403", "forbidden"),
    ("404", "the model is not found"),
    ("400", "a field is refused"),
    ("context", "400: the prompt is longer than the context window"),
    ("413", "the body is too large"),
    ("429-requests-minute", "429 of that window; N is the seconds to wait, 2 if not given"),
    ("429-requests-hour", "the same by the hour"),
    ("429-requests-day", "the same by the day"),
    ("429-tokens-minute", "the same in tokens; `429-minute` is another name for it"),
    ("429-tokens-hour", "the same by the hour; also `429-hour`"),
    ("429-tokens-day", "the same by the day; also `429-day`"),
    ("500", "server error; also 502, 503, 504"),
    ("empty", "500 with an empty body"),
    ("html", "403 with the HTML page of a bot challenge"),
    ("json-200", "status 200 with a JSON error in place of the stream"),
    ("cut", "the connection breaks after N tokens, 20 if not given"),
    ("garbage", "an event that is not JSON after N tokens, 20 if not given; the stream goes on"),
    ("stall", "nothing more after N tokens, 20 if not given; the connection stays open"),
    ("slow", "the first token after N milliseconds, 20,000 if not given"),
    ("one-read", "the whole answer at once, at the time of its last token"),
    ("stream-error", "an error event after N tokens, 20 if not given; the stream ends"),
    (
        "stream-429",
        "status 200, and a refusal by a rate limit in place of the first token; N is the seconds to wait, 2 if not given",
    ),
    ("no-done", "the stream ends without `[DONE]`"),
    ("no-finish", "the stream ends after its last token: no finish reason, no usage, no `[DONE]`"),
];

/// A fault to inject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    WrongKey,
    NoKey,
    Payment,
    Forbidden,
    NotFound,
    BadRequest,
    Context,
    TooLarge,
    RateLimited { kind: WindowKind, seconds: u64 },
    Server(u16),
    Empty,
    Html,
    JsonOk,
    Stream(StreamFault),
}

/// A fault to inject while streaming.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StreamFault {
    Cut { tokens: u64 },
    Garbage { tokens: u64 },
    Stall { tokens: u64 },
    Slow { ms: u64 },
    OneRead,
    Error { tokens: u64 },
    Limited { seconds: u64 },
    NoDone,
    NoFinish,
}

/// The line ending of events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum LineEnd {
    #[default]
    Lf,
    CrLf,
    Cr,
}

impl LineEnd {
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Lf => "\n",
            Self::CrLf => "\r\n",
            Self::Cr => "\r",
        }
    }
}

/// A fault and how often it occurs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ScriptedFault {
    pub(crate) fault: Fault,
    /// Only the first requests, this many; `None` means all.
    pub(crate) times: Option<u32>,
    /// The directive as written; occurrences are counted by it.
    pub(crate) text: String,
}

/// All directives of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Orders {
    pub(crate) fault: Option<ScriptedFault>,
    pub(crate) tokens: Option<u64>,
    pub(crate) speed: Option<u32>,
    pub(crate) ttft_ms: Option<u64>,
    pub(crate) reply: Option<String>,
    pub(crate) line_end: LineEnd,
}

/// The longest document that can be requested, in tokens.
pub(crate) const MOST_TOKENS: u64 = 32_768;

const FAULT_MODEL: &str = "fault/";

impl Orders {
    /// Parses the directives; ignores invalid ones.
    pub(crate) fn of(model: &str, prompt: &str) -> Self {
        let mut orders =
            Self { fault: model.strip_prefix(FAULT_MODEL).and_then(ScriptedFault::read), ..Self::default() };
        let directives = prompt.split("[[sim:").skip(1);
        for (name, value) in directives.filter_map(|rest| rest.split_once("]]")?.0.split_once('=')) {
            let number = value.parse::<u64>().ok();
            match name {
                "fault" => orders.fault = ScriptedFault::read(value).or(orders.fault),
                "tokens" => orders.tokens = number.map(|tokens| tokens.min(MOST_TOKENS)),
                "speed" => orders.speed = value.parse().ok().filter(|speed| *speed > 0),
                // A day is longer than any real wait, and adding it to a timestamp cannot overflow.
                "ttft" => orders.ttft_ms = number.map(|ms| ms.min(86_400_000)),
                "reply" => orders.reply = Some(value.to_owned()),
                "eol" => {
                    orders.line_end = match value {
                        "crlf" => LineEnd::CrLf,
                        "cr" => LineEnd::Cr,
                        _ => LineEnd::Lf,
                    }
                }
                _ => {}
            }
        }
        orders
    }
}

impl ScriptedFault {
    fn read(text: &str) -> Option<Self> {
        let (rest, times) = match text.split_once('*') {
            Some((rest, times)) => (rest, Some(times.parse().ok()?)),
            None => (text, None),
        };
        let (name, number) = match rest.split_once(':') {
            Some((name, number)) => (name, Some(number.parse().ok()?)),
            None => (rest, None),
        };
        Some(Self { fault: Fault::named(name, number)?, times, text: text.to_owned() })
    }
}

impl Fault {
    fn named(name: &str, number: Option<u64>) -> Option<Self> {
        if let Some(window) = name.strip_prefix("429-") {
            let kind = WindowKind::ALL.into_iter().find(|kind| kind.name() == window).or(match window {
                "minute" => Some(WindowKind::TokensMinute),
                "hour" => Some(WindowKind::TokensHour),
                "day" => Some(WindowKind::TokensDay),
                _ => None,
            })?;
            let seconds = number.unwrap_or(2).min(86_400);
            return Some(Self::RateLimited { kind, seconds });
        }
        let tokens = number.unwrap_or(20);
        Some(match name {
            "wrong-key" => Self::WrongKey,
            "no-key" => Self::NoKey,
            "402" => Self::Payment,
            "403" => Self::Forbidden,
            "404" => Self::NotFound,
            "400" => Self::BadRequest,
            "context" => Self::Context,
            "413" => Self::TooLarge,
            "500" => Self::Server(500),
            "502" => Self::Server(502),
            "503" => Self::Server(503),
            "504" => Self::Server(504),
            "empty" => Self::Empty,
            "html" => Self::Html,
            "json-200" => Self::JsonOk,
            "cut" => Self::Stream(StreamFault::Cut { tokens }),
            "garbage" => Self::Stream(StreamFault::Garbage { tokens }),
            "stall" => Self::Stream(StreamFault::Stall { tokens }),
            "slow" => Self::Stream(StreamFault::Slow { ms: number.unwrap_or(20_000).min(86_400_000) }),
            "one-read" => Self::Stream(StreamFault::OneRead),
            "stream-error" => Self::Stream(StreamFault::Error { tokens }),
            "stream-429" => Self::Stream(StreamFault::Limited { seconds: number.unwrap_or(2).min(86_400) }),
            "no-done" => Self::Stream(StreamFault::NoDone),
            "no-finish" => Self::Stream(StreamFault::NoFinish),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_fault_of_the_table_can_be_ordered() {
        for (name, _) in FAULTS {
            let orders = Orders::of("m", &format!("please [[sim:fault={name}]]"));
            assert!(orders.fault.is_some(), "{name}");
            assert!(Orders::of(&format!("fault/{name}"), "").fault.is_some(), "{name}");
        }
    }

    #[test]
    fn directives_are_read_wherever_they_stand() {
        let prompt = "a [[sim:fault=cut:7*2]] b [[sim:tokens=99999999]][[sim:speed=50]] [[sim:eol=crlf]] [[sim:ttft=5";
        let orders = Orders::of("m", prompt);
        let fault = orders.fault.unwrap();
        assert_eq!(fault.fault, Fault::Stream(StreamFault::Cut { tokens: 7 }));
        assert_eq!(fault.times, Some(2));
        assert_eq!((orders.tokens, orders.speed), (Some(MOST_TOKENS), Some(50)));
        assert_eq!((orders.line_end, orders.ttft_ms), (LineEnd::CrLf, None));
    }

    #[test]
    fn what_is_not_understood_is_no_order() {
        for prompt in ["", "[[sim:", "[[sim:fault=nonsense]]", "[[sim:speed=0]]", "[[sim:tokens=-1]]", "[[sim]]"] {
            assert_eq!(Orders::of("gpt-oss-120b", prompt), Orders::default(), "{prompt}");
        }
    }

    proptest! {
        #[test]
        fn no_prompt_makes_it_panic(prompt in "(\\[\\[sim:|\\]\\]|=|fault|tokens|:|\\*|9|cut|\\PC)*") {
            let _ = Orders::of(&prompt, &prompt);
        }
    }
}
