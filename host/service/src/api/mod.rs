//! The HTTP API, described by OpenAPI.

mod audit;
mod connectors;
mod desks;
mod embed;
pub(crate) mod extract;
mod health;
pub(crate) mod logbook;
mod pins;
pub(crate) mod tickets;
pub(crate) mod trust;
mod upload;

pub(crate) use desks::Origin;
pub use logbook::Entry;

use crate::access;
use crate::leftover;
use crate::pages;
use crate::problem::Problem;
use crate::service::App;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::{Router, routing};
use http::{HeaderValue, Method, StatusCode, header};
use std::time::Instant;
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Ref, ResponseBuilder};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// A JSON answer.
pub(crate) use axum::Json;

/// Bytes that a request's body may have.
const BODY: usize = 2 << 20;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "SGI: service desks for a CMDB",
        description = "The tickets of a CMDB's objects, from the service desks that hold them; what happened in \
                       them; and the connectors, which are swapped while the service runs. Instants are UTC \
                       (RFC 3339). Errors are problem details (RFC 9457). What is unknown or does not apply is null."
    ),
    components(schemas(
        Problem,
        sgi_host::Filter,
        sgi_host::Order,
        tickets::ObjectId,
        logbook::EntryKind,
        logbook::Moment
    )),
    tags(
        (name = "tickets", description = "Tickets that reference objects"),
        (name = "logbook", description = "What happened in them"),
        (name = "desks", description = "Service desks, and what serves them"),
        (name = "connectors", description = "Components that speak to desks"),
        (name = "service", description = "The service itself")
    )
)]
struct Described;

/// All routes, and their description.
pub(crate) fn router(app: &App) -> Router {
    let (api, described) = description();
    Router::new()
        .merge(api)
        .route(
            "/api/v1/openapi.json",
            routing::get(move || {
                let described = described.clone();
                async move { ([(header::CONTENT_TYPE, "application/json")], described) }
            }),
        )
        .merge(pages::router())
        .fallback(nothing)
        .method_not_allowed_fallback(other_method)
        .layer(DefaultBodyLimit::max(BODY))
        .layer(middleware::from_fn_with_state(app.clone(), access::guard))
        .layer(middleware::from_fn_with_state(app.clone(), watch))
        .layer(middleware::from_fn(leftover::read_out))
        .with_state(app.clone())
}

/// The description alone, as `GET /api/v1/openapi.json` gives it.
pub fn openapi() -> String {
    description().1
}

fn description() -> (Router<App>, String) {
    let (router, mut api) = routes_of_api().split_for_parts();
    // Whatever else goes wrong, anywhere, is told in the same way.
    let problem = Ref::from_schema_name("Problem");
    let problem = ResponseBuilder::new()
        .description("It was not done")
        .content(
            "application/problem+json",
            ContentBuilder::new().schema(Some(problem)).build(),
        )
        .build();
    for item in api.paths.paths.values_mut() {
        let operations = [
            &mut item.get,
            &mut item.post,
            &mut item.put,
            &mut item.delete,
        ];
        for operation in operations.into_iter().flatten() {
            let responses = &mut operation.responses.responses;
            responses.insert("default".to_owned(), problem.clone().into());
        }
    }
    let security = &mut api.components.get_or_insert_default().security_schemes;
    let token = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("A token, as `sgi token create` makes it"))
        .build();
    let account = HttpBuilder::new()
        .scheme(HttpAuthScheme::Basic)
        .description(Some("An account, as `sgi account add` makes it"))
        .build();
    security.insert("token".to_owned(), SecurityScheme::Http(token).into());
    security.insert("account".to_owned(), SecurityScheme::Http(account).into());
    // What is made of constants can be written.
    let described = api.to_pretty_json().unwrap_or_default();
    (router, described)
}

fn routes_of_api() -> OpenApiRouter<App> {
    let api = OpenApiRouter::new()
        .routes(routes!(tickets::of_objects))
        .routes(routes!(tickets::one))
        .routes(routes!(tickets::forms))
        .routes(routes!(tickets::create))
        .routes(routes!(embed::url))
        .routes(routes!(logbook::entries))
        .routes(routes!(desks::all))
        .routes(routes!(desks::one, desks::put, desks::remove))
        .routes(routes!(desks::settings))
        .routes(routes!(desks::check))
        .routes(routes!(desks::swap))
        .routes(upload::limited(routes!(connectors::all, upload::upload)))
        .routes(routes!(pins::all, pins::pin, pins::unpin))
        .routes(routes!(trust::keys, trust::trust, trust::distrust))
        .routes(routes!(trust::review))
        .routes(routes!(trust::approve))
        .routes(routes!(trust::rollback))
        .routes(routes!(audit::acts))
        .routes(routes!(health::status));
    OpenApiRouter::with_openapi(Described::openapi())
        .nest("/api/v1", api)
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .routes(routes!(health::metrics))
}

async fn nothing(request: Request) -> Response {
    let problem = Problem::new(
        StatusCode::NOT_FOUND,
        "no-such-page",
        "There is no such page",
        "nothing is at this address; GET /api/v1/openapi.json tells what there is",
    );
    pages::elsewhere(problem, request).await
}

async fn other_method(request: Request) -> Response {
    let problem = Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method",
        "Another method is needed",
        "this address does not take that method; GET /api/v1/openapi.json tells which it takes",
    );
    pages::elsewhere(problem, request).await
}

/// Counts, logs, and sets what every answer has.
async fn watch(State(app): State<App>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = match *request.method() {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        _ => "other",
    };
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or("none", MatchedPath::as_str).to_owned();
    let mut response = next.run(request).await.into_response();
    let status = response.status();
    app.metrics()
        .requested(method, &route, status.as_u16(), began.elapsed());
    tracing::debug!(method, route, status = status.as_u16(), took = ?began.elapsed(), "answered");
    let headers = response.headers_mut();
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-store"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'",
        ),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    response
}
