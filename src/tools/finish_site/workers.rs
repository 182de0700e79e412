//! Workers, named by their content.
//!
//! Trunk leaves a worker under a fixed name, so a cache could join an old script to a new wasm. Here both get their
//! hash into their names, a loader of one line joins them, and the page learns the loader's name from the
//! `<meta name="headroom-worker" content="NAME">` that stands for the worker.

use std::{cell::RefCell, rc::Rc};

use lol_html::element;

use crate::{Problem, digest, page::rewritten, site::Site};

/// Renames the files of every worker the page names, and tells the page.
pub(crate) fn name_by_content(site: &Site, html: &str) -> Result<String, Problem> {
    let problem = Rc::new(RefCell::new(None));
    let html = rewritten(
        html,
        vec![element!("meta[name=headroom-worker]", |meta| {
            let worker = meta.get_attribute("content").unwrap_or_default();
            match name_one(site, &worker) {
                Ok(loader) => {
                    // Which worker it is stays known by `data-worker`; `content` is now where it is.
                    meta.set_attribute("data-worker", &worker)?;
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

fn name_one(site: &Site, worker: &str) -> Result<String, Problem> {
    let (old_script, old_wasm) = (format!("{worker}.js"), format!("{worker}_bg.wasm"));
    let script = format!("{worker}-{}.js", digest::short(&site.bytes(&old_script)?));
    let wasm = format!("{worker}-{}_bg.wasm", digest::short(&site.bytes(&old_wasm)?));
    site.rename(&old_script, &script)?;
    site.rename(&old_wasm, &wasm)?;
    let loader = format!(
        "import init from \"./{script}\";\nawait init({{ module_or_path: new URL(\"./{wasm}\", import.meta.url) }});\n"
    );
    let name = format!("{worker}-{}-loader.js", digest::short(loader.as_bytes()));
    site.write(&name, &loader)?;
    Ok(name)
}
