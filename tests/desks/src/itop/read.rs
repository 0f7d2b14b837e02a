//! `core/get`, and finding objects by the keys that all operations take.

use serde_json::Value;

use super::data::{Data, Row};
use super::fields::{From, Shown};
use super::json::Json;
use super::model::Kind;
use super::oql;
use super::rest::{Answer, Failure, class, mandatory, permit};
use super::rights::{Action, User};
use super::text;

pub(super) fn get(data: &Data, user: &User, params: &Value) -> Answer {
    let class = class(data, params)?;
    let key = mandatory(params, "key")?;
    let shown = Shown::read(data, &class, params)?;
    permit(data, user, Action::Reading, &class)?;
    let limit = whole(params.get("limit"), 0);
    let page = whole(params.get("page"), 1);
    if page < 1 {
        let text = "The request page number is not valid. It must be an integer greater than 0";
        return Err(Failure::Refused(13, text.to_owned()));
    }
    let (target, rows) = find(data, &class, key)?;
    permit(data, user, Action::Reading, &target)?;
    shown.check(data, &target)?;
    let (skip, take) = match usize::try_from(limit) {
        Ok(limit) if limit > 0 => {
            let page = usize::try_from(page).unwrap_or(1);
            (limit.saturating_mul(page - 1), limit)
        }
        _ => (0, usize::MAX),
    };
    let objects: Vec<(String, Json)> = rows
        .iter()
        .skip(skip)
        .take(take)
        .map(|row| shown.object(data, row, "", From::Database))
        .collect();
    Ok(Json::map([
        ("code", Json::Number(0)),
        ("message", Json::text(format!("Found: {}", rows.len()))),
        (
            "objects",
            if objects.is_empty() {
                Json::Null
            } else {
                Json::Map(objects)
            },
        ),
    ]))
}

/// A whole number as PHP reads it: texts will do.
fn whole(value: Option<&Value>, default: i64) -> i64 {
    match value {
        None | Some(Value::Null) => default,
        Some(Value::String(text)) => text.trim().parse().unwrap_or(0),
        Some(value) => value.as_i64().unwrap_or(0),
    }
}

/// The id in a key, if it is one: a number or a text of digits.
fn as_id(key: &Value) -> Option<u64> {
    match key {
        Value::String(text) => text.trim().parse().ok(),
        value => value.as_u64(),
    }
}

/// The objects with a key: an id, a query, or an object with values for attributes. Gives the class
/// that the search went for, which a query may change.
pub(super) fn find<'a>(
    data: &'a Data,
    class: &str,
    key: &Value,
) -> Result<(String, Vec<&'a Row>), Failure> {
    modelled(data, class)?;
    if let Some(id) = as_id(key) {
        return Ok((class.to_owned(), data.row(class, id).into_iter().collect()));
    }
    match key {
        Value::String(query) if query.is_empty() => Err(Failure::Crash),
        Value::String(query) => {
            let failure = |error| Failure::of_query(&error, query);
            let found = oql::parse(query)
                .map_err(failure)?
                .run(data, query)
                .map_err(failure)?;
            modelled(data, &found.class)?;
            Ok((found.class, found.rows))
        }
        Value::Object(criteria) => {
            let mut rows: Vec<&Row> = Vec::new();
            let mut wanted = Vec::new();
            for (code, value) in criteria {
                wanted.push((code, criterion(data, class, code, value)?));
            }
            let root = data.class(class).root.clone();
            for row in data
                .tables
                .get(&root)
                .into_iter()
                .flat_map(|table| table.values())
            {
                let equal = |(code, value): &(&String, String)| {
                    text::compare(&data.get(row, code), value).is_eq()
                };
                if data.model.is_a(&row.class, class) && wanted.iter().all(equal) {
                    rows.push(row);
                }
            }
            Ok((class.to_owned(), oql::ordered(data, class, rows)))
        }
        _ => Err(Failure::error("Wrong format for key")),
    }
}

/// Of other classes the desk knows no objects; "none found" would be a lie.
pub(super) fn modelled(data: &Data, class: &str) -> Result<(), Failure> {
    if data.class(class).modelled {
        return Ok(());
    }
    Err(Failure::NotModelled(format!("the class {class}")))
}

fn criterion(data: &Data, class: &str, code: &str, value: &Value) -> Result<String, Failure> {
    let Some(attribute) = data.class(class).attribute(code) else {
        return Err(Failure::error(format!("{code}: Unknown attribute")));
    };
    match &attribute.kind {
        Kind::Key(target) => {
            let id = reference(data, target, value);
            id.map(|id| id.to_string())
                .map_err(|failure| within(code, failure))
        }
        _ => Ok(scalar(value)),
    }
}

/// A value as text.
pub(super) fn scalar(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Puts the attribute before the text of an error.
pub(super) fn within(code: &str, failure: Failure) -> Failure {
    match failure {
        Failure::Error(number, text) => Failure::Error(number, format!("{code}: {text}")),
        other => other,
    }
}

/// The one object of a class that a key means, which must be there.
pub(super) fn object(data: &Data, class: &str, key: &Value) -> Result<u64, Failure> {
    match reference(data, class, key)? {
        0 => Err(Failure::error(format!("Invalid object {class}::0"))),
        id => Ok(id),
    }
}

/// The one object of a class that a key means; 0 is none.
pub(super) fn reference(data: &Data, class: &str, key: &Value) -> Result<u64, Failure> {
    if let Some(id) = as_id(key) {
        return match data.row(class, id) {
            Some(_) => Ok(id),
            None if id == 0 => Ok(0),
            None => Err(Failure::error(format!("Invalid object {class}::{id}"))),
        };
    }
    let (_, rows) = find(data, class, key)?;
    let how = match key {
        Value::Object(criteria) => {
            let pair = |(code, value): (&String, &Value)| {
                let value = scalar(value);
                format!("{code}: {value} ({value})")
            };
            format!(
                "with criteria: {}",
                criteria.iter().map(pair).collect::<Vec<_>>().join(", ")
            )
        }
        query => format!("for query: {}", scalar(query)),
    };
    match rows.as_slice() {
        [row] if data.model.is_a(&row.class, class) => Ok(row.id),
        [row] => Err(Failure::error(format!(
            "Invalid object {class}::{}",
            row.id
        ))),
        [] => Err(Failure::error(format!("No item found {how}"))),
        rows => Err(Failure::error(format!(
            "Several items found ({}) {how}",
            rows.len()
        ))),
    }
}
