//! Who may do what.
//!
//! Without tokens and accounts, whoever is on this machine may do everything, and nobody else anything. A
//! page in a browser on this machine is not its user: what it was made to send is refused.

use crate::problem::Problem;
use crate::service::App;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Method, StatusCode, header};
use std::net::{IpAddr, SocketAddr};

/// What one may do; each may what those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    /// Look: tickets, the logbook, how desks stand.
    Read,
    /// Work: create tickets, check desks.
    Operate,
    /// Decide: settings, swaps, trust.
    Administer,
}

/// Where a request came from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// Lets through who may do what is asked.
pub(crate) async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    match judge(&app, &request) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

fn judge(_app: &App, request: &Request) -> Result<(), Problem> {
    let Some(_needed) = needed(request.method(), request.uri().path()) else {
        return Ok(());
    };
    let headers = request.headers();
    forged(request.method(), headers)?;
    let peer = request.extensions().get::<Peer>();
    if peer.is_some_and(|peer| peer.0.ip().is_loopback()) {
        return local_name(headers);
    }
    Err(Problem::new(
        StatusCode::UNAUTHORIZED,
        "token-needed",
        "A token is needed",
        "from other machines, the service is used with a token: Authorization: Bearer …",
    ))
}

/// None: anybody may.
fn needed(method: &Method, path: &str) -> Option<Role> {
    if path.starts_with("/health/") {
        return None;
    }
    Some(match *method {
        Method::GET | Method::HEAD | Method::OPTIONS => Role::Read,
        Method::POST if path.ends_with("/tickets") || path.ends_with("/check") => Role::Operate,
        _ => Role::Administer,
    })
}

/// A page of another site made a browser send this.
fn forged(method: &Method, headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let cross = text(header::HeaderName::from_static("sec-fetch-site"))
        .is_some_and(|site| !matches!(site, "same-origin" | "none"));
    let foreign = match (text(header::ORIGIN), text(header::HOST)) {
        (Some(origin), Some(host)) => origin
            .split_once("://")
            .is_none_or(|(_, origin)| !origin.eq_ignore_ascii_case(host)),
        (Some(_), None) => true,
        (None, _) => false,
    };
    if !method.is_safe() && (cross || foreign) {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "cross-site",
            "Another site asked for this",
            "a page of another site made the browser send this request: it is not carried out",
        ));
    }
    Ok(())
}

/// A name that leads to this machine only because somebody's name server says so is none of its own.
fn local_name(headers: &HeaderMap) -> Result<(), Problem> {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let name = host.map(|host| match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    });
    let local = name.is_some_and(|name| {
        name.eq_ignore_ascii_case("localhost")
            || name
                .parse::<IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    });
    if local {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::MISDIRECTED_REQUEST,
        "host",
        "This is another machine's name",
        "without a token, the service is asked by the name localhost or 127.0.0.1",
    ))
}
