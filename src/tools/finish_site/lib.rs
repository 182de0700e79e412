//! Turns Trunk's output into the site that is hosted.
//!
//! Trunk hashes the page's own script and wasm, but not those of other modules; it links one stylesheet per file; it
//! knows nothing of a content security policy or a service worker. [`finish`] does the rest, once, after every build:
//!
//! 1. the files of `public/` move to the root of the site;
//! 2. the stylesheets become two, without comments, named by their hash: one the page begins with, and one for later;
//! 3. the parts that the page's wasm does not need at first become a separate file;
//! 4. each other module's script and wasm are named by their hash, with a loader that joins them;
//! 5. the page gets the addresses of the vocabularies it names, each named by its hash;
//! 6. the page gets its policy, with the hash of each inline script;
//! 7. the service worker gets the list of files that make the site work offline;
//! 8. everything the page refers to is looked up, and every integrity hash is checked against the file;
//!    hashes that browsers ignore with a warning are then removed.
//!
//! The same input gives the same bytes. Anything unexpected is an error: a site that is almost right is not published.

mod digest;
mod error;
mod modules;
mod page;
mod parts;
mod policy;
mod precache;
mod site;
mod style;
mod vocabularies;

use std::path::Path;

pub use error::Problem;
pub use policy::policy;
use site::Site;

/// Finishes the site in the folder `root`. `compiled` is the page's wasm as the compiler left it; without it, the page
/// is not split.
///
/// # Errors
/// Names the file that is missing, unreadable or not as expected. The folder may then be half finished: build it again.
pub fn finish(root: &Path, compiled: Option<&Path>) -> Result<(), Problem> {
    let site = Site::at(root);
    site.lift("public")?;
    let html = site.read("index.html")?;
    let html = page::join_stylesheets(&site, &html)?;
    let html = match compiled {
        Some(compiled) => parts::split(&site, &html, compiled)?,
        None => html,
    };
    let html = modules::name_by_content(&site, &html)?;
    let html = vocabularies::find(&site, &html)?;
    let html = policy::seal(&html)?;
    page::check(&site, &html)?;
    let html = page::without_ignored_hashes(&html)?;
    site.write("index.html", &html)?;
    precache::fill(&site)
}

#[cfg(test)]
mod tests;
