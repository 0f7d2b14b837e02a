//! JSON bodies. They are read, not rewritten: one string is replaced in the text as it stands.

use super::body::{Spot, Unclear};
use super::slot::InvalidSlot;
use serde::de::{DeserializeSeed, Deserializer as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Deserializer;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;
use zeroize::Zeroizing;

/// How deep a pointer may lead.
const DEEPEST: usize = 16;

/// A JSON pointer (RFC 6901) to something below the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pointer {
    written: String,
    tokens: Vec<String>,
}

impl Pointer {
    pub(super) fn new(pointer: &str) -> Result<Self, InvalidSlot> {
        let wrong = |why: &str| {
            Err(InvalidSlot::new(format!(
                "the JSON pointer {pointer:?} {why}"
            )))
        };
        let Some(below) = pointer.strip_prefix('/') else {
            return wrong("does not start with a slash");
        };
        let mut tokens = Vec::new();
        for token in below.split('/') {
            let tilde_alone = token.split('~').skip(1).any(|after| {
                let escape = after.bytes().next();
                escape != Some(b'0') && escape != Some(b'1')
            });
            if tilde_alone {
                return wrong("holds a tilde that is neither ~0 nor ~1");
            }
            tokens.push(token.replace("~1", "/").replace("~0", "~"));
        }
        if tokens.len() > DEEPEST {
            return wrong("leads too deep");
        }
        Ok(Self {
            written: pointer.to_owned(),
            tokens,
        })
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

/// The string that the pointer leads to, without its quotes. The whole text must be JSON, and no
/// object on the way may have the key twice.
pub(super) fn locate(text: &str, pointer: &Pointer) -> Result<Option<Spot>, Unclear> {
    let without_mark = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut value = serde_json::from_str::<&RawValue>(without_mark)
        .map_err(|_| Unclear::NotJson)?
        .get();
    for token in &pointer.tokens {
        let mut deserializer = Deserializer::from_str(value);
        let member = match value.as_bytes().first() {
            Some(b'{') => deserializer.deserialize_map(Member(token)),
            Some(b'[') => deserializer.deserialize_seq(Member(token)),
            _ => return Ok(None),
        };
        match member.map_err(|_| Unclear::NotJson)? {
            Found::None => return Ok(None),
            Found::Once(found) => value = found.get(),
            Found::Twice => return Err(Unclear::Twice),
        }
    }
    match value.as_bytes() {
        b"null" | b"false" | b"\"\"" => Ok(None),
        [b'"', .., b'"'] => {
            let decoded: String = serde_json::from_str(value).map_err(|_| Unclear::NotJson)?;
            // Both are slices of the same text.
            let start = value.as_ptr().addr() - text.as_ptr().addr() + 1;
            Ok(Some(Spot {
                range: start..start + value.len() - 2,
                text: decoded.into(),
            }))
        }
        _ => Err(Unclear::NotText),
    }
}

/// The secret between quotes.
pub(super) fn escape(secret: &str) -> Result<Zeroizing<String>, &'static str> {
    let quoted = Zeroizing::new(serde_json::to_string(secret).map_err(|_| "is no text")?);
    let inner = quoted
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .ok_or("is no text")?;
    Ok(Zeroizing::new(inner.to_owned()))
}

enum Found<'a> {
    None,
    Once(&'a RawValue),
    Twice,
}

/// Looks one step of a pointer up.
struct Member<'t>(&'t str);

impl<'t, 'a> Visitor<'a> for Member<'t> {
    type Value = Found<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or an array")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Found<'a>, A::Error> {
        let mut found = Found::None;
        while let Some(key) = map.next_key_seed(Key)? {
            if key == self.0 {
                let value = map.next_value()?;
                found = match found {
                    Found::None => Found::Once(value),
                    Found::Once(_) | Found::Twice => Found::Twice,
                };
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut array: A) -> Result<Found<'a>, A::Error> {
        let canonical = self.0 == "0" || !self.0.starts_with(['0', '+']);
        let wanted = self.0.parse::<usize>().ok().filter(|_| canonical);
        let mut found = Found::None;
        let mut position = 0;
        while let Some(value) = array.next_element::<&RawValue>()? {
            if Some(position) == wanted {
                found = Found::Once(value);
            }
            position += 1;
        }
        Ok(found)
    }
}

/// A key, borrowed where it has no escapes.
struct Key;

impl<'a> DeserializeSeed<'a> for Key {
    type Value = Cow<'a, str>;

    fn deserialize<D: serde::Deserializer<'a>>(self, d: D) -> Result<Self::Value, D::Error> {
        d.deserialize_str(self)
    }
}

impl<'a> Visitor<'a> for Key {
    type Value = Cow<'a, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, key: &'a str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(key))
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(key.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value<'a>(text: &'a str, pointer: &str) -> Result<Option<&'a str>, Unclear> {
        let spot = locate(text, &Pointer::new(pointer).unwrap())?;
        Ok(spot.map(|spot| &text[spot.range]))
    }

    #[test]
    fn a_pointer_leads_through_objects_and_arrays() {
        let text = r#" {"a": {"b/c~": [1, {"d": "x\"y"}]}, "e": 1, "": "nameless"} "#;
        assert_eq!(value(text, "/a/b~1c~0/1/d"), Ok(Some(r#"x\"y"#)));
        assert_eq!(value(text, "/"), Ok(Some("nameless")));
        for absent in ["/x", "/a/x", "/a/b~1c~0/7/d", "/a/b~1c~0/01/d", "/e/x"] {
            assert_eq!(value(text, absent), Ok(None), "{absent}");
        }
        assert_eq!(value("\u{feff}{\"a\":\"x\"}", "/a"), Ok(Some("x")));
    }

    #[test]
    fn a_key_that_comes_twice_is_unclear_however_it_is_written() {
        for twice in [
            r#"{"a":"x","a":"y"}"#,
            r#"{"\u0061":"x","b":1,"a":1}"#,
            r#"{"a":"x","a":"x"}"#,
        ] {
            assert_eq!(value(twice, "/a"), Err(Unclear::Twice), "{twice}");
        }
        assert_eq!(
            value(r#"{"o":{"a":"x"},"o":{"b":1}}"#, "/o/a"),
            Err(Unclear::Twice)
        );
        assert_eq!(value(r#"{"A":"x","a":"y"}"#, "/a"), Ok(Some("y")));
    }

    #[test]
    fn only_a_string_is_text() {
        for empty in [r#"{"a":""}"#, r#"{"a":null}"#, r#"{"a":false}"#] {
            assert_eq!(value(empty, "/a"), Ok(None), "{empty}");
        }
        for other in [
            r#"{"a":1}"#,
            r#"{"a":["x"]}"#,
            r#"{"a":{"x":"y"}}"#,
            r#"{"a":true}"#,
        ] {
            assert_eq!(value(other, "/a"), Err(Unclear::NotText), "{other}");
        }
    }

    #[test]
    fn what_is_not_json_is_not_read() {
        for other in [
            "",
            "{\"a\":\"x\"",
            "{\"a\":\"x\"}{}",
            "{'a':'x'}",
            "{\"a\":\"x\",}",
            "{\"a\":\"x\ny\"}",
            "/**/{\"a\":\"x\"}",
            "{\"b\":\"\\q\",\"a\":\"x\"}",
        ] {
            assert_eq!(value(other, "/a"), Err(Unclear::NotJson), "{other}");
        }
        let deep = format!(
            "{{\"b\":{}{},\"a\":\"x\"}}",
            "[".repeat(100_000),
            "]".repeat(100_000)
        );
        assert!(matches!(value(&deep, "/a"), Ok(Some("x")) | Err(_)));
    }

    #[test]
    fn a_pointer_is_one() {
        for wrong in ["", "a", "/a~", "/~2", "/a/~x", &"/a".repeat(17)] {
            assert!(Pointer::new(wrong).is_err(), "{wrong}");
        }
    }
}
