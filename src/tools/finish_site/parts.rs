//! Splits off the part of the page's wasm that only `#[wasm_split]` functions reach. It is fetched later.
//!
//! Trunk does not support parts, so this starts over from the compiler's output: it is split, the page's half goes
//! through `wasm-bindgen` and `wasm-opt` as Trunk would do it, and the results replace Trunk's.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use wasm_split_cli_support::{Options, transform};

use crate::{Problem, digest, site::Site};

/// The wasm features the page may use: the compiler's default target, and those `wasm-bindgen` adds.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];
/// `-Oz` makes the file smaller but its compressed form larger.
const EFFORT: &str = "-O1";
/// The splitter's code for fetching a part.
const STREAMED: &str = "WebAssembly.instantiateStreaming(src, imports)";
/// Its replacement, which also works on hosts that do not know the type of wasm files, like the page's own wasm.
const BUFFERED: &str =
    "src.then((answer) => answer.arrayBuffer()).then((bytes) => WebAssembly.instantiate(bytes, imports))";

/// Splits the page's wasm as the compiler left it, and replaces Trunk's output with the results.
pub(crate) fn split(site: &Site, html: &str, compiled: &Path) -> Result<String, Problem> {
    let [old_script, old_wasm] = [".js", "_bg.wasm"].map(|end| named(html, end));
    let (old_script, old_wasm) = (old_script?, old_wasm?);
    let folder = compiled.with_file_name("headroom-parts");
    let parts = Parts::of(compiled, &folder)?;

    let mut script = parts.script;
    for (name, wasm) in parts.later {
        let hashed = format!("{}-{}.wasm", name.trim_start_matches("split_"), digest::short(&wasm));
        script = replaced_once(&script, &format!("\"./{name}.wasm\""), &format!("\"./{hashed}\""))?;
        site.write_bytes(&hashed, &wasm)?;
    }
    let wasm_name = format!("headroom-{}_bg.wasm", digest::short(&parts.wasm));
    let script_name = format!("headroom-{}.js", digest::short(script.as_bytes()));
    let integrity = |name: &str| site.bytes(name).map(|content| digest::integrity(&content));
    let html = html
        .replace(&integrity(&old_script)?, &digest::integrity(script.as_bytes()))
        .replace(&integrity(&old_wasm)?, &digest::integrity(&parts.wasm))
        .replace(&old_script, &script_name)
        .replace(&old_wasm, &wasm_name);
    site.remove(&old_script)?;
    site.remove(&old_wasm)?;
    site.write(&script_name, &script)?;
    site.write_bytes(&wasm_name, &parts.wasm)?;
    Ok(html)
}

/// The page's own file with this extension, as the page names it.
fn named(html: &str, end: &str) -> Result<String, Problem> {
    let mut names = html.split("\"./").skip(1).filter_map(|rest| rest.split('"').next());
    let found = names.find(|name| name.starts_with("headroom-") && name.ends_with(end));
    found.map(str::to_owned).ok_or_else(|| Problem::Unexpected(format!("the page names no headroom-…{end}")))
}

struct Parts {
    script: String,
    wasm: Vec<u8>,
    /// The later parts: the splitter's name, and the content.
    later: Vec<(String, Vec<u8>)>,
}

impl Parts {
    fn of(compiled: &Path, folder: &Path) -> Result<Self, Problem> {
        let file = |path: &Path| {
            let name = path.display().to_string();
            move |cause| Problem::File { name, cause }
        };
        let input = fs::read(compiled).map_err(file(compiled))?;
        if folder.exists() {
            fs::remove_dir_all(folder).map_err(file(folder))?;
        }
        let main = folder.join("headroom.wasm");
        let mut options = Options::new(&input);
        (options.output_dir, options.main_out_path) = (folder, &main);
        (options.link_name, options.main_module) = ("link.js", "headroom.js");
        let split =
            transform(options).map_err(|why| Problem::Unexpected(format!("the page cannot be split: {why:#}")))?;

        let bound = folder.join("bound");
        let mut bind = Command::new("wasm-bindgen");
        bind.args(["--target=web", "--no-typescript", "--keep-lld-exports", "--out-name=headroom", "--out-dir"]);
        run(bind.arg(&bound).arg(&main))?;
        let text = |path: PathBuf| fs::read_to_string(&path).map_err(file(&path));
        let script = tightened(&joined(&text(bound.join("headroom.js"))?, &text(folder.join("link.js"))?)?)?;
        let mut later = Vec::new();
        for part in split.split_modules {
            let name = part.file_stem().unwrap_or_default().display().to_string();
            later.push((name, optimised(&part)?));
        }
        later.sort();
        Ok(Self { script, wasm: optimised(&bound.join("headroom_bg.wasm"))?, later })
    }
}

fn optimised(wasm: &Path) -> Result<Vec<u8>, Problem> {
    let out = wasm.with_extension("optimised.wasm");
    run(Command::new("wasm-opt").arg(EFFORT).args(FEATURES).arg(wasm).arg("-o").arg(&out))?;
    fs::read(&out).map_err(|cause| Problem::File { name: out.display().to_string(), cause })
}

fn run(command: &mut Command) -> Result<(), Problem> {
    let name = command.get_program().display().to_string();
    let output = command.output().map_err(|cause| Problem::File { name: name.clone(), cause })?;
    if output.status.success() {
        return Ok(());
    }
    Err(Problem::Unexpected(format!("{name} failed: {}", String::from_utf8_lossy(&output.stderr).trim())))
}

/// Writes the code that fetches parts into the page's own script. The splitter emits two files that import each other,
/// so neither could be named by its content.
fn joined(script: &str, link: &str) -> Result<String, Problem> {
    let imported = "import * as import1 from \"link.js\"";
    let link = replaced_once(link, "import { initSync } from \"headroom.js\";\n", "")?.replace(STREAMED, BUFFERED);
    let names: Vec<&str> = link
        .lines()
        .filter_map(|line| line.strip_prefix("export const "))
        .filter_map(|line| line.split(' ').next())
        .collect();
    let own = format!("const import1 = {{ {} }};\n", names.join(", "));
    let script = replaced_once(script, imported, "")?;
    // Functions of a script exist from its start, constants only from their line on. So these come first.
    Ok(format!("{}\n{own}{script}", link.replace("export const ", "const ")))
}

/// The same script without comments and indentation: a kilobyte less, compressed. Trunk's minifier fails on it.
fn tightened(script: &str) -> Result<String, Problem> {
    let mut tight = String::with_capacity(script.len());
    let mut in_comment = false;
    for line in script.lines().map(str::trim) {
        if line.matches('`').count() % 2 == 1 {
            // Inside a multi-line string, spaces would be significant.
            return Err(Problem::Unexpected(format!("the script has a text over several lines: {line}")));
        }
        in_comment |= line.starts_with("/*");
        if !in_comment && !line.is_empty() && !line.starts_with("//") {
            tight.push_str(line);
            tight.push('\n');
        }
        in_comment &= !line.ends_with("*/");
    }
    Ok(tight)
}

fn replaced_once(text: &str, from: &str, to: &str) -> Result<String, Problem> {
    match text.matches(from).count() {
        1 => Ok(text.replace(from, to)),
        found => Err(Problem::Unexpected(format!("{from:?} stands {found} times where it should stand once"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fetches_the_parts_becomes_part_of_the_script() {
        let link = "import { initSync } from \"headroom.js\";\nexport const load_later = f(() => WebAssembly.instantiateStreaming(src, imports));\n";
        let script = "import * as import1 from \"link.js\"\nexport function initSync() {}\nuse(import1);\n";
        let joined = joined(script, link).unwrap();
        assert!(
            !joined.contains("import {") && !joined.contains("import *") && !joined.contains("Streaming"),
            "{joined}"
        );
        assert!(
            joined.contains("const load_later = ") && joined.contains("const import1 = { load_later };"),
            "{joined}"
        );
        assert!(joined.find("const import1") < joined.find("use(import1)"), "{joined}");
    }

    #[test]
    fn the_script_loses_comments_and_indentation_and_nothing_else() {
        let script = "/**\n * @returns {number}\n */\nget x() {\n    // why\n    return 'a  b'; // stays\n}\n";
        assert_eq!(tightened(script).unwrap(), "get x() {\nreturn 'a  b'; // stays\n}\n");
        assert!(tightened("const text = `one\n  two`;").is_err(), "what cannot be read line by line is a surprise");
    }

    #[test]
    fn a_splitter_that_writes_something_else_is_a_surprise() {
        assert!(joined("import x", "import { initSync } from \"headroom.js\";\n").is_err());
        assert!(joined("import * as import1 from \"link.js\"", "").is_err());
    }
}
