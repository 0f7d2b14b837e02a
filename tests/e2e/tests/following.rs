//! `sgi sync --follow` as a service: it ends when it is told to, has a desk to itself, and asks a desk that
//! wants to be left alone no sooner than that.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use sgi_e2e::Sgi;
use sgi_test_desks::rt::{NewTicket, READER};
use sgi_test_desks::{Fault, RtDesk, RtOptions};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A process, and the lines that it tells people.
struct Running {
    child: Child,
    told: Receiver<String>,
}

impl Running {
    fn start(sgi: &Sgi, arguments: &[&str]) -> Self {
        let mut child = sgi
            .command(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (tell, told) = channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let _ = tell.send(line);
            }
        });
        Self { child, told }
    }

    fn hears(&self, what: &str) {
        let until = Instant::now() + PATIENCE;
        while let Ok(line) = self.told.recv_timeout(until - Instant::now()) {
            if line.contains(what) {
                return;
            }
        }
        panic!("it never said: {what}");
    }

    fn terminate(&self) {
        let id = self.child.id().to_string();
        let status = Command::new("kill").args(["-TERM", &id]).status().unwrap();
        assert!(status.success());
    }

    fn ends(&mut self) -> i32 {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code().unwrap_or(-1);
            }
            assert!(Instant::now() < until, "it does not end");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn desk_and_user() -> (RtDesk, Sgi) {
    let desk = RtDesk::start(RtOptions::default());
    let more = "[desks.helpdesk.logbook]\ninterval = \"1s\"\n";
    let sgi = Sgi::with_rt(&desk.url(), READER.0, READER.1, more);
    (desk, sgi)
}

fn count(sgi: &Sgi) -> usize {
    let ran = sgi.run(&["logbook", "--json"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    ran.json().as_array().unwrap().len()
}

fn until_there_are_more(sgi: &Sgi, than: usize) -> usize {
    let until = Instant::now() + PATIENCE;
    loop {
        let now = count(sgi);
        if now > than {
            return now;
        }
        assert!(Instant::now() < until, "nothing new comes");
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn it_goes_on_until_it_is_told_to_end_and_ends_cleanly() {
    let (desk, sgi) = desk_and_user();
    let mut following = Running::start(&sgi, &["sync", "--follow"]);
    following.hears("new entries");
    let before = count(&sgi);
    desk.add_ticket(NewTicket::of("8080"));
    until_there_are_more(&sgi, before);
    following.terminate();
    assert_eq!(following.ends(), 0);
    // Another one goes on where it was.
    let new = desk.add_ticket(NewTicket::of("8080"));
    let ran = sgi.run(&["sync", "--json"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(ran.json()[0]["entries"], 1, "{ran:?}, {new}");
}

#[test]
fn another_process_waits_until_the_desk_is_free() {
    let (desk, sgi) = desk_and_user();
    let mut first = Running::start(&sgi, &["sync", "--follow"]);
    first.hears("new entries");
    let mut second = Running::start(&sgi, &["sync"]);
    second.hears("another process reads this desk; waiting");
    // Nothing is lost, and nothing doubled by it.
    let before = count(&sgi);
    desk.add_ticket(NewTicket::of("8080"));
    assert_eq!(until_there_are_more(&sgi, before), before + 1);
    assert!(second.child.try_wait().unwrap().is_none());
    // Also when the first one dies.
    first.child.kill().unwrap();
    assert_eq!(second.ends(), 0);
    assert_eq!(count(&sgi), before + 1);
}

#[test]
fn a_desk_that_wants_to_be_left_alone_is_left_alone() {
    let (desk, sgi) = desk_and_user();
    assert_eq!(sgi.run(&["sync"]).status, 0);
    desk.set_fault(Some(Fault::Status {
        code: 503,
        headers: vec![("Retry-After".to_owned(), "1800".to_owned())],
        body: Vec::new(),
    }));
    let mut following = Running::start(&sgi, &["sync", "--follow"]);
    following.hears("reading it again in 1800 s");
    let asked = desk.requests().len();
    // It would have been asked again by now, every second.
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(desk.requests().len(), asked);
    following.terminate();
    assert_eq!(following.ends(), 0);
}
