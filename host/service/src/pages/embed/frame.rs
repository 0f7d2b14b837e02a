//! A page for a frame in the CMDB's page. It needs no cookie, which a browser would not send from there: a signed
//! address lets it in. It has no link to other pages of the service.

use super::piece::piece;
use super::{Found, speaking};
use crate::api::extract::Query;
use crate::api::tickets::Wanted;
use crate::pages::objects::{about, named};
use crate::pages::pass::{Pass, Refused};
use crate::pages::tickets::is_in;
use crate::pages::visitor::Visitor;
use crate::problem::Problem;
use crate::service::App;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderValue, StatusCode, Uri, header};
use maud::{DOCTYPE, Markup, html};
use serde::Deserialize;
use sgi_host::{Filter, Order};

/// What stands in the address beside the language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    #[serde(default)]
    pass: String,
    #[serde(default)]
    status: Filter,
    sort: Option<Order>,
    #[serde(default)]
    reverse: bool,
}

pub(in crate::pages) async fn frame(
    State(app): State<App>,
    visitor: Visitor,
    uri: Uri,
) -> Response {
    let plain = visitor.clone();
    let (visitor, page) = match speaking(visitor, &uri) {
        Ok((visitor, uri)) => {
            let page = shown(&app, &visitor, &uri).await;
            (visitor, page)
        }
        Err(problem) => (plain, Err(Unshown::Problem(problem))),
    };
    let (status, title, body) = match page {
        Ok((title, body)) => (StatusCode::OK, title, body),
        Err(unshown) => {
            let (status, what) = unshown.told();
            let title = visitor.words.say("problem-title");
            let body = html! {
                p class="sgi-problem" role="alert" { (visitor.words.say(what)) }
            };
            (status, title, body)
        }
    };
    let page = html! {
        (DOCTYPE)
        html lang=(visitor.words.language().code()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                link rel="icon" href="data:,";
                link rel="stylesheet" href="/embed/frame.css";
            }
            body class="sgi-frame" { main { (body) } }
        }
    };
    let mut response = (status, Html(page.into_string())).into_response();
    let heads = response.headers_mut();
    heads.insert(header::CONTENT_SECURITY_POLICY, policy(&app));
    // A desk may want to know from which site its form is opened. The address, which lets in, is nobody's business.
    heads.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("strict-origin"),
    );
    response
}

fn policy(app: &App) -> HeaderValue {
    let sites = match app.frame_ancestors() {
        [] => "'none'".to_owned(),
        sites => sites.join(" "),
    };
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src data:; form-action 'none'; base-uri 'none'; \
         frame-ancestors {sites}"
    );
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static(
        "default-src 'none'; frame-ancestors 'none'",
    ))
}

/// Why there are no tickets.
enum Unshown {
    Refused(Refused),
    Problem(Problem),
}

impl Unshown {
    /// The status, and what is said.
    fn told(self) -> (StatusCode, &'static str) {
        match self {
            Self::Refused(Refused::Expired) => (StatusCode::FORBIDDEN, "embed-expired"),
            Self::Refused(Refused::Wrong) => (StatusCode::FORBIDDEN, "embed-wrong"),
            Self::Refused(Refused::Key(error)) => {
                tracing::error!(%error, "addresses of frames cannot be checked");
                (StatusCode::INTERNAL_SERVER_ERROR, "embed-failed")
            }
            Self::Problem(problem) => (problem.status(), "embed-failed"),
        }
    }
}

async fn shown(app: &App, visitor: &Visitor, uri: &Uri) -> Result<(String, Markup), Unshown> {
    let Query(asked) = Query::<Asked>::try_from_uri(uri).map_err(Unshown::Problem)?;
    if app.frame_ancestors().is_empty() {
        return Err(Unshown::Refused(Refused::Wrong));
    }
    let pass = Pass::read(&asked.pass, app.registry()).map_err(Unshown::Refused)?;
    let wanted = Wanted {
        object: pass.objects,
        desk: pass.desks,
        status: asked.status,
        sort: asked.sort,
        reverse: asked.reverse,
        limit: None,
        wait: None,
        title: pass.title,
        url: pass.url,
        kind: pass.kind,
    };
    let found = Found::of(app, &wanted).await.map_err(Unshown::Problem)?;
    let words = visitor.words;
    let title = words.with(
        "tickets-title",
        [("object", named(&found.lists.about).into())],
    );
    let count = |filter| {
        let tickets = found.lists.desks.iter().flat_map(|list| &list.tickets);
        tickets.filter(|ticket| is_in(ticket, filter)).count()
    };
    let body = html! {
        h1 { (title) }
        (about(visitor, &found.lists.about, true))
        nav class="sgi-filter" aria-label=(words.say("tickets-filter")) {
            @for (filter, code, name) in [
                (Filter::All, "all", "tickets-all"),
                (Filter::Open, "open", "tickets-open"),
                (Filter::Closed, "closed", "tickets-closed"),
            ] {
                a href=(link(visitor, &asked, code)) aria-current=[(filter == wanted.status).then_some("true")] {
                    (words.say(name)) " " span class="sgi-count" { (count(filter)) }
                }
            }
        }
        @if found.lists.desks.is_empty() { p class="sgi-none" { (words.say("tickets-no-desk")) } }
        (piece(visitor, &found, &wanted, 2))
    };
    Ok((title, body))
}

/// The same with another filter.
fn link(visitor: &Visitor, asked: &Asked, status: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("pass", &asked.pass);
    query.append_pair("lang", visitor.words.language().code());
    query.append_pair("status", status);
    if let Some(sort) = asked.sort {
        query.append_pair("sort", sort.code());
    }
    if asked.reverse {
        query.append_pair("reverse", "true");
    }
    format!("/embed/frame?{}", query.finish())
}
