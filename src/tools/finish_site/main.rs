//! The one step after the build. Trunk runs it on the staged site; see [`headroom_finish_site::finish`].

use std::{env, path::PathBuf, process::ExitCode};

#[expect(clippy::print_stderr, reason = "a command says what went wrong")]
fn main() -> ExitCode {
    let named = env::args_os().nth(1).or_else(|| env::var_os("TRUNK_STAGING_DIR"));
    let Some(site) = named.map(PathBuf::from) else {
        eprintln!("finish_site: name the folder of the built site, or let Trunk run it as its post-build hook");
        return ExitCode::from(2);
    };
    match headroom_finish_site::finish(&site, Some(&compiled())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("finish_site: {why}");
            ExitCode::FAILURE
        }
    }
}

/// Where cargo leaves the page's wasm.
fn compiled() -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    target.join("wasm32-unknown-unknown/release/headroom.wasm")
}
