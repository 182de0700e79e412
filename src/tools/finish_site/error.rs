//! Errors, in words for the person who builds the site.

use std::{fmt, io};

/// Why the site could not be finished.
#[derive(Debug)]
pub enum Problem {
    /// A file could not be read, written or moved.
    File {
        /// The file, relative to the site.
        name: String,
        /// The system's error.
        cause: io::Error,
    },
    /// The page is not HTML that the rewriter can parse.
    Html(String),
    /// Something that every page of ours has is missing, or occurs twice.
    Unexpected(String),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { name, cause } => write!(f, "{name}: {cause}"),
            Self::Html(what) => write!(f, "index.html cannot be rewritten: {what}"),
            Self::Unexpected(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for Problem {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::File { cause, .. } => Some(cause),
            _ => None,
        }
    }
}
