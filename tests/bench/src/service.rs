//! The service under load: how long a page of the CMDB waits for the tickets of an object, whatever the
//! desks do, and what the process keeps of a day's traffic.

use crate::plain;
use crate::traffic::{Connection, Times, load, requests};
use anyhow::{Context, Result, ensure};
use sgi_test_desks::{
    Fault, ITopDesk, ITopOptions, OtrsDesk, OtrsOptions, RtDesk, RtOptions, itop, otrs, rt,
};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// How long each kind of load lasts.
const LOAD: Duration = Duration::from_secs(5);
/// Turns of the two that are set side by side, and how long each lasts.
const TURNS: usize = 4;
const TURN: Duration = Duration::from_secs(2);
/// What a CMDB of some hundred users asks in a day.
const A_DAY: usize = 200_000;
/// How long the desks take for an answer.
const LATENCY: Duration = Duration::from_millis(10);
/// Those that are there all day.
const ALL: &str = "&desk=rt&desk=otrs&desk=itop&desk=swapped";
const NEVER: fn() -> Result<()> = || Ok(());

/// Prints how long requests take.
pub(crate) fn under_load(root: &Path, runtime: &Runtime) -> Result<()> {
    let rt = RtDesk::start(RtOptions {
        latency: LATENCY,
        ..RtOptions::default()
    });
    let itop = ITopDesk::start(ITopOptions {
        latency: LATENCY,
        ..ITopOptions::default()
    });
    let otrs = OtrsDesk::start(OtrsOptions {
        latency: LATENCY,
        ..OtrsOptions::default()
    });
    let served = Served::start(root)?;
    let of_rt = table("rt", &rt.url(), rt::READER);
    let of_itop = table("itop", &itop.url(), itop::READER);
    served.put("rt", &of_rt)?;
    served.put("itop", &of_itop)?;
    served.put("swapped", &of_rt)?;
    let warm = "/api/v1/tickets?object=1001&desk=rt&desk=itop";
    beside_plain(&served, runtime, warm)?;
    println!(
        "\n| tickets of an object, by `sgi serve` | requests a second | median | 99 of 100 | failed |"
    );
    println!("|---|---|---|---|---|");
    let cold = |nth| format!("/api/v1/tickets?object={}&desk=rt&desk=itop", 100_000 + nth);
    load(&served.address, LOAD, cold, NEVER)?.row("two desks of 10 ms, not kept");
    let swapped = |_| "/api/v1/tickets?object=1001&desk=swapped".to_owned();
    let mut swaps = 0;
    load(&served.address, LOAD, swapped, || {
        swaps += 1;
        served.put("swapped", either(swaps, &of_rt, &of_itop))
    })?
    .row("during swaps between RT and iTop");
    println!("\n{swaps} swaps in {} s", LOAD.as_secs());
    rt.set_fault(Some(Fault::Hang));
    // Lists that wait for it in the background.
    for nth in 0..64 {
        let path = format!("/api/v1/tickets?object={}&desk=rt&wait=0", 900_000 + nth);
        served.ask("GET", &path, "")?;
    }
    println!("\n| while another desk hangs | requests a second | median | 99 of 100 | failed |");
    println!("|---|---|---|---|---|");
    let other = |nth| format!("/api/v1/tickets?object={}&desk=itop", 200_000 + nth);
    load(&served.address, LOAD, other, NEVER)?.row("a desk of 10 ms, not kept");
    rt.set_fault(None);
    drop(served);
    a_day(root, (&rt, &otrs, &itop))
}

/// The service beside a plain handler that gives the same answer, in turns.
fn beside_plain(served: &Served, runtime: &Runtime, path: &str) -> Result<()> {
    let (status, answer) = served.ask("GET", path, "")?;
    ensure!(status == 200 && !answer.contains("\"code\":"), "{answer}");
    let plain = plain::serve(runtime, "/api/v1/tickets", &answer)?;
    let (mut native, mut ours) = (Times::default(), Times::default());
    let same = |_| path.to_owned();
    for turn in 0..2 * TURNS {
        match turn % 2 {
            0 => native.add(load(&plain, TURN, same, NEVER)?),
            _ => ours.add(load(&served.address, TURN, same, NEVER)?),
        }
    }
    println!(
        "\n| the same JSON ({} bytes) | requests a second | median | 99 of 100 | failed |",
        answer.len()
    );
    println!("|---|---|---|---|---|");
    native.row("a plain axum handler");
    ours.row("`sgi serve`, two desks, kept");
    let mut ratio = |share| ours.at(share).as_secs_f64() / native.at(share).as_secs_f64();
    println!("| ratio | | {:.2} | {:.2} | |", ratio(50), ratio(99));
    Ok(())
}

/// A day's requests to three desks in which tickets are made and changed, which are followed, swapped, made and
/// removed meanwhile.
fn a_day(root: &Path, (rt, otrs, itop): (&RtDesk, &OtrsDesk, &ITopDesk)) -> Result<()> {
    let served = Served::start(root)?;
    let of_rt = table("rt", &rt.url(), rt::READER);
    let of_itop = table("itop", &itop.url(), itop::READER);
    served.put("rt", &of_rt)?;
    served.put("otrs", &table("otrs", &otrs.url(), otrs::READER))?;
    served.put("itop", &of_itop)?;
    served.put("swapped", &of_rt)?;
    let day = |nth: usize| match nth % 20 {
        0 => format!("/api/v1/tickets?object={}{ALL}", 300_000 + nth % 20_000),
        1 => "/api/v1/logbook?object=1001&newest_first=true&limit=20".to_owned(),
        2 => "/api/v1/desks".to_owned(),
        _ => format!(
            "/api/v1/tickets?object={}{ALL}",
            [1001, 1002, 42, 4, 7777].get(nth % 5).unwrap_or(&1001)
        ),
    };
    // What happens beside the requests, and how often it did.
    let (mut changes, mut swaps, mut made) = (0_usize, 0_usize, 0_usize);
    let began = Instant::now();
    let mut meanwhile = || {
        let seconds = began.elapsed().as_secs_f64();
        if seconds > changes as f64 * 0.2 {
            changes += 1;
            let subject = format!("Printer {changes}");
            match changes % 3 {
                0 => {
                    let mut ticket = rt::NewTicket::of("");
                    (ticket.subject, ticket.objects) = (subject, vec!["1001".to_owned()]);
                    let _ = rt.add_ticket(ticket);
                }
                1 => {
                    let mut ticket = otrs::NewTicket::of("");
                    (ticket.title, ticket.objects) = (subject, vec!["7777".to_owned()]);
                    let _ = otrs.add_ticket(ticket);
                }
                _ => rt.set_subject(1, &subject),
            }
        }
        if seconds > swaps as f64 * 2.0 {
            swaps += 1;
            served.put("swapped", either(swaps, &of_rt, &of_itop))?;
        }
        if seconds > made as f64 * 5.0 {
            made += 1;
            served.put("for-a-while", &of_itop)?;
            served.ask("DELETE", "/api/v1/desks/for-a-while", "")?;
        }
        Ok(())
    };
    println!("\n| {A_DAY} requests of a day | MiB held |");
    println!("|---|---|");
    requests(&served.address, 0, 2_000, &day, &mut meanwhile)?;
    println!("| once each was asked for | {:.0} |", served.memory()?);
    for part in 1..=4 {
        let (began, of_part) = (Instant::now(), A_DAY / 4);
        let first = (part - 1) * of_part;
        requests(&served.address, first, of_part, &day, &mut meanwhile)?;
        let (so_far, held) = (part * of_part, served.memory()?);
        let took = began.elapsed().as_secs_f64();
        println!("| after {so_far} (in {took:.0} s) | {held:.0} |");
    }
    println!(
        "\nmeanwhile {changes} tickets were made or changed, {swaps} swaps done, {made} desks made and removed"
    );
    Ok(())
}

/// One of the two in turns.
fn either<'a>(nth: usize, one: &'a str, other: &'a str) -> &'a str {
    if nth.is_multiple_of(2) { one } else { other }
}

fn table(kind: &str, url: &str, (username, password): (&str, &str)) -> String {
    serde_json::json!({
        "type": kind,
        "url": url,
        "username": username,
        "password": password,
        "logbook": { "interval": 1 },
    })
    .to_string()
}

/// `sgi serve`, for as long as this lives.
struct Served {
    child: Child,
    address: String,
    _home: tempfile::TempDir,
}

impl Served {
    fn start(root: &Path) -> Result<Self> {
        let home = tempfile::tempdir()?;
        std::fs::write(home.path().join("sgi.toml"), "")?;
        let mut child = Command::new(root.join("target/debug/sgi"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .env_clear()
            .env("HOME", home.path())
            .env("SGI_LOG", "error")
            .current_dir(home.path())
            .stdout(Stdio::piped())
            .spawn()
            .context("run `cargo measure`, which builds sgi first")?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("a pipe")?).read_line(&mut line)?;
        let address = line.split_once("http://").context("an address")?.1;
        let address = address.split(';').next().context("an address")?.to_owned();
        Ok(Self {
            child,
            address,
            _home: home,
        })
    }

    fn ask(&self, method: &str, path: &str, body: &str) -> Result<(u16, String)> {
        Connection::open(&self.address)?.ask(method, path, body)
    }

    fn put(&self, desk: &str, table: &str) -> Result<()> {
        let path = format!("/api/v1/desks/{desk}");
        let (status, body) = self.ask("PUT", &path, table)?;
        ensure!(matches!(status, 200 | 201), "{status}: {body}");
        Ok(())
    }

    /// What the process holds, in MiB.
    fn memory(&self) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().nth(1));
        Ok(kib.context("VmRSS")?.parse::<f64>()? / 1024.0)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It is gone already, or ends now.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
