//! Three desks asked side by side, beside the slowest of them alone: a CMDB's page waits for one desk and
//! not for their sum. By the library, and by the program, which starts anew each time.

use crate::paired::{Pair, in_turns, timed};
use crate::row;
use anyhow::{Result, ensure};
use sgi_host::{Desk, DeskSettings, Filter, Host, HostOptions, Object};
use sgi_test_desks::{
    ITopDesk, ITopOptions, OtrsDesk, OtrsOptions, RtDesk, RtOptions, itop, otrs, rt,
};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::process::Command;
use std::time::Duration;
use tokio::runtime::Runtime;

/// As real servers take for a request.
const RT: Duration = Duration::from_millis(100);
const OTRS: Duration = Duration::from_millis(30);
const ITOP: Duration = Duration::from_millis(120);

pub(crate) fn side_by_side(runtime: &Runtime) -> Result<()> {
    let rt = RtDesk::start(RtOptions {
        latency: RT,
        ..RtOptions::default()
    });
    let otrs = OtrsDesk::start(OtrsOptions {
        latency: OTRS,
        ..OtrsOptions::default()
    });
    let itop = ITopDesk::start(ITopOptions {
        latency: ITOP,
        ..ITopOptions::default()
    });
    let folder = tempfile::tempdir()?;
    let host = Host::new(HostOptions {
        cache_dir: Some(folder.path().join("cache")),
        state_dir: Some(folder.path().join("state")),
        ..HostOptions::default()
    })?;
    let open = |kind: &str, url: String, (name, password): (&str, &str)| {
        let settings = DeskSettings::new(kind, kind, url, name, password.into());
        runtime.block_on(host.open(settings))
    };
    let all: [Desk; 3] = [
        open("rt", rt.url(), rt::READER)?,
        open("otrs", otrs.url(), otrs::READER)?,
        open("itop", itop.url(), itop::READER)?,
    ];
    let object = Object::new("1001");
    let ask = |desk: &Desk| {
        let (desk, object) = (desk.clone(), object.clone());
        async move { desk.tickets(&object, Filter::All).await }
    };
    let mut slowest = (Duration::ZERO, &all[0]);
    for desk in &all {
        runtime.block_on(ask(desk))?;
        let mut found = None;
        let time = timed(|| found = Some(runtime.block_on(ask(desk))));
        ensure!(
            matches!(&found, Some(Ok(tickets)) if !tickets.is_empty()),
            "{found:?}"
        );
        if time > slowest.0 {
            slowest = (time, desk);
        }
    }
    let mut failed = None;
    let pair: Pair = in_turns(
        20,
        || timed(|| runtime.block_on(ask(slowest.1)).is_ok()),
        || {
            timed(|| {
                let asked = async { tokio::join!(ask(&all[0]), ask(&all[1]), ask(&all[2])) };
                if let (Ok(_), Ok(_), Ok(_)) = runtime.block_on(asked) {
                } else {
                    failed = Some("a desk failed");
                }
            })
        },
    );
    ensure!(failed.is_none(), "{failed:?}");
    let name = slowest.1.name();
    row(
        &format!("three desks at once against the slowest ({name}) alone"),
        &pair,
        1.05,
    );
    let desks = [
        ("rt", rt.url(), rt::READER),
        ("otrs", otrs.url(), otrs::READER),
        ("itop", itop.url(), itop::READER),
    ];
    let pair = by_program(&desks, name)?;
    row(
        &format!("`sgi tickets` of three desks against the slowest ({name}) alone"),
        &pair,
        1.05,
    );
    Ok(())
}

/// The same by the program: `sgi tickets` beside `sgi tickets --desk` with the slowest.
fn by_program(desks: &[(&str, String, (&str, &str))], slowest: &str) -> Result<Pair> {
    let program = std::env::current_exe()?.with_file_name("sgi");
    let home = tempfile::tempdir()?;
    let config = home.path().join("sgi.toml");
    let mut file = std::fs::OpenOptions::new();
    let file = file.write(true).create_new(true).mode(0o600);
    let mut file = file.open(&config)?;
    for (kind, url, (name, password)) in desks {
        writeln!(
            file,
            "[desks.{kind}]\ntype = {kind:?}\nurl = {url:?}\nusername = {name:?}\npassword = {password:?}"
        )?;
    }
    drop(file);
    let sgi = |arguments: &[&str]| -> Result<()> {
        let ran = Command::new(&program)
            .args(arguments)
            .current_dir(home.path())
            .env_clear()
            .env("HOME", home.path())
            .output()?;
        let told = String::from_utf8_lossy(&ran.stderr);
        ensure!(ran.status.success(), "{arguments:?}: {told}");
        Ok(())
    };
    sgi(&["check"])?;
    let failed = std::cell::RefCell::new(None);
    let run = |arguments: &[&str]| {
        timed(|| {
            if let Err(error) = sgi(arguments) {
                failed.replace(Some(error));
            }
        })
    };
    let pair = in_turns(
        20,
        || run(&["tickets", "1001", "--json", "--desk", slowest]),
        || run(&["tickets", "1001", "--json"]),
    );
    failed.take().map_or(Ok(pair), Err)
}
