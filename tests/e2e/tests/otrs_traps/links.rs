//! Addresses for people.

use crate::client::{Client, desk, reader, settings, with};
use sgi_host::{Form, Object};
use sgi_test_desks::otrs::READER;

/// What follows the address of OTRS's pages.
fn parameters<'a>(url: &str, form: &'a Form) -> Vec<&'a str> {
    let rest = form
        .url
        .strip_prefix(&format!("{url}/index.pl?"))
        .expect("OTRS's own page");
    rest.split(';').collect()
}

pub(crate) fn a_ticket_is_shown_by_its_id(by: &str) {
    let desk = desk();
    let expected = format!(
        "{}/index.pl?Action=AgentTicketZoom;TicketID=110",
        desk.url()
    );
    let client = reader(&desk, by);
    assert_eq!(client.tickets("420")[0].url, expected);
    assert_eq!(client.ticket("110").unwrap().url, expected);
}

/// Only dynamic fields prefill OTRS's forms; people choose between two.
pub(crate) fn a_form_takes_dynamic_fields_and_nothing_else() {
    let desk = desk();
    let mut object = Object::new("42");
    object.title = Some("srv-db-01 & <b>;x=1".to_owned());
    object.url = Some("https://cmdb.example/?objID=42".to_owned());
    let forms = with(&desk, READER, &[]).forms(&object);
    let labels: Vec<&str> = forms.iter().map(|form| form.label.as_str()).collect();
    assert_eq!(labels, ["Phone ticket", "E-mail ticket"]);
    for (form, action) in forms.iter().zip(["AgentTicketPhone", "AgentTicketEmail"]) {
        let expected = [
            &format!("Action={action}"),
            "DynamicField_IDoitObjects=%2C42%2C",
        ];
        assert_eq!(
            parameters(&desk.url(), form),
            expected,
            "a comma at both ends"
        );
    }
    assert!(desk.requests().is_empty(), "they cost no request");
}

pub(crate) fn a_form_takes_the_tenant_too() {
    let desk = desk();
    let options = [
        ("tenant", "a;b=c&d e"),
        ("match", "equals"),
        ("objects-field", "CMDBObjectID"),
    ];
    let forms = with(&desk, READER, &options).forms(&Object::new("42"));
    let expected = [
        "Action=AgentTicketPhone",
        "DynamicField_CMDBObjectID=42",
        "DynamicField_IDoitMandator=a%3Bb%3Dc%26d%20e",
    ];
    assert_eq!(parameters(&desk.url(), &forms[0]), expected);
}

pub(crate) fn port_and_path_stay_and_slashes_at_the_end_do_not_count() {
    let desk = desk();
    let port = desk.addr().port().to_string();
    let url = format!("{}///", desk.url());
    let client = Client::open(settings(&url, READER, &[]));
    let shown = client.tickets("420").remove(0).url;
    let form = client.forms(&Object::new("42")).remove(0).url;
    for address in [shown, form] {
        let base = format!("http://127.0.0.1:{port}/otrs/index.pl?");
        assert!(address.starts_with(&base), "{address}");
    }
}

pub(crate) fn links_can_lead_to_another_address() {
    let desk = desk();
    let for_people = "https://tickets.example.org:8443/otrs";
    let mut settings = settings(&desk.url(), READER, &[]);
    settings.link_url = Some(format!("{for_people}/"));
    let client = Client::open(settings);
    let shown = format!("{for_people}/index.pl?Action=AgentTicketZoom;TicketID=110");
    assert_eq!(client.tickets("420")[0].url, shown);
    assert_eq!(client.ticket("110").unwrap().url, shown);
    for form in client.forms(&Object::new("42")) {
        parameters(for_people, &form);
    }
}
