//! The object that a command is about, as the command line describes it.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use sgi_host::Object;
use std::collections::BTreeSet;

/// One object, as the CMDB would describe it.
#[derive(Debug, Clone, Args)]
pub(crate) struct ObjectArgs {
    /// The object's id in the CMDB
    #[arg(value_name = "OBJECT", value_parser = NonEmptyStringValueParser::new())]
    id: String,
    #[command(flatten)]
    about: About,
}

/// Several objects; what is told about them is told about a single one.
#[derive(Debug, Clone, Args)]
pub(crate) struct ObjectsArgs {
    /// The object's id in the CMDB; several for an object and its components
    #[arg(value_name = "OBJECT", required = true, value_parser = NonEmptyStringValueParser::new())]
    ids: Vec<String>,
    #[command(flatten)]
    about: About,
}

/// What else is known about an object.
#[derive(Debug, Clone, Args)]
struct About {
    /// What people call it, such as srv-db-01
    #[arg(long, help_heading = "About the object")]
    title: Option<String>,
    /// Its page in the CMDB
    #[arg(long, help_heading = "About the object")]
    url: Option<String>,
    /// Its type in the CMDB, such as Server
    #[arg(long, help_heading = "About the object")]
    kind: Option<String>,
    /// A further value that a desk may match by, such as asset_number=4711; may be repeated
    #[arg(long = "attr", value_name = "KEY=VALUE", value_parser = attribute,
          help_heading = "About the object")]
    attributes: Vec<(String, String)>,
}

impl ObjectArgs {
    /// # Errors
    /// An attribute that is given twice.
    pub(crate) fn object(self) -> Result<Object, String> {
        self.about.of(self.id)
    }
}

impl ObjectsArgs {
    /// # Errors
    /// An attribute that is given twice, or a description that may be of any of several objects.
    pub(crate) fn objects(self) -> Result<Vec<Object>, String> {
        let mut ids = self.ids;
        let mut seen = BTreeSet::new();
        ids.retain(|id| seen.insert(id.clone()));
        if let [id] = ids.as_slice() {
            return Ok(vec![self.about.of(id.clone())?]);
        }
        if self.about.says_something() {
            return Err(
                "--title, --url, --kind and --attr describe one object; ask for each by itself"
                    .to_owned(),
            );
        }
        Ok(ids.into_iter().map(Object::new).collect())
    }
}

impl About {
    fn says_something(&self) -> bool {
        let texts = [&self.title, &self.url, &self.kind];
        texts.iter().any(|text| text.is_some()) || !self.attributes.is_empty()
    }

    fn of(self, id: String) -> Result<Object, String> {
        let mut names = BTreeSet::new();
        for (name, _) in &self.attributes {
            if !names.insert(name) {
                return Err(format!(
                    "--attr {name}=… is given twice; an attribute has one value"
                ));
            }
        }
        let mut object = Object::new(id);
        object.title = self.title;
        object.url = self.url;
        object.kind = self.kind;
        object.attributes = self.attributes;
        Ok(object)
    }
}

fn attribute(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write KEY=VALUE, such as asset_number=4711".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use crate::args::{Cli, Command};
    use clap::Parser;
    use sgi_host::Filter;

    #[test]
    fn an_object_is_described_by_its_options() {
        let words = [
            "sgi", "tickets", "7", "--title", "srv", "--attr", "a=b=c", "--attr", "d=", "--status",
            "open",
        ];
        let Command::Tickets(args) = Cli::try_parse_from(words).unwrap().command else {
            panic!("another command")
        };
        assert_eq!(Filter::from(args.status), Filter::Open);
        let objects = args.objects.objects().unwrap();
        let [object] = objects.as_slice() else {
            panic!("one object")
        };
        assert_eq!(object.title.as_deref(), Some("srv"));
        let attributes = [
            ("a".to_owned(), "b=c".to_owned()),
            ("d".to_owned(), String::new()),
        ];
        assert_eq!(object.attributes, attributes);
    }

    #[test]
    fn several_objects_are_asked_for_by_their_ids_alone() {
        let objects = |words: &[&str]| {
            let words = ["sgi", "tickets"].iter().chain(words);
            let Command::Tickets(args) = Cli::try_parse_from(words).unwrap().command else {
                panic!("another command")
            };
            args.objects.objects()
        };
        let ids = |words: &[&str]| -> Vec<String> {
            objects(words).unwrap().into_iter().map(|o| o.id).collect()
        };
        assert_eq!(ids(&["7", "8", "7"]), ["7", "8"]);
        assert!(
            objects(&["7", "8", "--title", "srv"])
                .unwrap_err()
                .contains("one object")
        );
    }

    #[test]
    fn what_is_no_attribute_is_a_mistake_of_usage() {
        for words in [
            &["sgi", "tickets", "7", "--attr", "a"][..],
            &["sgi", "tickets", "7", "--attr", "=a"],
            &["sgi", "tickets", ""],
            &["sgi", "tickets"],
            &["sgi", "tickets", "7", "--status", "new"],
        ] {
            let error = Cli::try_parse_from(words).unwrap_err();
            assert_eq!(error.exit_code(), 2, "{words:?}");
        }
        let words = ["sgi", "links", "7", "--attr", "a=1", "--attr", "a=2"];
        let Command::Links(args) = Cli::try_parse_from(words).unwrap().command else {
            panic!("another command")
        };
        assert!(args.object.object().unwrap_err().contains("given twice"));
    }
}
