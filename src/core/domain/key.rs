//! The user's key. It lives in one type, which releases it to one origin only.

use std::fmt;

use crate::{mask::KeyMask, origin::Origin, pasted_key::CleanedKey};

/// The longest accepted key, in bytes: servers reject longer headers anyway.
const LONGEST_KEY: usize = 8_192;

/// A secret together with the origin it was entered for.
///
/// There is no `Display` and no `Serialize`, and `Debug` does not show the secret. The two ways to read it are
/// [`authorization_for`](Self::authorization_for) and [`expose_for_storage`](Self::expose_for_storage); a
/// [`mask`](Self::mask) only hides it.
///
/// ```
/// use headroom_domain::{ApiKey, Origin};
///
/// let home = Origin::parse("https://api.cerebras.ai")?;
/// let key = ApiKey::new(" csk-123\n", home.clone())?;
/// assert_eq!(key.authorization_for(&home).map(|value| value.as_str().to_owned()), Some("Bearer csk-123".into()));
/// assert!(key.authorization_for(&Origin::parse("https://evil.example")?).is_none());
/// assert!(!format!("{key:?}").contains("csk-123"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// It cannot be written into anything that is saved or exported:
///
/// ```compile_fail
/// fn needs_serialize<T: serde::Serialize>() {}
/// needs_serialize::<headroom_domain::ApiKey>();
/// ```
///
/// ```compile_fail
/// fn needs_display<T: std::fmt::Display>() {}
/// needs_display::<headroom_domain::ApiKey>();
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey {
    secret: String,
    origin: Origin,
}

/// The value of an `Authorization` header. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Authorization(String);

/// Why a string is not a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyError {
    /// It is only white space.
    Empty,
    /// It contains white space: two things were pasted, or the key was broken over lines.
    Space,
    /// It contains a character that is not allowed in a header.
    Character,
    /// It was copied from a place that shows keys shortened.
    Masked,
    /// It is the name of a variable that holds the key.
    Variable,
    /// Longer than any key.
    TooLong,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "Paste a key first.",
            Self::Space => "This key contains a space or a line break. Copy only the key.",
            Self::Character => "This key contains an invalid character. Copy it again from the provider's page.",
            Self::Masked => "This key is shortened (… or ***). Copy the whole key from the provider's page.",
            Self::Variable => "This is the name of a variable. Paste the key itself.",
            Self::TooLong => "This is too long for a key. Copy only the key.",
        })
    }
}

impl std::error::Error for KeyError {}

impl ApiKey {
    /// Creates a key from pasted text; see [`CleanedKey`] for what is removed.
    ///
    /// # Errors
    /// A [`KeyError`], whose `Display` is the sentence for the user.
    pub fn new(pasted: &str, origin: Origin) -> Result<Self, KeyError> {
        let secret = CleanedKey::of(pasted).key;
        if secret.is_empty() {
            return Err(KeyError::Empty);
        }
        if secret.len() > LONGEST_KEY {
            return Err(KeyError::TooLong);
        }
        if secret.contains(char::is_whitespace) {
            return Err(KeyError::Space);
        }
        if ["...", "…", "***", "•"].iter().any(|mark| secret.contains(mark)) {
            return Err(KeyError::Masked);
        }
        if secret.starts_with('$') {
            return Err(KeyError::Variable);
        }
        if !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(KeyError::Character);
        }
        Ok(Self { secret, origin })
    }

    /// Returns the origin it was entered for.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Returns the header for a request to `origin`. `None` for any other origin than its own.
    #[must_use]
    pub fn authorization_for(&self, origin: &Origin) -> Option<Authorization> {
        (*origin == self.origin).then(|| Authorization(format!("Bearer {}", self.secret)))
    }

    /// Returns the plain secret. **For the storage adapter only.**
    #[must_use]
    pub fn expose_for_storage(&self) -> &str {
        &self.secret
    }

    /// Returns a mask that hides it in server messages: some repeat the key in their errors.
    #[must_use]
    pub fn mask(&self) -> KeyMask {
        KeyMask::of(&self.secret)
    }
}

impl Authorization {
    /// Returns the header's value. **For the code that sends the request only.**
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKey").field("origin", &self.origin).finish_non_exhaustive()
    }
}

impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authorization(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn home() -> Origin {
        Origin::parse("https://api.cerebras.ai/v1").unwrap()
    }

    #[test]
    fn what_comes_along_when_pasting_is_dropped() {
        for pasted in
            ["csk-1", " csk-1 ", "\u{feff}csk-1\r\n", "\u{200b}csk-1\u{200b}", "Bearer csk-1", "\tBearer  csk-1"]
        {
            assert_eq!(ApiKey::new(pasted, home()).unwrap().expose_for_storage(), "csk-1", "{pasted:?}");
        }
    }

    #[test]
    fn what_cannot_be_a_key_is_refused_with_its_reason() {
        for (pasted, error) in [
            ("", KeyError::Empty),
            (" \n\u{feff}", KeyError::Empty),
            ("csk-1 csk-2", KeyError::Space),
            ("csk-1\ncsk-2", KeyError::Space),
            ("csk-\u{0}1", KeyError::Character),
            ("csk-\u{7f}1", KeyError::Character),
            ("csk-é", KeyError::Character),
            ("сsk-1", KeyError::Character),
        ] {
            assert_eq!(ApiKey::new(pasted, home()).unwrap_err(), error, "{pasted:?}");
        }
        assert_eq!(ApiKey::new(&"k".repeat(9_000), home()), Err(KeyError::TooLong));
    }

    #[test]
    fn the_secret_goes_to_its_own_origin_only() {
        let key = ApiKey::new("csk-123456", home()).unwrap();
        assert_eq!(key.authorization_for(&home()).unwrap().as_str(), "Bearer csk-123456");
        for other in [
            "https://api.cerebras.ai:8443",
            "https://cerebras.ai",
            "https://api.cerebras.ai.evil.example",
            "http://localhost",
        ] {
            assert_eq!(key.authorization_for(&Origin::parse(other).unwrap()), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn debug_never_shows_the_secret(secret in "sk-[A-Za-z0-9_/+-]{8,40}") {
            let key = ApiKey::new(&secret, home()).unwrap();
            let shown = format!("{key:?}");
            prop_assert!(!shown.contains(&secret));
            let header = key.authorization_for(&home()).unwrap();
            let shown = format!("{header:?}");
            prop_assert!(!shown.contains(&secret));
        }
    }
}
