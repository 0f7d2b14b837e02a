//! A client of the web services that does as little as possible.

use serde_json::{Map, Value, json};
use sgi_test_desks::otrs::{Account, READER, STOCK_REST};
use sgi_test_desks::{OtrsDesk, OtrsOptions};

use crate::support::{Answer, encode, owned, send};

pub(crate) const POST_SERVICE: &str = "CMDBTicketConnector";

pub(crate) fn desk() -> OtrsDesk {
    OtrsDesk::start(OtrsOptions::default())
}

/// A request below the address of the desk.
pub(crate) fn request(desk: &OtrsDesk, head: &str, body: &str) -> Answer {
    let (method, path) = head.split_once(' ').expect("a method and a path");
    let base = desk.url();
    let web_path = base
        .split_once(&desk.addr().to_string())
        .expect("an address")
        .1;
    let length = body.len().to_string();
    let headers = owned(&[
        ("Host", "desk"),
        ("Content-Type", "application/json"),
        ("Content-Length", &length),
    ]);
    let head = format!("{method} {web_path}{path}");
    send(desk.addr(), &head, &headers, body.as_bytes())
}

fn service(name: &str) -> String {
    format!("/nph-genericinterface.pl/Webservice/{name}")
}

/// `POST` to a web service with the account's name and password in the body.
pub(crate) fn post_as(desk: &OtrsDesk, account: Account, route: &str, params: Value) -> Value {
    let mut params = params;
    params["UserLogin"] = json!(account.0);
    params["Password"] = json!(account.1);
    let head = format!("POST {}/{route}", service(POST_SERVICE));
    request(desk, &head, &params.to_string()).json()
}

/// `POST` as the reader.
pub(crate) fn post(desk: &OtrsDesk, route: &str, params: Value) -> Value {
    post_as(desk, READER, route, params)
}

/// A request with parameters to the stock web service, as an account.
pub(crate) fn stock_as(
    desk: &OtrsDesk,
    account: Account,
    route: &str,
    params: &[(&str, &str)],
) -> Value {
    let login = [("UserLogin", account.0), ("Password", account.1)];
    let query: Vec<String> = login
        .iter()
        .chain(params)
        .map(|(name, value)| format!("{name}={}", encode(value)))
        .collect();
    let head = format!("GET {}/{route}?{}", service(STOCK_REST), query.join("&"));
    request(desk, &head, "").json()
}

pub(crate) fn stock(desk: &OtrsDesk, route: &str, params: &[(&str, &str)]) -> Value {
    stock_as(desk, READER, route, params)
}

/// Sends a body to a route of the stock web service.
pub(crate) fn stock_body(desk: &OtrsDesk, method: &str, route: &str, body: &Value) -> Value {
    let head = format!("{method} {}/{route}", service(STOCK_REST));
    request(desk, &head, &body.to_string()).json()
}

/// The ids of an answer, in their order; none for `{}`.
pub(crate) fn ids(answer: &Value) -> Vec<u64> {
    assert!(answer.get("Error").is_none(), "{answer}");
    let ids = answer.as_object().expect("a hash").get("TicketID");
    let ids = ids.map(|ids| ids.as_array().expect("a list").clone());
    ids.unwrap_or_default()
        .iter()
        .map(|id| id.as_str().expect("a text").parse().expect("a number"))
        .collect()
}

/// The ids of the tickets of an object, sorted.
pub(crate) fn of(desk: &OtrsDesk, object: &str) -> Vec<u64> {
    let like = json!({"DynamicField_IDoitObjects": {"Like": format!("*,{object},*")}});
    let mut ids = ids(&post(desk, "TicketSearch", like));
    ids.sort_unstable();
    ids
}

/// A ticket as the reader gets it, with its dynamic fields.
pub(crate) fn ticket(desk: &OtrsDesk, id: u64) -> Map<String, Value> {
    let answer = post(
        desk,
        "TicketGet",
        json!({"TicketID": id, "DynamicFields": 1}),
    );
    answer["Ticket"][0]
        .as_object()
        .unwrap_or_else(|| panic!("no ticket: {answer}"))
        .clone()
}

/// The value of a dynamic field.
pub(crate) fn field(ticket: &Map<String, Value>, name: &str) -> Value {
    let fields = ticket["DynamicField"].as_array().expect("fields");
    let found = fields.iter().find(|field| field["Name"] == name);
    found.expect("the field")["Value"].clone()
}

/// Kinds and texts of the rows of a history.
pub(crate) fn history(desk: &OtrsDesk, id: u64) -> Vec<(String, String)> {
    let answer = stock(desk, &format!("TicketHistory/{id}"), &[]);
    let rows = answer["TicketHistory"][0]["History"].as_array();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    rows.expect("a history")
        .iter()
        .map(|row| (text(&row["HistoryType"]), text(&row["Name"])))
        .collect()
}

/// The code of an error in an answer.
pub(crate) fn error(answer: &Value) -> &str {
    answer["Error"]["ErrorCode"]
        .as_str()
        .unwrap_or_else(|| panic!("no error: {answer}"))
}
