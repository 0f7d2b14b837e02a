//! `cmdb.logbook.create` and `cmdb.logbook.read`.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use serde_json::{Value, json};

use super::call::{Failure, limit, number};
use super::data::Data;

/// The room of the database's column for the event.
const LONGEST_EVENT: usize = 255;

pub(super) fn create(data: &mut Data, params: &Value) -> Result<Value, Failure> {
    let object = object(data, params)?;
    let text = |key: &str| {
        let value = params.get(key).and_then(Value::as_str);
        value.unwrap_or_default().to_owned()
    };
    let message = text("message");
    if message.is_empty() {
        return Err(Failure::parameters("Message is empty"));
    }
    if message.chars().count() > LONGEST_EVENT {
        return Err(Failure::system("Data too long for column 'event'"));
    }
    if !text("source").starts_with("C__LOGBOOK_SOURCE__") {
        return Err(Failure::parameters("source must be a constant"));
    }
    let level = match params.get("alert_level") {
        None => 0,
        Some(Value::Number(level)) => level.as_u64().filter(|level| *level < 4).unwrap_or(0),
        Some(_) => return Err(Failure::parameters("alert_level must be an integer")),
    };
    let (description, comment, source) = (text("description"), text("comment"), text("source"));
    let entry = data.log(object, message.clone());
    entry.description = description;
    entry.comment = comment;
    entry.source = source;
    entry.level = level;
    let id = entry.id;
    if data.quirks.error_after_creating {
        return Err(Failure::system("Undefined index: user"));
    }
    Ok(json!({ "success": true, "id": id, "message": "Logbook entry created" }))
}

pub(super) fn read(data: &Data, params: &Value) -> Result<Value, Failure> {
    let object = match params.get("object_id") {
        None => None,
        Some(_) => Some(object(data, params)?),
    };
    let (offset, count) = limit(data, params);
    let zone = zone(data);
    let since = match params.get("since").and_then(Value::as_str) {
        None => None,
        Some(text) => {
            let civil: DateTime = text
                .parse()
                .map_err(|_| Failure::parameters("since is no date"))?;
            let instant = zone.to_timestamp(civil);
            Some(instant.map_err(|_| Failure::parameters("since is no date"))?)
        }
    };
    // Newest first, as the logbook is shown.
    let rows = data.logbook.iter().rev().filter(|entry| {
        object.is_none_or(|object| entry.object == object)
            && since.is_none_or(|since| entry.date >= since)
    });
    let row = |entry: &super::LogEntry| {
        let title = data.object(entry.object).map(|object| object.title.clone());
        json!({
            "logbook_id": entry.id,
            "comment": entry.comment,
            "description": entry.description,
            "changes": [],
            "date": date(&zone, entry.date),
            "username": "Api System",
            "event": entry.event,
            "object_id": entry.object,
            "object_title": title,
            "source": entry.source,
            "source_constant": entry.source,
            "level_id": entry.level,
        })
    };
    Ok(rows.skip(offset).take(count).map(row).collect())
}

fn object(data: &Data, params: &Value) -> Result<u64, Failure> {
    let id = number(params.get("object_id")).filter(|id| *id > 0);
    let id = id.ok_or_else(|| Failure::parameters("Object id is missing or invalid"))?;
    match data.object(id) {
        Some(_) => Ok(id),
        None if data.quirks.gone_is_system_error => {
            Err(Failure::system("Object does not exist in the CMDB"))
        }
        None => Err(Failure::parameters("Object does not exist")),
    }
}

fn zone(data: &Data) -> TimeZone {
    let seconds = data.quirks.hours_before_utc * -3600;
    let offset = i32::try_from(seconds).expect("a few hours");
    TimeZone::fixed(Offset::from_seconds(offset).expect("a few hours"))
}

fn date(zone: &TimeZone, at: Timestamp) -> String {
    zone.to_datetime(at)
        .strftime("%Y-%m-%d %H:%M:%S")
        .to_string()
}
