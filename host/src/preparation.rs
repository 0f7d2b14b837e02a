//! From bytes to a connector that may run: judged, compiled, linked, asked what it is.

use crate::admission::{Admission, Declared};
use crate::catalog::{Candidate, Digest, Source, Wanted};
use crate::contract::connector::Manifest;
use crate::desk::{Prepared, Way, crash, declared};
use crate::engine::{HostState, Linked, Profile, Runtime};
use crate::error::{Error, Problem};
use crate::gate::CallRecord;
use crate::settings::Limits;
use crate::trust::Asks;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// How long a connector may take to say what it is, and how long it may compute for that. It needs
/// no network, and has little to do.
const DESCRIBE: Duration = Duration::from_secs(10);
const COMPUTE: Duration = Duration::from_secs(3);
/// Problems that an error names; the report has them all.
const NAMED: usize = 3;

/// The connectors that are given the rest of WASI, each `id` or `id@sha256:…`.
pub(crate) type Allowed = BTreeSet<String>;

/// Readies a component. Nothing of it runs before it has been found to fit, and to be allowed what
/// it imports.
pub(crate) async fn prepare(
    runtime: &Arc<Runtime>,
    candidate: Candidate,
    allowed: &Allowed,
) -> Result<Prepared, Error> {
    let (digest, source) = (candidate.digest, candidate.source.clone());
    let refused = |why: &dyn std::fmt::Display| {
        Error::NotAdmitted(Problem::new(format!("the component {source} {why}")))
    };
    let names: Vec<String> = names_before_it_runs(&candidate, allowed);
    let may = !names.is_empty();
    let (linked, profile, admission) = away(runtime, move |runtime| {
        let (profile, admission) = profile(runtime, &candidate, may)?;
        Ok((link(runtime, &candidate, profile)?, profile, admission))
    })
    .await?
    .map_err(|error| match error {
        Error::NotAdmitted(problem) => refused(&problem),
        error => error,
    })?;
    let manifest = describe(runtime, &linked).await?;
    if profile == Profile::EmptyWasi && !names.contains(&manifest.id) {
        return Err(refused(&format!(
            "calls itself {:?} and was allowed the rest of WASI as {:?}: {}",
            manifest.id,
            names.join(", "),
            how_to_allow(&manifest.id)
        )));
    }
    Ok(Prepared {
        digest,
        source,
        profile,
        linked,
        asks: admission.map(|admission| Asks::of(&admission, &manifest)),
        manifest,
    })
}

/// Judges bytes that claim to be a connector. The person who asks wants to know what it is: a
/// component that fits is asked, whatever it will be allowed.
pub(crate) async fn inspect(
    runtime: &Arc<Runtime>,
    wasm: &[u8],
    allowed: &Allowed,
) -> Result<(Admission, Option<Asks>), Error> {
    let bytes = wasm.to_vec();
    let (mut admission, linked) = away(runtime, move |runtime| {
        let digest = Digest::of(&bytes);
        let admission = runtime.examine_foreign(&bytes, &digest.0)?;
        let linked = match admission.profile {
            Some(profile) if admission.admitted() => {
                let component = runtime.compile_foreign(&bytes, &digest.0);
                Some(component.and_then(|component| runtime.link(&component, profile)))
            }
            _ => None,
        };
        Ok((admission, linked))
    })
    .await??;
    let mut asks = None;
    let described = match linked {
        None => return Ok((admission, None)),
        Some(Ok(linked)) => describe(runtime, &linked).await,
        Some(Err(error)) => Err(error),
    };
    match described {
        // What the host itself lacks says nothing about the component.
        Err(error @ Error::Host(_)) => return Err(error),
        Err(error) => admission.refuse(&error),
        Ok(manifest) => {
            if admission.profile == Some(Profile::EmptyWasi) {
                let id = Wanted::parse(&manifest.id).id.to_owned();
                let how = how_to_allow(&id);
                let known = allowed.contains(&id)
                    || allowed.contains(&format!("{id}@{}", admission.digest));
                admission.note(match known {
                    true => format!("imports the rest of WASI, which the settings allow it: {how}"),
                    false => format!("imports the rest of WASI, and runs only once allowed: {how}"),
                });
            }
            let secrets = declared(&manifest).map_err(|error| admission.refuse(&error));
            admission.declared = Some(Declared::of(&manifest, secrets.as_ref().ok()));
            if secrets.is_ok() {
                let asked = Asks::of(&admission, &manifest);
                asks = asked.map_err(|error| admission.refuse(&error)).ok();
            }
        }
    }
    Ok((admission, asks))
}

/// Compiling keeps a core busy: not on a thread that serves others.
async fn away<R: Send + 'static>(
    runtime: &Arc<Runtime>,
    work: impl FnOnce(&Runtime) -> R + Send + 'static,
) -> Result<R, Error> {
    let runtime = Arc::clone(runtime);
    tokio::task::spawn_blocking(move || work(&runtime))
        .await
        .map_err(|error| {
            Error::Host(
                Problem::new("a connector made the compiler fail").with_detail(error.to_string()),
            )
        })
}

fn link(runtime: &Runtime, candidate: &Candidate, profile: Profile) -> Result<Linked, Error> {
    let (wasm, digest) = (&candidate.wasm, &candidate.digest.0);
    let component = match candidate.source {
        Source::Builtin => runtime.compile(wasm, digest)?,
        _ => runtime.compile_foreign(wasm, digest)?,
    };
    runtime.link(&component, profile)
}

/// The profile that a component gets, with the report on one that is not built in. The error says why it
/// gets none.
fn profile(
    runtime: &Runtime,
    candidate: &Candidate,
    may_have_wasi: bool,
) -> Result<(Profile, Option<Admission>), Error> {
    if candidate.source == Source::Builtin {
        // Seen to fit when it was built.
        return Ok((Profile::Sealed, None));
    }
    let admission = runtime.examine_foreign(&candidate.wasm, &candidate.digest.0)?;
    let why = match admission.profile {
        Some(Profile::EmptyWasi) if admission.admitted() && !may_have_wasi => format!(
            "imports the rest of WASI, which is given only where the settings allow it: {}",
            how_to_allow(&candidate.source.name())
        ),
        Some(profile) if admission.admitted() => return Ok((profile, Some(admission))),
        _ => format!("is not admitted: {}", some(&admission)),
    };
    Err(Error::NotAdmitted(Problem::new(why)))
}

/// The ids under which a component is allowed the rest of WASI. Until it has run it goes by its
/// digest, or by the name of its file.
fn names_before_it_runs(candidate: &Candidate, allowed: &Allowed) -> Vec<String> {
    let (digest, name) = (candidate.digest.to_string(), candidate.source.name());
    allowed
        .iter()
        .map(|entry| Wanted::parse(entry))
        .filter(|wanted| match (wanted.digest, wanted.version) {
            (Some(wanted), _) => wanted == digest,
            (None, None) => wanted.id == name,
            (None, Some(_)) => false,
        })
        .map(|wanted| wanted.id.to_owned())
        .collect()
}

fn how_to_allow(id: &str) -> String {
    let bare = !id.is_empty()
        && id
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    let key = match bare {
        true => id.to_owned(),
        false => format!("{:?}", crate::text::one_line(id, 100)),
    };
    format!("[connectors.{key}] wasi = \"empty\" in sgi.toml")
}

/// The first problems, and where the others are told.
fn some(admission: &Admission) -> String {
    let problems = &admission.problems;
    let named: Vec<&str> = problems.iter().take(NAMED).map(String::as_str).collect();
    let more = match problems.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    format!(
        "{}{more} (`sgi connector inspect FILE` tells all)",
        named.join("; ")
    )
}

/// Asks a component what it is. It has no settings and no network for that.
async fn describe(runtime: &Runtime, linked: &Linked) -> Result<Manifest, Error> {
    let mut state = HostState::new(&"-".into(), &Limits::default());
    let record = Arc::new(CallRecord::default());
    state.begin(&record, Way::Closed, None, None, COMPUTE);
    let described = record.meter.measure(async {
        let mut instance = runtime.instantiate(linked, state).await?;
        match instance.connector.call_describe(&mut instance.store).await {
            Ok(manifest) => Ok(manifest),
            Err(trap) => Err(instance.stopped(trap)),
        }
    });
    let described = tokio::time::timeout(DESCRIBE, described).await;
    // A request that it tried says more than what came of it.
    if let Some(trouble) = record.take_trouble() {
        return Err(trouble);
    }
    match described {
        Ok(Ok(manifest)) => Ok(manifest),
        Ok(Err(stopped)) => Err(crash(&stopped)),
        Err(_) => Err(Error::Connector(Problem::new(format!(
            "the connector did not say what it is within {} s and was stopped",
            DESCRIBE.as_secs()
        )))),
    }
}
