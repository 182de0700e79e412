//! The tables printed by the bench.

use std::{collections::BTreeMap, fmt::Write as _, hint::black_box, time::Instant};

use headroom_tokenizer::{Vocabulary, estimate, estimate_in};

use crate::{corpus::Text, record::Row};

/// Least tokens of text that is judged as long.
const LONG: u64 = 200;

/// Returns signed errors of the held-out part, in percent of the o200k count: a line per text, ours and the rivals'.
#[must_use]
pub fn errors(rows: &[Row<'_>]) -> String {
    let mut out = format!(
        "{:<12} {:>7} {:>7} {:>8} {:>8}   ours: {:>7} {:>7} {:>7} {:>8} {:>7}\n",
        "held out", "o200k", "ours", "tokenx", "chars/4", "llama3", "qwen", "glm4", "deepseek", "kimi"
    );
    let mut worse = Vec::new();
    let mut mean = 0.0;
    let texts = held_out(rows);
    for (name, rows) in &texts {
        let recorded = |place: usize| rows.iter().filter_map(|row| row.counts.get(place)).sum::<u64>();
        let ours = |vocabulary| rows.iter().map(|row| estimate_in(vocabulary, row.text).tokens).sum::<u64>();
        let o200k = recorded(0);
        let own = share(ours(Vocabulary::O200k), o200k);
        let tokenx = share(rows.iter().filter_map(|row| row.tokenx).sum(), o200k);
        let quarters = share(rows.iter().map(|row| (row.text.chars().count() as u64).div_ceil(4)).sum(), o200k);
        let _ = write!(out, "{name:<12} {o200k:>7} {own:>+6.1}% {tokenx:>+7.1}% {quarters:>+7.1}%         ");
        for (place, vocabulary) in Vocabulary::MEASURED.iter().enumerate().skip(1) {
            let _ = write!(out, "{:>+7.1}%", share(ours(*vocabulary), recorded(place)));
        }
        out.push('\n');
        mean += own.abs();
        if own.abs() > tokenx.abs().min(quarters.abs()) {
            worse.push(*name);
        }
    }
    let _ = writeln!(
        out,
        "mean of the absolute errors: {:.1}%; a rival is nearer on: {}",
        mean / float(texts.len() as u64),
        worse.join(", ")
    );
    out
}

/// Returns our errors on the held-out slices, joined until they have 200 tokens: the 90th percentile for each text, and
/// how often the count lies within the stated error margin.
#[must_use]
pub fn bands(rows: &[Row<'_>]) -> String {
    let mut out = String::new();
    for (place, vocabulary) in Vocabulary::MEASURED.iter().enumerate() {
        let (mut within, mut all, mut stated) = ([0, 0], [0_u64, 0], [0.0, 0.0]);
        let mut line = String::new();
        for (name, rows) in held_out(rows) {
            let mut errors = Vec::new();
            let mut joined = (String::new(), 0);
            for row in rows {
                let Some(count) = row.counts.get(place).copied() else {
                    continue;
                };
                judge(*vocabulary, row.text, count, &mut within[0], &mut all[0], &mut stated[0]);
                joined.0.push_str(row.text);
                joined.1 += count;
                if joined.1 >= LONG {
                    let (text, count) = std::mem::take(&mut joined);
                    judge(*vocabulary, &text, count, &mut within[1], &mut all[1], &mut stated[1]);
                    errors.push(share(estimate_in(*vocabulary, &text).tokens, count).abs());
                }
            }
            errors.sort_by(f64::total_cmp);
            let at = (errors.len() * 9 / 10).min(errors.len().saturating_sub(1));
            let p90 = errors.get(at).copied().unwrap_or(f64::NAN);
            let _ = write!(line, "{name} {p90:.0}, ");
        }
        let _ = writeln!(
            out,
            "{vocabulary:?}: within the band: {}/{} slices (mean band {:.1}%), {}/{} texts of 200 tokens (mean band {:.1}%)\n  90th percentile of those, %: {line}",
            within[0],
            all[0],
            100.0 * stated[0] / float(all[0]),
            within[1],
            all[1],
            100.0 * stated[1] / float(all[1]),
        );
    }
    out
}

fn judge(vocabulary: Vocabulary, text: &str, count: u64, within: &mut u32, all: &mut u64, stated: &mut f64) {
    let estimate = estimate_in(vocabulary, text);
    *all += 1;
    *stated += estimate.error_margin;
    *within +=
        u32::from(float(count.abs_diff(estimate.tokens)) <= estimate.error_margin * float(estimate.tokens) + 0.5);
}

/// Returns the estimator's speed, beside counting characters, in MB/s of UTF-8: ASCII, then everything.
#[must_use]
pub fn speed(corpus: &[Text]) -> String {
    let gather = |ascii: bool| -> String {
        let fits = |text: &&Text| !ascii || text.text.is_ascii();
        let all: String = corpus.iter().filter(fits).map(|text| text.text.as_str()).collect();
        all.repeat(8_000_000 / all.len().max(1) + 1)
    };
    let mut out = String::new();
    for (name, text) in [("ASCII", gather(true)), ("all scripts", gather(false))] {
        let ours = rate(&text, |text| estimate(text).tokens);
        let floor = rate(&text, |text| text.chars().count() as u64);
        let _ = writeln!(out, "{name}: ours {ours:.0} MB/s, counting characters {floor:.0} MB/s");
    }
    out
}

fn rate(text: &str, count: impl Fn(&str) -> u64) -> f64 {
    let begun = Instant::now();
    black_box(count(black_box(text)));
    float(text.len() as u64) / 1e6 / begun.elapsed().as_secs_f64()
}

fn held_out<'a, 'b>(rows: &'b [Row<'a>]) -> BTreeMap<&'a str, Vec<&'b Row<'a>>> {
    let mut texts: BTreeMap<&str, Vec<&Row<'_>>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.held_out) {
        texts.entry(row.name).or_default().push(row);
    }
    texts
}

fn share(estimated: u64, counted: u64) -> f64 {
    100.0 * (float(estimated) / float(counted.max(1)) - 1.0)
}

#[expect(clippy::cast_precision_loss, reason = "counts of texts that fit in memory")]
const fn float(count: u64) -> f64 {
    count as f64
}
