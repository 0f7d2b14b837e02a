//! What is in the desk when it starts.
//!
//! `seed/itop.json` is what recordings show of the recorded server, filled in where none does. Where the CIs know the ids of a CMDB,
//! `seed/itop-conformance.json` comes on top: the objects that every test desk has. There `object`
//! is the CMDB's id of a CI, under whatever name the options give that attribute; in both files
//! `links` are the ids of a ticket's CIs.

use std::collections::BTreeMap;

use serde_json::Value;

use super::data::{Data, LINK, LogEntry, Mode, Row};
use super::history::Author;
use super::model::Model;
use super::rights::{Profile, User};
use super::{
    ADMIN, Account, CONFIGURATION, ITopOptions, NO_RIGHTS, NewTicket, PORTAL, READER, WITHOUT_REST,
    dates,
};

/// The zone of the recorded server, in which the seed's dates stand.
const RECORDED: &str = "Europe/Berlin";
/// How many tickets the object 7777 has: more than any page holds.
const MANY: usize = 130;

fn text(value: &Value) -> String {
    value.as_str().expect("a text in the seed").to_owned()
}

fn id(value: &Value) -> u64 {
    value.as_u64().expect("an id in the seed")
}

impl Data {
    pub(super) fn seed(options: &ITopOptions) -> Self {
        let seed: Value = serde_json::from_str(include_str!("../../seed/itop.json")).expect("JSON");
        let attribute = options.object_attribute.as_deref();
        // These exist without an extension as well.
        let added = attribute.filter(|name| !matches!(*name, "name" | "asset_number"));
        let user = |account: Account, profile| User {
            login: account.0.to_owned(),
            password: Some(account.1.to_owned()),
            rest: account != WITHOUT_REST,
            portal: account == PORTAL,
            profile,
        };
        let pairs = seed["impacts"].as_array().expect("pairs").iter();
        let mut data = Data {
            model: Model::read(&text(&seed["classes"]), added),
            tables: BTreeMap::new(),
            next: BTreeMap::new(),
            next_ref: 1,
            impacts: pairs.map(|pair| (text(&pair[0]), text(&pair[1]))).collect(),
            users: vec![
                user(ADMIN, Profile::Admin),
                user(READER, Profile::Agent),
                user(WITHOUT_REST, Profile::Agent),
                user(PORTAL, Profile::Nothing),
                user(NO_RIGHTS, Profile::Nothing),
                user(CONFIGURATION, Profile::Configuration),
            ],
            clock: None,
            zone: dates::zone(&options.time_zone),
            mode: Mode::Normal,
            object_attribute: options.object_attribute.clone(),
        };
        data.load(&seed["objects"]);
        data.load_history(&seed["history"]);
        if attribute.is_some() {
            data.load_conformance();
        }
        for (object, count) in &options.extra {
            data.add_many(object, *count, "Ticket");
        }
        if let Some(object) = &options.duplicated {
            data.duplicate(object);
        }
        data
    }

    fn load(&mut self, objects: &Value) {
        let from = dates::zone(RECORDED);
        for object in objects.as_array().expect("objects") {
            let class = text(&object["class"]);
            let mut row = Row {
                id: id(&object["id"]),
                class: class.clone(),
                fields: BTreeMap::new(),
                logs: BTreeMap::new(),
            };
            for (code, value) in object.as_object().expect("an object") {
                match value {
                    Value::String(_) if code == "object" => {
                        let attribute = self.object_attribute.clone().expect("an attribute");
                        row.fields.insert(attribute, text(value));
                    }
                    Value::String(value) if code != "class" => {
                        let known = self.class(&class).attribute(code);
                        let known = known.unwrap_or_else(|| panic!("no {code} in {class}"));
                        let value = match known.kind {
                            super::model::Kind::Date => dates::moved(value, &from, &self.zone),
                            _ => value.clone(),
                        };
                        row.fields.insert(code.clone(), value);
                    }
                    Value::Array(entries) if code.ends_with("_log") => {
                        let entry = |entry: &Value| LogEntry {
                            date: dates::moved(&text(&entry["date"]), &from, &self.zone),
                            user_login: text(&entry["user_login"]),
                            user_id: text(&entry["user_id"]),
                            message: text(&entry["message"]),
                            message_html: text(&entry["message_html"]),
                        };
                        row.logs
                            .insert(code.clone(), entries.iter().map(entry).collect());
                    }
                    _ => {}
                }
            }
            let number = row.id;
            self.insert(row);
            for ci in object["links"].as_array().into_iter().flatten() {
                let keys = [("ticket_id", number), ("functionalci_id", id(ci))];
                let keys = keys.map(|(code, id)| (code.to_owned(), id.to_string()));
                let mut fields = BTreeMap::from(keys);
                fields.insert("impact_code".to_owned(), "manual".to_owned());
                self.insert(Row {
                    id: 0,
                    class: LINK.to_owned(),
                    fields,
                    logs: BTreeMap::new(),
                });
            }
            if self.model.is_a(&class, "Ticket") {
                self.next_ref = self.next_ref.max(number + 1);
            }
        }
    }

    /// Entries are `[operation, change, date, class, objclass, objkey, {more}]`.
    fn load_history(&mut self, history: &Value) {
        let from = dates::zone(RECORDED);
        let change = |id: u64, date: String, comment: &str, user: &str, origin: &str| Row {
            id,
            class: "CMDBChange".to_owned(),
            fields: [
                ("date", date.as_str()),
                ("userinfo", comment),
                ("user_id", user),
                ("origin", origin),
            ]
            .map(|(code, value)| (code.to_owned(), value.to_owned()))
            .into(),
            logs: BTreeMap::new(),
        };
        let first = dates::moved("2026-11-23 22:06:32", &from, &self.zone);
        self.insert(change(1, first, "", "0", "interactive"));
        for entry in history.as_array().expect("entries") {
            let at = dates::moved(&text(&entry[2]), &from, &self.zone);
            self.insert(change(id(&entry[1]), at, "seed", "1", "webservice-rest"));
            let more = entry[6].as_object().expect("more").iter();
            let mut fields: BTreeMap<String, String> = more
                .map(|(code, value)| (code.clone(), text(value)))
                .collect();
            fields.insert("change".to_owned(), id(&entry[1]).to_string());
            fields.insert("user_id".to_owned(), "1".to_owned());
            fields.insert("objclass".to_owned(), text(&entry[4]));
            fields.insert("objkey".to_owned(), id(&entry[5]).to_string());
            let class = text(&entry[3]);
            self.insert(Row {
                id: id(&entry[0]),
                class,
                fields,
                logs: BTreeMap::new(),
            });
        }
    }

    fn load_conformance(&mut self) {
        let seed = include_str!("../../seed/itop-conformance.json");
        let seed: Value = serde_json::from_str(seed).expect("JSON");
        let attribute = self.object_attribute.clone().expect("an attribute");
        for (ci, object) in seed["object_ids"].as_object().expect("ids") {
            let ci = ci.parse().expect("an id");
            let row = self.row_mut("FunctionalCI", ci);
            row.fields.insert(attribute.clone(), text(object));
        }
        self.load(&seed["objects"]);
        self.add_many("7777", MANY, "Monitoring alarm");
    }

    /// Adds tickets of an object, a minute after each other, open and closed, of several classes.
    fn add_many(&mut self, object: &str, count: usize, title: &str) {
        let clock = self.clock;
        for number in 1..=count {
            let at: jiff::Timestamp = "2026-11-21T00:00:00Z".parse().expect("a timestamp");
            let minutes = i64::try_from(number).expect("a number of tickets");
            self.clock = Some(at + jiff::SignedDuration::from_mins(minutes));
            let class = ["UserRequest", "Incident", "Problem"][number % 3];
            let status = ["new", "assigned", "resolved", "closed"][number % 4];
            let ticket = NewTicket {
                class: class.to_owned(),
                title: format!("{title} {number:03} of object {object}"),
                status: status.to_owned(),
                ..NewTicket::of(object)
            };
            let change = self.begin(&Author {
                user: 1,
                comment: "seed".to_owned(),
            });
            self.add_new(change, ticket);
        }
        self.clock = clock;
    }
}
