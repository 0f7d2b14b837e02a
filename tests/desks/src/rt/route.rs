//! From a path to an answer, in the order in which RT asks its questions: is the path mine, who
//! are you, is the method allowed, may you, do you take JSON, is it there, has it changed.

use serde_json::{Map, Value, json};

use super::data::Data;
use super::json::Shuffle;
use super::lists::{self, Fields};
use super::params::{self, Params};
use super::render::View;
use super::{Addresses, answers, auth, create, dates, history, search};
use crate::http::{Request, Response};

/// A request on its way, with all that its answer needs.
pub(super) struct Call<'a> {
    pub request: &'a Request,
    pub view: View<'a>,
    /// Of the URL and of a form in the body.
    pub params: Params,
    /// Scheme, host and port before the path in `next_page` and `prev_page`.
    pub pages_at: &'a str,
    /// What the order of keys and custom fields is made of.
    pub seed: u64,
}

/// RT's answer to a request.
pub(super) fn answer(
    data: &mut Data,
    addresses: &Addresses,
    request: &Request,
    seed: u64,
) -> Response {
    let now = data.now();
    undated(data, addresses, request, seed).header("Date", dates::header(now))
}

fn undated(data: &mut Data, addresses: &Addresses, request: &Request, seed: u64) -> Response {
    let pages_at = addresses.for_pages(request);
    // RT decodes the path as a whole: an encoded slash separates as any other does.
    let path = percent_encoding::percent_decode_str(request.path())
        .decode_utf8_lossy()
        .into_owned();
    let Some(inside) = path
        .strip_prefix(&addresses.web_path)
        .filter(|rest| rest.is_empty() || rest.starts_with('/'))
    else {
        return Response::new(404, "Not Found")
            .header("Content-Type", "text/plain")
            .chunked();
    };
    let rest = inside
        .strip_prefix("/REST/2.0")
        .filter(|rest| rest.is_empty() || rest.starts_with('/'));
    let Some(rest) = rest else {
        return login_page(inside, &pages_at, addresses, seed);
    };
    let account = match auth::account(data, request) {
        Ok(account) => account,
        Err(mut turned_away) => {
            if turned_away.status == 302 {
                turned_away.set_header("Location", format!("{}/", addresses.web_path));
            }
            return turned_away;
        }
    };
    let rest_path = format!("{}/REST/2.0", addresses.web_path);
    let base = format!("{}{rest_path}", addresses.own);
    if request.method == "POST" && matches!(rest, "/ticket" | "/ticket/") {
        if !takes_json(request) {
            return answers::error(406, "Not Acceptable");
        }
        let account = account.clone();
        return create::ticket(data, &account, &base, &rest_path, request);
    }
    let view = View {
        data,
        account,
        base: &base,
    };
    let call = Call {
        request,
        view,
        params: params::of_request(request),
        pages_at: &pages_at,
        seed,
    };
    let response = endpoint(&call, rest);
    // RT empties the sound answers to HEAD, with a length of 0, and sends the others whole.
    if request.method == "HEAD" && response.status == 200 {
        return Response {
            body: crate::http::Body::Sized(Vec::new()),
            ..response
        };
    }
    response
}

/// What lies outside of REST 2.0: the pages for people, which begin with the login.
fn login_page(inside: &str, pages_at: &str, addresses: &Addresses, seed: u64) -> Response {
    let id = format!(
        "{:032x}",
        u128::from(seed).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)
    );
    let path = if addresses.web_path.is_empty() {
        "/"
    } else {
        &addresses.web_path
    };
    let cookie = format!("RT_SID_rt.local={id}; path={path}; HttpOnly");
    let response = if inside.is_empty() || inside == "/" {
        Response::new(
            200,
            "<!DOCTYPE html>\n\n<html lang=\"en\">\n  <head>\n    <title>Login</title>\n  </head>\n</html>\n",
        )
    } else {
        let to = format!(
            "{pages_at}{}/NoAuth/Login.html?next={id}",
            addresses.web_path
        );
        Response::new(302, "").header("Location", to)
    };
    response
        .header("Set-Cookie", cookie)
        .header("Content-Type", "text/html; charset=utf-8")
        .header("X-Frame-Options", "DENY")
        .chunked()
}

/// `rest` is what follows `/REST/2.0`.
fn endpoint(call: &Call<'_>, rest: &str) -> Response {
    let request = call.request;
    // A slash at the end does not matter, but for `/rt/`.
    let trimmed = rest
        .strip_suffix('/')
        .filter(|rest| *rest != "/rt")
        .unwrap_or(rest);
    let segments: Vec<&str> = trimmed
        .strip_prefix('/')
        .unwrap_or(trimmed)
        .split('/')
        .collect();
    let superuser = call.view.account.administers();
    let is_id = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !matches!(
        request.method.as_str(),
        "GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "OPTIONS" | "TRACE" | "CONNECT"
    ) {
        return answers::error(501, "Not Implemented");
    }
    match segments.as_slice() {
        ["rt"] => collection(call, &["GET"], || version(call)),
        ["tickets"] => collection(call, &["GET", "HEAD", "POST"], || search::tickets(call)),
        ["queues"] => collection(call, &["GET", "POST"], || lists::queues(call, false)),
        ["queues", "all"] => collection(call, &["GET", "POST"], || lists::queues(call, true)),
        ["customfields"] => collection(call, &["GET", "POST"], || lists::custom_fields(call)),
        ["users"] => collection(call, &["GET", "POST"], || lists::users(call)),
        ["queue", queue, "customfields"] => collection(call, &["GET", "POST"], || {
            lists::custom_fields_of(call, queue)
        }),
        ["transactions"] => collection(call, &["GET", "HEAD", "POST"], || {
            history::transactions(call)
        }),
        ["ticket", id, "history"] if is_id(id) => {
            collection(call, &["GET", "HEAD", "POST"], || {
                history::of_ticket(call, id)
            })
        }
        ["ticket", id] if is_id(id) => record(call, true, || ticket(call, id)),
        ["queue", queue] => record(call, superuser, || self::queue(call, queue)),
        ["queue"] => record(call, superuser, || self::queue(call, "")),
        ["customfield", id] if is_id(id) => record(call, superuser, || custom_field(call, id)),
        ["customfield", id, "values"] if is_id(id) && !call.view.account.administers() => {
            answers::error(403, "Forbidden")
        }
        ["user", name] => record(call, superuser, || user(call, name)),
        [
            "ticket",
            id,
            what @ ("comment" | "correspond" | "attachments"),
        ] if is_id(id) => answers::not_modelled(&format!("/ticket/N/{what}")),
        [
            what @ ("transactions" | "transaction" | "attachments" | "attachment" | "groups"
            | "group" | "assets" | "asset" | "catalogs" | "catalog" | "articles"
            | "searches"),
            ..,
        ]
        | [
            "queue" | "user" | "customfield",
            _,
            what @ ("history" | "groups" | "values"),
        ] => answers::not_modelled(&format!("/{what}")),
        _ => answers::error(404, "Not Found"),
    }
}

fn takes_json(request: &Request) -> bool {
    let accept = request.header("accept").unwrap_or("*/*");
    accept.split(',').any(|media| {
        let media = media.split(';').next().unwrap_or_default().trim();
        matches!(media, "application/json" | "application/*" | "*/*" | "*")
    })
}

fn not_allowed(allowed: &[&str]) -> Response {
    answers::error(405, "Method Not Allowed").header("Allow", allowed.join(", "))
}

/// Whether a date, of HTTP or as RT writes it, is in a later year. RT takes no notice of those.
fn in_the_future(date: &str) -> bool {
    let now = dates::format_answer(dates::now());
    let mut parts = date.split([' ', '-']);
    let is_year = |part: &&str| part.len() == 4 && part.bytes().all(|byte| byte.is_ascii_digit());
    parts
        .find(is_year)
        .is_some_and(|year| Some(year) > now.get(..4))
}

/// A list, or the version: things without a date. To `If-Modified-Since` they say `304`, as long
/// as the date is not in the future, whatever has happened since; to `If-None-Match: *` as well.
fn collection(call: &Call<'_>, allowed: &[&str], found: impl FnOnce() -> Response) -> Response {
    let request = call.request;
    if !allowed.contains(&request.method.as_str()) {
        return not_allowed(allowed);
    }
    if !takes_json(request) {
        return answers::error(406, "Not Acceptable");
    }
    let unchanged = request
        .header("if-modified-since")
        .is_some_and(|date| !in_the_future(date));
    if request.method != "POST" && (unchanged || request.header("if-none-match") == Some("*")) {
        return Response::new(304, "").without_body();
    }
    found()
}

/// A record as it was found: what it says, when and by what transaction it last changed.
struct Found {
    document: Value,
    etag: String,
    modified: String,
}

/// A single record. `If-Modified-Since` is too much for RT here: its own dates are not those of
/// HTTP, and it ends with `500`.
fn record(
    call: &Call<'_>,
    may_change: bool,
    find: impl FnOnce() -> Result<Found, u16>,
) -> Response {
    let request = call.request;
    let found = find();
    let forbidden = matches!(found, Err(403));
    match request.method.as_str() {
        "GET" | "HEAD" => {}
        "POST" | "PUT" | "DELETE" if forbidden || !may_change => {
            return answers::error(403, "Forbidden");
        }
        "POST" if found.is_ok() => {
            return answers::error(409, "Resource already exists; use PUT to update");
        }
        "POST" | "PUT" | "DELETE" => return answers::not_modelled("changing records"),
        _ => return not_allowed(&["GET", "HEAD", "DELETE", "PUT", "POST"]),
    }
    if forbidden {
        return answers::error(403, "Forbidden");
    }
    if !takes_json(request) {
        return answers::error(406, "Not Acceptable");
    }
    let Ok(Found {
        document,
        etag,
        modified,
    }) = found
    else {
        return answers::error(404, "Not Found");
    };
    let tagged = |response: Response| {
        response
            .header("ETag", format!("\"{etag}\""))
            .header("Last-Modified", modified.clone())
    };
    let same = |tag: &str| matches!(tag.trim(), "*") || tag.trim().trim_matches('"') == etag;
    if request
        .header("if-none-match")
        .is_some_and(|tags| tags.split(',').any(same))
    {
        return tagged(Response::new(304, "").without_body());
    }
    if request
        .header("if-modified-since")
        .is_some_and(|date| !in_the_future(date))
    {
        return Response::new(500, "")
            .header("Content-Type", "application/json; charset=\"utf-8\"");
    }
    tagged(answers::document(&document, &mut Shuffle::new(call.seed)))
}

fn version(call: &Call<'_>) -> Response {
    let mut out = Map::new();
    out.insert("Version".to_owned(), json!(call.view.data.version));
    if call.view.account.administers() {
        out.insert("Plugins".to_owned(), json!([]));
    }
    answers::document(&Value::Object(out), &mut Shuffle::new(call.seed))
}

fn ticket(call: &Call<'_>, id: &str) -> Result<Found, u16> {
    let view = &call.view;
    let ticket = id
        .parse()
        .ok()
        .and_then(|id| view.data.ticket_shown(id))
        .ok_or(404_u16)?;
    if !view.account.shows(view.data.queue_of(ticket)) {
        return Err(403);
    }
    let fields = Fields::of(&call.params);
    let document = view.ticket(
        ticket,
        &|field| fields.nested(field),
        &mut Shuffle::new(call.seed),
    );
    let etag = if view.account.administers() {
        ticket.etag + ticket.mails
    } else if view.account.sees_fields(view.data.queue_of(ticket)) {
        ticket.etag
    } else {
        ticket.etag_without_fields
    };
    Ok(Found {
        document,
        etag: etag.to_string(),
        modified: ticket.updated.clone(),
    })
}

/// To those who do not administer, a queue that is not there is forbidden.
fn queue(call: &Call<'_>, name: &str) -> Result<Found, u16> {
    let view = &call.view;
    let missing: u16 = if view.account.administers() { 404 } else { 403 };
    let queue = view.data.queue(name).ok_or(missing)?;
    if !view.account.sees(queue) {
        return Err(403);
    }
    Ok(Found {
        document: view.queue(queue),
        etag: queue.etag.clone(),
        modified: queue.updated.clone(),
    })
}

fn custom_field(call: &Call<'_>, id: &str) -> Result<Found, u16> {
    let view = &call.view;
    if !view.account.administers() {
        return Err(403);
    }
    let field = id
        .parse()
        .ok()
        .and_then(|id| view.data.custom_field(id))
        .ok_or(404_u16)?;
    Ok(Found {
        document: view.custom_field(field),
        etag: field.updated.clone(),
        modified: field.updated.clone(),
    })
}

/// Of others, an account does not even learn when they last changed.
fn user(call: &Call<'_>, name: &str) -> Result<Found, u16> {
    let view = &call.view;
    let user = view.data.user(name).ok_or(404_u16)?;
    let (etag, modified) = if user.id == view.account.id || view.account.administers() {
        (user.etag.clone(), user.updated.clone())
    } else {
        (super::data::UNSET.to_owned(), super::data::UNSET.to_owned())
    };
    Ok(Found {
        document: view.user(user),
        etag,
        modified,
    })
}
