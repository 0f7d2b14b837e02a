//! RT's way with JSON: numbers as strings, empty text for nothing, 1970 for "unset".

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use sgi_guest::types::{Error, Instant};
use sgi_guest::{fail, text, time};
use std::borrow::Cow;
use std::fmt;

/// A number that RT writes as a string in lists and as a number in single records and wherever `id`
/// is named in `fields`.
pub(crate) struct Id(pub(crate) u64);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct IdVisitor;
        impl Visitor<'_> for IdVisitor {
            type Value = Id;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an id")
            }
            fn visit_u64<E>(self, id: u64) -> Result<Id, E> {
                Ok(Id(id))
            }
            fn visit_str<E: serde::de::Error>(self, id: &str) -> Result<Id, E> {
                id.parse()
                    .map(Id)
                    .map_err(|_| E::custom("an id is no number"))
            }
        }
        deserializer.deserialize_any(IdVisitor)
    }
}

/// Text that RT may leave out, or send as null, as "" or as a number. A file or an image in a custom
/// field is an object: its name stands for it.
#[derive(Default)]
pub(crate) struct Text<'a>(Option<Cow<'a, str>>);

impl<'a> Text<'a> {
    pub(crate) fn as_str(&self) -> Option<&str> {
        self.0.as_deref()
    }

    pub(crate) fn into_string(self) -> Option<String> {
        self.0.map(Cow::into_owned)
    }

    /// RT's word for "unset" is the first second of 1970.
    pub(crate) fn instant(&self) -> Result<Option<Instant>, Error> {
        match self.0.as_deref() {
            None | Some("1970-01-01T00:00:00Z") => Ok(None),
            Some(date) => time::rfc3339(date).map(Some).ok_or_else(|| {
                fail::protocol(format!(
                    "RT sent {} where a date belongs",
                    text::quote(date)
                ))
            }),
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text((!text.is_empty()).then_some(Cow::Borrowed(text))))
            }
            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(
                    (!text.is_empty()).then(|| Cow::Owned(text.to_owned())),
                ))
            }
            fn visit_unit<E>(self) -> Result<Text<'de>, E> {
                Ok(Text(None))
            }
            fn visit_u64<E>(self, number: u64) -> Result<Text<'de>, E> {
                Ok(Text(Some(Cow::Owned(number.to_string()))))
            }
            fn visit_i64<E>(self, number: i64) -> Result<Text<'de>, E> {
                Ok(Text(Some(Cow::Owned(number.to_string()))))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Text<'de>, A::Error> {
                let mut text = Text(None);
                while let Some(key) = map.next_key::<&str>()? {
                    if key == "filename" {
                        text = map.next_value()?;
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(text)
            }
        }
        deserializer.deserialize_any(TextVisitor)
    }
}

/// A user or a queue: an object with an id and, if we may see them, names. "" where RT has nothing.
#[derive(Default)]
pub(crate) struct Named<'a> {
    pub(crate) id: Text<'a>,
    pub(crate) name: Text<'a>,
    real_name: Text<'a>,
    email: Text<'a>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Named<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NamedVisitor;
        impl<'de> Visitor<'de> for NamedVisitor {
            type Value = Named<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a user or a queue")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Named<'de>, E> {
                if text.is_empty() {
                    Ok(Named::default())
                } else {
                    Err(E::custom("text where a user or a queue belongs"))
                }
            }
            fn visit_unit<E>(self) -> Result<Named<'de>, E> {
                Ok(Named::default())
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Named<'de>, A::Error> {
                let mut named = Named::default();
                while let Some(key) = map.next_key::<&str>()? {
                    match key {
                        "id" => named.id = map.next_value()?,
                        "Name" => named.name = map.next_value()?,
                        "RealName" => named.real_name = map.next_value()?,
                        "EmailAddress" => named.email = map.next_value()?,
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(named)
            }
        }
        deserializer.deserialize_any(NamedVisitor)
    }
}

impl Named<'_> {
    /// Whether it goes by this name or address; RT minds no case in either.
    pub(crate) fn is(&self, name: &str) -> bool {
        [&self.name, &self.email, &self.id]
            .into_iter()
            .filter_map(Text::as_str)
            .any(|known| known.to_lowercase() == name.to_lowercase())
    }

    /// The name that people know.
    pub(crate) fn known_as(self) -> Option<String> {
        self.real_name
            .into_string()
            .or_else(|| self.name.into_string())
            .or_else(|| self.id.into_string())
    }

    /// As a sender is written in mail.
    pub(crate) fn into_sender(self) -> Option<String> {
        let email = self.email.into_string();
        match (self.real_name.into_string(), email) {
            (Some(name), Some(email)) => Some(format!("{name} <{email}>")),
            (Some(one), None) | (None, Some(one)) => Some(one),
            (None, None) => self.name.into_string().or_else(|| self.id.into_string()),
        }
    }
}

/// A list that RT may send as "" when there is nothing in it.
pub(crate) struct Many<T>(pub(crate) Vec<T>);

impl<T> Default for Many<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Many<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ManyVisitor<T>(std::marker::PhantomData<T>);
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
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Many<T>, E> {
                if text.is_empty() {
                    Ok(Many(Vec::new()))
                } else {
                    Err(E::custom("text where a list belongs"))
                }
            }
            fn visit_unit<E>(self) -> Result<Many<T>, E> {
                Ok(Many(Vec::new()))
            }
        }
        deserializer.deserialize_any(ManyVisitor(std::marker::PhantomData))
    }
}
