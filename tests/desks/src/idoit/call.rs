//! One call of a request: its parameters, and the forms of its errors.

use serde_json::{Value, json};

use super::data::Data;
use super::{logbook, objects};

/// Why a call failed: the code and what `data.error` says.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) code: i64,
    pub(super) error: String,
}

impl Failure {
    pub(super) fn parameters(error: impl Into<String>) -> Self {
        Failure {
            code: -32602,
            error: error.into(),
        }
    }

    pub(super) fn system(error: impl Into<String>) -> Self {
        Failure {
            code: -32099,
            error: error.into(),
        }
    }

    pub(super) fn authentication() -> Self {
        Failure {
            code: -32604,
            error: "i-doit could not authenticate you".to_owned(),
        }
    }

    pub(super) fn json(&self) -> Value {
        let message = match self.code {
            -32700 => "Parse error",
            -32600 => "Invalid request",
            -32601 => "Method not found",
            -32602 => "Invalid parameters",
            -32604 => "Authentication error",
            _ => "i-doit system error",
        };
        let mut data = json!({ "error": self.error });
        if self.code == -32602 {
            data["validation"] = json!({ "params": self.error });
        }
        json!({ "code": self.code, "message": message, "data": data })
    }
}

pub(super) fn serve(data: &mut Data, method: &str, params: &Value) -> Result<Value, Failure> {
    match method {
        "cmdb.object.read" => objects::one(data, params),
        "cmdb.objects.read" => objects::list(data, params),
        "cmdb.logbook.create" => logbook::create(data, params),
        "cmdb.logbook.read" => logbook::read(data, params),
        "idoit.version" => Ok(json!({ "version": "33", "type": "PRO" })),
        other => Err(Failure {
            code: -32601,
            error: format!("Method {other} does not exist"),
        }),
    }
}

/// A number, or text that is one, as PHP takes it.
pub(super) fn number(value: Option<&Value>) -> Option<u64> {
    match value? {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// The limit of a list: a number, or `offset,count`.
pub(super) fn limit(data: &Data, params: &Value) -> (usize, usize) {
    let text = params.get("limit").map(|limit| match limit {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    });
    let text = text.unwrap_or_else(|| "1000".to_owned());
    let (offset, count) = text.split_once(',').unwrap_or(("0", &text));
    let count = count.trim().parse().unwrap_or(1000);
    (
        offset.trim().parse().unwrap_or(0),
        data.quirks.most_rows.unwrap_or(count).min(count),
    )
}
