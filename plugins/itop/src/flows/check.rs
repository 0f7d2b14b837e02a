//! What a check finds.

use super::{known, settings};
use crate::check;
use crate::testing::message;
use sgi_guest::connector::Severity;
use sgi_guest::types::Error;
use sgi_test_desks::itop::{CONFIGURATION, NO_RIGHTS, PORTAL, READER, READER_TOKEN, WITHOUT_REST};
use sgi_test_desks::{ITopDesk, ITopOptions};

#[test]
fn an_attribute_that_is_missing_blocks_and_says_what_to_do() {
    let itop = known(
        ITopOptions {
            object_attribute: None,
            ..ITopOptions::default()
        },
        &[],
    );
    let finding = &itop.report.findings[0];
    assert_eq!(finding.severity, Severity::Blocking);
    assert!(
        finding
            .problem
            .message
            .contains("install the data-model extension for i-doit")
    );
    assert!(itop.report.abilities.is_empty());
}

#[test]
fn accounts_are_told_what_they_lack() {
    let desk = ITopDesk::start(ITopOptions::default());
    let check =
        |account, options: &[(&str, &str)]| check::check(&settings(&desk, account, options));
    let error = |account| check(account, &[]).map(|_| ()).unwrap_err();
    assert!(matches!(error(("cmdb", "nein")), Error::BadCredentials(_)));
    assert!(message(&error(WITHOUT_REST)).contains("REST Services User"));
    assert!(message(&error(PORTAL)).contains("portal user"));
    let report = check(NO_RIGHTS, &[]).unwrap_or_else(|_| panic!("a report"));
    assert!(
        report.findings[0]
            .problem
            .message
            .contains("may not read objects of the class Ticket")
    );
    let report = check(CONFIGURATION, &[]).unwrap_or_else(|_| panic!("a report"));
    assert_eq!(report.abilities, ["read-tickets"]);
    assert!(check(("cmdb", READER_TOKEN), &[("credential", "token")]).is_ok());
}

#[test]
fn another_time_zone_shows_in_dates_from_the_future() {
    let zones = [
        ("Europe/Berlin", "UTC", true),
        ("Europe/Berlin", "Europe/Berlin", false),
        ("Europe/Berlin", "America/New_York", true),
        // A zone too far east cannot be seen: all is in the past.
        ("-05:00", "UTC", false),
    ];
    for (itop, configured, seen) in zones {
        let desk = ITopDesk::start(ITopOptions {
            time_zone: itop.to_owned(),
            duplicated: Some("1001".to_owned()),
            ..ITopOptions::default()
        });
        let settings = settings(&desk, READER, &[("time-zone", configured)]);
        let report = check::check(&settings).unwrap_or_else(|error| panic!("{}", message(&error)));
        let warned = report.findings.iter().any(|finding| {
            let text = &finding.problem.message;
            text.contains("changed in the future")
        });
        assert_eq!(warned, seen, "{itop} {configured}");
    }
}
