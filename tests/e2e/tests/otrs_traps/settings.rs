//! Settings that OTRS accepts without a word.

use crate::client::{desk, reader_with, with};
use sgi_e2e::{Ran, Sgi};
use sgi_host::{Error, Severity};
use sgi_test_desks::otrs::{Account, NO_RIGHTS, READER};

/// A search for a field that OTRS does not have brings every ticket.
pub(crate) fn an_unknown_dynamic_field_is_ignored_and_found_out(by: &str) {
    let desk = desk();
    let client = reader_with(&desk, by, &[("objects-field", "Objects")]);
    let finding = client.finding();
    assert_eq!(finding.severity, Severity::Blocking);
    assert_eq!(finding.key.as_deref(), Some("objects-field"));
    assert!(
        finding.message.contains("\"IDoitObjects\""),
        "what there is: {finding:?}"
    );
    let refused = client.refusal("1001");
    assert!(
        matches!(&refused, Error::InvalidSetting { key, .. } if key == "objects-field"),
        "{refused:?}"
    );
}

pub(crate) fn an_unknown_field_of_the_tenant_is_found_out(by: &str) {
    let desk = desk();
    let tenant = [("tenant-field", "Mandator"), ("tenant", "1")];
    let finding = reader_with(&desk, by, &tenant).finding();
    assert_eq!(finding.severity, Severity::Blocking);
    assert_eq!(finding.key.as_deref(), Some("tenant-field"));
    assert!(finding.message.contains("\"IDoitMandator\""), "{finding:?}");
    // Without a tenant its field is not needed.
    let client = reader_with(&desk, by, &[("tenant-field", "Mandator")]);
    assert_eq!(client.check().unwrap().findings, []);
}

/// OTRS searches for anything in any field.
pub(crate) fn a_field_that_can_never_match_is_found_out(by: &str) {
    let desk = desk();
    for (options, key) in [
        (&[("match", "equals")][..], "match"),
        (&[("objects-field", "CMDBObjectID")], "match"),
        (&[("objects-field", "CMDBDue")], "objects-field"),
    ] {
        let finding = reader_with(&desk, by, options).finding();
        assert_eq!(finding.severity, Severity::Warning);
        assert_eq!(finding.key.as_deref(), Some(key), "{finding:?}");
        assert!(
            finding.message.contains("no ticket will be found"),
            "{finding:?}"
        );
    }
    let fitting = [("objects-field", "CMDBObjectID"), ("match", "equals")];
    assert_eq!(
        reader_with(&desk, by, &fitting).check().unwrap().findings,
        []
    );
}

/// OTRS drops a search for it, as for one that it does not have.
pub(crate) fn a_name_that_no_field_can_have_is_refused() {
    let desk = desk();
    for name in [
        "IDoit Objects",
        "IDoit-Objects",
        "DynamicField_IDoitObjects",
        "Größe",
    ] {
        let client = reader_with(&desk, "rest", &[("objects-field", name)]);
        for error in [client.check().unwrap_err(), client.refusal("42")] {
            assert!(
                matches!(&error, Error::InvalidSetting { key, .. } if key == "objects-field"),
                "{error:?}"
            );
        }
    }
    assert!(desk.requests().is_empty());
}

pub(crate) fn an_account_without_rights_finds_nothing_and_is_found_out(by: &str) {
    let desk = desk();
    let client = with(&desk, NO_RIGHTS, &[("transport", by)]);
    let finding = client.finding();
    assert_eq!(finding.key.as_deref(), Some("username"));
    assert!(finding.message.contains("sees no ticket"), "{finding:?}");
    assert!(client.check().unwrap().abilities.is_empty());
    assert!(client.tickets("1001").is_empty());
}

fn sgi(url: &str, (username, password): Account, options: &str) -> Sgi {
    Sgi::with_config(&format!(
        "[desks.service]\ntype = \"otrs\"\nurl = {url:?}\nusername = {username:?}\npassword = \
         {password:?}\n[desks.service.options]\n{options}\n"
    ))
}

pub(crate) fn the_program_says_what_is_wrong_and_shows_nobodys_tickets() {
    let desk = desk();
    let url = desk.url();
    let stock = "transport = \"rest\"\nrest-service = \"GenericTicketConnectorREST\"";
    let nope = "transport = \"rest\"\nrest-service = \"Nope\"";
    let wrong = ("cmdb", "wrong-password-1");
    let nowhere = format!("{url}/nowhere");
    let cases = [
        (sgi(&url, wrong, ""), 4, "does not accept the user name"),
        (
            sgi(&nowhere, READER, ""),
            3,
            "is not the address of an OTRS",
        ),
        (
            sgi(&url, READER, "objects-field = \"Objects\""),
            3,
            "no valid dynamic field",
        ),
        (
            sgi(&url, READER, stock),
            3,
            "no route \"POST /TicketSearch\"",
        ),
        (sgi(&url, READER, nope), 3, "closes the connection"),
    ];
    for (sgi, status, message) in cases {
        for command in [&["tickets", "1001"][..], &["check"][..]] {
            let ran: Ran = sgi.run(command);
            assert_eq!(ran.status, status, "{message}: {ran:?}");
            let said = format!("{}{}", ran.out, ran.err);
            assert!(said.contains(message), "{ran:?}");
            assert!(!said.contains("AgentTicketZoom"), "{ran:?}");
            assert!(
                !said.contains(wrong.1) && !said.contains(READER.1),
                "{ran:?}"
            );
        }
    }
}
