//! Text for desks that keep it as HTML.

/// Plain text as HTML: lines stay lines, an empty line begins a paragraph.
pub fn paragraphs(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + 32);
    let mut open = false;
    for line in text.lines() {
        if line.trim().is_empty() {
            if open {
                html.push_str("</p>");
            }
            open = false;
            continue;
        }
        html.push_str(if open { "<br>" } else { "<p>" });
        open = true;
        escape(line, &mut html);
    }
    if open {
        html.push_str("</p>");
    }
    html
}

fn escape(text: &str, html: &mut String) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            // HTML has no place for them.
            c if c.is_control() && c != '\t' => {}
            c => html.push(c),
        }
    }
}

/// The words of a text, line by line, for comparing: blanks do not count in HTML.
pub fn words(text: &str) -> Vec<String> {
    text.lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|line| !line.is_empty())
        .collect()
}

/// HTML as plain text, roughly: tags that break a line do so, all others vanish.
pub fn plain(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, after)) = rest.split_once('<') {
        decode(before, &mut out);
        let Some((tag, after)) = after.split_once('>') else {
            return out;
        };
        let name: String = tag
            .trim_start_matches('/')
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect();
        let name = name.to_ascii_lowercase();
        if matches!(name.as_str(), "br" | "p" | "div" | "li" | "tr") {
            out.push('\n');
        }
        rest = after;
    }
    decode(rest, &mut out);
    out
}

fn decode(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let entity = after
            .split_once(';')
            .and_then(|(name, after)| Some((character(name)?, after)));
        match entity {
            Some((c, after)) => {
                out.push(c);
                rest = after;
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
}

fn character(entity: &str) -> Option<char> {
    Some(match entity {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        _ => {
            let number = entity.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_becomes_paragraphs() {
        assert_eq!(
            paragraphs("Zeile 1\nZeile 2 <b>fett</b> & \u{1b}x\n\n\nZeile 3\n"),
            "<p>Zeile 1<br>Zeile 2 &lt;b&gt;fett&lt;/b&gt; &amp; x</p><p>Zeile 3</p>"
        );
        assert_eq!(paragraphs(""), "");
        assert_eq!(paragraphs("\n\n"), "");
    }

    #[test]
    fn html_is_read_back_as_text() {
        let html = "<p>Zeile 1\nZeile 2 <b>fett</b> &amp;  \u{e4}</p><ul><li>a&nbsp;b</li><li>&#39;c&#x27; &quot; &unknown; & d</li></ul><p";
        assert_eq!(
            words(&plain(html)),
            ["Zeile 1", "Zeile 2 fett & ä", "a b", "'c' \" &unknown; & d"]
        );
    }

    proptest::proptest! {
        #[test]
        fn what_is_written_is_read(text in "[a-zA-Z<>&;\"' \n\u{e4}\u{1f600}]{0,80}") {
            assert_eq!(words(&plain(&paragraphs(&text))), words(&text));
        }

        #[test]
        fn no_html_makes_it_panic(html: String) {
            let _ = plain(&html);
        }
    }
}
