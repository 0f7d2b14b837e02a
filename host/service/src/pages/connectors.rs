//! The connectors that are installed, and how they do.

use super::layout::{Part, ago, foreign, page, short};
use super::visitor::Visitor;
use crate::registry::Role;
use crate::service::App;
use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};
use sgi_host::{Host, How, Installed, Source, Standing, Trust};

pub(super) async fn all(State(app): State<App>, visitor: Visitor) -> Response {
    let words = visitor.words;
    let title = words.say("connectors-title");
    let standings = app.fleet().standings();
    let mut installed = app.fleet().host().connectors().await;
    // What somebody has to decide comes first.
    installed.sort_by_key(|one| !matches!(one.trust, Trust::Pending { .. }));
    let body = html! {
        h1 { (title) }
        p.note { (words.say("connectors-sealed")) }
        @for connector in &installed { (one(&app, &visitor, connector, &standings)) }
    };
    page(&visitor, Part::Connectors, &title, &body)
}

/// Whether a component may run, in a word and a colour.
pub(super) fn state(visitor: &Visitor, trust: &Trust) -> Markup {
    let (name, class) = match trust {
        Trust::Builtin => ("trust-builtin", "good"),
        Trust::Pinned => ("trust-pinned", "good"),
        Trust::Approved { .. } => ("trust-approved", "good"),
        Trust::Signed { .. } => ("trust-signed", "good"),
        Trust::SetAside { .. } => ("trust-set-aside", "quiet"),
        Trust::Pending { .. } => ("trust-pending", "caution"),
        _ => ("trust-unknown", "quiet"),
    };
    html! { span class={ "state " (class) } { (visitor.words.say(name)) } }
}

/// Why it was let in: by whom, and when.
pub(super) fn how(visitor: &Visitor, how: &How) -> String {
    let words = visitor.words;
    match how {
        How::Approved { by } => words.with(
            "connectors-approved",
            [("by", sgi_host::clean::line(by).into())],
        ),
        How::Signed { by } => words.with(
            "connectors-signed",
            [("by", sgi_host::clean::line(by).into())],
        ),
        How::Pinned => words.say("trust-pinned"),
    }
}

fn trusted(visitor: &Visitor, host: &Host, connector: &Installed) -> Markup {
    let words = visitor.words;
    let let_in = connector.digest.and_then(|digest| host.let_in_as(&digest));
    html! {
        @match (&connector.trust, &let_in) {
            (Trust::Approved { .. } | Trust::Signed { .. } | Trust::Pinned, Some(let_in)) => {
                dt { (words.say("connectors-trust")) }
                dd { (how(visitor, &let_in.how)) ", " (ago(visitor, let_in.at)) }
            },
            (Trust::Signed { by } | Trust::Pending { signed_by: Some(by), .. }, _) => {
                dt { (words.say("connectors-trust")) }
                dd { (words.with("connectors-signed", [("by", sgi_host::clean::line(by).into())])) }
            },
            (Trust::SetAside { by, pinned }, _) => {
                dt { (words.say("connectors-trust")) }
                dd {
                    (words.say(if *pinned { "connectors-aside-pinned" } else { "connectors-aside-back" }))
                    " " code { (short(by)) }
                }
            },
            _ => {},
        }
    }
}

fn one(app: &App, visitor: &Visitor, connector: &Installed, standings: &[Standing]) -> Markup {
    let words = visitor.words;
    let reasons = match &connector.trust {
        Trust::Pending { reasons, .. } => reasons.as_slice(),
        _ => &[],
    };
    let serves = standings.iter().filter(|standing| {
        let serving = standing.serving.as_ref();
        serving.is_some_and(|serving| Some(serving.digest) == connector.digest)
    });
    let serves: Vec<&Standing> = serves.collect();
    html! {
        section.desk {
            div.head {
                h2 { (foreign(if connector.name.is_empty() { &connector.id } else { &connector.name })) }
                span.count { (foreign(&connector.version)) }
                (state(visitor, &connector.trust))
                @if let Some(digest) = connector.digest && visitor.may(Role::Administer) {
                    a.action href={ "/connectors/" (digest) } {
                        (words.say(match connector.trust {
                            Trust::Pending { .. } => "connectors-decide",
                            _ => "connectors-look",
                        }))
                        span.unseen { " (" (foreign(&connector.id)) " " (short(&digest)) ")" }
                    }
                }
            }
            @if let Some(problem) = &connector.problem {
                div.problem { p lang="en" { (foreign(problem)) } }
            }
            @if !reasons.is_empty() {
                p { (words.say("connectors-waits")) }
                ul.findings lang="en" { @for reason in reasons { li.caution { "It " (foreign(reason)) } } }
            }
            dl {
                dt { (words.say("desks-type")) } dd { code { (connector.id) } }
                (trusted(visitor, app.fleet().host(), connector))
                dt { (words.say("connectors-file")) }
                dd {
                    @match &connector.source {
                        Source::File(path) => (foreign(&path.display().to_string())),
                        Source::Kept { .. } => (words.say("connectors-kept")),
                        _ => (words.say("connectors-builtin")),
                    }
                    ", " (words.with("connectors-size", [("kib", connector.size.div_ceil(1024).into())]))
                }
                @if let Some(digest) = connector.digest {
                    dt { (words.say("connectors-digest")) } dd { code.digest { (digest) } }
                }
                dt { (words.say("connectors-desks")) }
                @if serves.is_empty() { dd { (words.say("connectors-no-desk")) } }
                @for standing in serves { dd { (work(app, visitor, standing)) } }
            }
        }
    }
}

/// What a connector has done for a desk.
fn work(app: &App, visitor: &Visitor, standing: &Standing) -> Markup {
    let words = visitor.words;
    let done = app.metrics().of_desk(&standing.desk);
    let millis = |time: std::time::Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    html! {
        a href={ "/desks#" (super::desks::id_of(&standing.desk)) } { (standing.desk) }
        @if let Some(since) = standing.since {
            ", " (words.with("connectors-since", [("ago", ago(visitor, since).into())]))
        }
        @if done.calls > 0 {
            ": " (words.with("connectors-calls", [
                ("count", done.calls.into()),
                ("failed", done.failed.into()),
                ("usual", millis(done.usual()).into()),
                ("longest", millis(done.longest).into()),
            ]))
        } @else { ": " (words.say("connectors-idle")) }
        @if let Some((at, error)) = &done.failure {
            div.note { (words.with("connectors-failure", [("ago", ago(visitor, *at).into())]))
                " " span lang="en" { (foreign(&error.to_string())) } }
        }
    }
}
