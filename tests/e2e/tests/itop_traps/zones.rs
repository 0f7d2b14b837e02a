//! Dates: in iTop's zone, which it tells nowhere.

use crate::client::{Client, answer, desk, given, here, queries, reader, with};
use sgi_host::{Error, Finding, Severity};
use sgi_test_desks::itop::{NewTicket, READER};
use sgi_test_desks::{ITopDesk, ITopOptions, When};

const ZONE: &str = "time-zone";

fn in_zone(zone: &str) -> ITopDesk {
    ITopDesk::start(ITopOptions {
        time_zone: zone.to_owned(),
        ..ITopOptions::default()
    })
}

/// When a ticket was created, of which the desk says that it happens now.
fn created(desk: &ITopDesk, client: &Client, now: &str) -> String {
    desk.set_time(now);
    let id = desk.add_ticket(NewTicket::of("142"));
    let ticket = client.ticket(&id.to_string()).unwrap();
    assert_eq!(ticket.created, ticket.updated);
    ticket.created.unwrap().to_string()
}

pub(crate) fn dates_are_in_itops_zone_in_winter_and_in_summer() {
    for zone in [
        "Europe/Berlin",
        "UTC",
        "America/New_York",
        "Pacific/Auckland",
    ] {
        let desk = in_zone(zone);
        let client = with(&desk, READER, &[(ZONE, zone)]);
        for now in [
            "2026-01-15T12:00:00Z",
            "2026-07-15T12:00:00Z",
            "2026-12-31T23:30:00Z",
            "2026-03-29T00:59:59Z",
            "2026-03-29T01:00:00Z",
        ] {
            assert_eq!(created(&desk, &client, now), now, "{zone}");
        }
    }
}

/// Nothing tells the second one from it. The hour that is left out in spring is never written.
pub(crate) fn the_hour_that_comes_twice_is_taken_for_the_first() {
    let (desk, client) = here();
    let (first, second) = ("2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z");
    assert_eq!(created(&desk, &client, first), first);
    assert_eq!(created(&desk, &client, second), first);
    assert_eq!(
        created(&desk, &client, "2026-10-25T02:30:00Z"),
        "2026-10-25T02:30:00Z"
    );
}

pub(crate) fn a_zone_need_not_be_whole_hours_from_utc() {
    for zone in [
        "Asia/Kolkata",
        "Asia/Kathmandu",
        "America/St_Johns",
        "Australia/Lord_Howe",
    ] {
        let desk = in_zone(zone);
        let client = with(&desk, READER, &[(ZONE, zone)]);
        let now = "2026-07-15T12:00:00Z";
        assert_eq!(created(&desk, &client, now), now, "{zone}");
    }
}

/// MySQL's zeros are none either, and what is no date.
pub(crate) fn a_date_that_is_not_set_is_empty_text() {
    let (desk, client) = here();
    let ticket = client.ticket("1").unwrap();
    assert_eq!((ticket.due, ticket.resolved), (None, None));
    for date in ["", "0000-00-00 00:00:00", "gestern", "2026-02-30 10:00:00"] {
        let one = format!(
            r#"{{"code":0,"message":"Found: 1","objects":{{"Incident::65":{{"code":0,"message":"","class":"Incident","key":"65","fields":{{"ref":"I-000065","title":"x","status":"new","operational_status":"ongoing","start_date":"{date}","last_update":"{date}","end_date":"{date}","resolution_date":"{date}"}}}}}}}}"#
        );
        desk.set_fault(None);
        desk.add_fault(When::BodyContains("t.id".to_owned()), answer(&one));
        let ticket = client.ticket("65").unwrap();
        let dates = [ticket.created, ticket.updated, ticket.due, ticket.resolved];
        assert_eq!(dates, [None; 4], "{date}");
    }
}

fn zone_finding(client: &Client) -> Finding {
    let finding = client.finding();
    assert_eq!(finding.severity, Severity::Warning);
    assert_eq!(finding.key.as_deref(), Some(ZONE));
    finding
}

pub(crate) fn without_a_zone_utc_is_assumed_and_said() {
    let desk = in_zone("UTC");
    let mut settings = given(&desk.url(), READER, &[]);
    settings.options.remove(ZONE);
    let client = Client::open(settings);
    let finding = zone_finding(&client);
    assert!(finding.message.contains("UTC is assumed"), "{finding:?}");
    let now = "2026-07-15T12:00:00Z";
    assert_eq!(created(&desk, &client, now), now);
}

/// iTop's clock says what is now, in the header `Date`.
pub(crate) fn dates_from_the_future_contradict_the_zone() {
    for (zone, configured, contradicted) in [
        ("Europe/Berlin", "UTC", true),
        ("Europe/Berlin", "America/New_York", true),
        ("Europe/Berlin", "Europe/Vienna", false),
        // Nothing shows it here: all is in the past.
        ("America/New_York", "UTC", false),
    ] {
        let desk = in_zone(zone);
        desk.set_time("2027-01-15T12:00:00Z");
        desk.add_ticket(NewTicket::of("142"));
        let client = with(&desk, READER, &[(ZONE, configured)]);
        let findings = client.check().unwrap().findings;
        assert_eq!(
            !findings.is_empty(),
            contradicted,
            "{zone} {configured}: {findings:?}"
        );
        if contradicted {
            let finding = zone_finding(&client);
            assert!(
                finding.message.contains("changed in the future"),
                "{finding:?}"
            );
        }
    }
}

/// Where the account may read them: their last run is minutes old, so the rest is the zone.
pub(crate) fn a_background_task_gives_the_zone_away() {
    for (run, zone, contradicted) in [
        ("2027-07-15 14:00:30", "Europe/Berlin", None),
        ("2027-07-15 14:00:30", "UTC", Some("2:00 h ahead of UTC")),
        ("2027-07-15 09:30:00", "UTC", Some("2:30 h behind of UTC")),
        // Newfoundland in winter.
        ("2027-07-15 08:30:00", "UTC", None),
        // Too old to say anything.
        ("2027-07-15 13:38:00", "Europe/Berlin", None),
        // As if it were fresh and iTop 1:45 h ahead of UTC, which no zone is.
        ("2027-07-15 13:44:00", "Europe/Berlin", None),
    ] {
        let desk = desk();
        desk.set_time("2027-07-15T12:01:00Z");
        let task = format!(
            r#"{{"code":0,"message":"Found: 1","objects":{{"BackgroundTask::1":{{"code":0,"message":"","class":"BackgroundTask","key":"1","fields":{{"latest_run_date":"{run}"}}}}}}}}"#
        );
        desk.add_fault(
            When::BodyContains("BackgroundTask".to_owned()),
            answer(&task),
        );
        let client = with(&desk, READER, &[(ZONE, zone)]);
        match contradicted {
            None => assert_eq!(client.check().unwrap().findings, [], "{run} {zone}"),
            Some(said) => {
                let finding = zone_finding(&client);
                assert!(finding.message.contains(said), "{finding:?}");
            }
        }
    }
}

/// A date that iTop cannot read matches all: what is found is looked at, too.
pub(crate) fn a_query_with_a_date_that_finds_all_is_no_proof() {
    let desk = desk();
    desk.set_time("2027-07-15T12:00:00Z");
    let all = r#"{"code":0,"message":"Found: 62","objects":{"Incident::2":{"code":0,"message":"","class":"Incident","key":"2","fields":{"last_update":"2026-11-23 22:09:05"}}}}"#;
    desk.add_fault(When::BodyContains("t.last_update".to_owned()), answer(all));
    let client = reader(&desk);
    assert_eq!(client.check().unwrap().findings, []);
    let queries = queries(&desk);
    let dates = queries.iter().filter(|query| query.contains("last_update"));
    let dates: Vec<&String> = dates.collect();
    assert_eq!(
        dates,
        ["SELECT Ticket AS t WHERE t.last_update > '2027-07-15 14:05:00'"]
    );
}

pub(crate) fn a_zone_that_does_not_exist_is_refused() {
    let desk = desk();
    for zone in ["Europe/Atlantis", "CEST+2", "+02:00'", "Berlin"] {
        let settings = given(&desk.url(), READER, &[(ZONE, zone)]);
        let refused = match Client::try_open(settings) {
            Err(refused) => refused,
            Ok(client) => client.check().unwrap_err(),
        };
        assert!(
            matches!(&refused, Error::InvalidSetting { key, .. } if key == ZONE),
            "{zone}: {refused}"
        );
    }
}
