//! The vocabularies that the page may fetch, in `vocab/`, named by their content.
//!
//! The page names one by `<meta name="headroom-vocabulary" content="NAME">` and learns here where it is.

use std::{cell::RefCell, rc::Rc};

use lol_html::element;

use crate::{Problem, digest, page::rewritten, site::Site};

/// The folder of the vocabularies. They are no part of what makes the site work offline: each weighs more than the page,
/// and few visitors need more than one. The service worker keeps those that were fetched.
pub(crate) const FOLDER: &str = "vocab/";

/// Tells the page where each vocabulary is that it names.
pub(crate) fn find(site: &Site, html: &str) -> Result<String, Problem> {
    let files = site.files()?;
    let problem = Rc::new(RefCell::new(None));
    let html = rewritten(
        html,
        vec![element!("meta[name=headroom-vocabulary]", |meta| {
            let vocabulary = meta.get_attribute("content").unwrap_or_default();
            match find_one(site, &files, &vocabulary) {
                Ok(file) => {
                    meta.set_attribute("data-vocabulary", &vocabulary)?;
                    meta.set_attribute("content", &format!("./{file}"))?;
                }
                Err(why) => *problem.borrow_mut() = Some(why),
            }
            Ok(())
        })],
    )?;
    match problem.take() {
        Some(why) => Err(why),
        None => Ok(html),
    }
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
