//! Foreign text on its way to a person: a terminal or a page.
//!
//! A ticket's subject may be written by anybody with an e-mail account. An escape sequence in it
//! could recolour the screen, rewrite the line above, set the window's title, or fill the
//! clipboard; a bidirectional override could make a text read as another one (CVE-2021-42574); a
//! newline could make one ticket look like two. What is neutralised stays visible as `�` where it is
//! an attempt, and becomes a blank where it is only another kind of blank.

use unicode_width::UnicodeWidthChar;

/// So many marks may be stacked on a letter; more would climb over the lines above.
const MAX_MARKS: usize = 8;

/// What a character becomes.
enum Fate {
    Keep,
    Blank,
    Vanish,
    Mark,
}

fn fate(c: char) -> Fate {
    match c {
        // Blanks: tab, newlines, NEL, line and paragraph separator.
        '\t' | '\n' | '\u{b}' | '\u{c}' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => Fate::Blank,
        // C0 with ESC, DEL, and C1 with CSI and OSC in one character.
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => Fate::Mark,
        // Embeddings, overrides and isolates of the bidirectional algorithm (UAX #9).
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => Fate::Mark,
        // Deprecated format characters, interlinear annotations, tags.
        '\u{206a}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' => Fate::Mark,
        // Invisible and without effect here: soft hyphen, direction marks, zero-width blank, word
        // joiner and invisible operators, byte order mark.
        '\u{ad}'
        | '\u{61c}'
        | '\u{200b}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{2060}'..='\u{2064}'
        | '\u{feff}' => Fate::Vanish,
        // Joiners stay: scripts and emoji are made with them.
        _ => Fate::Keep,
    }
}

/// One line that is only shown. Runs of blanks become one, those at the ends none.
pub fn line(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut marks = 0;
    for c in text.chars() {
        let c = match fate(c) {
            Fate::Keep => c,
            Fate::Blank => ' ',
            Fate::Vanish => continue,
            Fate::Mark => char::REPLACEMENT_CHARACTER,
        };
        if c == ' ' && (clean.is_empty() || clean.ends_with(' ')) {
            continue;
        }
        marks = if c.width() == Some(0) { marks + 1 } else { 0 };
        if marks <= MAX_MARKS {
            clean.push(c);
        }
    }
    clean.truncate(clean.trim_end().len());
    clean
}

/// Lines that are only shown: newlines and indentation stay.
pub fn block(text: &str) -> String {
    let lines: Vec<String> = text
        .lines()
        .map(|text| {
            let indent = text.len() - text.trim_start_matches(' ').len();
            format!("{:indent$}{}", "", line(text))
        })
        .collect();
    lines.join("\n")
}

/// An address that may be put into a terminal's hyperlink sequence: the sequence ends at the first
/// control character, so there must be none, and the address is only what an address may hold.
pub fn is_plain_url(url: &str) -> bool {
    (url.starts_with("https://") || url.starts_with("http://"))
        && url.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The JSON text with every character escaped that a terminal, or a person's eye, could fall for.
/// It stays the same document: outside of strings JSON has no such characters.
pub fn json(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for c in text.chars() {
        // The newlines of the layout; those in strings are escaped already.
        if c == '\n' || matches!(fate(c), Fate::Keep) {
            clean.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                clean.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_cannot_drive_the_terminal() {
        for (foreign, shown) in [
            ("plain, Überlauf, 日本語, 👩‍🚒", "plain, Überlauf, 日本語, 👩‍🚒"),
            ("\u{1b}[31mred\u{1b}[0m", "�[31mred�[0m"),
            ("\u{1b}]0;title\u{7}", "�]0;title�"),
            ("\u{9b}2J and \u{9d}52;c;\u{9c}", "�2J and �52;c;�"),
            ("a\u{8}b\u{7f}\0", "a�b��"),
            ("one\r\ntwo\tthree\u{2028}four", "one two three four"),
            ("  a  \u{a0}b  ", "a \u{a0}b"),
            ("user\u{202e}gpj.exe", "user�gpj.exe"),
            ("\u{2066}x\u{2069}", "�x�"),
            ("ad\u{200b}min\u{feff}", "admin"),
            ("\u{e0041}", "�"),
            ("", ""),
        ] {
            assert_eq!(line(foreign), shown, "{foreign:?}");
        }
    }

    #[test]
    fn marks_cannot_pile_up() {
        let pile = format!("a{}", "\u{301}".repeat(100));
        assert_eq!(line(&pile).chars().count(), 1 + MAX_MARKS);
    }

    #[test]
    fn a_block_keeps_its_lines_and_nothing_else() {
        assert_eq!(block("a\n  b\u{1b}[2J\r\n\nc"), "a\n  b�[2J\n\nc");
    }

    #[test]
    fn a_link_holds_no_control_characters() {
        assert!(is_plain_url(
            "https://rt.example.org/Ticket/Display.html?id=1"
        ));
        for url in [
            "https://x/\u{1b}\\",
            "https://x/ y",
            "https://x/ü",
            "javascript:alert(1)",
            "file:///etc/passwd",
        ] {
            assert!(!is_plain_url(url), "{url:?}");
        }
    }

    #[test]
    fn json_keeps_its_meaning_and_becomes_harmless() {
        let value = serde_json::json!({ "a": "\u{9b}2J\u{202e}\u{e0041}ü\n\u{7f}" });
        let text = json(&serde_json::to_string_pretty(&value).unwrap());
        assert!(
            text.chars()
                .all(|c| c == '\n' || matches!(fate(c), Fate::Keep))
        );
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read, value);
    }
}
