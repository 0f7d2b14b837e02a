//! Every recorded exchange with a real OTRS, replayed against the test desk.
//!
//! The files in `tests/recordings/otrs` make the cases. They were recorded one after the other with
//! one server, and some change what is in it, so they are replayed in their order too; what was
//! done between them stands in [`between`]. Status, headers and body must be what OTRS answered.
//! Left out, because they mean nothing or come by chance:
//! - the order of keys in JSON, and of attributes in XML (OTRS's own changes every time),
//! - the order of tickets that are equal in what a search sorts by, and which of these come where
//!   `Limit` cuts between them,
//! - the id of a new session.
//!
//! The clock is set to that of the recording: where an answer has the age of a ticket, from that.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use sgi_test_desks::otrs::{Account, BULK, Content, NO_RIGHTS, NewTicket, READER, ROOT, WRITER};
use sgi_test_desks::{OtrsDesk, OtrsOptions};
use support::replay::{Tally, difference, pairs, recordings, text};
use support::{Answer, encode, exchange, owned, parse, send};

/// Recordings that the desk does not answer alike, and why.
const EXEMPT: &[(&str, &str)] = &[];

/// Recordings of a search in 700 tickets whose times were not recorded: the desk has them all in
/// one second, so that only how many come is compared, not which of them.
const TIMES_UNKNOWN: &[&str] = &["170-search-700-default-limit"];

/// Recordings with a row in the history that a mail left, at a place of which the rule is unknown:
/// rows of mails are not compared.
const MAILS: &[&str] = &["152-history-full"];

/// Recordings of HTML pages that were cut: the beginning is compared.
const CUT: &[&str] = &["173-getlist-url-too-long"];

/// Recordings with a session that had ended, or was none.
const NO_SESSION: &[&str] = &[
    "68-session-auth-by-wrong-sessionid",
    "160-expired-session-search",
    "161-expired-session-get",
    "162-expired-session-update",
];

#[test]
fn the_desk_answers_as_the_real_otrs_did() {
    let desks = Desks::start();
    let mut tally = Tally::default();
    for (name, recording) in recordings("otrs") {
        desks.between(&name);
        let (request, response) = (&recording["request"], &recording["response"]);
        let desk = desks.desk(&name);
        if let Some(now) = clock(response).filter(|_| !name.starts_with("191")) {
            desk.set_time(&now);
        }
        let answer = desks.replay(&name, request);
        let strict = compare(desk, &recording, answer.as_ref(), Leave::Nothing);
        let lists = [
            (Leave::Which, TIMES_UNKNOWN),
            (Leave::Mails, MAILS),
            (Leave::End, CUT),
        ];
        let leave = lists
            .iter()
            .find(|(_, names)| names.contains(&name.as_str()));
        let difference = match leave {
            None => strict,
            Some((leave, _)) => {
                if strict.is_none() {
                    tally.fail(&name, &format!("{leave:?} need not be left out any more"));
                }
                compare(desk, &recording, answer.as_ref(), *leave)
            }
        };
        tally.count(&name, difference, leave.is_some(), EXEMPT);
    }
    let lists = [TIMES_UNKNOWN, MAILS, CUT, NO_SESSION];
    let listed = lists.into_iter().flatten().copied();
    tally.finish(listed.chain(EXEMPT.iter().map(|(name, _)| *name)), 142);
}

/// The clock of the server, in UTC, where an answer tells it: the age of a ticket counts to it.
fn clock(response: &Value) -> Option<String> {
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
struct Desks {
    new: OtrsDesk,
    filled: OtrsDesk,
    sessions: [String; 2],
}

impl Desks {
    fn start() -> Self {
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

    fn desk(&self, name: &str) -> &OtrsDesk {
        if name.starts_with("02-") || name.starts_with("03-") {
            &self.new
        } else {
            &self.filled
        }
    }

    /// What happened on the server before a recording.
    fn between(&self, name: &str) {
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
    fn replay(&self, name: &str, request: &Value) -> Option<Answer> {
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
fn rest(desk: &OtrsDesk, method: &str, route: &str, body: &Value) -> Answer {
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

/// What to leave out of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leave {
    Nothing,
    /// Which tickets a search finds; how many is compared.
    Which,
    /// Rows of histories that mails left.
    Mails,
    /// The end of the page.
    End,
}

/// What differs, if anything does.
fn compare(
    desk: &OtrsDesk,
    recording: &Value,
    answer: Option<&Answer>,
    leave: Leave,
) -> Option<String> {
    let recorded = &recording["response"];
    let (status, answer) = match (recorded["status"].as_u64(), answer) {
        (None, None) => return None,
        (Some(status), Some(answer)) => (status, answer),
        (status, answer) => return Some(format!("status {status:?}, but {answer:?}")),
    };
    if status != u64::from(answer.status) {
        return Some(format!(
            "status {} instead of {status}: {}",
            answer.status,
            answer.text()
        ));
    }
    let (body, ties) = (text(&recorded["body"]), Ties::of(desk, recording));
    let sized = matches!(leave, Leave::Nothing | Leave::End) && !ties.cuts(&body);
    let theirs = headers(pairs(&recorded["headers"]), sized);
    let ours = headers(answer.headers.clone(), sized);
    if theirs != ours {
        return Some(format!(
            "headers\n  ours   {ours:?}\n  theirs {theirs:?}\n{}",
            answer.text()
        ));
    }
    let (theirs, ours) = (body, answer.text());
    if let (Ok(theirs), Ok(ours)) = (serde_json::from_str(&theirs), serde_json::from_str(&ours)) {
        let theirs = comparable(theirs, leave);
        let ours = comparable(ours, leave);
        let ours = ties.settled(ours, &theirs, leave);
        return difference("", &ours, &theirs);
    }
    if let (Ok(theirs), Ok(ours)) = (
        roxmltree::Document::parse(&theirs),
        roxmltree::Document::parse(&ours),
    ) && leave != Leave::End
    {
        return difference("", &tree(ours.root_element()), &tree(theirs.root_element()));
    }
    let alike = match leave {
        Leave::End => ours.starts_with(&theirs) && !theirs.is_empty(),
        _ => ours == theirs,
    };
    (!alike).then(|| format!("body\n  ours   {ours:?}\n  theirs {theirs:?}"))
}

/// Headers to compare; the length only where all of the body is.
fn headers(pairs: Vec<(String, String)>, sized: bool) -> BTreeSet<(String, String)> {
    let dropped = |name: &str| match name {
        "Date" | "Server" => true,
        "Content-Length" => !sized,
        _ => false,
    };
    pairs
        .into_iter()
        .filter(|(name, _)| !dropped(name))
        .collect()
}

fn comparable(mut document: Value, leave: Leave) -> Value {
    if let Some(id) = document.get_mut("SessionID") {
        // 32 letters: the length of the answer is compared as well.
        *id = json!("<session>");
    }
    if let (Leave::Mails, Some(histories)) = (leave, document["TicketHistory"].as_array_mut()) {
        for history in histories {
            let rows = history["History"].as_array_mut().expect("a history");
            rows.retain(|row| row["HistoryType"] != "SendAgentNotification");
        }
    }
    // Indexing has put it there.
    if let Some(map) = document.as_object_mut() {
        map.retain(|key, value| key != "TicketHistory" || !value.is_null());
    }
    document
}

/// An XML element without the order of its attributes.
fn tree(node: roxmltree::Node<'_, '_>) -> Value {
    let attributes = node.attributes().map(|attribute| {
        let space = attribute.namespace().unwrap_or_default();
        (
            format!("{space} {}", attribute.name()),
            json!(attribute.value()),
        )
    });
    let children: Vec<Value> = node
        .children()
        .filter(|child| child.is_element())
        .map(tree)
        .collect();
    json!({
        "name": [node.tag_name().namespace(), node.tag_name().name()],
        "attributes": attributes.collect::<serde_json::Map<_, _>>(),
        "text": node.text(),
        "children": children,
    })
}

/// What a search sorts by, to tell which tickets are equal in it.
struct Ties {
    limit: Option<usize>,
    /// By id, the values of what is sorted by.
    keys: BTreeMap<String, Value>,
}

impl Ties {
    fn of(desk: &OtrsDesk, recording: &Value) -> Self {
        let request = &recording["request"];
        let params = params(request);
        let list = |name: &str| match &params[name] {
            Value::Array(values) => values.clone(),
            Value::Null => Vec::new(),
            one => vec![one.clone()],
        };
        let mut sorted = list("SortBy");
        if sorted.is_empty() {
            sorted.push(json!("Age"));
        }
        let limit = list("Limit")
            .first()
            .map(|limit| limit.to_string().replace('"', ""));
        let key = |ticket: &Value| -> Value {
            let part = |name: &Value| match text(name).as_str() {
                "Age" => ticket["Created"].clone(),
                "Changed" => ticket["Changed"].clone(),
                "State" => ticket["StateID"].clone(),
                _ => json!(objects(ticket)),
            };
            sorted.iter().map(part).collect()
        };
        let found = match &recording["response"]["body"] {
            Value::String(body) if body.starts_with("{\"TicketID\":[") => tickets(desk),
            _ => Vec::new(),
        };
        Ties {
            limit: limit
                .and_then(|limit| limit.parse().ok())
                .filter(|limit| *limit > 0),
            keys: found
                .iter()
                .map(|ticket| (ticket["TicketID"].to_string(), key(ticket)))
                .collect(),
        }
    }

    /// Whether a list of tickets is as long as it was allowed to be.
    fn cuts(&self, body: &str) -> bool {
        let body: Value = serde_json::from_str(body).unwrap_or_default();
        let found = body["TicketID"].as_array().map(Vec::len);
        found.is_some() && found == self.limit
    }

    /// Their list of tickets in place of ours where the two mean the same.
    fn settled(&self, mut ours: Value, theirs: &Value, leave: Leave) -> Value {
        let (Some(our), Some(their)) = (ours["TicketID"].as_array(), theirs["TicketID"].as_array())
        else {
            if let Some(map) = ours.as_object_mut() {
                map.retain(|key, value| key != "TicketID" || !value.is_null());
            }
            return ours;
        };
        let keys = |ids: &[Value]| -> Vec<Option<Value>> {
            ids.iter()
                .map(|id| self.keys.get(&text(id)).cloned())
                .collect()
        };
        let set = |ids: &[Value]| ids.iter().map(text).collect::<BTreeSet<_>>();
        let cut = self.limit.is_some_and(|limit| our.len() == limit);
        let same = keys(our) == keys(their) && (cut || set(our) == set(their));
        if same || leave == Leave::Which && our.len() == their.len() {
            ours["TicketID"] = theirs["TicketID"].clone();
        }
        ours
    }
}

/// The parameters of a recorded request that its order and limit are in.
fn params(request: &Value) -> Value {
    let body = request["body"].as_str().unwrap_or_default();
    if let Ok(params @ Value::Object(_)) = serde_json::from_str(body) {
        return params;
    }
    let path = text(&request["path"]);
    let query = path.split_once('?').map_or("", |(_, query)| query);
    let mut params: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        params.entry(name).or_default().push(value);
    }
    json!(params)
}

fn objects(ticket: &Value) -> Value {
    let fields = ticket["DynamicField"].as_array().expect("fields").iter();
    let mut objects = fields.filter(|field| field["Name"] == "IDoitObjects");
    objects.next().expect("the field")["Value"].clone()
}

/// All tickets of a desk.
fn tickets(desk: &OtrsDesk) -> Vec<Value> {
    let account = |account: Account| {
        format!(
            "UserLogin={}&Password={}",
            encode(account.0),
            encode(account.1)
        )
    };
    let root = account(ROOT);
    let get = |route: String| rest(desk, "GET", &route, &json!({}));
    let ids = get(format!("Ticket?{root}&Limit=10000")).json();
    let ids: Vec<String> = ids["TicketID"]
        .as_array()
        .expect("ids")
        .iter()
        .map(text)
        .collect();
    let mut tickets = Vec::new();
    for part in ids.chunks(500) {
        let part = part.join(",");
        let answer = get(format!("TicketList?{root}&DynamicFields=1&TicketID={part}"));
        tickets.extend(answer.json()["Ticket"].as_array().expect("tickets").clone());
    }
    tickets
}
