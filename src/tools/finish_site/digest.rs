//! Hashes, in the two forms the site needs.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256, Sha384};

/// The short name of some content, for file names: 64 bits of its SHA-256, in hexadecimal.
pub(crate) fn short(content: &[u8]) -> String {
    Sha256::digest(content).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// `sha256-…` as a content security policy writes it.
pub(crate) fn csp_source(script: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(script.as_bytes())))
}

/// `sha384-…` as the `integrity` attribute writes it.
pub(crate) fn integrity(content: &[u8]) -> String {
    format!("sha384-{}", STANDARD.encode(Sha384::digest(content)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_agree_with_published_test_vectors() {
        // FIPS 180: the digests of "abc".
        assert_eq!(short(b"abc"), "ba7816bf8f01cfea");
        assert_eq!(csp_source("abc"), "'sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0='");
        assert!(integrity(b"abc").starts_with("sha384-ywB1P0WjXou1oD1p"));
    }
}
