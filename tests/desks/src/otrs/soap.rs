//! The SOAP web service: from an envelope to an operation, from its result to an envelope.
//!
//! Results and errors of the operations are measured. The errors of the transport are from the
//! public source of Znuny, which takes requests without a `SOAPAction` too; the desk does not, so
//! that a client that forgets it is found.

use std::fmt::Write as _;

use roxmltree::{Document, Node};
use serde_json::{Map, Value, json};

use super::OtrsOptions;
use super::data::Data;
use super::operation::{self, Context, Operation};
use crate::http::{Request, Response};

const NAMESPACE: &str = "http://www.otrs.org/TicketConnector/";
const ENVELOPE: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><soap:Envelope \
    soap:encodingStyle=\"http://schemas.xmlsoap.org/soap/encoding/\" \
    xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\" \
    xmlns:soapenc=\"http://schemas.xmlsoap.org/soap/encoding/\" \
    xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" \
    xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><soap:Body>";

pub(super) fn answer(
    data: &mut Data,
    options: &OtrsOptions,
    request: &Request,
    seed: u64,
) -> Response {
    let (name, params) = match call(request) {
        Ok(call) => call,
        Err(response) => return response,
    };
    let context = Context {
        user_agent: request.header("user-agent").unwrap_or_default(),
        seed,
    };
    let there =
        |operation: &Operation| options.histories || *operation != Operation::TicketHistoryGet;
    let Some(operation) = Operation::stock(&name).filter(there) else {
        return fault(&format!("No Operation configuration for '{name}'!"));
    };
    let result = operation::run(data, operation, &params, &context).unwrap_or_else(
        |failure| json!({"Error": {"ErrorCode": failure.code, "ErrorMessage": failure.message}}),
    );
    let mut out = format!("{ENVELOPE}<{name}Response xmlns=\"{NAMESPACE}\"");
    match result.as_object() {
        Some(map) if !map.is_empty() => {
            out.push('>');
            elements(&mut out, map);
            let _ = write!(out, "</{name}Response>");
        }
        _ => out.push_str(" xsi:nil=\"true\" />"),
    }
    out.push_str("</soap:Body></soap:Envelope>");
    Response::new(200, out).header("Content-Type", "text/xml; charset=UTF-8")
}

/// An error before there is an operation.
fn fault(message: &str) -> Response {
    let mut out = format!("{ENVELOPE}<Fault xmlns=\"{NAMESPACE}\">");
    element(&mut out, "faultcode", &Value::from("Server"));
    element(&mut out, "faultstring", &Value::from(message));
    out.push_str("</Fault></soap:Body></soap:Envelope>");
    Response::new(500, out).header("Content-Type", "text/xml; charset=UTF-8")
}

fn plain(status: u16, message: &str) -> Response {
    Response::new(status, message).header("Content-Type", "text/plain; charset=UTF-8")
}

/// The operation and its parameters. `SOAPAction` must name it exactly, with the namespace.
fn call(request: &Request) -> Result<(String, Map<String, Value>), Response> {
    if request.body.is_empty() {
        return Err(plain(411, "Length Required"));
    }
    let text = String::from_utf8_lossy(&request.body);
    let document = Document::parse(&text)
        .map_err(|error| plain(500, &format!("Error deserializing message:{error}")))?;
    let mut children = document.root_element().children();
    let body = children.find(|node| node.tag_name().name() == "Body");
    let called = body.and_then(|body| body.children().find(Node::is_element));
    let Some(called) = called else {
        return Err(plain(500, "Got no result body from deserialized content"));
    };
    let name = called.tag_name().name();
    let action = request.header("soapaction").unwrap_or_default();
    let action = action.trim_matches(['"', '\'']);
    let named = action.strip_prefix(NAMESPACE);
    let named = named.and_then(|rest| rest.strip_prefix(['#', '/']));
    if named != Some(name) {
        return Err(fault(&format!(
            "SOAPAction '{action}' does not match expected result '{NAMESPACE}#{name}'"
        )));
    }
    match value(called) {
        Value::Object(params) => Ok((name.to_owned(), params)),
        _ => Ok((name.to_owned(), Map::new())),
    }
}

/// An element as SOAP::Lite gives it to OTRS: a text, or a hash with lists for what is repeated.
fn value(node: Node<'_, '_>) -> Value {
    let mut map: Map<String, Value> = Map::new();
    for child in node.children().filter(Node::is_element) {
        let item = value(child);
        match map.get_mut(child.tag_name().name()) {
            None => drop(map.insert(child.tag_name().name().to_owned(), item)),
            Some(Value::Array(items)) => items.push(item),
            Some(first) => *first = Value::Array(vec![first.take(), item]),
        }
    }
    if map.is_empty() {
        return Value::from(node.text().unwrap_or_default());
    }
    Value::Object(map)
}

/// The entries of a hash, in the order of their names; lists become repeated elements.
fn elements(out: &mut String, map: &Map<String, Value>) {
    let mut entries: Vec<_> = map.iter().collect();
    entries.sort_by_key(|(name, _)| name.as_str());
    for (name, value) in entries {
        match value {
            Value::Array(items) => items.iter().for_each(|item| element(out, name, item)),
            other => element(out, name, other),
        }
    }
}

fn element(out: &mut String, name: &str, value: &Value) {
    let text = match value {
        Value::Object(map) => {
            let _ = write!(out, "<{name}>");
            elements(out, map);
            let _ = write!(out, "</{name}>");
            return;
        }
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if text.is_empty() {
        let _ = write!(out, "<{name} />");
    } else {
        let text = text
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
        let _ = write!(out, "<{name}>{text}</{name}>");
    }
}
