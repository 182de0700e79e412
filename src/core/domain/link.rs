//! Addresses that may become links.

/// Returns the address if it may be a link: the web only. Saved or received addresses may have any scheme.
#[must_use]
pub fn web_link(address: &str) -> Option<&str> {
    let address = address.trim();
    let starts = |scheme: &str| address.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    let is_web = starts("https://") || starts("http://");
    // Browsers drop control characters from an address, so one with them is misleading.
    (is_web && !address.contains(|c: char| c.is_control() || c.is_whitespace())).then_some(address)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_the_web_becomes_a_link() {
        for address in
            ["https://x.example/keys?a=b#c", "http://localhost:1/", "HTTPS://x.example", " https://x.example "]
        {
            assert_eq!(web_link(address), Some(address.trim()));
        }
        for address in [
            "javascript:alert(1)",
            "JavaScript://https://x",
            "data:text/html,x",
            "file:///etc",
            "blob:https://x",
            "ftp://x",
            "//x",
            "x.example",
            "",
            "https:",
            "java\nscript:x",
            "https://x\u{0}.example",
            "vbscript:x",
        ] {
            assert_eq!(web_link(address), None, "{address:?}");
        }
    }

    proptest! {
        #[test]
        fn a_link_begins_with_the_scheme_of_the_web(address in "\\PC{0,30}|(https?|javascript):(//)?\\PC{0,10}") {
            if let Some(link) = web_link(&address) {
                prop_assert!(link.to_ascii_lowercase().starts_with("http"));
            }
        }
    }
}
