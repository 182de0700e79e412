//! The page itself: its stylesheets, and the check of everything it refers to.

use std::{borrow::Cow, cell::RefCell, rc::Rc};

use lol_html::{ElementContentHandlers, RewriteStrSettings, Selector, element, rewrite_str};

use crate::{Problem, digest, site::Site, style::squeezed};

/// Runs the handlers over the page.
pub(crate) fn rewritten(
    html: &str,
    handlers: Vec<(Cow<'_, Selector>, ElementContentHandlers<'_>)>,
) -> Result<String, Problem> {
    let settings =
        handlers.into_iter().fold(RewriteStrSettings::new(), RewriteStrSettings::append_element_content_handler);
    rewrite_str(html, settings).map_err(|why| Problem::Html(why.to_string()))
}

/// Writes the address of the named file into each `<meta name="headroom-KIND" content="NAME">`: the address into
/// `content`, the name into `data-KIND`.
pub(crate) fn tell_where(
    html: &str,
    kind: &str,
    file_of: &dyn Fn(&str) -> Result<String, Problem>,
) -> Result<String, Problem> {
    let problem = Rc::new(RefCell::new(None));
    let html = rewritten(
        html,
        vec![element!(format!("meta[name=headroom-{kind}]:not([data-{kind}])"), |meta| {
            let name = meta.get_attribute("content").unwrap_or_default();
            match file_of(&name) {
                Ok(file) => {
                    meta.set_attribute(&format!("data-{kind}"), &name)?;
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

/// The meta element that names the later styles. The stylesheets after it are those.
const LATER: &str = "later_style";

/// Joins the stylesheets, in the order of the page, into two files named by their hash: the one the page begins with,
/// and the later one, which the page only names.
pub(crate) fn join_stylesheets(site: &Site, html: &str) -> Result<String, Problem> {
    let (first, later) = stylesheets(html)?;
    if first.is_empty() {
        return Err(Problem::Unexpected("index.html links no stylesheet".into()));
    }
    let (first, style) = joined(site, "style", &first)?;
    let later = if later.is_empty() { None } else { Some(joined(site, LATER, &later)?.0) };
    let is_first = Rc::new(RefCell::new(true));
    rewritten(
        html,
        vec![
            element!("link[rel=stylesheet]", |link| {
                if is_first.replace(false) {
                    link.set_attribute("href", &format!("./{first}"))?;
                    link.set_attribute("integrity", &digest::integrity(style.as_bytes()))?;
                } else {
                    link.remove();
                }
                Ok(())
            }),
            element!(format!("meta[name=headroom-module][content={LATER}]"), |meta| {
                match &later {
                    Some(later) => {
                        meta.set_attribute("data-module", LATER)?;
                        meta.set_attribute("content", &format!("./{later}"))?;
                    }
                    None => meta.remove(),
                }
                Ok(())
            }),
        ],
    )
}

/// Joins the sheets into one file. Returns its name and its content.
fn joined(site: &Site, name: &str, sheets: &[String]) -> Result<(String, String), Problem> {
    let mut joined = String::new();
    for sheet in sheets {
        joined.push_str(&site.read(sheet)?);
        joined.push('\n');
        site.remove(sheet)?;
    }
    if joined.contains("@import") {
        return Err(Problem::Unexpected("a stylesheet has @import: link the file from index.html instead".into()));
    }
    let joined = squeezed(&joined);
    let name = format!("{name}-{}.css", digest::short(joined.as_bytes()));
    site.write(&name, &joined)?;
    Ok((name, joined))
}

/// The stylesheets before the element [`LATER`], and those after it.
fn stylesheets(html: &str) -> Result<(Vec<String>, Vec<String>), Problem> {
    let (first, later) = (RefCell::new(Vec::new()), RefCell::new(None::<Vec<String>>));
    rewritten(
        html,
        vec![
            element!(format!("meta[name=headroom-module][content={LATER}]"), |_meta| {
                later.borrow_mut().get_or_insert_default();
                Ok(())
            }),
            element!("link[rel=stylesheet]", |link| {
                let name = local(&link.get_attribute("href").unwrap_or_default());
                match &mut *later.borrow_mut() {
                    Some(later) => later.push(name),
                    None => first.borrow_mut().push(name),
                }
                Ok(())
            }),
        ],
    )?;
    Ok((first.into_inner(), later.into_inner().unwrap_or_default()))
}

/// The name within the site of a relative address.
fn local(address: &str) -> String {
    address.trim_start_matches("./").to_owned()
}

/// Removes the integrity hash from preloads of wasm: Chromium ignores it there, and warns in every visitor's console.
pub(crate) fn without_ignored_hashes(html: &str) -> Result<String, Problem> {
    rewritten(
        html,
        vec![element!("link[rel=preload][as=fetch]", |link| {
            link.remove_attribute("integrity");
            Ok(())
        })],
    )
}

/// Checks that each file the page names exists, has a relative address, and matches the hash the page gives.
pub(crate) fn check(site: &Site, html: &str) -> Result<(), Problem> {
    let problems = Rc::new(RefCell::new(Vec::new()));
    let look = |address: Option<String>, integrity: Option<String>| {
        let Some(address) = address.filter(|address| !address.is_empty() && !address.starts_with('#')) else {
            return;
        };
        if address.contains("://") || address.starts_with('/') {
            problems
                .borrow_mut()
                .push(format!("{address} is not relative, so the site would not work under a sub-path"));
            return;
        }
        let name = local(&address);
        match (site.bytes(&name), integrity) {
            (Err(_), _) if !site.has(&name) => problems.borrow_mut().push(format!("{address} is not there")),
            (Err(why), _) => problems.borrow_mut().push(why.to_string()),
            (Ok(content), Some(claimed)) if claimed != digest::integrity(&content) => {
                problems.borrow_mut().push(format!("{address} was changed after its integrity hash was taken"));
            }
            (Ok(_), _) => {}
        }
    };
    rewritten(
        html,
        vec![
            element!("link[href]", |link| {
                look(link.get_attribute("href"), link.get_attribute("integrity"));
                Ok(())
            }),
            element!("script[src], img[src]", |tag| {
                look(tag.get_attribute("src"), tag.get_attribute("integrity"));
                Ok(())
            }),
            element!("meta[name=headroom-module], meta[name=headroom-vocabulary]", |meta| {
                look(meta.get_attribute("content"), None);
                look(meta.get_attribute("data-ids"), None);
                Ok(())
            }),
            element!("[style]", |tag| {
                problems
                    .borrow_mut()
                    .push(format!("<{}> has a style attribute, which the policy blocks", tag.tag_name()));
                Ok(())
            }),
        ],
    )?;
    let found = problems.borrow().join("; ");
    if found.is_empty() { Ok(()) } else { Err(Problem::Unexpected(found)) }
}
