//! Lists, single tickets and forms.

use super::{known, object};
use crate::testing::message;
use crate::{links, list, one};
use sgi_guest::tickets::{Filter, Query};
use sgi_guest::types::{Error, StatusClass};
use sgi_test_desks::ITopOptions;

#[test]
fn a_list_has_fine_statuses_of_all_classes_and_costs_five_calls_at_most() {
    let itop = known(ITopOptions::default(), &[]);
    assert!(itop.messages().is_empty(), "{:?}", itop.messages());
    assert_eq!(itop.report.abilities, ["read-tickets", "create-tickets"]);
    let tickets = itop.all("1001", None);
    assert_eq!(itop.desk.requests().len(), 5);
    assert_eq!(tickets.len(), 22);
    let of = |class: &str| {
        tickets
            .iter()
            .filter(|ticket| ticket.class.as_deref() == Some(class))
            .count()
    };
    assert!(of("UserRequest") > 0 && of("Incident") > 0);
    assert_eq!(
        (
            of("RoutineChange"),
            of("NormalChange"),
            of("EmergencyChange")
        ),
        (1, 1, 2)
    );
    let statuses: Vec<_> = tickets.iter().map(|ticket| ticket.status_class).collect();
    for class in [
        StatusClass::New,
        StatusClass::Open,
        StatusClass::Pending,
        StatusClass::Resolved,
        StatusClass::Closed,
    ] {
        assert!(statuses.contains(&class), "{class:?}");
    }
    assert!(
        tickets
            .iter()
            .all(|ticket| ticket.objects.first().map(String::as_str) == Some("1001"))
    );
    assert!(tickets.iter().any(|ticket| ticket.objects.len() > 1));
    let ids: Vec<u64> = tickets
        .iter()
        .map(|ticket| ticket.id.parse().expect("a number"))
        .collect();
    assert!(ids.is_sorted());
}

#[test]
fn an_object_that_nobody_knows_costs_one_call() {
    let itop = known(ITopOptions::default(), &[]);
    assert!(itop.all("99999", None).is_empty());
    assert_eq!(itop.desk.requests().len(), 1);
}

#[test]
fn the_filters_share_all_tickets_out() {
    let itop = known(ITopOptions::default(), &[]);
    let ids = |filter| {
        let page = itop.page(object("1001", None), filter, None, 100);
        assert_eq!(
            page.total.map(|total| total as usize),
            Some(page.tickets.len())
        );
        page.tickets
            .into_iter()
            .map(|ticket| ticket.id)
            .collect::<Vec<_>>()
    };
    let (open, closed) = (ids(Filter::Open), ids(Filter::Closed));
    assert_eq!((open.len(), closed.len()), (17, 5));
    let mut both: Vec<_> = open.into_iter().chain(closed).collect();
    both.sort_by_key(|id| id.parse::<u64>().expect("a number"));
    assert_eq!(both, ids(Filter::All));
}

#[test]
fn pages_hold_each_ticket_once() {
    let extra = vec![("9000".to_owned(), 130)];
    let itop = known(
        ITopOptions {
            extra,
            ..ITopOptions::default()
        },
        &[],
    );
    let (mut next, mut ids) = (None, Vec::new());
    loop {
        let page = itop.page(object("9000", None), Filter::All, next, 50);
        assert!(
            page.tickets
                .iter()
                .all(|ticket| ticket.objects.contains(&"9000".to_owned()))
        );
        ids.extend(page.tickets.into_iter().map(|ticket| ticket.id));
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    let read = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!((read, ids.len()), (130, 130));
}

#[test]
fn a_name_is_matched_exactly_and_costs_a_call_less() {
    let itop = known(
        ITopOptions {
            object_attribute: None,
            ..ITopOptions::default()
        },
        &[("objects-attribute", "name")],
    );
    assert!(itop.messages()[0].contains("\"srv-dup\" (ids 50, 51)"));
    assert_eq!(itop.all("7", Some("srv-o'brien")).len(), 3);
    assert_eq!(itop.desk.requests().len(), 4);
    assert!(
        !itop
            .all("7", Some("Prüfserver \"Größe\" 日本 🖥️"))
            .is_empty()
    );
    for stranger in [
        "SRV-O'BRIEN",
        "Prufserver \"Grosse\" 日本 🖥️",
        "srv-db-01 ",
        "x' OR 1=1 -- ",
        "x\\",
        "\\' OR 1=1 OR name='",
        "srv-db-01' UNION SELECT Server WHERE name != '",
        "100%",
        "nul\0x",
    ] {
        assert!(itop.all("7", Some(stranger)).is_empty(), "{stranger}");
    }
}

#[test]
fn an_asset_number_is_one_of_devices() {
    let itop = known(
        ITopOptions {
            object_attribute: Some("asset_number".to_owned()),
            ..ITopOptions::default()
        },
        &[
            ("objects-attribute", "asset_number"),
            ("objects-value", "id"),
        ],
    );
    assert_eq!(itop.knowledge.ci_class, "PhysicalDevice");
    assert!(!itop.all("1001", None).is_empty());
}

#[test]
fn one_ticket_is_the_same_as_in_a_list() {
    let itop = known(ITopOptions::default(), &[]);
    let listed = itop.all("1001", None).pop().expect("a ticket");
    itop.desk.clear();
    let id = listed.id.parse().expect("a number");
    let mut one =
        one::get(&itop.settings, &itop.knowledge, id).unwrap_or_else(|_| panic!("a ticket"));
    assert!(itop.desk.requests().len() <= 3);
    let mut objects = listed.objects.clone();
    objects.sort();
    one.objects.sort();
    assert_eq!(
        (one.status, one.number, one.url, one.objects),
        (listed.status, listed.number, listed.url, objects)
    );
    let gone = one::get(&itop.settings, &itop.knowledge, 999_999);
    assert!(matches!(gone, Err(Error::NotFound(_))));
}

#[test]
fn forms_link_the_configuration_item_or_say_that_there_is_none() {
    let itop = known(ITopOptions::default(), &[]);
    let forms = |id: &str| {
        links::forms(&itop.settings, &itop.knowledge, &object(id, Some("srv")))
            .unwrap_or_else(|_| panic!("forms"))
    };
    let form = &forms("1001")[1];
    assert_eq!(form.label, "Incident");
    assert!(form.url.starts_with("https://people.example.org/itop/pages/UI.php?operation=new&class=Incident&default%5Btitle%5D=srv&default%5Borg_id%5D=3&default%5Bfunctionalcis_list%5D="));
    assert_eq!(form.note, None);
    assert!(forms("99999")[0].note.is_some());
    assert_eq!(itop.desk.requests().len(), 2);
}

#[test]
fn an_attribute_that_is_gone_since_the_check_calls_for_another() {
    let before = known(ITopOptions::default(), &[]);
    let mut after = known(
        ITopOptions {
            object_attribute: Some("other".to_owned()),
            ..ITopOptions::default()
        },
        &[],
    );
    after.knowledge = before.knowledge;
    let query = Query {
        object: object("1001", None),
        filter: Filter::All,
        known: None,
        next: None,
        limit: 100,
    };
    let error = list::page(&after.settings, &after.knowledge, &query)
        .map(|_| ())
        .unwrap_err();
    assert!(matches!(&error, Error::StaleKnowledge(_)));
    assert!(!message(&error).contains("SELECT"));
}

#[test]
fn a_page_that_nobody_named_is_refused() {
    let itop = known(ITopOptions::default(), &[]);
    for next in ["", "x", "1 OR 1=1", "-1"] {
        let query = Query {
            object: object("1001", None),
            filter: Filter::All,
            known: None,
            next: Some(next.to_owned()),
            limit: 100,
        };
        let error = list::page(&itop.settings, &itop.knowledge, &query)
            .map(|_| ())
            .unwrap_err();
        assert!(matches!(error, Error::InvalidInput(_)));
    }
    assert!(itop.desk.requests().is_empty());
}
