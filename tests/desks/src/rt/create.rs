//! `POST /ticket`: creating a ticket as RT does it, which says `201` to nearly everything.
//!
//! RT leaves out, without a word: custom fields that it does not know by name, that the queue does not
//! have or that the account may not set, values that a field does not allow, people that it cannot find,
//! dates that it cannot read. A field that it does not know **by number** is too much for it (`500`, and
//! no ticket). Line breaks are taken out of a subject, and what is beyond 200 bytes is cut off.
//!
//! An address that RT does not know becomes a new user. Links need no right here, and their targets may
//! be addresses of any scheme.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::data::{CustomField, Data, NOBODY, Queue, Ticket, User};
use super::{answers, dates};
use crate::http::{Request, Response};

/// A longer subject is cut off, in bytes.
const SUBJECT: usize = 200;
/// Attributes that the desk understands. RT knows many more.
const UNDERSTOOD: &[&str] = &[
    "Queue",
    "Subject",
    "Content",
    "ContentType",
    "Requestor",
    "Priority",
    "InitialPriority",
    "CustomFields",
    "RefersTo",
    "Status",
    "Due",
];

/// The answer to `POST /ticket`. `base` is the address of REST 2.0 as RT believes it to be, `path` the
/// path of it.
pub(super) fn ticket(
    data: &mut Data,
    account: &User,
    base: &str,
    path: &str,
    request: &Request,
) -> Response {
    match create(data, account, request) {
        Ok(id) => {
            let url = format!("{base}/ticket/{id}");
            let body = json!({ "id": id.to_string(), "type": "ticket", "_url": url });
            Response::new(201, body.to_string())
                .header("Content-Type", "application/json; charset=utf-8")
                .header("Location", format!("{path}/ticket/{id}"))
        }
        Err(refusal) => refusal,
    }
}

fn create(data: &mut Data, account: &User, request: &Request) -> Result<u64, Response> {
    let wanted = document(request)?;
    if let Some(unknown) = wanted
        .keys()
        .find(|key| !UNDERSTOOD.contains(&key.as_str()))
    {
        return Err(answers::not_modelled(&format!(
            "the attribute {unknown} of a new ticket"
        )));
    }
    let queue = queue(data, account, &wanted)?;
    let status = status(data, &wanted)?;
    let initial = number(&wanted, "InitialPriority")?;
    let priority = number(&wanted, "Priority")?.or(initial).unwrap_or(0);
    let custom = custom(data, account, &queue, &wanted)?;
    let links = links(&wanted)?;
    let now = data.now();
    let requestors = requestors(data, &wanted, now);
    let at = dates::format_answer(now);
    let id = data.tickets.keys().next_back().map_or(1, |last| last + 1);
    // Four groups of people come with a ticket, and a mail to those who asked.
    data.principals += 4;
    data.transactions += 4;
    let row = |kind: &str, creator: &str| super::Transaction {
        ticket: id,
        kind: kind.to_owned(),
        creator: creator.to_owned(),
        ..super::Transaction::default()
    };
    let etag = data.note(row("Create", &account.name));
    let mails = u64::from(!requestors.is_empty());
    for _ in 0..mails {
        data.note(row("EmailRecord", "RT_System"));
    }
    let begun = |when: bool| when.then(|| at.clone());
    let ticket = Ticket {
        id,
        effective: id,
        queue: queue.id,
        subject: subject(&wanted),
        owner: NOBODY.to_owned(),
        requestors,
        cc: Vec::new(),
        priority,
        initial_priority: initial.unwrap_or(0),
        time_worked: 0,
        created: at.clone(),
        creator: account.name.clone(),
        updated: at.clone(),
        updated_by: account.name.clone(),
        starts: None,
        started: begun(status != "new"),
        due: text(&wanted, "Due").and_then(|due| date(&due)),
        resolved: begun(!data.is_active(&status)),
        told: None,
        status,
        etag,
        etag_without_fields: etag,
        mails,
        custom,
        links,
    };
    data.tickets.insert(id, ticket);
    Ok(id)
}

/// The body. Nothing at all is an empty one.
fn document(request: &Request) -> Result<Map<String, Value>, Response> {
    let media = request.header("content-type").unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim();
    if media.eq_ignore_ascii_case("multipart/form-data") {
        return Err(answers::not_modelled("forms with files"));
    }
    if !media.eq_ignore_ascii_case("application/json") {
        return Err(answers::error(415, "Unsupported Media Type"));
    }
    if request.body.is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_slice(&request.body) {
        Ok(Value::Object(wanted)) => Ok(wanted),
        Ok(_) => Err(answers::error(400, "JSON object must be a HASH")),
        // In the words of RT's own reader, for the one mistake that was recorded.
        Err(_) if request.body == b"{kaputt" => Err(answers::error(
            400,
            "JSON parse error: '\"' expected, at character offset 1 (before \"kaputt\")\n",
        )),
        Err(error) => Err(answers::error(400, &format!("JSON parse error: {error}\n"))),
    }
}

/// A text or a number as text; nothing when it is neither.
fn text(wanted: &Map<String, Value>, key: &str) -> Option<String> {
    match wanted.get(key)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// One text or a list of them.
fn texts(value: &Value) -> Vec<String> {
    let one = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    match value {
        Value::Array(values) => values.iter().filter_map(one).collect(),
        value => one(value).into_iter().collect(),
    }
}

/// A queue that is not there, is disabled or does not let the account create are one to RT.
fn queue(data: &Data, account: &User, wanted: &Map<String, Value>) -> Result<Queue, Response> {
    let named = text(wanted, "Queue").filter(|name| !name.is_empty() && name != "0");
    let Some(named) = named else {
        return Err(answers::error(
            400,
            "Could not create ticket. Queue not set",
        ));
    };
    let queue = data.queue(&named);
    let allowed = queue.filter(|queue| !queue.disabled && account.creates(queue));
    allowed.cloned().ok_or_else(|| {
        let message = format!("No permission to create tickets in the queue '{named}'");
        answers::error(403, &message)
    })
}

fn status(data: &Data, wanted: &Map<String, Value>) -> Result<String, Response> {
    let status = text(wanted, "Status").unwrap_or_default().to_lowercase();
    match status.as_str() {
        "" => Ok("new".to_owned()),
        "new" | "open" | "resolved" => Ok(status),
        known if data.lifecycle.contains_key(known) => Err(answers::error(
            400,
            &format!("New tickets can not have status '{status}' in this queue."),
        )),
        _ => Err(answers::error(
            400,
            &format!("Status '{status}' isn't a valid status for tickets in this queue."),
        )),
    }
}

/// A priority. RT writes down whatever it is, and what becomes of a text depends on its database.
fn number(wanted: &Map<String, Value>, key: &str) -> Result<Option<i64>, Response> {
    let Some(text) = text(wanted, key) else {
        return Ok(None);
    };
    text.parse()
        .map(Some)
        .map_err(|_| answers::not_modelled("priorities that are no numbers"))
}

/// RT takes out line feeds, and no other line ends.
fn subject(wanted: &Map<String, Value>) -> String {
    let mut subject = text(wanted, "Subject")
        .unwrap_or_default()
        .replace('\n', "");
    let mut end = SUBJECT.min(subject.len());
    while !subject.is_char_boundary(end) {
        end -= 1;
    }
    subject.truncate(end);
    subject
}

/// `2027-01-15 12:00:00` or with a `T`, and whatever follows, in UTC: anything else is no date here.
fn date(text: &str) -> Option<String> {
    let head = text.get(..19)?.replace(' ', "T");
    let digits = |range: std::ops::Range<usize>| {
        head.get(range)
            .is_some_and(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let whole = [0..4, 5..7, 8..10, 11..13, 14..16, 17..19];
    whole
        .into_iter()
        .all(digits)
        .then(|| dates::parse_answer(&format!("{head}Z")))
        .flatten()
        .map(dates::format_answer)
}

fn custom(
    data: &Data,
    account: &User,
    queue: &Queue,
    wanted: &Map<String, Value>,
) -> Result<BTreeMap<u64, Vec<String>>, Response> {
    let mut out = BTreeMap::new();
    let Some(Value::Object(fields)) = wanted.get("CustomFields") else {
        return Ok(out);
    };
    for (name, value) in fields {
        let field = data.custom_field_named(name);
        if field.is_none() && name.parse::<u64>().is_ok() {
            // RT's program ends in the middle of it, and its database takes back the ticket.
            return Err(Response::new(500, "")
                .header("Content-Type", "application/json; charset=\"utf-8\""));
        }
        let Some(field) = field
            .filter(|field| queue.custom_fields.contains(&field.id) && account.sets_fields(queue))
        else {
            continue;
        };
        if field.kind.starts_with("Date") {
            return Err(answers::not_modelled("dates in fields of a new ticket"));
        }
        let values = allowed(field, texts(value));
        if !values.is_empty() {
            out.insert(field.id, values);
        }
    }
    Ok(out)
}

/// Each value once; of a field that holds one, the last.
fn allowed(field: &CustomField, values: Vec<String>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for value in values {
        let one_of = |known: &Vec<String>| known.contains(&value);
        if value.is_empty() || out.contains(&value) || !field.values.as_ref().is_none_or(one_of) {
            continue;
        }
        if field.max_values == 1 {
            out.clear();
        }
        out.push(value);
    }
    out
}

fn links(wanted: &Map<String, Value>) -> Result<Vec<(String, Value)>, Response> {
    let targets = wanted.get("RefersTo").map(texts).unwrap_or_default();
    if targets
        .iter()
        .any(|target| target.bytes().all(|byte| byte.is_ascii_digit()))
    {
        return Err(answers::not_modelled("links of a new ticket to tickets"));
    }
    // What has no scheme is no address: RT leaves it out.
    let addresses = targets.into_iter().filter(|target| target.contains(':'));
    Ok(addresses
        .map(|target| ("refers-to".to_owned(), json!(target)))
        .collect())
}

/// Login names and addresses, several with commas between them; a new user for each new address.
fn requestors(data: &mut Data, wanted: &Map<String, Value>, now: i64) -> Vec<String> {
    let given = wanted.get("Requestor").map(texts).unwrap_or_default();
    let mut out: Vec<String> = Vec::new();
    for who in given.iter().flat_map(|text| text.split(',')).map(str::trim) {
        let named = who.strip_suffix('>').and_then(|who| who.split_once('<'));
        let (real_name, who) =
            named.map_or((None, who), |(name, address)| (Some(name.trim()), address));
        let by_address = |user: &&User| {
            let address = user.email.as_deref().unwrap_or_default();
            !who.is_empty() && address.eq_ignore_ascii_case(who)
        };
        let known = data
            .users
            .iter()
            .find(by_address)
            .or_else(|| data.user(who));
        let name = match known {
            Some(user) => user.name.clone(),
            None if who.contains('@') => data.add_user(who, real_name, now),
            None => continue,
        };
        if !out.contains(&name) {
            out.push(name);
        }
    }
    out
}

impl Data {
    /// Somebody whom RT did not know, with this address as the login name.
    fn add_user(&mut self, address: &str, real_name: Option<&str>, now: i64) -> String {
        let etag = self.transaction().to_string();
        // A user comes with a group of its own.
        let id = self.principals + 1;
        self.principals += 2;
        let at = dates::format_answer(now);
        self.users.push(User {
            id,
            name: address.to_owned(),
            real_name: real_name.filter(|name| !name.is_empty()).map(str::to_owned),
            email: Some(address.to_owned()),
            privileged: false,
            disabled: false,
            created: at.clone(),
            updated: at,
            etag,
            extras: vec![("Comments", "Autocreated when added as a watcher".to_owned())],
            groups: Vec::new(),
            role: super::data::Role::None,
            password: None,
            token: None,
        });
        address.to_owned()
    }
}
