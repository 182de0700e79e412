//! The vocabularies that the page may fetch, in `vocab/`, named by their content.
//!
//! The page names one by `<meta name="headroom-vocabulary" content="NAME">`; this step writes the addresses of its pack
//! (`content`) and of its token ids (`data-ids`).

use lol_html::element;

use crate::{
    Problem, digest,
    page::{rewritten, tell_where},
    site::Site,
};

/// The folder of the vocabularies. They are not among the files that make the site work offline: each weighs more than
/// the page, and few visitors need more than one. The service worker keeps those that were fetched.
pub(crate) const FOLDER: &str = "vocab/";

/// Writes the address of each vocabulary that the page names into the page.
pub(crate) fn find(site: &Site, html: &str) -> Result<String, Problem> {
    let files = site.files()?;
    let ids = |vocabulary: &str| find_one(site, &files, vocabulary, "ids");
    let html = tell_where(html, "vocabulary", &|vocabulary| find_one(site, &files, vocabulary, "pack"))?;
    let mut problem = None;
    let html = rewritten(
        &html,
        vec![element!("meta[name=headroom-vocabulary]", |meta| {
            match ids(&meta.get_attribute("data-vocabulary").unwrap_or_default()) {
                Ok(file) => meta.set_attribute("data-ids", &format!("./{file}"))?,
                Err(why) => problem = Some(why),
            }
            Ok(())
        })],
    )?;
    problem.map_or(Ok(html), Err)
}

/// A file is cached permanently under its name, so the name has to change with every byte of it.
fn find_one(site: &Site, files: &[String], vocabulary: &str, kind: &str) -> Result<String, Problem> {
    let (begin, end) = (format!("{FOLDER}{vocabulary}-"), format!(".{kind}"));
    let found: Vec<&String> = files.iter().filter(|file| file.starts_with(&begin) && file.ends_with(&end)).collect();
    let [file] = found.as_slice() else {
        return Err(Problem::Unexpected(format!("there are {} files {begin}…{end}, not one", found.len())));
    };
    let named = format!("{begin}{}{end}", digest::short(&site.bytes(file)?));
    if **file == named { Ok(named) } else { Err(Problem::Unexpected(format!("{file} should be called {named}"))) }
}
