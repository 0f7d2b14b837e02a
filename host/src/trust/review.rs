//! What a person sees before deciding.

use super::asks::Asks;
use super::state::KeptPin;
use super::{Keeper, Trust};
use crate::admission::Admission;
use crate::catalog::{Candidate, Digest, Source};
use crate::error::{Error, Problem};
use crate::host::Host;
use crate::text::one_line;
use serde::Serialize;
use std::sync::Arc;

/// Reports that are remembered.
const MAX_REPORTS: usize = 50;

/// A component that waits.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Pending {
    /// What a desk's `type` would name; the file's name where the component was not asked.
    pub id: String,
    /// What it is.
    pub digest: Digest,
    /// Where it lies.
    pub source: Source,
    /// Why it waits.
    pub trust: Trust,
    /// What it imports and exports. What it says of itself is there only where a signature allows to ask.
    pub report: Admission,
}

/// A component as it would be approved.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Review {
    /// What it is.
    pub digest: Digest,
    /// What it imports, exports, and says of itself.
    pub report: Admission,
    /// What it was compared with, in words; none: nothing was let in under its id before.
    pub before: Option<String>,
    /// What it asks for that the other did not, a sentence each: what follows "it".
    pub differences: Vec<String>,
    pub(super) asks: Option<Asks>,
    pub(super) wasm: Vec<u8>,
}

impl Review {
    /// What it asks for; none where it does not even fit the contract.
    pub fn asks(&self) -> Option<&Asks> {
        self.asks.as_ref()
    }
}

impl Host {
    pub(super) async fn examine(&self, wasm: Vec<u8>) -> Result<Admission, Error> {
        let runtime = Arc::clone(self.runtime());
        let digest = Digest::of(&wasm);
        decide(move || runtime.examine_foreign(&wasm, &digest.0)).await
    }

    /// The components that wait for an approval, with what is known of each.
    pub async fn pending(&self) -> Vec<Pending> {
        let decided = self.trust().now();
        let mut pending = Vec::new();
        for (source, candidate) in self.files() {
            // What cannot be read is in the list of connectors.
            let Ok(candidate) = candidate else { continue };
            let (digest, wasm) = (candidate.digest, candidate.wasm.clone());
            let (trust, asked) = match decided.recall(self, &candidate).await {
                Some((trust, _)) => (trust, true),
                None => {
                    let admitted = decided.admit(self, candidate).await;
                    (admitted.trust, admitted.asks.is_some())
                }
            };
            if trust.runs() {
                continue;
            }
            let Ok(report) = self.report(&digest, &wasm, asked).await else {
                continue;
            };
            let known = decided.known(&digest).map(|(id, _)| id);
            pending.push(Pending {
                id: known.unwrap_or_else(|| source.name()),
                digest,
                source,
                trust,
                report,
            });
        }
        pending
    }

    /// What a component imports, exports and, where it may be asked, says of itself. What it is does not change:
    /// it is looked into once.
    pub(super) async fn report(
        &self,
        digest: &Digest,
        wasm: &[u8],
        asked: bool,
    ) -> Result<Admission, Error> {
        if let Some(known) = self.trust().reports().get(&(*digest, asked)) {
            return Ok(known.clone());
        }
        let report = match asked {
            true => self.inspect(wasm).await?,
            false => self.examine(wasm.to_vec()).await?,
        };
        let mut reports = self.trust().reports();
        if reports.len() >= MAX_REPORTS {
            reports.clear();
        }
        reports.insert((*digest, asked), report.clone());
        Ok(report)
    }

    /// Looks at a component as somebody who may approve it: like [`Host::inspect`], and compares it with
    /// what was let in under its id.
    pub async fn review(&self, wasm: Vec<u8>) -> Result<Review, Error> {
        let (report, asks) = self.look_into(&wasm).await?;
        let decided = self.trust().now();
        let difference = match &asks {
            Some(asks) => {
                let builtin = decided.builtin(self, &asks.id).await;
                decided.difference(asks, builtin.as_ref())
            }
            None => None,
        };
        let (before, differences) = difference.unzip();
        Ok(Review {
            digest: Digest::of(&wasm),
            report,
            before,
            differences: differences.unwrap_or_default(),
            asks,
            wasm,
        })
    }

    /// Looks at a file, which need not be in the folder. See [`Host::review`].
    pub async fn review_file(&self, path: &std::path::Path) -> Result<Review, Error> {
        self.review(Self::read(path)?).await
    }

    /// The component of the folder that a person means by an id or a digest: one that waits, if there is
    /// one.
    pub async fn component_called(&self, what: &str) -> Result<Vec<u8>, Error> {
        let decided = self.trust().now();
        let shown = one_line(what, 100);
        let (mut waiting, mut running) = (Vec::new(), Vec::new());
        for (source, candidate) in self.files() {
            let Ok(candidate) = candidate else { continue };
            if matches!(source, Source::Kept { .. }) {
                continue;
            }
            let admitted = decided.admit(self, candidate.clone()).await;
            let known = decided.known(&candidate.digest).map(|(id, _)| id);
            let named = known.as_deref() == Some(what) || source.name() == what;
            if !named && !means(what, &candidate.digest) {
                continue;
            }
            match admitted.trust.runs() {
                true => running.push(candidate),
                false => waiting.push(candidate),
            }
        }
        let told = |many: &[Candidate]| {
            let many = many.iter().map(|c| format!("{} ({})", c.source, c.digest));
            many.collect::<Vec<_>>().join(", ")
        };
        let mut meant = if waiting.is_empty() { running } else { waiting };
        match (meant.pop(), meant.as_slice()) {
            (Some(one), []) => Ok(one.wasm.into_owned()),
            (Some(one), others) => Err(invalid(format!(
                "{shown:?} may be several components: {}, {}; name one by its file or its digest",
                told(others),
                told(&[one])
            ))),
            (None, _) => Err(invalid(format!(
                "there is no component {shown:?} in the folder of connectors{}: name its file, its digest \
                 (sha256:…) or its id, as `sgi connector list` shows them",
                match self.connectors_dir() {
                    Some(folder) => format!(" {}", folder.display()),
                    None => String::new(),
                }
            ))),
        }
    }

    /// Approves what was reviewed: exactly these bytes, with what they ask for. Ends what was gone back to
    /// under its id.
    pub async fn approve_reviewed(&self, review: Review, by: &str) -> Result<super::LetIn, Error> {
        let keeper = std::sync::Arc::clone(self.trust());
        let by = one_line(by, 100);
        decide(move || keeper.approve(review, by)).await
    }

    /// Approves the component of the folder with this digest. See [`Host::approve_reviewed`].
    pub async fn approve(&self, digest: &Digest, by: &str) -> Result<super::LetIn, Error> {
        let wasm = self.component_called(&digest.to_string()).await?;
        let review = self.review(wasm).await?;
        self.approve_reviewed(review, by).await
    }
}

impl Keeper {
    fn approve(&self, review: Review, by: String) -> Result<super::LetIn, Error> {
        let asks = match review.asks {
            Some(asks) if review.report.admitted() => asks,
            _ => {
                let problems = review.report.problems.join("; ");
                return Err(Error::NotAdmitted(Problem::new(format!(
                    "the component cannot be approved, since it would not run: {problems}"
                ))));
            }
        };
        let id = one_line(&asks.id, 100);
        if self
            .pins
            .get(&asks.id)
            .is_some_and(|pin| *pin != review.digest)
        {
            return Err(invalid(format!(
                "sgi.toml pins another component: name this one there, [connectors.{id}] digest = \
                 \"{}\", or none",
                review.digest
            )));
        }
        let let_in = super::LetIn {
            digest: review.digest,
            at: jiff::Timestamp::now(),
            how: super::How::Approved { by: by.clone() },
            asks,
        };
        self.store
            .update(Some((review.digest, &review.wasm)), |state| {
                let other = |pin: &KeptPin| pin.digest != review.digest;
                if state.pins.get(&let_in.asks.id).is_some_and(other) {
                    return Err(pinned(&let_in.asks.id));
                }
                state.let_one_in(let_in.clone());
                Ok(())
            })?;
        tracing::info!(connector = %id, digest = %review.digest, by, "approved a connector");
        Ok(let_in)
    }
}

/// Whether a person means a digest by that: all of it, or enough of its beginning.
fn means(what: &str, digest: &Digest) -> bool {
    let enough = "sha256:".len() + 8;
    what.len() >= enough && digest.to_string().starts_with(what)
}

/// That another component was pinned by command.
pub(super) fn pinned(id: &str) -> Problem {
    let id = one_line(id, 100);
    Problem::new(format!(
        "another component is pinned as {id:?}: take that away first (`sgi connector pin {id} --remove`), or pin \
         the one that is wanted"
    ))
}

pub(super) fn invalid(message: String) -> Error {
    Error::InvalidInput(Problem::new(message))
}

/// On a thread that may wait for others and for the disk.
pub(super) async fn decide<R: Send + 'static>(
    work: impl FnOnce() -> Result<R, Error> + Send + 'static,
) -> Result<R, Error> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| {
        Err(Error::Host(
            Problem::new("a decision was lost in the host").with_detail(error.to_string()),
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_may_be_cut_but_not_too_short() {
        let digest = Digest::of(b"x");
        let text = digest.to_string();
        for (length, meant) in [(71, true), (15, true), (14, false), (7, false), (0, false)] {
            assert_eq!(means(&text[..length], &digest), meant, "{length}");
        }
        assert!(!means(&Digest::of(b"y").to_string(), &digest));
        assert!(!means(&format!("{text}0"), &digest));
    }
}
