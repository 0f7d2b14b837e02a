//! A file runs, or waits.

use super::asks::Asks;
use super::judge::{Bounds, Verdict};
use super::state::{How, LetIn};
use super::{Decided, Keeper, Said, Trust};
use crate::admission;
use crate::catalog::{self, Candidate, Digest, Source};
use crate::desk::Prepared;
use crate::error::{Error, Problem};
use crate::host::Host;
use crate::text::one_line;
use jiff::Timestamp;
use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

/// Characters of a sentence that lists all reasons.
const MAX_REASONS: usize = 2_000;

/// What became of a file.
pub(crate) struct Admitted {
    pub(crate) trust: Trust,
    /// The error is why it is not used, be it that it waits or that it does not work.
    pub(crate) prepared: Result<Arc<Prepared>, Error>,
    /// What the component said that it is, where it was asked.
    pub(crate) asks: Option<Asks>,
    /// It runs, and that has to be written down first.
    new: Option<(How, Cow<'static, [u8]>)>,
}

impl Decided<'_> {
    /// Readies a component that may run.
    pub(crate) async fn admit(&self, host: &Host, candidate: Candidate) -> Admitted {
        let same = |(_, builtin): (&str, Candidate)| builtin.digest == candidate.digest;
        if candidate.source == Source::Builtin || catalog::builtin().any(same) {
            return Admitted {
                trust: Trust::Builtin,
                prepared: host.prepare(candidate).await,
                asks: None,
                new: None,
            };
        }
        let (digest, source) = (candidate.digest, candidate.source.clone());
        let in_settings = |id: &str| self.keeper.pins.contains_key(id);
        let verdict = self.judge(&candidate);
        if let Verdict::Waits(trust) = verdict {
            let known = self.known(&digest).map(|(id, _)| id);
            return Admitted {
                prepared: Err(waits(&source, known.as_deref(), &trust, in_settings)),
                trust,
                asks: None,
                new: None,
            };
        }
        // Only what is used for the first time is kept.
        let unknown = !matches!(&self.state, Ok(state) if state.of(&digest).is_some());
        let bytes = unknown.then(|| candidate.wasm.clone());
        let prepared = match host.prepare(candidate).await {
            Ok(prepared) => prepared,
            Err(error) => {
                let trust = match verdict {
                    Verdict::Runs { trust, .. } | Verdict::Waits(trust) => trust,
                    Verdict::Ask { signed_by } => Trust::Signed { by: signed_by },
                };
                return Admitted {
                    trust,
                    prepared: Err(error),
                    asks: None,
                    new: None,
                };
            }
        };
        let manifest = &prepared.manifest;
        self.keeper.saw(&prepared);
        let asks = prepared.asks();
        let (trust, how) = match verdict {
            Verdict::Runs { trust, bounds } => {
                if let Some(error) = exceeds(&source, &manifest.id, &asks, &bounds) {
                    return Admitted {
                        trust,
                        prepared: Err(error),
                        asks: asks.ok(),
                        new: None,
                    };
                }
                let how = (trust == Trust::Pinned).then_some(How::Pinned);
                (trust, how)
            }
            Verdict::Ask { signed_by } => match &asks {
                Ok(asks) => {
                    let builtin = self.builtin(host, &asks.id).await;
                    let by = signed_by.clone();
                    let trust = self.compare(&digest, asks, signed_by, builtin.as_ref());
                    (trust, Some(How::Signed { by }))
                }
                Err(error) => {
                    return Admitted {
                        trust: Trust::Signed { by: signed_by },
                        prepared: Err(error.clone()),
                        asks: None,
                        new: None,
                    };
                }
            },
            Verdict::Waits(trust) => (trust, None),
        };
        if !trust.runs() {
            let id = manifest.id.clone();
            return Admitted {
                prepared: Err(waits(&source, Some(&id), &trust, in_settings)),
                trust,
                asks: asks.ok(),
                new: None,
            };
        }
        Admitted {
            trust,
            prepared: Ok(prepared),
            asks: asks.ok(),
            new: how.zip(bytes),
        }
    }

    /// A component that this process has looked into before, as it is decided by now: for lists. Whatever opens
    /// a desk looks into it once more. None: it has to be looked into, or waits without having been asked.
    pub(crate) async fn recall(
        &self,
        host: &Host,
        candidate: &Candidate,
    ) -> Option<(Trust, Result<Said, Error>)> {
        let (digest, source) = (&candidate.digest, &candidate.source);
        let said = self.keeper.seen().get(digest).cloned()?;
        let asks = said.asks.clone()?;
        let trust = match self.judge(candidate) {
            Verdict::Waits(_) => return None,
            Verdict::Runs { trust, bounds } => {
                let exceeds = exceeds(source, &said.id, &Ok(asks), &bounds);
                match exceeds {
                    Some(_) => return None,
                    None => trust,
                }
            }
            Verdict::Ask { signed_by } => {
                let builtin = self.builtin(host, &asks.id).await;
                self.compare(digest, &asks, signed_by, builtin.as_ref())
            }
        };
        let in_settings = |id: &str| self.keeper.pins.contains_key(id);
        let said = match trust.runs() {
            true => Ok(said),
            false => Err(waits(source, Some(&said.id), &trust, in_settings)),
        };
        Some((trust, said))
    }

    /// What is there by itself under an id, and asks for something.
    pub(super) async fn builtin(&self, host: &Host, id: &str) -> Option<Asks> {
        if !self.let_in(id).is_empty() {
            return None;
        }
        let (_, candidate) = catalog::builtin().find(|(known, _)| *known == id)?;
        let admission = admission::examine(&candidate.wasm);
        let prepared = host.prepare(candidate).await.ok()?;
        Asks::of(&admission, &prepared.manifest).ok()
    }
}

impl Keeper {
    /// Writes down that a component is used, if nobody has: the next one is compared with it. It waits
    /// after all if something else was decided meanwhile.
    pub(crate) async fn uses(self: &Arc<Self>, admitted: Admitted) -> Result<(), Error> {
        let prepared = admitted.prepared?;
        let (Some(asks), Some((how, bytes))) = (admitted.asks, admitted.new) else {
            return Ok(());
        };
        let (keeper, digest) = (Arc::clone(self), prepared.digest);
        let pinned = how == How::Pinned;
        let written = tokio::task::spawn_blocking(move || keeper.let_in(digest, asks, how, &bytes));
        let written = written.await.unwrap_or_else(|error| {
            Err(Error::Host(
                Problem::new("what is used could not be written down")
                    .with_detail(error.to_string()),
            ))
        });
        match written {
            Ok(()) => Ok(()),
            // The settings are enough.
            Err(error) if pinned => {
                tracing::warn!(%error, "a pinned connector is used, and that could not be written down");
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    fn let_in(&self, digest: Digest, asks: Asks, how: How, bytes: &[u8]) -> Result<(), Error> {
        self.store.update(Some((digest, bytes)), |state| {
            if state.of(&digest).is_some() {
                return Ok(());
            }
            let before = state.let_in(&asks.id);
            let fits = before.iter().any(|one| asks.beyond(&one.asks).is_empty());
            let pin = state.pins.get(&asks.id);
            let aside = state.rolled_back_to(&asks.id).is_some()
                || pin.is_some_and(|pin| pin.digest != digest);
            if how != How::Pinned && (aside || !(before.is_empty() || fits)) {
                return Err(Problem::new(format!(
                    "something else was decided for the connector {} at this moment: try again",
                    one_line(&asks.id, 100)
                )));
            }
            state.let_one_in(LetIn {
                digest,
                at: Timestamp::now(),
                how,
                asks,
            });
            Ok(())
        })
    }
}

/// Why a component that may run does not.
fn exceeds(
    source: &Source,
    id: &str,
    asks: &Result<Asks, Error>,
    bounds: &Bounds,
) -> Option<Error> {
    let why = match bounds {
        Bounds::Id(pinned) if pinned == id => return None,
        Bounds::Id(pinned) => format!(
            "calls itself {:?} and is pinned as {pinned:?}: write [connectors.{}] above its digest in sgi.toml",
            one_line(id, 100),
            one_line(id, 100)
        ),
        Bounds::Asks(bounds) => {
            // A component can change its mind: the clock tells it the day.
            let more = match asks {
                Ok(asks) => asks.beyond(bounds),
                Err(error) => return Some(error.clone()),
            };
            if more.is_empty() {
                return None;
            }
            format!(
                "asks for more than when it was let in: it {}",
                more.join("; it ")
            )
        }
    };
    let why = one_line(&why, MAX_REASONS);
    Some(Error::NotAdmitted(Problem::new(format!(
        "the component {source} {why}"
    ))))
}

/// That a component waits, why, and what to do. `in_settings`: which ids are pinned there.
fn waits(
    source: &Source,
    id: Option<&str>,
    trust: &Trust,
    in_settings: impl Fn(&str) -> bool,
) -> Error {
    let name = source.name();
    let in_settings = in_settings(id.unwrap_or(&name));
    let id = one_line(id.unwrap_or(&name), 100);
    let message = match trust {
        Trust::SetAside { by, pinned: true } if !in_settings => format!(
            "the component {source} is set aside: {by} is pinned as {id}; to use this one, pin it (`sgi connector \
             pin {id} DIGEST`), or none (`sgi connector pin {id} --remove`)"
        ),
        Trust::SetAside { by, pinned: true } => format!(
            "the component {source} is set aside: sgi.toml wants another one ([connectors.{id}] digest = \
             \"{by}\"); to use this one, name its digest there, or none"
        ),
        Trust::SetAside { by, .. } => format!(
            "the component {source} is set aside: `sgi connector rollback {id}` went back to {by}, and \
             `sgi connector approve {id}` ends that"
        ),
        Trust::Pending { reasons, .. } => {
            let reasons = one_line(&reasons.join("; it "), MAX_REASONS);
            let file = match source {
                Source::File(file) => file.as_path(),
                _ => Path::new("FILE"),
            };
            format!(
                "the component {source} waits for approval: it {reasons}. See what it is with `sgi connector \
                 inspect {}`, then `sgi connector approve {id}`",
                file.display()
            )
        }
        _ => format!("the component {source} is not used"),
    };
    Error::NotAdmitted(Problem::new(message))
}
