//! JSON as RT writes it: three blanks a level, a blank on both sides of the colon, and the keys
//! of every object in an order that changes from answer to answer.

use std::fmt::Write as _;

use serde_json::Value;

pub(super) use crate::shuffle::Shuffle;

/// The document with a line feed at its end.
pub(super) fn pretty(value: &Value, shuffle: &mut Shuffle) -> String {
    let mut out = String::with_capacity(1024);
    write(&mut out, value, 0, shuffle);
    out.push('\n');
    out
}

fn write(out: &mut String, value: &Value, depth: usize, shuffle: &mut Shuffle) {
    match value {
        Value::Array(items) if !items.is_empty() => {
            out.push_str("[\n");
            for (index, item) in items.iter().enumerate() {
                indent(out, depth + 1);
                write(out, item, depth + 1, shuffle);
                out.push_str(if index + 1 < items.len() { ",\n" } else { "\n" });
            }
            indent(out, depth);
            out.push(']');
        }
        Value::Object(map) if !map.is_empty() => {
            let mut entries: Vec<_> = map.iter().collect();
            shuffle.shuffle(&mut entries);
            out.push_str("{\n");
            for (index, (key, item)) in entries.iter().enumerate() {
                indent(out, depth + 1);
                text(out, key);
                out.push_str(" : ");
                write(out, item, depth + 1, shuffle);
                out.push_str(if index + 1 < entries.len() {
                    ",\n"
                } else {
                    "\n"
                });
            }
            indent(out, depth);
            out.push('}');
        }
        Value::String(string) => text(out, string),
        other => drop(write!(out, "{other}")),
    }
}

fn indent(out: &mut String, depth: usize) {
    const BLANKS: &str = "                                ";
    out.push_str(BLANKS.get(..depth * 3).unwrap_or(BLANKS));
}

/// Most texts hold nothing to escape: those are copied as they are.
fn text(out: &mut String, string: &str) {
    if string
        .bytes()
        .any(|byte| byte < 0x20 || matches!(byte, b'"' | b'\\'))
    {
        let _ = write!(out, "{}", Value::from(string));
    } else {
        out.push('"');
        out.push_str(string);
        out.push('"');
    }
}
