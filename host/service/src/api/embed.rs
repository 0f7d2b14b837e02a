//! Addresses for frames in the CMDB's pages.

use super::extract::Json;
use super::tickets::{OBJECTS, ObjectId, is_id};
use super::{App, Json as Answer};
use crate::pages::pass::Pass;
use crate::problem::Problem;
use axum::extract::State;
use http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Seconds that an address is good for, where nobody says it.
const SECONDS: u32 = 300;
const LONGEST: u32 = 3600;
/// What is told of an object goes into the address.
const TEXT: usize = 1000;

/// What a frame shall show.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Shown {
    /// The object's id in the CMDB; several for an object and its components.
    #[schema(min_items = 1, max_items = 100, value_type = Vec<ObjectId>)]
    objects: Vec<String>,
    /// Only these desks; all active ones without it.
    #[serde(default)]
    desks: Vec<String>,
    /// What people call the object, where there is one.
    #[schema(max_length = 1000)]
    title: Option<String>,
    /// The object's page in the CMDB, where there is one.
    #[schema(max_length = 1000)]
    url: Option<String>,
    /// The object's type in the CMDB, where there is one.
    #[schema(max_length = 1000)]
    kind: Option<String>,
    /// How long the address is good for; 300 without it.
    #[schema(minimum = 10, maximum = 3600)]
    seconds: Option<u32>,
}

/// An address that shows these tickets, and nothing else, to whoever has it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Address {
    /// Path and query, from the service's address on; `lang`, `status`, `sort` and `reverse` may be added.
    path: String,
    /// Until when it is good (UTC).
    expires: Timestamp,
}

/// A signed address for a frame in the CMDB's page
///
/// The CMDB's server asks for it each time that it makes a page, and puts it into an `iframe`: the browser needs
/// neither cookie nor token. The sites whose pages may do so stand in `frame_ancestors` of `[service]`.
#[utoipa::path(
    post, path = "/embed/url", tag = "tickets", request_body = Shown,
    responses(
        (status = 200, description = "The address", body = Address),
        (status = 404, description = "There is no desk of that name", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "No site may show tickets in a frame", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn url(
    State(app): State<App>,
    Json(shown): Json<Shown>,
) -> Result<Answer<Address>, Problem> {
    if app.frame_ancestors().is_empty() {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "no-frames",
            "No site may show tickets in a frame",
            "name the sites of the CMDB as frame_ancestors in [service] of sgi.toml, and start the service anew",
        ));
    }
    let count = shown.objects.len();
    if !(1..=OBJECTS).contains(&count) || !shown.objects.iter().all(|id| is_id(id)) {
        let detail = format!("name 1 to {OBJECTS} objects, each by its id");
        return Err(Problem::invalid(detail).about("objects"));
    }
    let told = [&shown.title, &shown.url, &shown.kind];
    if count > 1 && told.iter().any(|text| text.is_some()) {
        return Err(Problem::invalid("title, url and kind describe one object"));
    }
    if told
        .into_iter()
        .flatten()
        .any(|text| text.chars().count() > TEXT)
    {
        let detail = format!("title, url and kind have at most {TEXT} characters");
        return Err(Problem::invalid(detail));
    }
    let seconds = shown.seconds.unwrap_or(SECONDS);
    if !(10..=LONGEST).contains(&seconds) {
        let detail = format!("seconds is 10 to {LONGEST}");
        return Err(Problem::invalid(detail).about("seconds"));
    }
    app.desks_wanted(&shown.desks)?;
    let pass = Pass {
        objects: shown.objects,
        desks: shown.desks,
        title: shown.title,
        url: shown.url,
        kind: shown.kind,
        until: Timestamp::now().as_second() + i64::from(seconds),
    };
    let expires = Timestamp::from_second(pass.until).unwrap_or(Timestamp::MAX);
    let path = pass.path(app.registry()).await?;
    Ok(Answer(Address { path, expires }))
}
