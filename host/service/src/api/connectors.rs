//! Connectors that are installed.

use super::{App, Json as Answer};
use axum::extract::State;
use serde::Serialize;
use sgi_host::{Admission, Installed, Profile, Source, Trust};
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
    /// pending waits for `POST /connectors/{digest}/approve`, or `sgi connector approve`.
    trust: &'static str,
    /// Who approved it, or the name of the key that signed it.
    trusted_by: Option<String>,
    /// Why it is pending, a sentence each: what follows "it". What it asks for that the one before did not is
    /// among them.
    reasons: Vec<String>,
    /// The admission report of one that is pending, or was just put there. Of others `GET /connectors/{digest}` has
    /// it.
    report: Option<AdmissionReport>,
    /// Why it cannot be used, where it cannot.
    problem: Option<String>,
    /// The desks that it serves.
    desks: Vec<String>,
}

/// What a component imports, exports, and says of itself.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AdmissionReport {
    /// The contract that it was built for.
    contract: Option<String>,
    /// Size of the component, in bytes.
    size: u64,
    /// What it imports.
    imports: Vec<Meaning>,
    /// The interfaces that it exports, and by that what it can do.
    exports: Vec<Meaning>,
    /// What it says about itself; null: it was not asked, as nobody trusts it.
    declared: Option<Declares>,
    /// What is different from the contract and harmless.
    notes: Vec<String>,
    /// Why it cannot run, a sentence each; empty: it can.
    problems: Vec<String>,
}

/// An interface.
#[derive(Debug, Serialize, ToSchema)]
struct Meaning {
    /// Its name.
    interface: String,
    /// What that means.
    meaning: String,
}

/// What a component says about itself, each list in words.
#[derive(Debug, Serialize, ToSchema)]
struct Declares {
    /// What a desk's `type` names.
    id: String,
    /// What people call it.
    name: String,
    /// Its version.
    version: String,
    /// The products that it speaks to.
    systems: Vec<String>,
    /// Where its requests may carry a secret.
    slots: Vec<String>,
    /// Where its desk's answers hand out a secret.
    captures: Vec<String>,
    /// The options that a desk's settings may have.
    options: Vec<String>,
}

impl From<Admission> for AdmissionReport {
    fn from(admission: Admission) -> Self {
        let imports = admission.imports.into_iter().map(|import| Meaning {
            interface: import.name,
            meaning: import.meaning,
        });
        let present = admission.abilities.into_iter();
        let exports = present.filter(|ability| ability.present);
        let exports = exports.map(|ability| Meaning {
            interface: ability.interface,
            meaning: ability.meaning,
        });
        Self {
            contract: admission.contract,
            size: admission.size,
            imports: imports.collect(),
            exports: exports.collect(),
            declared: admission.declared.map(|declared| Declares {
                id: declared.id,
                name: declared.name,
                version: declared.version,
                systems: declared.systems,
                slots: declared.slots,
                captures: declared.captures,
                options: declared.options,
            }),
            notes: admission.notes,
            problems: admission.problems,
        }
    }
}

impl Connector {
    pub(super) fn of(installed: Installed, desks: Vec<String>, report: Option<Admission>) -> Self {
        let trusted_by = match &installed.trust {
            Trust::Approved { by } | Trust::Signed { by } => Some(by.clone()),
            Trust::Pending { signed_by, .. } => signed_by.clone(),
            _ => None,
        };
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
            trusted_by,
            reasons,
            report: report.map(AdmissionReport::from),
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
    let mut pending = app.fleet().host().pending().await;
    let connectors = installed.into_iter().map(|installed| {
        let serves = |standing: &&sgi_host::Standing| {
            let serving = standing.serving.as_ref();
            serving.is_some_and(|serving| Some(serving.digest) == installed.digest)
        };
        let desks = standings.iter().filter(serves);
        let desks = desks.map(|standing| standing.desk.clone()).collect();
        let waits = pending
            .iter()
            .position(|one| Some(one.digest) == installed.digest);
        let report = waits.map(|waits| pending.swap_remove(waits).report);
        Connector::of(installed, desks, report)
    });
    Answer(connectors.collect())
}
