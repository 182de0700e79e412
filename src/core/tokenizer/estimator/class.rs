//! Classifies characters for pricing, by a table of ranges: the exact Unicode classes would add several kilobytes to
//! the first load without improving any estimate.

/// The script of a letter. Scripts that the vocabularies treat alike share an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Script {
    /// Latin letters, plain or accented.
    Latin,
    /// Greek, modern and polytonic.
    Greek,
    /// Cyrillic.
    Cyrillic,
    /// Armenian and Georgian.
    Caucasian,
    /// Hebrew.
    Hebrew,
    /// Arabic, Persian, Urdu.
    Arabic,
    /// Devanagari: Hindi, Marathi, Nepali.
    Devanagari,
    /// Bengali and Assamese.
    Bengali,
    /// Gurmukhi, Gujarati, Telugu, Kannada, Malayalam, Sinhala.
    Indic,
    /// Tamil.
    Tamil,
    /// Thai.
    Thai,
    /// Lao, Khmer, Burmese, Tibetan, Ethiopic and all other scripts with few entries in the vocabularies.
    Scarce,
    /// Chinese characters.
    Han,
    /// Hiragana.
    Hiragana,
    /// Katakana, wide and half-wide.
    Katakana,
    /// Korean syllables and letters.
    Hangul,
}

impl Script {
    /// The number of scripts.
    pub const COUNT: usize = 16;

    /// All scripts, in the order of the tables.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Latin,
        Self::Greek,
        Self::Cyrillic,
        Self::Caucasian,
        Self::Hebrew,
        Self::Arabic,
        Self::Devanagari,
        Self::Bengali,
        Self::Indic,
        Self::Tamil,
        Self::Thai,
        Self::Scarce,
        Self::Han,
        Self::Hiragana,
        Self::Katakana,
        Self::Hangul,
    ];
}

/// The kinds of signs that are neither letters, digits nor white space.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sign {
    /// ASCII punctuation.
    Ascii,
    /// Typographic punctuation and Latin-1 signs: quotation marks, dashes, `…`, `°`, `§`.
    Typographic,
    /// Punctuation of East Asia: `，。「」` and the full-width forms.
    Wide,
    /// Arrows, mathematics, boxes, dingbats and the older emoji.
    Symbol,
    /// Emoji outside the basic plane.
    Emoji,
    /// Half of a flag.
    RegionalIndicator,
    /// A skin tone.
    SkinTone,
    /// Joiners and selectors: zero-width joiner, variation selectors, direction marks.
    Joiner,
    /// Control characters, private use, and characters outside all ranges.
    Odd,
}

impl Sign {
    /// The number of kinds.
    pub const COUNT: usize = 9;
}

/// The class of one character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// A letter or a combining mark.
    Letter(Script),
    /// A capital letter of a script with two cases.
    Capital(Script),
    /// `0`–`9`: grouped by threes.
    Digit,
    /// A number of another script, or a fraction or superscript.
    Number,
    /// White space that does not end a line.
    Space,
    /// `\n` or `\r`.
    Newline,
    /// Anything else.
    Sign(Sign),
}

/// The class of each range of characters, from its first one up to the next entry's.
const RANGES: &[(u32, Class)] = {
    use Class::{Letter, Number, Sign as S, Space};
    use Script::{
        Arabic, Bengali, Caucasian, Cyrillic, Devanagari, Greek, Han, Hangul, Hebrew, Hiragana, Indic, Katakana, Latin,
        Scarce, Tamil, Thai,
    };
    use Sign::{Emoji, Joiner, Odd, RegionalIndicator, SkinTone, Symbol, Typographic, Wide};
    &[
        (0x80, S(Odd)),
        (0xa0, Space),
        (0xa1, S(Typographic)),
        (0xaa, Letter(Latin)),
        (0xab, S(Typographic)),
        (0xb2, Number),
        (0xb4, S(Typographic)),
        (0xb5, Letter(Greek)),
        (0xb6, S(Typographic)),
        (0xb9, Number),
        (0xba, Letter(Latin)),
        (0xbb, S(Typographic)),
        (0xbc, Number),
        (0xbf, S(Typographic)),
        (0xc0, Letter(Latin)),
        (0xd7, S(Typographic)),
        (0xd8, Letter(Latin)),
        (0xf7, S(Typographic)),
        (0xf8, Letter(Latin)),
        (0x370, Letter(Greek)),
        (0x400, Letter(Cyrillic)),
        (0x530, Letter(Caucasian)),
        (0x590, Letter(Hebrew)),
        (0x600, Letter(Arabic)),
        (0x60c, S(Typographic)),
        (0x610, Letter(Arabic)),
        (0x61b, S(Typographic)),
        (0x620, Letter(Arabic)),
        (0x660, Number),
        (0x66a, S(Typographic)),
        (0x66e, Letter(Arabic)),
        (0x6d4, S(Typographic)),
        (0x6d5, Letter(Arabic)),
        (0x6f0, Number),
        (0x6fa, Letter(Arabic)),
        (0x700, Letter(Scarce)),
        (0x750, Letter(Arabic)),
        (0x780, Letter(Scarce)),
        (0x8a0, Letter(Arabic)),
        (0x900, Letter(Devanagari)),
        (0x964, S(Typographic)),
        (0x966, Number),
        (0x970, Letter(Devanagari)),
        (0x980, Letter(Bengali)),
        (0x9e6, Number),
        (0x9f0, Letter(Bengali)),
        (0xa00, Letter(Indic)),
        (0xb80, Letter(Tamil)),
        (0xbe6, Number),
        (0xbf3, S(Typographic)),
        (0xc00, Letter(Indic)),
        (0xe00, Letter(Thai)),
        (0xe50, Number),
        (0xe5a, S(Typographic)),
        (0xe80, Letter(Scarce)),
        (0x10a0, Letter(Caucasian)),
        (0x1100, Letter(Hangul)),
        (0x1200, Letter(Scarce)),
        (0x1c80, Letter(Cyrillic)),
        (0x1c90, Letter(Caucasian)),
        (0x1cc0, Letter(Scarce)),
        (0x1d00, Letter(Latin)),
        (0x1f00, Letter(Greek)),
        (0x2000, Space),
        (0x200b, S(Joiner)),
        (0x2010, S(Typographic)),
        (0x2028, Space),
        (0x202a, S(Joiner)),
        (0x202f, Space),
        (0x2030, S(Typographic)),
        (0x205f, Space),
        (0x2060, S(Joiner)),
        (0x2070, Number),
        (0x207a, S(Typographic)),
        (0x2080, Number),
        (0x208a, S(Typographic)),
        (0x20d0, S(Joiner)),
        (0x2100, S(Symbol)),
        (0x2150, Number),
        (0x2190, S(Symbol)),
        (0x2460, Number),
        (0x249c, S(Symbol)),
        (0x2c00, Letter(Scarce)),
        (0x2c60, Letter(Latin)),
        (0x2c80, Letter(Scarce)),
        (0x2e00, S(Typographic)),
        (0x2e80, Letter(Han)),
        (0x3000, Space),
        (0x3001, S(Wide)),
        (0x3005, Letter(Han)),
        (0x3008, S(Wide)),
        (0x3041, Letter(Hiragana)),
        (0x30a0, Letter(Katakana)),
        (0x30fb, S(Wide)),
        (0x30fc, Letter(Katakana)),
        (0x3100, Letter(Scarce)),
        (0x3130, Letter(Hangul)),
        (0x3190, S(Wide)),
        (0x3400, Letter(Han)),
        (0xa000, Letter(Scarce)),
        (0xa960, Letter(Hangul)),
        (0xa980, Letter(Scarce)),
        (0xac00, Letter(Hangul)),
        (0xd800, S(Odd)),
        (0xf900, Letter(Han)),
        (0xfb00, Letter(Latin)),
        (0xfb1d, Letter(Hebrew)),
        (0xfb50, Letter(Arabic)),
        (0xfe00, S(Joiner)),
        (0xfe10, S(Wide)),
        (0xfe70, Letter(Arabic)),
        (0xfeff, S(Joiner)),
        (0xff01, S(Wide)),
        (0xff10, Number),
        (0xff1a, S(Wide)),
        (0xff21, Letter(Latin)),
        (0xff3b, S(Wide)),
        (0xff41, Letter(Latin)),
        (0xff5b, S(Wide)),
        (0xff66, Letter(Katakana)),
        (0xffa0, Letter(Hangul)),
        (0xffe0, S(Wide)),
        (0xfff0, S(Odd)),
        (0x1_0000, Letter(Scarce)),
        (0x1_d000, S(Symbol)),
        (0x1_d400, Letter(Latin)),
        (0x1_d800, Letter(Scarce)),
        (0x1_f000, S(Symbol)),
        (0x1_f1e6, S(RegionalIndicator)),
        (0x1_f200, S(Symbol)),
        (0x1_f300, S(Emoji)),
        (0x1_f3fb, S(SkinTone)),
        (0x1_f400, S(Emoji)),
        (0x1_f650, S(Symbol)),
        (0x1_f680, S(Emoji)),
        (0x1_f700, S(Symbol)),
        (0x1_f90c, S(Emoji)),
        (0x1_fb00, S(Symbol)),
        (0x2_0000, Letter(Han)),
        (0x4_0000, S(Odd)),
    ]
};

impl Class {
    /// Returns the class of `c`.
    #[must_use]
    pub fn of(c: char) -> Self {
        match c {
            'a'..='z' => Self::Letter(Script::Latin),
            'A'..='Z' => Self::Capital(Script::Latin),
            ' ' | '\t' | '\u{b}' | '\u{c}' => Self::Space,
            '0'..='9' => Self::Digit,
            '\n' | '\r' => Self::Newline,
            '!'..='~' => Self::Sign(Sign::Ascii),
            '\0'..='\u{7f}' => Self::Sign(Sign::Odd),
            _ => Self::of_wide(c),
        }
    }

    fn of_wide(c: char) -> Self {
        let after = RANGES.partition_point(|(first, _)| *first <= u32::from(c));
        let class = after.checked_sub(1).and_then(|at| RANGES.get(at));
        match class.map_or(Self::Sign(Sign::Odd), |(_, class)| *class) {
            Self::Letter(script) if is_capital(script, c) => Self::Capital(script),
            class => class,
        }
    }
}

/// Returns whether a letter beyond ASCII is a capital, by the layout of its block rather than the full Unicode table.
const fn is_capital(script: Script, c: char) -> bool {
    let at = c as u32;
    match script {
        Script::Latin => match at {
            0xc0..=0xde => true,
            // Capital and small letters alternate; from U+0139 to U+0148 and from U+0179, odd code points are capitals.
            0x139..=0x148 | 0x179..=0x17e => at & 1 == 1,
            0x100..=0x177 | 0x1e00..=0x1eff => at & 1 == 0,
            0x178 | 0xff21..=0xff3a => true,
            _ => false,
        },
        Script::Greek => matches!(at, 0x386..=0x38f | 0x391..=0x3ab),
        Script::Cyrillic => match at {
            0x400..=0x42f => true,
            0x460..=0x52f => at & 1 == 0,
            _ => false,
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_stand_in_order_so_that_the_search_finds_them() {
        assert!(RANGES.is_sorted_by(|(a, _), (b, _)| a < b));
    }

    #[test]
    fn each_script_and_sign_is_recognized() {
        use Class::{Capital, Digit, Letter, Newline, Number, Space};
        let cases = [
            ('a', Letter(Script::Latin)),
            ('É', Capital(Script::Latin)),
            ('é', Letter(Script::Latin)),
            ('ł', Letter(Script::Latin)),
            ('Ł', Capital(Script::Latin)),
            ('Ž', Capital(Script::Latin)),
            ('ạ', Letter(Script::Latin)),
            ('Ж', Capital(Script::Cyrillic)),
            ('ж', Letter(Script::Cyrillic)),
            ('ώ', Letter(Script::Greek)),
            ('Ω', Capital(Script::Greek)),
            ('ש', Letter(Script::Hebrew)),
            ('ش', Letter(Script::Arabic)),
            ('،', Class::Sign(Sign::Typographic)),
            ('٣', Number),
            ('क', Letter(Script::Devanagari)),
            ('।', Class::Sign(Sign::Typographic)),
            ('ক', Letter(Script::Bengali)),
            ('க', Letter(Script::Tamil)),
            ('క', Letter(Script::Indic)),
            ('ก', Letter(Script::Thai)),
            ('ក', Letter(Script::Scarce)),
            ('我', Letter(Script::Han)),
            ('𠮷', Letter(Script::Han)),
            ('の', Letter(Script::Hiragana)),
            ('ー', Letter(Script::Katakana)),
            ('한', Letter(Script::Hangul)),
            ('。', Class::Sign(Sign::Wide)),
            ('…', Class::Sign(Sign::Typographic)),
            ('→', Class::Sign(Sign::Symbol)),
            ('😀', Class::Sign(Sign::Emoji)),
            ('🇩', Class::Sign(Sign::RegionalIndicator)),
            ('🏽', Class::Sign(Sign::SkinTone)),
            ('\u{200d}', Class::Sign(Sign::Joiner)),
            ('\u{fe0f}', Class::Sign(Sign::Joiner)),
            ('\u{e000}', Class::Sign(Sign::Odd)),
            ('7', Digit),
            ('½', Number),
            ('\u{3000}', Space),
            ('\u{a0}', Space),
            ('\t', Space),
            ('\r', Newline),
            ('{', Class::Sign(Sign::Ascii)),
        ];
        for (c, class) in cases {
            assert_eq!(Class::of(c), class, "{c:?} U+{:04X}", u32::from(c));
        }
    }
}
