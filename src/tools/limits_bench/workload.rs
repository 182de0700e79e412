//! The jobs to be done.

/// Models of the profile, each with its own windows.
pub const MODELS: [&str; 2] = ["gpt-oss-120b", "llama3.1-8b"];

/// Time from the admission of a request to the first token of its response, in milliseconds.
pub const FIRST_TOKEN_MS: u64 = 200;

/// One request.
#[derive(Clone, Copy, Debug)]
pub struct Job {
    /// When it is queued, in milliseconds.
    pub at_ms: u64,
    /// The model's id.
    pub model: &'static str,
    /// Its prompt with the template, in tokens.
    pub prompt: u64,
    /// `max_completion_tokens`, if it is given.
    pub cap: Option<u64>,
    /// How long the response turns out, in tokens. Not known in advance.
    pub answer: u64,
    /// A user waits for it.
    pub interactive: bool,
}

impl Job {
    /// How long it runs: time to first token, plus 2,000 tokens per second.
    #[must_use]
    pub const fn takes_ms(&self) -> u64 {
        FIRST_TOKEN_MS + self.answer / 2
    }
}

/// Pseudorandom numbers, the same each time (SplitMix64).
struct Random(u64);

impl Random {
    fn between(&mut self, least: u64, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        least + (mixed ^ mixed >> 31) % (most - least + 1)
    }
}

/// The workloads, by name.
#[must_use]
pub fn all() -> Vec<(&'static str, Vec<Job>)> {
    let [classifications, long, bursts, mixed] = times(1);
    vec![
        ("200 short classifications", classifications),
        ("40 long answers", long),
        ("12 bursts of 6 lanes", bursts),
        ("60 in the background, a user", mixed),
    ]
}

/// The same, three times as long: for limits that would admit most of it at once.
#[must_use]
pub fn longer() -> Vec<(&'static str, Vec<Job>)> {
    let [classifications, long, bursts, mixed] = times(3);
    vec![
        ("600 short classifications", classifications),
        ("120 long answers", long),
        ("36 bursts of 6 lanes", bursts),
        ("180 in the background, a user", mixed),
    ]
}

fn times(times: u64) -> [Vec<Job>; 4] {
    let [first, second] = MODELS;
    let mut random = Random(1);
    let job = Job { at_ms: 0, model: first, prompt: 400, cap: Some(20), answer: 5, interactive: false };
    let classifications = (0..200 * times).map(|_| Job { answer: random.between(2, 20), ..job }).collect();
    let long = (0..40 * times).map(|_| Job {
        prompt: random.between(300, 900),
        cap: Some(4_000),
        answer: random.between(800, 3_500),
        ..job
    });
    let long = long.collect();
    let bursts = (0..12 * 6 * times).map(|number| Job {
        at_ms: number / 6 * 10_000,
        model: if number % 2 == 0 { first } else { second },
        prompt: 500,
        cap: Some(2_000),
        answer: random.between(200, 1_500),
        ..job
    });
    let bursts = bursts.collect();
    let background = (0..60 * times)
        .map(|_| Job { prompt: 1_500, cap: Some(1_000), answer: random.between(300, 900), ..job })
        .collect::<Vec<_>>();
    let user = (0..12 * times).map(|number| Job {
        at_ms: 5_000 + number * 20_000,
        prompt: 800,
        cap: Some(800),
        answer: random.between(100, 500),
        interactive: true,
        ..job
    });
    [classifications, long, bursts, background.into_iter().chain(user).collect()]
}

/// Concurrent lanes of one model, all without a cap.
#[must_use]
pub fn lanes() -> Vec<(&'static str, Vec<Job>)> {
    let [first, _] = MODELS;
    let mut random = Random(3);
    let job = Job { at_ms: 0, model: first, prompt: 500, cap: None, answer: 0, interactive: false };
    let six = (0..120).map(|number| Job { at_ms: number / 6 * 12_000, answer: random.between(200, 1_400), ..job });
    let six = six.collect();
    let quick = (0..120).map(|number| Job { at_ms: number / 6 * 1_500, answer: random.between(10, 600), ..job });
    vec![("20 bursts of 6 lanes", six), ("20 bursts of 6, quick", quick.collect())]
}

/// Similar responses without a cap, and a mixture with two in three uncapped.
#[must_use]
pub fn without_caps() -> Vec<(&'static str, Vec<Job>)> {
    let [first, second] = MODELS;
    let mut random = Random(2);
    let job = Job { at_ms: 0, model: first, prompt: 500, cap: None, answer: 0, interactive: false };
    let answers = (0..80).map(|_| Job { answer: random.between(400, 1_600), ..job }).collect();
    let mixture = (0..120).map(|number| Job {
        at_ms: number / 6 * 2_000,
        model: if number % 2 == 0 { first } else { second },
        cap: (number % 3 == 0).then_some(1_500),
        answer: random.between(300, 1_400),
        ..job
    });
    vec![("80 answers without a cap", answers), ("20 bursts of 6, 4 without a cap", mixture.collect())]
}
