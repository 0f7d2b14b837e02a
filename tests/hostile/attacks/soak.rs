//! The service under attack by many of them at once, with honest traffic in between: its memory stays
//! within a bound, and the honest desk answers.
//!
//! A part of them for half a minute; `cargo measure soak MINUTES` has all of them for as long as it is told to.

use crate::desks;
use crate::run::{Ask, Attack, Here, answer, called, server};
use crate::table::ATTACKS;
use sgi_e2e::{Served, Sgi};
use sgi_host::Digest;
use sgi_test_desks::When;
use sgi_test_desks::http::Server;
use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

/// Every how many of them are taken for the short one.
const STEP: usize = 5;
const SHORT: Duration = Duration::from_secs(30);
/// What the service may hold: at most 32 MiB for each of the calls that go on at the same time, what they
/// hand over, and itself.
const BOUND: u64 = 1 << 30;

/// What the operating system says of a process, in bytes.
fn memory(process: u32, what: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with(what)).unwrap();
    line.split_whitespace()
        .nth(1)
        .unwrap()
        .parse::<u64>()
        .unwrap()
        << 10
}

struct Target {
    name: String,
    desk: Server,
}

/// The settings of a desk that is served by such a component.
fn put(folder: &Path, config: &mut String, name: &str, url: &str, wasm: &[u8]) {
    std::fs::write(folder.join(format!("{name}.wasm")), wasm).unwrap();
    let digest = Digest::of(wasm);
    write!(
        config,
        "[connectors.{name}]\ndigest = \"{digest}\"\n[desks.{name}]\ntype = \"{name}\"\nurl = \"{url}\"\n\
         username = \"cmdb\"\npassword = \"soaked-secret-1\"\nrequest_timeout = 1\nmax_response = \"1 MiB\"\n\
         [desks.{name}.limits]\ncompute_timeout = \"300ms\"\ncall_timeout = 2\nmemory = \"32 MiB\"\nrequests = 20\n\
         traffic = \"8 MiB\"\ntickets = 500\ninstance_calls = 50\n[desks.{name}.logbook]\nactive = false\n"
    )
    .unwrap();
}

fn target(
    number: usize,
    attack: &Attack,
    elsewhere: &str,
    folder: &Path,
    config: &mut String,
) -> Target {
    let desk = server(answer);
    let here = Here {
        desk: desk.addr().to_string(),
        port: desk.addr().port(),
        elsewhere: elsewhere.to_owned(),
    };
    if let Some(fault) = attack.fault {
        desk.add_fault(When::Always, fault(&here));
    }
    let name = format!("hostile-{number}");
    let wasm = called(&name, || (attack.build)(&here));
    let scheme = if attack.https { "https" } else { "http" };
    put(
        folder,
        config,
        &name,
        &format!("{scheme}://{}/desk", here.desk),
        &wasm,
    );
    Target { name, desk }
}

#[test]
fn the_service_bears_them_together() {
    let minutes = std::env::var("SGI_SOAK_MINUTES").ok();
    let (step, time) = match &minutes {
        Some(minutes) => (
            1,
            Duration::from_secs_f64(minutes.parse::<f64>().unwrap() * 60.0),
        ),
        None => (STEP, SHORT),
    };
    let folder = tempfile::tempdir().unwrap();
    let (elsewhere, honest) = (server(answer), server(answer));
    let mut config = format!("[host]\nconnectors_dir = {:?}\n", folder.path());
    let fetches = desks::fetches_as("honest", &honest.addr().to_string());
    let url = format!("http://{}/desk", honest.addr());
    put(folder.path(), &mut config, "honest", &url, &fetches);
    let place = elsewhere.addr().to_string();
    let targets: Vec<Target> = ATTACKS
        .iter()
        // What is never admitted keeps the compiler busy, for a minute in one case, and nothing else.
        .filter(|attack| minutes.is_some() || attack.ask != Ask::Open)
        .enumerate()
        .step_by(step)
        .map(|(number, attack)| target(number, attack, &place, folder.path(), &mut config))
        .collect();
    let sgi = Sgi::with_config(&config);
    let served = Served::start(&sgi);
    let asked = |name: &str| {
        served
            .get(&format!("/api/v1/desks/{name}/tickets/1"))
            .status
    };

    let begun = Instant::now();
    let (mut rounds, mut first) = (0, None);
    while begun.elapsed() < time || rounds == 0 {
        std::thread::scope(|scope| {
            for some in targets.chunks(targets.len().div_ceil(8)) {
                scope.spawn(move || {
                    for target in some {
                        asked(&target.name);
                    }
                });
            }
            for _ in 0..20 {
                assert_eq!(asked("honest"), 200);
            }
        });
        for target in &targets {
            target.desk.clear();
        }
        rounds += 1;
        let now = memory(served.id(), "VmRSS:");
        if minutes.is_some() {
            eprintln!("{:?}: {} MiB", begun.elapsed(), now >> 20);
        }
        first.get_or_insert(now);
    }
    let most = memory(served.id(), "VmHWM:");
    eprintln!(
        "{} components, {rounds} rounds: {} MiB at first, at most {} MiB",
        targets.len(),
        first.unwrap_or_default() >> 20,
        most >> 20
    );
    assert!(most <= BOUND, "{} MiB", most >> 20);
    assert_eq!(elsewhere.requests().len(), 0, "one of them got elsewhere");
}
