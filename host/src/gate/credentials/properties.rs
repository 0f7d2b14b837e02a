//! What must hold for any secret in any surroundings.

use super::scrub::{MARKER, Scrubber};
use super::*;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use proptest::prelude::*;
use secrecy::SecretString;
use serde_json::{Value, json};

/// Secrets with all that the formats escape; long enough to be scrubbed.
fn secrets() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z0-9]{8,40}",
        "[ -~]{8,40}",
        "[\"'<>&%+/\\\\ =?#;:,.äöüß€😀a-z\\t\\n]{8,24}",
        "\\PC{8,24}",
    ]
}

/// Text around a secret.
fn surroundings() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{0,40}",
        "(\\\\n|\\\\u00e4|%20|%C3%A4|&amp;|&#38;|[a-z ]){0,12}",
        "\\PC{0,20}",
    ]
}

fn every(secret: &str, spell: impl Fn(char) -> String) -> String {
    secret.chars().map(spell).collect()
}

fn percent(secret: &str, all: bool, upper: bool) -> String {
    secret
        .bytes()
        .map(|byte| match (byte, upper) {
            (byte, _) if !all && (byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)) => {
                char::from(byte).to_string()
            }
            (byte, true) => format!("%{byte:02X}"),
            (byte, false) => format!("%{byte:02x}"),
        })
        .collect()
}

fn json_escaped(secret: &str) -> String {
    let quoted = serde_json::to_string(secret).unwrap();
    quoted[1..quoted.len() - 1].to_owned()
}

/// As PHP's `json_encode` does: `\/`, and everything beyond ASCII as `\u`.
fn json_ascii(secret: &str) -> String {
    every(secret, |character| match character {
        '/' => "\\/".to_owned(),
        '<' | '>' | '&' | '\'' => format!("\\u{:04X}", u32::from(character)),
        _ if !character.is_ascii() => {
            let mut units = [0; 2];
            let units = character.encode_utf16(&mut units);
            units.iter().map(|unit| format!("\\u{unit:04x}")).collect()
        }
        _ => json_escaped(&character.to_string()),
    })
}

fn xml_escaped(secret: &str) -> String {
    quick_xml::escape::escape(secret).into_owned()
}

fn spellings(secret: &str) -> Vec<(&'static str, String)> {
    let json = json_escaped(secret);
    let xml = xml_escaped(secret);
    let mut spellings = vec![
        ("raw", secret.to_owned()),
        ("percent, minimal", percent(secret, false, true)),
        ("percent, lower", percent(secret, false, false)),
        ("percent, full", percent(secret, true, true)),
        (
            "percent, twice",
            percent(&percent(secret, true, true), false, true),
        ),
        (
            "form",
            form_urlencoded::byte_serialize(secret.as_bytes()).collect(),
        ),
        ("json, twice", json_escaped(&json)),
        ("json, ascii", json_ascii(secret)),
        ("json", json),
        ("xml in json", json_ascii(&xml)),
        ("xml, twice", xml_escaped(&xml)),
        ("xml", xml),
        (
            "decimal",
            every(secret, |c| format!("&#{:03};", u32::from(c))),
        ),
        (
            "hexadecimal",
            every(secret, |c| format!("&#x{:X};", u32::from(c))),
        ),
        (
            "hex",
            secret.bytes().map(|byte| format!("{byte:02x}")).collect(),
        ),
        ("basic", STANDARD.encode(format!("root:{secret}"))),
    ];
    let mixed = secret.chars().enumerate().map(|(position, c)| {
        let c = c.to_string();
        match position % 4 {
            0 => percent(&c, true, true),
            1 => json_ascii(&c),
            2 => xml_escaped(&c),
            _ => c,
        }
    });
    spellings.push(("mixed", mixed.collect()));
    spellings
}

proptest! {
    #[test]
    fn every_spelling_is_scrubbed(
        secret in secrets(),
        before in surroundings(),
        after in surroundings(),
    ) {
        let scrubber = Scrubber::new("root", [SecretString::from(secret.as_str())]);
        for (name, spelling) in spellings(&secret) {
            let (body, hits) = scrubber.body(format!("{before}{spelling}{after}").into());
            let body = String::from_utf8_lossy(&body);
            prop_assert!(hits > 0, "{name}: {spelling}");
            prop_assert!(body.contains(MARKER), "{}", name);
            prop_assert!(!body.contains(&spelling), "{name}: {body}");
        }
    }

    #[test]
    fn base64_is_scrubbed_wherever_the_secret_stands_in_it(
        secret in secrets(),
        before in "[ -~]{0,7}",
        after in "[ -~]{0,7}",
    ) {
        let scrubber = Scrubber::new("root", [SecretString::from(secret.as_str())]);
        let text = format!("{before}{secret}{after}");
        for encoded in [STANDARD.encode(&text), URL_SAFE_NO_PAD.encode(&text)] {
            let escaped = [
                encoded.clone(),
                encoded.replace('/', "\\/"),
                percent(&encoded, false, true),
            ];
            for encoded in escaped {
                let (body, _) = scrubber.body(encoded.clone().into());
                let body = String::from_utf8_lossy(&body).into_owned();
                prop_assert!(body.contains(MARKER), "{encoded}");
                // No more than a digit of it at either side, beside those of the surroundings.
                prop_assert!(body.len() <= MARKER.len() + 36, "{encoded} {body}");
            }
        }
    }

    #[test]
    fn scrubbed_json_is_json_and_the_rest_of_it_is_as_it_was(
        secret in secrets(),
        before in "\\PC{0,20}",
        after in "\\PC{0,20}",
        other in "\\PC{0,20}",
    ) {
        prop_assume!(!secret.bytes().all(|byte| byte.is_ascii_digit()));
        let scrubber = Scrubber::new("root", [SecretString::from(secret.as_str())]);
        let text = json!({"n": 1.5, "text": format!("{before}{secret}{after}"), "other": other});
        for text in [text.to_string(), json_ascii(&text.to_string()).replace("\\\"", "\"")] {
            let Ok(Value::Object(_)) = serde_json::from_str(&text) else {
                continue;
            };
            let (body, hits) = scrubber.body(text.into());
            prop_assert!(hits > 0);
            let parsed: Value = serde_json::from_slice(&body).unwrap();
            prop_assert!(!parsed["text"].as_str().unwrap().contains(&secret));
            prop_assert!(parsed["text"].as_str().unwrap().contains(MARKER));
        }
    }

    #[test]
    fn text_without_a_secret_stays(
        secret in "[a-zA-Z0-9]{12,40}",
        text in surroundings(),
    ) {
        let scrubber = Scrubber::new("root", [SecretString::from(secret)]);
        let body = Bytes::from(text);
        prop_assert_eq!(scrubber.body(body.clone()), (body, 0));
    }

    #[test]
    fn json_gets_exactly_the_secret(secret in "\\PC{1,24}", other in "\\PC{0,24}") {
        let desk = Desk::new(&secret, Place::json_pointer("/a/1/Password").unwrap());
        let value = json!({"x": other, "a": [other, {"Password": desk.placeholder(), "y": other}]});
        let sent = desk.send("application/json", value.to_string()).unwrap();
        let parsed: Value = serde_json::from_str(&sent).unwrap();
        prop_assert_eq!(
            parsed,
            json!({"x": other, "a": [other, {"Password": secret, "y": other}]})
        );
    }

    #[test]
    fn a_form_gets_exactly_the_secret(secret in "\\PC{1,24}", other in "\\PC{0,24}") {
        let desk = Desk::new(&secret, Place::form_field("auth:pwd").unwrap());
        let form = |secret: &str| {
            form_urlencoded::Serializer::new(String::new())
                .append_pair("x", &other)
                .append_pair("auth:pwd", secret)
                .append_pair("y", &other)
                .finish()
        };
        let desk_form = form(desk.placeholder());
        let sent = desk.send("application/x-www-form-urlencoded", desk_form).unwrap();
        prop_assert_eq!(sent, form(&secret));
    }

    #[test]
    fn xml_gets_exactly_the_secret(secret in "[^\\p{C}]{1,24}", other in "[^\\p{C}]{0,24}") {
        let desk = Desk::new(&secret, Place::xml_element("Password").unwrap());
        let xml = |secret: &str| {
            let other = xml_escaped(&other);
            format!("<e x=\"{other}\"><p:Password xmlns:p='u'>{secret}</p:Password>{other}</e>")
        };
        let sent = desk.send("text/xml", xml(desk.placeholder())).unwrap();
        prop_assert_eq!(&sent, &xml(&xml_escaped(&secret)));
        let mut reader = quick_xml::Reader::from_str(&sent);
        let mut read = String::new();
        let mut inside = false;
        loop {
            use quick_xml::events::Event;
            match reader.read_event().unwrap() {
                Event::Start(start) => inside = start.local_name().as_ref() == b"Password",
                Event::End(_) => inside = false,
                Event::Text(text) if inside => read.push_str(&text.decode().unwrap()),
                Event::GeneralRef(name) if inside => {
                    let escaped = format!("&{};", name.decode().unwrap());
                    read.push_str(&quick_xml::escape::unescape(&escaped).unwrap());
                }
                Event::Eof => break,
                _ => {}
            }
        }
        prop_assert_eq!(read, secret);
    }

    #[test]
    fn basic_credentials_get_exactly_the_secret(secret in "\\PC{1,24}") {
        let desk = Desk::new(&secret, Place::Basic);
        let given = format!("Basic {}", STANDARD.encode(format!("root:{}", desk.placeholder())));
        let request = Request::post("https://desk.example.org/path")
            .header("authorization", given)
            .body(Bytes::new())
            .unwrap();
        let sent = substitute(&desk.vault, &desk.declared, request, "/path").unwrap();
        let expected = format!("Basic {}", STANDARD.encode(format!("root:{secret}")));
        prop_assert_eq!(sent.headers()["authorization"].to_str().unwrap(), expected);
    }

    #[test]
    fn a_placeholder_anywhere_else_is_refused(
        before in "[^\"\\\\\\p{C}]{0,12}",
        after in "[^\"\\\\\\p{C}]{0,12}",
        disguise in 0..6_usize,
        also_in_slot in any::<bool>(),
    ) {
        let desk = Desk::new("correct horse", Place::json_pointer("/Password").unwrap());
        let placeholder = desk.placeholder();
        let spelled = match disguise {
            0 => placeholder.to_owned(),
            1 => placeholder.to_uppercase(),
            2 => percent(placeholder, true, false),
            3 => json_escaped(placeholder).replace('-', "\\u002d"),
            4 => STANDARD.encode(format!("{before}{placeholder}")),
            _ => placeholder.chars().take(20).collect(),
        };
        let slot = if also_in_slot { placeholder } else { "x" };
        let body = format!("{{\"Password\":\"{slot}\",\"Title\":\"{before}{spelled}{after}\"}}");
        let refusal = desk.send("application/json", body).unwrap_err();
        prop_assert!(matches!(refusal, Refusal::Misplaced { .. }), "{}", refusal);
    }

    #[test]
    fn no_bytes_at_all_make_the_secret_come_out_elsewhere(
        parts in prop::collection::vec(
            prop_oneof![
                Just("$".to_owned()),
                Just("\"Password\":\"$\"".to_owned()),
                Just("\"P\\u0061ssword\":".to_owned()),
                Just("\"Title\":\"".to_owned()),
                Just("Password=$".to_owned()),
                Just("<Password>$</Password>".to_owned()),
                "[\\[\\]{}\",:\\\\&=<>/a ]{1,3}",
            ],
            0..8,
        ),
        kind in 0..3_usize,
    ) {
        let places = [
            (Place::json_pointer("/Password").unwrap(), "application/json"),
            (Place::form_field("Password").unwrap(), "application/x-www-form-urlencoded"),
            (Place::xml_element("Password").unwrap(), "text/xml"),
        ];
        let (place, content_type) = places[kind].clone();
        let desk = Desk::new("correct horse", place);
        let filled = parts.concat().replace('$', desk.placeholder());
        let bodies = [filled.clone(), format!("{{{filled}}}"), format!("<a>{filled}</a>")];
        for body in bodies {
            let Ok(sent) = desk.send(content_type, body) else {
                continue;
            };
            match kind {
                _ if !sent.contains("horse") => {}
                0 => {
                    let mut parsed: Value = serde_json::from_str(&sent).unwrap();
                    let slot = parsed.as_object_mut().unwrap().remove("Password");
                    prop_assert_eq!(slot, Some(json!("correct horse")));
                    prop_assert!(!parsed.to_string().contains("horse"));
                }
                1 => {
                    for (name, value) in form_urlencoded::parse(sent.as_bytes()) {
                        prop_assert_eq!(value.contains("horse"), name == "Password");
                    }
                }
                _ => {
                    prop_assert_eq!(sent.matches("horse").count(), 1);
                    prop_assert!(sent.contains("<Password>correct horse</Password>"));
                }
            }
        }
    }

    #[test]
    fn what_was_captured_comes_back_at_its_slot(secret in "\\PC{1,24}", other in "\\PC{0,24}") {
        let place = Place::json_pointer("/SessionID").unwrap();
        let slot = Slot::new("GET", "/Ticket", place.clone(), "session").unwrap();
        let capture_it = Capture::new("session", "POST", "/Session", place).unwrap();
        let declared = Declared::new(vec![slot], vec![capture_it]).unwrap();
        let vault = Vault::new("root", "correct horse".into()).unwrap();
        let answer = json!({"a": other, "SessionID": secret}).to_string();
        let (_, body) = capture(
            &vault,
            &declared,
            &Method::POST,
            "/Session",
            StatusCode::OK,
            HeaderMap::new(),
            answer.into(),
        )
        .unwrap();
        let seen: Value = serde_json::from_slice(&body).unwrap();
        prop_assert_eq!(&seen["a"], &json!(other));
        let placeholder = vault.captured("session");
        prop_assert_eq!(seen["SessionID"].as_str(), placeholder.as_deref());
        let request = Request::get("https://desk.example.org/Ticket")
            .header("content-type", "application/json")
            .body(body)
            .unwrap();
        let sent = substitute(&vault, &declared, request, "/Ticket").unwrap();
        let sent: Value = serde_json::from_slice(sent.body()).unwrap();
        prop_assert_eq!(sent, json!({"a": other, "SessionID": secret}));
    }
}

struct Desk {
    vault: Vault,
    declared: Declared,
}

impl Desk {
    fn new(secret: &str, place: Place) -> Self {
        let slot = Slot::new("POST", "/path", place, "password").unwrap();
        Self {
            vault: Vault::new("root", secret.into()).unwrap(),
            declared: Declared::new(vec![slot], vec![]).unwrap(),
        }
    }

    fn placeholder(&self) -> &str {
        self.vault.password_placeholder()
    }

    fn send(&self, content_type: &str, body: String) -> Result<String, Refusal> {
        let request = Request::post("https://desk.example.org/path")
            .header("content-type", content_type)
            .body(body.into())
            .unwrap();
        let sent = substitute(&self.vault, &self.declared, request, "/path")?;
        Ok(String::from_utf8(sent.into_body().to_vec()).unwrap())
    }
}
