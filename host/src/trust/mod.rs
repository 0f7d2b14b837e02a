//! Which components may run.
//!
//! One that is built in may. Any other may if its digest is pinned (in the settings) or approved (by a
//! person), or if it is signed with a key that is trusted and asks for no more than what was let in under
//! its id before. All else waits: nothing of it is compiled or run, and [`Trust::Pending`] says why.
//!
//! ```text
//! key, signature    who signed a file            asks    what a component asks for, and what more than before
//! state, store      what was decided, kept       judge   what follows from all that for one file
//! admit             the file runs, or not        host    what an embedder decides: approve, rollback, keys
//! install           a file comes into the folder pin     one component alone serves under an id
//! ```
//!
//! A decision is read anew each time a desk is opened: what another process decides counts from then on.

mod admit;
mod asks;
mod host;
mod install;
mod judge;
mod key;
mod pin;
mod review;
mod signature;
mod state;
mod store;

pub(crate) use admit::Admitted;
pub use asks::Asks;
pub use host::KeyInForce;
pub use install::{Install, InstallError, Placed};
pub use key::TrustedKey;
pub use pin::PinInForce;
pub use review::{Pending, Review};
pub use state::{How, LetIn};

use crate::admission::Admission;
use crate::catalog::{Candidate, Digest, Source};
use crate::declared::OptionSpec;
use crate::desk::Prepared;
use crate::engine::Profile;
use crate::error::{Error, Problem};
use state::State;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use store::Store;

/// Ids that are remembered of files that are looked into for each desk anew.
const MAX_SEEN: usize = 500;

/// Whether a component may run, and why.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Trust {
    /// It is built in.
    Builtin,
    /// The settings name its digest.
    Pinned,
    /// Somebody approved it.
    Approved {
        /// Who.
        by: String,
    },
    /// It has the signature of a key that is trusted.
    Signed {
        /// The key's name.
        by: String,
    },
    /// It waits for an approval: nothing of it is used.
    Pending {
        /// Why: what follows "it".
        reasons: Vec<String>,
        /// The key's name, if its signature is good.
        signed_by: Option<String>,
    },
    /// Another component serves under its id.
    SetAside {
        /// That one.
        by: Digest,
        /// Whether the settings say so; else it is where `rollback` went.
        pinned: bool,
    },
}

impl Trust {
    /// Of a file that cannot even be read.
    pub(crate) fn unread() -> Self {
        Self::Pending {
            reasons: vec!["cannot be read".to_owned()],
            signed_by: None,
        }
    }

    /// Whether it runs.
    pub fn runs(&self) -> bool {
        !matches!(self, Self::Pending { .. } | Self::SetAside { .. })
    }
}

/// One line: `approved by anna`.
impl fmt::Display for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Builtin => f.write_str("built in"),
            Self::Pinned => f.write_str("pinned"),
            Self::Approved { by } => write!(f, "approved by {by}"),
            Self::Signed { by } => write!(f, "signed by {by}"),
            Self::Pending { .. } => f.write_str("pending"),
            Self::SetAside { .. } => f.write_str("set aside"),
        }
    }
}

/// What decides: the settings, and what is kept.
pub(crate) struct Keeper {
    store: Store,
    pins: BTreeMap<String, Digest>,
    keys: Vec<TrustedKey>,
    /// What components have said of themselves to this process.
    seen: Mutex<HashMap<Digest, Said>>,
    /// Of components that wait; by whether they were asked.
    reports: Mutex<HashMap<(Digest, bool), Admission>>,
}

/// What a component has said of itself.
#[derive(Clone)]
pub(crate) struct Said {
    pub(crate) id: String,
    pub(crate) version: String,
    pub(crate) name: String,
    pub(crate) profile: Profile,
    pub(crate) options: Vec<OptionSpec>,
    asks: Option<Asks>,
}

impl Said {
    pub(crate) fn by(prepared: &Prepared) -> Self {
        let manifest = &prepared.manifest;
        Self {
            id: manifest.id.clone(),
            version: manifest.version.clone(),
            name: manifest.name.clone(),
            profile: prepared.profile,
            options: manifest.options.iter().map(OptionSpec::from).collect(),
            asks: prepared.asks().ok(),
        }
    }
}

impl Keeper {
    pub(crate) fn new(
        state_dir: Option<&Path>,
        pins: BTreeMap<String, Digest>,
        keys: Vec<TrustedKey>,
    ) -> Self {
        Self {
            store: Store::new(state_dir),
            pins,
            keys,
            seen: Mutex::default(),
            reports: Mutex::default(),
        }
    }

    /// As it is decided now.
    pub(crate) fn now(&self) -> Decided<'_> {
        let state = self.store.load();
        if let Err(why) = &state {
            tracing::warn!(%why, "nothing is trusted but what the settings name");
        }
        Decided {
            keeper: self,
            state,
        }
    }

    /// What somebody should mend, in words.
    pub(crate) fn warning(&self) -> Option<String> {
        let why = self.store.load().err()?;
        Some(format!(
            "no connector is trusted but what sgi.toml names: {why}"
        ))
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, HashMap<Digest, Said>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reports(&self) -> std::sync::MutexGuard<'_, HashMap<(Digest, bool), Admission>> {
        self.reports.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn saw(&self, prepared: &Prepared) {
        let mut seen = self.seen();
        if seen.len() >= MAX_SEEN {
            seen.clear();
        }
        seen.insert(prepared.digest, Said::by(prepared));
    }
}

/// What is decided at one moment.
pub(crate) struct Decided<'a> {
    keeper: &'a Keeper,
    state: Result<State, String>,
}

impl Decided<'_> {
    fn let_in(&self, id: &str) -> &[LetIn] {
        self.state.as_ref().map_or(&[], |state| state.let_in(id))
    }

    /// Id and version of a component, where they are known without asking it.
    pub(crate) fn known(&self, digest: &Digest) -> Option<(String, String)> {
        let let_in = self.state.as_ref().ok().and_then(|state| state.of(digest));
        match let_in {
            Some(one) => Some((one.asks.id.clone(), one.asks.version.clone())),
            None => {
                let seen = self.keeper.seen();
                let said = seen.get(digest)?;
                Some((said.id.clone(), said.version.clone()))
            }
        }
    }

    /// The components that serve although no file of the folder is one: what was gone back to, or pinned.
    pub(crate) fn kept(&self, files: &[Digest]) -> Vec<(Source, Result<Candidate, Error>)> {
        let connectors = self.state.iter().flat_map(|state| &state.connectors);
        let rolled_back =
            connectors.filter_map(|(id, connector)| Some((id, connector.rolled_back_to?)));
        let pins = self.state.iter().flat_map(|state| &state.pins);
        let pinned = pins.map(|(id, pin)| (id, pin.digest));
        // What is pinned in the settings sets both aside.
        let serves = |id: &String, digest: &Digest| self.pin(id).is_none_or(|pin| pin == *digest);
        rolled_back
            .chain(pinned)
            .filter(|(id, digest)| !files.contains(digest) && serves(id, digest))
            .filter_map(|(id, digest)| {
                let file = self.keeper.store.component(&digest)?;
                let id = id.clone();
                let source = Source::Kept { id, file };
                let candidate = match self.keeper.store.kept(&digest) {
                    Ok(wasm) => Ok(Candidate {
                        source: source.clone(),
                        digest,
                        wasm: wasm.into(),
                    }),
                    Err(why) => Err(Error::NotAdmitted(Problem::new(why))),
                };
                Some((source, candidate))
            })
            .collect()
    }
}
