//! `estimator_bench` prints the estimator's errors; `--record [FILE]` counts the corpus again, with tokenx's counts
//! from FILE; `--fit` fits the weights again. The new weights take effect with the next build.

use std::{env, error::Error, fs, path::PathBuf, process::ExitCode};

use headroom_estimator_bench::{corpus, fit, record, reference::References, table};

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a command says what it found")]
fn main() -> ExitCode {
    match run() {
        Ok(said) => {
            println!("{said}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("estimator_bench: {why}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<String, Box<dyn Error>> {
    let tokenizer = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../core/tokenizer"));
    let folder = tokenizer.join("corpus");
    let texts = corpus::read(&folder)?;
    let load = || References::load().map_err(|missing| format!("no reference for {}", missing.0));
    match env::args().nth(1).as_deref() {
        None => {
            let rows = record::read(&folder, &texts)?;
            let (errors, bands, speed) = (table::errors(&rows), table::bands(&rows), table::speed(&texts));
            Ok(format!("{errors}\n{bands}\n{speed}"))
        }
        Some("--record") => {
            let tokenx = env::args().nth(2).map(fs::read_to_string).transpose()?;
            record::write(&folder, &texts, &load()?, &tokenx.unwrap_or_default())?;
            Ok("recorded corpus/counts.tsv".into())
        }
        Some("--fit") => {
            fs::write(tokenizer.join("estimator/weights.bin"), fit::run(&texts, &load()?))?;
            Ok("fitted estimator/weights.bin: build again to use it".into())
        }
        Some(other) => Err(format!("unknown option {other}: give none, --record [FILE] or --fit").into()),
    }
}
