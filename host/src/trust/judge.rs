//! One file against what is decided, before anything of it runs; and once it has said what it is.

use super::asks::Asks;
use super::signature::{self, Signed};
use super::state::{How, LetIn};
use super::{Decided, Trust};
use crate::catalog::{Candidate, Digest, Source};
use crate::text::one_line;

/// What follows for a file.
pub(super) enum Verdict {
    /// It runs, if it says that it is this one and asks for no more than this.
    Runs { trust: Trust, bounds: Bounds },
    /// It may be asked what it is; then it is compared ([`Decided::compare`]).
    Ask { signed_by: String },
    /// Nothing of it runs.
    Waits(Trust),
}

/// What a component that runs may be at most.
pub(super) enum Bounds {
    Id(String),
    Asks(Box<Asks>),
}

fn pending(reasons: Vec<String>, signed_by: Option<String>) -> Trust {
    Trust::Pending { reasons, signed_by }
}

impl Decided<'_> {
    pub(super) fn judge(&self, candidate: &Candidate) -> Verdict {
        let digest = &candidate.digest;
        if let Some(id) = self.pinned_as(digest) {
            return Verdict::Runs {
                trust: Trust::Pinned,
                bounds: Bounds::Id(id),
            };
        }
        let state = match &self.state {
            Ok(state) => state,
            Err(why) => {
                let why =
                    format!("may have been approved, but what was decided cannot be read: {why}");
                return Verdict::Waits(pending(vec![why], None));
            }
        };
        let known = state.of(digest);
        if let Some(known) = known {
            if let Some(trust) = self.other_serves(&known.asks.id, digest) {
                return Verdict::Waits(trust);
            }
            if let How::Approved { by } = &known.how {
                return Verdict::Runs {
                    trust: Trust::Approved { by: by.clone() },
                    bounds: Bounds::Asks(Box::new(known.asks.clone())),
                };
            }
        }
        let Source::File(file) = &candidate.source else {
            // What is kept was gone back to, which is an approval, or is pinned.
            let why = "is kept, and not approved".to_owned();
            return Verdict::Waits(pending(vec![why], None));
        };
        match (signature::look(file, &candidate.wasm, &self.keys()), known) {
            (Signed::Not(why), _) => {
                let reasons = vec!["is neither pinned nor approved".to_owned(), why];
                Verdict::Waits(pending(reasons, None))
            }
            // It was compared when it was let in.
            (Signed::By(by), Some(known)) => Verdict::Runs {
                trust: Trust::Signed { by },
                bounds: Bounds::Asks(Box::new(known.asks.clone())),
            },
            (Signed::By(signed_by), None) => Verdict::Ask { signed_by },
        }
    }

    /// Whether a pin, or `rollback`, has another component serve under an id.
    pub(super) fn other_serves(&self, id: &str, digest: &Digest) -> Option<Trust> {
        if let Some(pin) = self.pin(id) {
            let (by, pinned) = (pin, true);
            return (pin != *digest).then_some(Trust::SetAside { by, pinned });
        }
        let by = self.state.as_ref().ok()?.rolled_back_to(id)?;
        let pinned = false;
        (by != *digest).then_some(Trust::SetAside { by, pinned })
    }

    /// Whether a component with a good signature asks for no more than something that was let in as a
    /// whole; `builtin` is what is there by itself under its id.
    pub(super) fn compare(
        &self,
        digest: &Digest,
        asks: &Asks,
        signed_by: String,
        builtin: Option<&Asks>,
    ) -> Trust {
        if let Some(trust) = self.other_serves(&asks.id, digest) {
            return trust;
        }
        match self.difference(asks, builtin) {
            None => Trust::Signed { by: signed_by },
            Some((_, differences)) if differences.is_empty() => Trust::Signed { by: signed_by },
            Some((before, differences)) => {
                let mut reasons = vec![format!(
                    "is signed by {signed_by}, and asks for more than {before}"
                )];
                reasons.extend(differences);
                pending(reasons, Some(signed_by))
            }
        }
    }

    /// What a component asks for beyond the one let in that comes nearest (the last of them), and which
    /// that is. None where nothing was there before.
    pub(super) fn difference(
        &self,
        asks: &Asks,
        builtin: Option<&Asks>,
    ) -> Option<(String, Vec<String>)> {
        let named = |one: &LetIn| {
            let digest = one.digest.to_string();
            let digest = digest.get(..19).unwrap_or_default();
            format!("{} did ({digest}…)", one_line(&one.asks.version, 40))
        };
        let before = self.let_in(&asks.id).iter().rev();
        let before = before.map(|one| (named(one), asks.beyond(&one.asks)));
        before
            .min_by_key(|(_, more)| more.len())
            .or_else(|| Some(("the one that is built in".to_owned(), asks.beyond(builtin?))))
    }
}
