//! The data of events.

use std::fmt;

use headroom_domain::Theme;

use crate::{
    conversation::chat::Id,
    setup::{saved_settings::StoredSettings, settings::KeyMode},
};

/// Identifies a request to a provider. Events of older runs are ignored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(pub u64);

/// A pasted key before it becomes an [`ApiKey`](headroom_domain::ApiKey). `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretInput(pub String);

impl fmt::Debug for SecretInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretInput(redacted)")
    }
}

/// The state from synchronous storage, and what the tab knows about itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StoredState {
    /// The draft, empty on a first visit.
    pub draft: String,
    /// The chosen theme.
    pub theme: Theme,
    /// The settings.
    pub settings: StoredSettings,
    /// Which providers have a key, and where it is kept.
    pub keys: Vec<(String, KeyMode)>,
    /// A random number identifying this tab, for ids.
    pub tab: u64,
    /// The conversation that was open in this tab before a reload.
    pub chat: Option<Id>,
    /// When Send was pressed before the page was loaded, if it was.
    pub sends_at: Option<f64>,
}

/// A chunk of bytes from the network.
#[derive(Clone, Debug, PartialEq)]
pub struct Read {
    /// When it arrived, in milliseconds since 1970.
    pub at_ms: f64,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// What is known about the connection to a provider when a request fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionError {
    /// The browser believes it has a network; the cause is unknown.
    Online,
    /// The browser knows it has no network.
    Offline,
    /// The provider is certainly gone: the simulator, whose worker was lost.
    Gone,
    /// The server redirects to another address. The redirect was not followed.
    Redirected,
}

/// The panel open over the page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Panel {
    /// Nothing.
    #[default]
    None,
    /// Settings, with the form of the provider with this id; empty for the form of a new provider.
    Settings(String),
}
