//! `sgi logbook`: the entries of an object, or of all.

use crate::args::{LogbookArgs, LogbookCommand};
use crate::clean;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use crate::resolve;
use crate::screen::{DIM, Screen};
use crate::sync;
use crate::times::Zone;
use sgi_host::logbook::store::{Filter, Listed, State, Store};
use sgi_service::Entry;

/// Entries read from the store at once.
const PAGE: u32 = 500;

pub(crate) async fn run(context: &Context, args: LogbookArgs) -> Result<Exit, Failure> {
    if let Some(LogbookCommand::Resolve(args)) = args.command {
        return resolve::run(context, args).await;
    }
    let config = context.config()?;
    let host = context.host(&config)?;
    let store = sync::store_to_read(&host).await?;
    let filter = Filter {
        object: args.object.clone(),
        desk: args.desk.clone(),
        ticket: args.ticket.clone(),
        kinds: args.kinds.clone(),
        since: args.since.map(|since| since.0),
        until: args.until.map(|until| until.0),
        states: match args.undelivered {
            true => State::UNDELIVERED.to_vec(),
            false => Vec::new(),
        },
        newest_first: args.newest.is_some(),
    };
    let mut out = Out::new(context, args.json);
    if let Some(newest) = args.newest {
        let mut listed = store.entries(&filter, None, newest).await?;
        listed.reverse();
        out.write(&listed)?;
    } else {
        let mut place = None;
        loop {
            let listed = store.entries(&filter, place.as_ref(), PAGE).await?;
            out.write(&listed)?;
            let Some(last) = listed.last() else { break };
            place = Some(last.place);
        }
    }
    out.end()?;
    Ok(Exit::Ok)
}

/// Writes entries as they come: there may be many.
struct Out<'a> {
    context: &'a Context,
    json: bool,
    zone: Zone,
    written: u64,
}

impl<'a> Out<'a> {
    fn new(context: &'a Context, json: bool) -> Self {
        Self {
            context,
            json,
            zone: Zone::local(),
            written: 0,
        }
    }

    fn write(&mut self, listed: &[Listed]) -> Result<(), Failure> {
        let mut text = String::new();
        for listed in listed {
            if self.json {
                text.push_str(if self.written == 0 { "[\n" } else { ",\n" });
                text.push_str(&json::compact(&Entry::from(listed.clone()))?);
            } else {
                text.push_str(&for_people(self.context.screen, listed, &self.zone));
            }
            self.written += 1;
        }
        self.context.print(&text)
    }

    fn end(self) -> Result<(), Failure> {
        let text = match (self.json, self.written) {
            (true, 0) => "[]\n",
            (true, _) => "\n]\n",
            (false, 0) => "no entries\n",
            (false, _) => "",
        };
        self.context.print(text)
    }
}

fn for_people(screen: Screen, listed: &Listed, zone: &Zone) -> String {
    let entry = &listed.entry;
    let subject = match clean::line(&entry.ticket.subject) {
        subject if subject.is_empty() => subject,
        subject => format!(" “{subject}”"),
    };
    let mut line = format!(
        "{}  {}  {} #{}{}: {}",
        zone.short(entry.at),
        clean::line(&entry.object),
        clean::line(&entry.desk),
        clean::line(&entry.ticket.number),
        subject,
        entry.what(clean::line),
    );
    if let Some(actor) = &entry.actor {
        line.push_str(&format!(" ({})", clean::line(actor)));
    }
    if entry.derived {
        line.push_str(&screen.paint(" [derived]", DIM));
    }
    if let Some(text) = &entry.text {
        line.push_str(&screen.paint(&format!("  {}", clean::line(text)), DIM));
    }
    if let Some(state) = listed.state.filter(|state| *state != State::Delivered) {
        let reason = listed.reason.as_deref().unwrap_or("not delivered yet");
        line.push_str(&format!("\n    {}: {}", state.code(), clean::line(reason)));
        if let Some(hint) = resolve::hint(&entry.id, state) {
            line.push_str(&format!("\n    {hint}"));
        }
    }
    line.push('\n');
    line
}
