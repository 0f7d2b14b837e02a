//! Whether the service lives, is ready, and what it has done.

use super::{App, Json as Answer};
use crate::problem::Problem;
use axum::extract::State;
use axum::response::IntoResponse;
use http::{StatusCode, header};
use serde::Serialize;
use sgi_host::logbook::store::Store;
use utoipa::ToSchema;

/// That it is well.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Health {
    /// `ok`.
    status: &'static str,
}

/// Whether the process lives
#[utoipa::path(
    get, path = "/health/live", tag = "service",
    responses((status = 200, description = "It does", body = Health)),
)]
pub(super) async fn live() -> Answer<Health> {
    Answer(Health { status: "ok" })
}

/// Whether requests can be answered: the store can be read
///
/// A desk that is down does not make the service unready: GET /desks tells of it.
#[utoipa::path(
    get, path = "/health/ready", tag = "service",
    responses(
        (status = 200, description = "They can", body = Health),
        (status = 503, description = "They cannot", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn ready(State(app): State<App>) -> Result<Answer<Health>, Problem> {
    match app.store().next_due().await {
        Ok(_) => Ok(Answer(Health { status: "ok" })),
        Err(error) => Err(Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "not-ready",
            "The service is not ready",
            error.to_string(),
        )),
    }
}

/// What was counted, for Prometheus
#[utoipa::path(
    get, path = "/metrics", tag = "service",
    responses((status = 200, description = "In the text format of OpenMetrics", body = String, content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8")),
)]
pub(super) async fn metrics(State(app): State<App>) -> impl IntoResponse {
    let text = app.metrics().text(&app.fleet().standings());
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], text)
}

/// The service itself.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Status {
    /// Its version.
    version: &'static str,
    /// The file that desks are configured in; null: there is none.
    configuration: Option<String>,
    /// Why that could not be read the last time; null: it could. What ran before goes on.
    configuration_problem: Option<String>,
}

/// How the service itself is
#[utoipa::path(
    get, path = "/service", tag = "service",
    responses((status = 200, description = "The service", body = Status)),
)]
pub(super) async fn status(State(app): State<App>) -> Answer<Status> {
    let file = app.watched().into_iter().next();
    Answer(Status {
        version: env!("CARGO_PKG_VERSION"),
        configuration: file.map(|file| file.display().to_string()),
        configuration_problem: app.trouble(),
    })
}
