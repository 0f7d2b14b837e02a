//! What may go wrong with an answer, and what a connector may make of it.

use serde_json::Value;
use sgi_host::cassette::Exchange;
use sgi_test_desks::http::Fault;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

/// Seconds that the desk asks to wait.
pub(super) const RETRY_AFTER: u64 = 17;
/// How a page of the server begins that nobody may see.
pub(super) const PAGE: &str = "<html><body>Internal path /opt/desk/Secret.pm line 7";
/// How many answers are damaged at random.
const MANGLED: u64 = 12;
/// Items in a huge list.
const HUGE: usize = 20_000;

/// An answer that goes wrong.
pub(super) struct Trial {
    pub(super) name: String,
    pub(super) fault: Fault,
    /// The kinds of error that say what happened.
    pub(super) codes: &'static [&'static str],
    /// Whether the call may give anything at all, and not only what it gives without the fault: the answer is
    /// sound, and says something else.
    pub(super) another: bool,
}

/// Any error that says whose fault it is, and is not the connector's own.
const TYPED: &[&str] = &[
    "bad-credentials",
    "forbidden",
    "invalid-input",
    "invalid-setting",
    "needs-index",
    "not-found",
    "protocol",
    "rate-limited",
    "unavailable",
    "unsupported",
];
const BROKEN: &[&str] = &["protocol", "unavailable"];
const ELSEWHERE: &[&str] = &["invalid-setting", "protocol"];

/// All that may happen to one answer.
pub(super) fn trials(exchange: &Exchange) -> Vec<Trial> {
    let mut trials: Vec<Trial> = plain()
        .into_iter()
        .map(|(name, fault, codes)| Trial {
            name: name.to_owned(),
            fault,
            codes,
            another: false,
        })
        .collect();
    // A desk may mean something by it that the connector knows.
    for (code, codes) in [
        (400, TYPED),
        (
            403,
            &[
                "forbidden",
                "bad-credentials",
                "not-found",
                "invalid-setting",
            ][..],
        ),
        (
            404,
            &[
                "not-found",
                "invalid-setting",
                "protocol",
                "unsupported",
                "unavailable",
            ][..],
        ),
    ] {
        trials.push(Trial {
            name: format!("HTTP {code}"),
            fault: Fault::status(code, PAGE),
            codes,
            another: true,
        });
    }
    let sound = |name: String, fault| Trial {
        name,
        fault,
        codes: TYPED,
        another: true,
    };
    for seed in 0..MANGLED {
        let seed = Arc::new(AtomicU64::new(seed));
        trials.push(sound("damaged at random".to_owned(), Fault::Mangle(seed)));
    }
    if let Ok(json) = serde_json::from_str::<Value>(&exchange.response.body) {
        let names = ["null", "text", "number", "list", "object"];
        for (name, value) in names.into_iter().zip(other_types()) {
            let body = replaced(&json, &value).to_string().into_bytes();
            trials.push(sound(format!("each value {name}"), Fault::Body(body)));
        }
        let without = emptied(&json).to_string().into_bytes();
        trials.push(sound("without its fields".to_owned(), Fault::Body(without)));
        if let Some(huge) = huge(&json) {
            trials.push(sound(
                "a huge list".to_owned(),
                Fault::Body(huge.to_string().into_bytes()),
            ));
        }
    }
    trials
}

fn plain() -> Vec<(&'static str, Fault, &'static [&'static str])> {
    let limited = || Fault::Status {
        code: 429,
        headers: vec![("Retry-After".to_owned(), RETRY_AFTER.to_string())],
        body: PAGE.into(),
    };
    let drip = Duration::from_millis(200);
    vec![
        ("HTTP 401", Fault::status(401, PAGE), &["bad-credentials"]),
        ("HTTP 429 with Retry-After", limited(), &["rate-limited"]),
        ("HTTP 500", Fault::status(500, PAGE), &["unavailable"]),
        ("HTTP 502", Fault::status(502, PAGE), &["unavailable"]),
        ("HTTP 503", Fault::status(503, PAGE), &["unavailable"]),
        (
            "HTML instead of an answer",
            Fault::status(200, PAGE),
            ELSEWHERE,
        ),
        ("a login page", Fault::Html, ELSEWHERE),
        (
            "a redirect",
            Fault::Redirect("http://192.0.2.1/login".to_owned()),
            ELSEWHERE,
        ),
        ("no HTTP at all", Fault::Garbage, BROKEN),
        (
            "closed without an answer",
            Fault::CloseWithoutAnswer,
            BROKEN,
        ),
        ("reset", Fault::Reset, BROKEN),
        ("cut in the status line", Fault::CutAfter(5), BROKEN),
        ("cut in the headers", Fault::CutAfter(30), BROKEN),
        ("cut before the body", Fault::CutBodyAfter(0), BROKEN),
        (
            "cut after a byte of the body",
            Fault::CutBodyAfter(1),
            BROKEN,
        ),
        (
            "half a body, declared whole",
            Fault::TruncatedBody,
            &["protocol", "invalid-setting"],
        ),
        ("a length too great", Fault::WrongContentLength(10), BROKEN),
        ("no answer in time", Fault::Hang, &["unavailable"]),
        ("byte by byte", Fault::DripBody(drip), &["unavailable"]),
        ("endless", Fault::EndlessBody, BROKEN),
        ("gzip that was not asked for", Fault::GzipBody, &[]),
        ("a gzip bomb", Fault::GzipBomb(2 * super::LARGEST), BROKEN),
    ]
}

fn other_types() -> [Value; 5] {
    [
        Value::Null,
        Value::String("\u{1b}[31m\u{202e}<b>&amp;'\"".to_owned()),
        Value::from(-1.5e300),
        Value::Array(Vec::new()),
        Value::Object(serde_json::Map::new()),
    ]
}

/// Each value that holds no others, replaced.
fn replaced(json: &Value, by: &Value) -> Value {
    match json {
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(name, value)| (name.clone(), replaced(value, by)));
            Value::Object(fields.collect())
        }
        Value::Array(items) => items.iter().map(|item| replaced(item, by)).collect(),
        _ => by.clone(),
    }
}

/// Objects in lists without their fields; where there are none, the whole of it.
fn emptied(json: &Value) -> Value {
    fn inner(json: &Value) -> Value {
        match json {
            Value::Array(items) => items
                .iter()
                .map(|item| match item {
                    Value::Object(_) => Value::Object(serde_json::Map::new()),
                    other => inner(other),
                })
                .collect(),
            Value::Object(fields) => {
                let fields = fields
                    .iter()
                    .map(|(name, value)| (name.clone(), inner(value)));
                Value::Object(fields.collect())
            }
            other => other.clone(),
        }
    }
    let emptied = inner(json);
    if emptied == *json {
        Value::Object(serde_json::Map::new())
    } else {
        emptied
    }
}

/// The longest list, with its items over and over.
fn huge(json: &Value) -> Option<Value> {
    fn longest(json: &mut Value) -> Option<&mut Vec<Value>> {
        match json {
            Value::Array(items) if !items.is_empty() => Some(items),
            Value::Object(fields) => fields
                .values_mut()
                .filter_map(longest)
                .max_by_key(|items| items.len()),
            _ => None,
        }
    }
    let mut json = json.clone();
    let items = longest(&mut json)?;
    let some = items.clone();
    *items = some.into_iter().cycle().take(HUGE).collect();
    Some(json)
}
