//! What was done, and by whom.

use super::extract::{Query, number};
use super::{App, Json as Answer};
use crate::problem::Problem;
use crate::registry::Audited;
use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

/// Acts on a page.
const PAGE: u32 = 100;
const LARGEST: u32 = 1000;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Only those before this one: `next` of the page before.
    #[param(minimum = 1, maximum = 2147483647)]
    #[serde(default, deserialize_with = "number")]
    before: Option<u32>,
    /// Acts on a page; 100 without it.
    #[param(minimum = 1, maximum = 1000)]
    #[serde(default, deserialize_with = "number")]
    limit: Option<u32>,
}

/// A page of the audit trail.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Acts {
    /// The acts, newest first.
    acts: Vec<Act>,
    /// What to pass as `before` for the next page; null: this is the last one.
    next: Option<i64>,
}

/// Something that was done, or that was tried.
#[derive(Debug, Serialize, ToSchema)]
struct Act {
    /// When, UTC.
    at: Timestamp,
    /// Who: a token, an account, the command line, a file that was changed, the service by itself.
    who: String,
    /// What: `desk.create`, `desk.update`, `desk.remove`, `swap` …
    action: String,
    /// To what: a desk, a connector, a token, an account.
    subject: String,
    /// What changed.
    detail: Value,
    /// Why it failed; null: it was done.
    failure: Option<String>,
}

impl From<Audited> for Act {
    fn from(audited: Audited) -> Self {
        Self {
            at: audited.at,
            who: audited.who,
            action: audited.action,
            subject: audited.subject,
            detail: audited.detail,
            failure: audited.failure,
        }
    }
}

/// The audit trail of settings, swaps, tokens and accounts, newest first
#[utoipa::path(
    get, path = "/audit", tag = "service", params(Wanted),
    responses((status = 200, description = "A page", body = Acts)),
)]
pub(super) async fn acts(
    State(app): State<App>,
    Query(wanted): Query<Wanted>,
) -> Result<Answer<Acts>, Problem> {
    let limit = wanted.limit.unwrap_or(PAGE);
    if !(1..=LARGEST).contains(&limit) {
        return Err(Problem::invalid(format!("limit is 1 to {LARGEST}")).about("limit"));
    }
    if wanted
        .before
        .is_some_and(|before| i32::try_from(before).is_err() || before == 0)
    {
        let detail = "before is what an earlier page called next";
        return Err(Problem::invalid(detail).about("before"));
    }
    let found = app
        .registry()
        .audit(wanted.before.map(i64::from), limit)
        .await?;
    let last = found.last().map(|act| act.sequence);
    let next = last.filter(|_| found.len() >= limit as usize);
    Ok(Answer(Acts {
        acts: found.into_iter().map(Act::from).collect(),
        next,
    }))
}
