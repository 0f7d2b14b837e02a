//! First contact with a desk of very many tickets: `sgi sync` as a process of its own, how much memory it
//! has while the backlog shrinks, and whether it goes on where it was killed.

use anyhow::{Context, Result, ensure};
use sgi_test_desks::rt::{NewTicket, READER};
use sgi_test_desks::{RtDesk, RtOptions};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Tickets beside those that the test desk comes with.
const TICKETS: usize = 100_000;
/// How many were read when memory is looked at.
const LOOKS: [u64; 3] = [10_000, 50_000, 100_000];
/// Tickets that one object has.
const OF_ONE: usize = 10;

/// Prints a row for each look, and one for the whole.
pub(crate) fn first_contact(program: &Path) -> Result<()> {
    let desk = RtDesk::start(RtOptions::default());
    for ticket in 0..TICKETS {
        desk.add_ticket(NewTicket::of((100_000 + ticket / OF_ONE).to_string()));
    }
    let home = home(&desk)?;
    let began = Instant::now();
    // Killed on its way: the next process begins where the last step was kept.
    let (read, lines) = watch(start(program, &home)?, Some(LOOKS[0] / 2))?;
    let before = kept(program, &home)?;
    println!("| killed after {read} tickets, {before} entries kept | | | | | |");
    for line in lines.iter().take(1) {
        println!("| progress as it is told: {line} | | | | | |");
    }
    watch(start(program, &home)?, None)?;
    let took = began.elapsed();
    let after = kept(program, &home)?;
    ensure!(
        after >= TICKETS,
        "{after} entries of {TICKETS} tickets: some are missing"
    );
    println!(
        "| first contact with {TICKETS} tickets, killed once, {after} entries | | {took:.0?} | | | |"
    );
    Ok(())
}

fn home(desk: &RtDesk) -> Result<TempDir> {
    let home = tempfile::tempdir()?;
    fs::write(
        home.path().join("sgi.toml"),
        format!(
            "[desks.d]\ntype = \"rt\"\nurl = {:?}\nusername = {:?}\npassword = {{ file = \"password\" }}\n",
            desk.url(),
            READER.0
        ),
    )?;
    fs::write(home.path().join("password"), READER.1)?;
    Ok(home)
}

fn sgi(program: &Path, home: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(home.path())
        .env_clear()
        .env("HOME", home.path());
    command
}

fn start(program: &Path, home: &TempDir) -> Result<Child> {
    let mut command = sgi(program, home, &["sync"]);
    let command = command.stdout(Stdio::null()).stderr(Stdio::piped());
    Ok(command.spawn()?)
}

/// Entries in the logbook.
fn kept(program: &Path, home: &TempDir) -> Result<usize> {
    let mut command = sgi(program, home, &["logbook"]);
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let out = child.stdout.take().context("the logbook's output")?;
    let count = BufReader::new(out).lines().count();
    ensure!(child.wait()?.success(), "the logbook cannot be read");
    Ok(count)
}

/// Follows what it tells until it ends, or kills it when it has read so many tickets. How many those are,
/// and the lines.
fn watch(mut child: Child, kill_at: Option<u64>) -> Result<(u64, Vec<String>)> {
    let told = child.stderr.take().context("what it tells")?;
    let pid = child.id();
    let mut looks = LOOKS.into_iter().peekable();
    let mut lines = Vec::new();
    let mut read = 0;
    for line in BufReader::new(told).lines() {
        let line = line?;
        // `sgi: d: 12300 changed tickets, …`.
        let number = line
            .split(' ')
            .find_map(|word| word.parse::<u64>().ok())
            .filter(|_| line.contains("changed ticket"));
        let Some(number) = number else { continue };
        read = number;
        lines.push(line);
        if kill_at.is_some_and(|most| read >= most) {
            child.kill()?;
            break;
        }
        while looks.next_if(|look| read >= *look).is_some() {
            println!(
                "| memory of the process after {read} tickets | | {} | | | flat |",
                memory(pid)?
            );
        }
    }
    let ended = child.wait()?;
    ensure!(
        kill_at.is_some() || ended.success(),
        "sgi sync failed: {lines:?}"
    );
    // The system gives the lease back when the process is gone.
    thread::sleep(Duration::from_millis(50));
    Ok((read, lines))
}

/// What the process has in memory now, as the kernel tells it.
fn memory(pid: u32) -> Result<String> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    Ok(line.context("VmRSS")?.trim().to_owned())
}
