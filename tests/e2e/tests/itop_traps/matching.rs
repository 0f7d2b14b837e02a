//! Which configuration item is which object.

use crate::client::{
    by_name, desk, here, ids, of_title, operations, queries, reader, refusal, titled, with,
};
use sgi_host::{Draft, Error, Filter, Object, Severity};
use sgi_test_desks::itop::{NewTicket, READER};
use sgi_test_desks::{ITopDesk, ITopOptions, When};

const ATTRIBUTE: &str = "objects-attribute";

fn with_attribute(attribute: &str) -> ITopDesk {
    ITopDesk::start(ITopOptions {
        object_attribute: Some(attribute.to_owned()),
        ..ITopOptions::default()
    })
}

fn with_value(name: &str, value: &str) -> Object {
    let mut object = Object::new("1001");
    object.attributes = vec![(name.to_owned(), value.to_owned())];
    object
}

pub(crate) fn a_name_is_matched_by_the_objects_title() {
    let (desk, client) = by_name();
    client.check().unwrap();
    desk.clear();
    assert_eq!(ids(&of_title(&client, "srv-o'brien").unwrap()), [9, 34, 53]);
    let queries = queries(&desk);
    assert!(
        queries
            .iter()
            .all(|query| !query.contains("SELECT FunctionalCI")),
        "links show names: {queries:?}"
    );
    for ticket in of_title(&client, "srv-o'brien").unwrap() {
        assert_eq!(ticket.objects, ["1"], "names of others are no ids");
    }
}

/// `FunctionalCI`, the class of all, does not have it.
pub(crate) fn an_asset_number_is_an_attribute_of_devices_only() {
    let desk = ITopDesk::start(ITopOptions {
        object_attribute: None,
        ..ITopOptions::default()
    });
    for attribute in ["asset_number", "PhysicalDevice.asset_number"] {
        let client = with(&desk, READER, &[(ATTRIBUTE, attribute)]);
        assert!(client.check().unwrap().usable());
        let of = |number| {
            let object = with_value("asset_number", number);
            ids(&client.ask_about(&object, Filter::All).unwrap())
        };
        assert_eq!(of("IDOIT-1004"), [9, 34, 53]);
        for other in ["idoit-1004", "IDOIT-1004 ", "IDOIT-100", "' OR 1=1 -- "] {
            assert_eq!(of(other), [0; 0], "{other}");
        }
    }
    assert!(
        queries(&desk)
            .iter()
            .any(|query| query.contains("JOIN PhysicalDevice AS c"))
    );
}

pub(crate) fn an_attribute_of_ones_own_can_hold_ids() {
    let desk = with_attribute("cmdb_ref");
    let options = [(ATTRIBUTE, "cmdb_ref"), ("objects-value", "id")];
    let by_id = with(&desk, READER, &options);
    assert_eq!(by_id.ids("4"), [65, 69]);
    let mut objects = by_id.ticket("63").unwrap().objects;
    objects.sort();
    assert_eq!(objects, ["1001", "1002", "42"]);
    desk.add_ticket(NewTicket::of("srv:{7} O'Hara"));
    assert_eq!(
        by_id.ids("srv:{7} O'Hara").len(),
        1,
        "ids need not be numbers there"
    );
    // Else it holds the object's attribute of the same name.
    let by_attribute = with(&desk, READER, &[(ATTRIBUTE, "cmdb_ref")]);
    let found = by_attribute.ask_about(&with_value("cmdb_ref", "4"), Filter::All);
    assert_eq!(ids(&found.unwrap()), [65, 69]);
}

pub(crate) fn an_attribute_can_be_one_of_another_class() {
    let desk = desk();
    let client = with(&desk, READER, &[(ATTRIBUTE, "Server.name")]);
    assert!(client.check().unwrap().usable());
    assert_eq!(ids(&of_title(&client, "srv-o'brien").unwrap()), [9, 34, 53]);
    assert_eq!(of_title(&client, "pc-142").unwrap(), [], "a PC");
}

/// People and tickets have names, too, and iTop refuses to join them with the links of a ticket.
pub(crate) fn a_class_that_is_none_of_configuration_items_is_found_out_by_the_check() {
    let desk = desk();
    for attribute in ["Person.name", "Ticket.ref", "UserRequest.title"] {
        let client = with(&desk, READER, &[(ATTRIBUTE, attribute)]);
        let finding = client.finding();
        assert_eq!(finding.severity, Severity::Blocking, "{attribute}");
        assert_eq!(finding.key.as_deref(), Some(ATTRIBUTE));
        assert!(
            finding
                .message
                .contains("is no class of configuration items"),
            "{finding:?}"
        );
    }
}

pub(crate) fn an_unknown_attribute_is_found_out_by_the_check() {
    let bare = ITopDesk::start(ITopOptions {
        object_attribute: None,
        ..ITopOptions::default()
    });
    for (options, advice) in [
        (&[][..], "install the data-model extension for i-doit"),
        (&[(ATTRIBUTE, "inventory")], "no attribute \"inventory\""),
        (
            &[(ATTRIBUTE, "FunctionalCI.asset_number")],
            "no attribute \"asset_number\"",
        ),
        (
            &[(ATTRIBUTE, "Gibtsnicht.name")],
            "iTop has no class \"Gibtsnicht\"",
        ),
    ] {
        let client = with(&bare, READER, options);
        let finding = client.finding();
        assert_eq!(finding.severity, Severity::Blocking);
        assert_eq!(finding.key.as_deref(), Some(ATTRIBUTE));
        assert!(finding.message.contains(advice), "{finding:?}");
        assert!(client.check().unwrap().abilities.is_empty());
        // Whoever asks for tickets is told the same.
        let refused = client.ask_about(&with_value("inventory", "7"), Filter::All);
        assert!(matches!(
            refused.unwrap_err(),
            Error::InvalidSetting { key, .. } if key == ATTRIBUTE
        ));
    }
}

/// Somebody has taken the extension out: what was learned is stale, and a new check says so.
pub(crate) fn an_attribute_that_is_gone_since_the_check_is_found_out() {
    let (desk, client) = here();
    client.check().unwrap();
    let gone = "Error: Query failed to execute: query = SELECT FunctionalCI AS c WHERE c.idoit_id = \
                'geheim', exception_class = OqlNormalizeException";
    desk.add_fault(
        When::BodyContains("idoit_id".to_owned()),
        refusal(100, gone),
    );
    let refused = client.refusal("4");
    assert!(
        matches!(&refused, Error::InvalidSetting { key, .. } if key == ATTRIBUTE),
        "{refused}"
    );
    let shown = format!("{refused} {:?}", refused.detail());
    assert!(
        !shown.contains("SELECT") && !shown.contains("geheim"),
        "{shown}"
    );
    desk.set_fault(None);
    assert_eq!(client.ids("4"), [65, 69], "and back in");
}

pub(crate) fn what_cannot_be_an_attribute_is_never_sent() {
    let desk = desk();
    for attribute in [
        "a b",
        "name' OR 1=1",
        "a.b.c",
        ".name",
        "1x",
        "náme",
        "name,org_id",
    ] {
        let client = with(&desk, READER, &[(ATTRIBUTE, attribute)]);
        for refused in [client.check().unwrap_err(), client.refusal("4")] {
            assert!(
                matches!(&refused, Error::InvalidSetting { key, .. } if key == ATTRIBUTE),
                "{attribute}: {refused}"
            );
        }
    }
    assert!(desk.requests().is_empty());
}

/// It exists in all of iTop's devices, and here in none of them.
pub(crate) fn an_attribute_that_nobody_filled_is_a_warning() {
    let desk = desk();
    let client = with(&desk, READER, &[(ATTRIBUTE, "serialnumber")]);
    let finding = client.finding();
    assert_eq!(finding.severity, Severity::Warning);
    assert!(
        finding.message.contains("no configuration item"),
        "{finding:?}"
    );
}

/// The empty value would be that of all configuration items without one.
pub(crate) fn an_object_without_the_value_is_refused_and_not_searched() {
    let (desk, client) = by_name();
    client.check().unwrap();
    desk.clear();
    let mut objects = vec![Object::new("1")];
    objects.extend(["", " ", "\u{a0}"].map(titled));
    for object in objects {
        let refused = client.ask_about(&object, Filter::All).unwrap_err();
        assert!(matches!(refused, Error::InvalidInput(_)), "{refused}");
        assert!(refused.to_string().contains("title"), "{refused}");
    }
    assert!(desk.requests().is_empty());
}

pub(crate) fn twins_are_named_and_the_tickets_of_both_are_listed() {
    let desk = ITopDesk::start(ITopOptions {
        duplicated: Some("4".to_owned()),
        ..ITopOptions::default()
    });
    let reader = reader(&desk);
    let finding = reader.finding();
    assert_eq!(finding.severity, Severity::Warning);
    assert!(finding.message.contains("\"4\" (ids 60, "), "{finding:?}");
    let tickets = reader.tickets("4");
    assert_eq!(tickets.len(), 3);
    let again = tickets.iter().find(|one| one.subject.contains("second CI"));
    assert_eq!(again.unwrap().objects, ["4"], "each object once");
    // A new ticket is linked to the first, and says so.
    let draft = Draft::new(vec![Object::new("4")], "Twins").unwrap();
    let deviations = reader.create(&draft).unwrap().deviations;
    let [told] = deviations.as_slice() else {
        panic!("{deviations:?}")
    };
    assert_eq!(told.field, "objects");
    assert!(told.message.contains("the one with the id 60"), "{told:?}");
    let create = operations(&desk)
        .into_iter()
        .find(|all| all["operation"] == "core/create" && all["fields"]["title"] == "Twins");
    let linked = &create.unwrap()["fields"]["functionalcis_list"];
    assert_eq!(linked.as_array().unwrap().len(), 1);
    assert_eq!(linked[0]["functionalci_id"], 60);
}

pub(crate) fn names_that_occur_twice_are_named() {
    let (_desk, client) = by_name();
    let finding = client.finding();
    assert_eq!(finding.severity, Severity::Warning);
    assert!(
        finding.message.contains("\"srv-dup\" (ids 50, 51)"),
        "{finding:?}"
    );
    // In two organizations.
    let tickets = of_title(&client, "srv-dup").unwrap();
    assert!(ids(&tickets).contains(&16) && ids(&tickets).contains(&17));
}
