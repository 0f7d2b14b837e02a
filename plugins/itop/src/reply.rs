//! iTop's answers: HTTP 200 for nearly everything, a code that decides, objects keyed by class and id.

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

/// An answer to any operation.
#[derive(Deserialize)]
pub(crate) struct Reply {
    /// 0 is success.
    pub(crate) code: i64,
    /// Null after a creation.
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    objects: Objects,
    /// Of `list_operations`.
    #[serde(default)]
    version: Option<String>,
}

impl Reply {
    /// Never show it: it may hold the query, paths, or what others wrote.
    pub(crate) fn message(&self) -> &str {
        self.message.as_deref().unwrap_or_default()
    }

    /// The version of the REST interface.
    pub(crate) fn version(&self) -> &str {
        self.version.as_deref().unwrap_or_default()
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.objects.0
    }

    pub(crate) fn into_entries(self) -> Vec<Entry> {
        self.objects.0
    }

    /// How many objects a query finds on all its pages: iTop says it in a text only.
    pub(crate) fn found(&self) -> usize {
        let said = self
            .message()
            .strip_prefix("Found: ")
            .and_then(|rest| rest.trim().parse().ok());
        said.unwrap_or(self.objects.0.len())
    }
}

/// An object of iTop.
#[derive(Deserialize, Clone)]
pub(crate) struct Entry {
    pub(crate) class: String,
    #[serde(deserialize_with = "id")]
    pub(crate) key: u64,
    #[serde(default, deserialize_with = "fields")]
    fields: BTreeMap<String, Value>,
}

/// A configuration item, as a ticket names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ci {
    pub(crate) id: u64,
    pub(crate) name: String,
}

impl Entry {
    /// An object of which only the id is known.
    pub(crate) fn named(class: &str, key: u64) -> Self {
        Self {
            class: class.to_owned(),
            key,
            fields: BTreeMap::new(),
        }
    }

    /// A field as iTop sent it.
    pub(crate) fn raw(&self, name: &str) -> Option<&Value> {
        self.fields.get(name)
    }

    /// A field that is set. iTop sends "" for nothing, and " " for the full name of nobody.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.exact(name).filter(|text| !text.trim().is_empty())
    }

    /// A field as it is.
    pub(crate) fn exact(&self, name: &str) -> Option<&str> {
        self.fields.get(name)?.as_str()
    }

    /// A field that names another object by its id; an unset one is "0".
    pub(crate) fn reference(&self, name: &str) -> Option<u64> {
        number(self.fields.get(name)?).filter(|id| *id > 0)
    }

    /// Any value as people can read it: some attributes come as JSON numbers.
    pub(crate) fn shown(&self, name: &str) -> Option<String> {
        match self.fields.get(name)? {
            Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// The configuration items of a ticket, where `functionalcis_list` was asked for.
    pub(crate) fn cis(&self) -> Option<Vec<Ci>> {
        let links = self.fields.get("functionalcis_list")?.as_array()?;
        let links = links.iter();
        Some(
            links
                .filter_map(|one| link(&|name| one.get(name)))
                .collect(),
        )
    }

    /// The configuration item that a link object names.
    pub(crate) fn link(&self) -> Option<Ci> {
        link(&|name| self.fields.get(name))
    }

    #[cfg(test)]
    pub(crate) fn of(class: &str, key: u64, fields: &Value) -> Self {
        Self {
            class: class.to_owned(),
            key,
            fields: fields.as_object().cloned().into_iter().flatten().collect(),
        }
    }
}

/// A link by its attributes. One with the impact `not_impacted` says that the ticket is not about the
/// configuration item: somebody took it out by hand.
fn link<'a>(attribute: &dyn Fn(&str) -> Option<&'a Value>) -> Option<Ci> {
    let text = |name| attribute(name).and_then(Value::as_str);
    if text("impact_code") == Some("not_impacted") {
        return None;
    }
    Some(Ci {
        id: number(attribute("functionalci_id")?).filter(|id| *id > 0)?,
        name: text("functionalci_name")?.to_owned(),
    })
}

/// iTop's ids are texts; numbers are taken as well.
fn number(value: &Value) -> Option<u64> {
    match value {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => number.as_u64(),
        _ => None,
    }
}

fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let value = Value::deserialize(deserializer)?;
    number(&value).ok_or_else(|| serde::de::Error::custom("a key is no number"))
}

/// PHP writes an empty map as `[]`.
fn fields<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, Value>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Object(map) => Ok(map.into_iter().collect()),
        _ => Ok(BTreeMap::new()),
    }
}

/// A map whose keys say nothing that the entries do not; null or an empty list where there is nothing.
#[derive(Default)]
struct Objects(Vec<Entry>);

impl<'de> Deserialize<'de> for Objects {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ObjectsVisitor;
        impl<'de> Visitor<'de> for ObjectsVisitor {
            type Value = Objects;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("objects")
            }
            fn visit_unit<E>(self) -> Result<Objects, E> {
                Ok(Objects::default())
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Objects, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = seq.next_element()? {
                    entries.push(entry);
                }
                Ok(Objects(entries))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Objects, A::Error> {
                let mut entries = Vec::new();
                while map.next_key::<IgnoredAny>()?.is_some() {
                    entries.push(map.next_value()?);
                }
                Ok(Objects(entries))
            }
        }
        deserializer.deserialize_any(ObjectsVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Reply {
        serde_json::from_str(json).expect("a reply")
    }

    #[test]
    fn objects_may_be_a_map_null_a_list_or_absent() {
        let reply = read(
            r#"{"code":0,"message":"Found: 62","objects":{"RoutineChange::51":{"code":0,"message":"","class":"RoutineChange","key":"51","fields":{"ref":"C-000051"}},"NormalChange::52":{"code":0,"message":"","class":"NormalChange","key":"52","fields":{"ref":"C-000052"}}}}"#,
        );
        assert_eq!(reply.found(), 62);
        let ids: Vec<_> = reply.entries().iter().map(|entry| entry.key).collect();
        assert_eq!(ids, [51, 52]);
        assert_eq!(reply.entries()[0].class, "RoutineChange");
        assert_eq!(reply.entries()[1].text("ref"), Some("C-000052"));
        for empty in [
            r#"{"code":0,"message":"Found: 0","objects":null}"#,
            r#"{"code":0,"message":"Found: 0","objects":[]}"#,
            r#"{"code":0,"message":null}"#,
        ] {
            let reply = read(empty);
            assert!(reply.entries().is_empty());
            assert_eq!(reply.found(), 0);
        }
    }

    #[test]
    fn a_page_past_the_end_still_says_how_many_there_are() {
        let reply = read(r#"{"code":0,"message":"Found: 62","objects":null}"#);
        assert_eq!((reply.found(), reply.entries().len()), (62, 0));
    }

    #[test]
    fn maintenance_is_no_reply() {
        let body = r#"{"data":[{"code":100,"message":"This application is currently under maintenance."}],"scripts":[]}"#;
        assert!(serde_json::from_str::<Reply>(body).is_err());
    }

    #[test]
    fn an_unset_reference_is_zero_and_nobody_is_a_blank() {
        let entry = Entry::of(
            "UserRequest",
            63,
            &serde_json::json!({"agent_id":"0","agent_id_friendlyname":" ","caller_id":"2","title":"Neuer Titel ü","tto":0,"sla_tto_over":null}),
        );
        assert_eq!(entry.reference("agent_id"), None);
        assert_eq!(entry.reference("caller_id"), Some(2));
        assert_eq!(entry.text("agent_id_friendlyname"), None);
        assert_eq!(entry.text("nothing"), None);
        assert_eq!(entry.shown("tto").as_deref(), Some("0"));
        assert_eq!(entry.shown("sla_tto_over"), None);
    }

    #[test]
    fn a_ticket_names_its_configuration_items() {
        let entry = Entry::of(
            "Incident",
            2,
            &serde_json::json!({"functionalcis_list":[{"functionalci_id":"32","functionalci_name":"srv-db-01","impact":"","impact_code":"manual","friendlyname":"srv-db-01 / I-000002","functionalci_id_friendlyname":"srv-db-01","functionalci_id_finalclass_recall":"Server","functionalci_id_obsolescence_flag":""},{"functionalci_id":"0","functionalci_name":""},{"functionalci_id":"33","functionalci_name":"srv-web-01","impact_code":"not_impacted"}]}),
        );
        let ci = Ci {
            id: 32,
            name: "srv-db-01".to_owned(),
        };
        assert_eq!(entry.cis(), Some(vec![ci]));
        assert_eq!(Entry::of("Incident", 3, &Value::Null).cis(), None);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let _ = serde_json::from_slice::<Reply>(&bytes);
        }

        #[test]
        fn no_json_makes_it_panic(code: i64, message: Option<String>, class: String, key: String, name: String, value: String) {
            let json = serde_json::json!({
                "code": code, "message": message,
                "objects": {"x": {"class": class, "key": key, "fields": {name.clone(): value, "functionalcis_list": [name, 1, null, {"functionalci_id": key}]}}}
            });
            if let Ok(reply) = serde_json::from_value::<Reply>(json) {
                let _ = reply.found();
                for entry in reply.entries() {
                    let _ = (entry.cis(), entry.link(), entry.text(&message.clone().unwrap_or_default()));
                }
            }
        }
    }
}
