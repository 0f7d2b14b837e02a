//! What happened in the tickets.

use super::layout::{Part, foreign, page, time};
use super::tickets::opens;
use super::visitor::Visitor;
use crate::api::extract::{Query, number};
use crate::api::logbook::{after, filter, next};
use crate::problem::Problem;
use crate::registry::Role;
use crate::service::App;
use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use sgi_host::logbook::store::{Filter, Listed, State as Delivery, Store};
use sgi_host::logbook::{Entry, Kind};
use sgi_host::{Object, clean};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// Entries of one page.
const PAGE: u32 = 100;
/// How long names of objects are waited for.
const NAMES: Duration = Duration::from_secs(1);

const HEADS: [&str; 7] = [
    "logbook-when",
    "logbook-object",
    "logbook-desk",
    "logbook-ticket",
    "logbook-what",
    "logbook-who",
    "logbook-delivery",
];

/// Which entries. A form sends what is empty, too.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    object: String,
    #[serde(default)]
    desk: String,
    #[serde(default)]
    ticket: String,
    #[serde(default)]
    kind: Vec<String>,
    #[serde(default)]
    since: String,
    #[serde(default)]
    until: String,
    #[serde(default)]
    undelivered: bool,
    /// Only what a person has to decide.
    #[serde(default)]
    decide: bool,
    #[serde(default)]
    after: String,
    #[serde(default, deserialize_with = "number")]
    limit: Option<u32>,
}

fn given(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

pub(super) async fn entries(
    State(app): State<App>,
    visitor: Visitor,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let words = visitor.words;
    let asked = crate::api::logbook::Wanted {
        object: given(&wanted.object),
        desk: given(&wanted.desk),
        ticket: given(&wanted.ticket),
        kind: wanted.kind.iter().filter_map(|kind| given(kind)).collect(),
        since: given(&wanted.since),
        until: given(&wanted.until),
        undelivered: wanted.undelivered,
        newest_first: true,
        after: given(&wanted.after),
        limit: Some(wanted.limit.unwrap_or(PAGE).clamp(1, 1000)),
    };
    let limit = asked.limit.unwrap_or(PAGE);
    let place = after(&asked)?;
    let mut which = filter(asked)?;
    if wanted.decide {
        which.states = vec![Delivery::Undecided, Delivery::Refused];
    }
    let listed = app.store().entries(&which, place.as_ref(), limit).await?;
    let undecided = match wanted.decide {
        true => 0,
        false => undecided(&app).await?,
    };
    let next = next(&listed, limit);
    let called = called(&app, &listed).await;
    let title = match given(&wanted.object) {
        Some(object) => {
            let title = called
                .get(&object)
                .and_then(|object| object.title.as_deref());
            let object = match title {
                Some(title) => format!("{} ({})", clean::line(&object), clean::line(title)),
                None => clean::line(&object),
            };
            words.with("logbook-of", [("object", object.into())])
        }
        None => words.say("logbook-title"),
    };
    // Where there is no CMDB, nothing is delivered.
    let delivers = listed.iter().any(|one| one.state.is_some());
    let heads = HEADS
        .iter()
        .filter(|name| delivers || **name != "logbook-delivery");
    let body = html! {
        h1 { (title) }
        @if undecided > 0 {
            p.problem role="status" {
                (words.count("logbook-undecided", undecided)) " "
                a href="/logbook?decide=true" { (words.say("logbook-look")) }
            }
        }
        (form(&app, &visitor, &wanted))
        @if listed.is_empty() { p.none { (words.say("logbook-none")) } } @else {
            div.wide tabindex="0" role="group" aria-label=(title) { table {
                thead { tr {
                    @for name in heads { th scope="col" { (words.say(name)) } }
                } }
                tbody { @for one in &listed { (row(&visitor, one, &called, delivers)) } }
            } }
        }
        @if let Some(next) = next {
            p { a href={ "/logbook?" (query(&wanted, &next)) } { (words.say("logbook-next")) } }
        }
    };
    Ok(page(&visitor, Part::Logbook, &title, &body))
}

/// Of how many entries nobody knows whether they arrived; no more are counted than fit on a page.
async fn undecided(app: &App) -> Result<usize, Problem> {
    let which = Filter {
        states: vec![Delivery::Undecided],
        newest_first: true,
        ..Filter::default()
    };
    Ok(app.store().entries(&which, None, PAGE).await?.len())
}

fn query(wanted: &Wanted, after: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (key, value) in [
        ("object", &wanted.object),
        ("desk", &wanted.desk),
        ("ticket", &wanted.ticket),
        ("since", &wanted.since),
        ("until", &wanted.until),
    ] {
        if !value.is_empty() {
            query.append_pair(key, value);
        }
    }
    query.extend_pairs(wanted.kind.iter().map(|kind| ("kind", kind)));
    if wanted.undelivered {
        query.append_pair("undelivered", "true");
    }
    if wanted.decide {
        query.append_pair("decide", "true");
    }
    query.append_pair("after", after).finish()
}

fn form(app: &App, visitor: &Visitor, wanted: &Wanted) -> Markup {
    let words = visitor.words;
    let chosen = wanted.kind.first().map(String::as_str).unwrap_or_default();
    html! {
        form.filter method="get" action="/logbook" {
            label { (words.say("logbook-object")) input name="object" value=(wanted.object) size="12"; }
            label { (words.say("logbook-desk"))
                select name="desk" {
                    option value="" { (words.say("logbook-any")) }
                    @for standing in app.fleet().standings() {
                        option value=(standing.desk) selected[standing.desk == wanted.desk] { (standing.desk) }
                    }
                }
            }
            label { (words.say("logbook-kind"))
                select name="kind" {
                    option value="" { (words.say("logbook-any")) }
                    @for code in Kind::CODES {
                        option value=(code) selected[code == chosen] { (words.say(&format!("kind-{code}"))) }
                    }
                }
            }
            label { (words.say("logbook-since")) input name="since" type="date" value=(wanted.since); }
            label { (words.say("logbook-until")) input name="until" type="date" value=(wanted.until); }
            label.check {
                input name="undelivered" type="checkbox" value="true" checked[wanted.undelivered];
                (words.say("logbook-undelivered"))
            }
            label.check {
                input name="decide" type="checkbox" value="true" checked[wanted.decide];
                (words.say("logbook-only-decide"))
            }
            button.main { (words.say("logbook-submit")) }
        }
    }
}

/// What the CMDB calls the objects of entries: those that are known by their ids.
async fn called(app: &App, listed: &[Listed]) -> HashMap<String, Arc<Object>> {
    let entries = listed.iter().map(|listed| &listed.entry);
    let by_id = entries.filter(|entry| entry.object_by.is_none());
    let mut ids: Vec<String> = by_id.map(|entry| entry.object.clone()).collect();
    ids.sort_unstable();
    ids.dedup();
    app.objects().of(&ids, NAMES).await
}

fn row(
    visitor: &Visitor,
    listed: &Listed,
    called: &HashMap<String, Arc<Object>>,
    delivers: bool,
) -> Markup {
    let entry = &listed.entry;
    let number = html! { span.number { "#" (clean::line(&entry.ticket.number)) } " " (foreign(&entry.ticket.subject)) };
    html! {
        tr {
            td { (time(visitor, Some(entry.at))) }
            td { (foreign(&entry.object))
                @if entry.object_by.is_none()
                    && let Some(title) = called.get(&entry.object).and_then(|object| object.title.as_deref()) {
                    div.note { (foreign(title)) }
                }
            }
            td { (foreign(&entry.desk)) }
            td { @match &entry.ticket.url {
                Some(url) => (opens(visitor, url, &number)),
                None => (number),
            } }
            td { (what(visitor, entry)) }
            td { (foreign(entry.actor.as_deref().unwrap_or_default())) }
            @if delivers { td { (delivery(visitor, listed)) } }
        }
    }
}

fn what(visitor: &Visitor, entry: &Entry) -> Markup {
    let words = visitor.words;
    let kind = words.say(&format!("kind-{}", entry.kind.code()));
    html! {
        span.kind title=[entry.derived.then(|| words.say("logbook-derived"))] { (kind) }
        @match &entry.kind {
            Kind::Merged(into) => { " → #" (foreign(into)) },
            Kind::Other(word) => { " " (foreign(entry.field.as_deref().unwrap_or(word))) },
            _ => {},
        }
        @if entry.old.is_some() || entry.new.is_some() {
            ": "
            @if let Some(old) = &entry.old { (foreign(old)) " → " }
            @match &entry.new {
                Some(new) => (foreign(new)),
                None => "∅",
            }
        }
        @if let Some(text) = &entry.text {
            details {
                summary { (words.say("details")) }
                div.text { bdi { (clean::block(text)) } }
            }
        }
    }
}

fn delivery(visitor: &Visitor, listed: &Listed) -> Markup {
    let words = visitor.words;
    let Some(state) = listed.state else {
        return html! {};
    };
    // As `delivery::resolve` takes them.
    let choices: &[(&str, &str)] = match state {
        Delivery::Undecided => &[
            ("is-there", "logbook-is-there"),
            ("send-again", "logbook-send-again"),
            ("give-up", "logbook-give-up"),
        ],
        Delivery::Refused => &[
            ("send-again", "logbook-send-again"),
            ("is-there", "logbook-is-there"),
        ],
        Delivery::Waiting => &[("give-up", "logbook-give-up")],
        _ => &[],
    };
    html! {
        span class={ "delivery " (state.code()) } { (words.say(&format!("delivery-{}", state.code()))) }
        @if let Some(reason) = &listed.reason { div.note lang="en" { (foreign(reason)) } }
        @if state == Delivery::Undecided { div.note { (words.say("logbook-decide")) } }
        @if !choices.is_empty() && visitor.may(Role::Administer) {
            form.decide method="post" action={ "/logbook/" (listed.entry.id) } {
                input type="hidden" name="back" value=(visitor.here);
                @for (decision, name) in choices {
                    button name="decision" value=(decision) {
                        (words.say(name))
                        span.unseen { " (#" (clean::line(&listed.entry.ticket.number)) ")" }
                    }
                }
            }
        }
    }
}
