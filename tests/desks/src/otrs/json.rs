//! JSON as OTRS writes it: without blanks, the keys in another order in every answer.

use serde_json::Value;

use crate::shuffle::Shuffle;

/// The document.
pub(super) fn compact(value: &Value, shuffle: &mut Shuffle) -> String {
    let mut out = String::with_capacity(1024);
    write(&mut out, value, shuffle);
    out
}

fn write(out: &mut String, value: &Value, shuffle: &mut Shuffle) {
    match value {
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(out, item, shuffle);
            }
            out.push(']');
        }
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            shuffle.shuffle(&mut entries);
            out.push('{');
            for (index, (key, item)) in entries.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                write(out, item, shuffle);
            }
            out.push('}');
        }
        plain => out.push_str(&plain.to_string()),
    }
}
