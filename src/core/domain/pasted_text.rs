//! What comes along when something is copied: quotes, names of variables, invisible characters.

/// Takes out what cannot be seen and makes typographic quotes and spaces plain ones. Says whether something invisible
/// was there.
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

/// Zero-width characters, marks of direction, and the like.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// A quote, or another pair that people put around what is to be copied.
pub(crate) const fn closing(open: char) -> Option<char> {
    Some(match open {
        '"' | '\'' | '`' => open,
        '<' => '>',
        '(' => ')',
        _ => return None,
    })
}

/// What stands inside a pair at the start of a text, up to its end or that of the text; none where no pair begins.
pub(crate) fn unquoted(text: &str) -> Option<&str> {
    let open = text.chars().next()?;
    let inner = text.get(open.len_utf8()..)?;
    inner.split(closing(open)?).next()
}

/// The value of `NAME=value` or `name: value`, in any language that writes it so, if one of these words is in the name.
pub(crate) fn assigned<'a>(text: &'a str, words: &[&str]) -> Option<&'a str> {
    let separators = text.char_indices().filter(|(_, c)| matches!(c, '=' | ':'));
    let mut values = separators.filter_map(|(at, c)| Some((text.get(..at)?, text.get(at + c.len_utf8()..)?)));
    let (_, value) =
        values.find(|(name, value)| is_named(name, words) && value.contains(|c: char| c.is_ascii_alphanumeric()))?;
    Some(value.trim_start_matches(['=', ' ']))
}

/// Whether a text ends in a name with one of these words in it.
pub(crate) fn is_named(text: &str, words: &[&str]) -> bool {
    let text = text.trim_end_matches(|c: char| c == ' ' || c == ']' || closing(c).is_some());
    let name = text.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-').next().unwrap_or_default();
    let name = name.to_ascii_lowercase();
    words.iter().any(|word| name.contains(word))
}
