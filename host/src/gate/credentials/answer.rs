//! Seals what a login answers.

use super::body::{Edits, Spot, Unclear, locate, text};
use super::place::{Place, clip};
use super::placeholder::NoRandomness;
use super::slot::{Capture, Declared};
use super::vault::Vault;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use std::ops::Range;
use zeroize::Zeroizing;

/// The longest secret that is taken in. Sessions and tokens are shorter.
const LONGEST: usize = 8 << 10;

/// Why an answer that hands out a secret cannot be handed to the guest. Nothing was sealed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CaptureProblem {
    /// It cannot be told for certain where the secret is.
    #[error(
        "the desk's answer to {request} should hand out {secret} in {place}, but {why}; it was not \
         shown to the connector"
    )]
    Unclear {
        /// The capture's name.
        secret: String,
        /// Where it should be.
        place: String,
        /// Which request: method and path, quoted and cut.
        request: String,
        /// What is wrong: the rest of the sentence.
        why: String,
    },
    /// No placeholder could be made.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

/// Seals what a successful answer hands out at declared places, and puts placeholders there.
///
/// `path` is the request's, below the desk's address; the body is whole and unpacked. Where a place
/// is absent or empty (a desk that answers 200 and says in the body that the login failed) the answer
/// stays as it is. Where it is there twice, or is something else than text, or the body cannot be
/// read at all, the answer is not the guest's to see. Scrub it afterwards: the desk may repeat the
/// secret elsewhere in it.
pub(crate) fn capture(
    vault: &Vault,
    declared: &Declared,
    method: &Method,
    path: &str,
    status: StatusCode,
    mut headers: HeaderMap,
    body: Bytes,
) -> Result<(HeaderMap, Bytes), CaptureProblem> {
    let captures = match status.is_success() {
        true => declared.captures_for(method, path),
        false => Vec::new(),
    };
    let mut found: Vec<(&Capture, Target, SecretString)> = Vec::new();
    for capture in captures {
        let unclear = |why: &str| CaptureProblem::Unclear {
            secret: capture.name().to_owned(),
            place: capture.place().to_string(),
            request: format!("{} {:?}", clip(method.as_str()), clip(path)),
            why: why.to_owned(),
        };
        let spot = match capture.place() {
            Place::Header(name) => in_header(&headers, name),
            place => in_body(&body, place),
        };
        let Some((target, secret)) = spot.map_err(|why| unclear(&format!("it {why}")))? else {
            continue;
        };
        if secret.expose_secret().len() > LONGEST {
            return Err(unclear("what stands there is too long to be a secret"));
        }
        if found.iter().any(|(_, other, _)| other.overlaps(&target)) {
            return Err(unclear("another capture is declared for the same place"));
        }
        found.push((capture, target, secret));
    }

    let mut edits = Vec::new();
    for (capture, target, secret) in found {
        let placeholder = vault.seal(capture.name(), secret)?;
        match target {
            Target::Body(range) => edits.push((range, Zeroizing::new(placeholder))),
            Target::Header(name) => {
                let value = HeaderValue::from_str(&placeholder);
                headers.remove(&name);
                headers.extend(value.ok().map(|value| (name, value)));
            }
        }
    }
    let body = match Edits::new(edits) {
        Some(edits) if !edits.is_empty() => Bytes::from_owner(edits.apply(&body)),
        _ => body,
    };
    Ok((headers, body))
}

enum Target {
    Header(HeaderName),
    Body(Range<usize>),
}

impl Target {
    fn overlaps(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Header(one), Self::Header(other)) => one == other,
            (Self::Body(one), Self::Body(other)) => one.start < other.end && other.start < one.end,
            _ => false,
        }
    }
}

type Found = Option<(Target, SecretString)>;

fn in_header(headers: &HeaderMap, name: &HeaderName) -> Result<Found, Unclear> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(Unclear::Twice);
    }
    let text = value.to_str().map_err(|_| Unclear::NotText)?;
    let found = (Target::Header(name.clone()), SecretString::from(text));
    Ok((!text.is_empty()).then_some(found))
}

fn in_body(body: &Bytes, place: &Place) -> Result<Found, Unclear> {
    let Some(format) = place.format().filter(|_| !body.is_empty()) else {
        return Ok(None);
    };
    let spot = locate(place, text(format, body)?)?;
    Ok(spot.map(|Spot { range, text }| (Target::Body(range), text)))
}
