//! What a person decides about a delivery that the program could not bring to its end.

use crate::entry::EntryId;
use crate::store::{Mark, State, Store, StoreError};
use jiff::Timestamp;

/// What a person found out, or wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// The CMDB does not have it: send it again.
    SendAgain,
    /// The CMDB has it.
    IsThere {
        /// Its own id of it, where the person knows.
        remote: Option<String>,
    },
    /// It shall not be sent any more.
    GiveUp,
}

/// Why a decision was not followed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ResolveError {
    /// There is no such entry, or it is not to be delivered.
    #[error("no entry with the id {0} is to be delivered")]
    NoSuch(EntryId),
    /// Its delivery is in a state in which nobody has to decide.
    #[error("{}", not_open(entry, *state))]
    NotOpen {
        /// The entry.
        entry: EntryId,
        /// Its state.
        state: State,
    },
    /// The store did not keep it.
    #[error("{0}")]
    Store(#[from] StoreError),
}

fn not_open(entry: &EntryId, state: State) -> String {
    match state {
        State::Delivered => format!("the entry {entry} has been delivered: nothing is to decide"),
        State::Sending => {
            format!("the entry {entry} was just sent, and will be looked up: wait for the outcome")
        }
        State::Waiting => format!("the entry {entry} waits to be sent: it can only be given up"),
        State::Undecided => format!("the entry {entry} is undecided"),
        State::Refused => format!("the entry {entry} is given up already"),
    }
}

/// Follows a person's decision about an undecided or refused entry; one that waits can be given up.
///
/// # Errors
/// Nobody has to decide there, or the store failed.
pub async fn resolve<T: Store>(
    store: &T,
    lease: &T::Lease,
    entry: &EntryId,
    decision: Decision,
) -> Result<(), ResolveError> {
    let delivery = store
        .delivery(lease, entry)
        .await?
        .ok_or_else(|| ResolveError::NoSuch(entry.clone()))?;
    let open = matches!(
        (&decision, delivery.state),
        (_, State::Undecided)
            | (Decision::GiveUp, State::Waiting)
            | (
                Decision::SendAgain | Decision::IsThere { .. },
                State::Refused
            )
    );
    if !open {
        return Err(ResolveError::NotOpen {
            entry: entry.clone(),
            state: delivery.state,
        });
    }
    let mut mark = Mark {
        entry: entry.clone(),
        state: State::Waiting,
        attempts: delivery.attempts,
        sent: delivery.sent,
        due: None,
        reason: None,
        remote: None,
    };
    match decision {
        Decision::SendAgain => {
            mark.attempts = 0;
            mark.due = Some(Timestamp::now());
        }
        Decision::IsThere { remote } => {
            mark.state = State::Delivered;
            mark.remote = remote;
        }
        Decision::GiveUp => {
            mark.state = State::Refused;
            mark.reason = Some("a person gave it up".to_owned());
        }
    }
    store.mark(lease, std::slice::from_ref(&mark)).await?;
    Ok(())
}
