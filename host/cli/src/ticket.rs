//! `sgi ticket`: one ticket with all its details.

use crate::args::TicketArgs;
use crate::context::Context;
use crate::desks;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::screen::{BOLD, DIM, PLAIN, Screen};
use crate::tickets::{due_style, style_of};
use crate::times::Zone;
use crate::{clean, json};
use anstyle::Style;
use jiff::Timestamp;
use sgi_host::Ticket;
use unicode_width::UnicodeWidthStr;

pub(crate) async fn run(context: &Context, args: TicketArgs) -> Result<Exit, Failure> {
    let config = context.config()?;
    let asked = desks::Known::read(context, &config)
        .await
        .select_one(args.desk.as_deref())?;
    let host = context.host(&config)?;
    let id = args.id;
    let answers = desks::ask(context, &host, vec![asked], move |desk| {
        let id = id.clone();
        Box::pin(async move { desk.ticket(&id).await })
    })
    .await;
    for ticket in answers
        .iter()
        .filter_map(|answer| answer.outcome.as_ref().ok())
    {
        let text = if args.json {
            json::document(ticket)?
        } else {
            show(context.screen, ticket, &Zone::local(), Timestamp::now())
        };
        context.print(&text)?;
    }
    Ok(desks::conclude(context, &answers))
}

pub(crate) fn show(screen: Screen, ticket: &Ticket, zone: &Zone, now: Timestamp) -> String {
    let number = screen.link(
        &screen.paint(&clean::line(&ticket.number), BOLD),
        &ticket.url,
    );
    let subject = screen.paint(&clean::line(&ticket.subject), BOLD);
    let mut text = format!("{}\n", format!("{number}  {subject}").trim_end());
    text.push_str(&format!("{}\n\n", clean::line(&ticket.url)));

    let class = ticket.status_class.to_string();
    let status = match ticket.status.to_lowercase() == class {
        true => ticket.status.clone(),
        false => format!("{} ({class})", ticket.status),
    };
    let time = |time: Option<Timestamp>| time.map(|time| zone.long(time));
    let list = |texts: &[String]| (!texts.is_empty()).then(|| texts.join(", "));
    let id = (ticket.id != ticket.number).then(|| ticket.id.clone());
    let mut rows: Vec<(String, Option<String>, Style)> = [
        ("Desk", Some(ticket.desk.to_string()), PLAIN),
        ("Id", id, PLAIN),
        ("Status", Some(status), style_of(ticket.status_class)),
        ("Class", ticket.class.clone(), PLAIN),
        ("Queue", ticket.queue.clone(), PLAIN),
        ("Priority", ticket.priority.clone(), PLAIN),
        ("Owner", ticket.owner.clone(), PLAIN),
        ("Requestor", list(&ticket.requestors), PLAIN),
        ("Created", time(ticket.created), PLAIN),
        ("Last updated", time(ticket.updated), PLAIN),
        ("Start", time(ticket.starts), PLAIN),
        ("Due", time(ticket.due), due_style(ticket, now)),
        ("Resolved", time(ticket.resolved), PLAIN),
        ("Linked objects", list(&ticket.objects), PLAIN),
    ]
    .map(|(label, value, style)| (label.to_owned(), value, style))
    .into();
    rows.extend(ticket.fields.iter().map(|field| {
        (
            clean::line(&field.name),
            // A value may have lines of its own.
            Some(field.values.join("\n")),
            PLAIN,
        )
    }));
    rows.retain(|(_, value, _)| value.as_ref().is_some_and(|value| !value.is_empty()));

    // A desk's field may have a long name; it does not push all values aside.
    let width = rows.iter().map(|(label, ..)| label.width());
    let width = width.filter(|width| *width <= 24).max().unwrap_or(0);
    for (label, value, style) in rows {
        let value = clean::block(&value.unwrap_or_default());
        let pad = " ".repeat(width.saturating_sub(label.width()));
        let indent = format!("\n{:1$}", "", width + 2);
        let lines: Vec<String> = value
            .lines()
            .map(|line| screen.paint(line, style))
            .collect();
        text.push_str(&format!(
            "{}{pad}  {}\n",
            screen.paint(&label, DIM),
            lines.join(&indent)
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screen::NOWHERE;
    use crate::tickets::tests::ticket;
    use crate::times::utc;
    use sgi_host::{Field, StatusClass};

    #[test]
    fn details_stand_under_their_names() {
        let mut ticket = ticket("42", StatusClass::Pending);
        ticket.status = "stalled".to_owned();
        ticket.requestors = vec!["anna".to_owned(), "b\u{1b}ob".to_owned()];
        ticket.fields = vec![Field {
            name: "Found\nby".to_owned(),
            values: vec!["one".to_owned(), "two\nthree".to_owned()],
        }];
        let now = "2026-07-02T00:00:00Z".parse().unwrap();
        assert_eq!(
            show(NOWHERE, &ticket, &utc(), now),
            "\
42  Disk �[31mfull�[0m sgi: forged
https://rt.example.org/42

Desk            helpdesk
Status          stalled (pending)
Queue           General
Requestor       anna, b�ob
Created         2026-07-01 10:00:00 +00:00
Linked objects  1001
Found by        one
                two
                three
"
        );
    }
}
