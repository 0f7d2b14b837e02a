//! What was decided: the keys, and by connector what was let in, when, how, and with what.

use super::asks::Asks;
use crate::catalog::Digest;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What is remembered of one connector. What a person approved outlives what only had a signature.
const MAX_LET_IN: usize = 20;
/// Of so many the bytes are kept, to go back to.
pub(super) const KEPT: usize = 5;

/// Why a component was let in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// Somebody approved it.
    Approved {
        /// Who.
        by: String,
    },
    /// It was signed, and asked for no more than what was there before.
    Signed {
        /// The name of the key.
        by: String,
    },
    /// The settings name its digest.
    Pinned,
}

/// A component that was let in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LetIn {
    /// What it is.
    pub digest: Digest,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub how: How,
    /// With what.
    pub asks: Asks,
}

/// A key that was trusted by command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeptKey {
    pub(super) key: String,
    pub(super) name: String,
    pub(super) at: Timestamp,
    pub(super) by: String,
}

/// A component that was pinned by command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeptPin {
    pub(super) digest: Digest,
    pub(super) at: Timestamp,
    pub(super) by: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Connector {
    /// In the order in which they were.
    pub(super) let_in: Vec<LetIn>,
    /// Where `rollback` went.
    pub(super) rolled_back_to: Option<Digest>,
}

/// All of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    pub(super) keys: Vec<KeptKey>,
    pub(super) connectors: BTreeMap<String, Connector>,
    /// By id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) pins: BTreeMap<String, KeptPin>,
}

impl State {
    /// What is known of a component.
    pub(super) fn of(&self, digest: &Digest) -> Option<&LetIn> {
        let mut all = self.connectors.values().flat_map(|one| &one.let_in);
        all.find(|let_in| let_in.digest == *digest)
    }

    /// What was let in under an id, the last one last.
    pub(super) fn let_in(&self, id: &str) -> &[LetIn] {
        self.connectors.get(id).map_or(&[], |one| &one.let_in)
    }

    pub(super) fn rolled_back_to(&self, id: &str) -> Option<Digest> {
        self.connectors.get(id)?.rolled_back_to
    }

    /// Has this component alone run under its id. It ends what was gone back to.
    pub(super) fn pin(&mut self, component: LetIn, by: &str) {
        let (id, digest, at) = (component.asks.id.clone(), component.digest, component.at);
        // One that was approved stays so when it is pinned no longer.
        if self.of(&digest).is_none() {
            self.let_one_in(component);
        }
        if let Some(connector) = self.connectors.get_mut(&id) {
            connector.rolled_back_to = None;
        }
        let by = by.to_owned();
        self.pins.insert(id, KeptPin { digest, at, by });
    }

    /// Takes in a component, as the last one. Approved, it ends what was gone back to, unless it is that.
    pub(super) fn let_one_in(&mut self, new: LetIn) {
        // No component has two ids: one that says so now and then is the one that was approved.
        for (id, connector) in &mut self.connectors {
            connector.let_in.retain(|known| known.digest != new.digest);
            if *id != new.asks.id && connector.rolled_back_to == Some(new.digest) {
                connector.rolled_back_to = None;
            }
        }
        let connector = self.connectors.entry(new.asks.id.clone()).or_default();
        if matches!(new.how, How::Approved { .. }) && connector.rolled_back_to != Some(new.digest) {
            connector.rolled_back_to = None;
        }
        connector.let_in.push(new);
        connector.forget();
        self.connectors
            .retain(|_, connector| !connector.let_in.is_empty());
    }

    /// Goes back: to `to`, or to the one before `now` (before which none is known, to the last one).
    pub(super) fn roll_back(
        &mut self,
        id: &str,
        now: Option<Digest>,
        to: Option<Digest>,
        (by, at): (&str, Timestamp),
    ) -> Result<LetIn, String> {
        let Some(connector) = self.connectors.get_mut(id) else {
            return Err(format!("no component was ever let in as {id:?}"));
        };
        let now = connector.rolled_back_to.or(now);
        let kept = connector.kept();
        let position =
            |digest: Digest| connector.let_in.iter().position(|one| one.digest == digest);
        let target = match to {
            Some(to) => position(to).ok_or_else(|| format!("{to} was never let in as {id:?}"))?,
            None => {
                let end = now.and_then(position).unwrap_or(connector.let_in.len());
                end.checked_sub(1).ok_or_else(|| {
                    format!("nothing was let in as {id:?} before what is used now")
                })?
            }
        };
        let Some(target) = connector.let_in.get_mut(target) else {
            return Err(format!("nothing was let in as {id:?}"));
        };
        if !kept.contains(&target.digest) {
            return Err(format!(
                "the bytes of {} are not kept any more",
                target.digest
            ));
        }
        // That somebody goes back to it is an approval. Its place among the others stays.
        if !matches!(target.how, How::Approved { .. }) {
            let by = by.to_owned();
            target.how = How::Approved { by };
            target.at = at;
        }
        connector.rolled_back_to = Some(target.digest);
        Ok(target.clone())
    }

    /// Of which components the bytes are kept.
    pub(super) fn kept(&self) -> BTreeSet<Digest> {
        let pinned = self.pins.values().map(|pin| pin.digest);
        let let_in = self.connectors.values().flat_map(Connector::kept);
        let_in.chain(pinned).collect()
    }
}

impl Connector {
    fn kept(&self) -> BTreeSet<Digest> {
        let last = self.let_in.iter().rev().take(KEPT).map(|one| one.digest);
        last.chain(self.rolled_back_to).collect()
    }

    fn forget(&mut self) {
        while self.let_in.len() > MAX_LET_IN {
            let spare = |one: &LetIn| Some(one.digest) != self.rolled_back_to;
            let signed = |one: &LetIn| spare(one) && !matches!(one.how, How::Approved { .. });
            let oldest = self.let_in.iter().position(signed);
            match oldest.or_else(|| self.let_in.iter().position(spare)) {
                Some(oldest) => drop(self.let_in.remove(oldest)),
                None => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::asks::tests::small;
    use super::*;

    fn digest(n: u32) -> Digest {
        Digest::of(&n.to_le_bytes())
    }

    fn approved() -> How {
        How::Approved {
            by: "anna".to_owned(),
        }
    }

    fn signed() -> How {
        How::Signed {
            by: "somebody".to_owned(),
        }
    }

    fn one(n: u32, how: How) -> LetIn {
        LetIn {
            digest: digest(n),
            at: Timestamp::UNIX_EPOCH,
            how,
            asks: small(),
        }
    }

    fn with(many: impl IntoIterator<Item = (u32, How)>) -> State {
        let mut state = State::default();
        many.into_iter()
            .for_each(|(n, how)| state.let_one_in(one(n, how)));
        state
    }

    fn back(state: &mut State, now: Option<u32>, to: Option<u32>) -> Result<Digest, String> {
        let by = ("anna", Timestamp::UNIX_EPOCH);
        let went = state.roll_back("guest", now.map(digest), to.map(digest), by);
        went.map(|to| to.digest)
    }

    #[test]
    fn going_back_goes_one_further_each_time_and_ends_with_an_approval() {
        let mut state = with([(1, approved()), (2, signed()), (3, approved())]);
        assert_eq!(back(&mut state, Some(3), None), Ok(digest(2)));
        assert_eq!(state.of(&digest(2)).unwrap().how, approved());
        assert_eq!(back(&mut state, Some(3), None), Ok(digest(1)));
        assert!(
            back(&mut state, Some(3), None)
                .unwrap_err()
                .contains("before what is used")
        );
        assert_eq!(state.rolled_back_to("guest"), Some(digest(1)));
        // Approving where one is changes nothing; approving another ends it.
        state.let_one_in(one(1, approved()));
        assert_eq!(state.rolled_back_to("guest"), Some(digest(1)));
        state.let_one_in(one(3, signed()));
        assert_eq!(state.rolled_back_to("guest"), Some(digest(1)));
        state.let_one_in(one(3, approved()));
        assert_eq!(state.rolled_back_to("guest"), None);
    }

    #[test]
    fn from_a_file_that_was_never_let_in_one_goes_to_the_last_that_was() {
        let mut state = with([(1, approved()), (2, approved())]);
        assert_eq!(back(&mut state, Some(9), None), Ok(digest(2)));
        assert_eq!(back(&mut state, None, Some(1)), Ok(digest(1)));
        assert!(back(&mut state, None, Some(7)).is_err());
        let other = state.roll_back("other", None, None, ("anna", Timestamp::UNIX_EPOCH));
        assert!(other.unwrap_err().contains("ever let in"));
    }

    #[test]
    fn what_is_remembered_and_kept_is_bounded_and_approvals_outlive_signatures() {
        let mut state = with([(0, approved())]);
        for n in 1..1_000 {
            state.let_one_in(one(n, signed()));
            assert!(state.let_in("guest").len() <= MAX_LET_IN);
            assert!(state.kept().len() <= KEPT);
        }
        assert!(state.of(&digest(0)).is_some());
        assert!(
            back(&mut state, None, Some(0))
                .unwrap_err()
                .contains("not kept")
        );
        back(&mut state, None, Some(999)).unwrap();
        (1_000..2_000).for_each(|n| state.let_one_in(one(n, signed())));
        assert_eq!(state.rolled_back_to("guest"), Some(digest(999)));
        assert!(state.kept().contains(&digest(999)));
        assert_eq!(state.kept().len(), KEPT + 1);
    }

    #[test]
    fn a_component_has_one_id() {
        let mut state = with([(1, approved())]);
        let mut other = one(1, approved());
        other.asks.id = "other".to_owned();
        state.let_one_in(other);
        assert!(state.let_in("guest").is_empty());
        assert_eq!(state.let_in("other").len(), 1);
    }
}
