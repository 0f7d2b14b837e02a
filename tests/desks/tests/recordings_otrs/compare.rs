//! What of two answers must be the same.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use sgi_test_desks::OtrsDesk;
use sgi_test_desks::otrs::{Account, ROOT};

use crate::server::rest;
use crate::support::replay::{difference, pairs, text};
use crate::support::{Answer, encode};

/// What to leave out of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leave {
    Nothing,
    /// Which tickets a search finds; how many is compared.
    Which,
    /// Rows of histories that mails left.
    Mails,
    /// The end of the page.
    End,
}

/// What differs, if anything does.
pub(crate) fn compare(
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
