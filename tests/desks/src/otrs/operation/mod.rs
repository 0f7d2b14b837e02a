//! The operations of the web services, the same for REST and SOAP: parameters in, a result or an
//! error out.

mod create;
mod get;
mod input;
mod search;
mod session;
mod update;

use serde_json::{Map, Value};

use super::data::Data;

pub(super) type Params = Map<String, Value>;

/// An operation of OTRS's ticket connector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    SessionCreate,
    SessionGet,
    TicketSearch,
    TicketGet,
    TicketCreate,
    TicketUpdate,
    TicketHistoryGet,
}

impl Operation {
    /// The operation behind a route of this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "TicketList" => Some(Operation::TicketGet),
            other => Operation::stock(other),
        }
    }

    /// The operation of this name in the stock SOAP web service.
    pub(super) fn stock(name: &str) -> Option<Self> {
        Some(match name {
            "SessionCreate" => Operation::SessionCreate,
            "SessionGet" => Operation::SessionGet,
            "TicketSearch" => Operation::TicketSearch,
            "TicketGet" => Operation::TicketGet,
            "TicketCreate" => Operation::TicketCreate,
            "TicketUpdate" => Operation::TicketUpdate,
            "TicketHistoryGet" => Operation::TicketHistoryGet,
            _ => return None,
        })
    }
}

/// Why an operation did not do what it was asked.
#[derive(Debug)]
pub(super) struct Failure {
    pub code: String,
    pub message: String,
}

/// A failure of an operation; the message begins with its name.
fn failure(operation: &str, kind: &str, message: &str) -> Failure {
    Failure {
        code: format!("{operation}.{kind}"),
        message: format!("{operation}: {message}"),
    }
}

/// What an operation must know beside its parameters.
pub(super) struct Context<'a> {
    pub user_agent: &'a str,
    /// What chance is made of.
    pub seed: u64,
}

pub(super) fn run(
    data: &mut Data,
    operation: Operation,
    params: &Params,
    context: &Context<'_>,
) -> Result<Value, Failure> {
    match operation {
        Operation::SessionCreate => session::create(data, params, context),
        Operation::SessionGet => session::get(data, params),
        Operation::TicketSearch => search::search(data, params, context.seed),
        Operation::TicketGet => get::tickets(data, params),
        Operation::TicketCreate => create::create(data, params),
        Operation::TicketUpdate => update::update(data, params),
        Operation::TicketHistoryGet => get::histories(data, params),
    }
}

/// A parameter as one text, whatever its type was.
pub(super) fn text(params: &Params, name: &str) -> Option<String> {
    plain(params.get(name)?)
}

/// A plain value as a text.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(if *flag { "1" } else { "0" }.to_owned()),
        _ => None,
    }
}

/// A parameter as a list of texts: one value is a list of one.
fn texts(params: &Params, name: &str) -> Vec<String> {
    match params.get(name) {
        Some(Value::Array(values)) => values.iter().filter_map(plain).collect(),
        Some(value) => plain(value).into_iter().collect(),
        None => Vec::new(),
    }
}

/// Whether a parameter is true to Perl.
fn flag(params: &Params, name: &str) -> bool {
    text(params, name).is_some_and(|text| !text.is_empty() && text != "0")
}
