//! Damages the body of an answer in ways that a parser may not expect: sound JSON of another shape,
//! or text that is no longer sound at all. The same seed does the same damage.

use crate::dice::Dice;
use serde_json::Value;

/// The body with one to three things wrong.
pub fn mangle(body: &[u8], seed: u64) -> Vec<u8> {
    let mut dice = Dice::new(seed);
    let mut body = body.to_vec();
    for _ in 0..=dice.roll(3) {
        body = match serde_json::from_slice::<Value>(&body) {
            Ok(mut document) if dice.roll(4) > 0 => {
                another_shape(&mut document, &mut dice);
                serde_json::to_vec(&document).expect("JSON")
            }
            _ => broken(body, &mut dice),
        };
    }
    body
}

/// Replaces one value somewhere in the document.
fn another_shape(document: &mut Value, dice: &mut Dice) {
    let mut place = document;
    loop {
        let inside = match place {
            Value::Array(items) => items.len(),
            Value::Object(map) => map.len(),
            _ => 0,
        };
        if inside == 0 || dice.roll(5) == 0 {
            break;
        }
        let chosen = dice.roll(inside);
        place = match place {
            Value::Array(items) => &mut items[chosen],
            Value::Object(map) => map.values_mut().nth(chosen).expect("a value"),
            _ => unreachable!("it has something inside"),
        };
    }
    let old = place.take();
    *place = match dice.roll(14) {
        0 => Value::Null,
        1 => Value::from(""),
        2 => Value::from(u64::MAX),
        3 => Value::from(i64::MIN),
        4 => Value::from(1e300),
        5 => Value::from(-1),
        6 => Value::from(true),
        7 => Value::Array(Vec::new()),
        8 => Value::Object(serde_json::Map::new()),
        9 => Value::Array(vec![old; 300]),
        10 => Value::from("\u{0}\u{1b}[31m\u{202e}'\\\"<b>&amp;\u{fffd}"),
        11 => Value::from("9999-12-31T23:59:60+99:99"),
        12 => Value::from("x".repeat(70_000)),
        _ => serde_json::json!({ "id": old, "Error": old }),
    };
}

/// Damages text without regard to its form.
fn broken(mut body: Vec<u8>, dice: &mut Dice) -> Vec<u8> {
    let length = body.len();
    if length == 0 {
        return vec![b'{'; dice.roll(200_000)];
    }
    let from = dice.roll(length);
    let to = (from + 1 + dice.roll(64)).min(length);
    match dice.roll(8) {
        0 => body.truncate(from),
        1 => body[from] ^= 1 << dice.roll(8),
        2 => drop(body.drain(from..to)),
        3 => {
            let again = body[from..to].to_vec();
            drop(body.splice(from..from, again));
        }
        4 => drop(body.splice(from..to, b"99999999999999999999".iter().copied())),
        5 => drop(body.splice(from..to, [0xff, 0xfe, 0x00, 0xc3])),
        6 => drop(body.splice(from..from, b"[".repeat(100_000))),
        _ => drop(body.splice(from..to, b"<![CDATA[&#x0;]]>&unknown;".iter().copied())),
    }
    body
}

#[cfg(test)]
mod tests {
    use super::mangle;

    #[test]
    fn the_same_seed_does_the_same_and_another_seed_something_else() {
        let body = br#"{"items":[{"id":"1","Subject":"a"},{"id":"2","Subject":"b"}],"total":2}"#;
        let all: std::collections::BTreeSet<_> = (0..200).map(|seed| mangle(body, seed)).collect();
        assert!(all.len() > 150, "{}", all.len());
        assert_eq!(mangle(body, 7), mangle(body, 7));
    }
}
