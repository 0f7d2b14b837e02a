//! Going back, and keys.

use super::review::{decide, invalid, pinned};
use super::state::KeptKey;
use super::{Decided, LetIn, TrustedKey};
use crate::catalog::{self, Digest, Source};
use crate::error::{Error, Problem};
use crate::host::Host;
use crate::text::one_line;
use jiff::Timestamp;
use std::sync::Arc;

/// A key that counts now.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct KeyInForce {
    /// `RW…`
    pub key: String,
    /// What it is called: "signed by NAME".
    pub name: String,
    /// Who trusted it; none where the settings do.
    pub by: Option<String>,
    /// Since when; none where the settings do.
    pub at: Option<Timestamp>,
}

impl Decided<'_> {
    /// The keys that count: those of the settings, then those that were trusted by command.
    pub(super) fn keys(&self) -> Vec<TrustedKey> {
        let mut keys = self.keeper.keys.clone();
        let kept = self.state.iter().flat_map(|state| &state.keys);
        let kept =
            kept.filter_map(|kept| Some(TrustedKey::parse(&kept.key).ok()?.named(&kept.name)));
        keys.extend(kept);
        keys
    }
}

impl Host {
    /// What was let in under an id, the last one last.
    pub fn let_in(&self, id: &str) -> Vec<LetIn> {
        self.trust().now().let_in(id).to_vec()
    }

    /// What was let in as this component; none: it never was.
    pub fn let_in_as(&self, digest: &Digest) -> Option<LetIn> {
        let decided = self.trust().now();
        decided.state.as_ref().ok()?.of(digest).cloned()
    }

    /// The component with this digest: one that is built in, lies in the folder, or was gone back to.
    pub fn component(&self, digest: &Digest) -> Option<Vec<u8>> {
        let builtin = catalog::builtin().map(|(_, candidate)| candidate);
        let files = self.files().into_iter();
        let mut all = builtin.chain(files.filter_map(|(_, candidate)| candidate.ok()));
        let found = all.find(|candidate| candidate.digest == *digest)?;
        Some(found.wasm.into_owned())
    }

    /// Goes back to what was let in under an id before what is used now, or to `to`: that component
    /// serves from the next opening of a desk on, whatever the folder holds, until another is approved.
    pub async fn rollback(&self, id: &str, to: Option<Digest>, by: &str) -> Result<LetIn, Error> {
        let (id, by) = (id.to_owned(), one_line(by, 100));
        let now = {
            let decided = self.trust().now();
            let files = self.files();
            let mut digests = files.iter().filter_map(|(source, candidate)| {
                let digest = candidate.as_ref().ok()?.digest;
                let known = decided.known(&digest).map(|(id, _)| id);
                let named = known.unwrap_or_else(|| source.name()) == id;
                (named && matches!(source, Source::File(_))).then_some(digest)
            });
            digests.next()
        };
        let keeper = Arc::clone(self.trust());
        decide(move || {
            let shown = one_line(&id, 100);
            if keeper.pins.contains_key(&id) {
                return Err(invalid(format!(
                    "sgi.toml pins the component of {shown}: name another one there, [connectors.{shown}] digest"
                )));
            }
            if keeper.store.folder().is_none() {
                let why = "no component is kept without a state_dir: there is none to go back to";
                return Err(invalid(why.to_owned()));
            }
            let went = keeper.store.update(None, |state| {
                if state.pins.contains_key(&id) {
                    return Err(pinned(&id));
                }
                let went = state.roll_back(&id, now, to, (&by, Timestamp::now()));
                let went = went.map_err(Problem::new)?;
                // Not to what cannot be used.
                keeper.store.kept(&went.digest).map_err(Problem::new)?;
                Ok(went)
            })?;
            tracing::info!(connector = %shown, digest = %went.digest, by, "went back to a connector");
            Ok(went)
        })
        .await
    }

    /// The keys whose signatures count.
    ///
    /// # Errors
    /// What is kept cannot be read: only those of the settings count.
    pub fn trusted_keys(&self) -> Result<Vec<KeyInForce>, Error> {
        let keeper = self.trust();
        let settings = keeper.keys.iter().map(|key| KeyInForce {
            key: key.text().to_owned(),
            name: key.name().to_owned(),
            by: None,
            at: None,
        });
        let state = keeper.store.load();
        let state = state.map_err(|why| Error::Host(Problem::new(why)))?;
        let kept = state.keys.into_iter().map(|kept| KeyInForce {
            key: kept.key,
            name: kept.name,
            by: Some(kept.by),
            at: Some(kept.at),
        });
        Ok(settings.chain(kept).collect())
    }

    /// Trusts a key from now on. One that was trusted before gets the new name.
    pub async fn trust_key(&self, key: TrustedKey, by: &str) -> Result<(), Error> {
        let (keeper, by) = (Arc::clone(self.trust()), one_line(by, 100));
        decide(move || {
            keeper.store.update(None, |state| {
                let taken = |kept: &KeptKey| kept.key != key.text() && kept.name == key.name();
                if state.keys.iter().any(taken) {
                    return Err(Problem::new(format!(
                        "another key is called {:?}: choose another name",
                        key.name()
                    )));
                }
                state.keys.retain(|kept| kept.key != key.text());
                state.keys.push(KeptKey {
                    key: key.text().to_owned(),
                    name: key.name().to_owned(),
                    at: Timestamp::now(),
                    by: by.clone(),
                });
                Ok(())
            })?;
            tracing::info!(key = key.text(), name = key.name(), by, "trusts a key");
            Ok(())
        })
        .await
    }

    /// Does not trust a key any more, by its text, name or number: what only it signed waits, from the
    /// next opening of a desk on. Brings its name.
    pub async fn distrust_key(&self, what: &str, by: &str) -> Result<String, Error> {
        let keeper = Arc::clone(self.trust());
        let (what, by) = (what.trim().to_owned(), one_line(by, 100));
        decide(move || {
            if keeper.keys.iter().any(|key| key.is_called(&what)) {
                let why = "this key stands in sgi.toml, [trust] keys: remove it there";
                return Err(invalid(why.to_owned()));
            }
            let name = keeper.store.update(None, |state| {
                let called = |kept: &KeptKey| {
                    let key = TrustedKey::parse(&kept.key);
                    key.is_ok_and(|key| key.named(&kept.name).is_called(&what))
                };
                match state.keys.iter().position(called) {
                    Some(position) => Ok(state.keys.remove(position).name),
                    None => Err(Problem::new(format!(
                        "no key {:?} is trusted; `sgi connector trust --list` shows which are",
                        one_line(&what, 100)
                    ))),
                }
            })?;
            tracing::info!(name, by, "does not trust a key any more");
            Ok(name)
        })
        .await
    }
}
