//! What is in the desk: the objects of all classes, and what their attributes say.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::dates;
use super::model::{Class, Kind, Model};
use super::rights::User;

pub(super) const LINK: &str = "lnkFunctionalCIToTicket";

/// An entry of a case log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LogEntry {
    pub(super) date: String,
    pub(super) user_login: String,
    pub(super) user_id: String,
    pub(super) message: String,
    pub(super) message_html: String,
}

/// An object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) id: u64,
    pub(super) class: String,
    pub(super) fields: BTreeMap<String, String>,
    pub(super) logs: BTreeMap<String, Vec<LogEntry>>,
}

/// In which state the whole of iTop is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mode {
    /// It works.
    Normal,
    /// Under maintenance: `503`.
    Maintenance,
    /// Nobody may change anything.
    ReadOnly,
    /// The database is gone: `500` with a line of HTML.
    DatabaseDown,
}

/// All that is in the desk.
#[derive(Debug)]
pub(super) struct Data {
    pub(super) model: Model,
    /// By the top class of a hierarchy, then by id.
    pub(super) tables: BTreeMap<String, BTreeMap<u64, Row>>,
    /// The next id of a table; ids are not used twice.
    pub(super) next: BTreeMap<String, u64>,
    /// The number of the next ticket's `ref`: a creation that fails late uses one up.
    pub(super) next_ref: u64,
    pub(super) impacts: Vec<(String, String)>,
    pub(super) users: Vec<User>,
    pub(super) clock: Option<Timestamp>,
    pub(super) zone: TimeZone,
    pub(super) mode: Mode,
    /// The attribute with the object's id in the CMDB, if there is one.
    pub(super) object_attribute: Option<String>,
}

impl Data {
    pub(super) fn time(&self) -> Timestamp {
        self.clock.unwrap_or_else(Timestamp::now)
    }

    /// Now, as iTop writes it.
    pub(super) fn now(&self) -> String {
        dates::local(self.time(), &self.zone)
    }

    pub(super) fn class(&self, name: &str) -> &Class {
        self.model
            .class(name)
            .unwrap_or_else(|| panic!("no class {name} in the desk"))
    }

    /// The objects of a class and of those below it, by id.
    pub(super) fn rows<'a>(&'a self, class: &'a str) -> impl Iterator<Item = &'a Row> + 'a {
        let table = self.tables.get(&self.class(class).root);
        let all = table.into_iter().flat_map(BTreeMap::values);
        all.filter(move |row| self.model.is_a(&row.class, class))
    }

    /// One object of a class or of one below it.
    pub(super) fn row(&self, class: &str, id: u64) -> Option<&Row> {
        let row = self.tables.get(&self.class(class).root)?.get(&id)?;
        self.model.is_a(&row.class, class).then_some(row)
    }

    pub(super) fn row_mut(&mut self, class: &str, id: u64) -> &mut Row {
        let root = self.class(class).root.clone();
        let row = self
            .tables
            .get_mut(&root)
            .and_then(|table| table.get_mut(&id));
        row.unwrap_or_else(|| panic!("no {class} {id} in the desk"))
    }

    /// Puts in an object. An id of 0 asks for the next one; gives the id.
    pub(super) fn insert(&mut self, mut row: Row) -> u64 {
        let root = self.class(&row.class).root.clone();
        let next = self.next.entry(root.clone()).or_insert(1);
        if row.id == 0 {
            row.id = *next;
        }
        *next = (*next).max(row.id + 1);
        let id = row.id;
        self.tables.entry(root).or_default().insert(id, row);
        id
    }

    /// Uses up an id of a table.
    pub(super) fn skip_id(&mut self, root: &str) {
        *self.next.entry(root.to_owned()).or_insert(1) += 1;
    }

    /// What an attribute of an object says as text; logs, lists and constants say nothing.
    pub(super) fn get(&self, row: &Row, code: &str) -> String {
        let class = self.class(&row.class);
        let Some(attribute) = class.attribute(code) else {
            return String::new();
        };
        let stored = || row.fields.get(code).cloned();
        match &attribute.kind {
            Kind::Id => row.id.to_string(),
            Kind::FinalClass => row.class.clone(),
            Kind::FriendlyName => self.friendly_name(row),
            Kind::Key(_) | Kind::Seconds => stored().unwrap_or_else(|| "0".to_owned()),
            Kind::Via(key, attribute) => {
                let target = self.target(row, key);
                target
                    .map(|target| self.get(target, attribute))
                    .unwrap_or_default()
            }
            Kind::KeyName(key) => {
                let target = self.target(row, key);
                target
                    .map(|target| self.friendly_name(target))
                    .unwrap_or_default()
            }
            Kind::KeyClass(key) => {
                let target = self.target(row, key);
                target
                    .map(|target| target.class.clone())
                    .unwrap_or_default()
            }
            Kind::Text | Kind::Html | Kind::Number | Kind::Date | Kind::Enum(_) => {
                stored().unwrap_or_default()
            }
            Kind::KeyFlag(_) | Kind::Log | Kind::Links(_) | Kind::List | Kind::Constant(_) => {
                String::new()
            }
        }
    }

    /// The object behind a key.
    pub(super) fn target(&self, row: &Row, key: &str) -> Option<&Row> {
        let attribute = self.class(&row.class).attribute(key)?;
        let Kind::Key(class) = &attribute.kind else {
            return None;
        };
        self.row(class, row.fields.get(key)?.parse().ok()?)
    }

    pub(super) fn friendly_name(&self, row: &Row) -> String {
        let (parts, separator) = &self.class(&row.class).naming;
        let part = |code: &String| match self.target(row, code) {
            Some(target) => self.friendly_name(target),
            None => self.get(row, code),
        };
        // The name of an operation is the id of its change, not the change's own name.
        if row.class.starts_with("CMDBChangeOp") {
            return self.get(row, "change");
        }
        parts.iter().map(part).collect::<Vec<_>>().join(separator)
    }

    /// The links whose key of this name is the object, by the friendly name of what they link to.
    pub(super) fn links(&self, key: &str, id: u64) -> Vec<&Row> {
        let id = id.to_string();
        let of = |row: &&Row| row.fields.get(key) == Some(&id);
        let mut links: Vec<&Row> = self.rows(LINK).filter(of).collect();
        links.sort_by_cached_key(|link| self.friendly_name(link));
        links
    }
}
