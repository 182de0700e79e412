//! The storage of conversations as a separate module: the page stores and reads text records through it.

use headroom::record_store::{Change, RecordStore};
use js_sys::Array;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

/// An open database.
#[wasm_bindgen]
pub struct OpenRecordStore(RecordStore);

/// Opens a database, and creates its stores if it is new.
///
/// # Errors
/// The browser's error.
#[wasm_bindgen]
pub async fn open(name: String, version: u32, stores: Vec<String>) -> Result<OpenRecordStore, JsValue> {
    RecordStore::open(&name, version, &stores).await.map(OpenRecordStore).map_err(in_words)
}

#[wasm_bindgen]
impl OpenRecordStore {
    /// Returns the text of the records with these keys, in key order; see [`headroom::record_store`] for their syntax.
    ///
    /// # Errors
    /// The browser's error.
    pub async fn read(&self, store: String, keys: String) -> Result<Vec<JsValue>, JsValue> {
        self.0.read(&store, &keys).await.map_err(in_words)
    }

    /// Applies all changes or none. Each is `[store, key, value]`, or `[store, key]` to delete one record, or `[store,
    /// keys, true]` to delete all with these keys.
    ///
    /// # Errors
    /// The browser's error.
    pub async fn write(&self, changes: Vec<Array>) -> Result<(), JsValue> {
        let changes: Option<Vec<Change>> = changes.iter().map(read_change).collect();
        let changes = changes.ok_or_else(|| JsValue::from_str("a change is not of the agreed shape"))?;
        self.0.write(&changes).await.map_err(in_words)
    }
}

fn read_change(change: &Array) -> Option<Change> {
    let text = |index| change.get(index).as_string();
    let (store, key) = (text(0)?, text(1)?);
    Some(match change.get(2) {
        value if value.is_string() => Change::Put { store, key, value: value.as_string()? },
        all if all.is_truthy() => Change::RemoveAll { store, keys: key },
        _ => Change::Remove { store, key },
    })
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to `map_err`")]
fn in_words(why: idb::Error) -> JsValue {
    JsValue::from_str(&why.to_string())
}

fn main() {}
