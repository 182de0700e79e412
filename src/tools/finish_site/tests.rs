use std::{collections::BTreeMap, fs, path::Path};

use headroom_domain::Address;

use super::*;

const HTML: &str = r#"<!doctype html><html><head><meta charset="utf-8"><meta name="headroom-policy">
<meta name="headroom-module" content="token_worker">
<script>document.title = "a < b";</script>
<link rel="stylesheet" href="./tokens-1.css" integrity="sha384-x"><link rel="stylesheet" href="./base-2.css">
<meta name="headroom-module" content="later_style"><link rel="stylesheet" href="./limits-4.css">
<link rel="modulepreload" href="./page-3.js" integrity="INTEGRITY"></head>
<body><p>hello</p><script type="module">import init from './page-3.js';init();</script></body></html>"#;
const SERVICE_WORKER: &str = "const VERSION = \"{version}\"; const FILES = [\"{files}\"];";

fn built(change: impl FnOnce(&Path)) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, content: &str| fs::write(folder.path().join(name), content).unwrap();
    put("index.html", &HTML.replace("INTEGRITY", &digest::integrity(b"export default () => {}")));
    put("page-3.js", "export default () => {}");
    put("tokens-1.css", ":root{--a:1}");
    put("base-2.css", "p{color:red}");
    put("limits-4.css", "b{color:red}");
    put("token_worker.js", "export default async () => {}");
    put("token_worker_bg.wasm", "wasm");
    fs::create_dir(folder.path().join("public")).unwrap();
    put("public/sw.js", SERVICE_WORKER);
    put("public/icon.svg", "<svg/>");
    change(folder.path());
    folder
}

fn files(root: &Path) -> BTreeMap<String, String> {
    let site = Site::at(root);
    site.files().unwrap().into_iter().map(|name| (name.clone(), site.read(&name).unwrap())).collect()
}

#[test]
fn a_finished_site_has_hashed_workers_one_stylesheet_to_begin_with_and_a_sealed_page() {
    let folder = built(|_| {});
    finish(folder.path(), None).unwrap();
    let files = files(folder.path());
    let html = &files["index.html"];

    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    assert!(names.contains(&"sw.js") && names.contains(&"icon.svg"), "public/ moves to the root: {names:?}");
    assert!(!names.contains(&"token_worker.js") && !names.contains(&"base-2.css"), "old names are gone: {names:?}");

    let sheet = names.iter().find(|name| name.starts_with("style-")).unwrap();
    assert_eq!(files[*sheet], ":root{--a:1}p{color:red}", "in the order of the page");
    assert_eq!(html.matches("rel=\"stylesheet\"").count(), 1);
    let later = names.iter().find(|name| name.starts_with("later_style-")).unwrap();
    assert_eq!(files[*later], "b{color:red}");
    assert!(html.contains(&format!("content=\"./{later}\" data-module=\"later_style\"")), "{html}");

    let loader = names.iter().find(|name| name.ends_with("-loader.js")).unwrap();
    assert!(html.contains(&format!("content=\"./{loader}\"")), "{html}");
    for part in files[*loader].split('"').filter(|part| part.starts_with("./")) {
        assert!(names.contains(&&part[2..]), "the loader joins files that are there: {part}");
    }
}

#[test]
fn the_policy_names_the_hash_of_each_inline_script_and_nothing_unsafe() {
    let folder = built(|_| {});
    finish(folder.path(), None).unwrap();
    let html = &files(folder.path())["index.html"];
    for script in ["document.title = \"a < b\";", "import init from './page-3.js';init();"] {
        assert!(html.contains(&digest::csp_source(script)), "{script}");
    }
    assert!(!html.contains("unsafe-inline") && !html.contains("{scripts}"));
    let policy_at = html.find("Content-Security-Policy").unwrap();
    assert!(policy_at < html.find("<script").unwrap(), "a policy counts for what follows it");
}

#[test]
fn the_policy_is_the_one_that_was_agreed_on() {
    // Each directive was weighed (SECURITY.md); one that is added or dropped by accident is a hole or a broken page.
    let policy = policy();
    let directives: Vec<&str> = policy.split(';').map(str::trim).collect();
    let agreed = [
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval' {scripts}",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "worker-src 'self'",
        "manifest-src 'self'",
        "connect-src 'self' https: http://localhost:* http://127.0.0.1:* http://*.localhost:*",
        "base-uri 'none'",
        "form-action 'none'",
    ];
    assert_eq!(directives, agreed);
}

/// Addresses such as `http://[::1]:1234` and `http://127.0.0.2` were accepted in the settings, and then blocked by the
/// policy: the page must not accept what a policy cannot name.
#[test]
fn every_address_that_the_page_accepts_over_http_is_allowed_by_the_policy() {
    let policy = policy();
    let connect = policy.split(';').find(|directive| directive.trim().starts_with("connect-src")).unwrap();
    let sources: Vec<&str> = connect.split_whitespace().filter_map(|source| source.strip_prefix("http://")).collect();
    let allows = |host: &str| {
        sources.iter().filter_map(|source| source.strip_suffix(":*")).any(|source| match source.strip_prefix('*') {
            Some(ending) => host.len() > ending.len() && host.ends_with(ending),
            // By the standard, no other numeric address matches any source.
            None => source == host,
        })
    };
    for host in ["localhost", "127.0.0.1", "127.0.0.2", "127.8.9.10", "[::1]", "a.localhost", "a.b.localhost"] {
        let accepted = Address::of(&format!("http://{host}:1234/v1")).is_ok();
        assert_eq!(accepted, allows(host), "{host}");
    }
}

#[test]
fn the_service_worker_lists_every_other_file_and_its_version_follows_the_content() {
    let (one, two) = (built(|_| {}), built(|root| fs::write(root.join("public/icon.svg"), "<svg></svg>").unwrap()));
    finish(one.path(), None).unwrap();
    finish(two.path(), None).unwrap();
    let (one, two) = (files(one.path()), files(two.path()));
    for name in one.keys().filter(|name| *name != "sw.js" && *name != "index.html") {
        assert!(one["sw.js"].contains(&format!("\"./{name}\"")), "{name}");
    }
    assert!(one["sw.js"].contains("\"./\"") && !one["sw.js"].contains("\"./sw.js\""));
    assert_ne!(one["sw.js"], two["sw.js"], "another icon is another version");
}

#[test]
fn a_vocabulary_is_found_by_its_content_and_is_no_part_of_the_offline_site() {
    let named = |content: &str, kind: &str| format!("public/vocab/o200k-{}.{kind}", digest::short(content.as_bytes()));
    let with = |files: &'static [(&'static str, &'static str)]| {
        built(move |root| {
            fs::create_dir(root.join("public/vocab")).unwrap();
            for (name, content) in files {
                let name = if name.contains('/') { (*name).to_owned() } else { named(content, name) };
                fs::write(root.join(name), content).unwrap();
            }
            edit(root, "</head>", "<meta name=\"headroom-vocabulary\" content=\"o200k\"></head>");
        })
    };
    let folder = with(&[("pack", "tokens"), ("ids", "numbers")]);
    finish(folder.path(), None).unwrap();
    let files = files(folder.path());
    let name = |kind| files.keys().find(|name| name.starts_with("vocab/") && name.ends_with(kind)).unwrap();
    let told = format!("content=\"./{}\" data-vocabulary=\"o200k\" data-ids=\"./{}\"", name(".pack"), name(".ids"));
    assert!(files["index.html"].contains(&told), "{}", files["index.html"]);
    assert!(!files["sw.js"].contains("vocab/o200k"), "{}", files["sw.js"]);

    let cases: [(&'static [(&str, &str)], &str); 4] = [
        (&[], "there are 0 files vocab/o200k-"),
        (&[("pack", "tokens"), ("pack", "other tokens")], "there are 2 files"),
        (&[("pack", "tokens")], "there are 0 files vocab/o200k-….ids"),
        (&[("public/vocab/o200k-0123456789abcdef.pack", "tokens")], "should be called vocab/o200k-"),
    ];
    for (files, expected) in cases {
        let why = finish(with(files).path(), None).unwrap_err().to_string();
        assert!(why.contains(expected), "{why}");
    }
}

#[test]
fn a_hash_that_browsers_ignore_is_checked_and_taken_off() {
    let preload = |content: &str| {
        let hash = digest::integrity(content.as_bytes());
        format!("<link rel=\"preload\" as=\"fetch\" href=\"./page-3.js\" integrity=\"{hash}\"></head>")
    };
    let good = built(|root| edit(root, "</head>", &preload("export default () => {}")));
    finish(good.path(), None).unwrap();
    let html = &files(good.path())["index.html"];
    assert!(html.contains("as=\"fetch\" href=\"./page-3.js\">"), "{html}");
    let bad = built(|root| edit(root, "</head>", &preload("something else")));
    assert!(finish(bad.path(), None).unwrap_err().to_string().contains("was changed"));
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let (one, two) = (built(|_| {}), built(|_| {}));
    finish(one.path(), None).unwrap();
    finish(two.path(), None).unwrap();
    assert_eq!(files(one.path()), files(two.path()));
}

#[test]
fn what_would_break_the_site_is_an_error_that_names_it() {
    type Case = (&'static str, fn(&Path), &'static str);
    let cases: [Case; 7] = [
        ("edited after hashing", |root| fs::write(root.join("page-3.js"), "x").unwrap(), "page-3.js was changed"),
        ("missing file", |root| fs::remove_file(root.join("page-3.js")).unwrap(), "page-3.js is not there"),
        ("missing worker", |root| fs::remove_file(root.join("token_worker.js")).unwrap(), "token_worker.js"),
        ("no place for the policy", |root| edit(root, "<meta name=\"headroom-policy\">", ""), "0 places"),
        ("style attribute", |root| edit(root, "<p>", "<p style=\"color:red\">"), "style attribute"),
        ("absolute address", |root| edit(root, "href=\"./page-3.js\"", "href=\"/page-3.js\""), "not relative"),
        ("foreign address", |root| edit(root, "href=\"./page-3.js\"", "href=\"https://a.example/x\""), "not relative"),
    ];
    for (what, spoil, expected) in cases {
        let folder = built(spoil);
        let why = finish(folder.path(), None).expect_err(what).to_string();
        assert!(why.contains(expected), "{what}: {why}");
    }
}

fn edit(root: &Path, from: &str, to: &str) {
    let html = fs::read_to_string(root.join("index.html")).unwrap();
    assert!(html.contains(from), "the fixture has {from}");
    fs::write(root.join("index.html"), html.replace(from, to)).unwrap();
}
