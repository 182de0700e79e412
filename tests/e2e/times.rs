//! How long each test took, and its outcome.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// How many of the slowest tests are printed; the file has all.
const SLOWEST: usize = 25;

/// One line for each test of a run.
#[derive(Debug, Default)]
pub struct Times(Mutex<Rows>);

#[derive(Debug, Default)]
struct Rows {
    tests: Vec<(String, Duration)>,
    flaky: Vec<String>,
    /// Lost browsers, by cause.
    lost: BTreeMap<String, usize>,
    started: BTreeMap<&'static str, usize>,
}

impl Times {
    /// Records how long a test took, with all its tries.
    pub fn took(&self, name: &str, time: Duration) {
        self.rows(|rows| rows.tests.push((name.to_owned(), time)));
    }

    /// Records that a test failed and then passed.
    pub fn flaky(&self, name: &str) {
        self.rows(|rows| rows.flaky.push(name.to_owned()));
    }

    /// Records that a browser was lost during a test.
    pub fn lost(&self, why: &str) {
        self.rows(|rows| *rows.lost.entry(why.to_owned()).or_default() += 1);
    }

    /// Records that a browser was started.
    pub fn started(&self, browser: &'static str) {
        self.rows(|rows| *rows.started.entry(browser).or_default() += 1);
    }

    fn rows<T>(&self, change: impl FnOnce(&mut Rows) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Every test, one a line, the slowest first.
    pub fn table(&self) -> String {
        self.rows(|rows| {
            rows.tests.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
            rows.tests.iter().fold(String::new(), |mut table, (name, time)| {
                writeln!(table, "{:>7.2} s  {name}", time.as_secs_f64()).ok();
                table
            })
        })
    }

    /// The slowest tests, the sums by browser, and the lost browsers and flaky tests.
    pub fn summary(&self) -> String {
        let table = self.table();
        self.rows(|rows| {
            let mut summary = String::from("\nthe slowest tests:\n");
            summary.extend(table.lines().take(SLOWEST).map(|line| format!("{line}\n")));
            let mut sums: BTreeMap<&str, (usize, Duration)> = BTreeMap::new();
            for (name, time) in &rows.tests {
                let sum = sums.entry(name.split("::").next().unwrap_or_default()).or_default();
                *sum = (sum.0 + 1, sum.1 + *time);
            }
            for (browser, (tests, time)) in sums {
                let started = rows.started.get(browser).copied().unwrap_or_default();
                let time = time.as_secs_f64();
                writeln!(summary, "{browser}: {tests} tests in {time:.0} s, in {started} browsers").ok();
            }
            for (why, times) in &rows.lost {
                writeln!(summary, "lost {times} times: {why}").ok();
            }
            let flaky = if rows.flaky.is_empty() { "none".to_owned() } else { rows.flaky.join(", ") };
            writeln!(summary, "flaky: {flaky}").ok();
            summary
        })
    }
}
