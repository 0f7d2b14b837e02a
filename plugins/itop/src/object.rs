//! Which configuration item of iTop is which object of the CMDB.

use crate::manifest::key;
use crate::oql;
use sgi_guest::object::is_number;
use sgi_guest::types::{Error, Object};
use sgi_guest::{Settings, fail, text};

/// What the attribute holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    Id,
    Title,
    Attribute,
}

/// The attribute that the settings name.
pub(crate) struct Match<'a> {
    /// None: `FunctionalCI`, or `PhysicalDevice` where that one does not have it.
    pub(crate) class: Option<&'a str>,
    pub(crate) attribute: &'a str,
    pub(crate) holds: Holds,
}

impl<'a> Match<'a> {
    pub(crate) fn of(settings: &'a Settings) -> Result<Self, Error> {
        let option = settings.text(key::OBJECTS_ATTRIBUTE).unwrap_or("idoit_id");
        let (class, attribute) = match option.split_once('.') {
            Some((class, attribute)) => (Some(class), attribute),
            None => (None, option),
        };
        if !class.is_none_or(oql::is_name) || !oql::is_name(attribute) {
            return Err(fail::invalid_setting(
                key::OBJECTS_ATTRIBUTE,
                format!(
                    "{} cannot be an attribute of iTop: letters, digits and underscores, such as \
                     idoit_id, name or PhysicalDevice.asset_number",
                    text::quote(option)
                ),
            ));
        }
        let holds = match (settings.text(key::OBJECTS_VALUE), attribute) {
            (Some("id"), _) => Holds::Id,
            (Some("title"), _) => Holds::Title,
            (Some("attribute"), _) => Holds::Attribute,
            (_, "idoit_id") => Holds::Id,
            (_, "name") => Holds::Title,
            _ => Holds::Attribute,
        };
        Ok(Self {
            class,
            attribute,
            holds,
        })
    }

    /// The value by which iTop knows an object.
    pub(crate) fn value<'o>(&self, object: &'o Object) -> Result<&'o str, Error> {
        let (value, lacks) = match self.holds {
            Holds::Id => {
                let id = &object.id;
                if self.attribute == "idoit_id" && !is_number(id) {
                    return Err(fail::invalid_input(format!(
                        "i-doit's objects have a number, and {} is not one: digits only, without leading \
                         zeros",
                        text::quote(id)
                    )));
                }
                (Some(id.as_str()), "id")
            }
            Holds::Title => (object.title.as_deref(), "title"),
            Holds::Attribute => {
                let mut attributes = object.attributes.iter();
                let same = attributes.find(|attribute| attribute.name == self.attribute);
                (
                    same.map(|same| same.value.as_str()),
                    "attribute of that name",
                )
            }
        };
        // An empty value would be that of every configuration item without one.
        value.filter(|value| !value.trim().is_empty()).ok_or_else(|| {
            fail::invalid_input(format!(
                "iTop's configuration items are found by their attribute {:?}, and nothing tells the {lacks} \
                     of the object {}: the CMDB must give the object's {lacks}",
                    self.attribute,
                text::quote(&object.id)
            ))
        })
    }

    /// Whether iTop's links to tickets show the attribute, so that nothing else has to be asked.
    pub(crate) fn in_links(&self) -> bool {
        self.class.is_none() && self.attribute == "name"
    }

    /// A value of the attribute as the id of an object, where it holds ids.
    pub(crate) fn id<'v>(&self, value: &'v str) -> Option<&'v str> {
        let plausible = self.attribute != "idoit_id" || is_number(value);
        (self.holds == Holds::Id && plausible && !value.trim().is_empty()).then_some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{message, settings};
    use sgi_guest::types::Attribute;

    fn object(id: &str, title: Option<&str>) -> Object {
        Object {
            id: id.to_owned(),
            title: title.map(str::to_owned),
            url: None,
            kind: None,
            attributes: vec![Attribute {
                name: "asset_number".to_owned(),
                value: "IDOIT-1001".to_owned(),
            }],
        }
    }

    fn value(options: &[(&str, &str)], object: &Object) -> Result<String, Error> {
        let settings = settings(options);
        Match::of(&settings)?.value(object).map(str::to_owned)
    }

    #[test]
    fn the_attribute_decides_which_value_is_looked_for() {
        let object = object("1001", Some("srv-db-01"));
        for (attribute, expected) in [
            ("idoit_id", "1001"),
            ("name", "srv-db-01"),
            ("asset_number", "IDOIT-1001"),
            ("PhysicalDevice.asset_number", "IDOIT-1001"),
        ] {
            let found = value(&[("objects-attribute", attribute)], &object);
            assert_eq!(found.expect("a value"), expected);
        }
        let told = [("objects-attribute", "cmdb_ref"), ("objects-value", "id")];
        assert_eq!(value(&told, &object).expect("a value"), "1001");
        assert_eq!(value(&[], &object).expect("a value"), "1001");
    }

    #[test]
    fn an_object_that_lacks_it_is_refused_in_words() {
        for title in [None, Some(""), Some("  ")] {
            let error = value(&[("objects-attribute", "name")], &object("7", title)).unwrap_err();
            assert!(matches!(error, Error::InvalidInput(_)));
            assert!(message(&error).contains("the CMDB must give the object's title"));
        }
        let error = value(&[("objects-attribute", "serial")], &object("7", None)).unwrap_err();
        assert!(message(&error).contains("attribute of that name"));
    }

    #[test]
    fn an_id_of_i_doit_is_a_plain_number() {
        for id in ["", "0", "042", "-1", "1 ", "4' OR 1=1 -- ", "٤٢", "1e3"] {
            let error = value(&[], &object(id, None)).unwrap_err();
            assert!(matches!(error, Error::InvalidInput(_)), "{id:?}");
        }
    }

    #[test]
    fn an_attribute_is_a_name() {
        for attribute in ["a b", "x' OR 1=1", "", "a.b.c", "1x", ".x"] {
            let error = value(&[("objects-attribute", attribute)], &object("7", None)).unwrap_err();
            assert!(matches!(error, Error::InvalidSetting(_)), "{attribute:?}");
        }
    }

    #[test]
    fn only_ids_are_ids() {
        let by_id = settings(&[]);
        let by_id = Match::of(&by_id).expect("a match");
        assert_eq!(by_id.id("42"), Some("42"));
        assert_eq!(by_id.id("042"), None);
        assert_eq!(by_id.id(""), None);
        let by_name = settings(&[("objects-attribute", "name")]);
        let by_name = Match::of(&by_name).expect("a match");
        assert_eq!(by_name.id("42"), None);
        assert!(by_name.in_links() && !by_id.in_links());
    }
}
