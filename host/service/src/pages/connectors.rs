//! The connectors that are installed, and what each may do.

use super::layout::{Part, foreign, page};
use super::visitor::Visitor;
use crate::service::App;
use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};
use sgi_host::{Installed, Source, Trust};

pub(super) async fn all(State(app): State<App>, visitor: Visitor) -> Response {
    let words = visitor.words;
    let title = words.say("connectors-title");
    let standings = app.fleet().standings();
    let installed = app.fleet().host().connectors().await;
    let body = html! {
        h1 { (title) }
        p.note { (words.say("connectors-sealed")) }
        @for connector in &installed {
            @let desks: Vec<&str> = standings
                .iter()
                .filter(|standing| standing.serving.as_ref().is_some_and(|serving| Some(serving.digest) == connector.digest))
                .map(|standing| standing.desk.as_str())
                .collect();
            (one(&visitor, connector, &desks))
        }
    };
    page(&visitor, Part::Connectors, &title, &body)
}

fn one(visitor: &Visitor, connector: &Installed, desks: &[&str]) -> Markup {
    let words = visitor.words;
    let (trust, reasons, class) = match &connector.trust {
        Trust::Builtin => ("builtin", &[][..], "good"),
        Trust::Pinned => ("pinned", &[][..], "good"),
        Trust::Approved { .. } => ("approved", &[][..], "good"),
        Trust::Signed { .. } => ("signed", &[][..], "good"),
        Trust::SetAside { .. } => ("set-aside", &[][..], "quiet"),
        Trust::Pending { reasons, .. } => ("pending", reasons.as_slice(), "caution"),
        _ => ("unknown", &[][..], "quiet"),
    };
    let digest = connector.digest.map(|digest| digest.to_string());
    html! {
        section.desk {
            div.head {
                h2 { (foreign(if connector.name.is_empty() { &connector.id } else { &connector.name })) }
                span.count { (foreign(&connector.version)) }
                span class={ "state " (class) } { (words.say(&format!("trust-{trust}"))) }
            }
            @if let Some(problem) = &connector.problem {
                div.problem { p lang="en" { (foreign(problem)) } }
            }
            @if !reasons.is_empty() {
                ul.findings lang="en" { @for reason in reasons { li.caution { (foreign(reason)) } } }
                p.note { (words.with("connectors-approve", [("id", connector.id.as_str().into())])) }
            }
            dl {
                dt { (words.say("desks-type")) } dd { code { (connector.id) } }
                dt { (words.say("connectors-desks")) }
                dd { @if desks.is_empty() { (words.say("connectors-no-desk")) } @else { (desks.join(", ")) } }
                dt { (words.say("connectors-file")) }
                dd {
                    @match &connector.source {
                        Source::File(path) => (foreign(&path.display().to_string())),
                        _ => (words.say("connectors-builtin")),
                    }
                    ", " (words.with("connectors-size", [("kib", connector.size.div_ceil(1024).into())]))
                }
                @if let Some(digest) = digest {
                    dt { (words.say("connectors-digest")) } dd { code.digest { (digest) } }
                }
            }
        }
    }
}
