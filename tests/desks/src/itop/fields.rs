//! Which attributes an answer shows, and how.

use serde_json::Value;

use super::data::{Data, LINK, LogEntry, Row};
use super::json::Json;
use super::model::{Attribute, Kind};
use super::rest::Failure;

/// Where an object that is shown comes from: iTop shows a few things differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum From {
    /// It was just written: its links come as they were made.
    Memory,
    /// It was searched: its links come by name, and where single attributes were asked for, the name
    /// of a person that is not set is a blank.
    Database,
}

/// What `output_fields` asks for.
#[derive(Debug)]
pub(super) struct Shown {
    class: String,
    which: Which,
}

#[derive(Debug)]
enum Which {
    /// `*`: all that the class has.
    All,
    /// `*+`: all that the object has.
    AllOfObject,
    These(Vec<String>),
}

impl Shown {
    pub(super) fn read(data: &Data, class: &str, params: &Value) -> Result<Self, Failure> {
        let which = match params.get("output_fields") {
            None | Some(Value::Null) => Which::All,
            Some(Value::String(text)) if text == "*" => Which::All,
            Some(Value::String(text)) if text == "*+" => Which::AllOfObject,
            Some(Value::String(text)) => {
                let codes: Vec<String> =
                    text.split(',').map(|code| code.trim().to_owned()).collect();
                let known = data.class(class);
                if let Some(code) = codes.iter().find(|code| known.attribute(code).is_none()) {
                    let text = format!("output_fields: invalid attribute code '{code}'");
                    return Err(Failure::error(text));
                }
                Which::These(codes)
            }
            Some(_) => return Err(Failure::Crash),
        };
        Ok(Shown {
            class: class.to_owned(),
            which,
        })
    }

    /// Whether a query for another class than the one asked for can give these attributes. What
    /// that class lacks is an error where it stands above, and no matter where it stands beside.
    pub(super) fn check(&self, data: &Data, target: &str) -> Result<(), Failure> {
        let Which::These(codes) = &self.which else {
            return Ok(());
        };
        let known = data.class(target);
        match codes.iter().find(|code| known.attribute(code).is_none()) {
            Some(code) if data.model.is_a(&self.class, target) => Err(Failure::error(format!(
                "Unknown attribute {code} from class {target}"
            ))),
            _ => Ok(()),
        }
    }

    /// An object as answers have it: its name among the objects, and what is shown of it.
    pub(super) fn object(
        &self,
        data: &Data,
        row: &Row,
        message: &str,
        from: From,
    ) -> (String, Json) {
        let is_a = data.model.is_a(&row.class, &self.class);
        let class = data.class(&row.class);
        let all = |class: &str| -> Vec<String> {
            let shown = data.class(class).shown.iter();
            shown
                .filter(|one| one.code != "id")
                .map(|one| one.code.clone())
                .collect()
        };
        let codes = match &self.which {
            _ if !is_a => vec!["id".to_owned(), "friendlyname".to_owned()],
            Which::All => all(&self.class),
            Which::AllOfObject => all(&row.class),
            Which::These(codes) => codes.clone(),
        };
        let blank = from == From::Database && matches!(self.which, Which::These(_));
        let field = |code: String| {
            let attribute = class
                .attribute(&code)
                .expect("an attribute that was checked");
            let value = show(data, row, attribute, from, blank);
            (code, value)
        };
        let fields = Json::Map(codes.into_iter().map(field).collect());
        object(row, message, fields)
    }
}

/// An object with its name alone, as answers have it that were not asked for more.
pub(super) fn brief(data: &Data, row: &Row) -> (String, Json) {
    let fields = Json::map([
        ("id", Json::text(row.id.to_string())),
        ("friendlyname", Json::text(data.friendly_name(row))),
    ]);
    object(row, "", fields)
}

fn object(row: &Row, message: &str, fields: Json) -> (String, Json) {
    let object = Json::map([
        ("code", Json::Number(0)),
        ("message", Json::text(message)),
        ("class", Json::text(&row.class)),
        ("key", Json::text(row.id.to_string())),
        ("fields", fields),
    ]);
    (format!("{}::{}", row.class, row.id), object)
}

fn show(data: &Data, row: &Row, attribute: &Attribute, from: From, blank: bool) -> Json {
    match &attribute.kind {
        Kind::Log => {
            let entries = row.logs.get(&attribute.code).into_iter().flatten();
            Json::map([("entries", Json::List(entries.map(log_entry).collect()))])
        }
        Kind::List => Json::List(Vec::new()),
        Kind::Constant(value) => Json::constant(value),
        Kind::Links(key) => {
            let mut links = data.links(key, row.id);
            if from == From::Memory {
                links.sort_by_key(|link| link.id);
            }
            Json::List(
                links
                    .iter()
                    .map(|link| link_entry(data, link, key))
                    .collect(),
            )
        }
        Kind::KeyName(key) if blank && data.target(row, key).is_none() => {
            let person = data
                .class(&row.class)
                .attribute(key)
                .is_some_and(|key| matches!(&key.kind, Kind::Key(target) if target == "Person"));
            // First name and surname with a blank between them, both empty.
            Json::text(if person { " " } else { "" })
        }
        _ => Json::text(data.get(row, &attribute.code)),
    }
}

fn log_entry(entry: &LogEntry) -> Json {
    Json::map([
        ("date", Json::text(&entry.date)),
        ("user_login", Json::text(&entry.user_login)),
        ("user_id", Json::text(&entry.user_id)),
        ("message", Json::text(&entry.message)),
        ("message_html", Json::text(&entry.message_html)),
    ])
}

/// A link without its own side.
fn link_entry(data: &Data, link: &Row, own: &str) -> Json {
    let attributes = data.class(LINK).shown.iter();
    let other = attributes.filter(|attribute| match &attribute.kind {
        Kind::Id => false,
        Kind::Key(_) => attribute.code != own,
        Kind::Via(key, _) | Kind::KeyName(key) | Kind::KeyClass(key) | Kind::KeyFlag(key) => {
            key != own
        }
        _ => true,
    });
    Json::Map(
        other
            .map(|one| {
                (
                    one.code.clone(),
                    show(data, link, one, From::Database, false),
                )
            })
            .collect(),
    )
}
