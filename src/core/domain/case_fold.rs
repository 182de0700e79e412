//! Case-insensitive text comparison.

/// Converts text to one case for searching: Latin, Greek, and Cyrillic letters; other scripts with case stay unchanged.
///
/// Uses rules instead of a table: the one behind `str::to_lowercase` is 14 KB, and only a search box needs it.
#[must_use]
pub fn case_folded(text: &str) -> String {
    text.chars().map(lower).collect()
}

fn lower(letter: char) -> char {
    let code = u32::from(letter);
    let lower = match code {
        0x41..=0x5a | 0xc0..=0xd6 | 0xd8..=0xde | 0x391..=0x3a1 | 0x3a3..=0x3ab | 0x410..=0x42f => code + 32,
        0x400..=0x40f => code + 80,
        // In these ranges a capital directly precedes its lowercase letter.
        0x100..=0x12e | 0x132..=0x136 | 0x14a..=0x176 | 0x1e00..=0x1e94 | 0x1ea0..=0x1efe if code.is_multiple_of(2) => {
            code + 1
        }
        0x139..=0x147 | 0x179..=0x17d if !code.is_multiple_of(2) => code + 1,
        _ => code,
    };
    char::from_u32(lower).unwrap_or(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scripts_of_europe_are_found_in_either_case() {
        for text in ["Hello", "ÄÖÜ ÉÑ", "ΑΒΓ ΣΩ", "Привет ЁЖ", "ŁÓDŹ Žižkov ĐĲ", "TIẾNG VIỆT", "漢字 × 3"]
        {
            assert_eq!(case_folded(text), text.to_lowercase().replace('ς', "σ"), "{text}");
        }
    }

    #[test]
    fn nothing_becomes_what_the_standard_library_would_not_make_of_it() {
        for letter in (0..=0x10_ffff).filter_map(char::from_u32).filter(|letter| lower(*letter) != *letter) {
            assert_eq!(letter.to_lowercase().collect::<Vec<_>>(), [lower(letter)], "{letter}");
        }
    }
}
