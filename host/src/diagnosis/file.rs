//! What a call left behind, as a cassette: written and read.

use super::Failed;
use super::tape::{Answer, Body, Exchange};
use crate::cassette::{
    self, Answered, Cassette, Diagnosis, FORMAT, Outcome, PASSWORD, RecordedDesk, SESSION, Sent,
    Unanswered,
};
use crate::engine::GuestSettings;
use crate::settings::{Limits, OptionValue};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderName, HeaderValue};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::time::Duration;

/// The headers in which credentials are: they would hold a placeholder, in base64.
const CREDENTIALS: [&str; 2] = ["authorization", "proxy-authorization"];

impl Cassette {
    pub(super) fn of(failed: &Failed<'_>, at: Timestamp) -> Result<Self, serde_json::Error> {
        let taped = failed.tape.copy();
        let manifest = &failed.prepared.manifest;
        let settings = failed.settings;
        let mut diagnosis = Diagnosis {
            digest: failed.prepared.digest.to_string(),
            connector: format!("{} {}", manifest.id, manifest.version),
            desk: failed.desk.to_owned(),
            at,
            trap: failed.trace.clone(),
            log: taped.lines.iter().cloned().collect(),
            function: serde_json::to_value(&failed.call)?,
            learned: failed.learned.map(|learned| STANDARD.encode(learned)),
            limits: failed.limits.into(),
            calls_before: failed.calls_before,
            captured: taped
                .captured
                .iter()
                .map(|(name, got)| (name.clone(), got.is_some()))
                .collect(),
            left_out: taped.left_out,
            unanswered: BTreeMap::new(),
            binary: BTreeMap::new(),
            too_large: BTreeMap::new(),
        };
        let exchanges = taped.exchanges.iter().enumerate();
        let exchanges = exchanges
            .map(|(at, exchange)| recorded(at, exchange, &mut diagnosis))
            .collect();
        Ok(Self {
            cassette: FORMAT,
            desk: RecordedDesk {
                url: settings.url.clone(),
                link_url: (settings.link_url != settings.url).then(|| settings.link_url.clone()),
                username: settings.username.clone(),
                options: settings
                    .options
                    .iter()
                    .map(|(key, values)| (key.clone(), OptionValue::List(values.clone())))
                    .collect(),
            },
            call: failed.call.asked(),
            exchanges,
            outcome: Outcome::Error {
                code: failed.error.code().to_owned(),
                message: Some(failed.error.to_string()),
            },
            diagnosis: Some(diagnosis),
        })
    }
}

fn recorded(at: usize, exchange: &Exchange, diagnosis: &mut Diagnosis) -> cassette::Exchange {
    let mut response = Answered {
        status: None,
        headers: Vec::new(),
        body: String::new(),
    };
    match &exchange.answer {
        None => {}
        Some(Answer::None {
            guest,
            code,
            message,
        }) => {
            let unanswered = Unanswered {
                told: (*guest).to_owned(),
                code: (*code).to_owned(),
                message: message.clone(),
            };
            diagnosis.unanswered.insert(at, unanswered);
        }
        Some(Answer::Whole {
            status,
            headers,
            body,
        }) => {
            response.status = Some(*status);
            response.headers = texts(headers.iter().map(|(name, value)| (name, value)));
            match body {
                Body::Unknown => {}
                Body::LeftOut(size) => drop(diagnosis.too_large.insert(at, *size)),
                Body::Whole(bytes) => match str::from_utf8(bytes) {
                    Ok(text) => response.body = text.to_owned(),
                    Err(_) => drop(diagnosis.binary.insert(at, STANDARD.encode(bytes))),
                },
            }
        }
    }
    let body = match &exchange.body {
        Body::Whole(bytes) if !bytes.is_empty() => {
            Some(String::from_utf8_lossy(bytes).into_owned())
        }
        _ => None,
    };
    cassette::Exchange {
        request: Sent {
            method: exchange.method.to_string(),
            path: exchange.target.clone(),
            headers: texts(exchange.headers.iter()),
            body,
        },
        response,
    }
}

fn texts<'a>(
    headers: impl Iterator<Item = (&'a HeaderName, &'a HeaderValue)>,
) -> Vec<(String, String)> {
    headers
        .map(|(name, value)| {
            let value = match CREDENTIALS.contains(&name.as_str()) {
                true => PASSWORD.to_owned(),
                false => String::from_utf8_lossy(value.as_bytes()).into_owned(),
            };
            (name.to_string(), value)
        })
        .collect()
}

/// Placeholders are different in each process; in a file they are always the same.
pub(super) fn in_words(text: &str, password: &str) -> String {
    const BEGIN: &str = "sgi-secret-";
    const RANDOM: usize = 32;
    let text = text.replace(password, PASSWORD);
    let mut parts = text.split(BEGIN);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let hex = part.bytes().take(RANDOM).take_while(u8::is_ascii_hexdigit);
        match (hex.count() == RANDOM, part.get(RANDOM..)) {
            (true, Some(rest)) => {
                out.push_str(SESSION);
                out.push_str(rest);
            }
            _ => {
                out.push_str(BEGIN);
                out.push_str(part);
            }
        }
    }
    out
}

impl From<&Limits> for cassette::Limits {
    fn from(limits: &Limits) -> Self {
        let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        Self {
            call_timeout: ms(limits.call_timeout),
            compute_timeout: ms(limits.compute_timeout),
            memory: limits.memory,
            handles: limits.handles,
            result: limits.result,
            log_lines: limits.log_lines,
        }
    }
}

/// No more than any desk may have, whoever wrote the file.
pub(super) fn limits(kept: &cassette::Limits) -> Limits {
    let hour = 3_600_000;
    Limits {
        call_timeout: Duration::from_millis(kept.call_timeout.min(hour)),
        compute_timeout: Duration::from_millis(kept.compute_timeout.min(hour)),
        memory: kept.memory.min(crate::engine::MAX_MEMORY),
        handles: kept.handles,
        result: kept.result.min(256 << 20),
        log_lines: kept.log_lines,
        ..Limits::default()
    }
}

/// The settings as the guest read them.
pub(super) fn settings(desk: &RecordedDesk) -> GuestSettings {
    let values = |value: &OptionValue| match value {
        OptionValue::Text(text) => vec![text.clone()],
        OptionValue::List(values) => values.clone(),
    };
    let options = desk.options.iter();
    GuestSettings {
        url: desk.url.clone(),
        link_url: desk.link_url.as_ref().unwrap_or(&desk.url).clone(),
        username: desk.username.clone(),
        password: PASSWORD.to_owned(),
        options: options
            .map(|(key, value)| (key.clone(), values(value)))
            .collect(),
    }
}

pub(super) fn bytes(base64: &str) -> Vec<u8> {
    STANDARD.decode(base64).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_becomes_a_word() {
        let password = format!("sgi-secret-{}", "a".repeat(32));
        let session = format!("sgi-secret-{}", "7".repeat(32));
        let text = format!("{password} {session}, sgi-secret-77 {session}");
        assert_eq!(
            in_words(&text, &password),
            "<password> <session>, sgi-secret-77 <session>"
        );
    }
}
