//! `api_simulator [OPTION…]`: a provider on this machine. `--help` lists the options.

use std::{env, process::ExitCode};

use headroom_api_simulator::{Options, Server, USAGE};
use headroom_simulator::FAULTS;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a command says where it listens and what went wrong")]
async fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    if words.iter().any(|word| word == "--help") {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    if words.iter().any(|word| word == "--faults") {
        for (name, effect) in FAULTS {
            println!("{name:20} {effect}");
        }
        return ExitCode::SUCCESS;
    }
    let options = match Options::read(words) {
        Ok(options) => options,
        Err(why) => {
            eprintln!("api_simulator: {why}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let base = options.config.shape.base_path();
    let about = format!("{} as {}", options.config.profile.name, options.config.shape.name());
    let keys = options.config.keys.join(" ");
    let outcome = async {
        let server = Server::bind(options.port, options.config).await?;
        // The first line is for scripts: the base address and nothing else.
        println!("http://{}{base}", server.address()?);
        println!("{about}; keys: {keys}");
        server.run().await
    };
    match outcome.await {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("api_simulator: port {}: {why}", options.port);
            ExitCode::FAILURE
        }
    }
}
