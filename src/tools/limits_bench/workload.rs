//! What is to be done.

/// Models of the profile, each with windows of its own.
pub const MODELS: [&str; 2] = ["gpt-oss-120b", "llama3.1-8b"];

/// One request.
#[derive(Clone, Copy, Debug)]
pub struct Job {
    /// When it is wanted, in milliseconds.
    pub at_ms: u64,
    /// Whom it asks.
    pub model: &'static str,
    /// Its prompt with the template, in tokens.
    pub prompt: u64,
    /// `max_completion_tokens`.
    pub cap: u64,
    /// How long the answer turns out, in tokens. Nobody knows before.
    pub answer: u64,
    /// Somebody waits for it.
    pub interactive: bool,
}

impl Job {
    /// How long it runs: a time to first token, and 2,000 tokens a second.
    #[must_use]
    pub const fn takes_ms(&self) -> u64 {
        200 + self.answer / 2
    }
}

/// Numbers without pattern, the same each time (SplitMix64).
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
    let [first, second] = MODELS;
    let mut random = Random(1);
    let job = Job { at_ms: 0, model: first, prompt: 400, cap: 20, answer: 5, interactive: false };
    let classifications = (0..200).map(|_| Job { answer: random.between(2, 20), ..job }).collect();
    let long = (0..40)
        .map(|_| Job { prompt: random.between(300, 900), cap: 4_000, answer: random.between(800, 3_500), ..job })
        .collect();
    let bursts = (0..12 * 6).map(|number| Job {
        at_ms: number / 6 * 10_000,
        model: if number % 2 == 0 { first } else { second },
        prompt: 500,
        cap: 2_000,
        answer: random.between(200, 1_500),
        ..job
    });
    let bursts = bursts.collect();
    let background =
        (0..60).map(|_| Job { prompt: 1_500, cap: 1_000, answer: random.between(300, 900), ..job }).collect::<Vec<_>>();
    let user = (0..12).map(|number| Job {
        at_ms: 5_000 + number * 20_000,
        prompt: 800,
        cap: 800,
        answer: random.between(100, 500),
        interactive: true,
        ..job
    });
    let mixed = background.into_iter().chain(user).collect();
    vec![
        ("200 short classifications", classifications),
        ("40 long answers", long),
        ("12 bursts of 6 lanes", bursts),
        ("60 in the background, a user", mixed),
    ]
}
