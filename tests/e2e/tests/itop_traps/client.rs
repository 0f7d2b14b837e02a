//! The host with one iTop, as a CMDB holds it.

pub(crate) use sgi_e2e::client::{Client, ids};
use sgi_e2e::client::{settings, with_options};
use sgi_host::{DeskSettings, Error, Filter, Object, Ticket};
use sgi_test_desks::itop::{Account, READER};
use sgi_test_desks::{Fault, ITopDesk, ITopOptions, Seen};
use std::collections::BTreeMap;

pub(crate) fn desk() -> ITopDesk {
    ITopDesk::start(ITopOptions::default())
}

/// With the reader's account.
pub(crate) fn reader(desk: &ITopDesk) -> Client {
    with(desk, READER, &[])
}

/// A desk and its reader.
pub(crate) fn here() -> (ITopDesk, Client) {
    let desk = desk();
    let reader = reader(&desk);
    (desk, reader)
}

/// In the zone of the test desk, unless the options say otherwise.
pub(crate) fn with(desk: &ITopDesk, account: Account, options: &[(&str, &str)]) -> Client {
    Client::open(given(&desk.url(), account, options))
}

pub(crate) fn given(url: &str, account: Account, options: &[(&str, &str)]) -> DeskSettings {
    let zone = [("time-zone", "Europe/Berlin")];
    with_options(settings("itop", url, account), &[&zone, options].concat())
}

/// Where the objects are told by the names of their configuration items.
pub(crate) fn by_name() -> (ITopDesk, Client) {
    let desk = ITopDesk::start(ITopOptions {
        object_attribute: None,
        ..ITopOptions::default()
    });
    let client = with(&desk, READER, &[("objects-attribute", "name")]);
    (desk, client)
}

pub(crate) fn titled(title: &str) -> Object {
    let mut object = Object::new("1");
    object.title = Some(title.to_owned());
    object
}

pub(crate) fn of_title(client: &Client, title: &str) -> Result<Vec<Ticket>, Error> {
    client.ask_about(&titled(title), Filter::All)
}

/// The fields of a request's form.
pub(crate) fn form(seen: &Seen) -> BTreeMap<String, String> {
    form_urlencoded::parse(&seen.body).into_owned().collect()
}

/// What was asked for, request by request.
pub(crate) fn operations(desk: &ITopDesk) -> Vec<serde_json::Value> {
    let requests = desk.requests();
    let operations = requests.iter().map(|seen| form(seen)["json_data"].clone());
    operations
        .map(|json| serde_json::from_str(&json).expect("an operation"))
        .collect()
}

/// The queries among the operations.
pub(crate) fn queries(desk: &ITopDesk) -> Vec<String> {
    let operations = operations(desk);
    let keys = operations.iter().filter_map(|all| all.get("key"));
    keys.map(|key| key.as_str().expect("a query").to_owned())
        .collect()
}

/// An answer in place of iTop's own, with HTTP 200. iTop acts all the same.
pub(crate) fn answer(json: &str) -> Fault {
    Fault::Body(json.as_bytes().to_vec())
}

/// A refusal: iTop does nothing.
pub(crate) fn refusal(code: u32, message: &str) -> Fault {
    let json = serde_json::json!({"code": code, "message": message});
    Fault::status(200, json.to_string())
}
