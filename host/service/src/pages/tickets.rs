//! The tickets of objects, desk by desk.

use super::layout::{Part, ago, foreign, of_problem, page, time};
use super::objects::{about, named};
use super::visitor::Visitor;
use crate::api::extract::Query;
use crate::api::tickets::{List, Wanted, lists};
use crate::problem::Problem;
use crate::service::App;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use sgi_host::{Filter, Order, StatusClass, Ticket, clean};

/// The columns of the table, and by what they sort.
const COLUMNS: [(&str, Order); 6] = [
    ("column-subject", Order::Subject),
    ("column-queue", Order::Queue),
    ("column-status", Order::Status),
    ("column-priority", Order::Priority),
    ("column-created", Order::Created),
    ("column-updated", Order::Updated),
];

/// What was typed into the search box.
#[derive(Debug, Deserialize)]
pub(super) struct Search {
    #[serde(default)]
    q: String,
}

/// The first page: whose tickets?
pub(super) async fn search(
    State(app): State<App>,
    visitor: Visitor,
    Query(search): Query<Search>,
) -> Response {
    let typed = search.q.trim();
    if !typed.is_empty() {
        let ids = several(typed);
        // One that is no number may be a title.
        if let [one] = ids.as_slice()
            && !one.bytes().all(|byte| byte.is_ascii_digit())
            && let Some(found) = super::objects::titled(&app, &visitor, typed).await
        {
            return found;
        }
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(ids.into_iter().map(|id| ("object", id)));
        return Redirect::to(&format!("/tickets?{}", query.finish())).into_response();
    }
    let words = visitor.words;
    let title = words.say("search-title");
    let body = html! {
        h1 { (title) }
        (box_for(&visitor, "", true, app.objects().are_known()))
        (super::desks::summary(&app, &visitor))
    };
    page(&visitor, Part::Tickets, &title, &body)
}

/// Ids, with commas between them. Those of i-doit are numbers, and blanks do; other CMDBs may have blanks in
/// theirs.
fn several(typed: &str) -> Vec<&str> {
    let numbers = typed
        .split_whitespace()
        .all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    let parts: Vec<&str> = match numbers {
        true => typed.split_whitespace().collect(),
        false => typed.split(',').map(str::trim).collect(),
    };
    parts.into_iter().filter(|part| !part.is_empty()).collect()
}

/// The objects that the page is about: one of them alone, without one, with one more.
fn objects_of(visitor: &Visitor, wanted: &Wanted, objects: &[String]) -> Markup {
    let words = visitor.words;
    let without = |gone: &str| {
        let stay = objects.iter().filter(|object| *object != gone);
        let wanted = Wanted {
            object: stay.cloned().collect(),
            ..wanted.clone()
        };
        link(&wanted, None, None)
    };
    let about = [
        ("title", &wanted.title),
        ("url", &wanted.url),
        ("kind", &wanted.kind),
    ];
    html! {
        form.objects method="get" action="/tickets" {
            @for object in objects {
                input type="hidden" name="object" value=(object);
                @if objects.len() > 1 {
                    span.object { (foreign(object)) " "
                        a href=(without(object)) title=(words.with("objects-without", [("object", object.as_str().into())])) {
                            span aria-hidden="true" { "×" }
                            span.unseen { (words.with("objects-without", [("object", object.as_str().into())])) }
                        }
                    }
                }
            }
            @for (key, value) in about { @if let Some(value) = value { input type="hidden" name=(key) value=(value); } }
            @if wanted.status != Filter::All {
                input type="hidden" name="status" value=(if wanted.status == Filter::Open { "open" } else { "closed" });
            }
            label { (words.say("objects-add")) input name="object" required maxlength="200" size="10"; }
            button { (words.say("objects-add-submit")) }
        }
    }
}

pub(super) fn box_for(visitor: &Visitor, typed: &str, first: bool, titles: bool) -> Markup {
    let words = visitor.words;
    html! {
        search {
            form.search method="get" action="/" {
                label for="q" { (words.say(if titles { "search-label-title" } else { "search-label" })) }
                input id="q" name="q" value=(typed) required maxlength="2000" autofocus[first]
                    aria-describedby=[first.then_some("q-hint")];
                button.main { (words.say("search-submit")) }
                @if first { p.note id="q-hint" { (words.say("search-hint")) } }
            }
        }
    }
}

pub(super) async fn of_objects(
    State(app): State<App>,
    visitor: Visitor,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let words = visitor.words;
    let filter = wanted.status;
    // All of them, so that they can be counted; what is shown is chosen here.
    let lists = lists(
        &app,
        &Wanted {
            status: Filter::All,
            limit: None,
            ..wanted.clone()
        },
    )
    .await?;
    let title = words.with("tickets-title", [("object", named(&lists.about).into())]);
    let tickets = || lists.desks.iter().flat_map(|list| &list.tickets);
    let counts = [Filter::All, Filter::Open, Filter::Closed].map(|filter| {
        (
            filter,
            tickets().filter(|ticket| is_in(ticket, filter)).count(),
        )
    });
    let asking = lists.desks.iter().any(|list| list.refreshing);
    let body = html! {
        h1 { (title) }
        (about(&visitor, &lists.about, wanted.url.is_none()))
        (box_for(&visitor, &lists.objects.join(", "), false, app.objects().are_known()))
        (objects_of(&visitor, &wanted, &lists.objects))
        @if lists.desks.is_empty() {
            p.note { (words.say("tickets-no-desk")) }
        }
        div data-asking=[asking.then_some("")] {
        nav.tabs aria-label=(words.say("tickets-filter")) {
            @for (of, count) in counts {
                a href=(link(&wanted, Some(of), None)) aria-current=[(of == filter).then_some("true")] {
                    (words.say(match of {
                        Filter::Open => "tickets-open",
                        Filter::Closed => "tickets-closed",
                        _ => "tickets-all",
                    })) " " span.count { (count) }
                }
            }
        }
            @for list in &lists.desks { (of_desk(&visitor, list, filter, &wanted)) }
        }
    };
    Ok(page(&visitor, Part::Tickets, &title, &body))
}

/// Those whose status means nothing to the connector are both.
pub(super) fn is_in(ticket: &Ticket, filter: Filter) -> bool {
    let class = ticket.status_class;
    match filter {
        Filter::Open => class.is_open() || class == StatusClass::Unknown,
        Filter::Closed => !class.is_open(),
        _ => true,
    }
}

/// The page with another filter, or sorted otherwise.
fn link(wanted: &Wanted, filter: Option<Filter>, sort: Option<(Order, bool)>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(wanted.object.iter().map(|object| ("object", object)));
    query.extend_pairs(wanted.desk.iter().map(|desk| ("desk", desk)));
    match filter.unwrap_or(wanted.status) {
        Filter::Open => {
            query.append_pair("status", "open");
        }
        Filter::Closed => {
            query.append_pair("status", "closed");
        }
        _ => {}
    }
    let sort = sort.or(wanted.sort.map(|sort| (sort, wanted.reverse)));
    if let Some((sort, reverse)) = sort {
        query.append_pair("sort", sort.code());
        if reverse {
            query.append_pair("reverse", "true");
        }
    }
    describe(&mut query, wanted);
    format!("/tickets?{}", query.finish())
}

fn of_desk(visitor: &Visitor, list: &List, filter: Filter, wanted: &Wanted) -> Markup {
    let words = visitor.words;
    let shown: Vec<&Ticket> = list
        .tickets
        .iter()
        .filter(|ticket| is_in(ticket, filter))
        .collect();
    html! {
        section.desk aria-labelledby={ "desk-" (list.desk) } {
            div.head {
                h2 id={ "desk-" (list.desk) } { (list.desk) }
                @if list.as_of.is_some() { span.count { (words.count("tickets-count", shown.len())) } }
                @if let Some(as_of) = list.as_of {
                    span.note {
                        (words.with("tickets-asked", [("ago", ago(visitor, as_of).into())]))
                        @if list.refreshing { ", " (words.say("tickets-asking")) }
                    }
                }
                a.action href=(new_ticket(&list.desk, wanted)) { (words.say("tickets-new")) }
            }
            @if list.refreshing && list.as_of.is_none() {
                p.note role="status" { (words.say("tickets-waiting")) }
            } @else if let Some(problem) = &list.problem {
                (of_problem(visitor, problem))
                @if let Some(as_of) = list.as_of {
                    p.note { (words.with("tickets-stale", [("ago", ago(visitor, as_of).into())])) }
                }
            }
            @if list.as_of.is_some() && shown.is_empty() {
                p.none { (words.say(match list.tickets.is_empty() {
                    true => "tickets-none",
                    false => "tickets-none-such",
                })) }
            } @else if !shown.is_empty() {
                div.wide tabindex="0" role="group" aria-labelledby={ "desk-" (list.desk) } {
                    table {
                        thead { tr { @for (name, order) in COLUMNS { (head(visitor, wanted, name, order)) } } }
                        @for ticket in shown { (row(visitor, ticket)) }
                    }
                }
            }
        }
    }
}

fn head(visitor: &Visitor, wanted: &Wanted, name: &str, order: Order) -> Markup {
    let words = visitor.words;
    let column = words.say(name);
    let sorted = wanted.sort == Some(order);
    let reverse = sorted && !wanted.reverse;
    // What is newest comes first, what is spelt or counted comes in order.
    let falls = matches!(order, Order::Created | Order::Updated) != wanted.reverse;
    let state = match (sorted, falls) {
        (false, _) => None,
        (true, false) => Some("ascending"),
        (true, true) => Some("descending"),
    };
    html! {
        th scope="col" aria-sort=[state] {
            a href=(link(wanted, None, Some((order, reverse))))
                title=(words.with("sort-by", [("column", column.as_str().into())])) { (column) }
        }
    }
}

/// What is known of the object goes along.
fn describe(query: &mut form_urlencoded::Serializer<'_, String>, wanted: &Wanted) {
    let about = [
        ("title", &wanted.title),
        ("url", &wanted.url),
        ("kind", &wanted.kind),
    ];
    query.extend_pairs(
        about
            .into_iter()
            .filter_map(|(key, value)| Some((key, value.as_deref()?))),
    );
}

fn new_ticket(desk: &str, wanted: &Wanted) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(wanted.object.iter().map(|object| ("object", object)));
    describe(&mut query, wanted);
    format!("/desks/{desk}/tickets/new?{}", query.finish())
}

/// The word for a status class.
pub(super) fn class_name(class: StatusClass) -> String {
    format!("status-{class}")
}

/// A link that opens the ticket in its desk.
pub(super) fn opens(visitor: &Visitor, url: &str, text: &Markup) -> Markup {
    html! {
        a href=(url) target="_blank" rel="noopener noreferrer" {
            (text)
            span.unseen { " (" (visitor.words.say("opens-desk")) ")" }
        }
    }
}

fn subject(visitor: &Visitor, subject: &str) -> Markup {
    let text = clean::line(subject);
    html! {
        @if text.is_empty() { (visitor.words.say("no-subject")) } @else { bdi { (text) } }
    }
}

fn row(visitor: &Visitor, ticket: &Ticket) -> Markup {
    let words = visitor.words;
    let number = html! { span.number { "#" (clean::line(&ticket.number)) } " " (subject(visitor, &ticket.subject)) };
    let text = |text: &Option<String>| foreign(text.as_deref().unwrap_or_default());
    html! {
        tbody {
            tr {
                th scope="row" { (opens(visitor, &ticket.url, &number)) }
                td { (text(&ticket.queue)) }
                td { span class={ "status " (ticket.status_class) } title=(words.say(&class_name(ticket.status_class))) {
                    (foreign(&ticket.status))
                } }
                td { (text(&ticket.priority)) }
                td { (time(visitor, ticket.created)) }
                td { (time(visitor, ticket.updated)) }
            }
            tr.more { td colspan="6" {
                details {
                    summary { (words.say("details")) span.unseen { " #" (clean::line(&ticket.number)) } }
                    dl { (facts(visitor, ticket)) }
                }
            } }
        }
    }
}

/// What is not in the table.
fn facts(visitor: &Visitor, ticket: &Ticket) -> Markup {
    let words = visitor.words;
    let one = |value: &Option<String>| value.clone().into_iter().collect::<Vec<String>>();
    let texts = [
        ("column-class", one(&ticket.class)),
        ("column-owner", one(&ticket.owner)),
        ("column-requestors", ticket.requestors.clone()),
    ];
    let times = [
        ("column-starts", ticket.starts),
        ("column-due", ticket.due),
        ("column-resolved", ticket.resolved),
    ];
    html! {
        @for (name, values) in &texts { @if !values.is_empty() {
            dt { (words.say(name)) }
            @for value in values { dd { (foreign(value)) } }
        } }
        @for (name, instant) in times { @if instant.is_some() {
            dt { (words.say(name)) } dd { (time(visitor, instant)) }
        } }
        @if !ticket.objects.is_empty() {
            dt { (words.say("column-objects")) }
            @for object in &ticket.objects {
                dd { a href={ "/tickets?" (form_urlencoded::Serializer::new(String::new()).append_pair("object", object).finish()) } {
                    (foreign(object))
                } }
            }
        }
        @for field in &ticket.fields {
            dt { (foreign(&field.name)) }
            @for value in &field.values { dd { (foreign(value)) } }
        }
    }
}
