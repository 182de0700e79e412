//! Text records in IndexedDB: key-value stores, read by key and changed in transactions.
//!
//! A string selects keys: a prefix; `>` and a key for that key and all after it; `<` and a key for all before it; empty
//! for all.
//!
//! It does not know what the records mean.

use std::rc::Rc;

use idb::{
    Database, Error, Factory, KeyRange, Query, TransactionMode,
    builder::{DatabaseBuilder, ObjectStoreBuilder},
};
use wasm_bindgen::JsValue;

/// An open database.
#[derive(Clone)]
pub struct RecordStore(Rc<Database>);

/// A change to one store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Writes a record.
    Put {
        /// The store.
        store: &'static str,
        /// Its key.
        key: String,
        /// Its text.
        value: String,
    },
    /// Deletes a record.
    Remove {
        /// The store.
        store: &'static str,
        /// Its key.
        key: String,
    },
    /// Deletes every record with these keys.
    RemoveAll {
        /// The store.
        store: &'static str,
        /// The selected keys.
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
    /// Opens a database, and creates its stores if it is new.
    ///
    /// # Errors
    /// The browser's error: storage is blocked, full or broken.
    pub async fn open(name: &str, version: u32, stores: &[&str]) -> Result<Self, Error> {
        let builder = DatabaseBuilder::new(name).version(version);
        let builder =
            stores.iter().fold(builder, |builder, store| builder.add_object_store(ObjectStoreBuilder::new(store)));
        Ok(Self(Rc::new(builder.build().await?)))
    }

    /// Opens a database if there is one with these stores.
    ///
    /// # Errors
    /// The browser's error: storage is blocked or broken.
    pub async fn open_existing(name: &str, stores: &[&str]) -> Result<Option<Self>, Error> {
        let factory = Factory::new()?;
        let database = factory.open(name, None)?.await?;
        let found = database.store_names();
        if stores.iter().all(|store| found.iter().any(|other| other == store)) {
            return Ok(Some(Self(Rc::new(database))));
        }
        database.close();
        if found.is_empty() {
            // Opening it has created it.
            factory.delete(name)?.await?;
        }
        Ok(None)
    }

    /// Closes the database, so that it does not block others.
    pub fn close(self) {
        self.0.close();
    }

    /// Returns the text of all records with these keys, in key order.
    ///
    /// # Errors
    /// The browser's error.
    pub async fn read(&self, store: &str, keys: &str) -> Result<Vec<String>, Error> {
        let transaction = self.0.transaction(&[store], TransactionMode::ReadOnly)?;
        let texts = transaction.object_store(store)?.get_all(range(keys)?, None)?.await?;
        Ok(texts.iter().map(|text| text.as_string().unwrap_or_default()).collect())
    }

    /// Returns all records with these keys, each with its key, in key order.
    ///
    /// # Errors
    /// The browser's error.
    pub async fn read_with_keys(&self, store: &str, keys: &str) -> Result<Vec<(String, String)>, Error> {
        let transaction = self.0.transaction(&[store], TransactionMode::ReadOnly)?;
        let records = transaction.object_store(store)?;
        let (names, texts) = (records.get_all_keys(range(keys)?, None)?, records.get_all(range(keys)?, None)?);
        let (names, texts) = (names.await?, texts.await?);
        let text = |value: JsValue| value.as_string().unwrap_or_default();
        Ok(names.into_iter().map(text).zip(texts.into_iter().map(text)).collect())
    }

    /// Applies all changes or, if one fails, none.
    ///
    /// # Errors
    /// The browser's error.
    pub async fn write(&self, changes: &[Change]) -> Result<(), Error> {
        let mut stores: Vec<&str> = changes.iter().map(Change::store).collect();
        stores.sort_unstable();
        stores.dedup();
        let transaction = self.0.transaction(&stores, TransactionMode::ReadWrite)?;
        // Nothing is awaited before the commit, because the page may be gone by then. The requests are kept until it is
        // done, because the browser calls them back.
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

/// Returns the range of these keys; `None` means all.
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
