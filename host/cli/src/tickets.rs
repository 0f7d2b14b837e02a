//! `sgi tickets`: the tickets that reference an object.

use crate::args::TicketsArgs;
use crate::context::Context;
use crate::desks::{self, Answer, Asked};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::screen::{BAD, BOLD, CAUTION, DIM, GOOD, PLAIN, Screen};
use crate::table::{self, Cell, Column};
use crate::times::Zone;
use crate::{clean, json, known};
use anstyle::Style;
use jiff::Timestamp;
use sgi_host::{Filter, Host, Object, Order, StatusClass, Ticket};

pub(crate) async fn run(context: &Context, args: TicketsArgs) -> Result<Exit, Failure> {
    let mut objects = args.objects.objects().map_err(Failure::Usage)?;
    let config = context.config()?;
    known::complete(&config, &mut objects).await;
    let asked = desks::Known::read(context, &config)
        .await
        .select(args.desk.as_deref())?;
    let host = context.host(&config)?;
    let wanted = Wanted {
        objects,
        filter: Filter::from(args.status),
        order: args.sort.map(Order::from),
        reverse: args.reverse,
        limit: args.limit.map_or(usize::MAX, |limit| limit as usize),
    };
    let answers = ask(context, &host, asked, &wanted).await;
    if args.json {
        let tickets: Vec<&Ticket> = answers
            .iter()
            .filter_map(|answer| answer.outcome.as_ref().ok())
            .flat_map(|tickets| tickets.iter().take(wanted.limit))
            .collect();
        context.print(&json::document(&tickets)?)?;
    } else {
        context.print(&show(context.screen, &answers, &wanted, &Zone::local()))?;
    }
    Ok(desks::conclude(context, &answers))
}

/// What is asked for, and how it is shown.
pub(crate) struct Wanted {
    objects: Vec<Object>,
    filter: Filter,
    /// None: as the desk has them.
    order: Option<Order>,
    reverse: bool,
    /// Of each desk.
    limit: usize,
}

impl Wanted {
    /// All tickets of one object.
    pub(crate) fn all_of(object: Object) -> Self {
        Self {
            objects: vec![object],
            filter: Filter::All,
            order: None,
            reverse: false,
            limit: usize::MAX,
        }
    }

    fn sort(&self, tickets: &mut [Ticket]) {
        if let Some(order) = self.order {
            order.sort(tickets);
        }
        if self.reverse {
            tickets.reverse();
        }
    }
}

/// Asks for the tickets; the demo goes this way, too.
pub(crate) async fn ask(
    context: &Context,
    host: &Host,
    asked: Vec<Asked>,
    wanted: &Wanted,
) -> Vec<Answer<Vec<Ticket>>> {
    let (objects, filter) = (wanted.objects.clone(), wanted.filter);
    let mut answers = desks::ask(context, host, asked, move |desk| {
        let objects = objects.clone();
        Box::pin(async move { desk.tickets_of(&objects, filter).await })
    })
    .await;
    for answer in &mut answers {
        if let Ok(tickets) = &mut answer.outcome {
            wanted.sort(tickets);
        }
    }
    answers
}

/// What people see: a table for each desk that answered.
pub(crate) fn show(
    screen: Screen,
    answers: &[Answer<Vec<Ticket>>],
    wanted: &Wanted,
    zone: &Zone,
) -> String {
    let parts: Vec<String> = answers
        .iter()
        .filter_map(|answer| {
            let tickets = answer.outcome.as_ref().ok()?;
            Some(show_desk(screen, &answer.desk, tickets, wanted, zone))
        })
        .collect();
    parts.join("\n")
}

fn show_desk(
    screen: Screen,
    desk: &str,
    tickets: &[Ticket],
    wanted: &Wanted,
    zone: &Zone,
) -> String {
    let mut title = format!("{desk}: {}", count(tickets, wanted.filter));
    let tickets = match tickets.get(..wanted.limit) {
        Some(first) if first.len() < tickets.len() => {
            title.push_str(&format!(", the first {} of them", first.len()));
            first
        }
        _ => tickets,
    };
    let has_times = tickets
        .iter()
        .any(|t| t.created.is_some() || t.updated.is_some() || t.due.is_some());
    let note = if has_times {
        screen.paint(&format!(", times in {}", zone.name()), DIM)
    } else {
        String::new()
    };
    let mut text = format!("{}{note}\n", screen.paint(&title, BOLD));
    if !tickets.is_empty() {
        let urls: Vec<String> = tickets.iter().map(|t| clean::line(&t.url)).collect();
        let columns = columns(tickets, &wanted.objects, zone, Timestamp::now());
        text.push_str(&table::render(screen, columns, &urls));
    }
    text
}

/// "4 tickets (1 open)", "no open tickets".
fn count(tickets: &[Ticket], filter: Filter) -> String {
    let kind = match filter {
        Filter::All => "",
        Filter::Open => "open ",
        Filter::Closed => "closed ",
    };
    let noun = match tickets.len() {
        0 => return format!("no {kind}tickets"),
        1 => format!("1 {kind}ticket"),
        many => format!("{many} {kind}tickets"),
    };
    if filter != Filter::All {
        return noun;
    }
    let open = tickets.iter().filter(|t| t.status_class.is_open()).count();
    format!("{noun} ({open} open)")
}

pub(crate) fn style_of(class: StatusClass) -> Style {
    match class {
        StatusClass::New | StatusClass::Open => GOOD,
        StatusClass::Pending => CAUTION,
        StatusClass::Resolved
        | StatusClass::Closed
        | StatusClass::Rejected
        | StatusClass::Merged
        | StatusClass::Deleted => DIM,
        // Not known to the connector, or not to this program.
        _ => PLAIN,
    }
}

/// A date that has passed without the work being done calls for attention.
pub(crate) fn due_style(ticket: &Ticket, now: Timestamp) -> Style {
    match ticket.due {
        Some(due) if due < now && ticket.status_class.is_open() => BAD,
        _ => PLAIN,
    }
}

fn columns(tickets: &[Ticket], objects: &[Object], zone: &Zone, now: Timestamp) -> Vec<Column> {
    let column = |head, rank, cell: &dyn Fn(&Ticket) -> Cell| {
        Column::new(head, rank, tickets.iter().map(cell).collect())
    };
    let text = |text: &Option<String>| Cell::new(clean::line(text.as_deref().unwrap_or("")));
    let time = |time: Option<Timestamp>| time.map_or(String::new(), |time| zone.short(time));
    // The id is what `sgi ticket` takes; where it is the number, once is enough.
    let ids = tickets.iter().any(|t| t.id != t.number);
    vec![
        column("Number", 0, &|t| {
            Cell::new(clean::line(&t.number)).linked(&t.url)
        }),
        column("Id", 1, &|t| {
            Cell::new(if ids {
                clean::line(&t.id)
            } else {
                String::new()
            })
        }),
        column("Objects", 1, &|t| Cell::new(which(t, objects))),
        column("Subject", 0, &|t| Cell::new(clean::line(&t.subject))).elastic(),
        column("Status", 2, &|t| {
            Cell::styled(clean::line(&t.status), style_of(t.status_class))
        }),
        column("Queue", 5, &|t| text(&t.queue)),
        column("Priority", 7, &|t| text(&t.priority)),
        column("Owner", 6, &|t| text(&t.owner)),
        column("Created", 8, &|t| Cell::new(time(t.created))),
        column("Last updated", 4, &|t| Cell::new(time(t.updated))),
        column("Due", 3, &|t| Cell::styled(time(t.due), due_style(t, now))),
    ]
}

/// Which of several objects the ticket is about; of one, there is nothing to tell.
fn which(ticket: &Ticket, objects: &[Object]) -> String {
    if objects.len() < 2 {
        return String::new();
    }
    let ids = objects.iter().map(|object| object.id.as_str());
    let ids = ids.filter(|id| ticket.objects.iter().any(|known| known == id));
    clean::line(&ids.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::screen::NOWHERE;
    use crate::times::utc;

    pub(crate) fn ticket(id: &str, class: StatusClass) -> Ticket {
        Ticket {
            desk: "helpdesk".into(),
            id: id.to_owned(),
            number: id.to_owned(),
            subject: "Disk \u{1b}[31mfull\u{1b}[0m\nsgi: forged".to_owned(),
            status: class.to_string(),
            status_class: class,
            class: None,
            queue: Some("General".to_owned()),
            priority: None,
            owner: None,
            requestors: Vec::new(),
            created: "2026-07-01T10:00:00Z".parse().ok(),
            updated: None,
            starts: None,
            due: None,
            resolved: None,
            url: format!("https://rt.example.org/{id}"),
            objects: vec!["1001".to_owned()],
            fields: Vec::new(),
        }
    }

    fn all() -> Wanted {
        Wanted::all_of(Object::new("1001"))
    }

    #[test]
    fn tickets_are_counted_for_people() {
        let open = ticket("1", StatusClass::Open);
        let closed = ticket("2", StatusClass::Closed);
        let both = [open.clone(), closed];
        assert_eq!(count(&both, Filter::All), "2 tickets (1 open)");
        assert_eq!(count(&both, Filter::Closed), "2 closed tickets");
        assert_eq!(count(&[open], Filter::Open), "1 open ticket");
        assert_eq!(count(&[], Filter::Open), "no open tickets");
        assert_eq!(count(&[], Filter::All), "no tickets");
    }

    #[test]
    fn a_table_holds_one_clean_line_for_each_ticket() {
        let tickets = [ticket("42", StatusClass::Open)];
        assert_eq!(
            show_desk(NOWHERE, "helpdesk", &tickets, &all(), &utc()),
            "\
helpdesk: 1 ticket (1 open), times in UTC
Number  Subject                         Status  Queue    Created           URL
42      Disk �[31mfull�[0m sgi: forged  open    General  2026-07-01 10:00  https://rt.example.org/42
"
        );
    }

    #[test]
    fn an_id_that_is_not_the_number_is_shown() {
        let mut other = ticket("7", StatusClass::Open);
        other.number = "2026112300017".to_owned();
        let text = show_desk(NOWHERE, "otrs", &[other], &all(), &utc());
        let row = text.lines().last().unwrap();
        assert!(row.starts_with("2026112300017  7   Disk"), "{row}");
    }

    #[test]
    fn a_desk_without_tickets_says_so() {
        let text = show_desk(NOWHERE, "helpdesk", &[], &all(), &utc());
        assert_eq!(text, "helpdesk: no tickets\n");
    }

    #[test]
    fn a_limit_leaves_the_count_whole_and_several_objects_are_told_apart() {
        let mut wanted = all();
        wanted.limit = 1;
        wanted.objects.push(Object::new("1002"));
        let tickets = [
            ticket("1", StatusClass::Open),
            ticket("2", StatusClass::Closed),
        ];
        let text = show_desk(NOWHERE, "helpdesk", &tickets, &wanted, &utc());
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 3, "{text}");
        assert!(text.starts_with("helpdesk: 2 tickets (1 open), the first 1 of them, times"));
        assert!(lines[2].starts_with("1       1001     Disk"), "{text}");
    }

    #[test]
    fn what_is_due_and_open_calls_for_attention() {
        let now = "2026-07-02T00:00:00Z".parse().unwrap();
        let mut late = ticket("1", StatusClass::Open);
        late.due = "2026-07-01T00:00:00Z".parse().ok();
        assert_eq!(due_style(&late, now), BAD);
        late.status_class = StatusClass::Resolved;
        assert_eq!(due_style(&late, now), PLAIN);
    }
}
