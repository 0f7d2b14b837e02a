//! Addresses, login, and the headers of answers.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::data::{Data, Mode};
use super::rest::{self, Failure};
use super::rights::User;
use super::{ITopOptions, READER, READER_TOKEN, dates};
use crate::http::{Request, Response};

const CRASH: &str = "<p>iTop: An error occurred, check server error log for more information.</p>";
const MAINTENANCE: &str = r#"{"data":[{"code":100,"message":"This application is currently under maintenance."}],"scripts":[]}"#;
const NOT_FOUND: &str = "<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n\
    <center><h1>404 Not Found</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";

pub(super) fn answer(data: &mut Data, options: &ITopOptions, request: &Request) -> Response {
    let path = request.path().strip_prefix(options.web_path.as_str());
    let response = match path {
        Some("/webservices/rest.php") => service(data, options, request),
        Some("" | "/" | "/index.php" | "/pages/UI.php") => page(data),
        _ => Response::new(404, NOT_FOUND).header("Content-Type", "text/html"),
    };
    response.header("Date", dates::header(data.time()))
}

fn uncached(response: Response) -> Response {
    response
        .header("Expires", "Thu, 19 Nov 1981 08:52:00 GMT")
        .header("Cache-Control", "no-store, no-cache, must-revalidate")
        .header("Pragma", "no-cache")
        .chunked()
}

fn crash() -> Response {
    uncached(Response::new(500, CRASH).header("Content-Type", "text/html; charset=UTF-8"))
}

/// A page for people. The desk draws none of iTop's; it shows that the address leads somewhere.
fn page(data: &Data) -> Response {
    match data.mode {
        Mode::Maintenance => Response::new(503, "<p>This application is currently under maintenance.</p>")
            .header("Content-Type", "text/html; charset=UTF-8"),
        Mode::DatabaseDown => crash(),
        Mode::Normal | Mode::ReadOnly => uncached(
            Response::new(200, "<!DOCTYPE html>\n<html><head><title>iTop login</title></head><body><h1>Welcome to iTop!</h1></body></html>\n")
                .header("Content-Type", "text/html; charset=UTF-8"),
        ),
    }
}

type Params = BTreeMap<String, String>;

fn pairs(text: &[u8]) -> Params {
    form_urlencoded::parse(text).into_owned().collect()
}

fn service(data: &mut Data, options: &ITopOptions, request: &Request) -> Response {
    let json = |body: &str| {
        let response = Response::new(200, body).header("Content-Type", "application/json");
        uncached(response).header("Access-Control-Allow-Origin", "*")
    };
    match data.mode {
        Mode::Maintenance => {
            return Response::new(503, MAINTENANCE)
                .header("Content-Type", "application/json")
                .header("Access-Control-Allow-Origin", "*")
                .chunked();
        }
        Mode::DatabaseDown => return crash(),
        Mode::Normal | Mode::ReadOnly => {}
    }
    let query = pairs(request.query().as_bytes());
    let form = if request.is_form() {
        pairs(&request.body)
    } else {
        Params::new()
    };
    let both = |name: &str| {
        form.get(name)
            .or_else(|| query.get(name))
            .map(String::as_str)
    };
    let result = login(data, options, request, &form, &query)
        .and_then(|user| rest::serve(data, &user, both("version"), both("json_data")));
    match result {
        Ok(answer) => json(&answer.write()),
        Err(Failure::Crash) => crash(),
        Err(Failure::NotModelled(what)) => {
            Response::new(501, format!("The test desk does not model {what}.\n"))
                .header("Content-Type", "text/plain; charset=utf-8")
        }
        Err(failure) => json(&failure.answer().write()),
    }
}

fn login(
    data: &Data,
    options: &ITopOptions,
    request: &Request,
    form: &Params,
    query: &Params,
) -> Result<User, Failure> {
    let invalid = || Failure::Error(1, "Invalid login".to_owned());
    let token = request.header("auth-token").map(str::to_owned);
    let token = token.or_else(|| {
        form.get("auth_token")
            .or_else(|| query.get("auth_token"))
            .cloned()
    });
    let user = if let (Some(token), true) = (token, options.token) {
        // A token decides alone: what else was sent does not count.
        let reader = data.users.iter().find(|user| user.login == READER.0);
        reader.filter(|_| token == READER_TOKEN)
    } else {
        let pair = |params: &Params| {
            Some((
                params.get("auth_user")?.clone(),
                params.get("auth_pwd")?.clone(),
            ))
        };
        let given = pair(form)
            .or_else(|| options.url.then(|| pair(query)).flatten())
            .or_else(|| options.basic.then(|| basic(request)).flatten());
        given.and_then(|(login, password)| data.user(&login, &password))
    };
    let user = user.ok_or_else(invalid)?;
    if user.portal {
        return Err(Failure::Error(1, "Portal user is not allowed".to_owned()));
    }
    if !user.rest {
        let message = "This user is not authorized to use the web services. (The profile REST \
                       Services User is required to access the REST web services)";
        return Err(Failure::Error(1, message.to_owned()));
    }
    Ok(user.clone())
}

fn basic(request: &Request) -> Option<(String, String)> {
    let (scheme, credentials) = request.header("authorization")?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(credentials.trim()).ok()?).ok()?;
    let (login, password) = decoded.split_once(':')?;
    Some((login.to_owned(), password.to_owned()))
}

impl Data {
    /// The user with this password.
    pub(super) fn user(&self, login: &str, password: &str) -> Option<&User> {
        let mut users = self.users.iter();
        users.find(|user| user.login == login && user.password.as_deref() == Some(password))
    }
}
