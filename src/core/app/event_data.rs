//! What events carry.

use std::fmt;

use headroom_domain::Theme;

use crate::{
    chat::Id,
    settings::{KeyMode, Settings},
};

/// Names one request to a provider. What belongs to an older run is ignored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(pub u64);

/// A key as it was pasted, on its way to becoming an [`ApiKey`](headroom_domain::ApiKey). `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretInput(pub String);

impl fmt::Debug for SecretInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pasted(redacted)")
    }
}

/// What was kept from last time in the synchronous storage, and what the tab knows of itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StoredState {
    /// The text that was in the box, empty on a first visit.
    pub draft: String,
    /// The theme that was chosen.
    pub theme: Theme,
    /// The settings; `None` where there are none or they cannot be read.
    pub settings: Option<Settings>,
    /// For which providers there is a key, and where it is kept.
    pub keys: Vec<(String, KeyMode)>,
    /// A random number of this tab, for ids.
    pub tab: u64,
    /// The conversation that was open in this tab before it was reloaded.
    pub chat: Option<Id>,
}

/// A portion of bytes from the network and when it came, in milliseconds since 1970.
#[derive(Clone, Debug, PartialEq)]
pub struct Read {
    /// When it arrived.
    pub at_ms: f64,
    /// What arrived.
    pub bytes: Vec<u8>,
}

/// What is known of the way to a provider when a request breaks off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionError {
    /// The browser thinks that it has a network; it does not say what went wrong.
    Online,
    /// The browser knows that it has none.
    Offline,
    /// The provider is certainly not there: the simulator, whose worker is gone.
    Gone,
    /// The server sends the request on to another address. It was not followed.
    Redirected,
}

/// What can be open over the page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Panel {
    /// Nothing.
    #[default]
    None,
    /// Settings, with the form of the provider with this id; empty for the form of a new provider.
    Settings(String),
}
