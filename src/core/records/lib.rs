//! Text records in stores: how they change, and the queue of what is still to be written.
//!
//! **Invariant:** a record is a key and a text; what they mean is unknown here.

mod write_queue;

pub use write_queue::{AfterWrite, WriteQueue};

/// Keys of a store: a prefix; `>` and a key for that key and all after it; `<` and a key for all before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// The store.
    pub store: &'static str,
    /// Its selected keys. Empty for none.
    pub keys: String,
}

impl Selection {
    fn contains(&self, store: &str, key: &str) -> bool {
        store == self.store && !self.keys.is_empty() && is_selected(&self.keys, key)
    }
}

/// Whether a key is among the selected ones. An empty selection selects all.
fn is_selected(keys: &str, key: &str) -> bool {
    if let Some(first) = keys.strip_prefix('>') {
        key >= first
    } else if let Some(end) = keys.strip_prefix('<') {
        key < end
    } else {
        key.starts_with(keys)
    }
}

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
        /// The records it replaces.
        replaces: Option<Selection>,
    },
    /// Deletes a record.
    Remove {
        /// The store.
        store: &'static str,
        /// Its key.
        key: String,
    },
    /// Deletes every selected record.
    RemoveAll(Selection),
}

/// The number and size of records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unsaved {
    /// How many.
    pub records: usize,
    /// The length of their texts in bytes.
    pub bytes: usize,
}
