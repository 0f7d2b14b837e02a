//! What i-doit answers, none of it trusted: numbers may be text, `result` and `error` may both be there,
//! ids may be missing.

use super::Scrubber;
use crate::text::one_line;
use serde_json::Value;
use std::fmt;

/// The longest text of i-doit's that goes into a message, in characters.
const LONGEST: usize = 200;

/// The answer to one call.
#[derive(Debug, Clone)]
pub(super) enum Answer {
    /// It did it.
    Result(Value),
    /// It did not, as it says.
    Error(RpcError),
    /// Nobody can tell.
    Unclear(String),
}

/// An error of JSON-RPC.
#[derive(Debug, Clone)]
pub(super) struct RpcError {
    pub(super) code: i64,
    /// In i-doit's words: one line, not long, without our secrets.
    text: String,
}

impl RpcError {
    /// The whole API does not work as it is set up, and nothing was done: authentication, or requests
    /// that it does not understand.
    pub(super) fn of_the_set_up(&self) -> bool {
        matches!(self.code, -32604 | -32601 | -32600 | -32700)
    }

    /// The object of the call does not exist.
    pub(super) fn object_gone(&self) -> bool {
        let text = self.text.to_lowercase();
        text.contains("object") && (text.contains("not exist") || text.contains("not found"))
    }
}

impl fmt::Display for RpcError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, text } = self;
        match code {
            -32604 => write!(
                f,
                "i-doit does not let us in ({text}): check the API key (setting \"key\"), whether the \
                 API is switched on, and whether it wants a user to log in (\"username\", \"password\")"
            ),
            -32601 => write!(
                f,
                "i-doit's API does not know the method ({text}): update i-doit and its API add-on, and \
                 allow the API its commands for the logbook"
            ),
            _ => write!(f, "i-doit answered the error {code}: {text}"),
        }
    }
}

/// The answers to `count` calls whose ids count up from 1, or the error that stands for all.
pub(super) fn answers(
    body: Value,
    count: usize,
    scrubber: &Scrubber,
) -> Result<Vec<Answer>, RpcError> {
    let mut found: Vec<Value> = match body {
        Value::Array(answers) => answers,
        one => vec![one],
    };
    let errors: Vec<Option<RpcError>> = found.iter().map(|a| error(a, scrubber)).collect();
    if let Some(Some(first)) = errors.first()
        && errors
            .iter()
            .flatten()
            .filter(|e| e.of_the_set_up())
            .count()
            == found.len()
    {
        return Err(first.clone());
    }
    // An error of the whole batch, whose id is null.
    if let [Some(whole)] = errors.as_slice()
        && count > 1
    {
        return Err(whole.clone());
    }
    if count == 1
        && let [one] = found.as_mut_slice()
        && let Some(one) = one.as_object_mut()
        && one.get("id").is_none_or(Value::is_null)
    {
        // There is only one call that it can be the answer to.
        one.insert("id".to_owned(), Value::from(1));
    }
    let unclear = || Answer::Unclear("i-doit answered others than this call".to_owned());
    let mut answers: Vec<Option<Answer>> = vec![None; count];
    for (answer, error) in found.into_iter().zip(errors) {
        let id = number(answer.get("id")).and_then(|id| usize::try_from(id).ok());
        let Some(place) = id.and_then(|id| answers.get_mut(id.checked_sub(1)?)) else {
            continue;
        };
        *place = Some(match place {
            Some(_) => Answer::Unclear("i-doit answered the call twice".to_owned()),
            None => judge(answer, error),
        });
    }
    let all = answers.into_iter();
    Ok(all.map(|answer| answer.unwrap_or_else(unclear)).collect())
}

fn judge(mut answer: Value, error: Option<RpcError>) -> Answer {
    let result = answer.get_mut("result").map(Value::take);
    let result = result.filter(|result| !result.is_null());
    match (result, error) {
        (Some(result), None) => Answer::Result(result),
        (None, Some(error)) => Answer::Error(error),
        // What says of itself that it was no success contradicts nothing.
        (Some(result), Some(error)) if !is_true(result.get("success")) => Answer::Error(error),
        (Some(_), Some(error)) => {
            Answer::Unclear(format!("i-doit answered a result and an error: {error}"))
        }
        (None, None) => Answer::Unclear("i-doit answered neither result nor error".to_owned()),
    }
}

fn error(answer: &Value, scrubber: &Scrubber) -> Option<RpcError> {
    let error = answer.get("error").filter(|error| !error.is_null())?;
    let code = error.get("code").and_then(integer).unwrap_or(0);
    let message = error.get("message").and_then(Value::as_str);
    let detail = error.get("data").and_then(|data| data.get("error"));
    let detail = detail.and_then(Value::as_str);
    let text = [message, detail]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(": ");
    // Cut before it is searched, too: whoever answers decides how long it is.
    let text: String = text.chars().take(10 * LONGEST).collect();
    Some(RpcError {
        code,
        text: one_line(&scrubber.text(&text), LONGEST),
    })
}

fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// A number that is none below zero, or text that is one.
pub(super) fn number(value: Option<&Value>) -> Option<u64> {
    value.and_then(integer).and_then(|n| u64::try_from(n).ok())
}

/// As PHP writes what is true.
pub(super) fn is_true(value: Option<&Value>) -> bool {
    match value {
        Some(Value::Bool(truth)) => *truth,
        Some(Value::Number(number)) => number.as_i64() == Some(1),
        Some(Value::String(text)) => text == "1" || text.eq_ignore_ascii_case("true"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(body: Value, count: usize) -> Result<Vec<Answer>, RpcError> {
        answers(body, count, &Scrubber::new("", ["secret-key-1".into()]))
    }

    #[test]
    fn answers_belong_to_their_calls_whatever_the_order_and_type_of_ids() {
        let body = json!([{ "id": "2", "result": 20 }, { "id": 1, "result": 10, "error": null }]);
        let all = read(body, 3).unwrap();
        assert!(matches!(&all[0], Answer::Result(v) if *v == 10));
        assert!(matches!(&all[1], Answer::Result(v) if *v == 20));
        assert!(matches!(&all[2], Answer::Unclear(_)));
    }

    #[test]
    fn without_an_id_only_a_single_answer_can_be_believed() {
        let one = read(json!({ "result": 1 }), 1).unwrap();
        assert!(matches!(one[0], Answer::Result(_)));
        let two = read(json!([{ "result": 1 }, { "result": 1 }]), 2).unwrap();
        assert!(two.iter().all(|a| matches!(a, Answer::Unclear(_))));
        let twice = read(
            json!([{ "id": 1, "result": 1 }, { "id": 1, "result": 1 }]),
            1,
        )
        .unwrap();
        assert!(matches!(twice[0], Answer::Unclear(_)));
        for odd in [
            json!(null),
            json!("x"),
            json!([]),
            json!([[]]),
            json!({ "id": -1 }),
        ] {
            let read = read(odd, 1).unwrap();
            assert!(matches!(read[0], Answer::Unclear(_)));
        }
    }

    #[test]
    fn result_and_error_together_are_no_success_and_no_failure() {
        let error = json!({ "code": "-32099", "message": "m", "data": { "error": "d" } });
        let both = json!({ "id": 1, "result": { "success": true }, "error": error });
        assert!(matches!(read(both, 1).unwrap()[0], Answer::Unclear(_)));
        let older = json!({ "id": 1, "result": null, "error": error });
        let older = read(older, 1).unwrap();
        assert!(matches!(&older[0], Answer::Error(e) if e.code == -32099 && e.text == "m: d"));
    }

    #[test]
    fn what_is_wrong_with_the_set_up_is_told_once_and_without_the_key() {
        let error = json!({ "code": -32604, "message": "no: secret-key-1\n<html>" });
        let body = json!([{ "id": 1, "error": error }, { "id": null, "error": error }]);
        let told = read(body, 2).unwrap_err();
        assert!(told.of_the_set_up());
        let told = told.to_string();
        assert!(
            told.contains("setting \"key\"") && !told.contains("secret-key-1"),
            "{told}"
        );
        assert!(!told.contains('\n'));
    }
}
