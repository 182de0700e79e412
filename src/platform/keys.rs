//! The keys: in memory, and those the user wants kept, in local storage. One of the two places that see a secret; the
//! other is the header of a request, which gets it from here for the key's own origin only.

use headroom_app::KeyMode;
use headroom_domain::{ApiKey, BaseUrl, Origin};

use super::local_store;

/// Before the id of the provider.
const PREFIX: &str = "headroom.key.";

/// All keys of this tab.
pub(super) struct KeyRing(Vec<Kept>);

struct Kept {
    provider: String,
    key: ApiKey,
    mode: KeyMode,
}

impl KeyRing {
    /// The keys that were kept in this browser.
    pub(super) fn from_storage() -> Self {
        let kept = local_store::entries(PREFIX).into_iter().filter_map(|(provider, record)| {
            // The origin stands beside the secret, so that whoever changes the settings cannot move the key elsewhere.
            let (origin, secret) = record.split_once(' ')?;
            let key = ApiKey::new(secret, Origin::parse(origin).ok()?).ok()?;
            Some(Kept { provider, key, mode: KeyMode::Browser })
        });
        Self(kept.collect())
    }

    /// Which keys there are, without the keys.
    pub(super) fn modes(&self) -> Vec<(String, KeyMode)> {
        self.0.iter().map(|kept| (kept.provider.clone(), kept.mode)).collect()
    }

    pub(super) fn keep(&mut self, provider: String, key: ApiKey, mode: KeyMode) {
        let record = match mode {
            KeyMode::Browser => Some(format!("{} {}", key.origin().as_str(), key.expose_for_storage())),
            // A key that was kept and is now for this tab only must not stay behind.
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

    /// The key for a request of this provider to this address; none for any origin but the key's own.
    pub(super) fn key_for(&self, provider: &str, url: &str) -> Option<ApiKey> {
        let kept = self.0.iter().find(|kept| kept.provider == provider)?;
        (kept.key.origin() == BaseUrl::parse(url).ok()?.origin()).then(|| kept.key.clone())
    }
}
