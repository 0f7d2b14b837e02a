//! The tokens of OQL. iTop reads them one by one: a mistake of the grammar before a character that
//! makes no token is reported first.

/// A token and where it starts, in bytes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// As it stands in the query.
    pub(super) raw: String,
    pub(super) at: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Name,
    /// A text, unescaped.
    Text(String),
    Number(f64),
    Param,
    /// An operator, bracket, comma or dot.
    Sign,
    End,
}

/// The next token from `at` on, or the input from the first character that begins none.
pub(super) fn next(query: &str, at: usize) -> Result<Token, String> {
    let blank = |char: char| matches!(char, ' ' | '\t' | '\n' | '\r');
    let at = at + (query[at..].len() - query[at..].trim_start_matches(blank).len());
    let rest = &query[at..];
    let Some(first) = rest.chars().next() else {
        return Ok(Token {
            kind: Kind::End,
            raw: "0".to_owned(),
            at: 0,
        });
    };
    let token = |kind: Kind, length: usize| Token {
        kind,
        raw: rest[..length].to_owned(),
        at,
    };
    let while_ = |good: fn(char) -> bool| rest.find(|char| !good(char)).unwrap_or(rest.len());
    let word = |char: char| char.is_ascii_alphanumeric() || char == '_';
    if first == '\'' || first == '"' {
        return text(rest, first)
            .map(|(value, length)| token(Kind::Text(value), length))
            .ok_or_else(|| rest.to_owned());
    }
    if first.is_ascii_digit() {
        let length = while_(|char| char.is_ascii_digit());
        let number = rest[..length].parse().unwrap_or(0.0);
        return Ok(token(Kind::Number(number), length));
    }
    if first.is_ascii_alphabetic() || first == '_' {
        return Ok(token(Kind::Name, while_(word)));
    }
    if first == '`' {
        let end = rest[1..].find('`').ok_or_else(|| rest.to_owned())?;
        return Ok(Token {
            kind: Kind::Name,
            raw: rest[1..=end].to_owned(),
            at,
        });
    }
    if let Some(name) = rest.strip_prefix(':') {
        let good = |char: char| word(char) || matches!(char, '-' | '>');
        let length = name.find(|char| !good(char)).unwrap_or(name.len());
        if length > 0 {
            return Ok(token(Kind::Param, length + 1));
        }
    }
    for sign in [
        "!=", "<=", ">=", "=", "<", ">", "(", ")", ",", ".", "+", "-", "*", "/",
    ] {
        if rest.starts_with(sign) {
            return Ok(token(Kind::Sign, sign.len()));
        }
    }
    Err(rest.to_owned())
}

/// A text in quotes: the value and the length with both quotes. A backslash stands before a quote
/// or a backslash; before anything else there is no such text.
fn text(rest: &str, quote: char) -> Option<(String, usize)> {
    let mut value = String::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((index, char)) = chars.next() {
        match char {
            '\\' => match chars.next() {
                Some((_, next)) if next == quote || next == '\\' => value.push(next),
                _ => return None,
            },
            char if char == quote => return Some((value, index + 1)),
            char => value.push(char),
        }
    }
    None
}
