//! What goes on in the demo's desks while they run: somebody asks, somebody answers, something is done.

use super::DemoDesks;
use sgi_test_desks::{itop, otrs, rt};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// Between two events.
const PACE: Duration = Duration::from_secs(4);

/// Tickets that are made in each desk; after these, the old ones go on changing.
const MOST: usize = 25;

/// What tickets are about, with the objects that have it.
const STORIES: [(&str, &[&str]); 6] = [
    ("Backup ended with warnings", &["1001"]),
    ("Fan rattles", &["1001", "1002"]),
    ("Login takes a minute", &["42"]),
    ("Certificate runs out next week", &["1001"]),
    ("Printer prints blank pages", &["1002"]),
    ("Disk is 90 % full", &["1001", "42"]),
];

/// Goes on for as long as the process lives.
pub(super) fn begin(desks: Arc<DemoDesks>) {
    thread::spawn(move || {
        let mut made: [Vec<u64>; 3] = Default::default();
        let mut step = 0_usize;
        loop {
            // Desk by desk; after all three, the next thing happens.
            for (desk, made) in made.iter_mut().enumerate() {
                happens(&desks, desk, made, step);
                thread::sleep(PACE);
            }
            step = step.wrapping_add(1);
        }
    });
}

fn happens(desks: &DemoDesks, desk: usize, made: &mut Vec<u64>, step: usize) {
    let newest = made.last().copied();
    match (step % 5, newest) {
        (0, _) | (_, None) if made.len() < MOST => {
            let (subject, objects) = story(step / 5 + desk);
            made.push(create(desks, desk, subject, objects));
        }
        (1, Some(ticket)) => answer(desks, desk, ticket),
        (2, Some(ticket)) => takes(desks, desk, ticket),
        (3, Some(ticket)) => hurries(desks, desk, ticket, step),
        (_, Some(_)) => {
            // The oldest is done; it comes back when all are.
            made.rotate_left(1);
            if let Some(oldest) = made.last().copied() {
                done(desks, desk, oldest, step.is_multiple_of(2));
            }
        }
        (_, None) => {}
    }
}

fn story(number: usize) -> (&'static str, &'static [&'static str]) {
    let story = STORIES.get(number % STORIES.len());
    story.copied().unwrap_or(("Something happened", &["1001"]))
}

fn create(desks: &DemoDesks, desk: usize, subject: &str, objects: &[&str]) -> u64 {
    let objects: Vec<String> = objects.iter().map(|id| (*id).to_owned()).collect();
    match desk {
        0 => {
            let mut ticket = rt::NewTicket::of("");
            (ticket.subject, ticket.objects) = (subject.to_owned(), objects);
            desks.rt.add_ticket(ticket)
        }
        1 => {
            let mut ticket = otrs::NewTicket::of("");
            (ticket.title, ticket.objects) = (subject.to_owned(), objects);
            desks.otrs.add_ticket(ticket)
        }
        _ => {
            let mut ticket = itop::NewTicket::of("");
            (ticket.title, ticket.objects) = (subject.to_owned(), objects);
            desks.itop.add_ticket(ticket)
        }
    }
}

fn answer(desks: &DemoDesks, desk: usize, ticket: u64) {
    let text = "Thank you for telling us. We are looking into it.";
    match desk {
        0 => desks.rt.reply(ticket),
        1 => drop(desks.otrs.add_reply(ticket, "Re: your request", text)),
        _ => desks.itop.write_log(ticket, "public_log", text),
    }
}

fn takes(desks: &DemoDesks, desk: usize, ticket: u64) {
    match desk {
        0 => desks.rt.set_status(ticket, "open"),
        1 => desks.otrs.set_state(ticket, "open"),
        _ => desks.itop.set_status(ticket, "assigned"),
    }
}

fn hurries(desks: &DemoDesks, desk: usize, ticket: u64, step: usize) {
    let high = step.is_multiple_of(2);
    match desk {
        0 => desks.rt.set_priority(ticket, if high { 80 } else { 50 }),
        1 => {
            let priority = if high { "5 very high" } else { "4 high" };
            desks.otrs.set_priority(ticket, priority);
        }
        _ => desks
            .itop
            .write_log(ticket, "private_log", "The spare part is on its way."),
    }
}

fn done(desks: &DemoDesks, desk: usize, ticket: u64, done: bool) {
    match (desk, done) {
        (0, true) => desks.rt.set_status(ticket, "resolved"),
        (0, false) => desks.rt.comment(ticket),
        (1, true) => desks.otrs.set_state(ticket, "closed successful"),
        (1, false) => drop(desks.otrs.add_note(ticket, "Note", "It came up once more.")),
        (_, true) => desks.itop.set_status(ticket, "resolved"),
        (_, false) => desks
            .itop
            .write_log(ticket, "private_log", "It came up once more."),
    }
}
