//! `serve FOLDER [PORT] [PATH]`: serves a built site to this machine.

use std::{env, path::PathBuf, process::ExitCode};

use headroom_serve::Server;

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stderr, reason = "a command says what went wrong")]
async fn main() -> ExitCode {
    let mut words = env::args().skip(1);
    let (Some(folder), port, path) = (words.next(), words.next(), words.next()) else {
        eprintln!("serve FOLDER [PORT] [PATH]");
        return ExitCode::from(2);
    };
    let Ok(port) = port.as_deref().unwrap_or("8080").parse() else {
        eprintln!("serve: the port is a number from 0 to 65535");
        return ExitCode::from(2);
    };
    let outcome =
        async { Server::bind(port, PathBuf::from(folder), path.as_deref().unwrap_or("/")).await?.run().await };
    match outcome.await {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("serve: port {port}: {why}");
            ExitCode::FAILURE
        }
    }
}
