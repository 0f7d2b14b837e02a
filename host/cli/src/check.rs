//! `sgi check`: whether the desks can be used, and what somebody should mend.

use crate::args::CheckArgs;
use crate::context::Context;
use crate::desks::{self, Answer};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::screen::{BAD, BOLD, CAUTION, DIM, GOOD, Screen};
use crate::{clean, json};
use serde::Serialize;
use serde_json::Value;
use sgi_host::{Finding, Report, Severity};

pub(crate) async fn run(context: &Context, args: CheckArgs) -> Result<Exit, Failure> {
    let config = context.config()?;
    let asked = desks::Known::read(context, &config)
        .await
        .select(args.desk.as_deref())?;
    let host = context.host(&config)?;
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
            .filter_map(|answer| {
                let report = answer.outcome.as_ref().ok()?;
                let desk = &answer.desk;
                Some(show(context.screen, desk, report, context.verbose()))
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

fn show(screen: Screen, desk: &str, report: &Report, with_detail: bool) -> String {
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
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screen::NOWHERE;

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
        let text = show(NOWHERE, "helpdesk", &report(Severity::Warning), false);
        assert_eq!(
            text,
            "helpdesk: usable, Request Tracker 5.0.5\n  the account may: read-tickets\n  warning: \
             queues: there is no queue \"Genral\"\n"
        );
        let text = show(NOWHERE, "helpdesk", &report(Severity::Blocking), true);
        assert!(text.starts_with("helpdesk: not usable"), "{text}");
        assert!(text.ends_with("\n    the answer was 404\n"), "{text}");
    }

    #[test]
    fn programs_get_a_failed_check_in_the_same_shape() {
        let answer = Answer {
            desk: "a".to_owned(),
            outcome: Err(Failure::Usage("x".to_owned())),
        };
        assert_eq!(
            serde_json::to_string(&item(&answer, false)).unwrap(),
            r#"{"desk":"a","usable":false,"product":null,"version":null,"abilities":[],"findings":[],"error":{"code":"usage","message":"x","retry_after":null}}"#
        );
    }
}
