//! Desks: how they stand, and what serves them.

use super::extract::{Json, Path};
use super::{App, Json as Answer};
use crate::problem::Problem;
use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sgi_host::{Report, Serving, Source, Standing, Swap};
use utoipa::ToSchema;

/// A desk, without its secrets.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Desk {
    /// Its name.
    name: String,
    /// The type that its settings name.
    #[serde(rename = "type")]
    kind: String,
    /// When false, nothing is asked.
    active: bool,
    /// Its address.
    url: String,
    /// Where people open it, where that is another address.
    link_url: Option<String>,
    /// The account.
    username: String,
    /// Where its settings are: in sgi.toml, where they are read-only here, or in the service's store.
    origin: Origin,
    /// The connector that serves it; null: none could be opened, or it is inactive.
    connector: Option<ServingConnector>,
    /// Since when, UTC.
    since: Option<Timestamp>,
    /// Counts the connectors that have served it since the service began.
    generation: u64,
    /// The last check.
    check: Option<Checked>,
    /// The last swap, where it failed: what served the desk before goes on.
    refused: Option<Refused>,
    /// How far its events are in the logbook.
    logbook: Following,
}

/// Where a desk's settings are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Origin {
    /// In sgi.toml.
    File,
    /// In the service's store, made through the API.
    Store,
}

/// The connector that serves a desk.
#[derive(Debug, Serialize, ToSchema)]
struct ServingConnector {
    /// Its id.
    id: String,
    /// What people call it.
    name: String,
    /// Its version.
    version: String,
    /// SHA-256 of the component: `sha256:…`.
    digest: String,
    /// Its file; null: it is built in.
    file: Option<String>,
}

impl From<Serving> for ServingConnector {
    fn from(serving: Serving) -> Self {
        Self {
            id: serving.id,
            name: serving.name,
            version: serving.version,
            digest: serving.digest.to_string(),
            file: match serving.source {
                Source::File(path) => Some(path.display().to_string()),
                _ => None,
            },
        }
    }
}

/// A check.
#[derive(Debug, Serialize, ToSchema)]
struct Checked {
    /// When, UTC.
    at: Timestamp,
    /// What it found.
    report: Report,
}

/// A swap that failed.
#[derive(Debug, Serialize, ToSchema)]
struct Refused {
    /// When, UTC.
    at: Timestamp,
    /// The type that was to serve the desk.
    #[serde(rename = "type")]
    kind: String,
    /// Why it does not.
    problem: Problem,
}

/// How far a desk's events are in the logbook.
#[derive(Debug, Serialize, ToSchema)]
struct Following {
    /// Whether they go there.
    active: bool,
    /// Another process does it.
    elsewhere: bool,
    /// When the last pass ended that read everything there was, UTC.
    read: Option<Timestamp>,
    /// Why the last pass failed; null: it did not.
    trouble: Option<String>,
    /// About how many tickets are left to read in the pass under way.
    remaining: Option<u64>,
    /// Entries that are new since the service began.
    entries: u64,
}

impl Desk {
    fn of(standing: Standing, origin: Origin) -> Self {
        let following = standing.following;
        Self {
            refused: standing.refused.map(|refused| Refused {
                at: refused.at,
                kind: refused.kind,
                problem: Problem::from(refused.error).of(&standing.desk),
            }),
            name: standing.desk,
            kind: standing.kind,
            active: standing.active,
            url: standing.url,
            link_url: standing.link_url,
            username: standing.username,
            origin,
            connector: standing.serving.map(ServingConnector::from),
            since: standing.since,
            generation: standing.generation,
            check: standing.checked.map(|(at, report)| Checked { at, report }),
            logbook: Following {
                active: following.active,
                elsewhere: following.elsewhere,
                read: following.read,
                trouble: following.trouble,
                remaining: following.remaining,
                entries: following.entries,
            },
        }
    }
}

/// All desks
#[utoipa::path(
    get, path = "/desks", tag = "desks",
    responses((status = 200, description = "By name", body = Vec<Desk>)),
)]
pub(super) async fn all(State(app): State<App>) -> Answer<Vec<Desk>> {
    let standings = app.fleet().standings();
    let desks = standings.into_iter().map(|standing| {
        let origin = app.origin(&standing.desk);
        Desk::of(standing, origin)
    });
    Answer(desks.collect())
}

/// One desk
#[utoipa::path(
    get, path = "/desks/{desk}", tag = "desks",
    params(("desk" = String, Path, description = "The desk's name")),
    responses(
        (status = 200, description = "The desk", body = Desk),
        (status = 404, description = "There is no such desk", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn one(
    State(app): State<App>,
    Path(desk): Path<String>,
) -> Result<Answer<Desk>, Problem> {
    let standing = app.fleet().standing(&desk);
    let standing = standing.ok_or_else(|| Problem::no_desk(&desk))?;
    let origin = app.origin(&desk);
    Ok(Answer(Desk::of(standing, origin)))
}

/// Look a desk over
///
/// Address, credentials, rights and options, as `sgi check` does.
#[utoipa::path(
    post, path = "/desks/{desk}/check", tag = "desks",
    params(("desk" = String, Path, description = "The desk's name")),
    responses(
        (status = 200, description = "What was found", body = Report),
        (status = 404, description = "There is no such desk", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn check(
    State(app): State<App>,
    Path(desk): Path<String>,
) -> Result<Answer<Report>, Problem> {
    // That there is one.
    app.desk(&desk)?;
    let report = app.fleet().check(&desk).await;
    Ok(Answer(
        report.map_err(|error| Problem::from(error).of(&desk))?,
    ))
}

/// How a desk is swapped.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct How {
    /// Even where the desk is down or its check finds it unusable, or where what happened under the connector
    /// before cannot be read any more.
    #[serde(default)]
    force: bool,
}

/// Open a desk anew with its settings
///
/// It is served by the component that its type selects by now, once that has been admitted, opened and has
/// passed its check. Calls under way finish on what served it before. If a step fails, that goes on, and the
/// reason is the answer.
#[utoipa::path(
    post, path = "/desks/{desk}/swap", tag = "desks",
    params(("desk" = String, Path, description = "The desk's name")),
    request_body = How,
    responses(
        (status = 200, description = "The desk as it is served now", body = Desk),
        (status = 404, description = "There is no such desk", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn swap(
    State(app): State<App>,
    Path(desk): Path<String>,
    Json(how): Json<How>,
) -> Result<Answer<Desk>, Problem> {
    let settings = app.settings_of(&desk).await?;
    let standing = app.swap(settings, how_of(how.force)).await;
    let standing = standing.map_err(|error| Problem::from(error).of(&desk))?;
    let origin = app.origin(&desk);
    Ok(Answer(Desk::of(standing, origin)))
}

fn how_of(force: bool) -> Swap {
    match force {
        true => Swap::Forced,
        false => Swap::Checked,
    }
}
