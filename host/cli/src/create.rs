//! `sgi create`: a new ticket that references an object.

use crate::args::CreateArgs;
use crate::context::Context;
use crate::desks::{self, Answer};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::ticket;
use crate::times::Zone;
use crate::{clean, json, known};
use jiff::Timestamp;
use serde::Serialize;
use sgi_host::{Created, Deviation, Draft, Marker, Object, Ticket};
use std::io::Read;

/// As much as a draft may hold, and a byte to see that there is more.
const MAX_TEXT: u64 = (1 << 20) + 1;

pub(crate) async fn run(context: &Context, args: CreateArgs) -> Result<Exit, Failure> {
    let json = args.json;
    let repeated = args.marker.is_some();
    let config = context.config()?;
    let asked = desks::Known::read(context, &config)
        .await
        .select_one(args.desk.as_deref())?;
    let mut draft = draft(args)?;
    known::complete(&config, &mut draft.objects).await;
    let host = context.host(&config)?;
    let marker = draft.marker.to_string();
    let answers = desks::ask(context, &host, vec![asked], move |desk| {
        let draft = draft.clone();
        Box::pin(async move {
            // It may be there already: that is what the marker was given for.
            if repeated && let Some(created) = desk.find_created(&draft).await? {
                return Ok(created);
            }
            desk.create(&draft).await
        })
    })
    .await;
    for Answer { desk, outcome } in &answers {
        let Ok(created) = outcome else { continue };
        if json {
            let made = Made::new(desk, &marker, created);
            context.print(&json::document(&made)?)?;
        } else {
            let zone = Zone::local();
            let text = ticket::show(context.screen, &created.ticket, &zone, Timestamp::now());
            context.print(&text)?;
            if !created.created {
                context.note(&format!(
                    "found by its marker {marker}: an earlier attempt has created it, and nothing new was"
                ));
            }
            for deviation in &created.deviations {
                context.warn(&sentence(created, deviation));
            }
        }
    }
    Ok(desks::conclude(context, &answers))
}

fn draft(args: CreateArgs) -> Result<Draft, Failure> {
    let mut objects = vec![args.object.object().map_err(Failure::Usage)?];
    objects.extend(args.also.into_iter().map(Object::new));
    let mut draft = Draft::new(objects, args.subject)?;
    draft.text = match args.text.as_str() {
        "-" => stdin()?,
        _ => args.text,
    };
    draft.queue = args.queue;
    draft.class = args.class;
    draft.requestor = args.requestor;
    draft.priority = args.priority;
    if let Some(marker) = args.marker {
        draft.marker = Marker::parse(&marker)?;
    }
    Ok(draft)
}

fn stdin() -> Result<String, Failure> {
    let mut text = String::new();
    std::io::stdin()
        .lock()
        .take(MAX_TEXT)
        .read_to_string(&mut text)
        .map_err(|error| Failure::Usage(format!("the text on stdin cannot be read: {error}")))?;
    Ok(text)
}

/// What programs get.
#[derive(Serialize)]
struct Made<'a> {
    desk: &'a str,
    marker: &'a str,
    created: bool,
    ticket: &'a Ticket,
    deviations: &'a [Deviation],
}

impl<'a> Made<'a> {
    fn new(desk: &'a str, marker: &'a str, created: &'a Created) -> Self {
        Self {
            desk,
            marker,
            created: created.created,
            ticket: &created.ticket,
            deviations: &created.deviations,
        }
    }
}

/// A ticket that was found need not have been made from this draft: nobody is to blame for what differs.
fn sentence(created: &Created, deviation: &Deviation) -> String {
    let field = clean::line(&deviation.field);
    match (created.created, field.as_str()) {
        (true, _) | (false, "ticket") => format!("{field}: {}", deviation.message),
        (false, _) => format!("{field} differs from what was asked: {}", deviation.message),
    }
}
