//! What all pages have: head, navigation, foot.

use super::visitor::Visitor;
use crate::problem::Problem;
use crate::registry::Who;
use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{DOCTYPE, Markup, html};
use sgi_host::{Digest, clean};
use std::time::Duration;

/// Which part of the navigation a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Tickets,
    Logbook,
    Desks,
    Connectors,
    /// What is there before one is let in.
    Door,
}

const PARTS: [(Part, &str, &str); 4] = [
    (Part::Tickets, "nav-tickets", "/"),
    (Part::Logbook, "nav-logbook", "/logbook"),
    (Part::Desks, "nav-desks", "/desks"),
    (Part::Connectors, "nav-connectors", "/connectors"),
];

/// A page.
pub(super) fn page(visitor: &Visitor, part: Part, title: &str, body: &Markup) -> Response {
    page_with(visitor, StatusCode::OK, part, title, body)
}

/// A page with another status.
pub(super) fn page_with(
    visitor: &Visitor,
    status: StatusCode,
    part: Part,
    title: &str,
    body: &Markup,
) -> Response {
    let words = visitor.words;
    let zone = TimeZone::try_system().unwrap_or(TimeZone::UTC);
    let zone = match zone.iana_name() {
        Some("Etc/UTC" | "Etc/Unknown") | None => "UTC".to_owned(),
        Some(name) => name.to_owned(),
    };
    let page = html! {
        (DOCTYPE)
        html lang=(words.language().code()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · " (words.say("product")) }
                link rel="icon" href="data:,";
                link rel="stylesheet" href="/assets/pages.css";
                script src="/assets/pages.js" defer {}
            }
            body {
                a.skip href="#content" { (words.say("skip")) }
                header {
                    a.brand href="/" { "SGI" }
                    @if part != Part::Door {
                        nav aria-label=(words.say("nav-label")) {
                            @for (of, name, to) in PARTS {
                                a href=(to) aria-current=[(of == part).then_some("page")] { (words.say(name)) }
                            }
                        }
                    }
                    (languages(visitor))
                    (whoever(visitor))
                }
                main id="content" tabindex="-1" { (body) }
                footer { p { (words.with("zone", [("zone", zone.as_str().into())])) } }
            }
        }
    };
    let mut response = (status, Html(page.into_string())).into_response();
    super::dress(&mut response);
    response
}

fn languages(visitor: &Visitor) -> Markup {
    let words = visitor.words;
    html! {
        form.languages method="get" action="/language" {
            input type="hidden" name="back" value=(visitor.here);
            span.label id="languages" { (words.say("language-label")) }
            div role="group" aria-labelledby="languages" {
                @for language in super::words::Language::ALL {
                    button name="to" value=(language.code()) lang=(language.code())
                        title=(language.name())
                        aria-pressed=(language == words.language()) {
                        (language.code())
                        span.unseen { " " (language.name()) }
                    }
                }
            }
        }
    }
}

fn whoever(visitor: &Visitor) -> Markup {
    let words = visitor.words;
    let Some(principal) = &visitor.principal else {
        return html! {};
    };
    html! {
        @match &principal.who {
            Who::Account(name) => {
                form.who method="post" action="/logout" {
                    span title=(words.say(&format!("role-{}", principal.role))) { (name) }
                    button { (words.say("logout")) }
                }
            }
            Who::Loopback => p.who { (words.say("here-alone")) },
            _ => {},
        }
    }
}

/// Why something did not work, as a page.
pub(super) fn refusal(visitor: &Visitor, problem: &Problem) -> Response {
    let words = visitor.words;
    let title = words.say("problem-title");
    let body = html! {
        h1 { (title) }
        (of_problem(visitor, problem))
        p { a href="/" { (words.say("problem-back")) } }
    };
    page_with(visitor, problem.status(), Part::Door, &title, &body)
}

/// Problems of which a person has to know no more than what they mean.
const SAYS_ALL: [&str; 5] = [
    "cross-site",
    "method",
    "no-such-page",
    "not-form",
    "too-large",
];

/// A problem in a box: what it means in the visitor's language, and its own words.
pub(super) fn of_problem(visitor: &Visitor, problem: &Problem) -> Markup {
    let words = visitor.words;
    let name = format!("problem-{}", problem.code());
    let meaning = words.say(&name);
    html! {
        div.problem role="alert" {
            @if meaning != name { p { strong { (meaning) } } }
            @if !SAYS_ALL.contains(&problem.code()) { p lang="en" { bdi { (clean::line(problem.detail())) } } }
        }
    }
}

/// An instant that a program can read, too.
pub(super) fn time(visitor: &Visitor, instant: Option<Timestamp>) -> Markup {
    html! {
        @if let Some(instant) = instant {
            time datetime=(instant) { (visitor.words.instant(instant)) }
        }
    }
}

/// How long ago.
pub(super) fn ago(visitor: &Visitor, instant: Timestamp) -> String {
    let age = Timestamp::now().duration_since(instant);
    visitor
        .words
        .ago(Duration::try_from(age).unwrap_or_default())
}

/// Enough of a digest to tell it from others.
pub(super) fn short(digest: &Digest) -> String {
    let text = digest.to_string();
    text.chars().take(19).chain(['…']).collect()
}

/// Foreign text on one line.
pub(super) fn foreign(text: &str) -> Markup {
    html! { bdi { (clean::line(text)) } }
}
