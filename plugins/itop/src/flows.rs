//! Whole calls against the test desk: what is asked, and what comes of it.

use crate::knowledge::Knowledge;
use crate::testing::message;
use crate::{check, create, links, list};
use sgi_guest::authoring::Draft;
use sgi_guest::connector::{Report, Severity};
use sgi_guest::tickets::{Filter, Page, Query};
use sgi_guest::types::{Error, Object, StatusClass, Ticket};
use sgi_guest::{DeskSettings, OptionValue, Settings};
use sgi_test_desks::itop::{
    Account, CONFIGURATION, NO_RIGHTS, PORTAL, READER, READER_TOKEN, WITHOUT_REST,
};
use sgi_test_desks::{Fault, ITopDesk, ITopOptions, When};

fn settings(desk: &ITopDesk, account: Account, options: &[(&str, &str)]) -> Settings {
    Settings::given(DeskSettings {
        url: desk.url(),
        link_url: "https://people.example.org/itop".to_owned(),
        username: account.0.to_owned(),
        password: account.1.to_owned(),
        options: options
            .iter()
            .chain(&[("time-zone", "Europe/Berlin")])
            .map(|(key, value)| OptionValue {
                key: (*key).to_owned(),
                values: vec![(*value).to_owned()],
            })
            .collect(),
        learned: None,
    })
}

/// A desk that was looked over.
struct Known {
    desk: ITopDesk,
    settings: Settings,
    report: Report,
    knowledge: Knowledge,
}

fn known(desk: ITopOptions, options: &[(&str, &str)]) -> Known {
    let desk = ITopDesk::start(desk);
    let settings = settings(&desk, READER, options);
    let report = check::check(&settings).unwrap_or_else(|error| panic!("{}", message(&error)));
    let knowledge = serde_json::from_slice(&report.learned).expect("knowledge");
    desk.clear();
    Known {
        desk,
        settings,
        report,
        knowledge,
    }
}

fn object(id: &str, title: Option<&str>) -> Object {
    Object {
        id: id.to_owned(),
        title: title.map(str::to_owned),
        url: Some(format!("https://cmdb.example.org/?objID={id}")),
        kind: None,
        attributes: Vec::new(),
    }
}

impl Known {
    fn page(&self, object: Object, filter: Filter, next: Option<String>, limit: u32) -> Page {
        let query = Query {
            object,
            filter,
            next,
            limit,
        };
        list::page(&self.settings, &self.knowledge, &query)
            .unwrap_or_else(|error| panic!("{}", message(&error)))
    }

    fn all(&self, id: &str, title: Option<&str>) -> Vec<Ticket> {
        self.page(object(id, title), Filter::All, None, 100).tickets
    }

    fn messages(&self) -> Vec<&str> {
        let findings = self.report.findings.iter();
        findings
            .map(|finding| finding.problem.message.as_str())
            .collect()
    }
}

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
fn one_ticket_is_the_same_as_in_a_list() {
    let itop = known(ITopOptions::default(), &[]);
    let listed = itop.all("1001", None).pop().expect("a ticket");
    itop.desk.clear();
    let id = listed.id.parse().expect("a number");
    let mut one =
        list::get(&itop.settings, &itop.knowledge, id).unwrap_or_else(|_| panic!("a ticket"));
    assert!(itop.desk.requests().len() <= 3);
    let mut objects = listed.objects.clone();
    objects.sort();
    one.objects.sort();
    assert_eq!(
        (one.status, one.number, one.url, one.objects),
        (listed.status, listed.number, listed.url, objects)
    );
    let gone = list::get(&itop.settings, &itop.knowledge, 999_999);
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

const MARKER: &str = "0123456789abcdef0123";

fn draft(objects: &[&str]) -> Draft {
    Draft {
        objects: objects.iter().map(|id| object(id, None)).collect(),
        queue: None,
        class: None,
        subject: "Vom CMDB-Objekt „srv-db-01“ 🖨️ <i>x</i>".to_owned(),
        text: "Zeile 1\nZeile 2 <b>fett</b> & äöü 😀\n\nZeile 3".to_owned(),
        requestor: Some("Pablo Picasso".to_owned()),
        priority: Some("2 high".to_owned()),
        marker: MARKER.to_owned(),
    }
}

#[test]
fn a_ticket_is_created_read_back_and_found_again() {
    let itop = known(ITopOptions::default(), &[]);
    let none = create::find(&itop.settings, &itop.knowledge, &draft(&["1001"]));
    assert!(none.unwrap_or_else(|_| panic!("an answer")).is_none());
    let draft = draft(&["1001", "1002"]);
    let made = create::create(&itop.settings, &itop.knowledge, &draft)
        .unwrap_or_else(|error| panic!("{}", message(&error)));
    let deviations: Vec<_> = made
        .deviations
        .iter()
        .map(|deviation| &deviation.field)
        .collect();
    assert!(deviations.is_empty(), "{deviations:?}");
    assert_eq!(made.ticket.class.as_deref(), Some("UserRequest"));
    assert_eq!(made.ticket.subject, draft.subject);
    assert_eq!(made.ticket.requestors, ["Pablo Picasso"]);
    let mut objects = made.ticket.objects.clone();
    objects.sort();
    assert_eq!(objects, ["1001", "1002"]);
    let found = create::find(&itop.settings, &itop.knowledge, &draft)
        .unwrap_or_else(|_| panic!("an answer"));
    assert_eq!(found.expect("the ticket").ticket.id, made.ticket.id);
    assert!(
        itop.all("1001", None)
            .iter()
            .any(|ticket| ticket.id == made.ticket.id)
    );
}

#[test]
fn a_draft_that_itop_cannot_hold_is_refused_before_anything_is_sent() {
    let itop = known(ITopOptions::default(), &[]);
    let refused = |spoil: &dyn Fn(&mut Draft)| {
        let mut draft = draft(&["1001"]);
        spoil(&mut draft);
        let error = create::create(&itop.settings, &itop.knowledge, &draft)
            .map(|_| ())
            .unwrap_err();
        assert!(
            matches!(error, Error::InvalidInput(_)),
            "{}",
            message(&error)
        );
        message(&error).to_owned()
    };
    let unknown = refused(&|draft| draft.objects = vec![object("99999", None)]);
    assert!(unknown.contains("no configuration item whose \"idoit_id\" is \"99999\""));
    assert!(refused(&|draft| draft.requestor = Some("Niemand".to_owned())).contains("no person"));
    assert!(refused(&|draft| draft.queue = Some("Nirgends".to_owned())).contains("0 teams"));
    assert!(
        refused(&|draft| draft.class = Some("Change".to_owned())).contains("it has UserRequest")
    );
    assert!(refused(&|draft| draft.priority = Some("sofort".to_owned())).contains("1 critical"));
    refused(&|draft| draft.subject = "x".repeat(256));
    let none = create::find(&itop.settings, &itop.knowledge, &draft(&["1001"]));
    assert!(none.unwrap_or_else(|_| panic!("an answer")).is_none());
}

#[test]
fn a_ticket_that_was_created_without_an_answer_is_found() {
    let itop = known(ITopOptions::default(), &[]);
    let draft = draft(&["1001"]);
    // After the configuration item and the person.
    itop.desk.add_fault(When::Nth(3), Fault::TruncatedBody);
    let lost = create::create(&itop.settings, &itop.knowledge, &draft)
        .map(|_| ())
        .unwrap_err();
    assert!(matches!(lost, Error::Protocol(_)));
    let found = create::find(&itop.settings, &itop.knowledge, &draft)
        .unwrap_or_else(|_| panic!("an answer"));
    assert!(found.is_some());
}
