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

#[cfg(test)]
mod tests {
    use super::*;

    struct Login {
        vault: Vault,
        declared: Declared,
    }

    fn login(places: &[(&str, Place)]) -> Login {
        let captures = places
            .iter()
            .map(|(name, place)| Capture::new(name, "POST", "/Session", place.clone()).unwrap());
        Login {
            vault: Vault::new("root", "correct horse".into()).unwrap(),
            declared: Declared::new(vec![], captures.collect()).unwrap(),
        }
    }

    fn json() -> Login {
        login(&[("session", Place::json_pointer("/SessionID").unwrap())])
    }

    impl Login {
        fn answers(
            &self,
            status: u16,
            headers: &[(&'static str, &'static str)],
            body: &str,
        ) -> Result<(HeaderMap, String), CaptureProblem> {
            let mut map = HeaderMap::new();
            for (name, value) in headers {
                map.append(*name, HeaderValue::from_static(value));
            }
            let body = Bytes::copy_from_slice(body.as_bytes());
            let status = StatusCode::from_u16(status).unwrap();
            let (headers, body) = capture(
                &self.vault,
                &self.declared,
                &Method::POST,
                "/Session",
                status,
                map,
                body,
            )?;
            Ok((headers, String::from_utf8(body.to_vec()).unwrap()))
        }

        fn sealed(&self) -> Option<String> {
            let placeholder = self.vault.captured("session")?;
            let opened = self.vault.open(&placeholder)?;
            Some(opened.secret.expose_secret().to_owned())
        }
    }

    #[test]
    fn a_session_is_sealed_and_all_else_stays() {
        let login = json();
        let (_, body) = login
            .answers(
                200,
                &[],
                "{ \"a\": 1.0, \"SessionID\" : \"x\\/y\\u00e4\" }\n",
            )
            .unwrap();
        let placeholder = login.vault.captured("session").unwrap();
        assert_eq!(
            body,
            format!("{{ \"a\": 1.0, \"SessionID\" : \"{placeholder}\" }}\n")
        );
        assert_eq!(login.sealed().as_deref(), Some("x/yä"));
    }

    #[test]
    fn a_session_in_xml_or_a_header_is_sealed() {
        let login = login(&[
            ("session", Place::xml_element("SessionID").unwrap()),
            ("token", Place::header("X-Token").unwrap()),
        ]);
        let (headers, body) = login
            .answers(
                201,
                &[("x-token", "abc"), ("x-other", "abc")],
                "<a><SessionID z='1'>x&amp;y</SessionID></a>",
            )
            .unwrap();
        assert_eq!(login.sealed().as_deref(), Some("x&y"));
        let session = login.vault.captured("session").unwrap();
        let token = login.vault.captured("token").unwrap();
        assert_eq!(
            body,
            format!("<a><SessionID z='1'>{session}</SessionID></a>")
        );
        assert_eq!(headers["x-token"], token.as_str());
        assert_eq!(headers["x-other"], "abc");
    }

    #[test]
    fn a_failed_login_is_handed_on_as_it_is() {
        for (status, body) in [
            (200, r#"{"Error":{"ErrorCode":"SessionCreate.AuthFail"}}"#),
            (200, r#"{"SessionID":""}"#),
            (200, r#"{"SessionID":null}"#),
            (204, ""),
            (401, r#"{"SessionID":"abc"}"#),
            (500, "<html>"),
        ] {
            let login = json();
            assert_eq!(login.answers(status, &[], body).unwrap().1, body);
            assert_eq!(login.sealed(), None);
        }
    }

    #[test]
    fn an_unclear_answer_is_not_the_guests_to_see() {
        for body in [
            r#"{"SessionID":"a","SessionID":"b"}"#,
            r#"{"SessionID":17}"#,
            r#"{"SessionID":["a"]}"#,
            r#"{"SessionID":"a""#,
            "<html>",
        ] {
            let login = json();
            let problem = login.answers(200, &[], body).unwrap_err();
            assert!(matches!(problem, CaptureProblem::Unclear { .. }), "{body}");
            assert_eq!(login.sealed(), None);
        }
        let login = login(&[("session", Place::header("X-Token").unwrap())]);
        let twice = [("x-token", "a"), ("x-token", "b")];
        assert!(login.answers(200, &twice, "").is_err());
        assert_eq!(
            json().answers(200, &[], "<html>").unwrap_err().to_string(),
            "the desk's answer to POST \"/Session\" should hand out session in the JSON value \
             /SessionID, but it is not well-formed JSON in UTF-8; it was not shown to the connector"
        );
    }

    #[test]
    fn two_captures_cannot_be_about_the_same_place() {
        let place = Place::json_pointer("/SessionID").unwrap();
        let login = login(&[("session", place.clone()), ("other", place)]);
        assert!(login.answers(200, &[], r#"{"SessionID":"a"}"#).is_err());
        assert_eq!(login.sealed(), None);
    }

    #[test]
    fn a_text_too_long_for_a_secret_is_not_taken_in() {
        let body = format!("{{\"SessionID\":\"{}\"}}", "a".repeat(LONGEST + 1));
        assert!(json().answers(200, &[], &body).is_err());
    }

    #[test]
    fn another_path_or_method_hands_out_nothing() {
        let login = json();
        let body = Bytes::from_static(br#"{"SessionID":"abc"}"#);
        for (method, path) in [(Method::GET, "/Session"), (Method::POST, "/Session/1")] {
            let (_, same) = capture(
                &login.vault,
                &login.declared,
                &method,
                path,
                StatusCode::OK,
                HeaderMap::new(),
                body.clone(),
            )
            .unwrap();
            assert_eq!(same, body);
        }
    }
}
