//! The tokenizer, its o200k pack and its table of classes against the reference, on texts of every kind.

use std::sync::{LazyLock, Mutex, MutexGuard};

use headroom_tokenizer::exact::Counter;
use proptest::prelude::*;
use tiktoken_rs::CoreBPE;

use crate::o200k;

const PACK: &[u8] = include_bytes!("../../../public/vocab/o200k-e76ae76a6b32c721.pack");

static COUNTER: LazyLock<Mutex<Counter>> = LazyLock::new(|| Mutex::new(Counter::new(PACK).unwrap()));
static REFERENCE: LazyLock<CoreBPE> = LazyLock::new(|| tiktoken_rs::o200k_base().unwrap());

/// The cache stays from text to text, so that it is tested too.
fn counter() -> MutexGuard<'static, Counter> {
    COUNTER.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// The tokens themselves are compared, not only how many they are.
fn assert_same(text: &str) {
    let mut at = 0;
    let reference = REFERENCE.encode_ordinary(text).into_iter().map(|token| {
        let start = at;
        at += REFERENCE.decode_bytes(&[token]).unwrap().len();
        start..at
    });
    let expected: Vec<_> = reference.collect();
    let mut counter = counter();
    let shown: String = text.chars().take(200).collect();
    assert_eq!(counter.segments(text), expected, "{shown:?}");
    assert_eq!(counter.count(text), expected.len() as u64, "{shown:?}");
}

#[test]
fn the_pack_is_made_again_byte_for_byte_from_the_published_crate() {
    let again = o200k::pack(&o200k::tokens().unwrap()).unwrap();
    assert!(again == PACK, "run vocabulary_packer");
    assert_eq!(o200k::file_name(PACK), "o200k-e76ae76a6b32c721.pack");
}

#[test]
fn the_corpus_is_cut_into_the_tokens_of_the_reference() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../core/tokenizer/corpus");
    let mut texts = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        assert_same(&text);
        // Other capitals make other words.
        assert_same(&text.to_uppercase());
        assert_same(&text.split_whitespace().rev().collect::<String>());
        texts += 1;
    }
    assert!(texts > 30, "the corpus was found");
}

#[test]
fn odd_texts_are_cut_into_the_tokens_of_the_reference() {
    for text in [
        "",
        " ",
        "<|endoftext|><|start|>user<|message|>Hi<|end|>",
        "it's IT'S 'twas we'LL they'Re o'clock it'ſ 's",
        "\u{301}ABC \u{301}abc !\u{301}x e\u{301}\u{302}",
        "👩\u{200d}👩\u{200d}👧\u{200d}👦 🇩🇪🇫🇷 👍🏽 ❤\u{fe0f} 1\u{fe0f}\u{20e3}",
        "\0\u{1}\u{7f}\u{85}\u{a0}\u{feff}\u{fffe}\u{10ffff}\u{e000}",
        "a\r\n\r\n  b\n \n\t\u{2028}\u{3000}c   \n   ",
        "123456789 ١٢٣٤ ½⅓ Ⅷ 一二三 ²³¹",
        "https://example.org/a/b?c=d&e=%20#f\n//\n/* */ \n/",
        "ǅungla ᾈ ﬁ ŉ İstanbul straße ẞ",
        "日本語のテキスト、カタカナ。한국어 텍스트 ภาษาไทย",
    ] {
        assert_same(text);
    }
}

/// A run of one character is one piece or many, and all of the merging is of one token with itself.
#[test]
fn long_runs_are_cut_into_the_tokens_of_the_reference() {
    for character in ["a", "A", " ", "\n", "=", "中", "é", "😀", "\u{301}", "0", "\u{0}"] {
        for times in [2, 3, 159, 160, 161, 1000, 4097] {
            assert_same(&character.repeat(times));
        }
    }
    for unit in ["ab", "acgt", "lorem", "中国", "-=", "हिन्दी", "สวัสดี", "\u{1}\u{2}"] {
        assert_same(&unit.repeat(700));
    }
}

#[test]
fn a_megabyte_of_one_letter_is_counted() {
    // The reference needs long for it; eight letters in a token is what it finds on shorter runs (above).
    let mut counter = counter();
    let short = counter.count(&"a".repeat(1 << 14));
    assert_eq!(counter.count(&"a".repeat(1 << 20)), short << 6);
}

#[test]
fn every_character_between_others_is_cut_as_the_reference_does() {
    // Every character of the planes that have any, in the places where its class decides.
    let points = (0..0x3_3480u32).chain(0xe_0000..0xe_0200);
    for chunk in points.filter_map(char::from_u32).collect::<Vec<_>>().chunks(2000) {
        let text: String =
            chunk.iter().flat_map(|character| ['a', *character, 'B', *character, *character, ' ']).collect();
        assert_same(&text);
    }
}

/// Texts of pieces that the pattern tells apart.
fn texts() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        "[a-zA-Z]{1,12}",
        "[a-z]{150,260}",
        " {0,3}['’ſ]{0,2}(s|T|re|VE|m|lL|d|x)",
        "[ \\t\\r\\n\u{a0}\u{2003}\u{2028}\u{85}]{1,6}",
        "[0-9٠-٩½]{1,7}",
        "[!-/:-@\\[-`{-~]{1,8}",
        "[/\\r\\n]{1,5}",
        "[a-zA-Z0-9+/=]{20,90}",
        "[\u{0}-\u{1f}\u{7f}-\u{9f}]{1,5}",
        "[\u{300}-\u{36f}\u{fe0f}\u{200d}]{1,4}",
        "[à-ÿÀ-ÞĀ-ſǄ-ǌ]{1,8}",
        "[α-ωΑ-Ωἀ-ᾏ]{1,8}",
        "[а-яА-Я]{1,12}",
        "[א-ת\u{5b0}-\u{5bd}]{1,8}",
        "[ء-ي\u{64b}-\u{652}]{1,9}",
        "[ऀ-ॿ]{1,9}",
        "[ঀ-৾]{1,9}",
        "[஀-௺]{1,9}",
        "[ก-๛]{1,12}",
        "[က-႟ក-៹]{1,9}",
        "[一-鿿]{1,20}",
        "[ぁ-ヿ]{1,12}",
        "[가-힣]{1,9}",
        "[😀-🙏🏻-🏿🇦-🇿\u{200d}\u{fe0f}]{1,6}",
        "\\PC{1,8}",
        any::<String>(),
    ];
    proptest::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_text_is_cut_into_the_tokens_of_the_reference(text in texts()) {
        assert_same(&text);
    }

    #[test]
    fn a_limit_agrees_with_the_count(text in texts(), limit in 0u64..200) {
        let mut counter = counter();
        let count = counter.count(&text);
        prop_assert_eq!(counter.count_up_to(&text, limit), (count <= limit).then_some(count));
        prop_assert_eq!(counter.count_up_to(&text, count), Some(count));
    }

    /// Two texts meet in a line break and a letter, where the pattern always cuts.
    #[test]
    fn the_count_of_a_text_is_the_sum_of_its_parts(one in texts(), other in texts()) {
        let mut counter = counter();
        let (one, other) = (format!("{one}x\n"), format!("x{other}"));
        let sum = counter.count(&one) + counter.count(&other);
        prop_assert_eq!(counter.count(&[one, other].concat()), sum);
    }
}
