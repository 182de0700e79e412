//! Modules that are fetched after the page: wasm of its own beside the page's, named by the page in
//! `<meta name="headroom-module">`.

use js_sys::Promise;
use wasm_bindgen::{JsCast as _, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    /// `import()`, which wasm cannot call by itself; the start script in `index.html` lends it.
    #[wasm_bindgen(catch, js_name = headroomImport)]
    fn import(address: &str) -> Result<Promise, JsValue>;
}

/// Where a module lies; none where the page does not name it.
#[must_use]
pub fn address(module: &str) -> Option<String> {
    named("module", module, "content")
}

/// Where a file of a vocabulary lies: its pack (`content`), or the numbers of its tokens (`data-ids`); none where the page
/// has none.
#[must_use]
pub fn vocabulary(name: &str, attribute: &str) -> Option<String> {
    named("vocabulary", name, attribute)
}

fn named(kind: &str, name: &str, attribute: &str) -> Option<String> {
    let selector = format!("meta[name=headroom-{kind}][data-{kind}={name}]");
    web_sys::window()?.document()?.query_selector(&selector).ok()??.get_attribute(attribute)
}

/// Begins to fetch a module, or a style.
///
/// # Errors
/// In the browser's words: it is not named.
pub fn begin(module: &str) -> Result<Promise, JsValue> {
    import(&address(module).ok_or_else(|| JsValue::from_str("the page does not name it"))?)
}

/// Fetches a module and gives its exports.
///
/// # Errors
/// In the browser's words: it is not named, cannot be fetched, or does not start.
pub async fn load<T: wasm_bindgen::JsCast>(module: &str) -> Result<T, JsValue> {
    Ok(JsFuture::from(begin(module)?).await?.unchecked_into())
}
