//! Removes what is copied along with text: quotes, variable names, invisible characters.

/// Removes invisible characters, and makes typographic quotes and spaces plain. Returns whether something invisible was
/// removed.
pub(crate) fn plain(text: &str) -> (String, bool) {
    let visible = text.chars().filter(|c| !is_invisible(*c)).map(|c| match c {
        '“' | '”' | '„' | '‟' | '«' | '»' | '″' => '"',
        '‘' | '’' | '‚' | '‛' | '′' => '\'',
        '：' => ':',
        '＝' => '=',
        '\n' | '\r' => c,
        c if c.is_whitespace() => ' ',
        c => c,
    });
    (visible.collect(), text.chars().any(is_invisible))
}

/// Whether it is a zero-width character, a direction mark, or similar.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Returns the closing counterpart of a quote, or of another pair that people put around text to be copied.
pub(crate) const fn closing(open: char) -> Option<char> {
    Some(match open {
        '"' | '\'' | '`' => open,
        '<' => '>',
        '(' => ')',
        _ => return None,
    })
}

/// Returns the content of a pair at the start of the text, up to its end or that of the text. `None` if no pair begins
/// there.
pub(crate) fn unquoted(text: &str) -> Option<&str> {
    let open = text.chars().next()?;
    let inner = text.get(open.len_utf8()..)?;
    inner.split(closing(open)?).next()
}

/// Returns the value of `NAME=value` or `name: value`, in any language that uses this syntax, if the name contains one
/// of these words.
pub(crate) fn assigned<'a>(text: &'a str, words: &[&str]) -> Option<&'a str> {
    let separators = text.char_indices().filter(|(_, c)| matches!(c, '=' | ':'));
    let mut values = separators.filter_map(|(at, c)| Some((text.get(..at)?, text.get(at + c.len_utf8()..)?)));
    let (_, value) =
        values.find(|(name, value)| is_named(name, words) && value.contains(|c: char| c.is_ascii_alphanumeric()))?;
    Some(value.trim_start_matches(['=', ' ']))
}

/// Whether the text ends in a name that contains one of these words.
pub(crate) fn is_named(text: &str, words: &[&str]) -> bool {
    let text = text.trim_end_matches(|c: char| c == ' ' || c == ']' || closing(c).is_some());
    let name = text.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-').next().unwrap_or_default();
    let name = name.to_ascii_lowercase();
    words.iter().any(|word| name.contains(word))
}
