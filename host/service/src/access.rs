//! Who may do what.
//!
//! With a token or an account, wherever they are; a browser logs in once (see [`crate::sessions`]). As long as
//! there is neither, whoever is on this machine may do everything, and nobody else anything; a page in a browser on this machine is not its user, and what it
//! was made to send is refused.

use crate::pages;
use crate::problem::Problem;
use crate::registry::{Principal, Role, Who};
use crate::service::App;
use crate::sessions;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use secrecy::SecretString;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Wrong tokens and passwords that may come from one address within [`TIME`].
const TRIES: u32 = 10;
const TIME: Duration = Duration::from_secs(60);

/// Where a request came from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) SocketAddr);

impl Peer {
    /// Whose tries are counted.
    pub(crate) fn address(self) -> IpAddr {
        self.0.ip().to_canonical()
    }
}

/// Whoever shows wrong tokens and passwords again and again is not listened to for a while.
pub(crate) struct Tries(moka::sync::Cache<IpAddr, Arc<AtomicU32>>);

impl Default for Tries {
    fn default() -> Self {
        let counted = moka::sync::Cache::builder()
            .max_capacity(100_000)
            .time_to_live(TIME);
        Self(counted.build())
    }
}

impl Tries {
    pub(crate) fn are_left(&self, from: IpAddr) -> bool {
        let failed = self.0.get(&from);
        failed.is_none_or(|failed| failed.load(Ordering::Relaxed) < TRIES)
    }

    pub(crate) fn failed(&self, from: IpAddr) {
        let failed = self.0.get_with(from, Arc::default);
        failed.fetch_add(1, Ordering::Relaxed);
    }
}

/// Lets through who may do what is asked, and tells the handler who it is.
pub(crate) async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let Some(needed) = needed(request.method(), request.uri().path()) else {
        return match forged(request.method(), request.headers()) {
            Ok(()) => next.run(request).await,
            Err(problem) => problem.into_response(),
        };
    };
    let peer = request.extensions().get::<Peer>();
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.address());
    let (mut parts, body) = request.into_parts();
    match judge(&app, &parts.method, &parts.headers, peer, needed).await {
        Ok(principal) => {
            parts.extensions.insert(principal);
            next.run(Request::from_parts(parts, body)).await
        }
        Err(problem) => {
            if let Some(page) = pages::turned_away(&parts, &problem) {
                return page;
            }
            let mut response = problem.into_response();
            if response.status() == StatusCode::UNAUTHORIZED {
                let ask =
                    HeaderValue::from_static("Bearer, Basic realm=\"sgi\", charset=\"UTF-8\"");
                response.headers_mut().insert(header::WWW_AUTHENTICATE, ask);
            }
            response
        }
    }
}

async fn judge(
    app: &App,
    method: &Method,
    headers: &HeaderMap,
    peer: IpAddr,
    needed: Role,
) -> Result<Principal, Problem> {
    forged(method, headers)?;
    let principal = if app.registry().knows_anybody().await? {
        shown(app, headers, peer).await?
    } else if peer.is_loopback() {
        local_name(headers)?;
        Principal {
            who: Who::Loopback,
            role: Role::Administer,
        }
    } else {
        return Err(unauthorized(
            "from other machines, the service is used with a token: make one with `sgi token create`",
        ));
    };
    if principal.role >= needed {
        return Ok(principal);
    }
    let detail = format!(
        "this needs the role {needed}, and {} has the role {}",
        principal.who, principal.role
    );
    Err(Problem::new(
        StatusCode::FORBIDDEN,
        "not-allowed",
        "You may not do this",
        detail,
    ))
}

/// Who it is, by the token or the password that they show.
async fn shown(app: &App, headers: &HeaderMap, peer: IpAddr) -> Result<Principal, Problem> {
    let given = headers.get(header::AUTHORIZATION);
    let given = given
        .and_then(|given| given.to_str().ok())
        .unwrap_or_default();
    let (scheme, given) = given.split_once(' ').unwrap_or_default();
    if scheme.is_empty() {
        if let Some(principal) = sessions::of(app.registry(), headers).await? {
            return Ok(principal);
        }
        return Err(unauthorized(
            "show a token (Authorization: Bearer …), or an account's name and password (Basic)",
        ));
    }
    if !app.tries().are_left(peer) {
        let mut problem = Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too-many-tries",
            "Too many wrong tokens or passwords",
            "too many wrong tokens or passwords came from your address; wait a minute",
        );
        problem.wait(TIME);
        return Err(problem);
    }
    let found = if scheme.eq_ignore_ascii_case("bearer") {
        app.registry().holder_of(given.trim()).await?
    } else if scheme.eq_ignore_ascii_case("basic") {
        match basic(given.trim()) {
            Some((name, password)) => app.registry().log_in(&name, password).await?,
            None => None,
        }
    } else {
        None
    };
    found.ok_or_else(|| {
        app.tries().failed(peer);
        unauthorized(
            "this token is not known, was revoked, or has expired; or name and password do not fit",
        )
    })
}

fn basic(given: &str) -> Option<(String, SecretString)> {
    let text = String::from_utf8(BASE64_STANDARD.decode(given).ok()?).ok()?;
    let (name, password) = text.split_once(':')?;
    Some((name.to_owned(), SecretString::from(password)))
}

fn unauthorized(detail: &str) -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "unauthorized",
        "Show who you are",
        detail,
    )
}

/// None: anybody may.
fn needed(method: &Method, path: &str) -> Option<Role> {
    if path.starts_with("/health/") || pages::is_open(path) {
        return None;
    }
    let decides = path.ends_with("/settings")
        || path.ends_with("/audit")
        || path == "/desks/new"
        || path.starts_with("/connectors/")
        || path.starts_with("/api/v1/connectors/");
    Some(match *method {
        Method::GET | Method::HEAD | Method::OPTIONS if !decides => Role::Read,
        // Of what may be read anyway.
        Method::POST if path == "/api/v1/embed/url" => Role::Read,
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
