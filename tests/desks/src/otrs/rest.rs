//! The REST web services: from a method and a route to an operation, from its result to JSON.

use serde_json::{Map, Value, json};

use super::data::Data;
use super::operation::{self, Context, Operation};
use super::{POST_ROUTES, json};
use crate::http::{Request, Response};
use crate::shuffle::Shuffle;

/// A request on its way to an operation.
pub(super) struct Caller<'a> {
    pub request: &'a Request,
    /// What follows the name of the web service, undecoded.
    pub route: &'a str,
    /// Whether the administrator added routes for `POST`.
    pub post_routes: bool,
    pub get_bodies: bool,
    pub histories: bool,
    pub seed: u64,
}

pub(super) fn answer(data: &mut Data, caller: &Caller<'_>) -> Response {
    let there = |operation| caller.histories || operation != Operation::TicketHistoryGet;
    let found = operation(caller).filter(|(operation, _)| there(*operation));
    let Some((operation, in_path)) = found else {
        let route = caller.route;
        return refused(&format!(
            "HTTP::REST Error while determine Operation for request URI '{route}'."
        ));
    };
    let mut params = match body(caller) {
        Ok(body) => body,
        Err(message) => return refused(message),
    };
    // What stands in the URL wins over the body, and the path over the query.
    params.extend(query(caller.request.query()));
    params.extend(in_path);
    let context = Context {
        user_agent: caller.request.header("user-agent").unwrap_or_default(),
        seed: caller.seed,
    };
    let result = operation::run(data, operation, &params, &context).unwrap_or_else(
        |failure| json!({"Error": {"ErrorCode": failure.code, "ErrorMessage": failure.message}}),
    );
    let text = json::compact(&result, &mut Shuffle::new(caller.seed));
    Response::new(200, text).header("Content-Type", "application/json; charset=UTF-8")
}

/// An error of the transport.
fn refused(message: &str) -> Response {
    Response::new(500, message).header("Content-Type", "text/plain; charset=UTF-8")
}

/// The operation of a route, and the parameter that stands in it.
fn operation(caller: &Caller<'_>) -> Option<(Operation, Map<String, Value>)> {
    let parts: Vec<&str> = caller.route.split('/').skip(1).collect();
    let with =
        |name: &str, value: &str| Map::from_iter([(name.to_owned(), Value::from(decoded(value)))]);
    let none = Map::new();
    Some(match (caller.request.method.as_str(), parts.as_slice()) {
        ("POST", ["Session"]) => (Operation::SessionCreate, none),
        ("GET", ["Session", id]) => (Operation::SessionGet, with("SessionID", id)),
        ("GET", ["Ticket"]) => (Operation::TicketSearch, none),
        ("POST", ["Ticket"]) => (Operation::TicketCreate, none),
        ("GET", ["Ticket", id]) => (Operation::TicketGet, with("TicketID", id)),
        ("PATCH", ["Ticket", id]) => (Operation::TicketUpdate, with("TicketID", id)),
        ("GET", ["TicketList"]) => (Operation::TicketGet, none),
        ("GET", ["TicketHistory", id]) => (Operation::TicketHistoryGet, with("TicketID", id)),
        ("POST", [name]) if caller.post_routes && POST_ROUTES.contains(name) => {
            (Operation::named(name)?, none)
        }
        _ => return None,
    })
}

fn decoded(text: &str) -> String {
    let decoded = percent_encoding::percent_decode_str(text);
    decoded.decode_utf8_lossy().into_owned()
}

/// Parameters of the URL. One that is repeated makes a list; nothing can make a hash.
///
/// By the public source of Znuny a semicolon separates too, a value ends at a second `=`, and `0`
/// is no value to Perl.
fn query(query: &str) -> Map<String, Value> {
    let mut params = Map::new();
    for pair in query.split(['&', ';']).filter(|pair| !pair.is_empty()) {
        let mut parts = pair.split('=');
        let name = decoded(parts.next().unwrap_or_default());
        let value = decoded(&parts.next().unwrap_or_default().replace('+', "%20"));
        match params.get_mut(&name) {
            None if value == "0" => drop(params.insert(name, Value::from(""))),
            None => drop(params.insert(name, Value::from(value))),
            Some(Value::Array(values)) => values.push(Value::from(value)),
            Some(first) => *first = Value::Array(vec![first.take(), Value::from(value)]),
        }
    }
    params
}

fn body(caller: &Caller<'_>) -> Result<Map<String, Value>, &'static str> {
    let request = caller.request;
    if request.body.is_empty() || request.method == "GET" && !caller.get_bodies {
        return Ok(Map::new());
    }
    match serde_json::from_slice(&request.body) {
        Err(_) => Err("Error while decoding request content."),
        // To Perl an empty hash is no data.
        Ok(Value::Object(map)) if !map.is_empty() => Ok(map),
        Ok(_) => Err("Unsupported request content structure."),
    }
}
