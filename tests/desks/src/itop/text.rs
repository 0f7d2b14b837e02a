//! Comparing texts as the database below iTop does (`utf8mb4_unicode_ci`), and its HTML.

use std::cmp::Ordering;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// What two texts have in common if the database takes them for equal: case, accents and control
/// characters do not count, and all characters beyond the basic plane (emoji) are one.
fn folded(text: &str) -> Vec<char> {
    let mut out = Vec::with_capacity(text.len());
    for char in text.nfd() {
        match char {
            char if is_combining_mark(char) || char < '\t' || char == '\u{fe0f}' => {}
            char if char > '\u{ffff}' => out.push('\u{fffd}'),
            'ß' => out.extend(['s', 's']),
            char => out.extend(char.to_lowercase()),
        }
    }
    out
}

/// The order of two texts; blanks at the end do not count.
pub(super) fn compare(one: &str, other: &str) -> Ordering {
    let key = |text: &str| folded(text.trim_end_matches(' '));
    key(one).cmp(&key(other))
}

/// Whether a text is like a pattern: `%` any characters, `_` any one, `\` takes the next as it is.
/// Blanks at the end do count.
pub(super) fn like(text: &str, pattern: &str) -> bool {
    fn matches(text: &[char], pattern: &[char]) -> bool {
        match pattern {
            [] => text.is_empty(),
            ['%', rest @ ..] => (0..=text.len()).any(|skip| matches(&text[skip..], rest)),
            ['_', rest @ ..] => !text.is_empty() && matches(&text[1..], rest),
            ['\\', next, rest @ ..] => text.first() == Some(next) && matches(&text[1..], rest),
            [next, rest @ ..] => text.first() == Some(next) && matches(&text[1..], rest),
        }
    }
    matches(&folded(text), &folded(pattern))
}

/// The number that the database sees in a text: as many characters of its beginning as make one.
pub(super) fn number(text: &str) -> f64 {
    let text = text.trim_start();
    let digits = text.char_indices().take_while(|(index, char)| {
        char.is_ascii_digit() || *char == '.' || (*index == 0 && matches!(char, '-' | '+'))
    });
    let end = digits
        .last()
        .map_or(0, |(index, char)| index + char.len_utf8());
    text[..end].parse().unwrap_or(0.0)
}

/// Makes HTML of what was sent for it, without scripts.
pub(super) fn sanitized(text: &str) -> String {
    let mut rest = text;
    let mut out = String::new();
    while let Some(start) = rest.find("<script") {
        out.push_str(&rest[..start]);
        let end = rest[start..]
            .find("</script>")
            .map(|end| start + end + "</script>".len());
        rest = &rest[end.unwrap_or(rest.len())..];
    }
    out.push_str(rest);
    let out = out.replace("& ", "&amp; ");
    if out.starts_with("<p>") {
        out
    } else {
        format!("<p>{out}</p>")
    }
}

/// The text of some HTML, on one line.
pub(super) fn plain(html: &str) -> String {
    let mut out = String::new();
    let mut in_tag = false;
    for char in html.chars() {
        match char {
            '<' => in_tag = true,
            '>' if in_tag => in_tag = false,
            '\n' => out.push(' '),
            char if !in_tag => out.push(char),
            _ => {}
        }
    }
    out.replace("&amp;", "&")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_accents_and_blanks_at_the_end_do_not_count() {
        for (one, other) in [
            ("srv-db-01", "SRV-DB-01  "),
            ("Prüfserver \"Größe\"", "prufserver \"grosse\""),
            ("🔥", "🚒"),
        ] {
            assert_eq!(compare(one, other), Ordering::Equal, "{one} and {other}");
        }
        assert_ne!(compare(" a", "a"), Ordering::Equal);
    }

    #[test]
    fn a_pattern_knows_both_wildcards_and_their_escape() {
        assert!(like("srv-db-01", "SRV%1"));
        assert!(like("srv-db-01", "srv_db_01"));
        assert!(!like("srv-db-01", "srv\\_db%"));
        assert!(like("a_b", "a\\_b"));
        assert!(!like("abc", "abc "));
    }
}
