//! The piece of HTML: no script and no style of its own, classes that begin with `sgi-`, every link whole.

use super::Found;
use crate::api::tickets::{List, Wanted};
use crate::pages::layout::{ago, foreign, time};
use crate::pages::tickets::{class_name, is_in};
use crate::pages::visitor::Visitor;
use maud::{Markup, html};
use sgi_host::{Form, Ticket, clean};

/// Of so many forms, each has a link of its own; more unfold.
const FEW: usize = 1;

/// The tickets, desk by desk, under headings of this level.
pub(super) fn piece(visitor: &Visitor, found: &Found, wanted: &Wanted, level: u8) -> Markup {
    let code = visitor.words.language().code();
    html! {
        div class="sgi-tickets" lang=(code) {
            @for (list, forms) in found.by_desk() { (of_desk(visitor, list, forms, wanted, level)) }
        }
    }
}

fn of_desk(visitor: &Visitor, list: &List, forms: &[Form], wanted: &Wanted, level: u8) -> Markup {
    let words = visitor.words;
    let limit = wanted.limit.map_or(usize::MAX, |limit| limit as usize);
    let shown = list.tickets.iter();
    let shown = shown.filter(|ticket| is_in(ticket, wanted.status));
    let shown: Vec<&Ticket> = shown.take(limit).collect();
    let name = html! {
        (list.desk)
        @if list.as_of.is_some() { " " span class="sgi-count" { (words.count("tickets-count", shown.len())) } }
    };
    html! {
        section class="sgi-desk" {
            @match level {
                2 => h2 class="sgi-name" { (name) },
                _ => h3 class="sgi-name" { (name) },
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
            (new_tickets(visitor, forms))
            @if let Some(as_of) = list.as_of {
                p class="sgi-age" { (words.with("tickets-asked", [("ago", ago(visitor, as_of).into())])) }
            }
        }
    }
}

/// The desk's own forms. It may want to know on which page the link stood (Request Tracker does), so that is not
/// kept from it.
fn new_tickets(visitor: &Visitor, forms: &[Form]) -> Markup {
    let new = visitor.words.say("tickets-new");
    let link = |form: &Form, text: &Markup| {
        html! { a class="sgi-create" href=(form.url) target="_blank" rel="noopener" { (text) } }
    };
    html! {
        @if forms.len() > FEW {
            details class="sgi-new" {
                summary { (new) }
                ul { @for form in forms { li { (link(form, &foreign(&form.label))) } } }
            }
        } @else {
            @for form in forms { p class="sgi-new" { (link(form, &html! { (new) ": " (foreign(&form.label)) })) } }
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
