//! Sessions.

use serde_json::{Value, json};

use super::{Context, Failure, Params, failure, text};
use crate::otrs::data::Data;

const CREATE: &str = "SessionCreate";
const GET: &str = "SessionGet";

pub(super) fn create(
    data: &mut Data,
    params: &Params,
    context: &Context<'_>,
) -> Result<Value, Failure> {
    if text(params, "UserLogin").is_none_or(|login| login.is_empty()) {
        let message = "UserLogin or CustomerUserLogin is required!";
        return Err(failure(CREATE, "MissingParameter", message));
    }
    if text(params, "Password").is_none_or(|password| password.is_empty()) {
        let message = "Password is required!";
        return Err(failure(CREATE, "MissingParameter", message));
    }
    let user = data
        .login(params)
        .ok_or_else(|| failure(CREATE, "AuthFail", "Authorization failing!"))?;
    Ok(json!({"SessionID": data.begin_session(user, context.user_agent)}))
}

pub(super) fn get(data: &mut Data, params: &Params) -> Result<Value, Failure> {
    let id = text(params, "SessionID").unwrap_or_default();
    let session = data
        .session(&id)
        .cloned()
        .ok_or_else(|| failure(GET, "SessionInvalid", "SessionID is Invalid!"))?;
    let user = data.user(session.user);
    // When the accounts of the seed were made.
    let made = data.written(crate::otrs::seed::at("2026-11-23 21:09:29"));
    let started = session.started.to_string();
    let rows: &[(&str, Value)] = &[
        ("AdminCommunicationLogPageShown", json!("25")),
        ("AdminDynamicFieldsOverviewPageShown", json!("25")),
        ("ChangeTime", json!(made)),
        ("CreateTime", json!(made)),
        ("SessionSource", json!("GenericInterface")),
        ("UserAuthBackend", json!("")),
        ("UserCreateNextMask", json!("")),
        ("UserEmail", json!(format!("{}@example.test", user.login))),
        ("UserFirstname", json!(user.first)),
        ("UserFullname", json!(user.full_name())),
        ("UserID", json!(user.id.to_string())),
        ("UserLastLogin", json!(started)),
        (
            "UserLastLoginTimestamp",
            json!(data.written(session.started)),
        ),
        ("UserLastRequest", json!(session.last_request.to_string())),
        ("UserLastname", json!(user.last)),
        ("UserLogin", json!(user.login)),
        ("UserLoginFailed", json!("0")),
        ("UserRefreshTime", json!("0")),
        ("UserRemoteAddr", json!("127.0.0.1")),
        ("UserRemoteUserAgent", json!(session.user_agent)),
        ("UserSessionStart", json!(started)),
        ("UserTicketOverviewMediumPageShown", json!("20")),
        ("UserTicketOverviewPreviewPageShown", json!("15")),
        ("UserTicketOverviewSmallPageShown", json!("25")),
        ("UserTitle", Value::Null),
        ("UserType", json!("User")),
        ("ValidID", json!("1")),
    ];
    let rows: Vec<Value> = rows
        .iter()
        .map(|(key, value)| json!({"Key": key, "Value": value}))
        .collect();
    Ok(json!({"SessionData": rows}))
}
