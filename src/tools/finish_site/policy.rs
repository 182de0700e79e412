//! The content security policy of the page.

use std::{cell::RefCell, rc::Rc};

use headroom_domain::PLAIN_HTTP_HOSTS;
use lol_html::{element, text};

use crate::{Problem, digest, page::rewritten};

/// The policy, with `{scripts}` as the placeholder for the hashes of the page's own inline scripts.
///
/// A policy in a `<meta>` tag is fixed when the page loads, so `connect-src` cannot follow the providers a user adds:
/// it allows any https origin and this machine, under the names from which the page accepts addresses over http. The
/// code that binds each key to its origin is what keeps a key from other origins, not this line; a host that wants a
/// stricter list sends it as a header (see the README). `frame-ancestors` is missing for the same reason: in a `<meta>`
/// tag it is ignored, with an error in the console.
#[must_use]
pub fn policy() -> String {
    let this_machine = PLAIN_HTTP_HOSTS.map(|host| format!("http://{host}:*")).join(" ");
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' {{scripts}}; style-src 'self'; img-src 'self' data: \
         blob:; font-src 'self'; worker-src 'self'; manifest-src 'self'; connect-src 'self' https: {this_machine}; \
         base-uri 'none'; form-action 'none'"
    )
}

/// Puts the policy into the page, at the `<meta name="headroom-policy">` placeholder at the top.
pub(crate) fn seal(html: &str) -> Result<String, Problem> {
    let sources: Vec<String> = inline_scripts(html)?.iter().map(|script| digest::csp_source(script)).collect();
    let policy = policy().replace("{scripts}", &sources.join(" "));
    let places = Rc::new(RefCell::new(0));
    let sealed = rewritten(
        html,
        vec![element!("meta[name=headroom-policy]", |meta| {
            *places.borrow_mut() += 1;
            meta.remove_attribute("name");
            meta.set_attribute("http-equiv", "Content-Security-Policy")?;
            meta.set_attribute("content", &policy)?;
            Ok(())
        })],
    )?;
    let places = *places.borrow();
    if places == 1 {
        Ok(sealed)
    } else {
        Err(Problem::Unexpected(format!("index.html has {places} places for the policy, not one")))
    }
}

/// The text of every inline script of the page, in order.
fn inline_scripts(html: &str) -> Result<Vec<String>, Problem> {
    let scripts = Rc::new(RefCell::new(Vec::<String>::new()));
    rewritten(
        html,
        vec![
            element!("script:not([src])", |_| {
                scripts.borrow_mut().push(String::new());
                Ok(())
            }),
            text!("script:not([src])", |chunk| {
                if let Some(script) = scripts.borrow_mut().last_mut() {
                    script.push_str(chunk.as_str());
                }
                Ok(())
            }),
        ],
    )?;
    let found = scripts.borrow().clone();
    Ok(found)
}
