//! The service desks, and how they stand.

use super::layout::{Part, ago, foreign, of_problem, page};
use super::visitor::Visitor;
use crate::api::Origin;
use crate::api::extract::Path;
use crate::problem::Problem;
use crate::registry::Role;
use crate::service::App;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use sgi_host::{Following, Severity, Standing};

pub(super) async fn all(State(app): State<App>, visitor: Visitor) -> Response {
    let words = visitor.words;
    let title = words.say("desks-title");
    let standings = app.fleet().standings();
    let body = html! {
        h1 { (title) }
        @if visitor.may(Role::Administer) {
            p { a.action href="/desks/new" { (words.say("settings-new")) } }
        }
        @if standings.is_empty() { p.none { (words.say("desks-none")) } }
        @for standing in &standings { (one(&app, &visitor, standing)) }
    };
    page(&visitor, Part::Desks, &title, &body)
}

pub(super) async fn check(
    State(app): State<App>,
    Path(desk): Path<String>,
) -> Result<Response, Problem> {
    app.desk(&desk)?;
    let report = app.fleet().check(&desk).await;
    report.map_err(|error| Problem::from(error).of(&desk))?;
    Ok(Redirect::to(&format!("/desks#{}", id_of(&desk))).into_response())
}

/// On the first page: does everything work?
pub(super) fn summary(app: &App, visitor: &Visitor) -> Markup {
    let words = visitor.words;
    let standings = app.fleet().standings();
    html! {
        section aria-labelledby="summary" {
            h2 id="summary" { (words.say("desks-title")) }
            @if standings.is_empty() { p.none { (words.say("desks-none")) } }
            ul.summary { @for standing in &standings {
                li {
                    a href={ "/desks#" (id_of(&standing.desk)) } { (standing.desk) }
                    " " (state(visitor, standing))
                }
            } }
        }
    }
}

/// Where a desk stands on the page of all.
pub(super) fn id_of(desk: &str) -> String {
    format!("desk-{desk}")
}

fn state(visitor: &Visitor, standing: &Standing) -> Markup {
    let (name, class) = if !standing.active {
        ("desks-inactive", "quiet")
    } else if standing.serving.is_none() {
        ("desks-not-served", "bad")
    } else {
        match &standing.checked {
            None => ("desks-unchecked", "quiet"),
            Some((_, report)) if !report.usable() => ("desks-blocked", "bad"),
            Some((_, report)) if !report.findings.is_empty() => ("desks-warned", "caution"),
            Some(_) => ("desks-fine", "good"),
        }
    };
    html! { span class={ "state " (class) } { (visitor.words.say(name)) } }
}

fn one(app: &App, visitor: &Visitor, standing: &Standing) -> Markup {
    let words = visitor.words;
    let origin = app.origin(&standing.desk);
    let id = id_of(&standing.desk);
    html! {
        section.desk aria-labelledby=(id) {
            div.head {
                h2 id=(id) { (standing.desk) }
                (state(visitor, standing))
                @if visitor.may(Role::Operate) && standing.active {
                    form.action method="post" action={ "/desks/" (standing.desk) "/check" } {
                        button { (words.say("desks-test")) }
                    }
                }
                @if origin == Origin::Store && visitor.may(Role::Administer) {
                    a.action href={ "/desks/" (standing.desk) "/settings" } { (words.say("desks-change")) }
                }
            }
            @if let Some(refused) = &standing.refused {
                p.note { (words.say("desks-refused")) }
                (of_problem(visitor, &Problem::from(refused.error.clone())))
            }
            dl {
                dt { (words.say("desks-type")) } dd { (standing.kind) }
                dt { (words.say("desks-url")) } dd { (foreign(&standing.url)) }
                dt { (words.say("desks-username")) } dd { (foreign(&standing.username)) }
                dt { (words.say("desks-origin")) }
                dd { (words.say(match origin {
                    Origin::File => "desks-origin-file",
                    Origin::Store => "desks-origin-store",
                })) }
                @if let Some(serving) = &standing.serving {
                    dt { (words.say("desks-served")) }
                    dd { (foreign(&serving.name)) " " (foreign(&serving.version)) }
                }
                @if let Some((at, report)) = &standing.checked {
                    dt { (words.say("desks-state")) }
                    dd {
                        (words.with("desks-checked", [
                            ("product", sgi_host::clean::line(&report.product).into()),
                            ("version", sgi_host::clean::line(&report.version).into()),
                            ("ago", ago(visitor, *at).into()),
                        ]))
                        @if !report.findings.is_empty() {
                            ul.findings lang="en" { @for finding in &report.findings {
                                li class=(match finding.severity { Severity::Blocking => "bad", _ => "caution" }) {
                                    @if let Some(key) = &finding.key { code { (key) } ": " }
                                    (foreign(&finding.message))
                                }
                            } }
                        }
                    }
                }
                dt { (words.say("desks-logbook")) }
                dd { (following(visitor, &standing.following)) }
            }
        }
    }
}

fn following(visitor: &Visitor, following: &Following) -> Markup {
    let words = visitor.words;
    html! {
        @if !following.active { (words.say("desks-not-followed")) }
        @else if following.elsewhere { (words.say("desks-elsewhere")) }
        @else {
            @match following.read {
                Some(read) => (words.with("desks-following", [("ago", ago(visitor, read).into())])),
                None => (words.say("desks-first")),
            }
            @if let Some(remaining) = following.remaining {
                ", " (words.count("desks-remaining", usize::try_from(remaining).unwrap_or(usize::MAX)))
            }
            @if let Some(trouble) = &following.trouble {
                div.problem { p lang="en" { (foreign(trouble)) } }
            }
        }
    }
}
