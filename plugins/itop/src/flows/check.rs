//! What a check finds.

use super::{known, settings};
use crate::check;
use crate::testing::message;
use sgi_guest::connector::Severity;
use sgi_guest::types::Error;
use sgi_guest::{DeskSettings, Settings};
use sgi_test_desks::itop::{
    CONFIGURATION, Mode, NO_RIGHTS, PORTAL, READER, READER_TOKEN, WITHOUT_REST,
};
use sgi_test_desks::{Fault, ITopDesk, ITopOptions};

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

/// People and tickets have names, too, and no ticket is linked to them as to a configuration item.
#[test]
fn a_class_that_is_none_of_configuration_items_blocks() {
    for attribute in ["Person.name", "Ticket.ref", "UserRequest.title"] {
        let itop = known(ITopOptions::default(), &[("objects-attribute", attribute)]);
        let finding = &itop.report.findings[0];
        assert_eq!(finding.severity, Severity::Blocking, "{attribute}");
        assert_eq!(finding.key.as_deref(), Some("objects-attribute"));
        let told = &finding.problem.message;
        assert!(
            told.contains("is no class of configuration items"),
            "{told}"
        );
        assert!(itop.report.abilities.is_empty());
    }
    for attribute in [
        "Server.name",
        "FunctionalCI.name",
        "PhysicalDevice.asset_number",
    ] {
        let itop = known(ITopOptions::default(), &[("objects-attribute", attribute)]);
        assert!(!itop.report.abilities.is_empty(), "{attribute}");
    }
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

#[test]
fn what_each_class_has_is_learned() {
    let itop = known(ITopOptions::default(), &[]);
    let change = itop.knowledge.class("Change").expect("changes");
    let has = |name: &str| change.fields.iter().any(|field| field == name);
    assert!(has("status") && has("creation_date"));
    assert!(!has("category"), "an attribute of the simple module");
    assert!(itop.knowledge.subclassed_changes);
    assert_eq!(
        itop.knowledge.concrete(),
        [
            "UserRequest",
            "Incident",
            "Problem",
            "RoutineChange",
            "NormalChange",
            "EmergencyChange"
        ]
    );
}

#[test]
fn without_a_time_zone_utc_is_assumed_and_said() {
    let desk = ITopDesk::start(ITopOptions::default());
    let mut given = settings(&desk, READER, &[]);
    given = Settings::given(DeskSettings {
        url: given.url().to_owned(),
        link_url: given.link_url().to_owned(),
        username: given.username().to_owned(),
        password: given.password().to_owned(),
        options: Vec::new(),
        learned: None,
    });
    let report = check::check(&given).unwrap_or_else(|error| panic!("{}", message(&error)));
    let finding = report.findings.first().expect("a finding");
    assert_eq!(finding.key.as_deref(), Some("time-zone"));
    assert!(finding.problem.message.contains("UTC is assumed"));
}

#[test]
fn what_is_no_itop_is_a_wrong_address_and_a_broken_one_may_mend() {
    let desk = ITopDesk::start(ITopOptions::default());
    let settings = settings(&desk, READER, &[]);
    let failed = |fault| {
        desk.set_fault(Some(fault));
        check::check(&settings).map(|_| ()).unwrap_err()
    };
    let login = Fault::Redirect("https://sso.example.org/".to_owned());
    for fault in [Fault::Html, login] {
        let error = failed(fault);
        assert!(matches!(&error, Error::InvalidSetting(wrong) if wrong.key == "url"));
    }
    desk.set_fault(None);
    for mode in [Mode::Maintenance, Mode::DatabaseDown] {
        desk.set_mode(mode);
        let error = check::check(&settings).map(|_| ()).unwrap_err();
        assert!(matches!(error, Error::Unavailable(_)), "{mode:?}");
    }
    desk.set_mode(Mode::ReadOnly);
    let report = check::check(&settings).unwrap_or_else(|error| panic!("{}", message(&error)));
    assert_eq!(report.abilities, ["read-tickets"]);
}
