//! Looks an OTRS over: address, web service, credentials, dynamic fields, time zone, rights.

use crate::batch::none_readable;
use crate::changes;
use crate::channel::{Channel, Live, Names};
use crate::client::Client;
use crate::clock;
use crate::clock_check::{judge_time, measurements};
use crate::failure::{Failure, YAML, filter_ignored, problem};
use crate::knowledge::Knowledge;
use crate::lack::Lack;
use crate::manifest::USER_AGENT;
use crate::object::References;
use crate::options::key;
use crate::probe;
use crate::reply::RawTicket;
use crate::{trial, values};
use serde_json::{Map, Value};
use sgi_guest::connector::{Finding, Report, Severity};
use sgi_guest::types::{Error, Problem};
use sgi_guest::{Desk, Settings, fail, text};

/// So many of the oldest and of the newest tickets are looked at: both seasons, most likely.
const SAMPLE: u64 = 20;

pub(crate) fn check(settings: &Settings) -> Result<Report, Error> {
    let references = References::new(settings)?;
    clock::zone(settings)?;
    no_script(settings)?;
    let ways = probe::ways(settings).iter();
    for way in probe::ways(settings) {
        crate::one_tenant(*way, &references)?;
    }
    let channels = ways
        .map(|transport| Live::new(settings, *transport))
        .collect::<Result<Vec<_>, _>>()?;
    let way = probe::choose(&channels, &references, || is_alive(settings))?;
    let mut report = look_over(settings, &references, way.channel, way.heeds)?;
    if let Some((better, lack)) = way.passed {
        report
            .findings
            .extend(passed_over(better.names(), lack, way.channel.names()));
    }
    Ok(report)
}

/// OTRS finds its web services below an address that ends with a script, too; its pages are not there, and
/// no link would lead to one.
fn no_script(settings: &Settings) -> Result<(), Error> {
    for (key, address) in [("url", settings.url()), ("link_url", settings.link_url())] {
        let last = address.rsplit('/').next().unwrap_or_default();
        if last.ends_with(".pl") {
            return Err(fail::invalid_setting(
                key,
                format!(
                    "{address} is a script of OTRS: use the address without {last}, such as \
                     https://desk.example.org/otrs"
                ),
            ));
        }
    }
    Ok(())
}

/// What an administrator has to know where SOAP is taken because REST cannot be. Who wants SOAP says so
/// (option `transport`), and is told no more.
fn passed_over(rest: &Names, lack: Lack, soap: &Names) -> [Finding; 2] {
    let service = text::quote(&soap.service);
    [
        warning(
            rest.transport.key(),
            format!(
                "SOAP is used instead of REST, because {}: {}",
                lack.reason(rest),
                lack.remedy(rest)
            ),
        ),
        warning(
            soap.transport.key(),
            format!(
                "OTRS may have written the password of {:?} into a log in clear text, as the SOAP web \
                 service does that comes with it: in OTRS under Admin, Web Services, {service}, set the \
                 debug threshold to \"Error\" and clear the debugger; after that set the option \
                 \"transport\" to \"soap\" if SOAP shall stay",
                soap.account
            ),
        ),
    ]
}

/// Whether the page that people open answers: an OTRS without a certain web service closes the
/// connection, as a server that is down does.
fn is_alive(settings: &Settings) -> bool {
    let page = Desk::new(settings, USER_AGENT).get("/index.pl", &[]);
    page.is_ok_and(|page| page.status() < 500 && page.status() != 404)
}

pub(crate) fn look_over(
    settings: &Settings,
    references: &References<'_>,
    channel: &dyn Channel,
    filters: bool,
) -> Result<Report, Error> {
    let client = Client::new(channel);
    let explain = |failure: Failure| client.explain(failure);
    let names = client.names();
    let mut findings = Vec::new();
    let (found, sample) = sample(&client).map_err(explain)?;
    let known = field_names(&sample);
    findings.extend(values::never_match(&sample, references));
    if !names.transport.searches_fields() {
        findings.extend(stock(references, &known, names));
    } else if !filters {
        findings.push(ignored(&client, references, &known));
    } else if !probe::heeds_tenant(&client, references).map_err(explain)? {
        findings.push(tenant_ignored(references, &known));
    }
    if sample.is_empty() && found > 0 {
        let problem = problem(none_readable(found));
        findings.push(warning("username", problem.message));
    } else if sample.is_empty() {
        findings.push(warning(
            "username",
            format!(
                "the OTRS account {:?} sees no ticket at all: give it the permission \"ro\" on the \
                 queues whose tickets the CMDB shall show, or wait for the first ticket",
                names.account
            ),
        ));
    }
    let measured = measurements(&sample, client.now());
    findings.extend(judge_time(settings, &measured)?);
    let mut abilities = Vec::new();
    let blocked = findings.iter().any(|f| f.severity == Severity::Blocking);
    if !blocked && !sample.is_empty() {
        abilities.push("read-tickets".to_owned());
    }
    match trial::may_create(&client, settings, references) {
        None => {}
        Some(Ok(())) => abilities.push("create-tickets".to_owned()),
        Some(Err(finding)) => findings.push(finding),
    }
    // An account without tickets cannot try: what is there will show.
    let (mut history, mut polls) = (true, true);
    if let Some(ticket) = sample.first() {
        history = changes::tells_histories(&client, ticket.id.0).map_err(explain)?;
        polls = changes::heeds_changes(&client).map_err(explain)?;
        if history && polls && !blocked {
            abilities.push("read-history".to_owned());
        }
    }
    let newest = measured.iter().max_by_key(|measured| measured.created);
    let knowledge = Knowledge {
        at: client.now(),
        transport: names.transport,
        filters: filters && names.transport.searches_fields(),
        offset: newest.map(|measured| measured.offset),
        history,
        polls,
    };
    Ok(Report {
        product: "OTRS family".to_owned(),
        // No web service tells it.
        version: format!(
            "of unknown version, by {} (web service {})",
            names.transport.name(),
            names.service
        ),
        abilities,
        findings,
        learned: knowledge.to_bytes()?,
    })
}

pub(crate) fn warning(key: &str, message: String) -> Finding {
    Finding {
        severity: Severity::Warning,
        key: Some(key.to_owned()),
        problem: fail::problem(message),
    }
}

fn blocking(key: &str, message: String, detail: Option<String>) -> Finding {
    Finding {
        severity: Severity::Blocking,
        key: Some(key.to_owned()),
        problem: Problem { message, detail },
    }
}

/// Some of the oldest and some of the newest tickets that the account may see, and how many were found.
fn sample(client: &Client<'_>) -> Result<(usize, Vec<RawTicket>), Failure> {
    let mut ids = Vec::new();
    for order in ["Up", "Down"] {
        let mut search = Map::new();
        search.insert("SortBy".to_owned(), Value::from("Age"));
        search.insert("OrderBy".to_owned(), Value::from(order));
        ids.extend(client.search_some(search, SAMPLE)?);
    }
    ids.sort_unstable();
    ids.dedup();
    Ok((ids.len(), client.tickets(&ids, false)?))
}

/// OTRS names every valid dynamic field with every ticket.
fn field_names(sample: &[RawTicket]) -> Vec<&str> {
    let fields = sample.iter().flat_map(|ticket| &ticket.fields.0);
    let mut names: Vec<&str> = fields.filter_map(|field| field.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// What an administrator has to know who wants the stock REST web service.
fn stock(references: &References<'_>, known: &[&str], names: &Names) -> Vec<Finding> {
    let service = text::quote(&names.service);
    let mut findings = vec![
        warning(
            key::TRANSPORT,
            format!(
                "the stock REST web service takes sessions in the address alone, so the log of OTRS's web \
                 server holds those of {:?}, and whoever reads it can act as that account until they \
                 expire: close the log to others, or import {YAML} in OTRS and set the option \
                 \"transport\" to \"rest\"",
                names.account
            ),
        ),
        warning(
            key::STOCK_SERVICE,
            format!(
                "the password of {:?} is sent in a body and is in no log of the web server, but the web \
                 service's own debugger may hold it in clear text, as it comes: in OTRS under Admin, Web \
                 Services, {service}, set the debug threshold to \"Error\" and clear the debugger",
                names.account
            ),
        ),
        warning(
            key::TRANSPORT,
            "the stock REST web service cannot search for an object: its tickets are looked up in the \
             logbook, so run `sgi sync` once, and keep `sgi sync --follow` or `sgi serve` running"
                .to_owned(),
        ),
    ];
    let field = references.objects.as_str();
    if !known.is_empty() && !known.contains(&field) {
        findings.push(blocking(key::OBJECTS_FIELD, no_field(field, known), None));
    }
    findings
}

/// The search for objects is not heeded.
fn ignored(client: &Client<'_>, references: &References<'_>, known: &[&str]) -> Finding {
    let field = references.objects.as_str();
    if !known.is_empty() && !known.contains(&field) {
        return blocking(
            key::OBJECTS_FIELD,
            no_field(field, known),
            Some("OTRS ignores a search for a dynamic field that it does not have".to_owned()),
        );
    }
    let (key, message) = filter_ignored(field, client.names());
    blocking(key, message, None)
}

/// The search for the tenant is not heeded: tickets of all tenants would be shown.
fn tenant_ignored(references: &References<'_>, known: &[&str]) -> Finding {
    let field = references.tenant.map_or("", |(field, _)| field.as_str());
    blocking(key::TENANT_FIELD, no_field(field, known), None)
}

fn no_field(field: &str, known: &[&str]) -> String {
    let known: Vec<String> = known.iter().map(|name| text::quote(name)).collect();
    format!(
        "OTRS has no valid dynamic field {field:?} for tickets: create it in OTRS as a text field under \
         Dynamic Fields, or name one of those that it has ({})",
        known.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{self, Fake, ticket, tickets};
    use sgi_guest::time::rfc3339;

    fn report(options: &[(&str, &str)], filters: bool, answers: &[&[u8]]) -> Report {
        let settings = samples::settings(options);
        let references = References::new(&settings).unwrap();
        let fake = Fake::logged_in(answers);
        // No histories; a search for changes that is heeded.
        fake.answer(500, samples::NO_ROUTE);
        fake.answer(200, SOME);
        fake.answer(200, b"{}");
        look_over(&settings, &references, &fake, filters).unwrap()
    }

    fn keys(report: &Report) -> Vec<(&str, bool)> {
        let findings = report.findings.iter();
        findings
            .map(|f| {
                let blocks = f.severity == Severity::Blocking;
                (f.key.as_deref().unwrap_or(""), blocks)
            })
            .collect()
    }

    const SOME: &[u8] = br#"{"TicketID":["2"]}"#;

    #[test]
    fn the_address_of_a_script_is_refused_before_anything_is_sent() {
        for (url, link_url, wrong) in [
            (
                "https://d/otrs/nph-genericinterface.pl",
                "https://d/otrs",
                "url",
            ),
            ("https://d/otrs", "https://d/otrs/index.pl", "link_url"),
        ] {
            let settings = Settings::given(sgi_guest::DeskSettings {
                url: url.to_owned(),
                link_url: link_url.to_owned(),
                username: "cmdb".to_owned(),
                password: "placeholder".to_owned(),
                options: Vec::new(),
                learned: None,
            });
            let error = no_script(&settings).unwrap_err();
            assert!(matches!(&error, Error::InvalidSetting(p) if p.key == wrong));
            assert!(problem(error).message.contains("use the address without"));
        }
        assert!(no_script(&samples::settings(&[])).is_ok());
    }

    #[test]
    fn a_desk_in_order_is_found_in_order() {
        let report = report(&[], true, &[SOME, SOME, samples::TICKET_2]);
        assert!(report.findings.is_empty());
        assert_eq!(report.abilities, ["read-tickets"]);
        assert_eq!(
            report.version,
            "of unknown version, by REST (web service CMDBTicketConnector)"
        );
        let learned = String::from_utf8(report.learned).unwrap();
        assert_eq!(
            learned,
            format!(
                r#"{{"at":{},"transport":"rest","filters":true,"offset":0,"history":false,"polls":true}}"#,
                samples::NOW
            )
        );
    }

    #[test]
    fn an_ignored_search_blocks_and_says_which_fields_there_are() {
        let wrong = [("objects-field", "Objects")];
        let report = report(&wrong, false, &[SOME, SOME, samples::TICKET_2]);
        assert_eq!(keys(&report), [("objects-field", true)]);
        let message = &report.findings[0].problem.message;
        assert!(message.contains("\"IDoitObjects\""), "{message}");
        assert!(report.abilities.is_empty());
        // The field is there, and the web service drops the search.
        let report = super::tests::report(&[], false, &[SOME, SOME, samples::TICKET_2]);
        let message = &report.findings[0].problem.message;
        assert!(message.contains("CMDBTicketConnector.yml"), "{message}");
    }

    #[test]
    fn an_ignored_tenant_blocks() {
        let tenant = [("tenant", "1"), ("tenant-field", "Nope")];
        let report = report(&tenant, true, &[SOME, SOME, samples::TICKET_2, SOME]);
        assert_eq!(keys(&report), [("tenant-field", true)]);
    }

    #[test]
    fn an_account_that_sees_nothing_is_told() {
        let report = report(&[], true, &[b"{}", b"{}"]);
        assert_eq!(keys(&report), [("username", false)]);
        assert!(report.abilities.is_empty());
    }

    #[test]
    fn tickets_that_are_found_and_may_not_be_read_are_counted() {
        let report = report(&[], true, &[SOME, SOME, samples::DENIED]);
        assert_eq!(keys(&report), [("username", false)]);
        let message = &report.findings[0].problem.message;
        assert!(message.contains("not let the account read it"), "{message}");
    }

    #[test]
    fn a_field_whose_values_cannot_be_found_is_told() {
        let equals = [("match", "equals")];
        let found = report(&equals, true, &[SOME, SOME, samples::TICKET_2]);
        assert_eq!(keys(&found), [("match", false)]);
        let single = [("objects-field", "CMDBObjectID")];
        let found = report(&single, true, &[SOME, SOME, samples::TICKET_2]);
        assert_eq!(keys(&found), [("match", false)]);
        let neither = [("objects-field", "ProcessManagementActivityID")];
        let found = report(&neither, true, &[SOME, SOME, samples::TICKET_2]);
        assert!(found.findings.is_empty(), "there is no value to judge by");
    }

    #[test]
    fn a_wrong_zone_and_a_wrong_clock_are_told() {
        let zone = [("time-zone", "Europe/Berlin")];
        let berlin = report(&zone, true, &[SOME, SOME, samples::TICKET_2]);
        assert_eq!(keys(&berlin), [("time-zone", false)]);
        let message = &berlin.findings[0].problem.message;
        assert!(
            message.contains("+00:00") && message.contains("+01:00"),
            "{message}"
        );
        let zone = [("time-zone", "UTC")];
        assert!(
            report(&zone, true, &[SOME, SOME, samples::TICKET_2])
                .findings
                .is_empty()
        );
        let mut late = ticket(2, "open", "");
        late["Age"] = 472.into();
        let late = report(&[], true, &[SOME, SOME, &tickets(&[late])]);
        assert_eq!(keys(&late), [("", false)]);
    }

    #[test]
    fn a_zone_is_recommended_where_the_clock_changes() {
        let mut summer = ticket(1, "open", "");
        summer["Created"] = "2026-07-01 12:00:00".into();
        let created = rfc3339("2026-07-01T10:00:00Z").unwrap();
        summer["Age"] = ((samples::NOW - created) / 1000).into();
        let mut winter = ticket(2, "open", "");
        winter["Created"] = "2026-11-23 22:10:20".into();
        let both = tickets(&[summer, winter]);
        let found = report(&[], true, &[br#"{"TicketID":[1,2]}"#, SOME, &both]);
        assert_eq!(keys(&found), [("time-zone", false)]);
        assert!(
            found.findings[0]
                .problem
                .message
                .contains("+01:00 and +02:00")
        );
        let zone = [("time-zone", "Europe/Berlin")];
        let found = report(&zone, true, &[br#"{"TicketID":[1,2]}"#, SOME, &both]);
        assert!(found.findings.is_empty());
    }
}
