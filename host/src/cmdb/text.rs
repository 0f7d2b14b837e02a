//! What an entry says in i-doit.
//!
//! What people wrote in a ticket is shown by i-doit to people who may do more than they: `<` and `>` are
//! replaced by `‹` and `›`, so that nothing of it is taken for HTML, however i-doit shows it.

use crate::text::one_line;
use sgi_logbook::{Entry, EntryId, Kind};
use std::fmt::Write as _;

/// The room for the event in i-doit, in characters.
const LONGEST_MESSAGE: usize = 255;
/// The room for the description in i-doit's database, in bytes, with some to spare.
const LONGEST_DESCRIPTION: usize = 60_000;
/// A subject or a value within a message, in characters.
const LONGEST_SUBJECT: usize = 80;
const LONGEST_VALUE: usize = 40;
/// A value within a description, in characters: more than any desk has.
const WHOLE: usize = 60_000;

/// The comment of an entry in i-doit, by which it is found again.
pub(super) fn marker(id: &EntryId) -> String {
    format!("sgi:{id}")
}

/// 0 information, 1 low, 2 middle, 3 high. A ticket that begins at an object stands out a little, one
/// that is lost from sight more.
pub(super) fn level(kind: &Kind) -> u8 {
    match kind {
        Kind::Created | Kind::Referenced(_) => 1,
        Kind::Unreferenced(_) | Kind::Merged(_) | Kind::Deleted | Kind::Vanished => 2,
        Kind::Replied
        | Kind::Commented
        | Kind::Status
        | Kind::Owner
        | Kind::Queue
        | Kind::Priority
        | Kind::Subject
        | Kind::Resolved
        | Kind::Other(_) => 0,
    }
}

/// Such as `helpdesk #4711 “Disk full”: status new → open (Jane)`.
pub(super) fn message(entry: &Entry) -> String {
    let mut text = format!(
        "{} #{}",
        one_line(&entry.desk, LONGEST_VALUE),
        one_line(&entry.ticket.number, LONGEST_VALUE)
    );
    if !entry.ticket.subject.is_empty() {
        let subject = one_line(&entry.ticket.subject, LONGEST_SUBJECT);
        let _ = write!(text, " “{subject}”");
    }
    let _ = write!(
        text,
        ": {}",
        entry.what(|text| one_line(text, LONGEST_VALUE))
    );
    if let Some(actor) = &entry.actor {
        let _ = write!(text, " ({})", one_line(actor, LONGEST_VALUE));
    }
    let text = plain(&text);
    match text.chars().count() > LONGEST_MESSAGE {
        true => text
            .chars()
            .take(LONGEST_MESSAGE - 1)
            .chain(['…'])
            .collect(),
        false => text,
    }
}

/// All that there is to say; i-doit sets a date of its own, so the event's stands here.
pub(super) fn description(entry: &Entry) -> String {
    let mut text = String::new();
    let at = match entry.derived {
        true => "Seen",
        false => "At",
    };
    let _ = writeln!(text, "{at}: {} UTC", entry.at.strftime("%Y-%m-%d %H:%M:%S"));
    let ticket = &entry.ticket;
    let number = one_line(&ticket.number, 200);
    let subject = one_line(&ticket.subject, 1000);
    let _ = writeln!(text, "Ticket: {} #{number} {subject}", entry.desk);
    if let Some(url) = &ticket.url {
        let _ = writeln!(text, "{}", one_line(url, 2000));
    }
    let _ = writeln!(text, "What: {}", entry.what(|text| one_line(text, WHOLE)));
    if let Some(actor) = &entry.actor {
        let _ = writeln!(text, "By: {}", one_line(actor, 200));
    }
    if let Some(written) = &entry.text {
        let _ = write!(text, "\n{written}");
    }
    let text = plain(text.trim_end());
    let mut end = text.len().min(LONGEST_DESCRIPTION);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default().to_owned()
}

/// Without anything that could be markup, or be cut off by a database: NUL and other control
/// characters but the newline.
fn plain(text: &str) -> String {
    let visible = text.chars().filter(|c| *c == '\n' || !c.is_control());
    visible
        .map(|c| match c {
            '<' => '‹',
            '>' => '›',
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sgi_logbook::{Event, TicketRef};

    fn entry(kind: Kind) -> Entry {
        let event = Event {
            id: "1".to_owned(),
            ticket: "4711".to_owned(),
            at: "2026-03-01T12:00:00Z".parse().unwrap(),
            actor: Some("Jane".to_owned()),
            kind,
            field: None,
            old: Some("new".to_owned()),
            new: Some("open".to_owned()),
            text: None,
        };
        let ticket = TicketRef {
            id: "4711".to_owned(),
            number: "4711".to_owned(),
            subject: "Disk full".to_owned(),
            url: Some("https://rt.example.org/Ticket/Display.html?id=4711".to_owned()),
        };
        Entry::new("helpdesk", 1, ticket, &event, "42", None, false)
    }

    #[test]
    fn a_message_says_in_plain_words_what_happened() {
        for (kind, told) in [
            (Kind::Created, "created"),
            (Kind::Status, "status new → open"),
            (Kind::Resolved, "resolved, status new → open"),
            (Kind::Merged("17".to_owned()), "merged into 17"),
            (
                Kind::Referenced("42".to_owned()),
                "now references this object",
            ),
            (Kind::Other("due".to_owned()), "due new → open"),
        ] {
            assert_eq!(
                message(&entry(kind)),
                format!("helpdesk #4711 “Disk full”: {told} (Jane)")
            );
        }
    }

    #[test]
    fn a_message_has_at_most_255_characters() {
        let mut long = entry(Kind::Status);
        for text in [
            &mut long.desk,
            &mut long.ticket.number,
            &mut long.ticket.subject,
        ] {
            *text = "ä".repeat(1000);
        }
        long.old = Some("ö".repeat(1000));
        long.new = Some("ü\n".repeat(1000));
        long.actor = Some("ß".repeat(1000));
        let text = message(&long);
        assert_eq!(text.chars().count(), 255);
        assert!(!text.contains('\n'));
        // The whole values stand in the description.
        assert!(description(&long).contains(&"ö".repeat(1000)));
        long.text = Some("😀".repeat(100_000));
        assert!(description(&long).len() <= LONGEST_DESCRIPTION);
    }

    #[test]
    fn a_description_holds_instant_link_and_text_and_no_markup() {
        let mut entry = entry(Kind::Commented);
        entry.text = Some("<script>alert(1)</script>\nsecond line\u{0}".to_owned());
        assert_eq!(
            description(&entry),
            "At: 2026-03-01 12:00:00 UTC\nTicket: helpdesk #4711 Disk full\n\
             https://rt.example.org/Ticket/Display.html?id=4711\nWhat: internal comment\nBy: Jane\n\n\
             ‹script›alert(1)‹/script›\nsecond line"
        );
    }
}
