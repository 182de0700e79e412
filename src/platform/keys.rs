//! The keys: in memory, and in local storage if the user wants them kept. One of only two places that see a secret; the
//! other is the request header, which gets it from here only for the key's own origin.

use headroom_app::KeyMode;
use headroom_domain::{ApiKey, BaseUrl, Origin};

use super::local_store;

/// The prefix before the provider's id.
const PREFIX: &str = "headroom.key.";

/// All keys of this tab.
pub(super) struct KeyRing(Vec<Kept>);

struct Kept {
    provider: String,
    key: ApiKey,
    mode: KeyMode,
}

impl KeyRing {
    /// Loads the keys stored in this browser.
    pub(super) fn from_storage() -> Self {
        let kept = local_store::entries(PREFIX).into_iter().filter_map(|(provider, record)| {
            // The origin is stored next to the secret, so that changed settings cannot send the key elsewhere.
            let (origin, secret) = record.split_once(' ')?;
            let key = ApiKey::new(secret, Origin::parse(origin).ok()?).ok()?;
            Some(Kept { provider, key, mode: KeyMode::Browser })
        });
        Self(kept.collect())
    }

    /// Returns which keys exist, without the keys.
    pub(super) fn modes(&self) -> Vec<(String, KeyMode)> {
        self.0.iter().map(|kept| (kept.provider.clone(), kept.mode)).collect()
    }

    pub(super) fn keep(&mut self, provider: String, key: ApiKey, mode: KeyMode) {
        let record = match mode {
            KeyMode::Browser => Some(format!("{} {}", key.origin().as_str(), key.expose_for_storage())),
            // A stored key that is now for this tab only must not stay in storage.
            KeyMode::Tab => None,
        };
        local_store::write(&format!("{PREFIX}{provider}"), record.as_deref());
        self.drop_key(&provider);
        self.0.push(Kept { provider, key, mode });
    }

    pub(super) fn forget(&mut self, provider: &str) {
        local_store::write(&format!("{PREFIX}{provider}"), None);
        self.drop_key(provider);
    }

    fn drop_key(&mut self, provider: &str) {
        self.0.retain(|kept| kept.provider != provider);
    }

    /// Returns the key for a request of this provider to this address. `None` for any origin except the key's own.
    pub(super) fn key_for(&self, provider: &str, url: &str) -> Option<ApiKey> {
        let kept = self.0.iter().find(|kept| kept.provider == provider)?;
        (kept.key.origin() == BaseUrl::parse(url).ok()?.origin()).then(|| kept.key.clone())
    }
}
