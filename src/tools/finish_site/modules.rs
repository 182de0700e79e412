//! Modules beside the page's own (modules, and the painter), named by their content.
//!
//! Trunk leaves them under a fixed name, so a cache could join an old script to a new wasm. Here both get their hash
//! into their names, a loader of two lines joins them, and the page learns the loader's name from the
//! `<meta name="headroom-module" content="NAME">` that stands for the module.

use std::{cell::RefCell, rc::Rc};

use lol_html::element;

use crate::{Problem, digest, page::rewritten, site::Site};

/// Renames the files of every module the page names, and tells the page.
pub(crate) fn name_by_content(site: &Site, html: &str) -> Result<String, Problem> {
    let problem = Rc::new(RefCell::new(None));
    let html = rewritten(
        html,
        vec![element!("meta[name=headroom-module]", |meta| {
            let module = meta.get_attribute("content").unwrap_or_default();
            match name_one(site, &module) {
                Ok(loader) => {
                    // Which module it is stays known by `data-module`; `content` is now where it is.
                    meta.set_attribute("data-module", &module)?;
                    meta.set_attribute("content", &format!("./{loader}"))?;
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
