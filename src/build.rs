//! Makes the linker keep relocations in the page's wasm: `finish_site` needs them to split off what is fetched later.

fn main() {
    println!("cargo::rerun-if-changed=src/build.rs");
    if std::env::var("CARGO_CFG_TARGET_ARCH").as_deref() == Ok("wasm32") {
        println!("cargo::rustc-link-arg-bin=headroom=--emit-relocs");
    }
}
