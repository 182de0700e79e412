//! Modules fetched after the page: separate wasm files, named by the page in `<meta name="headroom-module">`.

use js_sys::Promise;
use wasm_bindgen::{JsCast as _, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    /// `import()`, which wasm cannot call directly; the start script in `index.html` provides it.
    #[wasm_bindgen(catch, js_name = headroomImport)]
    fn import(address: &str) -> Result<Promise, JsValue>;
}

#[wasm_bindgen]
extern "C" {
    /// Resolves when the styles that the first paint does not need are loaded; the script in `index.html` requests them.
    #[wasm_bindgen(thread_local_v2, js_name = headroomStyle)]
    static STYLE: Option<Promise>;
}

/// Waits for the styles. If they cannot be loaded, the page is plain, and the start script has said so.
pub async fn style() {
    if let Some(style) = STYLE.with(Clone::clone) {
        JsFuture::from(style).await.ok();
    }
}

/// Returns the address of a module; `None` if the page does not name it.
#[must_use]
pub fn address(module: &str) -> Option<String> {
    named("module", module, "content")
}

/// Returns the address of a vocabulary file: its pack (`content`) or its token ids (`data-ids`). `None` if the page has
/// none.
#[must_use]
pub fn vocabulary(name: &str, attribute: &str) -> Option<String> {
    named("vocabulary", name, attribute)
}

fn named(kind: &str, name: &str, attribute: &str) -> Option<String> {
    let selector = format!("meta[name=headroom-{kind}][data-{kind}={name}]");
    web_sys::window()?.document()?.query_selector(&selector).ok()??.get_attribute(attribute)
}

/// Starts fetching a module or a style sheet.
///
/// # Errors
/// The browser's error: it is not named.
pub fn begin(module: &str) -> Result<Promise, JsValue> {
    import(&address(module).ok_or_else(|| JsValue::from_str("the page does not name it"))?)
}

/// Fetches a module and returns its exports.
///
/// # Errors
/// The browser's error: it is not named, cannot be fetched, or does not start.
pub async fn load<T: wasm_bindgen::JsCast>(module: &str) -> Result<T, JsValue> {
    Ok(JsFuture::from(begin(module)?).await?.unchecked_into())
}
