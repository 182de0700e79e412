//! Runs every test in every browser.

use std::{
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use libtest_mimic::{Arguments, Failed, Trial};
use tokio::{runtime::Runtime, time::timeout};

use crate::{
    browser::Browser,
    case::{Case, Session},
    pool::Pool,
    times::Times,
    verdict::{SecondTries, Try, Verdict, judge},
    witnesses,
};

/// The timeout of a test; no test takes this long unless it hangs.
const TOO_LONG: Duration = Duration::from_secs(120);
/// The most text that is printed of a page on which a test failed.
const MOST_SHOWN: usize = 1_500;

/// State shared by all tests of a run.
struct Run {
    pools: Vec<Pool>,
    second_tries: SecondTries,
    times: Arc<Times>,
}

/// Runs the tests as the arguments say, the way `cargo test` does. `plain` are tests that need no browser.
#[expect(clippy::print_stderr, reason = "a runner says what it found")]
pub fn run(cases: Vec<Case>, plain: Vec<(&'static str, fn())>) -> ExitCode {
    let mut arguments = Arguments::from_args();
    if let Ok(filter) = std::env::var("E2E_FILTER")
        && !filter.is_empty()
    {
        arguments.filter = Some(filter);
    }
    // A test mostly waits for its page: three browsers at a time keep two cores busy.
    arguments.test_threads.get_or_insert(3);
    let runtime = Arc::new(Runtime::new().expect("a runtime"));
    let times = Arc::new(Times::default());
    let pools: Vec<Pool> = Browser::found().into_iter().map(|browser| Pool::of(browser, times.clone())).collect();
    assert!(!pools.is_empty(), "no browser was named: run ./dev test e2e");
    let run = Arc::new(Run { pools, second_tries: SecondTries::default(), times });

    let mut trials: Vec<Trial> = plain
        .into_iter()
        .map(|(name, test)| {
            Trial::test(name, move || {
                test();
                Ok(())
            })
        })
        .collect();
    for case in cases {
        let case = Arc::new(case);
        for at in 0..run.pools.len() {
            let (case, runtime, run) = (case.clone(), runtime.clone(), run.clone());
            let name = format!("{}::{}", run.pools[at].browser.name(), case.name);
            trials.push(Trial::test(name.clone(), move || runtime.block_on(run.judged(&name, &case, &run.pools[at]))));
        }
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    runtime.block_on(async {
        for pool in &run.pools {
            pool.close().await;
        }
    });
    eprint!("{}", run.times.summary());
    if let Some(file) = std::env::var_os("E2E_TIMES") {
        std::fs::write(file, run.times.table()).expect("the times can be written");
    }
    conclusion.exit_code()
}

impl Run {
    #[expect(clippy::print_stderr, reason = "a browser that ends is to be seen")]
    async fn judged(&self, name: &str, case: &Case, pool: &Pool) -> Result<(), Failed> {
        let started = Instant::now();
        let verdict = judge(
            &self.second_tries,
            async || one(case, pool).await,
            |why| {
                eprintln!("{name}: its browser was lost, so it starts again: {why}");
                self.times.lost(&why.to_string());
            },
        )
        .await;
        self.times.took(name, started.elapsed());
        if matches!(verdict, Verdict::Flaky(_)) {
            self.times.flaky(name);
        }
        verdict.complaint().map_or(Ok(()), |complaint| Err(Failed::from(complaint)))
    }
}

/// Runs a test once.
async fn one(case: &Case, pool: &Pool) -> Try {
    let mut running = match pool.take().await {
        Ok(running) => running,
        Err(lost) => return Try::Lost(lost),
    };
    let session =
        Session { browser: pool.browser, page: running.page(), bidi: running.bidi.clone(), trap: running.trap.clone() };
    // Runs in separate tasks, so that a failed assertion does not end the runner.
    let mut test = tokio::spawn((case.run)(session.clone()));
    let problem = match timeout(TOO_LONG, &mut test).await {
        Err(_) => {
            test.abort();
            Some(format!("still running after {TOO_LONG:?}"))
        }
        Ok(Err(panic)) => Some(message(panic)),
        Ok(Ok(())) => {
            let (session, noise) = (session.clone(), case.noise);
            match tokio::spawn(async move { witnesses::noise(&session, noise).await }).await {
                Ok(noise) if noise.is_empty() => None,
                Ok(noise) => Some(format!("must not happen:\n{}", noise.join("\n"))),
                Err(panic) => Some(message(panic)),
            }
        }
    };
    let Some(problem) = problem else {
        pool.put_back(running).await;
        return Try::Passed;
    };
    if let Some(lost) = running.lost().await {
        return Try::Lost(lost);
    }
    let evidence = evidence(&session).await;
    running.close().await;
    Try::Failed(format!("{problem}\n{evidence}"))
}

/// The content of the page and the console, after a test has failed.
async fn evidence(session: &Session) -> String {
    let shown = "return (document.body?.innerText ?? '') + '\\n' + location.href";
    let shown = timeout(Duration::from_secs(10), session.page.client.execute(shown, vec![])).await;
    let shown: String = match shown {
        // The newest is at the end.
        Ok(Ok(text)) => last(text.as_str().unwrap_or_default(), MOST_SHOWN).to_owned(),
        Ok(Err(why)) => why.to_string(),
        Err(_) => "the page does not answer".to_owned(),
    };
    format!("console: {:#?}\nthe page shows: {shown}", session.bidi.console())
}

fn last(text: &str, letters: usize) -> &str {
    let start = text.char_indices().rev().nth(letters).map_or(0, |(at, _)| at);
    &text[start..]
}

fn message(panic: tokio::task::JoinError) -> String {
    match panic.try_into_panic() {
        Ok(payload) => payload
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| payload.downcast_ref::<&str>().map(|text| (*text).to_owned()))
            .unwrap_or_default(),
        Err(why) => why.to_string(),
    }
}
