//! Objects and the logbook.

use jiff::Timestamp;

use super::Quirks;

/// An object.
#[derive(Debug, Clone)]
pub struct ObjectRow {
    /// Its id.
    pub id: u64,
    /// Its title; nothing keeps two objects from having the same.
    pub title: String,
    /// Its system id.
    pub sysid: String,
    /// The mail address of a person; may be empty.
    pub email: String,
    /// 2 is normal, 3 archived, 4 deleted.
    pub status: u64,
}

impl ObjectRow {
    /// A normal object.
    pub fn new(id: u64, title: impl Into<String>) -> Self {
        ObjectRow {
            id,
            title: title.into(),
            sysid: format!("SYSID_{id}"),
            email: String::new(),
            status: 2,
        }
    }
}

/// An entry of the logbook.
#[derive(Debug, Clone)]
pub struct LogEntry {
    /// Its id.
    pub id: u64,
    /// The object.
    pub object: u64,
    /// `message` when it was created, `event` when it is read.
    pub event: String,
    /// What it says.
    pub description: String,
    /// A remark.
    pub comment: String,
    /// The constant.
    pub source: String,
    /// 0 to 3.
    pub level: u64,
    /// When i-doit wrote it.
    pub date: Timestamp,
}

#[derive(Debug)]
pub(super) struct Data {
    pub(super) objects: Vec<ObjectRow>,
    pub(super) logbook: Vec<LogEntry>,
    pub(super) quirks: Quirks,
}

impl Data {
    pub(super) fn seed() -> Self {
        let ids = (1..100).chain(1001..1100);
        Data {
            objects: ids
                .map(|id| ObjectRow::new(id, format!("object {id}")))
                .collect(),
            logbook: Vec::new(),
            quirks: Quirks::default(),
        }
    }

    pub(super) fn object(&self, id: u64) -> Option<&ObjectRow> {
        self.objects.iter().find(|object| object.id == id)
    }

    /// A new entry of i-doit's own.
    pub(super) fn log(&mut self, object: u64, event: String) -> &mut LogEntry {
        let id = 100 + self.logbook.len() as u64;
        self.logbook.push(LogEntry {
            id,
            object,
            event,
            description: String::new(),
            comment: String::new(),
            source: "C__LOGBOOK_SOURCE__INTERNAL".to_owned(),
            level: 0,
            date: Timestamp::now(),
        });
        self.logbook.last_mut().expect("just added")
    }
}
