//! The list of files that make the site work offline.

use crate::{Problem, digest, site::Site, vocabularies};

/// The service worker's file, at the root of the site so that its scope covers all of it.
const SERVICE_WORKER: &str = "sw.js";
/// The placeholders for the version and the list in the service worker's source.
const VERSION: &str = "\"{version}\"";
const FILES: &str = "[\"{files}\"]";

/// Writes the list, and a version that changes with any byte of the site, into the service worker.
pub(crate) fn fill(site: &Site) -> Result<(), Problem> {
    let worker = site.read(SERVICE_WORKER)?;
    if worker.matches(VERSION).count() != 1 || worker.matches(FILES).count() != 1 {
        return Err(Problem::Unexpected(format!("{SERVICE_WORKER} needs {VERSION} and {FILES} once each")));
    }
    let here = |name: &String| name != SERVICE_WORKER && !name.starts_with(vocabularies::FOLDER);
    let names: Vec<String> = site.files()?.into_iter().filter(here).collect();
    let mut everything = Vec::new();
    for name in &names {
        everything.extend_from_slice(name.as_bytes());
        everything.extend_from_slice(digest::short(&site.bytes(name)?).as_bytes());
    }
    everything.extend_from_slice(worker.as_bytes());
    // The page is requested by the folder's own address.
    let addresses: Vec<String> =
        names.iter().map(|name| if name == "index.html" { "./".to_owned() } else { format!("./{name}") }).collect();
    let list = serde_json::Value::from(addresses).to_string();
    let version = serde_json::Value::from(digest::short(&everything)).to_string();
    site.write(SERVICE_WORKER, &worker.replace(VERSION, &version).replace(FILES, &list))
}
