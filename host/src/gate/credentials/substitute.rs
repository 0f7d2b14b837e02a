//! Puts secrets into requests.

use super::body::{Edits, Format, Unclear, declared_format, escape, locate, text_of_request};
use super::place::{Place, clip};
use super::placeholder::{exactly, leaves_traces_in};
use super::refusal::Refusal;
use super::slot::{Declared, PASSWORD, Slot};
use super::vault::{Opened, Vault};
use super::{form, header};
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue, Request, Uri};
use secrecy::ExposeSecret;

/// Headers by which a request asks to be taken for another one than it is: slots are declared for a
/// method and a path.
const OVERRIDES: [&str; 5] = [
    "x-http-method-override",
    "x-http-method",
    "x-method-override",
    "x-original-url",
    "x-rewrite-url",
];

/// Where traces stand that a slot may be declared for, though not for the password.
const QUERY: &str = "the query";

/// Puts the secrets into the declared slots of a request that goes to the desk's address.
///
/// `path` is the path below the desk's address, as it is sent. A request without any trace of a
/// placeholder is handed on as it is. Nothing but the slots' values changes; the body's length does,
/// and `Content-Length` is the caller's to set.
///
/// For the password as Basic credentials the user name must be the configured one, so that the
/// password is not tried on other accounts.
pub(crate) fn substitute(
    vault: &Vault,
    declared: &Declared,
    mut request: Request<Bytes>,
    path: &str,
) -> Result<Request<Bytes>, Refusal> {
    let frame = traces_in_frame(&request);
    if frame.is_none() && !carries_traces(&request) {
        return Ok(request);
    }
    let outgoing = Outgoing {
        vault,
        slots: declared.slots_for(request.method(), path),
        name: name_of(&request, path, frame),
    };
    let query = match frame {
        Some(QUERY) if outgoing.has_query_slot() => Some(outgoing.query(&request)?),
        _ => None,
    };
    outgoing.check_frame(&request, frame.filter(|_| query.is_none()))?;
    let headers = outgoing.headers(&request)?;
    let body = if leaves_traces_in(request.body()) {
        Some(outgoing.body(&request)?)
    } else {
        None
    };
    for (name, value) in headers {
        request.headers_mut().insert(name, value);
    }
    if let Some(body) = body {
        *request.body_mut() = body;
    }
    if let Some(uri) = query {
        *request.uri_mut() = uri;
    }
    Ok(request)
}

/// Method and path for people, unless it is there that the placeholder stands.
fn name_of(request: &Request<Bytes>, path: &str, frame: Option<&str>) -> String {
    let method = request.method().as_str();
    if frame.is_some() && (leaves_traces_in(method.as_bytes()) || leaves_traces_in(path.as_bytes()))
    {
        "a request".to_owned()
    } else {
        format!("{} {:?}", clip(method), clip(path))
    }
}

/// Where in its method or address a request carries traces of a placeholder. Looked for once: an
/// address takes longer than all else of a request.
fn traces_in_frame(request: &Request<Bytes>) -> Option<&'static str> {
    let uri = request.uri();
    let host = uri.authority().map(|host| host.as_str());
    let path_and_query = uri.path_and_query().map(|path| path.as_str());
    let places = [
        ("the method", Some(request.method().as_str())),
        ("the host", host),
        ("the path", path_and_query),
    ];
    let (place, _) = places
        .into_iter()
        .find(|(_, text)| text.is_some_and(|text| leaves_traces_in(text.as_bytes())))?;
    let in_path = || leaves_traces_in(uri.path().as_bytes());
    let in_query = |query: &str| leaves_traces_in(query.as_bytes());
    match place {
        // Across the question mark it counts as the path.
        "the path" if !in_path() && uri.query().is_some_and(in_query) => Some(QUERY),
        _ => Some(place),
    }
}

fn carries_traces(request: &Request<Bytes>) -> bool {
    request.headers().iter().any(|(name, value)| {
        leaves_traces_in(name.as_str().as_bytes()) || leaves_traces_in(value.as_bytes())
    }) || leaves_traces_in(request.body())
}

/// A request that carries traces of placeholders.
struct Outgoing<'a> {
    vault: &'a Vault,
    /// Those of its method and path.
    slots: Vec<&'a Slot>,
    /// Method and path, for people.
    name: String,
}

impl Outgoing<'_> {
    /// Method, address and names of headers are no places; nothing may claim to be another request.
    fn check_frame(
        &self,
        request: &Request<Bytes>,
        traces: Option<&'static str>,
    ) -> Result<(), Refusal> {
        if let Some(place) = traces {
            return Err(self.misplaced(place));
        }
        for name in request.headers().keys() {
            if leaves_traces_in(name.as_str().as_bytes()) {
                return Err(self.misplaced("the name of a header"));
            }
            if OVERRIDES.contains(&name.as_str()) {
                let why = format!("asks by {name} to be taken for another request");
                return Err(self.unclear(why));
            }
        }
        Ok(())
    }

    /// The headers that change.
    fn headers(&self, request: &Request<Bytes>) -> Result<Vec<(HeaderName, HeaderValue)>, Refusal> {
        let mut changed = Vec::new();
        for (name, value) in request.headers() {
            if !leaves_traces_in(value.as_bytes()) {
                continue;
            }
            if request.headers().get_all(name).iter().count() > 1 {
                return Err(self.unclear(format!("has the header {name} twice")));
            }
            changed.push((name.clone(), self.header(name, value)?));
        }
        Ok(changed)
    }

    fn header(&self, name: &HeaderName, value: &HeaderValue) -> Result<HeaderValue, Refusal> {
        if *name == AUTHORIZATION
            && self.declares(&Place::Basic)
            && let Some((username, placeholder)) = header::read_basic(value, self.vault.username())
        {
            let place = Place::Basic;
            let opened = self.open(&place, &placeholder)?;
            self.check_username(&opened, &username)?;
            return header::write_basic(&username, opened.secret.expose_secret())
                .map_err(|why| self.unfit(&opened, &place, why));
        }
        let place = Place::Header(name.clone());
        if self.declares(&place)
            && let Some((lead, placeholder)) = header::read_plain(value)
        {
            let opened = self.open(&place, placeholder)?;
            return header::write_plain(lead, opened.secret.expose_secret())
                .map_err(|why| self.unfit(&opened, &place, why));
        }
        Err(self.misplaced(&place.to_string()))
    }

    fn check_username(&self, opened: &Opened, username: &str) -> Result<(), Refusal> {
        let configured = self.vault.username();
        // The desk would take another account for it, and a piece of the name for the password's.
        if opened.name == PASSWORD && configured.contains(':') {
            return Err(Refusal::Username {
                request: self.name.clone(),
            });
        }
        if opened.name == PASSWORD && username != configured {
            return Err(
                self.unclear("has Basic credentials of another user than the configured one")
            );
        }
        if leaves_traces_in(username.as_bytes()) {
            return Err(self.misplaced("the user name of HTTP Basic credentials"));
        }
        Ok(())
    }

    /// The new body of a request whose body carries traces.
    fn body(&self, request: &Request<Bytes>) -> Result<Bytes, Refusal> {
        let unclear = |why| self.unclear(format!("{why}"));
        if self
            .slots
            .iter()
            .all(|slot| slot.place().format().is_none())
        {
            return Err(self.misplaced("the body"));
        }
        let format = declared_format(request.headers()).map_err(unclear)?;
        let places = self.places(format);
        if places.is_empty() {
            return Err(unclear(Unclear::OtherContentType));
        }
        let body = request.body();
        let text = text_of_request(format, body).map_err(unclear)?;
        let mut edits = Vec::new();
        for place in places {
            let Some(spot) = locate(place, text).map_err(unclear)? else {
                continue;
            };
            // As it is written, not as it reads: a placeholder has no need of escapes.
            let written = text.get(spot.range.clone()).unwrap_or_default();
            let Some(placeholder) = exactly(written.as_bytes()) else {
                continue;
            };
            let opened = self.open(place, placeholder)?;
            let secret = escape(format, opened.secret.expose_secret())
                .map_err(|why| self.unfit(&opened, place, why))?;
            edits.push((spot.range, secret));
        }
        let edits = Edits::new(edits).ok_or(unclear(Unclear::Twice))?;
        if edits.kept(body).any(leaves_traces_in) {
            return Err(self.misplaced("the body"));
        }
        Ok(Bytes::from_owner(edits.apply(body)))
    }

    fn has_query_slot(&self) -> bool {
        let mut slots = self.slots.iter();
        slots.any(|slot| matches!(slot.place(), Place::Query(_)))
    }

    /// The new address of a request whose query, and no other part of its address, carries traces.
    fn query(&self, request: &Request<Bytes>) -> Result<Uri, Refusal> {
        let unclear = |why| self.unclear(format!("{why}"));
        let old = request.uri();
        let text = old.query().unwrap_or_default();
        form::check(text).map_err(unclear)?;
        let mut edits = Vec::new();
        let mut names: Vec<&str> = Vec::new();
        for slot in &self.slots {
            let place = slot.place();
            let Place::Query(name) = place else { continue };
            if names.contains(&name.as_str()) {
                continue;
            }
            names.push(name);
            let Some(spot) = form::locate(text, name).map_err(unclear)? else {
                continue;
            };
            let written = text.get(spot.range.clone()).unwrap_or_default();
            let Some(placeholder) = exactly(written.as_bytes()) else {
                continue;
            };
            let opened = self.open(place, placeholder)?;
            edits.push((spot.range, form::escape(opened.secret.expose_secret())));
        }
        let edits = Edits::new(edits).ok_or(unclear(Unclear::Twice))?;
        let query = Bytes::copy_from_slice(text.as_bytes());
        if edits.kept(&query).any(leaves_traces_in) {
            return Err(self.misplaced(QUERY));
        }
        let query = edits.apply(&query);
        let written = std::str::from_utf8(&query).unwrap_or_default();
        let mut parts = old.clone().into_parts();
        let path = format!("{}?{written}", old.path());
        parts.path_and_query = path.parse().ok();
        Uri::from_parts(parts).map_err(|_| self.misplaced(QUERY))
    }

    /// Each place of the format once, whatever secrets it is declared for.
    fn places(&self, format: Format) -> Vec<&Place> {
        let mut places: Vec<&Place> = Vec::new();
        for slot in &self.slots {
            let place = slot.place();
            if place.format() == Some(format) && !places.contains(&place) {
                places.push(place);
            }
        }
        places
    }

    fn declares(&self, place: &Place) -> bool {
        self.slots.iter().any(|slot| slot.place() == place)
    }

    /// What stands behind a placeholder at a declared place, if it may stand there.
    fn open(&self, place: &Place, placeholder: &str) -> Result<Opened, Refusal> {
        let fitting = self.slots.iter().filter(|slot| slot.place() == place);
        let declared: Vec<&str> = fitting.map(|slot| slot.secret()).collect();
        let request = self.name.clone();
        match self.vault.open(placeholder) {
            Some(opened) if declared.contains(&opened.name.as_str()) => Ok(opened),
            Some(opened) => Err(Refusal::OtherSecret {
                found: opened.name,
                declared: declared.join(" or "),
                place: place.to_string(),
                request,
            }),
            None => {
                let captured = |name: &&str| *name != PASSWORD;
                let captures: Vec<&str> = declared.into_iter().filter(captured).collect();
                let place = place.to_string();
                Err(if captures.is_empty() {
                    Refusal::Foreign { place, request }
                } else {
                    Refusal::Forgotten {
                        declared: captures.join(" or "),
                        place,
                        request,
                    }
                })
            }
        }
    }

    fn misplaced(&self, place: &str) -> Refusal {
        Refusal::Misplaced {
            place: place.to_owned(),
            request: self.name.clone(),
        }
    }

    fn unclear(&self, why: impl Into<String>) -> Refusal {
        Refusal::Unclear {
            why: why.into(),
            request: self.name.clone(),
        }
    }

    fn unfit(&self, opened: &Opened, place: &Place, why: &str) -> Refusal {
        Refusal::Unfit {
            secret: format!("the {}", opened.name),
            place: place.to_string(),
            request: self.name.clone(),
            why: why.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests;
