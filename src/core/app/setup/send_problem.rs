//! Why Send is unavailable, or a lane cannot be asked.

use crate::state::State;

/// Why Send is unavailable. Each has a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendProblem {
    /// The draft is empty.
    Empty,
    /// A request is running; in this lane, if others that would be asked are idle.
    Running(Option<usize>),
    /// A request is queued.
    Queued,
    /// No provider is chosen.
    NoProvider,
    /// The provider with this name needs a key.
    NoKey(String),
    /// No model is chosen.
    NoModel,
    /// A parameter is out of range, with the sentence for it.
    Parameter(String),
}

impl std::fmt::Display for SendProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Empty => f.write_str("Write a message first"),
            Self::Running(None) => f.write_str("A response is in progress"),
            Self::Running(Some(lane)) => write!(f, "Lane {} is still answering. Send asks all lanes.", lane + 1),
            Self::Queued => f.write_str("A request is queued"),
            Self::NoProvider => f.write_str("Choose a provider first"),
            Self::NoKey(name) => write!(f, "No key for {name}"),
            Self::NoModel => f.write_str("Choose a model first"),
            Self::Parameter(sentence) => f.write_str(sentence),
        }
    }
}

impl State {
    /// Checks whether a lane could be asked anything.
    ///
    /// # Errors
    /// The first reason it could not, in the order a user would meet them.
    pub fn can_ask(&self, lane: usize) -> Result<(), SendProblem> {
        let provider = self.provider_of(lane).ok_or(SendProblem::NoProvider)?;
        if self.lacks_key(&provider) {
            return Err(SendProblem::NoKey(provider.name));
        }
        let setup = self.settings().lane(lane).ok_or(SendProblem::NoModel)?;
        if setup.model.is_empty() {
            return Err(SendProblem::NoModel);
        }
        match setup.parameters.problems().first() {
            Some(problem) => Err(SendProblem::Parameter(problem.to_string())),
            None => Ok(()),
        }
    }
}
