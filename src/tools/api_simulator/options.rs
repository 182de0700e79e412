//! The command line.

use std::{error::Error, fmt};

use headroom_simulator::{Config, DefaultOutputReserve, Profile, RateHeaders, Refund, Shape};

/// The key that is accepted if none is named.
pub const DEFAULT_KEY: &str = "sk-simulated";

/// The help text.
pub const USAGE: &str = "\
api_simulator [OPTION…]
  --port N                 the port on 127.0.0.1, 0 for a free one (8090)
  --shape NAME             cerebras, groq, openrouter, llamacpp (cerebras)
  --profile NAME           cerebras-trial, cerebras-guide, cerebras-developer, groq-free,
                           openrouter-free, unlimited (by the shape)
  --key KEY                a key that is let in; may be repeated (sk-simulated)
  --tokens-per-second N    speed of every model (the models' own)
  --ttft-ms N              time to the first token (the models' own)
  --seed N                 where all chance comes from (1)
  --expose-headers         let pages read the rate headers
  --no-rate-headers        send no rate headers
  --refund RULE            actual or never (the profile's)
  --uncapped RULE          remainder, guess, or a number of tokens (the profile's)
Faults are ordered in the prompt, as [[sim:fault=NAME]], or as the model fault/NAME; --faults lists them.";

/// The parsed command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The port; 0 for a free one.
    pub port: u16,
    /// The simulator.
    pub config: Config,
}

/// An error in a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OptionError {
    /// Not an option.
    Unknown(String),
    /// The option comes last but needs a value.
    NoValue(String),
    /// The option's value is invalid.
    BadValue(String, String),
}

impl fmt::Display for OptionError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(option) => write!(out, "{option} is not an option"),
            Self::NoValue(option) => write!(out, "{option} wants a value"),
            Self::BadValue(option, value) => write!(out, "{option} does not take {value}"),
        }
    }
}

impl Error for OptionError {}

impl Options {
    /// Parses the words after the command's name.
    ///
    /// # Errors
    /// If a word is not understood.
    pub fn read(words: impl IntoIterator<Item = String>) -> Result<Self, OptionError> {
        let mut port = 8090;
        let mut shape = Shape::Cerebras;
        let (mut profile, mut refund, mut uncapped) = (None, None, None);
        let (mut tokens_per_second, mut ttft_ms) = (None, None);
        let mut keys = Vec::new();
        let mut seed = 1;
        let mut rate_headers = RateHeaders::Unexposed;
        let mut words = words.into_iter();
        while let Some(option) = words.next() {
            match option.as_str() {
                "--expose-headers" => {
                    rate_headers = RateHeaders::Exposed;
                    continue;
                }
                "--no-rate-headers" => {
                    rate_headers = RateHeaders::Absent;
                    continue;
                }
                _ if !option.starts_with("--") => return Err(OptionError::Unknown(option)),
                _ => {}
            }
            let Some(value) = words.next() else {
                return Err(OptionError::NoValue(option));
            };
            let bad = || OptionError::BadValue(option.clone(), value.clone());
            match option.as_str() {
                "--port" => port = value.parse().ok().ok_or_else(bad)?,
                "--shape" => shape = Shape::named(&value).ok_or_else(bad)?,
                "--profile" => profile = Some(Profile::named(&value).ok_or_else(bad)?),
                "--key" => keys.push(value),
                "--tokens-per-second" => {
                    tokens_per_second = Some(value.parse().ok().filter(|speed| *speed > 0).ok_or_else(bad)?);
                }
                "--ttft-ms" => ttft_ms = Some(value.parse().ok().ok_or_else(bad)?),
                "--seed" => seed = value.parse().ok().ok_or_else(bad)?,
                "--refund" => {
                    refund = Some(match value.as_str() {
                        "actual" => Refund::ToActual,
                        "never" => Refund::Never,
                        _ => return Err(bad()),
                    });
                }
                "--uncapped" => {
                    uncapped = Some(match value.as_str() {
                        "remainder" => DefaultOutputReserve::ContextRemainder,
                        "guess" => DefaultOutputReserve::Guess,
                        number => DefaultOutputReserve::Fixed(number.parse().ok().ok_or_else(bad)?),
                    });
                }
                _ => return Err(OptionError::Unknown(option)),
            }
        }
        if keys.is_empty() {
            keys.push(DEFAULT_KEY.into());
        }
        let mut profile = match profile {
            Some(profile) => profile,
            None => usual_profile(shape),
        };
        profile.refund = refund.unwrap_or(profile.refund);
        profile.uncapped = uncapped.unwrap_or(profile.uncapped);
        Ok(Self { port, config: Config { shape, profile, keys, seed, tokens_per_second, ttft_ms, rate_headers } })
    }
}

fn usual_profile(shape: Shape) -> Profile {
    let usual = match shape {
        Shape::Cerebras => "cerebras-trial",
        Shape::Groq => "groq-free",
        Shape::OpenRouter => "openrouter-free",
        Shape::LlamaCpp => "unlimited",
    };
    let mut all = Profile::all();
    let place = all.iter().position(|profile| profile.id == usual).unwrap_or(0);
    all.swap_remove(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Options, OptionError> {
        Options::read(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn without_options_it_is_the_trial_with_the_default_key() {
        let options = read("").unwrap();
        assert_eq!(options.port, 8090);
        assert_eq!(options.config.keys, [DEFAULT_KEY]);
        assert_eq!(options.config.profile.id, "cerebras-trial");
        assert_eq!(options.config.rate_headers, RateHeaders::Unexposed);
    }

    #[test]
    fn every_option_does_what_it_says() {
        let line = "--port 0 --shape groq --profile unlimited --key a --key b --tokens-per-second 5 --ttft-ms 7 \
                    --seed 9 --expose-headers --refund never --uncapped 16384";
        let options = read(line).unwrap();
        let config = &options.config;
        assert_eq!((options.port, config.shape, config.seed), (0, Shape::Groq, 9));
        assert_eq!(config.keys, ["a", "b"]);
        assert_eq!((config.tokens_per_second, config.ttft_ms), (Some(5), Some(7)));
        assert_eq!(config.rate_headers, RateHeaders::Exposed);
        assert_eq!(config.profile.refund, Refund::Never);
        assert_eq!(config.profile.uncapped, DefaultOutputReserve::Fixed(16_384));
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for (line, error) in [
            ("--nonsense 1", OptionError::Unknown("--nonsense".into())),
            ("8090", OptionError::Unknown("8090".into())),
            ("--port", OptionError::NoValue("--port".into())),
            ("--port x", OptionError::BadValue("--port".into(), "x".into())),
            ("--tokens-per-second 0", OptionError::BadValue("--tokens-per-second".into(), "0".into())),
            ("--profile gold", OptionError::BadValue("--profile".into(), "gold".into())),
        ] {
            assert_eq!(read(line), Err(error), "{line}");
        }
    }

    #[test]
    fn the_usage_names_every_profile_and_shape() {
        for profile in Profile::all() {
            assert!(USAGE.contains(&profile.id), "{}", profile.id);
        }
        for shape in Shape::ALL {
            assert!(USAGE.contains(shape.name()), "{shape:?}");
        }
    }
}
