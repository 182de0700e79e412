//! The tables the run prints.

use std::{
    collections::BTreeMap,
    fs,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    io::Read as _,
    path::Path,
};

use crate::{GROWING, Results, SIZES, TASKS};

/// The baseline for all speeds.
const FLOOR: &str = "crate tiktoken";
/// The candidate whose counts serve as the reference.
const BELIEVED: &str = "crate tiktoken-rs";
/// Columns of the two tables of speeds, as places in [`TASKS`].
const ORDINARY: [usize; 4] = [0, 1, 2, 3];
const SPECIAL: [usize; 5] = [4, 5, 6, 7, 8];
/// Brotli at its best quality takes minutes above this many bytes.
const MOST_AT_BEST: usize = 16_000_000;

/// Prints all tables.
#[expect(clippy::print_stdout, reason = "a command says what it measured")]
pub fn print(names: &[String], all: &BTreeMap<String, Results>, growth: &[[f64; SIZES.len()]], folder: &Path) {
    let best = |name: &str, at: usize| all.get(name).and_then(|results| speeds(results, at)).map(|(best, _)| best);
    let ratio = |mine: f64, at: usize| best(FLOOR, at).map_or(String::new(), |floor| format!("{:.2}x", mine / floor));

    println!("Fresh text, megabytes a second: best (median), and the best beside the best of {FLOOR}");
    row("", ORDINARY.iter().map(|at| title(*at)));
    for name in names {
        row(name, ORDINARY.iter().map(|at| cell(&all[name], *at, ratio, |speed| format!("{:.1}", speed / 1e6))));
    }

    println!(
        "\nMicroseconds for a prompt of 200 characters, milliseconds for a text in one piece: best (median), and speed"
    );
    row("", SPECIAL.iter().map(|at| title(*at)));
    for name in names {
        row(name, SPECIAL.iter().map(|at| cell(&all[name], *at, ratio, |speed| duration(*at, speed))));
    }

    println!(
        "\nUntil the first count, files at hand; brotli of all files; memory after four megabytes, after the rest; counts"
    );
    row("", ["ready, ms", "download, KB", "memory, MB", "counts"].map(str::to_owned).into_iter());
    let believed = &all[BELIEVED];
    let downloads = downloads(all, folder);
    for name in names {
        let results = &all[name];
        let (best, median) = spread(results.init.iter().map(|seconds| 1.0 / seconds).collect());
        let floor = spread(all[FLOOR].init.iter().map(|seconds| 1.0 / seconds).collect()).0;
        let ready = format!("{:.0} ({:.0}) {:.2}x", 1e3 / best, 1e3 / median, best / floor);
        let memory = format!("{:.1}, {:.1}", results.memory.0 / 1e6, results.memory.1 / 1e6);
        row(name, [ready, downloads[name].clone(), memory, verdict(results, believed)].into_iter());
    }

    println!("\nOurs, nanoseconds per byte of texts of this many bytes");
    row("", SIZES.iter().map(ToString::to_string).chain(["most / least".into()]));
    for (sort, sizes) in GROWING.iter().zip(growth) {
        let (most, least) =
            (sizes.iter().fold(0.0, |a: f64, b| a.max(*b)), sizes.iter().fold(f64::MAX, |a, b| a.min(*b)));
        row(sort, sizes.iter().map(|time| format!("{time:.1}")).chain([format!("{:.2}", most / least)]));
    }
    let simd =
        |at: &usize| Some(format!("{} {:.2}x", TASKS[*at].sort, best("ours, simd128", *at)? / best("ours", *at)?));
    println!("\nOurs with simd128 beside ours: {}", ORDINARY.iter().filter_map(simd).collect::<Vec<_>>().join(", "));
}

#[expect(clippy::print_stdout, reason = "a command says what it measured")]
fn row(name: &str, cells: impl Iterator<Item = String>) {
    let cells: String = cells.map(|cell| format!("{cell:>23}")).collect();
    println!("{name:<28}{cells}");
}

fn title(at: usize) -> String {
    match TASKS[at].size {
        200 => "prompt".into(),
        200_000 => format!("200 KB {}", TASKS[at].sort),
        _ => format!("1 MB {}", TASKS[at].sort),
    }
}

fn cell(results: &Results, at: usize, ratio: impl Fn(f64, usize) -> String, show: impl Fn(f64) -> String) -> String {
    if let Some(why) = &results.stopped[at] {
        return why.clone();
    }
    let Some((best, median)) = speeds(results, at) else { return "-".into() };
    format!("{} ({}) {:>6}", show(best), show(median), ratio(best, at))
}

/// The time for a text of the task's size at this speed in bytes per second.
fn duration(at: usize, speed: f64) -> String {
    let seconds = TASKS[at].size as f64 / speed;
    if TASKS[at].size == 200 { format!("{:.1}", seconds * 1e6) } else { format!("{:.1}", seconds * 1e3) }
}

/// Bytes per second: the best, and the median.
fn speeds(results: &Results, at: usize) -> Option<(f64, f64)> {
    let samples = &results.samples[at];
    (!samples.is_empty()).then(|| spread(samples.iter().map(|sample| sample.bytes / sample.seconds).collect()))
}

/// The maximum, and the median.
fn spread(mut numbers: Vec<f64>) -> (f64, f64) {
    numbers.sort_by(f64::total_cmp);
    (numbers[numbers.len() - 1], numbers[numbers.len() / 2])
}

/// Whether the same texts got the reference counts, and how far off their sums are if not.
fn verdict(results: &Results, believed: &Results) -> String {
    let mut sums: BTreeMap<&str, (u64, u64, bool)> = BTreeMap::new();
    for (key, count) in &results.counts {
        if let Some(right) = believed.counts.get(key) {
            let sum = sums.entry(TASKS[key.0].sort).or_default();
            *sum = (sum.0 + count, sum.1 + right, sum.2 | (count != right));
        }
    }
    let wrong = sums.iter().filter(|(_, (.., differs))| *differs);
    let wrong: Vec<String> = wrong
        .map(|(sort, (sum, right, _))| {
            let mark = if *sort == "english" { "WRONG: " } else { "" };
            format!("{mark}{sort} {:+.3}%", (*sum as f64 / *right as f64 - 1.0) * 100.0)
        })
        .collect();
    if wrong.is_empty() { "right".into() } else { wrong.join(", ") }
}

/// The download size of each. Compressing well takes some minutes the first time, on all processors.
fn downloads<'a>(all: &'a BTreeMap<String, Results>, folder: &Path) -> BTreeMap<&'a String, String> {
    std::thread::scope(|scope| {
        let threads: Vec<_> =
            all.iter().map(|(name, results)| (name, scope.spawn(|| download(results, folder)))).collect();
        threads.into_iter().map(|(name, thread)| (name, thread.join().expect("files can be read"))).collect()
    })
}

/// Kilobytes of brotli; approximate if the best compression would take minutes.
fn download(results: &Results, folder: &Path) -> String {
    let (mut sum, mut about) = (0, "");
    for file in &results.files {
        let bytes = fs::read(folder.join(file.trim_start_matches('/'))).expect("what was served is there");
        let quality = if bytes.len() > MOST_AT_BEST { 9 } else { 11 };
        if quality < 11 {
            about = "about ";
        }
        sum += compressed(&bytes, quality, folder);
    }
    format!("{about}{:.0}", sum as f64 / 1e3)
}

/// Bytes of brotli, from the cache of an earlier run if there is one.
fn compressed(bytes: &[u8], quality: u32, folder: &Path) -> usize {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    let note = folder.with_file_name(format!("brotli-{quality}-{:016x}", hasher.finish()));
    if let Some(size) = fs::read_to_string(&note).ok().and_then(|size| size.parse().ok()) {
        return size;
    }
    let mut out = Vec::new();
    brotli::CompressorReader::new(bytes, 1 << 16, quality, 24).read_to_end(&mut out).expect("memory");
    fs::write(note, out.len().to_string()).ok();
    out.len()
}
