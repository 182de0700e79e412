//! Tells apart the causes of a request without any response.
//!
//! A browser reports only that a request failed. Further checks show more: whether the device has a network, whether
//! the page may reach this computer, whether the provider's keyless list can be read, and whether anything responds at
//! the address, readable or not.

use headroom_domain::{Dialect, Failure, FailureKind, NetworkCause, Phase};

use crate::classify::SentKey;

/// Whether the browser believes the device has a network (`navigator.onLine`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connectivity {
    /// It does, or does not report it.
    Online,
    /// It does not.
    Offline,
}

/// The result of a request without a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReachabilityCheck {
    /// It was not tried, or there is nothing to request.
    #[default]
    NotTried,
    /// There was a response.
    Answered,
    /// It failed too.
    Failed,
}

/// Whether the page may reach this computer or a private network, in browsers that ask for permission.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LocalPermission {
    /// Granted, not required, or not reported by the browser.
    #[default]
    NotNeeded,
    /// The browser asks, and the user has not answered.
    Unanswered,
    /// Denied.
    Denied,
}

/// The results of the checks after a request failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// Whether the page may reach this computer or network.
    pub permission: LocalPermission,
    /// The result of requesting the provider's keyless model list.
    pub list: ReachabilityCheck,
    /// The result of requesting the address without reading the response (`no-cors`).
    pub server: ReachabilityCheck,
}

/// A request that failed before any response began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NetworkFailure {
    /// Whether there is a network.
    pub connectivity: Connectivity,
    /// The results of the checks.
    pub reach: Reach,
    /// Whether the page has read responses of this server before, which shows that it may.
    pub was_readable: bool,
    /// The dialect of the provider that did not respond.
    pub dialect: Dialect,
    /// Whether the request carried a key.
    pub sent_key: SentKey,
}

impl NetworkFailure {
    /// Returns the failure to report.
    #[must_use]
    pub const fn failure(self) -> Failure {
        let Reach { permission, list, server } = self.reach;
        let cause = match (self.connectivity, permission, list, server) {
            (Connectivity::Offline, ..) => return Failure::new(FailureKind::Offline, Phase::BeforeHeaders),
            (_, LocalPermission::Denied, ..) => NetworkCause::LocalNetworkDenied,
            (_, LocalPermission::Unanswered, ..) => NetworkCause::LocalNetworkUnanswered,
            (_, _, ReachabilityCheck::Answered, _) if self.dialect.traits().hides_only_wrong_keys => {
                let kind = match self.sent_key {
                    SentKey::Yes => FailureKind::WrongKey,
                    SentKey::No => FailureKind::NoKey,
                };
                return Failure::new(kind, Phase::BeforeHeaders);
            }
            (_, _, ReachabilityCheck::Answered, _) => NetworkCause::HiddenRefusal,
            (_, _, _, ReachabilityCheck::Answered) if self.was_readable => NetworkCause::HiddenRefusal,
            (_, _, _, ReachabilityCheck::Answered) => NetworkCause::NoCors,
            (_, _, _, ReachabilityCheck::Failed) => NetworkCause::NobodyThere,
            (_, _, _, ReachabilityCheck::NotTried) => {
                return Failure::new(FailureKind::Unreachable, Phase::BeforeHeaders);
            }
        };
        Failure::of_network(cause, Phase::BeforeHeaders)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: NetworkFailure = NetworkFailure {
        connectivity: Connectivity::Online,
        reach: Reach {
            permission: LocalPermission::NotNeeded,
            list: ReachabilityCheck::NotTried,
            server: ReachabilityCheck::NotTried,
        },
        was_readable: false,
        dialect: Dialect::Generic,
        sent_key: SentKey::Yes,
    };

    fn with(list: ReachabilityCheck, server: ReachabilityCheck) -> Reach {
        Reach { list, server, ..NOTHING.reach }
    }

    #[test]
    fn a_wrong_key_is_told_from_a_dead_network_by_the_keyless_list() {
        let cerebras = NetworkFailure { dialect: Dialect::Cerebras, ..NOTHING };
        let answered = with(ReachabilityCheck::Answered, ReachabilityCheck::NotTried);
        for (silence, kind) in [
            (
                NetworkFailure {
                    connectivity: Connectivity::Offline,
                    reach: with(ReachabilityCheck::Failed, ReachabilityCheck::Failed),
                    ..cerebras
                },
                FailureKind::Offline,
            ),
            (NetworkFailure { reach: answered, ..cerebras }, FailureKind::WrongKey),
            (NetworkFailure { reach: answered, sent_key: SentKey::No, ..cerebras }, FailureKind::NoKey),
            (
                NetworkFailure { reach: with(ReachabilityCheck::Failed, ReachabilityCheck::Failed), ..cerebras },
                FailureKind::Unreachable,
            ),
            (NetworkFailure { dialect: Dialect::OpenRouter, reach: answered, ..NOTHING }, FailureKind::Blocked),
            (NOTHING, FailureKind::Unreachable),
        ] {
            assert_eq!(silence.failure().kind, kind, "{silence:?}");
        }
    }

    #[test]
    fn a_server_that_hides_its_answer_is_told_from_one_that_is_not_there() {
        let hidden = with(ReachabilityCheck::NotTried, ReachabilityCheck::Answered);
        for (silence, cause) in [
            (NetworkFailure { reach: hidden, ..NOTHING }, Some(NetworkCause::NoCors)),
            (NetworkFailure { reach: hidden, was_readable: true, ..NOTHING }, Some(NetworkCause::HiddenRefusal)),
            (
                NetworkFailure { reach: with(ReachabilityCheck::NotTried, ReachabilityCheck::Failed), ..NOTHING },
                Some(NetworkCause::NobodyThere),
            ),
            (
                NetworkFailure {
                    reach: with(ReachabilityCheck::Failed, ReachabilityCheck::Answered),
                    dialect: Dialect::Cerebras,
                    ..NOTHING
                },
                Some(NetworkCause::NoCors),
            ),
            (NetworkFailure { was_readable: true, ..NOTHING }, None),
        ] {
            assert_eq!(silence.failure().cause, cause, "{silence:?}");
        }
    }

    #[test]
    fn a_permission_that_is_missing_is_named_before_anything_else() {
        for (permission, cause) in [
            (LocalPermission::Denied, NetworkCause::LocalNetworkDenied),
            (LocalPermission::Unanswered, NetworkCause::LocalNetworkUnanswered),
        ] {
            let reach = Reach { permission, ..with(ReachabilityCheck::NotTried, ReachabilityCheck::Failed) };
            assert_eq!(NetworkFailure { reach, ..NOTHING }.failure().cause, Some(cause));
        }
    }
}
