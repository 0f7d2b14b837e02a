//! One ticket, its links, and the desk itself.

use sgi_e2e::desks::{SetUp, start};
use sgi_host::Object;

pub(crate) fn a_ticket_is_the_same_alone_and_in_a_list(kind: &str) {
    let desk = start(kind, &SetUp::default());
    let client = desk.client();
    for listed in client.tickets("1001") {
        let mut single = client.ticket(&listed.id).unwrap();
        // RT names the requestors of a single ticket by their login names only.
        if kind == "rt" {
            single.requestors.clone_from(&listed.requestors);
        }
        let (mut one, mut other) = (single, listed);
        one.objects.sort();
        other.objects.sort();
        assert_eq!(one, other);
    }
}

pub(crate) fn a_ticket_that_does_not_exist_is_not_found(kind: &str) {
    let desk = start(kind, &SetUp::default());
    let error = desk.client().ticket("88888888").unwrap_err();
    assert!(
        matches!(error.code(), "not-found" | "forbidden"),
        "{error:?}"
    );
}

pub(crate) fn what_is_no_ticket_id_is_refused_before_anything_is_sent(kind: &str) {
    let desk = start(kind, &SetUp::default());
    let client = desk.client();
    client.check().unwrap();
    desk.clear();
    for id in ["", "abc", "1 OR 1=1", "../1", "-1", "1;2", "0", "1?x=y"] {
        let error = client.ticket(id).unwrap_err();
        assert_eq!(error.code(), "invalid-input", "{id:?}: {error:?}");
    }
    assert!(desk.requests().is_empty());
}

pub(crate) fn links_lead_to_the_desk(kind: &str) {
    let desk = start(kind, &SetUp::default());
    let mut settings = desk.settings();
    settings.link_url = Some("https://desk.example.org:8443/sub".to_owned());
    let client = sgi_e2e::client::Client::open(settings);
    let mut links: Vec<String> = client.tickets("1001").into_iter().map(|t| t.url).collect();
    links.extend(
        client
            .forms(&Object::new("1001"))
            .into_iter()
            .map(|form| form.url),
    );
    assert!(links.len() > 4);
    for link in links {
        assert!(
            link.starts_with("https://desk.example.org:8443/sub/"),
            "{link}"
        );
        assert!(
            link.is_ascii() && !link.contains([' ', '"', '<', '>']),
            "{link}"
        );
    }
    for ticket in desk.client().tickets("1001") {
        assert!(ticket.url.starts_with(&desk.url()) && ticket.url.contains(&ticket.id));
    }
}

pub(crate) fn forms_hold_the_object(kind: &str) {
    let desk = start(kind, &SetUp::default());
    let mut object = Object::new("1001");
    object.title = Some("srv-db-01 <b>&".to_owned());
    object.url = Some("https://cmdb.example.org/?objID=1001".to_owned());
    let forms = desk.client().forms(&object);
    assert!(!forms.is_empty());
    for form in &forms {
        assert!(!form.label.is_empty());
        // iTop links the configuration item by its own number.
        let holds =
            form.url.contains("1001") || kind == "itop" && form.url.contains("functionalci_id");
        assert!(holds, "{form:#?}");
    }
}

pub(crate) fn a_check_names_the_product_and_finds_nothing_wrong(kind: &str) {
    let desk = start(kind, &SetUp::default());
    let report = desk.client().check().unwrap();
    assert!(report.usable(), "{report:#?}");
    assert!(!report.product.is_empty(), "{report:#?}");
    assert!(
        report
            .abilities
            .iter()
            .any(|ability| ability == "read-tickets"),
        "{report:#?}"
    );
    assert!(
        report
            .abilities
            .iter()
            .any(|ability| ability == "create-tickets"),
        "{report:#?}"
    );
    assert_eq!(report.findings, [], "{report:#?}");
}
