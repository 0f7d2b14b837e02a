//! The operations of the REST service, and the forms of its errors.

use serde_json::Value;

use super::data::Data;
use super::history::Author;
use super::json::Json;
use super::oql;
use super::rights::{Action, User};
use super::{read, related, stimulus, write};

/// Why there is no answer as it was asked for.
#[derive(Debug)]
pub(super) enum Failure {
    /// An exception: a code and a text, which comes with `Error: ` before it.
    Error(u16, String),
    /// A refusal: a code and a text, with `objects` that are null.
    Refused(u16, String),
    /// PHP gave up: `500`.
    Crash,
    /// The real iTop would do something that the desk does not know: `501`, so that nobody takes
    /// the desk's ignorance for an answer.
    NotModelled(String),
}

impl Failure {
    /// The commonest: an exception of code 100.
    pub(super) fn error(message: impl Into<String>) -> Self {
        Failure::Error(100, message.into())
    }

    pub(super) fn of_query(error: &oql::Error, query: &str) -> Self {
        match error {
            oql::Error::NotModelled(what) => Failure::NotModelled(format!("{what} in OQL")),
            error => Failure::error(error.message(query)),
        }
    }

    pub(super) fn answer(&self) -> Json {
        let code = |code: u16| ("code", Json::Number(i64::from(code)));
        match self {
            Failure::Error(number, text) => Json::map([
                code(*number),
                ("message", Json::text(format!("Error: {text}"))),
            ]),
            Failure::Refused(number, text) => Json::map([
                code(*number),
                ("message", Json::text(text)),
                ("objects", Json::Null),
            ]),
            Failure::Crash | Failure::NotModelled(_) => Json::Null,
        }
    }
}

pub(super) type Answer = Result<Json, Failure>;

const OPERATIONS: [(&str, &str); 7] = [
    ("core/create", "Create an object"),
    ("core/update", "Update an object"),
    (
        "core/apply_stimulus",
        "Apply a stimulus to change the state of an object",
    ),
    ("core/get", "Search for objects"),
    ("core/delete", "Delete objects"),
    (
        "core/get_related",
        "Get related objects through the specified relation",
    ),
    ("core/check_credentials", "Check user credentials"),
];

pub(super) fn serve(
    data: &mut Data,
    user: &User,
    version: Option<&str>,
    json: Option<&str>,
) -> Answer {
    let version = version
        .ok_or_else(|| Failure::Error(2, "Missing parameter 'version' (e.g. '1.0')".to_owned()))?;
    let json = json.ok_or_else(|| Failure::Error(3, "Missing parameter 'json_data'".to_owned()))?;
    let params = serde_json::from_str(json).unwrap_or(Value::Null);
    // PHP compares loosely: an empty list is as good as nothing.
    if matches!(&params, Value::Null) || params.as_array().is_some_and(Vec::is_empty) {
        let message = "Parameter json_data is not a valid JSON structure";
        return Err(Failure::Error(4, message.to_owned()));
    }
    if !matches!(version, "1.0" | "1.1" | "1.2" | "1.3" | "1.4") {
        let message = format!("There is no service available for version '{version}'");
        return Err(Failure::Error(10, message));
    }
    let operation = mandatory(&params, "operation")?
        .as_str()
        .unwrap_or_default()
        .to_owned();
    match operation.as_str() {
        "list_operations" => Ok(list(version)),
        "core/get" => read::get(data, user, &params),
        "core/get_related" => related::get(data, user, &params),
        "core/check_credentials" => {
            let (name, password) = (mandatory(&params, "user")?, mandatory(&params, "password")?);
            let texts = (
                name.as_str().unwrap_or_default(),
                password.as_str().unwrap_or_default(),
            );
            let known = data.user(texts.0, texts.1).is_some();
            Ok(Json::map([
                ("code", Json::Number(0)),
                ("message", Json::Null),
                ("authorized", Json::Bool(known)),
            ]))
        }
        "core/create" => write::create(data, user, &params),
        "core/update" => write::update(data, user, &params),
        "core/delete" => write::delete(data, user, &params),
        "core/apply_stimulus" => stimulus::apply(data, user, &params),
        other => Err(Failure::Error(
            11,
            format!("Unknown verb '{other}' in version '{version}'"),
        )),
    }
}

fn list(version: &str) -> Json {
    let operation = |(verb, description): (&str, &str)| {
        Json::map([
            ("verb", Json::text(verb)),
            ("description", Json::text(description)),
            ("extension", Json::text("CoreServices")),
        ])
    };
    Json::map([
        ("code", Json::Number(0)),
        (
            "message",
            Json::text(format!("Operations: {}", OPERATIONS.len())),
        ),
        ("version", Json::text(version)),
        ("operations", Json::List(OPERATIONS.map(operation).into())),
    ])
}

/// A parameter that must be there; null is not.
pub(super) fn mandatory<'a>(params: &'a Value, name: &str) -> Result<&'a Value, Failure> {
    let value = params.get(name).filter(|value| !value.is_null());
    value.ok_or_else(|| Failure::error(format!("Missing parameter '{name}'")))
}

/// The class that is asked for.
pub(super) fn class(data: &Data, params: &Value) -> Result<String, Failure> {
    let name = mandatory(params, "class")?.as_str().unwrap_or_default();
    match data.model.class(name) {
        Some(class) => Ok(class.name.clone()),
        None => Err(Failure::error(format!(
            "class: '{name}' is not a valid class'"
        ))),
    }
}

/// Refuses what the user may not do with the class.
pub(super) fn permit(data: &Data, user: &User, action: Action, class: &str) -> Result<(), Failure> {
    if data.allows(user, action, class) {
        return Ok(());
    }
    let what = action.name();
    Err(Failure::Refused(
        1,
        format!(
            "The current user does not have enough permissions for {what} data of class {class}"
        ),
    ))
}

/// Who writes, with the comment that every writing operation must have.
pub(super) fn author(data: &Data, user: &User, params: &Value) -> Result<Author, Failure> {
    let comment = mandatory(params, "comment")?
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let mut users = data.rows("User");
    let row = users.find(|row| row.fields.get("login") == Some(&user.login));
    Ok(Author {
        user: row.map_or(0, |row| row.id),
        comment,
    })
}

/// The answer to what was done to one object.
pub(super) fn done(what: &str, fields: (String, Json)) -> Json {
    Json::map([
        ("code", Json::Number(0)),
        (
            "message",
            if what == "deleted" {
                Json::text("Deleted: 1")
            } else {
                Json::Null
            },
        ),
        ("objects", Json::Map(vec![fields])),
    ])
}
