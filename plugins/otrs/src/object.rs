//! How a ticket references CMDB objects: a dynamic field that holds `,12,42,`, or one id a value.

use crate::options::key;
use serde_json::{Value, json};
use sgi_guest::object::is_number;
use sgi_guest::types::Error;
use sgi_guest::{Settings, fail, text};

/// The id of a CMDB object as the field can hold and OTRS can search it: a decimal number without
/// leading zeros, and so without a wildcard.
#[derive(Clone, Copy)]
pub(crate) struct ObjectId<'a>(&'a str);

impl<'a> ObjectId<'a> {
    /// An id that no object has: what a working search finds nothing for.
    pub(crate) const NONE: ObjectId<'static> = ObjectId("99999999999999999999");

    pub(crate) fn parse(id: &'a str) -> Result<Self, Error> {
        if is_number(id) {
            return Ok(Self(id));
        }
        Err(fail::invalid_input(format!(
            "OTRS references CMDB objects by their number, and {} is not one: digits only, without \
             leading zeros",
            text::quote(id)
        )))
    }

    pub(crate) fn as_str(self) -> &'a str {
        self.0
    }
}

/// A dynamic field, by the name that OTRS has for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FieldName<'a>(&'a str);

impl<'a> FieldName<'a> {
    /// OTRS allows letters and digits, and its web service silently drops a search for anything else.
    fn new(settings: &'a Settings, key: &str) -> Result<Self, Error> {
        let name = settings.text(key).unwrap_or_default();
        if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Ok(Self(name));
        }
        Err(fail::invalid_setting(
            key,
            format!(
                "{} is not the name of a dynamic field: OTRS allows letters and digits only; take the \
                 name, not the label",
                text::quote(name)
            ),
        ))
    }

    pub(crate) fn as_str(self) -> &'a str {
        self.0
    }

    /// As searches and forms name it.
    pub(crate) fn parameter(self) -> String {
        format!("DynamicField_{}", self.0)
    }
}

/// How object ids stand in the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Match {
    /// Between commas, with one at both ends.
    Like,
    /// One a value.
    Equals,
}

/// The fields that tie tickets to the CMDB.
#[derive(Clone, Copy)]
pub(crate) struct References<'a> {
    pub(crate) objects: FieldName<'a>,
    pub(crate) matching: Match,
    /// Field and value, where only one tenant's tickets are wanted.
    pub(crate) tenant: Option<(FieldName<'a>, &'a str)>,
}

impl<'a> References<'a> {
    pub(crate) fn new(settings: &'a Settings) -> Result<Self, Error> {
        let matching = match settings.text(key::MATCH) {
            Some("equals") => Match::Equals,
            _ => Match::Like,
        };
        let tenant = match settings.text(key::TENANT) {
            Some(tenant) => Some((FieldName::new(settings, key::TENANT_FIELD)?, tenant)),
            None => None,
        };
        Ok(Self {
            objects: FieldName::new(settings, key::OBJECTS_FIELD)?,
            matching,
            tenant,
        })
    }

    /// What a search for an object says about the field.
    pub(crate) fn condition(&self, object: ObjectId<'_>) -> Value {
        match self.matching {
            Match::Like => json!({ "Like": format!("*,{},*", object.as_str()) }),
            Match::Equals => json!({ "Equals": object.as_str() }),
        }
    }

    /// What the field of a ticket about these objects holds.
    pub(crate) fn value(&self, objects: &[ObjectId<'_>]) -> String {
        let ids: Vec<&str> = objects.iter().map(|object| object.as_str()).collect();
        let ids = ids.join(",");
        match self.matching {
            Match::Like => format!(",{ids},"),
            Match::Equals => ids,
        }
    }

    /// Whether a field with these values references the object: what OTRS's search should have
    /// looked for.
    pub(crate) fn hold(&self, values: &[String], object: ObjectId<'_>) -> bool {
        match self.matching {
            Match::Like => {
                let between = format!(",{},", object.as_str());
                values.iter().any(|value| value.contains(&between))
            }
            // Databases ignore blanks at the end when they compare.
            Match::Equals => values.iter().any(|value| value.trim() == object.as_str()),
        }
    }
}

/// The object ids in a field's values, each once.
pub(crate) fn objects_in(values: &[String]) -> Vec<String> {
    let mut objects: Vec<String> = Vec::new();
    for part in values.iter().flat_map(|value| value.split(',')) {
        let part = part.trim();
        if is_number(part) && objects.iter().all(|known| known != part) {
            objects.push(part.to_owned());
        }
    }
    objects
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn an_object_id_is_a_plain_decimal_number() {
        for id in ["1", "42", "12345678901234567890"] {
            assert!(ObjectId::parse(id).is_ok(), "{id:?}");
        }
        for id in [
            "",
            "0",
            "042",
            "-1",
            "1 ",
            "*",
            "4,2",
            "%",
            "٤٢",
            "123456789012345678901",
        ] {
            let error = ObjectId::parse(id).err();
            assert!(matches!(error, Some(Error::InvalidInput(_))), "{id:?}");
        }
    }

    #[test]
    fn a_field_between_commas_is_searched_as_i_doit_does() {
        let settings = samples::settings(&[]);
        let references = References::new(&settings).unwrap();
        let id = ObjectId::parse("4").unwrap();
        assert_eq!(references.condition(id), json!({ "Like": "*,4,*" }));
        assert_eq!(references.objects.parameter(), "DynamicField_IDoitObjects");
        let held = |value: &str| references.hold(&[value.to_owned()], id);
        assert!(held(",1,4,103,") && held(",4,"));
        assert!(!held(",1,44,") && !held("4") && !held(""));
        let other = ObjectId::parse("12").unwrap();
        assert_eq!(references.value(&[id, other]), ",4,12,");
    }

    #[test]
    fn a_field_of_single_values_is_compared_whole() {
        let settings = samples::settings(&[("match", "equals"), ("objects-field", "CMDBObjectID")]);
        let references = References::new(&settings).unwrap();
        let id = ObjectId::parse("101").unwrap();
        assert_eq!(references.condition(id), json!({ "Equals": "101" }));
        assert!(references.hold(&["7".to_owned(), "101 ".to_owned()], id));
        assert!(!references.hold(&[",101,".to_owned()], id));
        assert_eq!(references.value(&[id]), "101");
    }

    #[test]
    fn a_field_name_that_otrs_would_ignore_is_refused() {
        for name in ["", "IDoit Objects", "IDoitObjects_x", "Ä"] {
            let settings = samples::settings(&[("objects-field", name)]);
            let error = References::new(&settings).err();
            assert!(matches!(error, Some(Error::InvalidSetting(_))), "{name:?}");
        }
    }

    #[test]
    fn object_ids_are_read_once_each_and_nothing_else_is() {
        let values = [",1, 7,101,1,".to_owned(), "x,0,08,9".to_owned()];
        assert_eq!(objects_in(&values), ["1", "7", "101", "9"]);
    }
}
