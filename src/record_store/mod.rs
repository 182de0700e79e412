//! Text records in IndexedDB: key-value stores, read by key and changed in transactions.
//!
//! A string selects keys: a prefix; `>` and a key for that key and all after it; `<` and a key for all before it; empty
//! for all.
//!
//! It does not know what the records mean. It uses the browser's interface directly, because the crates for it report an
//! aborted transaction, which is what a full disk causes, as a written one.

use std::{cell::Cell, rc::Rc};

use headroom_records::{Change, Selection};
use js_sys::{Array, Object, Promise, Reflect};
use wasm_bindgen::{JsCast as _, JsValue, closure::Closure, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    DomException, Event, IdbDatabase, IdbFactory, IdbKeyRange, IdbOpenDbRequest, IdbRequest, IdbTransaction,
    IdbVersionChangeEvent,
};

#[wasm_bindgen]
extern "C" {
    /// `web-sys` does not offer the options of a transaction yet.
    #[wasm_bindgen(extends = IdbDatabase)]
    type Database;

    #[wasm_bindgen(method, catch)]
    fn transaction(this: &Database, stores: &Array, mode: &str, options: &Object) -> Result<IdbTransaction, JsValue>;
}

/// An error of the browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreError {
    /// The name of the exception, such as `QuotaExceededError`.
    pub name: String,
    /// What the browser says about it.
    pub message: String,
}

impl StoreError {
    /// There is no `indexedDB`, as some browsers do where storage is blocked.
    fn absent() -> Self {
        Self { name: "SecurityError".into(), message: String::new() }
    }

    fn of(exception: Option<&DomException>) -> Self {
        exception.map_or_else(
            || Self { name: "AbortError".into(), message: String::new() },
            |exception| Self { name: exception.name(), message: exception.message() },
        )
    }

    /// Whether the connection was closed: by the browser, or for another tab. Opening it again may help.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.name == "InvalidStateError"
    }
}

impl From<JsValue> for StoreError {
    fn from(thrown: JsValue) -> Self {
        Self::of(thrown.dyn_ref())
    }
}

/// An open database.
#[derive(Clone)]
pub struct RecordStore(Rc<Connection>);

struct Connection {
    database: IdbDatabase,
    /// Whether the browser closed it.
    is_closed: Rc<Cell<bool>>,
    /// Whether it was created by opening it.
    is_new: bool,
    _on_close: Closure<dyn FnMut()>,
    _on_version_change: Closure<dyn FnMut(IdbVersionChangeEvent)>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.database.set_onclose(None);
        self.database.set_onversionchange(None);
        self.database.close();
    }
}

impl RecordStore {
    /// Opens a database, and creates its stores if it is new. `closed` is called when the browser closes it: it was deleted,
    /// broke, or gives way to a newer version in another tab.
    ///
    /// # Errors
    /// The browser's error: storage is blocked, full or broken, or the database is of a newer version.
    pub async fn open(
        name: &str,
        version: u32,
        stores: &'static [&'static str],
        closed: impl Fn() + 'static,
    ) -> Result<Self, StoreError> {
        let request = factory()?.open_with_u32(name, version)?;
        let is_new = Rc::new(Cell::new(false));
        let create = {
            let (request, is_new) = (request.clone(), is_new.clone());
            Closure::<dyn FnMut(IdbVersionChangeEvent)>::new(move |change: IdbVersionChangeEvent| {
                is_new.set(change.old_version() < 1.0);
                let Ok(database) = request.result().map(IdbDatabase::from) else { return };
                for store in stores {
                    database.create_object_store(store).ok();
                }
            })
        };
        request.set_onupgradeneeded(Some(create.as_ref().unchecked_ref()));
        let database = opened(&request).await?;
        Ok(Self(Rc::new(Connection::new(database, is_new.get(), closed))))
    }

    /// Opens a database if there is one with these stores.
    ///
    /// # Errors
    /// The browser's error: storage is blocked or broken.
    pub async fn open_existing(name: &str, stores: &[&str]) -> Result<Option<Self>, StoreError> {
        let factory = factory()?;
        let database = opened(&factory.open(name)?).await?;
        let found = database.object_store_names();
        if stores.iter().all(|store| found.contains(store)) {
            return Ok(Some(Self(Rc::new(Connection::new(database, false, || {})))));
        }
        database.close();
        if found.length() == 0 {
            // Opening it has created it.
            result_of(factory.delete_database(name)?.as_ref()).await?;
        }
        Ok(None)
    }

    /// Whether the database was created when it was opened.
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.0.is_new
    }

    /// Whether the browser closed it.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.0.is_closed.get()
    }

    /// Returns the text of all records with these keys, in key order.
    ///
    /// # Errors
    /// The browser's error.
    pub async fn read(&self, store: &str, keys: &str) -> Result<Vec<String>, StoreError> {
        let records = self.reading(store)?.object_store(store)?;
        let texts = match range(keys)? {
            Some(range) => records.get_all_with_key(&range)?,
            None => records.get_all()?,
        };
        Ok(texts_of(&result_of(&texts).await?))
    }

    /// Returns all records with these keys, each with its key, in key order.
    ///
    /// # Errors
    /// The browser's error.
    pub async fn read_with_keys(&self, store: &str, keys: &str) -> Result<Vec<(String, String)>, StoreError> {
        let records = self.reading(store)?.object_store(store)?;
        let (names, texts) = match range(keys)? {
            Some(range) => (records.get_all_keys_with_key(&range)?, records.get_all_with_key(&range)?),
            None => (records.get_all_keys()?, records.get_all()?),
        };
        let (names, texts) = (result_of(&names), result_of(&texts));
        Ok(texts_of(&names.await?).into_iter().zip(texts_of(&texts.await?)).collect())
    }

    fn reading(&self, store: &str) -> Result<IdbTransaction, StoreError> {
        Ok(self.0.database.transaction_with_str(store)?)
    }

    /// Applies all changes or, if one fails, none. The transaction has begun when this returns, so it goes on if the page is
    /// closed. With `is_strict`, it is complete only when it is on the disk and not just with the operating system.
    pub fn write(&self, changes: &[Change], is_strict: bool) -> impl Future<Output = Result<(), StoreError>> + use<> {
        let begun = self.begin(changes, is_strict);
        async move {
            let Some((transaction, end)) = begun? else { return Ok(()) };
            let end = JsFuture::from(end).await?.dyn_into::<Event>();
            if end.is_ok_and(|end| end.type_() == "complete") {
                return Ok(());
            }
            Err(StoreError::of(transaction.error().as_ref()))
        }
    }

    fn begin(&self, changes: &[Change], is_strict: bool) -> Result<Option<(IdbTransaction, Promise)>, StoreError> {
        let stores = Array::new();
        for change in changes {
            let store = JsValue::from_str(store_of(change));
            if !stores.includes(&store, 0) {
                stores.push(&store);
            }
        }
        if stores.length() == 0 {
            return Ok(None);
        }
        let options = Object::new();
        Reflect::set(&options, &"durability".into(), &if is_strict { "strict" } else { "relaxed" }.into())?;
        let database: &Database = self.0.database.unchecked_ref();
        let transaction = database.transaction(&stores, "readwrite", &options)?;
        let end = Promise::new(&mut |settle, _| {
            transaction.set_oncomplete(Some(&settle));
            transaction.set_onabort(Some(&settle));
        });
        if let Err(why) = changes.iter().try_for_each(|change| make(change, &transaction)) {
            transaction.abort().ok();
            return Err(why.into());
        }
        #[expect(deprecated, reason = "it was removed from one draft of the standard, and is in the next")]
        transaction.commit()?;
        Ok(Some((transaction, end)))
    }
}

impl Connection {
    fn new(database: IdbDatabase, is_new: bool, closed: impl Fn() + 'static) -> Self {
        let (is_closed, closed) = (Rc::new(Cell::new(false)), Rc::new(closed));
        let on_close = {
            let (is_closed, closed) = (is_closed.clone(), closed.clone());
            Closure::<dyn FnMut()>::new(move || {
                is_closed.set(true);
                closed();
            })
        };
        let on_version_change = {
            let (is_closed, database) = (is_closed.clone(), database.clone());
            Closure::<dyn FnMut(IdbVersionChangeEvent)>::new(move |_| {
                // Another tab would be blocked.
                database.close();
                is_closed.set(true);
                closed();
            })
        };
        database.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        database.set_onversionchange(Some(on_version_change.as_ref().unchecked_ref()));
        Self { database, is_closed, is_new, _on_close: on_close, _on_version_change: on_version_change }
    }
}

fn make(change: &Change, transaction: &IdbTransaction) -> Result<(), JsValue> {
    let store = transaction.object_store(store_of(change))?;
    match change {
        Change::Put { key, value, replaces, .. } => {
            if let Some(replaced) = replaces {
                make(&Change::RemoveAll(replaced.clone()), transaction)?;
            }
            store.put_with_key(&JsValue::from_str(value), &JsValue::from_str(key))?;
        }
        Change::Remove { key, .. } => {
            store.delete(&JsValue::from_str(key))?;
        }
        Change::RemoveAll(Selection { keys, .. }) => {
            if let Some(range) = range(keys)? {
                store.delete(&range)?;
            }
        }
    }
    Ok(())
}

fn store_of(change: &Change) -> &'static str {
    match change {
        Change::Put { store, .. } | Change::Remove { store, .. } | Change::RemoveAll(Selection { store, .. }) => store,
    }
}

fn factory() -> Result<IdbFactory, StoreError> {
    web_sys::window().and_then(|window| window.indexed_db().ok().flatten()).ok_or_else(StoreError::absent)
}

async fn opened(request: &IdbOpenDbRequest) -> Result<IdbDatabase, StoreError> {
    Ok(result_of(request).await?.unchecked_into())
}

/// Returns the result of a request. It listens at once, so several requests can be made before the first is awaited.
fn result_of(request: &IdbRequest) -> impl Future<Output = Result<JsValue, StoreError>> + use<> {
    let end = Promise::new(&mut |settle, _| {
        request.set_onsuccess(Some(&settle));
        request.set_onerror(Some(&settle));
    });
    let request = request.clone();
    async move {
        JsFuture::from(end).await?;
        match request.error()? {
            None => Ok(request.result()?),
            Some(why) => Err(StoreError::of(Some(&why))),
        }
    }
}

fn texts_of(records: &JsValue) -> Vec<String> {
    Array::from(records).iter().map(|text| text.as_string().unwrap_or_default()).collect()
}

/// Returns the range of these keys; `None` means all.
fn range(keys: &str) -> Result<Option<IdbKeyRange>, JsValue> {
    let text = JsValue::from_str;
    let range = if let Some(first) = keys.strip_prefix('>') {
        IdbKeyRange::lower_bound(&text(first))?
    } else if let Some(end) = keys.strip_prefix('<') {
        IdbKeyRange::upper_bound_with_open(&text(end), true)?
    } else if keys.is_empty() {
        return Ok(None);
    } else {
        IdbKeyRange::bound(&text(keys), &text(&format!("{keys}\u{ffff}")))?
    };
    Ok(Some(range))
}
