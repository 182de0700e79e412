//! The vocabularies that the page may fetch, in `vocab/`, named by their content.
//!
//! The page names one by `<meta name="headroom-vocabulary" content="NAME">` and learns here where it is.

use crate::{Problem, digest, page::tell_where, site::Site};

/// The folder of the vocabularies. They are no part of what makes the site work offline: each weighs more than the page,
/// and few visitors need more than one. The service worker keeps those that were fetched.
pub(crate) const FOLDER: &str = "vocab/";

/// Tells the page where each vocabulary is that it names.
pub(crate) fn find(site: &Site, html: &str) -> Result<String, Problem> {
    let files = site.files()?;
    tell_where(html, "vocabulary", &|vocabulary| find_one(site, &files, vocabulary))
}

/// A vocabulary is kept for good under its name, so the name has to change with every byte of it.
fn find_one(site: &Site, files: &[String], vocabulary: &str) -> Result<String, Problem> {
    let begin = format!("{FOLDER}{vocabulary}-");
    let found: Vec<&String> = files.iter().filter(|file| file.starts_with(&begin) && file.ends_with(".pack")).collect();
    let [file] = found.as_slice() else {
        return Err(Problem::Unexpected(format!("there are {} files {begin}….pack, not one", found.len())));
    };
    let named = format!("{begin}{}.pack", digest::short(&site.bytes(file)?));
    if **file == named { Ok(named) } else { Err(Problem::Unexpected(format!("{file} should be called {named}"))) }
}
