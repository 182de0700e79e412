//! Text records in IndexedDB.

use std::{cell::Cell, rc::Rc};

use headroom::record_store::RecordStore;
use headroom_records::{Change, Selection};
use wasm_bindgen_test::wasm_bindgen_test;

async fn store(name: &str) -> RecordStore {
    RecordStore::open(name, 1, &["one", "two"], || {}).await.unwrap()
}

fn put(store: &'static str, key: &str, value: &str) -> Change {
    Change::Put { store, key: key.into(), value: value.into(), replaces: None }
}

async fn texts(records: &RecordStore, store: &str, keys: &str) -> Vec<String> {
    records.read(store, keys).await.unwrap()
}

#[wasm_bindgen_test]
async fn records_come_back_in_the_order_of_their_keys() {
    let store = store("order").await;
    store.write(&[put("one", "b/2", "B2"), put("one", "a/1", "A1"), put("one", "b/1", "B1")], true).await.unwrap();
    store.write(&[put("one", "b/1", "B1 again"), put("two", "b/1", "elsewhere")], true).await.unwrap();
    assert_eq!(texts(&store, "one", "").await, ["A1", "B1 again", "B2"]);
    assert_eq!(texts(&store, "one", "b/").await, ["B1 again", "B2"]);
    assert_eq!(texts(&store, "two", "").await, ["elsewhere"]);
}

#[wasm_bindgen_test]
async fn removing_a_record_leaves_those_whose_keys_begin_as_its_own() {
    let store = store("removal").await;
    store.write(&[put("one", "c-1", "1"), put("one", "c-10", "10"), put("one", "c-1/x", "x")], true).await.unwrap();
    store.write(&[Change::Remove { store: "one", key: "c-1".into() }], true).await.unwrap();
    assert_eq!(texts(&store, "one", "").await, ["x", "10"]);
    store.write(&[Change::RemoveAll(Selection { store: "one", keys: "c-1/".into() })], true).await.unwrap();
    assert_eq!(texts(&store, "one", "").await, ["10"]);
    // An empty prefix would match everything, which is never intended.
    store.write(&[Change::RemoveAll(Selection { store: "one", keys: String::new() })], true).await.unwrap();
    assert_eq!(texts(&store, "one", "").await, ["10"]);
}

#[wasm_bindgen_test]
async fn what_is_older_than_a_key_is_distinguished_from_what_is_newer() {
    let store = store("time").await;
    store
        .write(&[put("one", "0001-a", "1"), put("one", "0002-a", "2"), put("one", "0003-a", "3")], true)
        .await
        .unwrap();
    assert_eq!(texts(&store, "one", ">0002").await, ["2", "3"]);
    assert_eq!(texts(&store, "one", "<0002").await, ["1"]);
    store.write(&[Change::RemoveAll(Selection { store: "one", keys: "<0003".into() })], true).await.unwrap();
    assert_eq!(texts(&store, "one", "").await, ["3"]);
}

#[wasm_bindgen_test]
async fn changes_are_made_all_or_not_at_all() {
    let store = store("together").await;
    let unknown = [put("one", "a", "kept?"), put("no such store", "a", "")];
    store.write(&unknown, true).await.unwrap_err();
    assert_eq!(texts(&store, "one", "").await, [""; 0]);
}

#[wasm_bindgen_test]
async fn what_one_tab_wrote_another_reads() {
    let (here, there) = (store("tabs").await, store("tabs").await);
    here.write(&[put("one", "a", "from here")], true).await.unwrap();
    assert_eq!(texts(&there, "one", "").await, ["from here"]);
}

#[wasm_bindgen_test]
async fn a_database_that_is_not_there_is_not_created_by_looking_for_it() {
    assert!(RecordStore::open_existing("nowhere", &["one"]).await.unwrap().is_none());
    let names = "indexedDB.databases().then((all) => all.map(({ name }) => name).join())";
    let names: js_sys::Promise = js_sys::eval(names).unwrap().into();
    let names = wasm_bindgen_futures::JsFuture::from(names).await.unwrap().as_string().unwrap();
    assert!(!names.contains("nowhere"), "{names}");

    let store = RecordStore::open("somewhere", 1, &["one", "two"], || {}).await.unwrap();
    store.write(&[put("one", "a", "1"), put("one", "b", "2")], true).await.unwrap();
    let again = RecordStore::open_existing("somewhere", &["one"]).await.unwrap().unwrap();
    let expected = [("a", "1"), ("b", "2")].map(|(key, text)| (key.to_owned(), text.to_owned()));
    assert_eq!(again.read_with_keys("one", "").await.unwrap(), expected);
    assert!(RecordStore::open_existing("somewhere", &["three"]).await.unwrap().is_none());
}

/// The crate that was used here reported it as written: a full disk was silent.
#[wasm_bindgen_test]
async fn an_aborted_transaction_is_an_error() {
    let store = store("aborted").await;
    let aborts = "IDBTransaction.prototype.commit = function () { this.abort() }";
    let real = js_sys::eval("globalThis.realCommit = IDBTransaction.prototype.commit").unwrap();
    js_sys::eval(aborts).unwrap();
    let written = store.write(&[put("one", "a", "1")], false).await;
    js_sys::eval("IDBTransaction.prototype.commit = realCommit").unwrap();
    assert!(real.is_function());
    assert_eq!(written.unwrap_err().name, "AbortError");
    assert_eq!(texts(&store, "one", "").await, [""; 0]);
}

#[wasm_bindgen_test]
async fn a_database_that_is_deleted_elsewhere_is_given_up_and_said_to_be_new_when_it_is_opened_again() {
    let closed = Rc::new(Cell::new(false));
    let heard = closed.clone();
    let store = RecordStore::open("deleted", 1, &["one"], move || heard.set(true)).await.unwrap();
    assert!(store.is_new());
    let deletion = "new Promise((done) => { indexedDB.deleteDatabase('deleted').onsuccess = done })";
    let deletion: js_sys::Promise = js_sys::eval(deletion).unwrap().into();
    wasm_bindgen_futures::JsFuture::from(deletion).await.unwrap();
    assert!(closed.get() && store.is_closed());
    assert!(store.write(&[put("one", "a", "1")], false).await.unwrap_err().is_closed());
    assert!(RecordStore::open("deleted", 1, &["one"], || {}).await.unwrap().is_new());
    assert!(!RecordStore::open("deleted", 1, &["one"], || {}).await.unwrap().is_new());
}

#[wasm_bindgen_test]
async fn a_newer_database_is_not_opened() {
    drop(RecordStore::open("newer", 2, &["one"], || {}).await.unwrap());
    let older = RecordStore::open("newer", 1, &["one"], || {}).await;
    assert_eq!(older.err().map(|why| why.name).as_deref(), Some("VersionError"));
}
