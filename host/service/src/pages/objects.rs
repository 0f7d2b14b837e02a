//! What an object is called.

use super::layout::{Part, foreign, page};
use super::tickets::box_for;
use super::visitor::Visitor;
use crate::api::tickets::About;
use crate::service::App;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use sgi_host::clean;

/// Such as `1001 (srv-db-01), 1002`.
pub(super) fn named(objects: &[About]) -> String {
    let named = objects.iter().map(|object| match &object.title {
        Some(title) => format!("{} ({})", clean::line(&object.id), clean::line(title)),
        None => clean::line(&object.id),
    });
    named.collect::<Vec<_>>().join(", ")
}

/// The type and the page of a single object, where they are known. `links`: whoever told the page is trusted, which
/// whoever made a link to this page is not.
pub(super) fn about(visitor: &Visitor, objects: &[About], links: bool) -> Markup {
    let [object] = objects else {
        return html! {};
    };
    let page = object.url.as_deref().filter(|url| links && is_web(url));
    html! {
        @if object.kind.is_some() || page.is_some() {
            p class="note sgi-about" {
                @if let Some(kind) = &object.kind { (foreign(kind)) }
                @if object.kind.is_some() && page.is_some() { " · " }
                @if let Some(page) = page {
                    a href=(page) target="_blank" rel="noopener" { (visitor.words.say("object-page")) }
                }
            }
        }
    }
}

/// Whose tickets are meant by a title; none: there is nobody who could tell, and it is taken for an id.
pub(super) async fn titled(app: &App, visitor: &Visitor, title: &str) -> Option<Response> {
    let found = app.objects().titled(title).await?;
    if let [one] = found.as_slice() {
        return Some(Redirect::to(&tickets_of(&one.id)).into_response());
    }
    let words = visitor.words;
    let heading = words.say("search-title");
    let typed = clean::line(title);
    let body = html! {
        h1 { (heading) }
        (box_for(visitor, title, false, true))
        @if found.is_empty() {
            p.none role="status" { (words.with("search-nothing", [("title", typed.as_str().into())])) }
            p { a href=(tickets_of(title)) { (words.with("search-as-id", [("title", typed.as_str().into())])) } }
        } @else {
            p role="status" { (words.with("search-several", [("title", typed.as_str().into())])) }
            ul { @for object in &found {
                li {
                    a href=(tickets_of(&object.id)) {
                        (foreign(&object.id)) " " (foreign(object.title.as_deref().unwrap_or_default()))
                    }
                    @if let Some(kind) = &object.kind { " " span.note { (foreign(kind)) } }
                }
            } }
        }
    };
    Some(page(visitor, Part::Tickets, &heading, &body))
}

fn tickets_of(id: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    format!("/tickets?{}", query.append_pair("object", id).finish())
}

/// What is told may be anything.
fn is_web(url: &str) -> bool {
    ["https://", "http://"].iter().any(|start| {
        url.get(..start.len())
            .is_some_and(|own| own.eq_ignore_ascii_case(start))
    })
}
