//! The objects that all test desks have tickets of, so that one suite can run against any:
//!
//! | Object | Tickets |
//! |---|---|
//! | `1001` | 101 to 105, open and closed ones; 106, which the reader does not see |
//! | `1002` | 102 |
//! | `42` | 102, 107, 108 |
//! | `4` | 109 and some of the recorded ones; `420` (110) and `142` (111) are others |
//! | `7777` | 130 |
//! | `999999` | none |

use super::change::NewTicket;
use super::data::Data;
use super::seed::at;
use super::ticket::By;

/// The first id: the recorded tickets lie below.
const FIRST: u64 = 101;
/// Tickets of the object 7777: more than a page of anything.
const MANY: usize = 130;
const DAY: i64 = 24 * 60 * 60;
const MINUTE: i64 = 60;

/// Title, queue, state, customer, owner, objects.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    Option<&'static str>,
    &'static [&'static str],
);

const ROWS: &[Row] = &[
    (
        "Datenbank srv-db-01 antwortet langsam – Größe prüfen",
        "Service Desk",
        "closed successful",
        "kunde1",
        Some("jiri"),
        &["1001"],
    ),
    (
        "RAM-Tausch für 3 Server",
        "Network",
        "new",
        "kunde2",
        Some("anna"),
        &["1001", "1002", "42"],
    ),
    (
        "<b>Server \"srv-01\"</b> & <script>alert(1)</script> – très urgent, 打印机, ﷽",
        "Service Desk::Drucker & Büro",
        "open",
        "erika.mustermann@kunde.example",
        None,
        &["1001"],
    ),
    (
        "Monitoring: disk full",
        "Raw",
        "pending reminder",
        "kunde1",
        Some("root@localhost"),
        &["1001"],
    ),
    (
        "Cannot be done",
        "Misc",
        "closed unsuccessful",
        "kunde2",
        Some("jiri"),
        &["1001"],
    ),
    (
        "Vertraulich: Abmahnung",
        "HR",
        "open",
        "kunde1",
        Some("root@localhost"),
        &["1001", "7777"],
    ),
    ("Object 42 only", "Network", "new", "kunde2", None, &["42"]),
    (
        "Object 42 once more",
        "Network",
        "closed successful",
        "kunde2",
        Some("anna"),
        &["42"],
    ),
    (
        "Object 4 only",
        "Network",
        "open",
        "kunde1",
        Some("anna"),
        &["4"],
    ),
    ("Object 420", "Network", "new", "kunde1", None, &["420"]),
    ("Object 142", "Network", "new", "kunde1", None, &["142"]),
];

impl Data {
    /// Adds the examples. They are older than the recorded tickets, and lie on both sides of a
    /// change to summer time.
    pub(super) fn examples(&mut self) {
        self.next_ticket = FIRST;
        let mut now = at("2026-01-12 08:00:00");
        for &(title, queue, state, customer, owner, objects) in ROWS {
            let new = NewTicket {
                queue: queue.to_owned(),
                title: title.to_owned(),
                state: state.to_owned(),
                customer: customer.to_owned(),
                owner: owner.map(str::to_owned),
                objects: objects.iter().map(|object| (*object).to_owned()).collect(),
                ..NewTicket::of("")
            };
            let by = By { user: 6, at: now };
            let id = self.add(&new, by);
            if state == "pending reminder" {
                self.ticket(id).pending = at("2027-03-27 17:30:00");
            }
            now += 17 * DAY + 11 * MINUTE;
        }
        self.extra("7777", MANY);
    }

    /// Adds so many tickets that reference an object, one a minute.
    pub(super) fn extra(&mut self, object: &str, count: usize) {
        let mut now = at("2026-08-03 06:00:00");
        for number in 1..=count {
            now += MINUTE;
            let state = ["new", "open", "closed successful", "open"][number % 4];
            let new = NewTicket {
                state: state.to_owned(),
                title: format!("Ticket {number} of object {object}"),
                ..NewTicket::of(object)
            };
            self.add(&new, By { user: 6, at: now });
        }
    }
}
