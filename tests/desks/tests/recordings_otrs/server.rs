//! The server of the recordings: its state before each of them, and its answers.

use serde_json::{Value, json};
use sgi_test_desks::otrs::{BULK, Content, NO_RIGHTS, NewTicket, READER, WRITER};
use sgi_test_desks::{OtrsDesk, OtrsOptions};

use crate::NO_SESSION;
use crate::support::replay::{pairs, text};
use crate::support::{Answer, exchange, owned, parse, send};

/// The clock of the server, in UTC, where an answer tells it: the age of a ticket counts to it.
pub(crate) fn clock(response: &Value) -> Option<String> {
    let body: Value = serde_json::from_str(response["body"].as_str()?).ok()?;
    let ticket = body["Ticket"].get(0)?;
    let created: jiff::civil::DateTime = ticket["Created"].as_str()?.parse().ok()?;
    let age = ticket["Age"].as_i64()?;
    let now = created
        .checked_add(jiff::SignedDuration::from_secs(age))
        .ok()?;
    Some(now.strftime("%Y-%m-%d %H:%M:%S").to_string())
}

/// The server as it was when it was new, and as it was from then on.
pub(crate) struct Desks {
    new: OtrsDesk,
    filled: OtrsDesk,
    sessions: [String; 2],
}

impl Desks {
    pub(crate) fn start() -> Self {
        let start = |content, time| {
            let desk = OtrsDesk::start(OtrsOptions {
                content,
                ..OtrsOptions::default()
            });
            desk.set_time(time);
            desk
        };
        let new = start(Content::Welcome, "2026-11-23 21:10:20");
        let filled = start(Content::Recorded, "2026-11-23 21:11:14");
        let sessions = [session(&new), session(&filled)];
        Desks {
            new,
            filled,
            sessions,
        }
    }

    pub(crate) fn desk(&self, name: &str) -> &OtrsDesk {
        if name.starts_with("02-") || name.starts_with("03-") {
            &self.new
        } else {
            &self.filled
        }
    }

    /// What happened on the server before a recording.
    pub(crate) fn between(&self, name: &str) {
        let desk = &self.filled;
        let now = |time: &str| desk.set_time(&format!("2026-11-23 {time}"));
        let change = |time: &str, ticket: Value| {
            now(time);
            self.call("PATCH", "Ticket/12", json!({ "Ticket": ticket }));
        };
        match name {
            "03-ticket-update" => {
                self.new.set_time("2026-11-23 21:10:21");
                self.new.add_ticket(NewTicket {
                    owner: Some("anna".to_owned()),
                    ..NewTicket::of("7")
                });
            }
            "100-poll-changed-newer" => now("21:14:03"),
            "110-update-df-only" => now("21:14:04"),
            "111-update-df-clear" => now("21:14:07"),
            "112-update-article" => now("21:14:08"),
            "113-update-bad-state" => {
                change("21:14:09", json!({"State": "open"}));
                change("21:14:10", json!({"Lock": "unlock"}));
                change("21:14:11", json!({"State": "closed successful"}));
                change("21:14:14", json!({"Priority": "5 very high"}));
                change("21:14:15", json!({"Title": "Neuer Titel"}));
                change("21:14:17", json!({"Queue": "Network"}));
                change("21:14:18", json!({"CustomerUser": "kunde2"}));
                change("21:14:19", json!({"Priority": "2 low"}));
            }
            "120-update-readonly-user" => now("21:14:25"),
            "122-update-bad-emoji-df" => now("21:14:26"),
            "170-search-700-default-limit" => {
                // Put into the database as they were: without articles, every second one of the
                // object 900.
                for number in 0..700 {
                    let objects = if number % 2 == 0 {
                        vec!["900".to_owned()]
                    } else {
                        Vec::new()
                    };
                    desk.add_ticket(NewTicket {
                        queue: "Bulk".to_owned(),
                        objects,
                        text: None,
                        ..NewTicket::of("900")
                    });
                }
            }
            "183-soap-get-two" => now("21:20:14"),
            "190-timezone-UTC-get" => self.pending("21:20:57"),
            "191-timezone-Europe_Berlin-get" => {
                desk.set_time_zone("Europe/Berlin");
                self.pending("21:21:06");
            }
            _ => {}
        }
    }

    /// Creates a ticket that waits until noon, wherever that is.
    fn pending(&self, time: &str) {
        self.filled.set_time(&format!("2026-11-23 {time}"));
        let pending = json!({"Year": 2027, "Month": 1, "Day": 15, "Hour": 12, "Minute": 0});
        let ticket = json!({"Title": "TZ", "Queue": "Network", "State": "pending reminder",
            "Priority": "3 normal", "Type": "Unclassified", "CustomerUser": "kunde1",
            "PendingTime": pending});
        let article =
            json!({"Subject": "s", "Body": "b", "ContentType": "text/plain; charset=utf8"});
        self.call(
            "POST",
            "Ticket",
            json!({"Ticket": ticket, "Article": article}),
        );
    }

    /// Something that was done without being recorded.
    fn call(&self, method: &str, route: &str, mut body: Value) {
        body["SessionID"] = json!(self.sessions[1]);
        let answer = rest(&self.filled, method, route, &body);
        assert!(answer.json().get("Error").is_none(), "{}", answer.text());
    }

    /// The desk's answer to a recorded request; none if it closed the connection without a byte.
    pub(crate) fn replay(&self, name: &str, request: &Value) -> Option<Answer> {
        let place = usize::from(!std::ptr::eq(self.desk(name), &raw const self.new));
        let session = if NO_SESSION.contains(&name) {
            "0000000000000000000000000000dead"
        } else {
            &self.sessions[place]
        };
        let path = unredacted(&text(&request["path"]), session);
        let body = unredacted(request["body"].as_str().unwrap_or_default(), session);
        let mut bytes = format!(
            "{} {path} HTTP/1.1\r\nHost: desk\r\n",
            text(&request["method"])
        );
        for (name, value) in pairs(&request["headers"]) {
            let value = match name.as_str() {
                "Content-Length" => body.len().to_string(),
                _ => value.replace("<redacted, user cmdb>", "Y21kYjpjbWRi"),
            };
            bytes.push_str(&format!("{name}: {value}\r\n"));
        }
        let bytes = format!("{bytes}\r\n{body}");
        let answer = exchange(self.desk(name).addr(), bytes.as_bytes());
        (!answer.is_empty()).then(|| parse(&answer))
    }
}

/// Puts back the session and the password that were taken out of a recording.
fn unredacted(text: &str, session: &str) -> String {
    let mut text = text.replace("<session>", session);
    for (login, password) in [WRITER, READER, NO_RIGHTS, BULK] {
        let dresses = [
            format!("UserLogin={login}&"),
            format!("\"UserLogin\": \"{login}\""),
            format!("<UserLogin>{login}</UserLogin>"),
        ];
        if dresses.iter().any(|dress| text.contains(dress)) {
            text = text.replace("***", password);
        }
    }
    text
}

/// A request to the stock web service.
pub(crate) fn rest(desk: &OtrsDesk, method: &str, route: &str, body: &Value) -> Answer {
    let body = body.to_string();
    let service = "/otrs/nph-genericinterface.pl/Webservice/GenericTicketConnectorREST";
    let length = body.len().to_string();
    let headers = owned(&[
        ("Host", "desk"),
        ("User-Agent", "probe/1"),
        ("Content-Length", &length),
    ]);
    let head = format!("{method} {service}/{route}");
    send(desk.addr(), &head, &headers, body.as_bytes())
}

fn session(desk: &OtrsDesk) -> String {
    let body = json!({"UserLogin": WRITER.0, "Password": WRITER.1});
    text(&rest(desk, "POST", "Session", &body).json()["SessionID"])
}
