//! Modules beside the page's own (workers, record store, Markdown renderer), named by their content.
//!
//! Trunk leaves them under a fixed name, so a cache could join an old script to a new wasm. Here both get their hash in
//! their names, a two-line loader joins them, and the loader's name is written into the page's `<meta
//! name="headroom-module" content="NAME">` for that module.

use crate::{Problem, digest, page::tell_where, site::Site};

/// Renames the files of every module the page names, and writes the new names into the page.
pub(crate) fn name_by_content(site: &Site, html: &str) -> Result<String, Problem> {
    tell_where(html, "module", &|module| name_one(site, module))
}

fn name_one(site: &Site, module: &str) -> Result<String, Problem> {
    let (old_script, old_wasm) = (format!("{module}.js"), format!("{module}_bg.wasm"));
    let script = format!("{module}-{}.js", digest::short(&site.bytes(&old_script)?));
    let wasm = format!("{module}-{}_bg.wasm", digest::short(&site.bytes(&old_wasm)?));
    site.rename(&old_script, &script)?;
    site.rename(&old_wasm, &wasm)?;
    let loader = format!(
        "import init from \"./{script}\";\nexport * from \"./{script}\";\nawait init({{ module_or_path: new URL(\"./{wasm}\", import.meta.url) }});\n"
    );
    let name = format!("{module}-{}-loader.js", digest::short(loader.as_bytes()));
    site.write(&name, &loader)?;
    Ok(name)
}
