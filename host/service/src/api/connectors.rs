//! Connectors that are installed.

use super::{App, Json as Answer};
use axum::extract::State;
use serde::Serialize;
use sgi_host::{Installed, Profile, Source, Trust};
use utoipa::ToSchema;

/// A connector that is installed.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Connector {
    /// What a desk's `type` names; the file's name where the component cannot say.
    id: String,
    /// What people call it.
    name: String,
    /// Its version.
    version: String,
    /// SHA-256 of the component: `sha256:…`; null where it cannot be read.
    digest: Option<String>,
    /// Its file; null: it is built in.
    file: Option<String>,
    /// Size of the component, in bytes.
    size: usize,
    /// What it is given to import: `sealed`, or `empty-wasi`; null where it cannot be used.
    profile: Option<&'static str>,
    /// Whether it may run, and why: `builtin`, `pinned`, `approved`, `signed`, `pending`, `set-aside`. What is
    /// pending waits for `sgi connector approve`.
    trust: &'static str,
    /// Why it is pending.
    reasons: Vec<String>,
    /// Why it cannot be used, where it cannot.
    problem: Option<String>,
    /// The desks that it serves.
    desks: Vec<String>,
}

impl Connector {
    fn of(installed: Installed, desks: Vec<String>) -> Self {
        let (trust, reasons) = match installed.trust {
            Trust::Builtin => ("builtin", Vec::new()),
            Trust::Pinned => ("pinned", Vec::new()),
            Trust::Approved { .. } => ("approved", Vec::new()),
            Trust::Signed { .. } => ("signed", Vec::new()),
            Trust::SetAside { .. } => ("set-aside", Vec::new()),
            Trust::Pending { reasons, .. } => ("pending", reasons),
            _ => ("unknown", Vec::new()),
        };
        Self {
            trust,
            reasons,
            id: installed.id,
            name: installed.name,
            version: installed.version,
            digest: installed.digest.map(|digest| digest.to_string()),
            file: match installed.source {
                Source::File(path) => Some(path.display().to_string()),
                _ => None,
            },
            size: installed.size,
            profile: installed.profile.map(|profile| match profile {
                Profile::EmptyWasi => "empty-wasi",
                _ => "sealed",
            }),
            problem: installed.problem,
            desks,
        }
    }
}

/// All connectors: those built in, and those in the connectors folder
#[utoipa::path(
    get, path = "/connectors", tag = "connectors",
    responses((status = 200, description = "The connectors", body = Vec<Connector>)),
)]
pub(super) async fn all(State(app): State<App>) -> Answer<Vec<Connector>> {
    let standings = app.fleet().standings();
    let installed = app.fleet().host().connectors().await;
    let connectors = installed.into_iter().map(|installed| {
        let serves = |standing: &&sgi_host::Standing| {
            let serving = standing.serving.as_ref();
            serving.is_some_and(|serving| Some(serving.digest) == installed.digest)
        };
        let desks = standings.iter().filter(serves);
        let desks = desks.map(|standing| standing.desk.clone()).collect();
        Connector::of(installed, desks)
    });
    Answer(connectors.collect())
}
