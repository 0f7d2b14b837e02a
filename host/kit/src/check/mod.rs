//! The conformance kit: a connector against its author's cassettes, as they are and with everything that can
//! go wrong on the way.
//!
//! Each cassette is played by a desk on loopback. First as it is: the call must give what the cassette says,
//! twice, must ask for nothing that is not on it and leave nothing out. Then one answer after the other goes
//! wrong in one way after the other. Whatever happens, a connector must not trap, must not break the contract,
//! must say what happened by an error of the right kind, and must not pass on a page of the server; where it
//! gives an answer all the same, because it tried again, that must be the right one.

mod report;
mod trials;

pub use report::{Failure, Report};

use crate::call::{Failed, difference, perform};
use crate::play::{Player, SECRET};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use sgi_host::cassette::{Call, Cassette, Outcome};
use sgi_host::{Compiler, DeskSettings, Digest, Host, HostOptions};
use sgi_test_desks::http::When;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::Duration;
use trials::{PAGE, RETRY_AFTER, Trial};

/// What a desk on loopback never needs, and a hanging one takes.
const PATIENCE: Duration = Duration::from_millis(800);
/// The largest answer that is taken; the bombs are larger.
const LARGEST: usize = 16 << 20;
/// Requests of one call whose answers go wrong: more of the same are no other case.
const REQUESTS: usize = 6;

/// Judges the component in a file by the cassettes in a folder. `say` hears what is going on.
pub async fn check(
    component: &Path,
    cassettes: &Path,
    compiler: Option<Compiler>,
    say: &(dyn Fn(&str) + Sync),
) -> Result<Report> {
    let cassettes = read(cassettes)?;
    let bench = Bench::new(component, compiler).await?;
    let mut report = Report {
        connector: bench.id.clone(),
        version: bench.version.clone(),
        digest: bench.digest.clone(),
        tests: 0,
        failures: Vec::new(),
    };
    for (name, cassette) in &cassettes {
        say(&format!("{name} …"));
        judge(&bench, name, cassette, &mut report).await?;
    }
    Ok(report)
}

/// The cassettes of a folder, by their file names.
fn read(folder: &Path) -> Result<BTreeMap<String, Cassette>> {
    let mut all = BTreeMap::new();
    let entries = fs::read_dir(folder)
        .with_context(|| format!("the cassettes' folder {} cannot be read", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        all.insert(name, Cassette::read(&path)?);
    }
    if all.is_empty() {
        bail!(
            "there is no cassette (*.json) in {}: a new project (`sgi connector new`) has some to begin with",
            folder.display()
        );
    }
    Ok(all)
}

/// A host that runs one component, and keeps nothing of what it learns.
pub(crate) struct Bench {
    host: Host,
    id: String,
    version: String,
    digest: String,
    /// Holds the component, and its code.
    _folder: tempfile::TempDir,
}

impl Bench {
    pub(crate) async fn new(component: &Path, compiler: Option<Compiler>) -> Result<Self> {
        let bytes = fs::read(component)
            .with_context(|| format!("the component {} cannot be read", component.display()))?;
        let looks = Host::new(HostOptions {
            compiler: compiler.clone(),
            ..HostOptions::default()
        })?;
        let admission = looks.inspect(&bytes).await?;
        let Some(declared) = admission.declared.as_ref().filter(|_| admission.admitted()) else {
            bail!(
                "the host would not admit it: {}",
                admission.problems.join("; ")
            );
        };
        let id = declared.id.clone();
        let folder = tempfile::tempdir().context("no folder for temporary files can be made")?;
        let connectors = folder.path().join("connectors");
        fs::create_dir(&connectors)?;
        fs::write(connectors.join(&id).with_added_extension("wasm"), &bytes)?;
        let digest = Digest::of(&bytes);
        let host = Host::new(HostOptions {
            connectors_dir: Some(connectors),
            pins: BTreeMap::from([(id.clone(), digest)]),
            empty_wasi: BTreeSet::from([id.clone()]),
            // Compiled once, and asked anew each time.
            state_dir: Some(folder.path().join("state")),
            cache_dir: Some(folder.path().join("cache")),
            forget_checks: true,
            compiler,
            ..HostOptions::default()
        })?;
        Ok(Self {
            host,
            id,
            version: declared.version.clone(),
            digest: admission.digest,
            _folder: folder,
        })
    }

    /// One call to a desk that nobody has asked before.
    pub(crate) async fn call(&self, cassette: &Cassette, url: &str) -> Result<Value, Failed> {
        let kind = format!("{}@{}", self.id, self.digest);
        let desk = &cassette.desk;
        let mut settings =
            DeskSettings::new("cassette", kind, url, desk.username.as_str(), SECRET.into());
        settings.link_url = Some(desk.link_url.clone().unwrap_or_else(|| desk.url.clone()));
        settings.options.clone_from(&desk.options);
        settings.network.connect_timeout = PATIENCE;
        settings.network.request_timeout = PATIENCE;
        settings.network.max_response = LARGEST;
        settings.limits.settle_time = Duration::ZERO;
        let desk = self.host.open(settings).await?;
        let outcome = perform(&desk, &cassette.call).await;
        desk.close().await;
        outcome
    }
}

async fn judge(bench: &Bench, name: &str, cassette: &Cassette, report: &mut Report) -> Result<()> {
    let player = Player::start(cassette);
    let clean = bench.call(cassette, &player.url()).await;
    report.note(name, "as recorded", as_recorded(cassette, &clean, &player));
    let played = player.played();
    // Another process asks the same desk: what it gets is the same.
    player.rewind();
    let again = bench.call(cassette, &player.url()).await;
    report.note(name, "a second time", same(&clean, &again));
    let closed = bench.call(cassette, &unused_address()?).await;
    let refused = Trial {
        name: "connection refused".to_owned(),
        fault: sgi_test_desks::Fault::Reset,
        codes: &["unavailable"],
        another: false,
    };
    if !played.is_empty() {
        report.note(
            name,
            &refused.name,
            verdict(&refused, cassette, &clean, &closed),
        );
    }
    for (place, exchange) in played.iter().take(REQUESTS).enumerate() {
        for trial in trials::trials(exchange) {
            player.rewind();
            let nth = u64::try_from(place).unwrap_or_default().saturating_add(1);
            player.server.add_fault(When::Nth(nth), trial.fault.clone());
            let outcome = bench.call(cassette, &player.url()).await;
            let asked = &exchange.request;
            let path = asked.path.split('?').next().unwrap_or_default();
            let test = format!("{} to {} {path}", trial.name, asked.method);
            report.note(name, &test, verdict(&trial, cassette, &clean, &outcome));
        }
    }
    Ok(())
}

/// Nobody listens there.
fn unused_address() -> Result<String> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").context("no port is free")?;
    Ok(format!("http://{}", listener.local_addr()?))
}

fn as_recorded(
    cassette: &Cassette,
    came: &Result<Value, Failed>,
    player: &Player,
) -> Result<(), String> {
    let unknown = player.unknown();
    if !unknown.is_empty() {
        return Err(format!(
            "it asked for what is not on the cassette: {}",
            unknown.join(", ")
        ));
    }
    match (&cassette.outcome, came) {
        (Outcome::Ok(expected), Ok(came)) => {
            if let Some(difference) = difference(expected, came) {
                return Err(difference);
            }
        }
        (Outcome::Ok(_), Err(failed)) => {
            return Err(format!("it failed ({}): {}", failed.code, failed.told));
        }
        (Outcome::Error { code, .. }, Err(failed)) if code == failed.code => {}
        (Outcome::Error { code, .. }, Err(failed)) => {
            return Err(format!(
                "it failed with {} instead of {code}: {}",
                failed.code, failed.told
            ));
        }
        (Outcome::Error { code, .. }, Ok(_)) => {
            return Err(format!("it gave an answer instead of the error {code}"));
        }
    }
    let unplayed = player.unplayed();
    if !unplayed.is_empty() {
        return Err(format!("it never asked for {}", unplayed.join(", ")));
    }
    no_secret(came)
}

fn same(first: &Result<Value, Failed>, second: &Result<Value, Failed>) -> Result<(), String> {
    match (first, second) {
        (Ok(first), Ok(second)) => match difference(first, second) {
            Some(difference) => Err(format!("the second answer is another: {difference}")),
            None => Ok(()),
        },
        (Err(first), Err(second)) if first.code == second.code => Ok(()),
        (_, Err(failed)) => Err(format!("the second time it failed: {}", failed.told)),
        (Err(_), Ok(_)) => Err("the second time it did not fail".to_owned()),
    }
}

fn verdict(
    trial: &Trial,
    cassette: &Cassette,
    clean: &Result<Value, Failed>,
    came: &Result<Value, Failed>,
) -> Result<(), String> {
    no_secret(came)?;
    match came {
        Err(failed) if matches!(failed.code, "connector" | "host" | "refused") => {
            Err(failed.told.clone())
        }
        Err(failed) if failed.told.contains(PAGE.get(6..).unwrap_or(PAGE)) => Err(format!(
            "its error passes on the server's page: {}",
            failed.told
        )),
        // It was asked for something that fails anyway.
        Err(failed)
            if clean
                .as_ref()
                .err()
                .is_some_and(|clean| clean.code == failed.code) =>
        {
            Ok(())
        }
        Err(failed) if !trial.codes.contains(&failed.code) => Err(format!(
            "its error is {} and should be {}: {}",
            failed.code,
            trial.codes.join(" or "),
            failed.told
        )),
        Err(failed) if failed.code == "rate-limited" && trial.name.contains("Retry-After") => {
            match failed.retry_after.map(|after| after.as_secs()) {
                Some(RETRY_AFTER) => Ok(()),
                other => Err(format!(
                    "the desk asked to wait {RETRY_AFTER} s, and it says {other:?}"
                )),
            }
        }
        Err(_) => Ok(()),
        // A check tells what it found; and what is sound may mean something.
        Ok(_) if trial.another || cassette.call == Call::Check => Ok(()),
        Ok(answer) => match clean {
            Ok(clean) => match difference(clean, answer) {
                Some(difference) => Err(format!(
                    "it gave an answer that is not the right one, and no error: {difference}"
                )),
                None => Ok(()),
            },
            Err(_) => Err("it gave an answer where it fails without the fault".to_owned()),
        },
    }
}

fn no_secret(came: &Result<Value, Failed>) -> Result<(), String> {
    let told = match came {
        Ok(value) => value.to_string(),
        Err(failed) => failed.told.clone(),
    };
    if told.contains(SECRET) {
        return Err("the password is in what it gave".to_owned());
    }
    Ok(())
}
