//! One component alone serves under an id: in the settings, or by command.

use super::review::{decide, invalid};
use super::state::LetIn;
use super::{Decided, How};
use crate::catalog::Digest;
use crate::error::{Error, Problem};
use crate::host::Host;
use crate::text::one_line;
use jiff::Timestamp;
use std::sync::Arc;

/// A pin that counts now.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct PinInForce {
    /// The connector's id.
    pub id: String,
    /// The component that alone serves under it.
    pub digest: Digest,
    /// Who pinned it; none where the settings do.
    pub by: Option<String>,
    /// Since when; none where the settings do.
    pub at: Option<Timestamp>,
}

impl Decided<'_> {
    /// The component that alone may run under an id. The settings go before what was pinned by command.
    pub(super) fn pin(&self, id: &str) -> Option<Digest> {
        let settings = self.keeper.pins.get(id).copied();
        settings.or_else(|| Some(self.state.as_ref().ok()?.pins.get(id)?.digest))
    }

    /// The id under which a component is pinned.
    pub(super) fn pinned_as(&self, digest: &Digest) -> Option<String> {
        let settings = self.keeper.pins.keys();
        let kept = self.state.iter().flat_map(|state| state.pins.keys());
        let mut ids = settings.chain(kept);
        ids.find(|id| self.pin(id) == Some(*digest)).cloned()
    }
}

impl Host {
    /// The components that alone may run under their ids.
    ///
    /// # Errors
    /// What is kept cannot be read: only those of the settings count.
    pub fn pins(&self) -> Result<Vec<PinInForce>, Error> {
        let keeper = self.trust();
        let state = keeper.store.load();
        let state = state.map_err(|why| Error::Host(Problem::new(why)))?;
        let settings = keeper.pins.iter().map(|(id, digest)| PinInForce {
            id: id.clone(),
            digest: *digest,
            by: None,
            at: None,
        });
        let kept = state.pins.into_iter().map(|(id, pin)| PinInForce {
            id,
            digest: pin.digest,
            by: Some(pin.by),
            at: Some(pin.at),
        });
        let kept = kept.filter(|pin| !keeper.pins.contains_key(&pin.id));
        let mut pins: Vec<_> = settings.chain(kept).collect();
        pins.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(pins)
    }

    /// Has this component alone run under an id, from the next opening of a desk on. It is kept, and serves
    /// whatever file there is. What was pinned under the id before is not any more.
    ///
    /// # Errors
    /// There is no such component, it would not run or has another id, or the settings pin one.
    pub async fn pin(&self, id: &str, digest: Digest, by: &str) -> Result<PinInForce, Error> {
        let shown = one_line(id, 100);
        if self.trust().pins.contains_key(id) {
            return Err(invalid(format!(
                "sgi.toml pins the component of {shown}: name another one there, [connectors.{shown}] digest"
            )));
        }
        let host = self.clone();
        let found = decide(move || {
            let kept = || host.trust().store.kept(&digest).ok();
            Ok(host.component(&digest).or_else(kept))
        });
        let wasm = found.await?.ok_or_else(|| {
            invalid(format!(
                "there is no component {digest}: neither built in, nor in the folder of connectors, nor kept"
            ))
        })?;
        let review = self.review(wasm).await?;
        let asks = match review.asks {
            Some(asks) if review.report.admitted() => asks,
            _ => {
                let problems = review.report.problems.join("; ");
                return Err(Error::NotAdmitted(Problem::new(format!(
                    "the component cannot be pinned, since it would not run: {problems}"
                ))));
            }
        };
        if asks.id != id {
            return Err(invalid(format!(
                "the component calls itself {:?}, and not {shown:?}: pin it as that",
                one_line(&asks.id, 100)
            )));
        }
        let (keeper, by) = (Arc::clone(self.trust()), one_line(by, 100));
        let at = Timestamp::now();
        let how = How::Pinned;
        let component = LetIn {
            digest,
            at,
            how,
            asks,
        };
        let pin = PinInForce {
            id: id.to_owned(),
            digest,
            by: Some(by.clone()),
            at: Some(at),
        };
        decide(move || {
            keeper.store.update(Some((digest, &review.wasm)), |state| {
                state.pin(component, &by);
                Ok(())
            })?;
            tracing::info!(connector = %shown, %digest, by, "pinned a connector");
            Ok(pin)
        })
        .await
    }

    /// Takes a pin away again: the next file counts as before. Brings what was pinned.
    ///
    /// # Errors
    /// Nothing is pinned under that id, or the settings pin it.
    pub async fn unpin(&self, id: &str, by: &str) -> Result<Digest, Error> {
        let (keeper, by) = (Arc::clone(self.trust()), one_line(by, 100));
        let id = id.to_owned();
        decide(move || {
            let shown = one_line(&id, 100);
            if keeper.pins.contains_key(&id) {
                return Err(invalid(format!(
                    "the component of {shown} is pinned in sgi.toml, [connectors.{shown}] digest: remove it there"
                )));
            }
            let digest = keeper.store.update(None, |state| {
                let pin = state.pins.remove(&id);
                let pin = pin.ok_or_else(|| Problem::new(format!("nothing is pinned as {shown:?}")))?;
                Ok(pin.digest)
            })?;
            tracing::info!(connector = %shown, %digest, by, "a connector is not pinned any more");
            Ok(digest)
        })
        .await
    }
}
