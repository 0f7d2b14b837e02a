//! `cmdb.object.read` and `cmdb.objects.read`.

use serde_json::{Value, json};

use super::call::{Failure, limit, number};
use super::data::{Data, ObjectRow};

pub(super) fn one(data: &Data, params: &Value) -> Result<Value, Failure> {
    let id = number(params.get("id")).ok_or_else(|| Failure::parameters("id is missing"))?;
    // i-doit answers with an empty list for none.
    Ok(data.object(id).map_or_else(|| json!([]), row))
}

pub(super) fn list(data: &Data, params: &Value) -> Result<Value, Failure> {
    let (offset, count) = limit(data, params);
    let filter = params.get("filter").cloned().unwrap_or_default();
    let text = |key: &str| {
        filter
            .get(key)
            .and_then(Value::as_str)
            .map(str::to_lowercase)
    };
    let (title, sysid, email) = (text("title"), text("sysid"), text("email"));
    let ids: Option<Vec<u64>> = filter.get("ids").and_then(Value::as_array).map(|ids| {
        let ids = ids.iter();
        ids.filter_map(|id| number(Some(id))).collect()
    });
    let holds = |wanted: &Option<String>, value: &str| {
        // As the database compares: without regard to case.
        wanted.as_ref().is_none_or(|w| *w == value.to_lowercase())
    };
    let found = data.objects.iter().filter(|object| {
        holds(&title, &object.title)
            && holds(&sysid, &object.sysid)
            && holds(&email, &object.email)
            && ids.as_ref().is_none_or(|ids| ids.contains(&object.id))
    });
    Ok(found.skip(offset).take(count).map(row).collect())
}

fn row(object: &ObjectRow) -> Value {
    json!({
        "id": object.id,
        "title": object.title,
        "sysid": object.sysid,
        "type": 5,
        "type_title": "Server",
        "status": object.status,
        "cmdb_status": 6,
    })
}
