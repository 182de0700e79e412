//! Tests the estimator against the recorded counts of the corpus, and for invariants on any text.

use std::{collections::BTreeMap, fs, path::Path};

use super::*;
use crate::Vocabulary::{self, O200k};
use proptest::prelude::*;

/// A slice of the corpus and its recorded counts.
struct Slice {
    name: String,
    held_out: bool,
    text: String,
    counts: Vec<u64>,
    tokenx: u64,
}

fn corpus() -> Vec<Slice> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let recorded = fs::read_to_string(folder.join("counts.tsv")).unwrap();
    let lines = recorded.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            let number = |cell: usize| cells[cell].parse::<usize>().unwrap();
            let all = fs::read_to_string(folder.join(format!("{}.txt", cells[0]))).unwrap();
            let text = &all[number(2)..number(3)];
            let checksum =
                text.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
            assert_eq!(checksum as usize, number(4), "{}: run estimator_bench --record", cells[0]);
            Slice {
                name: cells[0].into(),
                held_out: cells[1] == "held",
                text: text.into(),
                counts: (5..11).map(|cell| number(cell) as u64).collect(),
                tokenx: number(11) as u64,
            }
        })
        .collect()
}

/// The signed errors of the held-out part of each text, as shares of the o200k count: ours, tokenx, characters ÷ 4.
fn held_out_errors() -> BTreeMap<String, [f64; 3]> {
    let mut sums: BTreeMap<String, [u64; 4]> = BTreeMap::new();
    for slice in corpus().into_iter().filter(|slice| slice.held_out) {
        let sum = sums.entry(slice.name).or_default();
        let quarters = (slice.text.chars().count() as u64).div_ceil(4);
        let counts = [slice.counts[0], estimate(&slice.text).tokens, slice.tokenx, quarters];
        for (sum, count) in sum.iter_mut().zip(counts) {
            *sum += count;
        }
    }
    let share = |sum: u64, of: u64| sum as f64 / of as f64 - 1.0;
    let errors = sums.into_iter();
    errors
        .map(|(name, [o200k, ours, tokenx, quarters])| {
            (name, [share(ours, o200k), share(tokenx, o200k), share(quarters, o200k)])
        })
        .collect()
}

#[test]
fn held_out_texts_of_each_script_are_near_their_count() {
    // In percent, by what the scripts allow; 5 by default.
    let wider = [
        ("bengali", 14.0),
        ("finnish", 12.0),
        ("hebrew", 8.0),
        ("latin_other", 6.0),
        ("repeats", 9.0),
        ("tamil", 12.0),
    ];
    let errors = held_out_errors();
    for (name, [ours, ..]) in &errors {
        let most = wider.iter().find(|(wide, _)| wide == name).map_or(5.0, |(_, most)| *most);
        assert!(ours.abs() * 100.0 <= most, "{name}: {:+.1}%", ours * 100.0);
    }
    let mean = errors.values().map(|[ours, ..]| ours.abs()).sum::<f64>() / errors.len() as f64;
    assert!(mean < 0.035, "mean of the absolute errors {:.1}%", mean * 100.0);
}

#[test]
fn no_rival_is_nearer_where_we_are_off_by_more_than_a_twentieth() {
    for (name, [ours, tokenx, quarters]) in held_out_errors() {
        let rivals = tokenx.abs().min(quarters.abs());
        // One repeated character: characters ÷ 4 is right by chance, as the errors of different kinds cancel out.
        if name != "repeats" {
            assert!(ours.abs() <= rivals.max(0.05), "{name}: ours {ours:+.3}, theirs {rivals:.3}");
        }
    }
}

#[test]
fn the_rivals_are_four_times_as_far_off_on_the_whole() {
    let sums = held_out_errors().into_values().fold([0.0; 3], |mut sums, errors| {
        for (sum, error) in sums.iter_mut().zip(errors) {
            *sum += error.abs();
        }
        sums
    });
    assert!(sums[0] * 4.0 < sums[1] && sums[0] * 4.0 < sums[2], "{sums:?}");
}

#[test]
fn nine_in_ten_held_out_texts_lie_within_the_stated_band() {
    let corpus = corpus();
    for (place, vocabulary) in Vocabulary::MEASURED.into_iter().enumerate() {
        let (mut within, mut all) = (0, 0);
        let mut joined = (String::new(), 0_u64, String::new());
        for slice in corpus.iter().filter(|slice| slice.held_out && slice.name != "repeats") {
            if joined.2 != slice.name {
                joined = (String::new(), 0, slice.name.clone());
            }
            joined.0.push_str(&slice.text);
            joined.1 += slice.counts[place];
            if joined.1 >= 200 {
                let estimate = estimate_in(vocabulary, &joined.0);
                let off = joined.1.abs_diff(estimate.tokens) as f64;
                within += u32::from(off <= estimate.error_margin * estimate.tokens as f64);
                all += 1;
                joined = (String::new(), 0, slice.name.clone());
            }
        }
        assert!(within * 10 >= all * 9, "{vocabulary:?}: {within} of {all}");
    }
}

#[test]
fn the_empty_text_costs_nothing_and_a_space_costs_a_token() {
    assert_eq!(estimate(""), Estimate::default());
    assert_eq!(estimate(" ").tokens, 1);
}

#[test]
fn plain_english_is_a_token_a_word_in_every_vocabulary() {
    for vocabulary in Vocabulary::MEASURED.into_iter().chain([Vocabulary::Unknown]) {
        assert_eq!(estimate_in(vocabulary, "Hello!").tokens, 2, "{vocabulary:?}");
        assert_eq!(estimate_in(vocabulary, "the cat sat on the mat").tokens, 6, "{vocabulary:?}");
    }
}

#[test]
fn digits_go_by_threes_and_one_by_one_in_qwen() {
    for (digits, threes) in [("1", 1), ("123", 1), ("1234", 2), ("1234567", 3)] {
        assert_eq!(estimate(digits).tokens, threes, "{digits}");
        assert_eq!(estimate_in(Vocabulary::Qwen, digits).tokens, digits.len() as u64, "{digits}");
    }
}

#[test]
fn a_longer_text_of_the_same_sort_has_a_narrower_band() {
    let error_margin = |times: usize| estimate(&"the river was cold ".repeat(times)).error_margin;
    assert!(error_margin(1) > error_margin(10) && error_margin(10) > error_margin(1_000));
    assert!(error_margin(1_000) < 0.08);
    assert!(estimate_in(Vocabulary::Unknown, &"the river was cold ".repeat(1_000)).error_margin > 0.1);
}

#[test]
fn two_hundred_thousand_letters_without_a_space_are_neither_free_nor_a_token_each() {
    for text in ["a", "the", "nation", "qzx", "é", "ж", "我", "="] {
        let text = text.repeat(200_000 / text.len());
        let tokens = estimate(&text).tokens;
        assert!(tokens >= text.len() as u64 / 128, "{tokens} for {}", &text[..6]);
        assert!(tokens <= text.len() as u64, "{tokens} for {}", &text[..6]);
    }
}

/// Realistic texts: words of several scripts, numbers, code, white space, and arbitrary characters.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-zA-Z ,.']{0,200}",
        "[a-zäöüéàçñ0-9 \n(){};=_/-]{0,200}",
        "[а-яА-Я я]{0,80}",
        "[一-龥ぁ-んァ-ン가-힣。、 ]{0,80}",
        "[\\u{1F300}-\\u{1F64F}\\u{200d}\\u{fe0f} 🇩🇪]{0,40}",
        "[\\s]{0,60}",
        "(.)\\PC{0,10}",
    ]
}

proptest! {
    #[test]
    fn any_text_has_a_band_and_between_one_token_and_one_for_each_byte(text in text()) {
        for vocabulary in Vocabulary::MEASURED.into_iter().chain([Vocabulary::Unknown]) {
            let Estimate { tokens, error_margin } = estimate_in(vocabulary, &text);
            prop_assert_eq!(tokens == 0, text.is_empty());
            prop_assert!((0.0..=1.0).contains(&error_margin));
            prop_assert!(tokens <= text.len() as u64, "{} tokens", tokens);
        }
    }

    #[test]
    fn a_longer_text_never_costs_less_than_a_piece_less(text in text(), more in text()) {
        let longer = estimate(&format!("{text}{more}")).tokens;
        prop_assert!(longer + 3 >= estimate(&text).tokens);
    }

    #[test]
    fn the_tokens_of_two_texts_are_those_of_both_together_but_for_the_seam(a in text(), b in text()) {
        let together = estimate_in(O200k, &format!("{a}{b}")).tokens;
        let apart = estimate(&a).tokens + estimate(&b).tokens;
        prop_assert!(together.abs_diff(apart) <= 4 + apart / 10, "{} and {}", together, apart);
    }
}
