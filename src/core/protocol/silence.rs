//! No answer at all: what can still be told apart.
//!
//! A browser says only that a request failed. Two facts help: whether the device has a network, and whether the
//! provider's keyless model list can be fetched.

use headroom_domain::{Dialect, Failure, FailureKind, Phase};

use crate::classify::SentKey;

/// Whether the browser believes the device has a network (`navigator.onLine`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connectivity {
    /// It does, or does not say.
    Online,
    /// It does not.
    Offline,
}

/// What came of fetching the provider's keyless model list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// It was not tried, or the provider has none.
    NotTried,
    /// It answered.
    Answered,
    /// It failed too.
    Failed,
}

/// A request that failed before any answer began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Silence {
    /// Whether there is a network.
    pub connectivity: Connectivity,
    /// What came of the probe.
    pub probe: Probe,
    /// Who did not answer.
    pub dialect: Dialect,
    /// Whether the request carried a key.
    pub sent_key: SentKey,
}

impl Silence {
    /// The failure that it is.
    #[must_use]
    pub const fn failure(self) -> Failure {
        let kind = match (self.connectivity, self.probe, self.dialect) {
            (Connectivity::Offline, ..) => FailureKind::Offline,
            // Cerebras lets pages read its answers, except a 401: with the server there, it is the key.
            (_, Probe::Answered, Dialect::Cerebras) => match self.sent_key {
                SentKey::Yes => FailureKind::WrongKey,
                SentKey::No => FailureKind::NoKey,
            },
            (_, Probe::Answered, _) => FailureKind::Blocked,
            (_, Probe::NotTried | Probe::Failed, _) => FailureKind::Unreachable,
        };
        Failure::new(kind, Phase::BeforeHeaders)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_key_is_told_from_a_dead_network_by_the_keyless_list() {
        use Connectivity::{Offline, Online};
        for (connectivity, probe, dialect, sent_key, kind) in [
            (Offline, Probe::Failed, Dialect::Cerebras, SentKey::Yes, FailureKind::Offline),
            (Online, Probe::Answered, Dialect::Cerebras, SentKey::Yes, FailureKind::WrongKey),
            (Online, Probe::Answered, Dialect::Cerebras, SentKey::No, FailureKind::NoKey),
            (Online, Probe::Failed, Dialect::Cerebras, SentKey::Yes, FailureKind::Unreachable),
            (Online, Probe::Answered, Dialect::OpenRouter, SentKey::Yes, FailureKind::Blocked),
            (Online, Probe::NotTried, Dialect::Generic, SentKey::Yes, FailureKind::Unreachable),
        ] {
            let silence = Silence { connectivity, probe, dialect, sent_key };
            assert_eq!(silence.failure().kind, kind, "{silence:?}");
        }
    }
}
