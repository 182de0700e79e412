//! Text records in IndexedDB: stores of keys and values, read by their keys and changed in transactions.
//!
//! Which keys is said in one text: how they begin; `>` and a key for that one and all after it; `<` and a key for all before
//! it; nothing for all.
//!
//! It is a wasm module of its own (`src/bin/record_store.rs`): the page takes input before storage is there. It knows nothing
//! of what the records mean.

use std::rc::Rc;

use idb::{
    Database, Error, KeyRange, Query, TransactionMode,
    builder::{DatabaseBuilder, ObjectStoreBuilder},
};
use wasm_bindgen::JsValue;

/// An open database.
#[derive(Clone)]
pub struct RecordStore(Rc<Database>);

/// One change of one store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Writes a record.
    Put {
        /// Which store.
        store: String,
        /// Its key.
        key: String,
        /// Its text.
        value: String,
    },
    /// Removes a record.
    Remove {
        /// Which store.
        store: String,
        /// Its key.
        key: String,
    },
    /// Removes every record with these keys.
    RemoveAll {
        /// Which store.
        store: String,
        /// Which keys.
        keys: String,
    },
}

impl Change {
    fn store(&self) -> &str {
        match self {
            Self::Put { store, .. } | Self::Remove { store, .. } | Self::RemoveAll { store, .. } => store,
        }
    }
}

impl RecordStore {
    /// Opens a database, and makes its stores where it is new.
    ///
    /// # Errors
    /// In the browser's words: storage is blocked, full or broken.
    pub async fn open(name: &str, version: u32, stores: &[String]) -> Result<Self, Error> {
        let builder = DatabaseBuilder::new(name).version(version);
        let builder =
            stores.iter().fold(builder, |builder, store| builder.add_object_store(ObjectStoreBuilder::new(store)));
        Ok(Self(Rc::new(builder.build().await?)))
    }

    /// The texts of all records with these keys, in the order of the keys.
    ///
    /// # Errors
    /// In the browser's words.
    pub async fn read(&self, store: &str, keys: &str) -> Result<Vec<JsValue>, Error> {
        let transaction = self.0.transaction(&[store], TransactionMode::ReadOnly)?;
        transaction.object_store(store)?.get_all(range(keys)?, None)?.await
    }

    /// Makes all changes or, where one fails, none.
    ///
    /// # Errors
    /// In the browser's words.
    pub async fn write(&self, changes: &[Change]) -> Result<(), Error> {
        let mut stores: Vec<&str> = changes.iter().map(Change::store).collect();
        stores.sort_unstable();
        stores.dedup();
        let transaction = self.0.transaction(&stores, TransactionMode::ReadWrite)?;
        // Nothing is waited for before the commit: the page may be gone by then. The requests live until it is done,
        // because the browser calls them back.
        let (mut puts, mut removals) = (Vec::new(), Vec::new());
        for change in changes {
            let store = transaction.object_store(change.store())?;
            match change {
                Change::Put { key, value, .. } => {
                    puts.push(store.put(&JsValue::from_str(value), Some(&JsValue::from_str(key)))?);
                }
                Change::Remove { key, .. } => removals.push(store.delete(Query::Key(JsValue::from_str(key)))?),
                Change::RemoveAll { keys, .. } => {
                    if let Some(range) = range(keys)? {
                        removals.push(store.delete(range)?);
                    }
                }
            }
        }
        let done = transaction.commit()?.await.map(drop);
        drop((puts, removals));
        done
    }
}

/// The range of these keys; none means all.
fn range(keys: &str) -> Result<Option<Query>, Error> {
    let text = JsValue::from_str;
    let range = if let Some(first) = keys.strip_prefix('>') {
        KeyRange::lower_bound(&text(first), None)?
    } else if let Some(end) = keys.strip_prefix('<') {
        KeyRange::upper_bound(&text(end), Some(true))?
    } else if keys.is_empty() {
        return Ok(None);
    } else {
        KeyRange::bound(&text(keys), &text(&format!("{keys}\u{ffff}")), None, None)?
    };
    Ok(Some(Query::KeyRange(range)))
}
