//! A desk's table as text for `sgi.toml`, from JSON: the other way round.

use serde_json::{Map, Value};

/// Tables below a desk's.
const PARTS: [&str; 3] = ["options", "limits", "logbook"];

/// Deeper than any setting is.
const DEEPEST: usize = 8;

/// The table `[header]` and those below it.
pub(super) fn table(header: &str, table: &Map<String, Value>) -> String {
    let mut text = format!("[{header}]\n");
    let part = |key: &str| PARTS.contains(&key).then(|| table.get(key)?.as_object())?;
    for (key, value) in table {
        if part(key).is_none() {
            line(&mut text, key, value);
        }
    }
    for (key, below) in PARTS.into_iter().filter_map(|key| Some((key, part(key)?))) {
        text.push_str(&format!("\n[{header}.{key}]\n"));
        for (key, value) in below {
            line(&mut text, key, value);
        }
    }
    text
}

/// A key as it is written: bare, or in quotes.
pub(super) fn key(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    match !name.is_empty() && name.chars().all(bare) {
        true => name.to_owned(),
        false => quoted(name),
    }
}

/// Text in quotes, on one line.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if is_hidden(c) => quoted.push_str(&format!("\\u{:04x}", u32::from(c))),
            _ => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// What drives a terminal, or makes a text read as another one (as in the program's `clean`).
fn is_hidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Null is what JSON has for a key that is not there.
fn line(text: &mut String, name: &str, value: &Value) {
    if !value.is_null() {
        text.push_str(&format!("{} = {}\n", key(name), shown(value, DEEPEST)));
    }
}

fn shown(value: &Value, depth: usize) -> String {
    match value {
        Value::Bool(truth) => truth.to_string(),
        // Beyond what an integer of TOML holds it is no number that a setting could be.
        Value::Number(number) if number.is_u64() && !number.is_i64() => "1e99".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) if is_block(text) => format!("'''\n{text}'''"),
        Value::String(text) => quoted(text),
        // A list may not hold nothing, nor anything be nested without end: an empty table is told as wrong.
        Value::Null => "{}".to_owned(),
        Value::Array(_) | Value::Object(_) if depth == 0 => "{}".to_owned(),
        Value::Array(elements) => {
            let elements: Vec<String> = elements.iter().map(|e| shown(e, depth - 1)).collect();
            format!("[{}]", elements.join(", "))
        }
        Value::Object(table) => {
            let entries = table.iter().filter(|(_, value)| !value.is_null());
            let entries: Vec<String> = entries
                .map(|(name, value)| format!("{} = {}", key(name), shown(value, depth - 1)))
                .collect();
            format!("{{ {} }}", entries.join(", "))
        }
    }
}

/// Whether it is written line by line, such as a certificate.
fn is_block(text: &str) -> bool {
    let plain = |c: char| c == '\n' || !is_hidden(c);
    text.contains('\n') && !text.contains('\'') && text.chars().all(plain)
}
