//! Desks: how they stand, and what serves them.

use super::extract::{Json, Path, Query};
use super::{App, Json as Answer};
use crate::problem::Problem;
use crate::registry::{Principal, Put, StoredDesk};
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sgi_host::{Report, Serving, Source, Standing, Swap};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

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
        (status = 422, description = "A step failed: nothing has changed", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn swap(
    State(app): State<App>,
    Extension(principal): Extension<Principal>,
    Path(desk): Path<String>,
    Json(how): Json<How>,
) -> Result<Answer<Desk>, Problem> {
    let settings = app.settings_of(&desk).await?;
    let standing = app.swap(settings, how_of(how.force), &principal.who).await;
    let standing = standing.map_err(|error| Problem::tried(error).of(&desk))?;
    let origin = app.origin(&desk);
    Ok(Answer(Desk::of(standing, origin)))
}

fn how_of(force: bool) -> Swap {
    match force {
        true => Swap::Forced,
        false => Swap::Checked,
    }
}

/// The table of a desk: the keys of `[desks.NAME]` in sgi.toml, and what they hold there. Files and variables of
/// the service's machine cannot be named: passwords are given as they are, and certificates as text in PEM form.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it is only described: the configuration reads it")]
pub(super) struct Table {
    /// The connector: an id, optionally `ID@VERSION` or `ID@sha256:…`.
    #[schema(min_length = 1, example = "rt")]
    r#type: String,
    /// When false, nothing is asked.
    #[schema(default = true)]
    active: Option<bool>,
    /// The desk's address with protocol, port and path.
    #[schema(example = "https://rt.example.org/rt")]
    url: String,
    /// The address that people open, where it is another.
    link_url: Option<String>,
    /// The account.
    #[schema(min_length = 1)]
    username: String,
    /// Its password or token; left out, that which is kept, unless type, url, proxy, or who may answer there
    /// (accept_any_certificate, allow_addresses, ca_certificates) change.
    #[schema(min_length = 1, write_only)]
    password: Option<String>,
    /// The connector's own options.
    #[schema(value_type = Option<BTreeMap<String, Value>>)]
    options: Option<BTreeMap<String, Value>>,
    /// What one call of the connector may use up.
    #[schema(value_type = Option<BTreeMap<String, Value>>)]
    limits: Option<BTreeMap<String, Value>>,
    /// How its events come into the logbook.
    #[schema(value_type = Option<BTreeMap<String, Value>>)]
    logbook: Option<BTreeMap<String, Value>>,
    /// Authorities to trust beside the system's, each as text in PEM form.
    ca_certificates: Option<Vec<String>>,
    /// True: whoever sits on the way can read the password.
    accept_any_certificate: Option<bool>,
    /// `http://[user:password@]host:port`.
    proxy: Option<String>,
    /// Private addresses or networks that the desk's name may lead to.
    allow_addresses: Option<Vec<String>>,
    /// For a connection, TLS and proxy included: `"10s"`.
    connect_timeout: Option<String>,
    /// For a request with its answer: `"30s"`.
    request_timeout: Option<String>,
    /// Greatest answer: `"32 MiB"`.
    max_response: Option<String>,
    /// Requests to the desk at once.
    #[schema(minimum = 1, maximum = 64)]
    parallel: Option<u32>,
}

/// How a desk is put.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Putting {
    /// Even where the desk is down or its check finds it unusable, or where what happened under the connector
    /// before cannot be read any more.
    #[serde(default)]
    force: bool,
}

/// Make a desk, or change one that was made here
///
/// It is opened with the new settings beside what serves it now, and has to pass its check; then the settings are
/// kept, and calls go to it. If a step fails, nothing has changed. Desks of sgi.toml are changed there.
#[utoipa::path(
    put, path = "/desks/{desk}", tag = "desks",
    params(
        ("desk" = String, Path, description = "The desk's name"),
        Putting,
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the settings that are to be changed: if they have others by now, nothing is done"),
        ("If-None-Match" = Option<String>, Header, description = "`*`: only if there is no desk of that name"),
    ),
    request_body = Table,
    responses(
        (status = 200, description = "The desk as it is served now", body = Desk),
        (status = 201, description = "The new desk", body = Desk),
        (status = 409, description = "The desk stands in sgi.toml, or is there already", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "It was changed in the meantime", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The settings are wrong, or did not pass their check: nothing has changed", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn put(
    State(app): State<App>,
    Extension(principal): Extension<Principal>,
    Path(desk): Path<String>,
    Query(putting): Query<Putting>,
    headers: HeaderMap,
    Json(table): Json<Map<String, Value>>,
) -> Result<Response, Problem> {
    app.free(&desk)?;
    let put = match (
        matching(&headers, header::IF_MATCH)?,
        headers.get(header::IF_NONE_MATCH),
    ) {
        (_, Some(any)) if any == "*" => Put::Create,
        (_, Some(_)) => {
            let detail = "If-None-Match can be * and nothing else";
            return Err(Problem::invalid(detail).about("If-None-Match"));
        }
        (Some(revision), None) => Put::Update(Some(revision)),
        (None, None) => Put::Replace,
    };
    let of = |error| Problem::from(error).of(&desk);
    let change = app
        .registry()
        .prepare(&desk, table, put)
        .await
        .map_err(of)?;
    let status = match change.before() {
        Some(_) => StatusCode::OK,
        None => StatusCode::CREATED,
    };
    let stored = app
        .put(change, how_of(putting.force), principal.who)
        .await?;
    let standing = app
        .fleet()
        .standing(&desk)
        .ok_or_else(|| Problem::no_desk(&desk))?;
    let body = Answer(Desk::of(standing, Origin::Store));
    Ok((status, [(header::ETAG, tag(&stored))], body).into_response())
}

/// The settings of a desk that was made here.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Settings {
    /// Its table, without secrets: what `PUT` takes.
    #[schema(value_type = Table)]
    settings: Map<String, Value>,
    /// Which secrets are kept beside it.
    secrets: Vec<&'static str>,
    /// When they were made or last changed, UTC.
    changed: Timestamp,
    /// By whom.
    changed_by: String,
}

/// The settings of a desk that was made here, without its secrets
#[utoipa::path(
    get, path = "/desks/{desk}/settings", tag = "desks",
    params(("desk" = String, Path, description = "The desk's name")),
    responses(
        (status = 200, description = "The settings; their revision is the `ETag`", body = Settings, headers(("ETag" = String, description = "What `If-Match` takes"))),
        (status = 404, description = "There is no such desk", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It stands in sgi.toml", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn settings(
    State(app): State<App>,
    Path(desk): Path<String>,
) -> Result<Response, Problem> {
    let stored = app.registry().desk(&desk).await?;
    let Some(stored) = stored else {
        app.free(&desk)?;
        return Err(Problem::no_desk(&desk));
    };
    let settings = Settings {
        settings: stored.written().clone(),
        secrets: stored.secrets().collect(),
        changed: stored.changed,
        changed_by: stored.changed_by.clone(),
    };
    Ok(([(header::ETAG, tag(&stored))], Answer(settings)).into_response())
}

/// Remove a desk that was made here
///
/// Calls under way finish. What the logbook has of it stays.
#[utoipa::path(
    delete, path = "/desks/{desk}", tag = "desks",
    params(
        ("desk" = String, Path, description = "The desk's name"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of its settings: if they have others by now, nothing is done"),
    ),
    responses(
        (status = 204, description = "It is gone"),
        (status = 404, description = "There is no such desk", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It stands in sgi.toml", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "It was changed in the meantime", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn remove(
    State(app): State<App>,
    Extension(principal): Extension<Principal>,
    Path(desk): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    // Of two desks of one name, this is the one that goes.
    if app.registry().desk(&desk).await?.is_none() {
        app.free(&desk)?;
    }
    let expected = matching(&headers, header::IF_MATCH)?;
    let removed = app.remove(&desk, expected, &principal.who).await;
    removed.map_err(|error| Problem::from(error).of(&desk))?;
    if app.free(&desk).is_err() {
        tokio::spawn(async move { app.reload().await });
    }
    Ok(StatusCode::NO_CONTENT)
}

fn tag(stored: &StoredDesk) -> HeaderValue {
    // Digits between quotes.
    HeaderValue::try_from(format!("\"{}\"", stored.revision))
        .unwrap_or(HeaderValue::from_static("\"\""))
}

fn matching(headers: &HeaderMap, name: header::HeaderName) -> Result<Option<i64>, Problem> {
    let Some(given) = headers.get(&name) else {
        return Ok(None);
    };
    let revision = given
        .to_str()
        .ok()
        .and_then(|text| text.strip_prefix('"')?.strip_suffix('"')?.parse().ok());
    revision.map(Some).ok_or_else(|| {
        Problem::invalid("If-Match takes the ETag that came with the settings").about("If-Match")
    })
}
