//! The tickets of an object for the CMDB's own page: a piece of HTML that its server includes. It has no
//! script and no style of its own; the classes begin with `sgi-`, and every link is whole.

use super::layout::{ago, foreign, time};
use super::tickets::{class_name, is_in};
use super::visitor::Visitor;
use super::words::{Language, Words};
use crate::api::extract::Query;
use crate::api::tickets::{List, Wanted, lists};
use crate::problem::Problem;
use crate::service::App;
use axum::extract::State;
use axum::response::Html;
use http::Uri;
use maud::{Markup, html};
use sgi_host::{Filter, Ticket, clean};

pub(super) async fn tickets(
    State(app): State<App>,
    mut visitor: Visitor,
    uri: Uri,
) -> Result<Html<String>, Problem> {
    // The CMDB knows its user's language, and its server speaks none.
    let (language, uri) = language(&uri)?;
    if let Some(language) = language {
        visitor.words = Words::of(language);
    }
    let Query(wanted) = Query::<Wanted>::try_from_uri(&uri)?;
    // What is shown is chosen here, of a list that the pages have, too.
    let (shown, limit) = (wanted.status, wanted.limit);
    let all = Wanted {
        status: Filter::All,
        limit: None,
        ..wanted
    };
    let lists = lists(&app, &all).await?;
    let page = html! {
        div class="sgi-tickets" lang=(visitor.words.language().code()) {
            @for list in &lists.desks { (of_desk(&visitor, list, shown, limit)) }
        }
    };
    Ok(Html(page.into_string()))
}

/// Takes the language out of the query.
fn language(uri: &Uri) -> Result<(Option<Language>, Uri), Problem> {
    let mut chosen = None;
    let mut rest = form_urlencoded::Serializer::new(String::new());
    for (key, value) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
        if key == "lang" {
            chosen = Some(
                Language::of(&value)
                    .ok_or_else(|| Problem::invalid("lang is en, fr or de").about("lang"))?,
            );
        } else {
            rest.append_pair(&key, &value);
        }
    }
    let rest = format!("{}?{}", uri.path(), rest.finish());
    let rest = rest.parse().unwrap_or_default();
    Ok((chosen, rest))
}

fn of_desk(visitor: &Visitor, list: &List, filter: Filter, limit: Option<u32>) -> Markup {
    let words = visitor.words;
    let shown: Vec<&Ticket> = list
        .tickets
        .iter()
        .filter(|ticket| is_in(ticket, filter))
        .take(limit.map_or(usize::MAX, |limit| limit as usize))
        .collect();
    html! {
        section class="sgi-desk" {
            h3 class="sgi-name" { (list.desk)
                @if list.as_of.is_some() { " " span class="sgi-count" { (words.count("tickets-count", shown.len())) } }
            }
            @if list.problem.is_some() {
                p class="sgi-problem" { (words.with("embed-down", [("desk", list.desk.as_str().into())])) }
            }
            @if !shown.is_empty() {
                table class="sgi-table" {
                    thead { tr {
                        @for name in ["subject", "queue", "status", "priority", "created", "updated"] {
                            th scope="col" { (words.say(&format!("column-{name}"))) }
                        }
                    } }
                    tbody { @for ticket in shown { (row(visitor, ticket)) } }
                }
            } @else if list.as_of.is_some() {
                p class="sgi-none" { (words.say(match list.tickets.is_empty() {
                    true => "tickets-none",
                    false => "tickets-none-such",
                })) }
            }
            @if let Some(as_of) = list.as_of {
                p class="sgi-age" { (words.with("tickets-asked", [("ago", ago(visitor, as_of).into())])) }
            }
        }
    }
}

fn row(visitor: &Visitor, ticket: &Ticket) -> Markup {
    let words = visitor.words;
    let subject = clean::line(&ticket.subject);
    let subject = if subject.is_empty() {
        words.say("no-subject")
    } else {
        subject
    };
    let text = |text: &Option<String>| foreign(text.as_deref().unwrap_or_default());
    html! {
        tr {
            td { a href=(ticket.url) target="_blank" rel="noopener noreferrer" { "#" (clean::line(&ticket.number)) " " bdi { (subject) } } }
            td { (text(&ticket.queue)) }
            td { span class={ "sgi-status sgi-" (ticket.status_class) } title=(words.say(&class_name(ticket.status_class))) { (foreign(&ticket.status)) } }
            td { (text(&ticket.priority)) }
            td { (time(visitor, ticket.created)) }
            td { (time(visitor, ticket.updated)) }
        }
    }
}
