//! The pages: for administrators and the CMDB's users. Made here, usable without scripts.

mod connector;
mod connectors;
mod decide;
mod desks;
mod embed;
mod form;
mod layout;
mod logbook;
mod login;
mod new_ticket;
mod objects;
pub(crate) mod pass;
mod settings;
mod tickets;
mod visitor;
mod words;

use crate::problem::Problem;
use crate::service::App;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Router, routing};
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode, header};
use visitor::Visitor;

const CSP: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; \
                   form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// All pages.
pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/", routing::get(tickets::search))
        .route("/tickets", routing::get(tickets::of_objects))
        .route("/desks/{desk}/tickets/new", routing::get(new_ticket::ask))
        .route("/desks/{desk}/tickets", routing::post(new_ticket::create))
        .route("/logbook", routing::get(logbook::entries))
        .route("/logbook/{entry}", routing::post(decide::about))
        .route("/desks", routing::get(desks::all).post(settings::create))
        .route("/desks/new", routing::get(settings::new))
        .route(
            "/desks/{desk}/settings",
            routing::get(settings::of_desk).post(settings::change),
        )
        .route("/desks/{desk}/remove", routing::post(settings::remove))
        .route("/desks/{desk}/check", routing::post(desks::check))
        .route("/connectors", routing::get(connectors::all))
        .route("/connectors/{digest}", routing::get(connector::one))
        .route(
            "/connectors/{digest}/approve",
            routing::post(connector::approve),
        )
        .route(
            "/connectors/{digest}/rollback",
            routing::post(connector::rollback),
        )
        .route("/login", routing::get(login::ask).post(login::log_in))
        .route("/logout", routing::post(login::log_out))
        .route("/language", routing::get(login::language))
        .route("/embed/tickets", routing::get(embed::tickets))
        .route("/embed/frame", routing::get(embed::frame))
        .route("/embed/frame.css", routing::get(|| asset(CSS, FRAME_CSS)))
        .route("/embed/sgi.css", routing::get(|| asset(CSS, EMBED_CSS)))
        .route("/assets/pages.css", routing::get(|| asset(CSS, PAGES_CSS)))
        .route("/assets/pages.js", routing::get(|| asset(JS, PAGES_JS)))
        .layer(middleware::from_fn(heads))
}

const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const EMBED_CSS: &str = include_str!("assets/embed.css");
const FRAME_CSS: &str = concat!(
    include_str!("assets/embed.css"),
    include_str!("assets/frame.css")
);
const PAGES_CSS: &str = include_str!("assets/pages.css");
const PAGES_JS: &str = include_str!("assets/pages.js");

async fn asset(kind: &'static str, text: &'static str) -> Response {
    // A new version of the program has new ones.
    let tag = format!("\"{}\"", env!("CARGO_PKG_VERSION"));
    let heads = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CACHE_CONTROL, "max-age=300".to_owned()),
        (header::ETAG, tag),
    ];
    (heads, text).into_response()
}

/// A refusal as a page, and what each page tells the browser.
async fn heads(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let visitor = Visitor::of(&parts);
    let embedded = parts.uri.path().starts_with("/embed/");
    let mut response = next.run(Request::from_parts(parts, body)).await;
    if !embedded && let Some(problem) = response.extensions_mut().remove::<Problem>() {
        response = layout::refusal(&visitor, &problem);
    }
    dress(&mut response);
    response
}

/// What each page tells the browser.
fn dress(response: &mut Response) {
    let heads = response.headers_mut();
    // The page for a frame has one of its own.
    heads
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(CSP));
    heads.insert(
        "cross-origin-opener-policy",
        HeaderValue::from_static("same-origin"),
    );
    // A browser that may tell no page where it comes from sends forms as if they came from nowhere.
    heads.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("same-origin"),
    );
}

/// What is at no address, for people and for programs.
pub(crate) async fn elsewhere(problem: Problem, request: Request) -> Response {
    match is_for_programs(request.uri().path()) {
        true => problem.into_response(),
        false => layout::refusal(&Visitor::of(&request.into_parts().0), &problem),
    }
}

fn is_for_programs(path: &str) -> bool {
    let begins = ["/api/", "/embed/", "/health/"];
    path == "/metrics" || begins.iter().any(|start| path.starts_with(start))
}

/// Whoever is not let in is asked who they are, where that is a person with a browser.
pub(crate) fn turned_away(parts: &Parts, problem: &Problem) -> Option<Response> {
    if is_for_programs(parts.uri.path()) {
        return None;
    }
    let visitor = Visitor::of(parts);
    if problem.status() == StatusCode::UNAUTHORIZED {
        let back = match parts.method {
            Method::GET => visitor.here.as_str(),
            _ => "/",
        };
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("next", visitor::own(back))
            .finish();
        return Some(Redirect::to(&format!("/login?{query}")).into_response());
    }
    Some(layout::refusal(&visitor, problem))
}

/// What anybody may see: how to be let in.
pub(crate) fn is_open(path: &str) -> bool {
    path.starts_with("/assets/")
        || matches!(path, "/login" | "/logout" | "/language")
        || matches!(path, "/embed/sgi.css" | "/embed/frame.css")
        // What it shows is signed.
        || path == "/embed/frame"
}
