//! From a request to the answer: one call or a batch of them, the key, the user.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::call::{Failure, serve};
use super::data::Data;
use super::{API_KEY, IDoitOptions, USER};
use crate::http::{Request, Response};

pub(super) fn answer(data: &mut Data, options: &IDoitOptions, request: &Request) -> Response {
    if request.path() != format!("{}/src/jsonrpc.php", options.web_path) {
        let page = "<html><body><h1>Not Found</h1></body></html>";
        return Response::new(404, page).header("Content-Type", "text/html");
    }
    let body = match serde_json::from_slice::<Value>(&request.body) {
        Err(_) => failed(data, &Value::Null, -32700, "Parse error"),
        Ok(Value::Array(calls)) => {
            let most = data.quirks.largest_batch.unwrap_or(usize::MAX);
            if calls.len() > most {
                // The memory ran out in the middle.
                for call in calls.iter().take(data.quirks.done_before_500) {
                    one(data, options, request, call);
                }
                let page = "<html><body>Internal Server Error</body></html>";
                return Response::new(500, page).header("Content-Type", "text/html");
            }
            match refused(&calls) {
                Some(why) => failed(data, &Value::Null, -32600, why),
                None => {
                    let answers = calls
                        .iter()
                        .filter_map(|call| one(data, options, request, call));
                    let mut answers: Vec<Value> = answers.collect();
                    if data.quirks.reversed {
                        answers.reverse();
                    }
                    Value::Array(answers)
                }
            }
        }
        Ok(call) => match one(data, options, request, &call) {
            Some(answer) => answer,
            None => return Response::new(200, ""),
        },
    };
    let warning = "<br />\n<b>Warning</b>: Undefined variable $x in <b>/var/www/x.php</b><br />\n";
    let warning = if data.quirks.php_warning { warning } else { "" };
    Response::new(200, format!("{warning}{body}")).header("Content-Type", "application/json")
}

/// What is wrong with a batch as a whole.
fn refused(calls: &[Value]) -> Option<&'static str> {
    let mut ids = HashSet::new();
    let mut keys = HashSet::new();
    for call in calls {
        if let Some(id) = call.get("id")
            && !ids.insert(id.to_string())
        {
            return Some("ids are not unique");
        }
        keys.insert(call["params"]["apikey"].to_string());
    }
    (keys.len() > 1).then_some("one batch, one API key")
}

/// One call; none: it has no id, and gets no answer.
fn one(data: &mut Data, options: &IDoitOptions, request: &Request, call: &Value) -> Option<Value> {
    let id = call.get("id").filter(|id| !id.is_null())?;
    if call["version"] != "2.0" || call["jsonrpc"] != "2.0" {
        return Some(failed(data, id, -32600, "version must be 2.0"));
    }
    let result = match allowed(options, request, call) {
        true => serve(
            data,
            call["method"].as_str().unwrap_or_default(),
            &call["params"],
        ),
        false => Err(Failure::authentication()),
    };
    Some(match result {
        Err(failure) => failed(data, id, failure.code, &failure.error),
        Ok(result) => {
            let result = match data.quirks.strings {
                true => as_strings(result),
                false => result,
            };
            let mut answer = json!({ "jsonrpc": "2.0", "result": result, "id": id });
            if data.quirks.both {
                answer["error"] = Value::Null;
            }
            with_id(data, answer)
        }
    })
}

fn allowed(options: &IDoitOptions, request: &Request, call: &Value) -> bool {
    let user = (
        request.header("x-rpc-auth-username"),
        request.header("x-rpc-auth-password"),
    );
    call["params"]["apikey"] == API_KEY
        && (!options.user_login || user == (Some(USER.0), Some(USER.1)))
}

fn failed(data: &Data, id: &Value, code: i64, error: &str) -> Value {
    let failure = Failure {
        code,
        error: error.to_owned(),
    };
    let mut answer = json!({ "jsonrpc": "2.0", "error": failure.json(), "id": id });
    if data.quirks.both {
        answer["result"] = Value::Null;
    }
    with_id(data, answer)
}

fn with_id(data: &Data, mut answer: Value) -> Value {
    if data.quirks.without_ids
        && let Some(answer) = answer.as_object_mut()
    {
        answer.remove("id");
    }
    answer
}

/// Numbers and truth values as PHP's database layer hands them out: text.
fn as_strings(value: Value) -> Value {
    match value {
        Value::Number(number) => Value::String(number.to_string()),
        Value::Array(items) => items.into_iter().map(as_strings).collect(),
        Value::Object(map) => map
            .into_iter()
            .map(|(key, value)| (key, as_strings(value)))
            .collect(),
        other => other,
    }
}
