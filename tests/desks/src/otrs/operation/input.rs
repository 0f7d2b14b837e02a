//! What tickets are created and changed with: the checks that both have in common. The texts are
//! those of the recordings where there are any, of OTRS's source otherwise.

use serde_json::{Map, Value};

use super::{Failure, Params, failure, plain, text};
use crate::otrs::data::{Data, Kind, TYPE, known_priority, known_state, priority_id, state_id};
use crate::otrs::record::Message;

/// A multiselect field knows these values.
const OPTIONS: std::ops::RangeInclusive<u32> = 1..=20;

/// The account that a writing operation is for; both kinds of failure are told apart here.
pub(super) fn account(data: &mut Data, operation: &str, params: &Params) -> Result<u64, Failure> {
    let given = |name: &str| text(params, name).is_some_and(|value| !value.is_empty());
    if !given("SessionID") && !given("UserLogin") && !given("CustomerUserLogin") {
        let message = "UserLogin, CustomerUserLogin or SessionID is required!";
        return Err(failure(operation, "MissingParameter", message));
    }
    if !given("SessionID") && !given("Password") {
        let message = "Password or SessionID is required!";
        return Err(failure(operation, "MissingParameter", message));
    }
    data.asking(params)
        .ok_or_else(|| failure(operation, "AuthFail", "User could not be authenticated!"))
}

pub(super) fn invalid(operation: &str, what: &str) -> Failure {
    failure(
        operation,
        "InvalidParameter",
        &format!("{what} parameter is invalid!"),
    )
}

/// The id of what may be given by id or by name; none when neither is there.
fn lookup(
    operation: &str,
    ticket: &Params,
    name: &str,
    by_id: impl Fn(u64) -> bool,
    by_name: impl Fn(&str) -> Option<u64>,
) -> Result<Option<u64>, Failure> {
    let given = |name: &str| text(ticket, name).filter(|value| !value.is_empty());
    let found = match (given(&format!("{name}ID")), given(name)) {
        (Some(id), _) => id.parse().ok().filter(|id| by_id(*id)),
        (None, Some(named)) => by_name(&named),
        (None, None) => return Ok(None),
    };
    let both = format!("Ticket->{name}ID or Ticket->{name}");
    found.map(Some).ok_or_else(|| invalid(operation, &both))
}

/// What a `Ticket` may hold, looked up.
#[derive(Debug)]
pub(super) struct Wanted {
    pub title: Option<String>,
    pub queue: Option<u64>,
    pub kind: Option<u64>,
    pub state: Option<u64>,
    pub priority: Option<u64>,
    pub lock: Option<u64>,
    pub owner: Option<u64>,
    pub responsible: Option<u64>,
    pub customer: Option<String>,
    pub pending: Option<i64>,
}

pub(super) fn wanted(data: &Data, operation: &str, ticket: &Params) -> Result<Wanted, Failure> {
    let user = |name: &str| {
        let known = |id: u64| data.users.iter().any(|user| user.id == id);
        lookup(operation, ticket, name, known, |login| data.user_id(login))
    };
    let queue = |id: u64| data.queues.iter().any(|queue| queue.id == id);
    let lock = |name: &str| match name {
        "unlock" => Some(1),
        "lock" => Some(2),
        _ => None,
    };
    Ok(Wanted {
        title: text(ticket, "Title").filter(|title| !title.is_empty()),
        customer: text(ticket, "CustomerUser").filter(|customer| !customer.is_empty()),
        queue: lookup(operation, ticket, "Queue", queue, |name| {
            data.queue_id(name)
        })?,
        lock: lookup(operation, ticket, "Lock", |id| matches!(id, 1 | 2), lock)?,
        kind: lookup(
            operation,
            ticket,
            "Type",
            |id| id == TYPE.0,
            |name| (name == TYPE.1).then_some(TYPE.0),
        )?,
        state: lookup(operation, ticket, "State", known_state, state_id)?,
        priority: lookup(operation, ticket, "Priority", known_priority, priority_id)?,
        owner: user("Owner")?,
        responsible: user("Responsible")?,
        pending: pending(data, operation, ticket)?,
    })
}

/// `PendingTime`: the parts of a time in OTRS's zone, or minutes from now.
fn pending(data: &Data, operation: &str, ticket: &Params) -> Result<Option<i64>, Failure> {
    let Some(Value::Object(time)) = ticket.get("PendingTime") else {
        return Ok(None);
    };
    let part = |name: &str| text(time, name).and_then(|part| part.parse::<i64>().ok());
    if let Some(minutes) = part("Diff") {
        return Ok(Some(data.now() + 60 * minutes));
    }
    let date = || {
        let (year, month, day) = (part("Year")?, part("Month")?, part("Day")?);
        let (hour, minute) = (part("Hour")?, part("Minute")?);
        data.read(&format!(
            "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:00"
        ))
    };
    date()
        .map(Some)
        .ok_or_else(|| invalid(operation, "Ticket->PendingTime"))
}

/// The dynamic fields to set: one hash or a list of them.
pub(super) fn fields(
    data: &Data,
    operation: &str,
    params: &Params,
) -> Result<Vec<(String, Value)>, Failure> {
    let items = match params.get("DynamicField") {
        Some(Value::Array(items)) => items.clone(),
        Some(one @ Value::Object(_)) => vec![one.clone()],
        _ => Vec::new(),
    };
    let mut fields = Vec::new();
    for item in items {
        let name = item["Name"].as_str().unwrap_or_default();
        if name.is_empty() {
            let message = "DynamicField->Name parameter is missing!";
            return Err(failure(operation, "MissingParameter", message));
        }
        let field = data.field(name);
        let field = field.ok_or_else(|| invalid(operation, "DynamicField->Name"))?;
        let value = &item["Value"];
        if !fits(data, field.kind, value) {
            return Err(invalid(operation, "DynamicField->Value"));
        }
        fields.push((name.to_owned(), value.clone()));
    }
    Ok(fields)
}

fn fits(data: &Data, kind: Kind, value: &Value) -> bool {
    let option = |value: &Value| {
        let number = plain(value).and_then(|text| text.parse().ok());
        number.is_some_and(|number| OPTIONS.contains(&number))
    };
    let empty = value.is_null() || *value == "";
    match (kind, value) {
        _ if empty => true,
        (Kind::Multiselect, Value::Array(values)) => values.iter().all(option),
        (Kind::Multiselect, one) => option(one),
        (Kind::Checkbox, one) => matches!(plain(one).as_deref(), Some("0" | "1")),
        (Kind::DateTime, one) => plain(one).is_some_and(|text| data.read(&text).is_some()),
        (Kind::Text, one) => plain(one).is_some(),
    }
}

/// An article to add.
pub(super) fn message(operation: &str, article: &Map<String, Value>) -> Result<Message, Failure> {
    let given = |name: &str| text(article, name).filter(|value| !value.is_empty());
    let missing = |name: &str| {
        let message = format!("Article->{name} parameter is missing!");
        failure(operation, "MissingParameter", &message)
    };
    let subject = given("Subject").ok_or_else(|| missing("Subject"))?;
    let body = given("Body").ok_or_else(|| missing("Body"))?;
    let content_type = match (given("ContentType"), given("MimeType"), given("Charset")) {
        (Some(content_type), ..) => content_type,
        (None, Some(mime), Some(charset)) => format!("{mime}; charset={charset}"),
        _ => {
            let message = "Article->ContentType or Ticket->MimeType and Ticket->Charset parameters are required!";
            return Err(failure(operation, "MissingParameter", message));
        }
    };
    let charset = content_type.rsplit("charset=").next().unwrap_or_default();
    let known = [
        "utf8",
        "utf-8",
        "us-ascii",
        "ascii",
        "iso-8859-1",
        "iso-8859-15",
    ];
    if !known.contains(&charset.to_ascii_lowercase().as_str()) {
        let message = "Article->ContentType is invalid!";
        return Err(failure(operation, "InvalidParameter", message));
    }
    let history = given("HistoryType").zip(Some(given("HistoryComment").unwrap_or_default()));
    Ok(Message {
        from: given("From"),
        content_type,
        sender: given("SenderType").unwrap_or_else(|| "agent".to_owned()),
        channel: given("CommunicationChannel").unwrap_or_else(|| "Internal".to_owned()),
        visible_for_customer: given("IsVisibleForCustomer").is_none_or(|flag| flag != "0"),
        history,
        ..Message::note(&subject, &body)
    })
}
