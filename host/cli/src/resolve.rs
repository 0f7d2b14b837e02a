//! `sgi logbook resolve`: what a person decides about entries that could not be delivered.

use crate::args::{DecisionArgs, ResolveArgs};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::sync;
use sgi_host::logbook::EntryId;
use sgi_host::logbook::delivery::{self, Decision, ResolveError};
use sgi_host::logbook::store::{State, Store, Work};

pub(crate) async fn run(context: &Context, args: ResolveArgs) -> Result<Exit, Failure> {
    let config = context.config()?;
    let host = context.host(&config)?;
    let store = sync::store(&host).await?;
    let lease = match store.try_lease(Work::Delivery).await? {
        Some(lease) => lease,
        None => {
            context
                .teller()
                .note("entries are being delivered; waiting until that is done");
            store.lease(Work::Delivery).await?
        }
    };
    let (decision, done) = decision(&args.decision);
    let mut exits = Vec::new();
    for entry in args.entries {
        let entry = EntryId::from(entry);
        match delivery::resolve(&store, &lease, &entry, decision.clone()).await {
            Ok(()) => {
                context.print(&format!("{entry}: {done}\n"))?;
                exits.push(Exit::Ok);
            }
            Err(ResolveError::Store(error)) => return Err(error.into()),
            // The others are decided all the same.
            Err(error) => {
                let failure = Failure::Usage(error.to_string());
                context.tell(None, &failure);
                exits.push(failure.exit());
            }
        }
    }
    Ok(Exit::of_all(exits))
}

fn decision(args: &DecisionArgs) -> (Decision, &'static str) {
    if args.send_again {
        (Decision::SendAgain, "will be sent with the next `sgi sync`")
    } else if args.is_there {
        (
            Decision::IsThere { remote: None },
            "counts as delivered from now on",
        )
    } else {
        (Decision::GiveUp, "will not be sent")
    }
}

/// The command that a person can give about an entry in this state, if there is one to decide.
pub(crate) fn hint(entry: &EntryId, state: State) -> Option<String> {
    let choices = match state {
        State::Undecided => "--is-there, --send-again or --give-up",
        State::Refused => "--send-again (once the reason is mended) or --is-there",
        State::Waiting | State::Sending | State::Delivered => return None,
    };
    Some(format!("to decide: sgi logbook resolve {entry} {choices}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_hint_exactly_where_a_person_must_decide() {
        let entry = EntryId::from("0c91".to_owned());
        for state in [State::Undecided, State::Refused] {
            let hint = hint(&entry, state).unwrap();
            assert!(hint.contains("sgi logbook resolve 0c91 --"), "{hint}");
        }
        for state in [State::Waiting, State::Sending, State::Delivered] {
            assert_eq!(hint(&entry, state), None);
        }
    }
}
