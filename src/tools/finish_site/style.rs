//! A stylesheet as it is served: without comments, and with no more white space than it needs.

/// Removes comments and extra white space. Quoted strings stay unchanged.
pub(crate) fn squeezed(css: &str) -> String {
    let mut squeezed = String::with_capacity(css.len());
    let mut rest = css;
    let mut quote = None;
    while let Some(next) = rest.chars().next() {
        let width = next.len_utf8();
        if quote.is_some() {
            if quote == Some(next) {
                quote = None;
            }
            // A character after a backslash does not end the string.
            let taken = if next == '\\' { rest.chars().take(2).map(char::len_utf8).sum() } else { width };
            squeezed.push_str(rest.get(..taken).unwrap_or_default());
            rest = rest.get(taken..).unwrap_or_default();
        } else if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/").map_or("", |(_, after)| after);
        } else if next.is_whitespace() {
            rest = rest.trim_start();
            if !squeezed.is_empty() && !squeezed.ends_with(['{', '}', ';', ',', ' ']) {
                squeezed.push(' ');
            }
        } else {
            if matches!(next, '{' | '}' | ';' | ',') && squeezed.ends_with(' ') {
                squeezed.pop();
            }
            quote = matches!(next, '"' | '\'').then_some(next);
            squeezed.push(next);
            rest = rest.get(width..).unwrap_or_default();
        }
    }
    squeezed.truncate(squeezed.trim_end().len());
    squeezed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_spare_space_go_and_nothing_else() {
        let cases = [
            ("", ""),
            (
                "/* one */ :root {\n  --a : 1px ;\n}\n\n.b .c > d,\n.e { color : red }\n",
                ":root{--a : 1px;}.b .c > d,.e{color : red}",
            ),
            ("a::before { content: \" /* no  comment */ \" }", "a::before{content: \" /* no  comment */ \"}"),
            (r#"a { content: "\"  {" } b { x: '  "' }"#, r#"a{content: "\"  {"}b{x: '  "'}"#),
            ("@media (a) /* why */ and (b) { c { d: calc(1px + 2px) } }", "@media (a) and (b){c{d: calc(1px + 2px)}}"),
            ("a /* never ends", "a"),
        ];
        for (css, expected) in cases {
            assert_eq!(squeezed(css), expected);
        }
    }
}
