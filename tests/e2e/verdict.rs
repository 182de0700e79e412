//! The combined verdict of all tries of a test.
//!
//! A test that fails runs once more, to gather evidence: the two logs side by side show whether it always fails. If the
//! second try passes, the test is flaky, and that fails the run like any other failure. A driver or browser that ends
//! is not the page's fault: the test starts again, a bounded number of times.

use std::{
    fmt,
    sync::atomic::{AtomicUsize, Ordering},
};

use crate::browser::Lost;

/// How often a test starts again because its browser was lost.
const MOST_LOST: usize = 3;
/// How many failed tests of a run are tried a second time. If more fail, the reason is not chance.
const MOST_SECOND_TRIES: usize = 6;

/// How one try of a test ended.
#[derive(Debug)]
pub enum Try {
    /// It passed.
    Passed,
    /// An assertion failed, or something happened that must not; with the evidence.
    Failed(String),
    /// The browser was lost, which says nothing about the page.
    Lost(Lost),
}

/// The verdict of all tries.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The first try passed.
    Passed,
    /// It failed, twice if it was tried twice.
    Failed(String),
    /// It failed, and then it passed.
    Flaky(String),
    /// No browser stayed alive long enough to tell.
    NoBrowser(String),
}

/// How many second tries a run has left.
#[derive(Debug)]
pub struct SecondTries(AtomicUsize);

impl Default for SecondTries {
    fn default() -> Self {
        Self(AtomicUsize::new(MOST_SECOND_TRIES))
    }
}

impl SecondTries {
    fn take(&self) -> bool {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
    }
}

/// Runs a test until its verdict is known. `lost` is called for every browser that was lost.
pub async fn judge(
    second_tries: &SecondTries,
    mut attempt: impl AsyncFnMut() -> Try,
    mut lost: impl FnMut(&Lost),
) -> Verdict {
    let mut logs: Vec<String> = Vec::new();
    let mut losses = 0;
    loop {
        match (attempt().await, logs.as_slice()) {
            (Try::Passed, []) => return Verdict::Passed,
            (Try::Passed, _) => {
                logs.push("passed".to_owned());
                return Verdict::Flaky(both(&logs));
            }
            (Try::Failed(log), []) => {
                logs.push(log);
                if !second_tries.take() {
                    return Verdict::Failed(both(&logs));
                }
            }
            (Try::Failed(log), _) => {
                logs.push(log);
                return Verdict::Failed(both(&logs));
            }
            (Try::Lost(why), _) => {
                lost(&why);
                losses += 1;
                if losses > MOST_LOST {
                    logs.push(format!("no browser stays: {why}"));
                    return Verdict::NoBrowser(both(&logs));
                }
            }
        }
    }
}

fn both(logs: &[String]) -> String {
    let numbered = logs.iter().zip(1..).map(|(log, number)| format!("---- try {number}: {log}"));
    numbered.collect::<Vec<_>>().join("\n")
}

impl Verdict {
    /// The complaint to print; `None` if it passed.
    pub fn complaint(&self) -> Option<String> {
        match self {
            Self::Passed => None,
            Self::Failed(logs) => Some(format!("failed\n{logs}")),
            Self::Flaky(logs) => Some(format!("FLAKY: failed, then passed. Such a test fails the run.\n{logs}")),
            Self::NoBrowser(logs) => Some(format!("says nothing about the page: its browsers ended\n{logs}")),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Passed => "passed",
            Self::Failed(_) => "failed",
            Self::Flaky(_) => "flaky",
            Self::NoBrowser(_) => "no browser",
        })
    }
}

/// Checks these rules on made-up tries. Called by the runner, which has its own test harness.
pub fn a_flaky_test_fails_the_run_and_a_lost_browser_does_not() {
    let said = |tries: Vec<Try>, allowance: usize| {
        let second_tries = SecondTries(AtomicUsize::new(allowance));
        let (mut tries, mut lost) = (tries.into_iter(), 0);
        let judged = judge(&second_tries, async || tries.next().expect("it stops in time"), |_| lost += 1);
        let verdict = futures_util::FutureExt::now_or_never(judged).expect("nothing here takes time");
        assert_eq!(tries.next().map(|left| format!("{left:?}")), None, "it stops no earlier than it must");
        (verdict.to_string(), verdict.complaint().unwrap_or_default(), lost)
    };
    let failed = |log: &str| Try::Failed(log.to_owned());
    let ended = || Try::Lost(Lost::BrowserEnded("gone".into()));

    assert_eq!(said(vec![Try::Passed], 9), ("passed".into(), String::new(), 0));
    let (verdict, complaint, _) = said(vec![failed("first log"), Try::Passed], 9);
    assert!(verdict == "flaky" && complaint.contains("first log") && complaint.contains("try 2"), "{complaint}");
    let (verdict, complaint, _) = said(vec![failed("first log"), failed("second log")], 9);
    assert!(verdict == "failed" && complaint.contains("first log") && complaint.contains("second log"), "{complaint}");
    assert_eq!(said(vec![failed("log")], 0).0, "failed", "second tries are bounded");
    assert_eq!(said(vec![ended(), ended(), Try::Passed], 9), ("passed".into(), String::new(), 2));
    assert_eq!(said(vec![failed("log"), ended(), Try::Passed], 9).0, "flaky", "a lost browser is no second try");
    let (verdict, complaint, lost) = said((0..=MOST_LOST).map(|_| ended()).collect(), 9);
    assert!(verdict == "no browser" && complaint.contains("gone") && lost == MOST_LOST + 1, "{complaint}");
}
