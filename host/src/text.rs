//! Foreign text on its way to a log or into a message.

/// At most `limit` characters, on one line, without anything that a terminal or a log would act on.
pub(crate) fn one_line(text: &str, limit: usize) -> String {
    let mut out = String::with_capacity(text.len().min(limit * 4));
    for (count, c) in text.chars().enumerate() {
        if count == limit {
            out.push('…');
            break;
        }
        out.push(if c.is_control() || is_invisible_control(c) {
            ' '
        } else {
            c
        });
    }
    out
}

/// A number of bytes as people say it: what is less than a mebibyte, in KiB.
pub(crate) fn size(bytes: usize) -> String {
    match bytes >> 20 {
        0 => format!("{} KiB", bytes >> 10),
        mebibytes => format!("{mebibytes} MiB"),
    }
}

/// Characters that turn the direction of text around, or separate lines, without being control
/// characters to Unicode.
fn is_invisible_control(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn nothing_reaches_the_terminal_but_visible_text() {
        assert_eq!(one_line("a\u{1b}[31m\r\nb\u{202e}c", 80), "a [31m  b c");
    }

    #[test]
    fn a_long_text_is_cut() {
        assert_eq!(one_line("äöü", 2), "äö…");
    }
}
