//! Which connectors may run: as `sgi connector approve`, `rollback` and `trust` decide it.

use super::connectors::AdmissionReport;
use super::extract::{Json, Path, Query};
use super::{App, Json as Answer};
use crate::problem::Problem;
use crate::registry::{Act, Principal, Who};
use axum::Extension;
use axum::extract::State;
use http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sgi_host::{Digest, Error, KeyInForce, LetIn, TrustedKey};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

/// A component as it would be approved.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Review {
    /// SHA-256 of the component: `sha256:…`.
    digest: String,
    /// What it imports, exports, and says of itself.
    report: AdmissionReport,
    /// What it was compared with, in words; null: nothing was let in under its id before.
    before: Option<String>,
    /// What it asks for that the other did not, a sentence each: what follows "it".
    differences: Vec<String>,
}

/// A component that was let in.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Admitted {
    /// What a desk's `type` names.
    id: String,
    /// Its version.
    version: String,
    /// SHA-256 of the component: `sha256:…`.
    digest: String,
    /// When it was let in first, UTC.
    at: Timestamp,
}

impl From<LetIn> for Admitted {
    fn from(let_in: LetIn) -> Self {
        Self {
            id: let_in.asks.id,
            version: let_in.asks.version,
            digest: let_in.digest.to_string(),
            at: let_in.at,
        }
    }
}

/// What it is that is asked for, and what there is of it.
pub(crate) async fn found(app: &App, digest: &str) -> Result<(Digest, Vec<u8>), Problem> {
    let digest = parse(digest)?;
    let host = app.fleet().host().clone();
    let read = tokio::task::spawn_blocking(move || host.component(&digest)).await;
    match read.ok().flatten() {
        Some(wasm) => Ok((digest, wasm)),
        None => Err(unknown(&format!(
            "there is no component {digest}: neither built in nor in the folder of connectors"
        ))),
    }
}

pub(super) fn parse(digest: &str) -> Result<Digest, Problem> {
    Digest::parse(digest).ok_or_else(|| {
        Problem::invalid("a digest is sha256: and 64 digits (0 to 9, a to f)").about("digest")
    })
}

fn unknown(detail: &str) -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "unknown",
        "There is no such thing",
        detail,
    )
}

/// Into the audit trail, done or not; and what runs follows.
pub(super) async fn decided<T>(
    app: &App,
    who: &Who,
    (action, subject): (&str, &str),
    detail: Value,
    outcome: Result<T, Error>,
) -> Result<T, Problem> {
    let failure = outcome.as_ref().err().map(ToString::to_string);
    let act = Act {
        who,
        action,
        subject,
        detail,
        failure: failure.as_deref(),
    };
    if let Err(error) = app.registry().record(act).await {
        tracing::error!(%error, subject, action, "the audit trail could not be written");
    }
    if outcome.is_ok() {
        let app = app.clone();
        tokio::spawn(async move { app.reload().await });
    }
    Ok(outcome?)
}

/// Look at a connector as somebody who may approve it
///
/// What it imports, exports and asks for, and what of that is more than what was let in under its id before. It
/// is asked what it is, in its sandbox, without any way to a desk.
#[utoipa::path(
    get, path = "/connectors/{digest}", tag = "connectors",
    params(("digest" = String, Path, description = "SHA-256 of the component", pattern = "^sha256:[0-9a-f]{64}$")),
    responses(
        (status = 200, description = "The report", body = Review),
        (status = 404, description = "There is no such component", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn review(
    State(app): State<App>,
    Path(digest): Path<String>,
) -> Result<Answer<Review>, Problem> {
    let (digest, wasm) = found(&app, &digest).await?;
    let review = app.fleet().host().review(wasm).await?;
    Ok(Answer(Review {
        digest: digest.to_string(),
        report: review.report.into(),
        before: review.before,
        differences: review.differences,
    }))
}

/// Let a connector run
///
/// This very component; desks that select it are swapped at once. It ends what was gone back to under its id.
#[utoipa::path(
    post, path = "/connectors/{digest}/approve", tag = "connectors",
    params(("digest" = String, Path, description = "SHA-256 of the component, as its report was read", pattern = "^sha256:[0-9a-f]{64}$")),
    responses(
        (status = 200, description = "It was let in", body = Admitted),
        (status = 404, description = "There is no such component", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "It would not run, or another one is pinned", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn approve(
    State(app): State<App>,
    Extension(principal): Extension<Principal>,
    Path(digest): Path<String>,
) -> Result<Answer<Admitted>, Problem> {
    let approved = let_in(&app, &principal.who, &digest).await?;
    Ok(Answer(approved.into()))
}

/// Approves a component, for whoever is inside.
pub(crate) async fn let_in(app: &App, who: &Who, digest: &str) -> Result<LetIn, Problem> {
    let (digest, wasm) = found(app, digest).await?;
    let host = app.fleet().host();
    let review = host.review(wasm).await?;
    let id = review.asks().map(|asks| asks.id.clone());
    let detail = json!({ "digest": digest, "differences": review.differences });
    let approved = host.approve_reviewed(review, &who.to_string()).await;
    let subject = id.unwrap_or_else(|| digest.to_string());
    let act = ("connector.approve", subject.as_str());
    decided(app, who, act, detail, approved).await
}

/// Go back to a connector that ran before
///
/// It serves whatever file there is in the folder, until that file, or another one, is approved. The last five
/// components of each connector are kept.
#[utoipa::path(
    post, path = "/connectors/{digest}/rollback", tag = "connectors",
    params(("digest" = String, Path, description = "SHA-256 of the component to go back to", pattern = "^sha256:[0-9a-f]{64}$")),
    responses(
        (status = 200, description = "It serves", body = Admitted),
        (status = 404, description = "It was never let in", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "It is not kept any more, or another one is pinned", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn rollback(
    State(app): State<App>,
    Extension(principal): Extension<Principal>,
    Path(digest): Path<String>,
) -> Result<Answer<Admitted>, Problem> {
    let went = go_back(&app, &principal.who, &digest).await?;
    Ok(Answer(went.into()))
}

/// Goes back to a component, for whoever is inside.
pub(crate) async fn go_back(app: &App, who: &Who, digest: &str) -> Result<LetIn, Problem> {
    let digest = parse(digest)?;
    let host = app.fleet().host();
    let let_in = host.let_in_as(&digest);
    let let_in = let_in.ok_or_else(|| unknown(&format!("{digest} was never let in")))?;
    let id = let_in.asks.id;
    let went = host.rollback(&id, Some(digest), &who.to_string()).await;
    let act = ("connector.rollback", id.as_str());
    decided(app, who, act, json!({ "digest": digest }), went).await
}

/// What is trusted.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Trusted {
    /// Keys whose signatures count.
    keys: Vec<Key>,
    /// The component that alone may run under an id: the digest by the id. `GET /connectors/pins` has more.
    pins: BTreeMap<String, String>,
}

/// A key whose signatures count.
#[derive(Debug, Serialize, ToSchema)]
struct Key {
    /// `RW…`
    key: String,
    /// What it is called.
    name: String,
    /// Who trusted it; null: it stands in sgi.toml.
    by: Option<String>,
    /// Since when, UTC; null: it stands in sgi.toml.
    at: Option<Timestamp>,
}

impl From<KeyInForce> for Key {
    fn from(key: KeyInForce) -> Self {
        Self {
            key: key.key,
            name: key.name,
            by: key.by,
            at: key.at,
        }
    }
}

fn now(app: &App) -> Result<Answer<Trusted>, Problem> {
    let host = app.fleet().host();
    let pins = host.pins()?.into_iter();
    Ok(Answer(Trusted {
        keys: host.trusted_keys()?.into_iter().map(Key::from).collect(),
        pins: pins.map(|pin| (pin.id, pin.digest.to_string())).collect(),
    }))
}

/// Which keys and digests are trusted
#[utoipa::path(
    get, path = "/connectors/trust", tag = "connectors",
    responses((status = 200, description = "Keys and pins", body = Trusted)),
)]
pub(super) async fn keys(State(app): State<App>) -> Result<Answer<Trusted>, Problem> {
    now(&app)
}

/// A key to trust.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewKey {
    /// The key of minisign's, `RW…`, or the text of minisign.pub.
    #[schema(max_length = 8192)]
    key: String,
    /// What to call it, instead of its number.
    #[serde(default)]
    name: Option<String>,
}

/// Trust a minisign key: connectors that it signed run, if they ask for no more than before
#[utoipa::path(
    post, path = "/connectors/trust", tag = "connectors", request_body = NewKey,
    responses(
        (status = 200, description = "All that is trusted now", body = Trusted),
        (status = 422, description = "It is no such key, or another one is called so", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn trust(
    State(app): State<App>,
    Extension(principal): Extension<Principal>,
    Json(new): Json<NewKey>,
) -> Result<Answer<Trusted>, Problem> {
    let key = TrustedKey::parse(&new.key);
    let mut key = key.map_err(|problem| Problem::invalid(problem.message).about("key"))?;
    if let Some(name) = &new.name {
        key = key.named(name);
    }
    let who = principal.who;
    let (name, text) = (key.name().to_owned(), key.text().to_owned());
    let host = app.fleet().host();
    let trusted = host.trust_key(key, &who.to_string()).await;
    let act = ("connector.trust", name.as_str());
    decided(&app, &who, act, json!({ "key": text }), trusted).await?;
    now(&app)
}

/// Which key.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct WhichKey {
    /// Its text, name or number.
    key: String,
}

/// Do not trust a key any more: what only it signed waits
#[utoipa::path(
    delete, path = "/connectors/trust", tag = "connectors", params(WhichKey),
    responses(
        (status = 200, description = "All that is trusted now", body = Trusted),
        (status = 422, description = "No such key is trusted, or it stands in sgi.toml", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn distrust(
    State(app): State<App>,
    Extension(principal): Extension<Principal>,
    Query(which): Query<WhichKey>,
) -> Result<Answer<Trusted>, Problem> {
    let who = principal.who;
    let host = app.fleet().host();
    let gone = host.distrust_key(&which.key, &who.to_string()).await;
    let subject = gone.as_ref().map_or(which.key.as_str(), String::as_str);
    let act = ("connector.distrust", subject);
    decided(&app, &who, act, json!({}), gone.clone()).await?;
    now(&app)
}
