//! Requirements on the built files, checked without a browser.

use std::{collections::BTreeSet, fs};

use headroom_e2e::site::dist;

/// The maximum bytes of brotli (quality 11, what a static host serves) before the message box takes input.
const MOST_TO_TYPE: usize = 15 * 1024;
/// The maximum before the first request is sent, with its verdict and gauges: page, styles and storage.
const MOST_TO_SEND: usize = 450 * 1024;

pub fn the_page_is_small_before_it_takes_input() {
    let is_painted = |name: &String| name == "index.html" || name.starts_with("style-");
    within(MOST_TO_TYPE, needed_to_send().into_iter().filter(is_painted));
}

pub fn the_page_is_small_before_it_sends() {
    within(MOST_TO_SEND, needed_to_send().into_iter());
}

fn within(most: usize, names: impl Iterator<Item = String>) {
    let (mut sum, mut table) = (0, String::new());
    for name in names {
        let size = brotli_size(&fs::read(dist().join(&name)).unwrap());
        table.push_str(&format!("{size:>8}  {name}\n"));
        sum += size;
    }
    assert!(sum > 0 && sum <= most, "{sum} bytes of brotli, more than {most}:\n{table}");
}

/// The maximum bytes of brotli needed to count in one vocabulary: the worker and the largest pack.
const MOST_TO_COUNT: usize = 500 * 1024;

pub fn counting_to_the_token_is_small() {
    let size = |name: &std::path::Path| brotli_size(&fs::read(name).unwrap());
    let files = |folder: std::path::PathBuf| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let is_worker = |path: &std::path::PathBuf| {
        path.file_name().is_some_and(|name| name.display().to_string().starts_with("token_worker"))
    };
    let worker: usize = files(dist()).filter(is_worker).map(|path| size(&path)).sum();
    let packs = files(dist().join("vocab")).filter(|path| path.extension().is_some_and(|kind| kind == "pack"));
    let pack = packs.max_by_key(|path| fs::metadata(path).unwrap().len()).expect("there is a vocabulary");
    let pack = size(&pack);
    assert!(worker > 0 && worker + pack <= MOST_TO_COUNT, "{worker} bytes of the worker and {pack} of the vocabulary");
}

pub fn no_path_of_this_machine_is_in_the_site() {
    // A path in the bytes would make two builds of one commit differ, and reveal to visitors who built it.
    let project = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let project = fs::canonicalize(project).unwrap().display().to_string();
    let home = std::env::home_dir().expect("somebody builds this").display().to_string();
    let files = fs::read_dir(dist()).unwrap().map(|entry| entry.unwrap().path());
    for path in files.filter(|path| path.is_file()) {
        let content = fs::read(&path).unwrap();
        let text = String::from_utf8_lossy(&content);
        for place in [project.as_str(), &format!("{home}/.cargo"), &format!("{home}/.rustup")] {
            assert!(!text.contains(place), "{} contains {place}", path.display());
        }
    }
}

pub fn without_javascript_the_page_says_what_it_needs() {
    let html = fs::read_to_string(dist().join("index.html")).unwrap();
    let noscript = html.split("<noscript>").nth(1).and_then(|rest| rest.split("</noscript>").next()).unwrap();
    assert!(noscript.contains("needs JavaScript and WebAssembly"), "{noscript}");
}

/// The page, and every file it names in a link, script or preload.
fn needed_to_send() -> BTreeSet<String> {
    let html = fs::read_to_string(dist().join("index.html")).unwrap();
    let named = html.split(['"', '\'']).filter_map(|part| part.strip_prefix("./")).map(str::to_owned);
    let files = named.filter(|name| dist().join(name).is_file());
    // The page names modules and vocabularies but fetches them later.
    let needed = files.filter(|name| !name.ends_with("-loader.js") && !name.starts_with("vocab/"));
    needed.chain(["index.html".to_owned()]).collect()
}

fn brotli_size(content: &[u8]) -> usize {
    let mut compressed = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
    brotli::BrotliCompress(&mut &content[..], &mut compressed, &parameters).unwrap();
    compressed.len()
}
