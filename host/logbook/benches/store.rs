//! How many entries a second SQLite takes, and with how much memory:
//! `cargo bench -p sgi-logbook --bench store --profile dev`, or with numbers of entries behind `--`.
//!
//! Steps are as a pass makes them: 100 tickets that are kept, with 5 entries each.

use jiff::Timestamp;
use sgi_logbook::store::{Filter, Kept, Step, Work};
use sgi_logbook::{Entry, Event, Kind, Phase, Seen, SqliteStore, Store as _, TicketRef};
use std::error::Error;
use std::time::Instant;

const DESK: &str = "helpdesk";
const TICKETS: usize = 100;
const EVENTS: usize = 5;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn seen(ticket: usize) -> Outcome<Seen> {
    Ok(Seen {
        id: ticket.to_string(),
        number: format!("2026{ticket:08}"),
        subject: format!("Drucker {ticket} im Büro druckt nur noch leere Seiten"),
        url: format!("https://rt.internal.example/Ticket/Display.html?id={ticket}"),
        status: "open".to_owned(),
        phase: Phase::Active,
        queue: Some("Incidents".to_owned()),
        priority: Some("50".to_owned()),
        owner: Some("Zoë Lefèvre".to_owned()),
        created: Some(instant(ticket, 0)?),
        updated: Some(instant(ticket, EVENTS)?),
        // An object has about ten tickets.
        objects: [(ticket.wrapping_mul(2_654_435_761) % (ticket / 10 + 10)).to_string()].into(),
        objects_by: None,
    })
}

fn instant(ticket: usize, event: usize) -> Outcome<Timestamp> {
    // A new ticket each minute, and of each ticket an event a day.
    let seconds = 1_700_000_000 + ticket * 60 + event * 86_400;
    Ok(Timestamp::from_second(i64::try_from(seconds)?)?)
}

fn entry(seen: &Seen, ticket: usize, event: usize) -> Outcome<Entry> {
    let (kind, text) = match event {
        0 => (Kind::Created, None),
        1 | 2 => (
            Kind::Replied,
            Some("Toner getauscht, Fehler bleibt. ".repeat(6)),
        ),
        _ => (Kind::Status, None),
    };
    let event = Event {
        // As a desk counts that has one history of all tickets.
        id: ((ticket + event * 1_440) * EVENTS + event).to_string(),
        ticket: seen.id.clone(),
        at: instant(ticket, event)?,
        actor: Some("Zoë Lefèvre".to_owned()),
        kind,
        field: None,
        old: Some("new".to_owned()),
        new: Some("open".to_owned()),
        text,
    };
    let object = seen.objects.first().map_or("", String::as_str);
    Ok(Entry::new(
        DESK,
        1,
        TicketRef::from(seen),
        &event,
        object,
        None,
        false,
    ))
}

fn step(first: usize) -> Outcome<Step> {
    let mut step = Step {
        deliver: true,
        cursor: Some(first.to_string()),
        ..Step::default()
    };
    for ticket in first..first + TICKETS {
        let seen = seen(ticket)?;
        for event in 0..EVENTS {
            step.entries.push(entry(&seen, ticket, event)?);
        }
        step.keep.push(Kept {
            seen,
            derived: None,
        });
    }
    Ok(step)
}

/// The most memory that the process has had since the last `forget_peak`, in MiB.
fn peak() -> Outcome<usize> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes: usize = line.unwrap_or("0").trim().trim_end_matches(" kB").parse()?;
    Ok(kibibytes / 1024)
}

/// Seconds of processor time so far: what counts where the machine has other work, too.
fn processor() -> Outcome<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    // Behind the name, which may have spaces; in hundredths.
    let behind = stat.rsplit(')').next().unwrap_or_default();
    let mut ticks = 0.0;
    for field in behind.split_whitespace().skip(11).take(2) {
        ticks += field.parse::<f64>()?;
    }
    Ok(ticks / 100.0)
}

/// MiB that the process has had written so far.
fn written() -> Outcome<usize> {
    let io = std::fs::read_to_string("/proc/self/io")?;
    let line = io
        .lines()
        .find_map(|line| line.strip_prefix("write_bytes: "));
    Ok(line.unwrap_or("0").parse::<usize>()? >> 20)
}

fn forget_peak() {
    // Where it is not allowed the peak is that of all runs so far.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

async fn run(entries: usize) -> Outcome<()> {
    // On the disk of the build: /tmp may be memory.
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let path = folder.path().join("logbook.db");
    let store = SqliteStore::open(&path).await?;
    let lease = store.lease(Work::Sync(DESK.to_owned())).await?;
    store.open(&lease, "rt", None).await?;
    forget_peak();

    let mut committed = 0;
    let mut slowest = 0.0_f64;
    let mut spent = 0.0;
    let (processor_before, written_before) = (processor()?, written()?);
    for first in (0..entries / EVENTS).step_by(TICKETS) {
        let step = step(first)?;
        let began = Instant::now();
        committed += store.commit(&lease, &step).await?;
        let took = began.elapsed().as_secs_f64();
        slowest = slowest.max(took);
        spent += took;
    }
    assert_eq!(committed, entries as u64);
    let rate = entries as f64 / spent;
    let processor = processor()? - processor_before;
    let written = written()? - written_before;

    let began = Instant::now();
    let again = store.commit(&lease, &step(0)?).await?;
    let again_took = began.elapsed().as_secs_f64() * 1e3;
    assert_eq!(again, 0);
    let object = Filter {
        object: Some("7".to_owned()),
        newest_first: true,
        ..Filter::default()
    };
    let began = Instant::now();
    let listed = store.entries(&object, None, 50).await?.len();
    let listing = began.elapsed().as_secs_f64() * 1e3;
    println!(
        "{entries:>9} entries: {rate:>7.0} a second, processor {processor:>5.2} s, \
         written {written:>4} MiB, slowest step {:>5.1} ms, peak {:>3} MiB, \
         database {:>4} MiB; a step once more {again_took:.1} ms, {listed} entries of an object \
         {listing:.1} ms",
        slowest * 1e3,
        peak()?,
        std::fs::metadata(&path)?.len() >> 20,
    );
    Ok(())
}

#[tokio::main]
async fn main() -> Outcome<()> {
    // Cargo itself adds `--bench`.
    let mut asked = Vec::new();
    for argument in std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
    {
        asked.push(argument.parse()?);
    }
    if asked.is_empty() {
        asked = vec![1_000, 10_000, 100_000];
    }
    for entries in asked {
        run(entries).await?;
    }
    Ok(())
}
