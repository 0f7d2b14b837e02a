//! What an administrator changes in RT while its fields and queues are known already.

use crate::client::{Client, reader, with};
use sgi_host::{Error, Object, Severity};
use sgi_test_desks::rt::{NewTicket, READER};
use sgi_test_desks::{RtDesk, RtOptions};
use std::thread;
use std::time::Duration;

const FIELD: &str = "i-doit objects";
/// The field of the seed.
const SEEDED: u64 = 2;

/// A desk that was checked a while ago, as far as it matters.
fn known() -> (RtDesk, Client) {
    let desk = RtDesk::start(RtOptions::default());
    let client = reader(&desk.url());
    assert_eq!(client.ids("1001"), [1, 2, 11, 36]);
    thread::sleep(Duration::from_millis(2100));
    (desk, client)
}

/// The old field shows another name: what was learned is wrong, and nobody has to say so.
pub(crate) fn a_field_that_was_exchanged_is_found_out_by_the_next_list() {
    let (desk, client) = known();
    desk.rename_field(SEEDED, "i-doit objects alt");
    let new = desk.add_field(FIELD, &["General", "Incidents", "Hardware"]);
    desk.set_values(6, new, &["1001", "4711"]);
    desk.clear();
    assert_eq!(client.ids("1001"), [6]);
    assert_eq!(client.ids("4711"), [6]);
    assert_eq!(client.ids("4"), [0; 0], "only in the old field");
    let searches = desk.requests();
    let of_old = |seen: &&sgi_test_desks::Seen| seen.target.contains("CF.%7B2%7D");
    assert_eq!(searches.iter().filter(of_old).count(), 1);
}

pub(crate) fn a_field_that_was_exchanged_is_found_out_by_a_single_ticket() {
    let (desk, client) = known();
    desk.rename_field(SEEDED, "i-doit objects alt");
    desk.add_field(FIELD, &["Hardware"]);
    let ticket = client.ticket("2").unwrap();
    assert_eq!(ticket.objects, [""; 0]);
    assert_eq!(ticket.fields[0].name, "i-doit objects alt");
}

pub(crate) fn a_field_that_was_only_renamed_is_missed() {
    let (desk, client) = known();
    desk.rename_field(SEEDED, "i-doit object");
    let refused = client.refusal("1001");
    assert!(
        matches!(&refused, Error::InvalidSetting { key, .. } if key == "objects-field"),
        "{refused}"
    );
    assert!(
        refused
            .to_string()
            .contains(r#"did you mean "i-doit object"?"#),
        "{refused}"
    );
}

pub(crate) fn a_field_goes_by_its_name_in_any_case_or_by_its_id(url: &str) {
    for meant in ["I-DOIT OBJECTS", "i-Doit objects", "2"] {
        let client = with(url, READER, &[("objects-field", meant)]);
        assert_eq!(client.check().unwrap().findings, [], "{meant}");
        assert_eq!(client.ids("42"), [2, 3], "{meant}");
    }
    for typo in ["i-doit object", "idoit-objects"] {
        let finding = with(url, READER, &[("objects-field", typo)]).finding();
        let said = &finding.message;
        assert!(said.contains(r#"did you mean "i-doit objects"?"#), "{said}");
    }
}

/// RT finds it by a value that it does not show: the ticket references the object all the same.
pub(crate) fn a_ticket_in_a_queue_without_the_field_is_found_and_not_said_to_be_impossible() {
    let desk = RtDesk::start(RtOptions::default());
    desk.add_queue("Personal");
    desk.move_ticket(6, "Personal");
    let client = reader(&desk.url());
    let finding = client.finding();
    assert_eq!(finding.severity, Severity::Warning);
    let said = &finding.message;
    assert!(
        said.contains("do not show which objects") && said.contains("Personal"),
        "{said}"
    );
    assert!(!said.contains("cannot reference"), "{said}");
    assert_eq!(client.tickets("4")[0].objects, ["4"]);
    assert_eq!(client.ticket("6").unwrap().objects, [""; 0]);
    let forms = client.forms(&Object::new("4"));
    let personal = forms.iter().find(|form| form.label == "Personal").unwrap();
    assert!(
        personal.note.as_ref().unwrap().contains("does not show"),
        "{personal:?}"
    );
}

/// A queue that the account does not see may have a field of its own.
pub(crate) fn a_field_out_of_sight_goes_by_its_name() {
    let (desk, client) = known();
    desk.add_queue("Geheim");
    let own = desk.add_field(FIELD, &["Geheim"]);
    desk.hide_queue("Geheim");
    let ticket = desk.add_ticket(NewTicket {
        queue: "Geheim".to_owned(),
        ..NewTicket::of("8080")
    });
    desk.set_values(ticket, own, &["8081"]);
    desk.clear();
    let found = client.tickets("8080");
    assert_eq!(found[0].objects, ["8081", "8080"]);
    assert_eq!(
        desk.requests().len(),
        1,
        "no check for what another would not tell"
    );
}

pub(crate) fn a_queue_that_only_its_tickets_show_is_told(url_of_sound: &str) {
    assert_eq!(reader(url_of_sound).check().unwrap().findings, []);
    let desk = RtDesk::start(RtOptions::default());
    desk.hide_queue("Hardware");
    let finding = reader(&desk.url()).finding();
    assert_eq!(finding.key.as_deref(), Some("username"));
    let said = &finding.message;
    assert!(
        said.contains("by number \"4\"") && said.contains("SeeQueue"),
        "{said}"
    );
}

pub(crate) fn more_queues_than_are_looked_at_are_told() {
    let desk = RtDesk::start(RtOptions::default());
    for number in 0..500 {
        desk.add_queue(&format!("AA {number:03}"));
    }
    let client = with(&desk.url(), READER, &[("queues", "Incidents, Hardware")]);
    let findings = client.check().unwrap().findings;
    let told = |part: &str| {
        findings
            .iter()
            .any(|finding| finding.message.contains(part))
    };
    assert!(told("more than 500 queues"), "{findings:?}");
    assert!(
        told("and 488 more"),
        "a sentence is not a list: {findings:?}"
    );
    assert_eq!(
        client.ids("4"),
        [6],
        "what the settings name is looked at first"
    );
    assert_eq!(client.forms(&Object::new("4")).len(), 2);
}

pub(crate) fn long_names_of_many_queues_are_left_out_and_told() {
    let desk = RtDesk::start(RtOptions::default());
    for number in 0..400 {
        desk.add_queue(&format!("{number:03}{}", "x".repeat(196)));
    }
    let client = reader(&desk.url());
    let report = client.check().unwrap();
    assert!(report.usable());
    let told = |finding: &sgi_host::Finding| finding.message.contains("so long names");
    assert!(report.findings.iter().any(told), "{:?}", report.findings);
    assert_eq!(client.ids("4"), [6]);
    assert!(client.forms(&Object::new("4")).len() > 200);
}
