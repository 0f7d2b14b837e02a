//! Addresses for people.

use crate::client::{Client, desk, given, here, reader, titled, with};
use serde_json::{Value, json};
use sgi_host::{Form, Object};
use sgi_test_desks::itop::{NewTicket, READER};
use sgi_test_desks::{ITopDesk, ITopOptions};
use std::collections::BTreeMap;

/// The parameters of a form's address, each of them once.
fn parameters(desk: &ITopDesk, form: &Form) -> BTreeMap<String, String> {
    let page = format!("{}/pages/UI.php?", desk.url());
    let query = form.url.strip_prefix(&page).expect("iTop's own form");
    assert!(query.bytes().all(|byte| byte.is_ascii_graphic()), "{query}");
    let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    let map: BTreeMap<String, String> = pairs.iter().cloned().collect();
    assert_eq!(map.len(), pairs.len(), "{query}");
    map
}

pub(crate) fn a_ticket_is_shown_by_its_final_class() {
    let (desk, reader) = here();
    for (id, class) in [
        ("63", "UserRequest"),
        ("2", "Incident"),
        ("45", "Problem"),
        ("51", "RoutineChange"),
        ("53", "EmergencyChange"),
    ] {
        let page = "pages/UI.php?operation=details";
        let expected = format!("{}/{page}&class={class}&id={id}", desk.url());
        assert_eq!(reader.ticket(id).unwrap().url, expected);
    }
    for ticket in reader.tickets("1001") {
        let class = format!("&class={}&id={}", ticket.class.unwrap(), ticket.id);
        assert!(ticket.url.ends_with(&class), "{}", ticket.url);
    }
}

pub(crate) fn links_keep_port_and_path() {
    let desk = ITopDesk::start(ITopOptions {
        web_path: "/cmdb/itop".to_owned(),
        ..ITopOptions::default()
    });
    let pages = format!("http://{}/cmdb/itop/pages/UI.php?", desk.addr());
    let client = Client::open(given(&format!("{}/", desk.url()), READER, &[]));
    assert!(client.tickets("4")[0].url.starts_with(&pages));
    for form in client.forms(&Object::new("4")) {
        assert!(form.url.starts_with(&pages), "{}", form.url);
    }
}

pub(crate) fn links_can_lead_to_another_address() {
    let desk = desk();
    let for_people = "https://tickets.example.org:8443/itop";
    let mut settings = given(&desk.url(), READER, &[]);
    settings.link_url = Some(format!("{for_people}/"));
    let client = Client::open(settings);
    let shown = format!("{for_people}/pages/UI.php?operation=details&class=Incident&id=65");
    assert_eq!(client.tickets("4")[0].url, shown);
    assert_eq!(client.ticket("65").unwrap().url, shown);
    for form in client.forms(&Object::new("4")) {
        assert!(
            form.url
                .starts_with(&format!("{for_people}/pages/UI.php?operation=new&"))
        );
    }
}

/// The JSON is the one that was proven in a browser.
pub(crate) fn a_form_links_the_configuration_item_when_it_is_saved() {
    let desk = desk();
    let title = "srv \"1\" & <2> = ü?#/\\ 100%+";
    let mut object = titled(title);
    object.id = "2037".to_owned();
    object.url = Some("https://cmdb.example.org/?objID=2037".to_owned());
    for form in reader(&desk).forms(&object) {
        assert_eq!(form.note, None);
        let parameters = parameters(&desk, &form);
        let names: Vec<&str> = parameters.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            [
                "class",
                "default[functionalcis_list]",
                "default[org_id]",
                "default[title]",
                "operation"
            ]
        );
        assert_eq!(parameters["operation"], "new");
        assert_eq!(parameters["default[title]"], title);
        assert_eq!(parameters["default[org_id]"], "3");
        let list: Value = serde_json::from_str(&parameters["default[functionalcis_list]"]).unwrap();
        let link = json!({
            "class": "lnkFunctionalCIToTicket",
            "data": {"functionalci_id": "37", "impact_code": "manual"},
        });
        assert_eq!(list, json!({"to_be_created": [link]}));
    }
}

pub(crate) fn a_form_needs_a_concrete_class() {
    let desk = desk();
    let forms = reader(&desk).forms(&Object::new("1001"));
    let all: Vec<(String, String)> = forms
        .iter()
        .map(|form| (form.label.clone(), parameters(&desk, form)["class"].clone()))
        .collect();
    let expected = [("User request", "UserRequest"), ("Incident", "Incident")];
    assert_eq!(
        all,
        expected.map(|(label, class)| (label.to_owned(), class.to_owned()))
    );
}

/// The integration that people know takes the first organization for all.
pub(crate) fn the_organization_is_that_of_the_configuration_item() {
    let (desk, reader) = here();
    for (object, organization) in [("1001", "3"), ("2052", "2")] {
        for form in reader.forms(&Object::new(object)) {
            assert_eq!(parameters(&desk, &form)["default[org_id]"], organization);
        }
    }
}

pub(crate) fn an_unknown_object_is_described_in_the_form_and_noted() {
    let desk = desk();
    let mut object = titled("srv <b>neu</b> & Co");
    object.id = "99999".to_owned();
    object.url = Some("https://cmdb.example.org/?objID=99999&x=1".to_owned());
    let reader = reader(&desk);
    for form in reader.forms(&object) {
        let note = form.note.clone().unwrap();
        assert!(note.contains("no configuration item"), "{note}");
        assert!(note.contains("\"idoit_id\""), "{note}");
        let parameters = parameters(&desk, &form);
        assert_eq!(parameters["default[title]"], "srv <b>neu</b> & Co");
        let about = "<p>srv &lt;b&gt;neu&lt;/b&gt; &amp; Co<br>\
                     https://cmdb.example.org/?objID=99999&amp;x=1</p>";
        assert_eq!(
            parameters["default[description]"], about,
            "it is HTML there"
        );
        assert!(!parameters.contains_key("default[functionalcis_list]"));
        assert!(!parameters.contains_key("default[org_id]"));
    }
    // Nothing is known of it but the id.
    for form in reader.forms(&Object::new("99999")) {
        let parameters = parameters(&desk, &form);
        assert_eq!(parameters["default[description]"], "<p>CMDB: 99999</p>");
        assert_eq!(parameters.len(), 3);
    }
}

pub(crate) fn twins_are_noted_at_the_form() {
    let desk = ITopDesk::start(ITopOptions {
        duplicated: Some("1001".to_owned()),
        ..ITopOptions::default()
    });
    desk.add_ticket(NewTicket::of("142"));
    let client = with(&desk, READER, &[]);
    for form in client.forms(&Object::new("1001")) {
        let note = form.note.clone().unwrap();
        assert!(note.contains("2 configuration items"), "{note}");
        assert!(note.contains("with the id 32"), "{note}");
        let list = &parameters(&desk, &form)["default[functionalcis_list]"];
        assert!(list.contains("\"functionalci_id\":\"32\""), "{list}");
    }
}
