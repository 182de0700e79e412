//! Why a page got no readable response, if the browser's facts show it. The sentences are here, alongside those of
//! [`crate::failure_text`].

use serde::{Deserialize, Serialize};

use crate::{
    failure::FailureKind,
    failure_text::Cost,
    provider::{Place, Provider},
};

/// What kept a response from the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NetworkCause {
    /// The server redirects to another address. Nothing was sent there.
    Redirect,
    /// The server responds, but does not let this page read it.
    NoCors,
    /// The server lets this page read other responses, but not this one: most likely a rejection.
    HiddenRefusal,
    /// There is no response from the address.
    NobodyThere,
    /// The user has denied this page access to this computer or network.
    LocalNetworkDenied,
    /// The browser asked the user for permission and got no answer.
    LocalNetworkUnanswered,
    /// The page's own policy blocks the address.
    Policy,
}

impl NetworkCause {
    /// Returns the kind of failure.
    #[must_use]
    pub const fn kind(self) -> FailureKind {
        match self {
            Self::NobodyThere => FailureKind::Unreachable,
            _ => FailureKind::Blocked,
        }
    }

    /// Returns what it cost.
    pub(crate) const fn cost(self) -> Cost {
        match self {
            // The server may still have processed it.
            Self::NoCors | Self::HiddenRefusal => Cost::NotKnown,
            _ => Cost::NoTokens,
        }
    }

    /// Describes what happened.
    pub(crate) fn happened(self, provider: &Provider) -> String {
        let name = &provider.name;
        match self {
            Self::Redirect => format!("{name} redirects to another address. Nothing was sent there."),
            Self::NoCors => format!("{name} responds, but does not allow web pages (CORS)."),
            Self::HiddenRefusal => format!("{name} rejected the request and hides the reason from web pages (CORS)."),
            Self::NobodyThere => format!("Nothing responds at {}.", provider.origin()),
            Self::LocalNetworkDenied => "This page is not allowed to reach your local network.".into(),
            Self::LocalNetworkUnanswered => "This page needs permission to reach your local network.".into(),
            Self::Policy => "This page cannot reach that address over http://.".into(),
        }
    }

    /// Describes the next step.
    pub(crate) fn next(self, provider: &Provider) -> String {
        let name = &provider.name;
        let local = provider.place() == Place::Local;
        match self {
            Self::Redirect => format!("Set the base URL of {name} to the address it redirects to."),
            Self::NoCors if local => {
                format!("Allow this page in the settings of {name} (for Ollama: OLLAMA_ORIGINS), then retry.")
            }
            Self::NoCors => format!("Check the base URL of {name}, or use a provider that allows web pages."),
            Self::HiddenRefusal => format!("Check the key and model of {name}, then retry."),
            Self::NobodyThere if local => format!("Start {name}, or check its base URL, then retry."),
            Self::NobodyThere => format!("Check the base URL of {name} and your connection, then retry."),
            Self::LocalNetworkDenied => {
                "Allow local network access for this page in the browser's site settings, then retry.".into()
            }
            Self::LocalNetworkUnanswered => "Retry and choose Allow.".into(),
            Self::Policy => format!("Set the base URL of {name} to http://localhost with the same port."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Failure, Phase, provider::preset};

    const ALL: [NetworkCause; 7] = [
        NetworkCause::Redirect,
        NetworkCause::NoCors,
        NetworkCause::HiddenRefusal,
        NetworkCause::NobodyThere,
        NetworkCause::LocalNetworkDenied,
        NetworkCause::LocalNetworkUnanswered,
        NetworkCause::Policy,
    ];

    #[test]
    fn each_cause_says_what_happened_and_what_to_do_in_sentences_of_its_own() {
        for provider in ["cerebras", "ollama"].map(|id| preset(id).unwrap()) {
            let mut said = Vec::new();
            for cause in ALL {
                let failure = Failure::of_network(cause, Phase::BeforeHeaders);
                assert_eq!(failure.kind, cause.kind());
                let explained = failure.explain(&provider);
                for sentence in [&explained.happened, &explained.next] {
                    assert!(sentence.ends_with('.') && sentence.len() < 140, "{cause:?}: {sentence}");
                }
                said.push(explained.happened);
            }
            said.sort();
            said.dedup();
            assert_eq!(said.len(), ALL.len());
        }
    }

    #[test]
    fn a_kept_failure_remembers_its_cause_and_one_of_an_older_version_has_none() {
        let failure = Failure::of_network(NetworkCause::Redirect, Phase::BeforeHeaders);
        let kept = serde_json::to_string(&failure).unwrap();
        assert_eq!(serde_json::from_str::<Failure>(&kept).unwrap(), failure);
        let old: Failure = serde_json::from_str(r#"{"kind":"blocked","phase":"before-headers"}"#).unwrap();
        assert_eq!(old.cause, None);
    }
}
