//! A component comes into the folder of connectors.

use super::connectors::Connector;
use super::extract::{Query, body, is};
use super::trust::{decided, parse};
use super::{App, Json as Answer};
use crate::problem::Problem;
use crate::registry::Principal;
use axum::Extension;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderMap, HeaderName, StatusCode};
use serde::Deserialize;
use serde_json::json;
use sgi_host::{Error, Install, InstallError};
use std::time::Duration;
use tokio::sync::Semaphore;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::{UtoipaMethodRouter, UtoipaMethodRouterExt};

/// Bytes that a component may have: what the host admits.
const COMPONENT: usize = 64 << 20;
/// What it may take to come.
const TIME: Duration = Duration::from_secs(300);
/// One at a time: each is held in memory as a whole.
static ONE: Semaphore = Semaphore::const_new(1);

const SIGNATURE: HeaderName = HeaderName::from_static("connector-signature");

/// Its address takes larger bodies than others.
pub(super) fn limited(routes: UtoipaMethodRouter<App>) -> UtoipaMethodRouter<App> {
    routes.layer(DefaultBodyLimit::max(COMPONENT))
}

/// Where a component is put.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Place {
    /// Its file becomes `NAME.wasm` in the folder of connectors; best its id.
    #[param(pattern = "^[a-z0-9-]{1,64}$")]
    name: String,
    /// The component that lies there under that name and may be replaced: `sha256:…`. Without it none is.
    #[serde(default)]
    #[param(nullable = false, pattern = "^sha256:[0-9a-f]{64}$")]
    replaces: Option<String>,
}

/// A component, as it is.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "it is only described: the body is read as it is")]
pub(super) struct Component(Vec<u8>);

/// Put a component into the folder of connectors
///
/// It is looked at before anything is written, and the answer has its admission report. Unless it is signed with a
/// trusted key and asks for no more than before, it waits for `POST /connectors/{digest}/approve`. What lies there
/// under the same name is replaced only where `replaces` says so.
#[utoipa::path(
    post, path = "/connectors", tag = "connectors",
    params(
        Place,
        ("Connector-Signature" = Option<String>, Header, description = "Its signature: the file .minisig, in base64 without line breaks"),
    ),
    request_body(content = Component, content_type = "application/octet-stream", description = "The component, at most 64 MiB (application/wasm does, too)"),
    responses(
        (status = 200, description = "It lies there already, as it is", body = Connector),
        (status = 201, description = "It lies there, and runs or waits", body = Connector),
        (status = 409, description = "Another one lies there: nothing has changed", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "It is too large", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "It would never run, or is not what its signature is for: nothing has changed", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn upload(
    State(app): State<App>,
    Extension(principal): Extension<Principal>,
    Query(place): Query<Place>,
    request: Request,
) -> Result<Response, Problem> {
    if !is(&request, &["application/wasm", "application/octet-stream"]) {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "not-wasm",
            "The body is no component",
            "send the component as it is, with Content-Type: application/wasm",
        ));
    }
    let replaces = match &place.replaces {
        Some(digest) => Some(parse(digest).map_err(|problem| problem.about("replaces"))?),
        None => None,
    };
    let signature = signature(request.headers())?;
    let Ok(_one) = ONE.try_acquire() else {
        let mut problem = Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "busy",
            "Another component is being uploaded",
            "components are taken one at a time: send it again in a moment",
        );
        problem.wait(Duration::from_secs(5));
        return Err(problem);
    };
    let wasm = body(request, &(), "64 MiB", TIME).await?.to_vec();
    let (size, signed) = (wasm.len(), signature.is_some());
    let new = Install {
        name: place.name.clone(),
        wasm,
        signature,
        replaces,
    };
    let (host, who) = (app.fleet().host().clone(), principal.who);
    // Not left in the middle where the caller goes away.
    let placed = tokio::spawn(async move { host.install(new).await });
    let placed = placed.await.map_err(|error| Problem::lost(&error))?;
    let (placed, taken) = match placed {
        Ok(placed) => (Ok(placed), None),
        Err(InstallError::Other(error)) => (Err(error), None),
        Err(taken) => {
            let told = taken.to_string();
            (
                Err(Error::InvalidInput(sgi_host::Problem::new(&told))),
                Some(told),
            )
        }
    };
    let known = placed.as_ref().ok();
    let detail = json!({
        "digest": known.and_then(|placed| placed.installed.digest),
        "replaced": known.and_then(|placed| placed.replaced),
        "size": size,
        "signature": signed,
    });
    let act = ("connector.upload", place.name.as_str());
    let placed = decided(&app, &who, act, detail, placed).await;
    let placed = match (placed, taken) {
        (Err(_), Some(told)) => {
            let title = "Another component lies there";
            return Err(Problem::new(StatusCode::CONFLICT, "taken", title, told).about("name"));
        }
        (placed, _) => placed?,
    };
    let status = match placed.new {
        true => StatusCode::CREATED,
        false => StatusCode::OK,
    };
    let desks = app.fleet().standings().into_iter().filter(|standing| {
        let serving = standing.serving.as_ref();
        serving.is_some_and(|serving| Some(serving.digest) == placed.installed.digest)
    });
    let desks = desks.map(|standing| standing.desk).collect();
    let connector = Connector::of(placed.installed, desks, Some(placed.report));
    Ok((status, Answer(connector)).into_response())
}

fn signature(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(given) = headers.get(&SIGNATURE) else {
        return Ok(None);
    };
    let text = BASE64_STANDARD.decode(given.as_bytes()).ok();
    let text = text.and_then(|bytes| String::from_utf8(bytes).ok());
    text.map(Some).ok_or_else(|| {
        let detail = "Connector-Signature holds the file .minisig in base64 (`base64 -w0`)";
        Problem::invalid(detail).about("Connector-Signature")
    })
}
