//! A new ticket: in the desk's own form, or made here.

use super::form::Form;
use super::layout::{Part, foreign, of_problem, page};
use super::tickets::opens;
use super::visitor::Visitor;
use crate::api::extract::{Path, Query};
use crate::problem::Problem;
use crate::registry::Role;
use crate::service::App;
use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use sgi_host::{Created, Draft, Marker, Object, clean};

/// What the ticket is about.
#[derive(Debug, Deserialize)]
pub(super) struct About {
    #[serde(default)]
    object: Vec<String>,
    title: Option<String>,
    url: Option<String>,
    kind: Option<String>,
}

impl About {
    fn objects(&self) -> Result<Vec<Object>, Problem> {
        if self.object.is_empty() || self.object.iter().any(|id| id.trim().is_empty()) {
            return Err(Problem::invalid("name an object: ?object=ID").about("object"));
        }
        let mut objects: Vec<Object> = self.object.iter().map(Object::new).collect();
        if let [object] = objects.as_mut_slice() {
            object.title.clone_from(&self.title);
            object.url.clone_from(&self.url);
            object.kind.clone_from(&self.kind);
        }
        Ok(objects)
    }

    fn heading(&self, visitor: &Visitor, objects: &[Object]) -> String {
        let ids = clean::line(&self.object.join(", "));
        let title = match objects {
            [object] => &object.title,
            _ => &None,
        };
        let object = match title {
            Some(title) => format!("{ids} ({})", clean::line(title)),
            None => ids,
        };
        visitor.words.with("new-title", [("object", object.into())])
    }
}

pub(super) async fn ask(
    State(app): State<App>,
    visitor: Visitor,
    Path(desk): Path<String>,
    Query(about): Query<About>,
) -> Result<Response, Problem> {
    let words = visitor.words;
    let mut objects = about.objects()?;
    app.objects().complete_soon(&mut objects).await;
    let served = app.desk(&desk)?;
    let forms = match objects.first() {
        Some(first) => served.forms(first).await,
        None => Ok(Vec::new()),
    };
    let standing = app.fleet().standing(&desk);
    let checked = standing.and_then(|standing| standing.checked);
    // What is not known yet is tried.
    let creates = checked.is_none_or(|(_, report)| {
        report
            .abilities
            .iter()
            .any(|ability| ability == "create-tickets")
    });
    let title = about.heading(&visitor, &objects);
    let body = html! {
        h1 { (title) }
        p.note { (desk) }
        section aria-labelledby="forms" {
            h2 id="forms" { (words.say("new-forms")) }
            @match forms {
                Ok(forms) if forms.is_empty() => p.none { (words.say("new-no-forms")) },
                Ok(forms) => {
                    p.note { (words.say("new-forms-hint")) }
                    ul.forms { @for form in &forms {
                        li {
                            (opens(&visitor, &form.url, &foreign(&form.label)))
                            @if let Some(note) = &form.note { " " span.note lang="en" { (foreign(note)) } }
                        }
                    } }
                },
                Err(error) => (of_problem(&visitor, &Problem::from(error).of(&desk))),
            }
        }
        @if creates && visitor.may(Role::Operate) {
            section aria-labelledby="here" {
                h2 id="here" { (words.say("new-here")) }
                (form(&visitor, &desk, &about)?)
            }
        }
    };
    Ok(page(&visitor, Part::Tickets, &title, &body))
}

fn form(visitor: &Visitor, desk: &str, about: &About) -> Result<Markup, Problem> {
    let words = visitor.words;
    // Of this form: sent twice, it makes one ticket.
    let marker = Marker::new()?;
    let hidden = [
        ("title", &about.title),
        ("url", &about.url),
        ("kind", &about.kind),
    ];
    Ok(html! {
        form.stack method="post" action={ "/desks/" (desk) "/tickets" } {
            input type="hidden" name="marker" value=(marker);
            @for object in &about.object { input type="hidden" name="object" value=(object); }
            @for (key, value) in hidden { @if let Some(value) = value {
                input type="hidden" name=(key) value=(value);
            } }
            label { (words.say("new-subject")) input name="subject" required maxlength="255"; }
            label { (words.say("new-text")) textarea name="text" rows="8" {} }
            label { (words.say("new-queue")) input name="queue"; }
            label { (words.say("new-requestor")) input name="requestor"; }
            label { (words.say("new-priority")) input name="priority"; }
            button.main { (words.say("new-submit")) }
        }
    })
}

/// What the form holds, with what it is about: keys may be repeated.
type Fields = Vec<(String, String)>;

pub(super) async fn create(
    State(app): State<App>,
    visitor: Visitor,
    Path(desk): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    let words = visitor.words;
    let value = |key: &str| {
        let found = fields.iter().find(|(name, _)| name == key);
        let text = found.map(|(_, value)| value.trim()).unwrap_or_default();
        Some(text.to_owned()).filter(|text| !text.is_empty())
    };
    let objects = fields.iter().filter(|(name, _)| name == "object");
    let about = About {
        object: objects.map(|(_, value)| value.clone()).collect(),
        title: value("title"),
        url: value("url"),
        kind: value("kind"),
    };
    let mut objects = about.objects()?;
    app.objects().complete_soon(&mut objects).await;
    let title = about.heading(&visitor, &objects);
    let mut draft = Draft::new(objects, value("subject").unwrap_or_default())?;
    draft.text = value("text").unwrap_or_default().replace("\r\n", "\n");
    draft.queue = value("queue");
    draft.requestor = value("requestor");
    draft.priority = value("priority");
    let marker = value("marker").unwrap_or_default();
    draft.marker = Marker::parse(&marker).map_err(|error| Problem::from(error).about("marker"))?;
    let made = app.create(&desk, draft, true).await?;
    let body = html! {
        h1 { (title) }
        (outcome(&visitor, &made))
        p { a href={ "/tickets?" (query(&about)) } { (words.say("nav-tickets")) } }
    };
    Ok(page(&visitor, Part::Tickets, &title, &body))
}

fn query(about: &About) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(about.object.iter().map(|object| ("object", object)));
    query.finish()
}

fn outcome(visitor: &Visitor, made: &Created) -> Markup {
    let words = visitor.words;
    let text = format!("#{} {}", made.ticket.number, made.ticket.subject);
    html! {
        div.done role="status" {
            p { (words.say(if made.created { "new-made" } else { "new-was-there" })) }
            p { (opens(visitor, &made.ticket.url, &foreign(&text))) }
        }
        @if !made.deviations.is_empty() {
            div.problem {
                p { (words.say("new-otherwise")) }
                ul lang="en" { @for deviation in &made.deviations {
                    li { (foreign(&deviation.field)) ": " (foreign(&deviation.message)) }
                } }
            }
        }
    }
}
