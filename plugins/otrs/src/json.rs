//! OTRS's way with values: a number or a string for the same thing, null, "" or 0 for nothing, one
//! value where a list would be. By SOAP all of this is text.

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, IgnoredAny, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};
use std::fmt;
use std::marker::PhantomData;

/// The id of a ticket: a string in searches and histories, a number in tickets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Id(pub(crate) u64);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Text::deserialize(deserializer)?;
        let id = text.as_str().and_then(|text| text.trim().parse().ok());
        id.filter(|id| *id > 0)
            .map(Id)
            .ok_or_else(|| D::Error::custom("an id is no number"))
    }
}

/// A whole number; none for null, "" and whatever is none.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Int(pub(crate) Option<i64>);

impl<'de> Deserialize<'de> for Int {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Text::deserialize(deserializer)?;
        Ok(Self(
            text.as_str().and_then(|text| text.trim().parse().ok()),
        ))
    }
}

/// Text that is not empty, or a number as text.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Text(Option<String>);

impl Text {
    pub(crate) fn as_str(&self) -> Option<&str> {
        self.0.as_deref()
    }

    pub(crate) fn into_string(self) -> Option<String> {
        self.0
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }
            fn visit_str<E>(self, text: &str) -> Result<Text, E> {
                Ok(Text((!text.is_empty()).then(|| text.to_owned())))
            }
            fn visit_string<E>(self, text: String) -> Result<Text, E> {
                Ok(Text((!text.is_empty()).then_some(text)))
            }
            fn visit_unit<E>(self) -> Result<Text, E> {
                Ok(Text(None))
            }
            fn visit_bool<E>(self, flag: bool) -> Result<Text, E> {
                Ok(Text(Some(u8::from(flag).to_string())))
            }
            fn visit_u64<E>(self, number: u64) -> Result<Text, E> {
                Ok(Text(Some(number.to_string())))
            }
            fn visit_i64<E>(self, number: i64) -> Result<Text, E> {
                Ok(Text(Some(number.to_string())))
            }
            fn visit_f64<E>(self, number: f64) -> Result<Text, E> {
                Ok(Text(Some(number.to_string())))
            }
            // What is no text says nothing here, and must not make the rest unreadable.
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Text, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Text(None))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Text, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Text(None))
            }
        }
        deserializer.deserialize_any(TextVisitor)
    }
}

/// Any number of things: a list, one alone, or nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Many<T>(pub(crate) Vec<T>);

impl<T> Default for Many<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Many<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ManyVisitor<T>(PhantomData<T>);
        fn one<'de, T: Deserialize<'de>, E: de::Error>(
            value: impl IntoDeserializer<'de, E>,
        ) -> Result<Many<T>, E> {
            T::deserialize(value.into_deserializer()).map(|one| Many(vec![one]))
        }
        impl<'de, T: Deserialize<'de>> Visitor<'de> for ManyVisitor<T> {
            type Value = Many<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Many<T>, A::Error> {
                let mut many = Vec::new();
                while let Some(one) = seq.next_element()? {
                    many.push(one);
                }
                Ok(Many(many))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Many<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(|one| Many(vec![one]))
            }
            fn visit_unit<E>(self) -> Result<Many<T>, E> {
                Ok(Many(Vec::new()))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Many<T>, E> {
                if text.is_empty() {
                    Ok(Many(Vec::new()))
                } else {
                    one(text)
                }
            }
            fn visit_bool<E: de::Error>(self, flag: bool) -> Result<Many<T>, E> {
                one(flag)
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Many<T>, E> {
                one(number)
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Many<T>, E> {
                one(number)
            }
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Many<T>, E> {
                one(number)
            }
        }
        deserializer.deserialize_any(ManyVisitor(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T: for<'a> Deserialize<'a>>(json: &str) -> Option<T> {
        serde_json::from_str(json).ok()
    }

    #[test]
    fn an_id_is_a_number_or_a_string() {
        assert_eq!(read("2"), Some(Id(2)));
        assert_eq!(read(r#""59""#), Some(Id(59)));
        for wrong in ["0", "-1", "null", r#""""#, r#""abc""#, "[]", "1.5"] {
            assert_eq!(read::<Id>(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn nothing_is_null_empty_or_no_number() {
        for nothing in ["null", r#""""#, r#""x""#, "[1]", "{}"] {
            assert_eq!(read(nothing), Some(Int(None)), "{nothing}");
        }
        assert_eq!(read(r#""594""#), Some(Int(Some(594))));
        assert_eq!(read("null"), Some(Text(None)));
        assert_eq!(read("1"), Some(Text(Some("1".to_owned()))));
    }

    #[test]
    fn one_stands_for_a_list_of_one() {
        assert_eq!(read(r#"["59","61"]"#), Some(Many(vec![Id(59), Id(61)])));
        assert_eq!(read(r#""59""#), Some(Many(vec![Id(59)])));
        assert_eq!(read("59"), Some(Many(vec![Id(59)])));
        assert_eq!(read("null"), Some(Many::<Id>(vec![])));
        assert_eq!(read(r#""""#), Some(Many::<Id>(vec![])));
    }
}
