//! Searching tickets.
//!
//! Two ways of not understanding: what OTRS does not know (a parameter, a field) it ignores, and
//! what it knows and cannot make sense of (a date, a queue, an operator) finds nothing.

use std::cmp::Ordering;

use serde_json::{Value, json};

use super::{Failure, Params, failure, plain, text, texts};
use crate::otrs::data::{Data, PRIORITIES, Right, STATES, TYPE, Ticket};
use crate::otrs::like::{is_anything, like};
use crate::shuffle::Shuffle;

const NAME: &str = "TicketSearch";
/// How many ids come unless more are asked for (`GenericInterface::Operation::TicketSearch###SearchLimit`).
const LIMIT: usize = 500;

/// A search that makes no sense to OTRS, and so finds nothing.
struct Senseless;

pub(super) fn search(data: &mut Data, params: &Params, seed: u64) -> Result<Value, Failure> {
    let user = data
        .asking(params)
        .ok_or_else(|| failure(NAME, "AuthFail", "Authorization failing!"))?;
    Ok(match found(data, params, user, seed) {
        Ok(ids) if !ids.is_empty() => json!({"TicketID": ids}),
        _ => json!({}),
    })
}

fn found(data: &Data, params: &Params, user: u64, seed: u64) -> Result<Vec<String>, Senseless> {
    let limit = match text(params, "Limit").as_deref() {
        None | Some("" | "0") => LIMIT,
        Some(limit) => limit.parse().map_err(|_| Senseless)?,
    };
    let filters = filters(data, params)?;
    let orders = orders(data, params)?;
    let seen = |ticket: &&Ticket| data.right(user, ticket.queue) >= Some(Right::Read);
    let mut tickets: Vec<&Ticket> = data
        .tickets
        .values()
        .filter(seen)
        .filter(|ticket| filters.iter().all(|holds| holds(ticket)))
        .collect();
    // What is equal comes in an order of the database's own, another one from time to time.
    Shuffle::new(seed).shuffle(&mut tickets);
    tickets.sort_by(|a, b| {
        let decided = orders.iter().map(|compare| compare(a, b));
        decided.fold(Ordering::Equal, Ordering::then)
    });
    tickets.truncate(limit);
    Ok(tickets.iter().map(|ticket| ticket.id.to_string()).collect())
}

type Filter<'a> = Box<dyn Fn(&Ticket) -> bool + 'a>;
type Compare<'a> = Box<dyn Fn(&Ticket, &Ticket) -> Ordering + 'a>;

fn filters<'a>(data: &'a Data, params: &'a Params) -> Result<Vec<Filter<'a>>, Senseless> {
    let mut filters: Vec<Filter<'a>> = Vec::new();
    wildcards(params, &mut filters);
    named(data, params, &mut filters)?;
    ids(params, &mut filters)?;
    times(data, params, &mut filters)?;
    fields(data, params, &mut filters)?;
    Ok(filters)
}

/// Texts with wildcards.
fn wildcards<'a>(params: &Params, filters: &mut Vec<Filter<'a>>) {
    type Part = fn(&Ticket) -> Option<&str>;
    let parts: [(&str, Part); 4] = [
        ("TicketNumber", |ticket| Some(&ticket.number)),
        ("Title", |ticket| Some(&ticket.title)),
        ("CustomerID", |ticket| ticket.customer_id.as_deref()),
        ("CustomerUserLogin", |ticket| {
            ticket.customer_user.as_deref()
        }),
    ];
    for (name, part) in parts {
        let patterns = texts(params, name);
        if !patterns.is_empty() {
            filters.push(Box::new(move |ticket| {
                let text = part(ticket);
                patterns
                    .iter()
                    .any(|pattern| text.is_some_and(|text| like(text, pattern)))
            }));
        }
    }
}

/// Names of queues, states and so on. One that does not exist makes the search senseless.
fn named<'a>(data: &Data, params: &Params, filters: &mut Vec<Filter<'a>>) -> Result<(), Senseless> {
    type Part = fn(&Ticket) -> u64;
    let state = |name: &str| {
        STATES
            .iter()
            .find(|(_, known, _)| *known == name)
            .map(|row| row.0)
    };
    let priority = |name: &str| {
        PRIORITIES
            .iter()
            .find(|(_, known, _)| *known == name)
            .map(|row| row.0)
    };
    let queue = |name: &str| data.queue_id(name);
    let kind = |name: &str| (name == TYPE.1).then_some(TYPE.0);
    let lock = |name: &str| match name {
        "unlock" => Some(1),
        "lock" => Some(2),
        _ => None,
    };
    type Lookup<'l> = &'l dyn Fn(&str) -> Option<u64>;
    let known: [(&str, Lookup<'_>, Part); 5] = [
        ("Queues", &queue, |ticket| ticket.queue),
        ("States", &state, |ticket| ticket.state),
        ("Priorities", &priority, |ticket| ticket.priority),
        ("Types", &kind, |_| TYPE.0),
        ("Locks", &lock, |ticket| ticket.lock),
    ];
    for (name, lookup, part) in known {
        let names = texts(params, name);
        if names.is_empty() {
            continue;
        }
        let ids: Option<Vec<u64>> = names.iter().map(|name| lookup(name)).collect();
        let ids = ids.ok_or(Senseless)?;
        filters.push(Box::new(move |ticket| ids.contains(&part(ticket))));
    }
    let types = texts(params, "StateType");
    if !types.is_empty() {
        // `Open` and `Closed`, which the documentation has for groups of types, are names of types here,
        // too: the web service makes a list of one value, and only a value alone would be a group. The
        // database compares names without case, so `Open` finds what is `open` and nothing new (measured).
        let named = |kind: &str| types.iter().any(|wanted| wanted.eq_ignore_ascii_case(kind));
        let known: Vec<&str> = STATES
            .iter()
            .map(|row| row.2)
            .filter(|kind| named(kind))
            .collect();
        if known.is_empty() {
            return Err(Senseless);
        }
        filters.push(Box::new(move |ticket| known.contains(&ticket.state_type())));
    }
    Ok(())
}

fn ids<'a>(params: &Params, filters: &mut Vec<Filter<'a>>) -> Result<(), Senseless> {
    type Part = fn(&Ticket) -> u64;
    let parts: [(&str, Part); 8] = [
        ("QueueIDs", |ticket| ticket.queue),
        ("StateIDs", |ticket| ticket.state),
        ("PriorityIDs", |ticket| ticket.priority),
        ("TypeIDs", |_| TYPE.0),
        ("LockIDs", |ticket| ticket.lock),
        ("OwnerIDs", |ticket| ticket.owner),
        ("ResponsibleIDs", |ticket| ticket.responsible),
        ("CreatedUserIDs", |ticket| ticket.created_by),
    ];
    for (name, part) in parts {
        let ids = texts(params, name);
        if ids.is_empty() {
            continue;
        }
        let ids: Result<Vec<u64>, _> = ids.iter().map(|id| id.parse()).collect();
        let ids = ids.map_err(|_| Senseless)?;
        filters.push(Box::new(move |ticket| ids.contains(&part(ticket))));
    }
    Ok(())
}

/// `…NewerDate` and `…OlderDate` are inclusive, to the second; so are the minutes. Dates are compared as
/// they stand in the database, in the server's zone: in the hour that comes twice, what comes later may be
/// the smaller one.
fn times<'a>(
    data: &'a Data,
    params: &Params,
    filters: &mut Vec<Filter<'a>>,
) -> Result<(), Senseless> {
    type Part = fn(&Ticket) -> Vec<i64>;
    let parts: [(&str, Part); 5] = [
        ("TicketCreateTime", |ticket| vec![ticket.created]),
        ("TicketLastChangeTime", |ticket| vec![ticket.changed]),
        // When anything was written into the history, which changes nothing in a later one.
        ("TicketChangeTime", |ticket| {
            ticket.history.iter().map(|row| row.at).collect()
        }),
        ("TicketCloseTime", |ticket| closed(ticket)),
        ("TicketPendingTime", |ticket| vec![ticket.pending]),
    ];
    let now = data.now();
    let bound = |name: &str| -> Result<Option<String>, Senseless> {
        if let Some(date) = text(params, &format!("{name}Date")) {
            // What is newer than a time to come is not even searched for.
            let to_come = data.read(date.trim()).is_some_and(|at| at > now);
            if to_come && name.ends_with("Newer") {
                return Err(Senseless);
            }
            return data.searched(date.trim()).map(Some).ok_or(Senseless);
        }
        let minutes = text(params, &format!("{name}Minutes"));
        let minutes = minutes.map(|minutes| minutes.trim().parse::<i64>());
        let minutes = minutes.transpose().map_err(|_| Senseless)?;
        Ok(minutes.map(|minutes| data.written(now - 60 * minutes)))
    };
    for (name, part) in parts {
        let newer = bound(&format!("{name}Newer"))?;
        let older = bound(&format!("{name}Older"))?;
        if newer.is_some() || older.is_some() {
            filters.push(Box::new(move |ticket| {
                part(ticket).iter().any(|at| {
                    let at = data.written(*at);
                    newer.as_ref().is_none_or(|newer| at >= *newer)
                        && older.as_ref().is_none_or(|older| at <= *older)
                })
            }));
        }
    }
    Ok(())
}

fn closed(ticket: &Ticket) -> Vec<i64> {
    let closing = |kind: &str| matches!(kind, "NewTicket" | "StateUpdate");
    let rows = ticket.history.iter();
    rows.filter(|row| closing(row.kind.1) && matches!(row.state, 2 | 3))
        .map(|row| row.at)
        .collect()
}

/// Conditions on dynamic fields: `DynamicField_Name: {Operator: values}`, or a list with the names.
/// Operators are joined with and, the values of one with or.
fn fields<'a>(
    data: &'a Data,
    params: &Params,
    filters: &mut Vec<Filter<'a>>,
) -> Result<(), Senseless> {
    let mut conditions: Vec<(String, Params)> = Vec::new();
    for (key, value) in params {
        if let (Some(name), Value::Object(operators)) = (key.strip_prefix("DynamicField_"), value) {
            conditions.push((name.to_owned(), operators.clone()));
        }
    }
    let listed = match params.get("DynamicField") {
        Some(Value::Array(items)) => items.clone(),
        Some(one) => vec![one.clone()],
        None => Vec::new(),
    };
    for item in listed {
        if let (Some(name), Value::Object(mut operators)) =
            (item["Name"].as_str().map(str::to_owned), item)
        {
            operators.remove("Name");
            conditions.push((name, operators));
        }
    }
    for (name, operators) in conditions {
        // A name with other letters than these never matches a field, nor does an unknown one.
        if data.field(&name).is_none() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            continue;
        }
        for operator in operators.keys() {
            let wanted = texts(&operators, operator);
            if let Some(filter) = field_filter(name.clone(), operator, wanted)? {
                filters.push(filter);
            }
        }
    }
    Ok(())
}

fn field_filter<'a>(
    name: String,
    operator: &str,
    wanted: Vec<String>,
) -> Result<Option<Filter<'a>>, Senseless> {
    let test: fn(&str, &str) -> bool = match operator {
        "Equals" => |value, wanted| value.eq_ignore_ascii_case(wanted),
        "Like" if wanted.iter().any(|pattern| is_anything(pattern)) => return Ok(None),
        "Like" => like,
        "GreaterThan" => |value, wanted| value > wanted,
        "GreaterThanEquals" => |value, wanted| value >= wanted,
        "SmallerThan" => |value, wanted| value < wanted,
        "SmallerThanEquals" => |value, wanted| value <= wanted,
        "Empty" => {
            let empty = wanted.iter().any(|flag| !flag.is_empty() && flag != "0");
            return Ok(Some(Box::new(move |ticket| {
                ticket.fields.contains_key(&name) != empty
            })));
        }
        _ => return Err(Senseless),
    };
    Ok(Some(Box::new(move |ticket| {
        let values = match ticket.fields.get(&name) {
            Some(Value::Array(values)) => values.iter().filter_map(plain).collect(),
            Some(value) => plain(value).into_iter().collect(),
            None => Vec::new(),
        };
        let any = |value: &String| wanted.iter().any(|wanted| test(value, wanted));
        values.iter().any(any)
    })))
}

fn orders<'a>(data: &'a Data, params: &Params) -> Result<Vec<Compare<'a>>, Senseless> {
    let mut keys = texts(params, "SortBy");
    if keys.is_empty() {
        keys.push("Age".to_owned());
    }
    let directions = texts(params, "OrderBy");
    let mut orders: Vec<Compare<'a>> = Vec::new();
    for (place, key) in keys.iter().enumerate() {
        let order = order(data, key).ok_or(Senseless)?;
        // By age, "down" is the newest first: it is the time of creation that is sorted.
        let up = directions
            .get(place)
            .is_some_and(|direction| direction == "Up");
        orders.push(if up {
            order
        } else {
            Box::new(move |a, b| order(b, a))
        });
    }
    Ok(orders)
}

fn order<'a>(data: &'a Data, key: &str) -> Option<Compare<'a>> {
    if let Some(name) = key.strip_prefix("DynamicField_") {
        let name = data.field(name)?.name.clone();
        let value = move |ticket: &Ticket| ticket.fields.get(&name).map(Value::to_string);
        return Some(Box::new(move |a, b| value(a).cmp(&value(b))));
    }
    Some(match key {
        "Age" | "Created" => Box::new(|a, b| a.created.cmp(&b.created)),
        "Changed" => Box::new(|a, b| data.written(a.changed).cmp(&data.written(b.changed))),
        "TicketNumber" => Box::new(|a, b| a.number.cmp(&b.number)),
        "Title" => Box::new(|a, b| a.title.cmp(&b.title)),
        "State" => Box::new(|a, b| a.state.cmp(&b.state)),
        "Priority" => Box::new(|a, b| a.priority.cmp(&b.priority)),
        "Owner" => Box::new(|a, b| a.owner.cmp(&b.owner)),
        "Responsible" => Box::new(|a, b| a.responsible.cmp(&b.responsible)),
        "CustomerID" => Box::new(|a, b| a.customer_id.cmp(&b.customer_id)),
        "Lock" => Box::new(|a, b| a.lock.cmp(&b.lock)),
        "PendingTime" => Box::new(|a, b| a.pending.cmp(&b.pending)),
        "Queue" => Box::new(|a, b| data.queue(a.queue).name.cmp(data.queue(b.queue).name)),
        "Type"
        | "Service"
        | "SLA"
        | "EscalationTime"
        | "EscalationUpdateTime"
        | "EscalationResponseTime"
        | "EscalationSolutionTime" => Box::new(|_, _| Ordering::Equal),
        _ => return None,
    })
}
