//! Writes the seeds of a target to a folder, one file each: `seeds TARGET FOLDER`.

use std::{env, fs, path::Path, process::ExitCode};

use headroom_fuzz::seeds;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [target, folder] = arguments.as_slice() else { return ExitCode::from(2) };
    let seeds = match target.as_str() {
        "count_matches_reference" => seeds::texts(),
        "pack_bytes" => seeds::files(),
        "tools_json" => seeds::tools(),
        _ => return ExitCode::from(2),
    };
    let folder = Path::new(folder);
    let write = |(number, seed): (usize, Vec<u8>)| fs::write(folder.join(format!("seed_{number:03}")), seed);
    if fs::create_dir_all(folder).and_then(|()| seeds.into_iter().enumerate().try_for_each(write)).is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
