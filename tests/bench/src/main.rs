//! What the sandbox costs: each line measures the same thing natively and through the host, in
//! turns, in this run. `cargo measure` builds all it needs and prints the table; `cargo measure PART`
//! (engine, memory, get, list, process, desks, logbook, service) one part of it. How many entries a second the
//! store takes, `cargo bench -p sgi-logbook --bench store --profile dev` tells.

mod desk;
mod desks;
mod logbook;
mod memory;
mod paired;
mod plain;
mod process;
mod service;
mod traffic;

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use desk::{Native, ONE, THOUSAND};
use paired::{Pair, Times, computed, in_turns, timed};
use sgi_guest::{DeskSettings as GuestSettings, OptionValue, Settings};
use sgi_host::measure::Measured;
use sgi_host::{Desk, DeskSettings, Filter, Host, HostOptions, Object};
use sgi_test_desks::rt::READER;
use sgi_test_desks::{RtDesk, RtOptions};
use std::fs;
use std::path::Path;
use std::time::Duration;
use tokio::runtime::Runtime;

/// A component that exports the function `empty`, and nothing in it.
const EMPTY: &str = r#"(component
    (core module $m (func (export "empty")))
    (core instance $i (instantiate $m))
    (func (export "empty") (canon lift (core func $i "empty"))))"#;

fn main() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .context("the workspace")?;
    let wasm = fs::read(root.join("target/connectors/rt.wasm"))
        .context("run `cargo measure`, which builds the connectors first")?;
    let only = std::env::args().nth(1).unwrap_or_default();
    let wanted = |name: &str| only.is_empty() || name == only;
    println!("| what | baseline | ours | ratio of medians | of the fastest | target |");
    println!("|---|---|---|---|---|---|");
    // The desk runs on threads of its own; what is measured runs on this one.
    let server = Runtime::new()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    if wanted("engine") {
        engine(&runtime, &wasm)?;
    }
    if wanted("memory") {
        memory(&runtime, &wasm)?;
    }
    if wanted("get") || wanted("list") {
        network(&server, &runtime, wanted)?;
    }
    if wanted("process") {
        processes()?;
    }
    if wanted("desks") {
        desks::side_by_side(&runtime)?;
    }
    if wanted("service") {
        service::under_load(root, &server)?;
    }
    if wanted("logbook") {
        logbook::first_contact(&std::env::current_exe()?.with_file_name("sgi"))?;
    }
    Ok(())
}

fn row(what: &str, pair: &Pair, target: f64) {
    let ratio = |ours: Duration, baseline: Duration| ours.as_secs_f64() / baseline.as_secs_f64();
    let Pair { baseline, ours } = pair;
    println!(
        "| {what} | {:.1?} | {:.1?} | {:.2} | {:.2} | ≤ {target} |",
        baseline.median,
        ours.median,
        ratio(ours.median, baseline.median),
        ratio(ours.fastest, baseline.fastest),
    );
}

fn alone(what: &str, times: &Times, target: &str) {
    println!(
        "| {what} | | {:.2?} (fastest {:.2?}) | | | {target} |",
        times.median, times.fastest
    );
}

fn engine(runtime: &Runtime, wasm: &[u8]) -> Result<()> {
    let measured = Measured::new(wasm)?;
    let mut times = Vec::new();
    for _ in 0..2000 {
        times.push(runtime.block_on(measured.instantiate())?);
    }
    alone("instantiate the RT connector", &Times::of(times), "≤ 20 µs");
    let empty = wat::parse_str(EMPTY)?;
    let mut times = Vec::new();
    for _ in 0..20 {
        times.push(runtime.block_on(measured.empty_call(&empty, "empty", 10_000))?);
    }
    alone("empty call", &Times::of(times), "≤ 0.5 µs");
    Ok(())
}

fn settings(url: &str) -> GuestSettings {
    let option = |key: &str, value: &str| OptionValue {
        key: key.to_owned(),
        values: vec![value.to_owned()],
    };
    GuestSettings {
        url: url.to_owned(),
        link_url: url.to_owned(),
        username: READER.0.to_owned(),
        password: "placeholder".to_owned(),
        options: vec![
            option("objects-field", "i-doit objects"),
            option("tenant-field", "i-doit tenant"),
            option("credential", "password"),
        ],
        learned: Some(learned().into_bytes()),
    }
}

/// What a check has learned right now: what is old would be learned anew.
fn learned() -> String {
    let now = std::time::UNIX_EPOCH.elapsed().unwrap_or_default();
    format!(
        r#"{{"at":{},"looked_at":1,"objects":[{{"id":2,"name":"i-doit objects"}}],"tenant":[],"queues":[[3,"Incidents",2,null]]}}"#,
        now.as_millis()
    )
}

fn natively(settings: &Settings, list: &[u8]) -> Result<usize> {
    let tickets = sgi_connector_rt::tickets_in(settings, list)
        .map_err(|error| anyhow::anyhow!("{error:?}"))?;
    Ok(std::hint::black_box(tickets).len())
}

/// Parsing in the guest and lifting into the host.
fn memory(runtime: &Runtime, wasm: &[u8]) -> Result<()> {
    let list: Bytes = desk::list(1000, THOUSAND);
    let given = settings("http://desk.example.org");
    let native = Settings::given(given.clone());
    ensure!(
        natively(&native, &list)? == 1000,
        "the native code reads another list"
    );
    for (epochs, what) in [
        (true, "parse and lift 1,000 tickets"),
        (false, "the same, without deadlines on computing"),
    ] {
        let config = sgi_host::measure::config();
        let mut connector = runtime.block_on(memory::Connector::start(
            config, epochs, wasm, &list, &given, THOUSAND,
        ))?;
        let mut failed = None;
        let pair = in_turns(
            300,
            || computed(|| natively(&native, &list)).0,
            || {
                let (time, listed) = computed(|| runtime.block_on(connector.list(1000)));
                failed = failed.take().or(listed.err());
                time
            },
        );
        failed.map_or(Ok(()), Err)?;
        row(what, &pair, 1.5);
    }
    Ok(())
}

/// What is measured over the network.
struct Exchange {
    part: &'static str,
    what: &'static str,
    object: &'static str,
    tickets: usize,
    /// How long the desk takes for it.
    takes: Duration,
    rounds: usize,
    target: f64,
}

const EXCHANGES: &[Exchange] = &[
    // No desk is so fast, and no other row shows what the gate costs by itself: the difference.
    Exchange {
        part: "get",
        what: "GET of one ticket through the gate, desk takes 0 ms",
        object: ONE,
        tickets: 1,
        takes: Duration::ZERO,
        rounds: 3000,
        target: 1.25,
    },
    Exchange {
        part: "get",
        what: "the same, desk takes 10 ms",
        object: ONE,
        tickets: 1,
        takes: Duration::from_millis(10),
        rounds: 100,
        target: 1.25,
    },
    Exchange {
        part: "list",
        what: "GET, parse and lift 1,000 tickets (541 KiB), desk takes 0 ms",
        object: THOUSAND,
        tickets: 1000,
        takes: Duration::ZERO,
        rounds: 300,
        target: 1.4,
    },
    Exchange {
        part: "list",
        what: "the same, desk takes 10 ms",
        object: THOUSAND,
        tickets: 1000,
        takes: Duration::from_millis(10),
        rounds: 100,
        target: 1.4,
    },
];

fn network(server: &Runtime, runtime: &Runtime, wanted: impl Fn(&str) -> bool) -> Result<()> {
    let behind = RtDesk::start(RtOptions::default());
    let folder = tempfile::tempdir()?;
    let host = Host::new(HostOptions {
        state_dir: Some(folder.path().join("state")),
        cache_dir: Some(folder.path().join("cache")),
        ..HostOptions::default()
    })?;
    let native = Native::new();
    for exchange in EXCHANGES.iter().filter(|exchange| wanted(exchange.part)) {
        let url = server.block_on(desk::serve(behind.url().to_owned(), exchange.takes))?;
        let settings = DeskSettings::new("desk", "rt", &url, READER.0, READER.1.into());
        let desk: Desk = runtime.block_on(host.open(settings))?;
        runtime.block_on(desk.check())?;
        let parser = Settings::given(self::settings(&url));
        let address = format!("{url}/REST/2.0/tickets?object={}", exchange.object);
        let object = Object::new(exchange.object);
        let mut failed = None;
        let direct = || {
            timed(|| {
                runtime.block_on(async {
                    let body = native.get(&address).await?;
                    natively(&parser, &body)
                })
            })
        };
        let pair = in_turns(exchange.rounds, direct, || {
            timed(
                || match runtime.block_on(desk.tickets(&object, Filter::All)) {
                    Ok(found) if found.len() == exchange.tickets => {}
                    other => failed = Some(format!("{other:?}")),
                },
            )
        });
        ensure!(failed.is_none(), "{failed:?}");
        row(exchange.what, &pair, exchange.target);
        runtime.block_on(desk.close());
    }
    Ok(())
}

fn processes() -> Result<()> {
    let program = std::env::current_exe()?.with_file_name("sgi");
    for latency in [100, 0] {
        let desk = RtDesk::start(RtOptions {
            latency: Duration::from_millis(latency),
            ..RtOptions::default()
        });
        let process = process::Process::new(&program, &desk.url())?;
        for (cold, what) in [
            (false, "compiled code kept"),
            (true, "compiled code thrown away"),
        ] {
            let pair = process.measure(if latency > 0 { 20 } else { 50 }, cold)?;
            row(
                &format!("process to a list against curl, {what}, desk takes {latency} ms"),
                &pair,
                1.1,
            );
        }
    }
    Ok(())
}
