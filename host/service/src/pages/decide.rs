//! What a person decides about an entry that did not arrive in the CMDB.

use super::form::Form;
use super::visitor::own;
use crate::api::extract::Path;
use crate::problem::Problem;
use crate::registry::{Act, Principal};
use crate::service::App;
use axum::Extension;
use axum::extract::State;
use axum::response::Redirect;
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use sgi_host::logbook::EntryId;
use sgi_host::logbook::delivery::{self, Decision, ResolveError};
use sgi_host::logbook::store::{Store, Work};
use std::time::Duration;

/// While entries are delivered, nobody else decides about them.
const PATIENCE: Duration = Duration::from_secs(20);

/// What was decided.
#[derive(Debug, Deserialize)]
pub(super) struct Decided {
    decision: String,
    /// The page to go back to.
    #[serde(default)]
    back: String,
}

pub(super) async fn about(
    State(app): State<App>,
    Extension(principal): Extension<Principal>,
    Path(entry): Path<String>,
    Form(decided): Form<Decided>,
) -> Result<Redirect, Problem> {
    let decision = match decided.decision.as_str() {
        "send-again" => Decision::SendAgain,
        "is-there" => Decision::IsThere { remote: None },
        "give-up" => Decision::GiveUp,
        _ => {
            let detail = "decision is send-again, is-there or give-up";
            return Err(Problem::invalid(detail).about("decision"));
        }
    };
    let entry = EntryId::from(entry);
    let store = app.store();
    let lease = tokio::time::timeout(PATIENCE, store.lease(Work::Delivery)).await;
    let lease = lease.map_err(|_| {
        Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "delivering",
            "Entries are being delivered",
            "entries are being delivered at this moment: decide again in a while",
        )
    })??;
    let done = delivery::resolve(store, &lease, &entry, decision).await;
    drop(lease);
    let failure = done.as_ref().err().map(ToString::to_string);
    let act = Act {
        who: &principal.who,
        action: "logbook.resolve",
        subject: entry.as_str(),
        detail: json!({ "decision": decided.decision }),
        failure: failure.as_deref(),
    };
    if let Err(error) = app.registry().record(act).await {
        tracing::error!(%error, %entry, "the audit trail could not be written");
    }
    done.map_err(|error| match error {
        ResolveError::Store(error) => Problem::from(error),
        ResolveError::NoSuch(_) => Problem::new(
            StatusCode::NOT_FOUND,
            "unknown",
            "There is no such thing",
            error.to_string(),
        ),
        ResolveError::NotOpen { .. } => Problem::new(
            StatusCode::CONFLICT,
            "conflict",
            "It was changed in the meantime",
            error.to_string(),
        ),
    })?;
    Ok(Redirect::to(match own(&decided.back) {
        "/" => "/logbook",
        back => back,
    }))
}
