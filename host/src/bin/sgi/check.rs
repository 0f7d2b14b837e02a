//! `sgi check`: whether the desks can be used, and what somebody should mend.

use crate::args::CheckArgs;
use crate::context::Context;
use crate::desks::{self, Answer, Asked};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::screen::{BAD, BOLD, CAUTION, DIM, GOOD, Screen};
use crate::{clean, json};
use serde::Serialize;
use serde_json::Value;
use sgi_host::{Finding, Report, Severity};
use url::Url;

pub(crate) async fn run(context: &Context, args: CheckArgs) -> Result<Exit, Failure> {
    let config = context.config()?;
    let asked = desks::select(&config, args.desk.as_deref())?;
    let host = context.host(&config.host)?;
    let notes: Vec<Vec<&str>> = asked.iter().map(notes).collect();
    let answers = desks::ask(context, &host, asked, |desk| Box::pin(desk.check())).await;
    if args.json {
        let items: Vec<Item<'_>> = answers
            .iter()
            .map(|answer| item(answer, context.verbose()))
            .collect();
        context.print(&json::document(&items)?)?;
    } else {
        let parts: Vec<String> = answers
            .iter()
            .zip(&notes)
            .filter_map(|(answer, notes)| {
                let report = answer.outcome.as_ref().ok()?;
                Some(show(context, &answer.desk, report, notes))
            })
            .collect();
        context.print(&parts.join("\n"))?;
    }
    desks::conclude(context, &answers);
    Ok(Exit::of_all(answers.iter().map(|answer| {
        match &answer.outcome {
            Ok(report) if report.usable() => Exit::Ok,
            // What blocks is told by the connector as something to set up differently.
            Ok(_) => Exit::Configuration,
            Err(failure) => failure.exit(),
        }
    })))
}

/// What the settings give away, whether the desk minds or not.
fn notes(asked: &Asked) -> Vec<&'static str> {
    let Ok(settings) = &asked.settings else {
        return Vec::new();
    };
    let mut notes = Vec::new();
    if Url::parse(&settings.url).is_ok_and(|url| url.scheme() == "http" && !is_local(&url)) {
        notes.push("the URL starts with http: who is on the way can read the password; use https");
    } else if settings.network.accept_any_certificate {
        notes.push(
            "accept_any_certificate is on: who is on the way can read the password; name the \
             desk's authority with ca_certificates instead",
        );
    }
    notes
}

fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// An item of the array for programs; the same keys whether the check could be made or not.
#[derive(Serialize)]
struct Item<'a> {
    desk: &'a str,
    usable: bool,
    product: Option<&'a str>,
    version: Option<&'a str>,
    abilities: &'a [String],
    findings: &'a [Finding],
    error: Option<Value>,
}

fn item(answer: &Answer<Report>, with_detail: bool) -> Item<'_> {
    let report = answer.outcome.as_ref().ok();
    let failure = answer.outcome.as_ref().err();
    Item {
        desk: &answer.desk,
        usable: report.is_some_and(Report::usable),
        product: report.map(|report| report.product.as_str()),
        version: report.map(|report| report.version.as_str()),
        abilities: report.map_or(&[], |report| &report.abilities),
        findings: report.map_or(&[], |report| &report.findings),
        error: failure.map(|failure| failure.for_programs(with_detail)),
    }
}

fn show(context: &Context, desk: &str, report: &Report, notes: &[&str]) -> String {
    show_report(context.screen, desk, report, notes, context.verbose())
}

fn show_report(
    screen: Screen,
    desk: &str,
    report: &Report,
    notes: &[&str],
    with_detail: bool,
) -> String {
    let verdict = match report.usable() {
        true => screen.paint("usable", GOOD),
        false => screen.paint("not usable", BAD),
    };
    let product = clean::line(&format!("{} {}", report.product, report.version));
    let title = screen.paint(&format!("{desk}:"), BOLD);
    let mut text = format!("{title} {verdict}, {product}\n");
    let abilities: Vec<String> = report.abilities.iter().map(|a| clean::line(a)).collect();
    let abilities = match abilities.is_empty() {
        true => "nothing".to_owned(),
        false => abilities.join(", "),
    };
    text.push_str(&format!("  the account may: {abilities}\n"));
    for Finding {
        severity,
        key,
        message,
        detail,
    } in &report.findings
    {
        let severity = match severity {
            Severity::Blocking => screen.paint("blocking", BAD),
            Severity::Warning => screen.paint("warning", CAUTION),
        };
        let key = match key {
            Some(key) => format!("{}: ", clean::line(key)),
            None => String::new(),
        };
        text.push_str(&format!("  {severity}: {key}{}\n", clean::line(message)));
        if let Some(detail) = detail.as_deref().filter(|_| with_detail) {
            for line in clean::block(detail).lines() {
                text.push_str(&format!("    {}\n", screen.paint(line, DIM)));
            }
        }
    }
    for note in notes {
        text.push_str(&format!("  {}: {note}\n", screen.paint("note", CAUTION)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screen::NOWHERE;
    use sgi_host::DeskSettings;

    fn report(severity: Severity) -> Report {
        Report {
            product: "Request Tracker".to_owned(),
            version: "5.0.5".to_owned(),
            abilities: vec!["read-tickets".to_owned()],
            findings: vec![Finding {
                severity,
                key: Some("queues".to_owned()),
                message: "there is no queue \"Genral\"".to_owned(),
                detail: Some("the answer was 404".to_owned()),
            }],
        }
    }

    #[test]
    fn a_report_tells_what_to_mend() {
        let text = show_report(
            NOWHERE,
            "helpdesk",
            &report(Severity::Warning),
            &["x"],
            false,
        );
        assert_eq!(
            text,
            "helpdesk: usable, Request Tracker 5.0.5\n  the account may: read-tickets\n  warning: \
             queues: there is no queue \"Genral\"\n  note: x\n"
        );
        let text = show_report(NOWHERE, "helpdesk", &report(Severity::Blocking), &[], true);
        assert!(text.starts_with("helpdesk: not usable"), "{text}");
        assert!(text.ends_with("\n    the answer was 404\n"), "{text}");
    }

    #[test]
    fn a_password_that_travels_in_the_open_is_noted() {
        for (url, noted) in [
            ("http://rt.example.org", true),
            ("http://127.0.0.1:8080", false),
            ("http://[::1]:8080", false),
            ("http://localhost/rt", false),
            ("https://rt.example.org", false),
        ] {
            let asked = Asked {
                name: "a".to_owned(),
                settings: Ok(DeskSettings::new("a", "rt", url, "u", "p".into())),
            };
            assert_eq!(!notes(&asked).is_empty(), noted, "{url}");
        }
    }

    #[test]
    fn programs_get_a_failed_check_in_the_same_shape() {
        let answer = Answer {
            desk: "a".to_owned(),
            outcome: Err(Failure::Usage("x".to_owned())),
        };
        assert_eq!(
            serde_json::to_string(&item(&answer, false)).unwrap(),
            r#"{"desk":"a","usable":false,"product":null,"version":null,"abilities":[],"findings":[],"error":{"code":"usage","message":"x"}}"#
        );
    }
}
