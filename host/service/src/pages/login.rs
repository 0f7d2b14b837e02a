//! The door: logging in and out, and the choice of the language.

use super::form::Form;
use super::layout::{Part, page_with};
use super::visitor::{LANGUAGE, Visitor, own};
use super::words::Language;
use crate::access::Peer;
use crate::api::extract::Query;
use crate::problem::Problem;
use crate::service::App;
use crate::sessions;
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use maud::html;
use secrecy::SecretString;
use serde::Deserialize;

/// Where to go on afterwards.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Next {
    #[serde(default)]
    next: String,
}

pub(super) async fn ask(
    State(app): State<App>,
    visitor: Visitor,
    Query(next): Query<Next>,
) -> Result<Response, Problem> {
    door(&app, &visitor, StatusCode::OK, &next.next, None).await
}

/// What the form holds.
#[derive(Deserialize)]
pub(super) struct Login {
    name: String,
    password: String,
    #[serde(default)]
    next: String,
}

pub(super) async fn log_in(
    State(app): State<App>,
    visitor: Visitor,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    jar: CookieJar,
    Form(login): Form<Login>,
) -> Result<Response, Problem> {
    let from = peer.address();
    if !app.tries().are_left(from) {
        let status = StatusCode::TOO_MANY_REQUESTS;
        return door(&app, &visitor, status, &login.next, Some("login-many")).await;
    }
    let Some(session) = app
        .registry()
        .open_session(
            &login.name,
            SecretString::from(login.password),
            Timestamp::now(),
        )
        .await?
    else {
        app.tries().failed(from);
        let status = StatusCode::UNAUTHORIZED;
        return door(&app, &visitor, status, &login.next, Some("login-wrong")).await;
    };
    // Behind a proxy that speaks TLS, the cookie goes no other way.
    let secure = headers
        .get("x-forwarded-proto")
        .is_some_and(|proto| proto.as_bytes().eq_ignore_ascii_case(b"https"));
    let cookie = Cookie::build((sessions::COOKIE, session))
        .path("/")
        .http_only(true)
        .secure(secure)
        .same_site(SameSite::Lax);
    Ok((jar.add(cookie), Redirect::to(own(&login.next))).into_response())
}

pub(super) async fn log_out(State(app): State<App>, jar: CookieJar) -> Result<Response, Problem> {
    if let Some(cookie) = jar.get(sessions::COOKIE) {
        app.registry().close_session(cookie.value()).await?;
    }
    let gone = Cookie::build(sessions::COOKIE).path("/");
    Ok((jar.remove(gone), Redirect::to("/login")).into_response())
}

async fn door(
    app: &App,
    visitor: &Visitor,
    status: StatusCode,
    next: &str,
    wrong: Option<&str>,
) -> Result<Response, Problem> {
    let words = visitor.words;
    let nobody = app.registry().accounts().await?.is_empty();
    let title = words.say("login-title");
    let body = html! {
        h1 { (title) }
        @if let Some(wrong) = wrong { p.problem role="alert" { (words.say(wrong)) } }
        @if nobody { p.note { (words.say("login-nobody")) } }
        form.stack method="post" action="/login" {
            input type="hidden" name="next" value=(own(next));
            label { (words.say("login-name"))
                input name="name" autocomplete="username" required autofocus autocapitalize="none"; }
            label { (words.say("login-password"))
                input name="password" type="password" autocomplete="current-password" required; }
            button.main { (words.say("login-submit")) }
        }
        p.note { (words.say("login-hint")) }
    };
    Ok(page_with(visitor, status, Part::Door, &title, &body))
}

/// A choice of the language.
#[derive(Debug, Deserialize)]
pub(super) struct Choice {
    to: String,
    #[serde(default)]
    back: String,
}

pub(super) async fn language(jar: CookieJar, Query(choice): Query<Choice>) -> Response {
    let back = Redirect::to(own(&choice.back));
    let Some(language) = Language::of(&choice.to) else {
        return back.into_response();
    };
    // For as long as the browser keeps it.
    let cookie = Cookie::build((LANGUAGE, language.code()))
        .path("/")
        .same_site(SameSite::Lax)
        .permanent();
    (jar.add(cookie), back).into_response()
}
