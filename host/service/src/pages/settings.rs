//! The settings of a desk that is made through the service, as a form.

use super::desks::id_of;
use super::form::Form;
use super::layout::{Part, foreign, of_problem, page, page_with, short};
use super::visitor::Visitor;
use crate::api::extract::{Path, Query};
use crate::problem::Problem;
use crate::registry::{Principal, Put};
use crate::service::App;
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sgi_host::{Installed, OptionKind, OptionSpec, Swap, Trust};

/// Keys of the table that a form of their own asks for.
const TEXTS: [&str; 3] = ["url", "link_url", "username"];

/// Which connector the desk is to have.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    #[serde(rename = "type")]
    kind: Option<String>,
}

/// What a form shows.
struct Shown {
    /// None: it is a new desk.
    desk: Option<String>,
    /// Of the settings that are changed.
    revision: Option<i64>,
    name: String,
    table: Map<String, Value>,
    /// Whether a password is kept.
    kept: bool,
}

/// What was sent: keys are those of the table; an option's begins with `option.`.
type Fields = Vec<(String, String)>;

pub(super) async fn new(
    State(app): State<App>,
    visitor: Visitor,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let installed = usable(&app).await;
    let Some(kind) = wanted.kind else {
        return Ok(choose(&visitor, &installed, "/desks/new"));
    };
    let mut table = Map::new();
    table.insert("type".to_owned(), json!(kind));
    table.insert("active".to_owned(), json!(true));
    let shown = Shown {
        desk: None,
        revision: None,
        name: String::new(),
        table,
        kept: false,
    };
    form(&visitor, &installed, &shown, None)
}

pub(super) async fn of_desk(
    State(app): State<App>,
    visitor: Visitor,
    Path(desk): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    app.free(&desk)?;
    let stored = app.registry().desk(&desk).await?;
    let stored = stored.ok_or_else(|| Problem::no_desk(&desk))?;
    let mut table = stored.written().clone();
    if let Some(kind) = wanted.kind {
        table.insert("type".to_owned(), json!(kind));
    }
    let shown = Shown {
        revision: Some(stored.revision),
        kept: stored.secrets().any(|secret| secret == "password"),
        name: desk.clone(),
        desk: Some(desk),
        table,
    };
    form(&visitor, &usable(&app).await, &shown, None)
}

/// Those that a desk can have.
async fn usable(app: &App) -> Vec<Installed> {
    let mut installed = app.fleet().host().connectors().await;
    installed.retain(|one| {
        one.problem.is_none()
            && !matches!(one.trust, Trust::Pending { .. } | Trust::SetAside { .. })
    });
    installed
}

fn choose(visitor: &Visitor, installed: &[Installed], to: &str) -> Response {
    let words = visitor.words;
    let title = words.say("settings-new");
    let body = html! {
        h1 { (title) }
        h2 { (words.say("settings-choose")) }
        (kinds(installed, to, None))
    };
    page(visitor, Part::Desks, &title, &body)
}

fn kinds(installed: &[Installed], to: &str, chosen: Option<&str>) -> Markup {
    html! {
        ul.forms { @for one in installed {
            li { a href={ (to) "?type=" (one.id) } aria-current=[(chosen == Some(one.id.as_str())).then_some("true")] {
                (foreign(&one.name))
            } }
        } }
    }
}

/// Which component of that id: whichever is used for it, or one and no other.
fn component<'a>(
    visitor: &Visitor,
    kind: &str,
    of_id: impl Iterator<Item = &'a Installed>,
) -> Markup {
    let words = visitor.words;
    let of_id: Vec<&Installed> = of_id.collect();
    let known = kind == id(kind) || of_id.iter().any(|one| kind == exactly(one));
    html! {
        @if of_id.len() < 2 && kind == id(kind) { input type="hidden" name="type" value=(kind); }
        @else {
            label { (words.say("settings-component"))
                select name="type" {
                    option value=(id(kind)) { (words.say("settings-any-component")) }
                    @if !known { option value=(kind) selected { (kind) } }
                    @for one in &of_id { @if let Some(digest) = &one.digest {
                        option value=(exactly(one)) selected[kind == exactly(one)] { (one.version) " (" (short(digest)) ")" }
                    } }
                }
            }
        }
    }
}

/// The type that names this component and no other.
fn exactly(one: &Installed) -> String {
    match &one.digest {
        Some(digest) => format!("{}@{digest}", one.id),
        None => one.id.clone(),
    }
}

/// The connector's part before `@`.
fn id(kind: &str) -> &str {
    kind.split('@').next().unwrap_or_default()
}

fn text<'a>(table: &'a Map<String, Value>, key: &str) -> &'a str {
    table.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn form(
    visitor: &Visitor,
    installed: &[Installed],
    shown: &Shown,
    problem: Option<&Problem>,
) -> Result<Response, Problem> {
    let words = visitor.words;
    let kind = text(&shown.table, "type");
    let of_id = || installed.iter().filter(|one| one.id == id(kind));
    let exact = of_id().find(|one| kind == exactly(one));
    let connector = exact.or_else(|| of_id().next());
    let options = connector
        .map(|one| one.options.as_slice())
        .unwrap_or_default();
    let title = match &shown.desk {
        Some(desk) => words.with("settings-of", [("desk", desk.as_str().into())]),
        None => words.say("settings-new"),
    };
    let to = match &shown.desk {
        Some(desk) => format!("/desks/{desk}/settings"),
        None => "/desks".to_owned(),
    };
    let switch = match &shown.desk {
        Some(_) => to.clone(),
        None => "/desks/new".to_owned(),
    };
    let active = shown.table.get("active") != Some(&Value::Bool(false));
    let body = html! {
        h1 { (title) }
        @if let Some(problem) = problem {
            (of_problem(visitor, problem))
            p.note { (words.say("settings-unchanged")) }
        }
        p { (words.say("desks-type")) ": " strong { (foreign(connector.map_or(kind, |one| &one.name))) } }
        details {
            summary { (words.say("settings-choose")) }
            (kinds(installed, &switch, Some(id(kind))))
        }
        form.stack method="post" action=(to) {
            (component(visitor, kind, of_id()))
            @if let Some(revision) = shown.revision { input type="hidden" name="revision" value=(revision); }
            @if shown.desk.is_none() {
                label { (words.say("settings-name"))
                    input name="name" value=(shown.name) required maxlength="64" pattern="[A-Za-z0-9][A-Za-z0-9._\\-]*"
                        autocapitalize="none" aria-describedby="name-hint"; }
                p.note id="name-hint" { (words.say("settings-name-hint")) }
            }
            label.check { input name="active" type="checkbox" value="true" checked[active]; (words.say("settings-active")) }
            label { (words.say("settings-url"))
                input name="url" type="url" value=(text(&shown.table, "url")) required aria-describedby="url-hint"; }
            p.note id="url-hint" { (words.say("settings-url-hint")) }
            label { (words.say("settings-link-url"))
                input name="link_url" type="url" value=(text(&shown.table, "link_url")); }
            label { (words.say("desks-username"))
                input name="username" value=(text(&shown.table, "username")) required autocomplete="off" autocapitalize="none"; }
            label { (words.say("login-password"))
                input name="password" type="password" autocomplete="new-password" required[!shown.kept]
                    aria-describedby=[shown.kept.then_some("password-hint")]; }
            @if shown.kept { p.note id="password-hint" { (words.say("settings-password-kept")) } }
            @if !options.is_empty() {
                fieldset {
                    legend { (words.say("settings-options")) }
                    @for spec in options { (option(visitor, spec, shown)) }
                }
            }
            @if problem.is_some() {
                label.check { input name="force" type="checkbox" value="true"; (words.say("settings-force")) }
            }
            button.main { (words.say("settings-save")) }
        }
        @if let Some(desk) = &shown.desk {
            details.remove {
                summary { (words.say("settings-remove")) }
                p { (words.say("settings-remove-what")) }
                form method="post" action={ "/desks/" (desk) "/remove" } {
                    button { (words.say("settings-remove")) }
                }
            }
        }
    };
    let status = match problem {
        Some(problem) => problem.status(),
        None => StatusCode::OK,
    };
    Ok(page_with(visitor, status, Part::Desks, &title, &body))
}

fn option(visitor: &Visitor, spec: &OptionSpec, shown: &Shown) -> Markup {
    let language = visitor.words.language().code();
    let name = format!("option.{}", spec.key);
    let hint = format!("{name}-hint");
    let value = shown
        .table
        .get("options")
        .and_then(|options| options.get(&spec.key));
    let value = match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(values)) => {
            let values: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
            values.join(", ")
        }
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    };
    let default = spec.default.clone().unwrap_or_default();
    let choices = match &spec.kind {
        OptionKind::Choice(choices) => choices.clone(),
        OptionKind::Boolean => vec!["true".to_owned(), "false".to_owned()],
        _ => Vec::new(),
    };
    html! {
        label { (foreign(spec.label.of(language)))
            @if choices.is_empty() {
                input name=(name) value=(value) placeholder=(default) aria-describedby=(hint)
                    required[spec.required && spec.default.is_none()]
                    inputmode=[matches!(spec.kind, OptionKind::Integer).then_some("numeric")];
            } @else {
                select name=(name) aria-describedby=(hint) {
                    option value="" { (default) }
                    @for choice in &choices { @if *choice != default || *choice == value {
                        option value=(choice) selected[*choice == value] { (choice) }
                    } }
                }
            }
        }
        p.note id=(hint) { (foreign(spec.help.of(language))) }
    }
}

/// The table that was sent, on top of what it had: keys that no form asks for stay.
fn table(before: Map<String, Value>, fields: &Fields) -> Map<String, Value> {
    let mut table = before;
    let value = |key: &str| {
        let found = fields.iter().find(|(name, _)| name == key);
        found.map(|(_, value)| value.trim()).unwrap_or_default()
    };
    table.insert("type".to_owned(), json!(value("type")));
    table.insert("active".to_owned(), json!(value("active") == "true"));
    for key in TEXTS {
        match value(key) {
            "" => table.remove(key),
            text => table.insert(key.to_owned(), json!(text)),
        };
    }
    let given = fields.iter().filter_map(|(name, value)| {
        let key = name.strip_prefix("option.")?;
        let value = value.trim();
        (!value.is_empty()).then(|| (key.to_owned(), json!(value)))
    });
    let options: Map<String, Value> = given.collect();
    match options.is_empty() {
        true => table.remove("options"),
        false => table.insert("options".to_owned(), Value::Object(options)),
    };
    table
}

pub(super) async fn create(
    State(app): State<App>,
    visitor: Visitor,
    Extension(principal): Extension<Principal>,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    let name = fields.iter().find(|(key, _)| key == "name");
    let name = name
        .map(|(_, value)| value.trim().to_owned())
        .unwrap_or_default();
    let shown = Shown {
        desk: None,
        revision: None,
        table: table(Map::new(), &fields),
        name,
        kept: false,
    };
    keep(&app, &visitor, principal, shown, Put::Create, &fields).await
}

pub(super) async fn change(
    State(app): State<App>,
    visitor: Visitor,
    Extension(principal): Extension<Principal>,
    Path(desk): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    let stored = app.registry().desk(&desk).await?;
    let stored = stored.ok_or_else(|| Problem::no_desk(&desk))?;
    // That of the form: what somebody else changed meanwhile is not lost.
    let revision = fields.iter().find(|(key, _)| key == "revision");
    let revision = revision.and_then(|(_, value)| value.parse().ok());
    let shown = Shown {
        revision: revision.or(Some(stored.revision)),
        kept: stored.secrets().any(|secret| secret == "password"),
        table: table(stored.written().clone(), &fields),
        name: desk.clone(),
        desk: Some(desk),
    };
    let put = Put::Update(shown.revision);
    keep(&app, &visitor, principal, shown, put, &fields).await
}

/// Keeps what was sent, or shows it again with the reason why not.
async fn keep(
    app: &App,
    visitor: &Visitor,
    principal: Principal,
    shown: Shown,
    put: Put,
    fields: &Fields,
) -> Result<Response, Problem> {
    let value = |key: &str| {
        let found = fields.iter().find(|(name, _)| name == key);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    };
    let how = match value("force") {
        "true" => Swap::Forced,
        _ => Swap::Checked,
    };
    let mut table = shown.table.clone();
    if !value("password").is_empty() {
        table.insert("password".to_owned(), json!(value("password")));
    }
    let kept = async {
        app.free(&shown.name)?;
        let change = app.registry().prepare(&shown.name, table, put).await;
        let change = change.map_err(|error| Problem::from(error).of(&shown.name))?;
        app.put(change, how, principal.who).await
    };
    match kept.await {
        Ok(_) => {
            let to = format!("/desks#{}", id_of(&shown.name));
            Ok(Redirect::to(&to).into_response())
        }
        Err(problem) => form(visitor, &usable(app).await, &shown, Some(&problem)),
    }
}

pub(super) async fn remove(
    State(app): State<App>,
    Extension(principal): Extension<Principal>,
    Path(desk): Path<String>,
) -> Result<Response, Problem> {
    app.free(&desk)?;
    let removed = app.remove(&desk, None, &principal.who).await;
    removed.map_err(|error| Problem::from(error).of(&desk))?;
    Ok(Redirect::to("/desks").into_response())
}
