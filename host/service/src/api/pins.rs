//! Components that alone serve under their ids: as `[connectors.ID]` in sgi.toml and `sgi connector pin` say.

use super::extract::{Json, Query};
use super::trust::{decided, parse};
use super::{App, Json as Answer};
use crate::problem::Problem;
use crate::registry::Principal;
use axum::Extension;
use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sgi_host::PinInForce;
use utoipa::{IntoParams, ToSchema};

/// A component that alone serves under an id.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Pin {
    /// What a desk's `type` names.
    id: String,
    /// SHA-256 of the component: `sha256:…`.
    digest: String,
    /// Who pinned it; null: it stands in sgi.toml.
    by: Option<String>,
    /// Since when, UTC; null: it stands in sgi.toml.
    at: Option<Timestamp>,
}

impl From<PinInForce> for Pin {
    fn from(pin: PinInForce) -> Self {
        Self {
            id: pin.id,
            digest: pin.digest.to_string(),
            by: pin.by,
            at: pin.at,
        }
    }
}

fn now(app: &App) -> Result<Answer<Vec<Pin>>, Problem> {
    let pins = app.fleet().host().pins()?;
    Ok(Answer(pins.into_iter().map(Pin::from).collect()))
}

/// The components that alone serve under their ids
#[utoipa::path(
    get, path = "/connectors/pins", tag = "connectors",
    responses((status = 200, description = "By id", body = Vec<Pin>)),
)]
pub(super) async fn all(State(app): State<App>) -> Result<Answer<Vec<Pin>>, Problem> {
    now(&app)
}

/// A component to pin.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPin {
    /// What it calls itself.
    #[schema(min_length = 1, max_length = 120)]
    id: String,
    /// SHA-256 of the component: `sha256:…`.
    #[schema(pattern = "^sha256:[0-9a-f]{64}$")]
    digest: String,
}

/// Have one component alone serve under an id
///
/// Whatever was approved or signed, and whatever file there is: the component is kept. Desks follow at once.
#[utoipa::path(
    post, path = "/connectors/pins", tag = "connectors", request_body = NewPin,
    responses(
        (status = 200, description = "All that is pinned now", body = Vec<Pin>),
        (status = 422, description = "There is no such component, it would not run or calls itself otherwise, or sgi.toml pins one", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn pin(
    State(app): State<App>,
    Extension(principal): Extension<Principal>,
    Json(new): Json<NewPin>,
) -> Result<Answer<Vec<Pin>>, Problem> {
    let digest = parse(&new.digest)?;
    let who = principal.who;
    let by = who.to_string();
    let pinned = app.fleet().host().pin(&new.id, digest, &by).await;
    let act = ("connector.pin", new.id.as_str());
    decided(&app, &who, act, json!({ "digest": digest }), pinned).await?;
    now(&app)
}

/// Which pin.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct WhichPin {
    /// The connector's id.
    id: String,
}

/// Take a pin away again: what is approved or signed counts as before
#[utoipa::path(
    delete, path = "/connectors/pins", tag = "connectors", params(WhichPin),
    responses(
        (status = 200, description = "All that is pinned now", body = Vec<Pin>),
        (status = 422, description = "Nothing is pinned under that id, or it stands in sgi.toml", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn unpin(
    State(app): State<App>,
    Extension(principal): Extension<Principal>,
    Query(which): Query<WhichPin>,
) -> Result<Answer<Vec<Pin>>, Problem> {
    let who = principal.who;
    let gone = app.fleet().host().unpin(&which.id, &who.to_string()).await;
    let detail = json!({ "digest": gone.as_ref().ok() });
    let act = ("connector.unpin", which.id.as_str());
    decided(&app, &who, act, detail, gone).await?;
    now(&app)
}
