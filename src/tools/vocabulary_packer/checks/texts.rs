//! Texts to compare counters on.

use proptest::prelude::*;

/// Texts of parts that the patterns distinguish.
pub(super) fn texts() -> impl Strategy<Value = String> {
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
        // Ideographs of every kind, radicals, numbers and marks of their script, compatibility forms.
        "[〇〡-〩\u{2e80}-\u{2ef3}\u{2ff0}々〻㐀-㐟\u{f900}-\u{f91f}\u{20000}-\u{2001f}\u{16fe2}\u{16fe3}\u{16ff0}\u{2f800}-\u{2f81f}]{1,8}",
        // Letters that occur in compositions, and marks in any order.
        "[a-eA-E][\u{300}-\u{345}\u{323}\u{327}]{1,4}",
        "[ᄀ-ᄒ][ᅡ-ᅵ]?[ᆨ-ᇂ]?",
        "[क-ह]\u{93c}?[ा-ौ]?\u{94d}?",
        "[কডঢযেো]\u{9bc}?\u{9be}?",
        "[\u{200b}-\u{200f}\u{2060}\u{e000}-\u{e003}\u{378}\u{379}\u{ad}]{1,5}",
        "\\PC{1,8}",
        any::<String>(),
    ];
    proptest::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
}

/// Unusual texts that were, or might be, cut wrongly.
pub(super) const ODD: [&str; 27] = [
    "",
    " ",
    "<|endoftext|><|start|>user<|message|>Hi<|end|><|im_start|><|eot_id|>[BOS][gMASK]",
    "it's IT'S 'twas we'LL they'Re o'clock it'ſ 's 'ſ",
    "\u{301}ABC \u{301}abc !\u{301}x e\u{301}\u{302}",
    "👩\u{200d}👩\u{200d}👧\u{200d}👦 🇩🇪🇫🇷 👍🏽 ❤\u{fe0f} 1\u{fe0f}\u{20e3}",
    "\0\u{1}\u{7f}\u{85}\u{a0}\u{feff}\u{fffe}\u{10ffff}\u{e000}",
    "a\r\n\r\n  b\n \n\t\u{2028}\u{3000}c   \n   ",
    "123456789 ١٢٣٤ ½⅓ Ⅷ 一二三 ²³¹",
    "https://example.org/a/b?c=d&e=%20#f\n//\n/* */ \n/",
    "ǅungla ᾈ ﬁ ŉ İstanbul straße ẞ",
    "日本語のテキスト、カタカナ。한국어 텍스트 ภาษาไทย",
    // Tokens whose ranks are lower than those of their parts.
    " nghiệp thời nghiệ thờ .:.:.: .:.: |:-:|:-:| ời nghiệm",
    // Ideographs beside letters, digits and spaces; radicals and ideographic numbers.
    "中A中1中 中  中\t中\n中。〇一〡1 ⺀⼀々〻 A中b",
    "1  a  2  中  か  !  \u{200b}  ",
    // Characters that none of DeepSeek's patterns matches.
    "\0\u{1}a \u{200d}\u{200d} \u{200d}\u{301} \u{378}1\u{378}中\u{e000}\n\u{e000}!\u{ad}\u{ad}",
    ".Net !a !!a .é -=a_b <a>(b)[c]",
    // Characters changed by normalization.
    "re\u{301}sume\u{301} a\u{323}\u{302} a\u{302}\u{323} \u{212b}\u{212a}\u{37e}\u{2f800}\u{f900}",
    "क\u{93c}\u{958} ড\u{9bc} \u{9c7}\u{9be} \u{b92}\u{bd7} ᄀ\u{1161}\u{11a8} 가\u{11a8}",
    "\u{1d15f} \u{fb2c} \u{344} \u{340}\u{341} \u{1fef} \u{2126}",
    // Compositions of Unicode versions after the reference's.
    "\u{11935}\u{11930} \u{105d2}\u{307} \u{11382}\u{113c9} \u{1611e}\u{1611e} \u{16d67}\u{16d67}",
    "    \t\tif (x == y) {\n\t\t\treturn x + 1;  // y\n\t\t}\n\n\n",
    "aGVsbG8gd29ybGQ+/Zm9vYmFyYmF6==SGVsbG8=",
    "------------------------------------------------------------------------------------------------------",
    "a  \u{a0}\u{a0}b\u{3000}\u{3000}",
    "\r\r\n\n\r \r\n\u{2029}\n",
    "'s's'S 'll'LL 'd'D'm'M'T't're'rE've'Ve'x",
];
