//! iTop's tickets, as the contract has them.

use crate::links;
use crate::manifest::key;
use crate::model;
use crate::reply::{Ci, Entry};
use sgi_guest::time::Zone;
use sgi_guest::types::{Error, Field, Instant, Ticket};
use sgi_guest::{Settings, fail, text};

/// The zone of iTop's dates; UTC where the settings do not say.
pub(crate) fn zone(settings: &Settings) -> Result<Zone, Error> {
    let Some(name) = settings.text(key::TIME_ZONE) else {
        return Ok(Zone::UTC);
    };
    Zone::named(name).ok_or_else(|| {
        fail::invalid_setting(
            key::TIME_ZONE,
            format!("there is no time zone {}", text::quote(name)),
        )
    })
}

/// The number that is a ticket's id.
pub(crate) fn number(id: &str) -> Result<u64, Error> {
    id.parse()
        .ok()
        .filter(|number| *number > 0 && id.bytes().all(|b| b.is_ascii_digit()))
        .ok_or_else(|| {
            fail::invalid_input(format!(
                "iTop's tickets have a number as their id, and {} is not one (a reference such as \
                 R-000017 is not the id)",
                text::quote(id)
            ))
        })
}

/// A ticket from what iTop sent of it. `cis` are the configuration items that it is about.
pub(crate) fn ticket(
    settings: &Settings,
    zone: &Zone,
    entry: &Entry,
    cis: &[Ci],
    objects: Vec<String>,
) -> Ticket {
    let id = entry.key.to_string();
    let owned = |name: &str| entry.text(name).map(str::to_owned);
    let date = |name: &str| instant(zone, entry.text(name)?);
    let status = entry.text("status");
    let operational = entry.text("operational_status");
    let change = model::family(&entry.class).is_some_and(|family| family.class == "Change");
    // The start of a change is planned and may be empty; all others start when they are made.
    let (created, due) = if change {
        (date("creation_date"), date("end_date"))
    } else {
        let deadline = date("ttr_escalation_deadline").or_else(|| date("end_date"));
        (date("start_date"), deadline)
    };
    Ticket {
        number: owned("ref").unwrap_or_else(|| id.clone()),
        subject: entry.exact("title").unwrap_or_default().to_owned(),
        status: status.or(operational).unwrap_or_default().to_owned(),
        status_class: model::status_class(status, operational),
        class: Some(entry.class.clone()),
        queue: owned("team_name"),
        priority: entry.shown("priority").as_deref().map(model::level),
        owner: owned("agent_id_friendlyname"),
        requestors: owned("caller_id_friendlyname").into_iter().collect(),
        created,
        updated: date("last_update"),
        starts: date("start_date"),
        due,
        resolved: date("resolution_date").or_else(|| date("close_date")),
        url: links::show(settings, &entry.class, &id),
        objects,
        fields: fields(entry, cis),
        id,
    }
}

/// A date in iTop's zone; none for the zeros that MySQL has for "unset".
fn instant(zone: &Zone, text: &str) -> Option<Instant> {
    zone.instant(text)
}

/// The rest, by the names that iTop's English pages have.
fn fields(entry: &Entry, cis: &[Ci]) -> Vec<Field> {
    let shown = |name| entry.shown(name);
    let mut names: Vec<String> = Vec::new();
    for ci in cis {
        if !names.contains(&ci.name) && !ci.name.trim().is_empty() {
            names.push(ci.name.clone());
        }
    }
    let one = |value: Option<String>| value.into_iter().collect();
    [
        ("Organization", one(shown("org_name"))),
        ("CIs", names),
        ("Impact", one(shown("impact").as_deref().map(model::impact))),
        (
            "Urgency",
            one(shown("urgency").as_deref().map(model::level)),
        ),
        ("Service", one(shown("service_name"))),
        ("Service subcategory", one(shown("servicesubcategory_name"))),
        ("Category", one(shown("category"))),
        ("Outage", one(shown("outage"))),
        ("Resolution code", one(shown("resolution_code"))),
    ]
    .into_iter()
    .filter(|(_, values): &(_, Vec<String>)| !values.is_empty())
    .map(|(name, values)| Field {
        name: name.to_owned(),
        values,
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::settings;
    use serde_json::json;
    use sgi_guest::time::rfc3339;
    use sgi_guest::types::StatusClass;

    fn read(class: &str, key: u64, fields: &serde_json::Value) -> Ticket {
        let settings = settings(&[("time-zone", "Europe/Berlin")]);
        let zone = zone(&settings).expect("a zone");
        let cis = [Ci {
            id: 46,
            name: "pc-005".to_owned(),
        }];
        ticket(
            &settings,
            &zone,
            &Entry::of(class, key, fields),
            &cis,
            vec!["7".to_owned()],
        )
    }

    #[test]
    fn a_request_as_it_was_recorded() {
        let ticket = read(
            "UserRequest",
            37,
            &json!({"operational_status":"resolved","ref":"R-000037","org_name":"Demo","caller_id_friendlyname":"Claude Monet","team_name":"Network support","agent_id_friendlyname":"Frida Kahlo","title":"<b>Drucker</b> & Co","start_date":"2026-11-23 22:09:16","end_date":"","last_update":"2026-11-23 22:09:16","close_date":"","status":"resolved","impact":"1","priority":"1","urgency":"1","service_name":"Computers and peripherals","servicesubcategory_name":"New peripheral","resolution_date":"2026-07-23 22:09:16","ttr_escalation_deadline":"","resolution_code":"other"}),
        );
        assert_eq!(
            (ticket.id.as_str(), ticket.number.as_str()),
            ("37", "R-000037")
        );
        assert_eq!(ticket.subject, "<b>Drucker</b> & Co");
        assert_eq!(ticket.status_class, StatusClass::Resolved);
        assert_eq!(ticket.class.as_deref(), Some("UserRequest"));
        assert_eq!(ticket.queue.as_deref(), Some("Network support"));
        assert_eq!(ticket.priority.as_deref(), Some("1 critical"));
        assert_eq!(ticket.owner.as_deref(), Some("Frida Kahlo"));
        assert_eq!(ticket.requestors, ["Claude Monet"]);
        assert_eq!(ticket.created, rfc3339("2026-11-23T21:09:16Z"));
        assert_eq!(ticket.resolved, rfc3339("2026-07-23T20:09:16Z"));
        assert_eq!(ticket.due, None);
        assert_eq!(
            ticket.url,
            "https://itop.example.org/itop/pages/UI.php?operation=details&class=UserRequest&id=37"
        );
        let fields: Vec<_> = ticket
            .fields
            .iter()
            .map(|field| (field.name.as_str(), field.values.join("|")))
            .collect();
        assert_eq!(fields[0], ("Organization", "Demo".to_owned()));
        assert_eq!(fields[1], ("CIs", "pc-005".to_owned()));
        assert_eq!(fields[2], ("Impact", "1 department".to_owned()));
    }

    #[test]
    fn a_change_is_planned() {
        let ticket = read(
            "RoutineChange",
            51,
            &json!({"operational_status":"ongoing","ref":"C-000051","org_name":"Demo","caller_id_friendlyname":"Pablo Picasso","team_name":"","agent_id_friendlyname":" ","title":"Change","start_date":"2026-12-01 20:00:00","end_date":"2026-12-01 22:00:00","last_update":"2026-11-23 22:09:19","close_date":"","status":"plannedscheduled","creation_date":"2026-11-01 08:00:00","outage":"no"}),
        );
        assert_eq!(ticket.status_class, StatusClass::Open);
        assert_eq!(ticket.status, "plannedscheduled");
        assert_eq!(
            (ticket.owner, ticket.queue, ticket.priority),
            (None, None, None)
        );
        assert_eq!(ticket.created, rfc3339("2026-11-01T07:00:00Z"));
        assert_eq!(ticket.starts, rfc3339("2026-12-01T19:00:00Z"));
        assert_eq!(ticket.due, rfc3339("2026-12-01T21:00:00Z"));
    }

    #[test]
    fn a_ticket_of_an_unknown_class_has_the_coarse_status() {
        let ticket = read(
            "MyTicket",
            9,
            &json!({"operational_status":"ongoing","title":""}),
        );
        assert_eq!(
            (ticket.status.as_str(), ticket.status_class),
            ("ongoing", StatusClass::Open)
        );
        assert_eq!((ticket.number.as_str(), ticket.subject.as_str()), ("9", ""));
    }

    #[test]
    fn dates_that_are_none_are_none() {
        let zone = Zone::UTC;
        for text in ["0000-00-00 00:00:00", "gestern", ""] {
            assert_eq!(instant(&zone, text), None);
        }
        assert!(zone_fails());
    }

    fn zone_fails() -> bool {
        matches!(
            zone(&settings(&[("time-zone", "Mitteleuropa")])),
            Err(Error::InvalidSetting(_))
        )
    }

    #[test]
    fn an_id_is_a_number() {
        assert!(number("17").is_ok());
        for id in [
            "",
            "0",
            "R-000017",
            "+1",
            "1 ",
            "1'",
            "99999999999999999999999",
        ] {
            assert!(matches!(number(id), Err(Error::InvalidInput(_))), "{id:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_values_make_it_panic(class: String, key: u64, values: Vec<String>) {
            let names = model::COMMON.iter().chain(model::FAMILIES.iter().flat_map(|family| family.fields));
            let fields: serde_json::Map<_, _> = names
                .zip(values.iter().cycle())
                .map(|(name, value)| ((*name).to_owned(), json!(value)))
                .collect();
            let _ = read(&class, key, &fields.into());
        }
    }
}
