//! One component: what it may do, and whether it shall. For administrators.

use super::connectors::{how, state};
use super::layout::{Part, ago, foreign, page, short};
use super::visitor::Visitor;
use crate::api::Origin;
use crate::api::extract::Path;
use crate::api::trust::{found, go_back, let_in};
use crate::problem::Problem;
use crate::registry::Principal;
use crate::service::App;
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use sgi_host::{Digest, Installed, LetIn, Review, Standing};

/// Components that can be gone back to.
const KEPT: usize = 5;

pub(super) async fn one(
    State(app): State<App>,
    visitor: Visitor,
    Path(digest): Path<String>,
) -> Result<Response, Problem> {
    let words = visitor.words;
    let host = app.fleet().host();
    let (digest, wasm) = found(&app, &digest).await?;
    let review = host.review(wasm).await?;
    let installed = host.connectors().await;
    let installed = installed.iter().find(|one| one.digest == Some(digest));
    let declared = review.report.declared.as_ref();
    let id = declared.map(|declared| declared.id.clone());
    let id = id
        .or_else(|| installed.map(|one| one.id.clone()))
        .unwrap_or_default();
    let name = declared.map_or(id.as_str(), |declared| declared.name.as_str());
    let version = declared.map(|declared| declared.version.as_str());
    let title = sgi_host::clean::line(&format!("{name} {}", version.unwrap_or_default()));
    let body = html! {
        h1 { (title) }
        p {
            @if let Some(installed) = installed { (state(&visitor, &installed.trust)) " " }
            code.digest { (digest) }
        }
        (decision(&visitor, &review, installed, &digest))
        (differences(&visitor, &review))
        (report(&visitor, &review))
        (desks(&app, &visitor, &id, &digest, installed))
        (before(&app, &visitor, &id, &digest))
        p { a href="/connectors" { (words.say("connectors-all")) } }
    };
    Ok(page(&visitor, Part::Connectors, &title, &body))
}

/// Whether it may run, and the button that lets it.
fn decision(
    visitor: &Visitor,
    review: &Review,
    installed: Option<&Installed>,
    digest: &Digest,
) -> Markup {
    let words = visitor.words;
    let runs = installed.is_some_and(|one| one.trust.runs());
    let sound = review.report.problems.is_empty();
    html! {
        @if !sound {
            div.problem role="alert" {
                p { strong { (words.say("connectors-unsound")) } }
                ul lang="en" { @for problem in &review.report.problems { li { (foreign(problem)) } } }
            }
        } @else if !runs {
            form.stack method="post" action={ "/connectors/" (digest) "/approve" } {
                p.note { (words.say("connectors-approve-what")) }
                button.main { (words.say("connectors-approve")) }
            }
        }
    }
}

fn differences(visitor: &Visitor, review: &Review) -> Markup {
    let words = visitor.words;
    html! {
        section.desk aria-labelledby="more" {
            h2 id="more" { (words.say("connectors-more")) }
            @match (&review.before, review.differences.as_slice()) {
                (None, _) => p.note { (words.say("connectors-first")) },
                (Some(before), []) => p.note {
                    (words.say("connectors-no-more")) " " span lang="en" { (foreign(before)) }
                },
                (Some(before), more) => {
                    p { (words.say("connectors-than")) " " span lang="en" { (foreign(before)) } ":" }
                    ul.findings lang="en" { @for one in more { li.caution { "It " (foreign(one)) } } }
                },
            }
        }
    }
}

fn report(visitor: &Visitor, review: &Review) -> Markup {
    let words = visitor.words;
    let report = &review.report;
    let can = report.abilities.iter().filter(|ability| ability.present);
    let can: Vec<String> = can.map(|ability| ability.meaning.clone()).collect();
    let gets: Vec<String> = report
        .imports
        .iter()
        .map(|import| import.meaning.clone())
        .collect();
    let declared = report.declared.as_ref();
    let of = |list: fn(&sgi_host::Declared) -> &Vec<String>| {
        declared.map(list).cloned().unwrap_or_default()
    };
    let lists = [
        ("connectors-systems", of(|declared| &declared.systems)),
        ("connectors-can", can),
        ("connectors-gets", gets),
        ("connectors-slots", of(|declared| &declared.slots)),
        ("connectors-captures", of(|declared| &declared.captures)),
        ("connectors-options", of(|declared| &declared.options)),
        ("connectors-notes", report.notes.clone()),
    ];
    html! {
        section.desk aria-labelledby="report" {
            h2 id="report" { (words.say("connectors-report")) }
            p.note { (words.say("connectors-sealed")) }
            dl {
                @for (name, list) in &lists { @if !list.is_empty() {
                    dt { (words.say(name)) }
                    @for one in list { dd lang="en" { (foreign(one)) } }
                } }
                @if let Some(contract) = &report.contract {
                    dt { (words.say("connectors-contract")) } dd { code { (foreign(contract)) } }
                }
            }
        }
    }
}

/// Which desks it serves, and those that it could.
fn desks(
    app: &App,
    visitor: &Visitor,
    id: &str,
    digest: &Digest,
    installed: Option<&Installed>,
) -> Markup {
    let words = visitor.words;
    let runs = installed.is_some_and(|one| one.trust.runs());
    let standings = app.fleet().standings();
    let of_id: Vec<&Standing> = standings
        .iter()
        .filter(|standing| standing.kind.split('@').next() == Some(id))
        .collect();
    let serves = |standing: &Standing| {
        let serving = standing.serving.as_ref();
        serving.is_some_and(|serving| serving.digest == *digest)
    };
    html! {
        @if !of_id.is_empty() {
            section.desk aria-labelledby="desks" {
                h2 id="desks" { (words.say("desks-title")) }
                ul { @for standing in of_id { li {
                    a href={ "/desks#" (super::desks::id_of(&standing.desk)) } { (standing.desk) } ": "
                    @if serves(standing) { (words.say("connectors-serves")) }
                    @else if !runs { (words.say("connectors-other")) }
                    @else if app.origin(&standing.desk) == Origin::Store {
                        a href={ "/desks/" (standing.desk) "/settings?type=" (id) "@" (digest) } {
                            (words.with("connectors-let-serve", [("desk", standing.desk.as_str().into())]))
                        }
                    } @else {
                        (words.say("connectors-in-file")) " " code.digest { "type = \"" (id) "@" (digest) "\"" }
                    }
                } } }
            }
        }
    }
}

/// What was let in under its id, and the way back.
fn before(app: &App, visitor: &Visitor, id: &str, digest: &Digest) -> Markup {
    let words = visitor.words;
    let all = app.fleet().host().let_in(id);
    let all: Vec<&LetIn> = all.iter().rev().take(KEPT).collect();
    html! {
        @if !all.is_empty() {
            section.desk aria-labelledby="history" {
                h2 id="history" { (words.say("connectors-history")) }
                ul.history { @for one in all { li {
                    (foreign(&one.asks.version)) " " code { (short(&one.digest)) } ": "
                    (how(visitor, &one.how)) ", " (ago(visitor, one.at)) " "
                    form.action method="post" action={ "/connectors/" (one.digest) "/rollback" } {
                        button { (words.say("connectors-back"))
                            span.unseen { " (" (foreign(&one.asks.version)) " " (short(&one.digest)) ")" } }
                    }
                    @if one.digest == *digest { " " span.note { (words.say("connectors-this")) } }
                } } }
                p.note { (words.say("connectors-back-what")) }
            }
        }
    }
}

pub(super) async fn approve(
    State(app): State<App>,
    Extension(principal): Extension<Principal>,
    Path(digest): Path<String>,
) -> Result<Response, Problem> {
    let_in(&app, &principal.who, &digest).await?;
    Ok(decided(&app).await)
}

pub(super) async fn rollback(
    State(app): State<App>,
    Extension(principal): Extension<Principal>,
    Path(digest): Path<String>,
) -> Result<Response, Problem> {
    go_back(&app, &principal.who, &digest).await?;
    Ok(decided(&app).await)
}

/// The next page shows what follows from it.
async fn decided(app: &App) -> Response {
    app.reload().await;
    Redirect::to("/connectors").into_response()
}
