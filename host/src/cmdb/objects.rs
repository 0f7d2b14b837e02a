//! Which object of i-doit an entry belongs to.

use super::answer::{Answer, number};
use super::rpc::Call;
use super::{IDoit, rows};
use crate::text::one_line;
use serde_json::{Value, json};
use sgi_logbook::Entry;
use sgi_logbook::delivery::Trouble;
use std::collections::BTreeMap;

/// Objects with the same title that are looked at. More are too many in any case.
pub(super) const MOST: usize = 100;
/// What i-doit calls an object that is neither archived nor deleted.
const NORMAL: u64 = 2;

/// Why an entry belongs to no object.
#[derive(Debug, Clone)]
pub(super) struct Nowhere {
    pub(super) reason: String,
    pub(super) for_good: bool,
}

impl Nowhere {
    fn for_good(reason: String) -> Self {
        Self {
            reason,
            for_good: true,
        }
    }

    fn now(reason: String) -> Self {
        Self {
            reason,
            for_good: false,
        }
    }
}

impl IDoit {
    /// The object's id for each entry. Asks only where an object is known by an attribute.
    pub(super) async fn places(
        &self,
        entries: &[Entry],
    ) -> Result<Vec<Result<u64, Nowhere>>, Trouble> {
        let mut named: BTreeMap<(&str, &str), Result<u64, Nowhere>> = BTreeMap::new();
        let mut asked = Vec::new();
        let mut calls = Vec::new();
        for entry in entries {
            let Some(attribute) = entry.object_by.as_deref() else {
                continue;
            };
            let name = (attribute, entry.object.as_str());
            if named.contains_key(&name) {
                continue;
            }
            let refused = match call(attribute, &entry.object) {
                Ok(call) => {
                    calls.push(call);
                    asked.push(name);
                    Nowhere::now("i-doit was asked for the object and did not answer".to_owned())
                }
                Err(refused) => refused,
            };
            named.insert(name, Err(refused));
        }
        if !calls.is_empty() {
            let answers = self.rpc.call(&calls).await.map_err(|error| {
                if error.too_much() {
                    self.room.shrink(calls.len());
                }
                error.trouble()
            })?;
            for (name, answer) in asked.into_iter().zip(answers) {
                named.insert(name, chosen(name, answer)?);
            }
        }
        let place = |entry: &Entry| match entry.object_by.as_deref() {
            None => by_id(&entry.object),
            Some(attribute) => named
                .get(&(attribute, entry.object.as_str()))
                .cloned()
                .unwrap_or_else(|| by_id(&entry.object)),
        };
        Ok(entries.iter().map(place).collect())
    }
}

pub(super) fn by_id(id: &str) -> Result<u64, Nowhere> {
    // `007` and `+7` are no ids of i-doit's, though they are numbers.
    let digits = id.bytes().all(|byte| byte.is_ascii_digit()) && !id.starts_with('0');
    let number = id.parse::<u64>().ok().filter(|_| digits);
    number
        .filter(|id| i64::try_from(*id).is_ok())
        .ok_or_else(|| {
            Nowhere::for_good(format!(
                "{:?} is no id of an object in i-doit, which is a whole number from 1 on: mend the \
                 reference in the ticket",
                one_line(id, 60)
            ))
        })
}

/// Asks for the objects with this value of an attribute.
fn call(attribute: &str, value: &str) -> Result<Call, Nowhere> {
    let key = match attribute {
        "title" | "sysid" | "email" => attribute,
        other => {
            return Err(Nowhere::for_good(format!(
                "i-doit's API cannot be asked for objects by their {:?}, only by title, sysid or email: \
                 set the desk up so that it knows objects by their ids or by one of these",
                one_line(other, 60)
            )));
        }
    };
    if value.trim().is_empty() {
        return Err(Nowhere::for_good(format!("the object's {key} is empty")));
    }
    Ok(Call {
        method: "cmdb.objects.read",
        params: json!({ "filter": { key: value }, "limit": MOST }),
    })
}

/// The one object among those that i-doit found.
fn chosen(
    (attribute, value): (&str, &str),
    answer: Answer,
) -> Result<Result<u64, Nowhere>, Trouble> {
    let found = match answer {
        Answer::Result(result) => rows(result),
        Answer::Error(error) if error.of_the_set_up() => {
            return Err(Trouble::new(error.to_string()));
        }
        Answer::Error(error) => return Ok(Err(Nowhere::now(error.to_string()))),
        Answer::Unclear(reason) => return Ok(Err(Nowhere::now(reason))),
    };
    let shown = one_line(value, 60);
    let Some(found) = found else {
        return Ok(Err(Nowhere::now(
            "i-doit answered no list of objects".to_owned(),
        )));
    };
    if found.len() >= MOST {
        return Ok(Err(Nowhere::for_good(format!(
            "{MOST} objects or more in i-doit match the {attribute} {shown:?}"
        ))));
    }
    // i-doit compares as its database does: without regard to case, perhaps by parts.
    let same = |row: &&Value| match attribute {
        "email" => true,
        _ => row.get(attribute).and_then(Value::as_str) == Some(value),
    };
    let all: Vec<&Value> = found.iter().filter(same).collect();
    let normal = |row: &&&Value| number(row.get("status")) == Some(NORMAL);
    let normal: Vec<&Value> = all.iter().filter(normal).copied().collect();
    let all = if normal.len() == 1 { normal } else { all };
    Ok(match all.as_slice() {
        [one] => number(one.get("id"))
            .filter(|id| *id > 0)
            .ok_or_else(|| Nowhere::now("i-doit answered an object without an id".to_owned())),
        [] => Err(Nowhere::for_good(format!(
            "no object in i-doit has the {attribute} {shown:?}: it is gone, or is called something else"
        ))),
        several => Err(Nowhere::for_good(format!(
            "{} objects in i-doit have the {attribute} {shown:?}: only one may",
            several.len()
        ))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_whole_number_from_1_on() {
        assert_eq!(by_id("1001").unwrap(), 1001);
        for odd in [
            "",
            "0",
            "007",
            "-1",
            "+1",
            "1.0",
            "srv-1",
            "٣",
            "99999999999999999999",
        ] {
            let why = by_id(odd).unwrap_err();
            assert!(why.for_good && why.reason.contains("no id"), "{why:?}");
        }
    }

    #[test]
    fn exactly_one_object_must_have_the_title() {
        let chosen = |rows: Value| chosen(("title", "srv-1"), Answer::Result(rows)).unwrap();
        let row = |id: Value, title: &str, status: u64| json!({ "id": id, "title": title, "status": status });
        let rows = json!([row(json!("7"), "srv-1", 2), row(json!(8), "SRV-1", 2)]);
        assert_eq!(chosen(rows).unwrap(), 7);
        let archived = json!({ "a": row(json!(7), "srv-1", 3), "b": row(json!(8), "srv-1", 2) });
        assert_eq!(chosen(archived).unwrap(), 8);
        let two = json!([row(json!(7), "srv-1", 2), row(json!(8), "srv-1", 2)]);
        assert!(chosen(two).unwrap_err().reason.contains("2 objects"));
        assert!(chosen(json!([])).unwrap_err().reason.contains("no object"));
        assert!(!chosen(json!(["x"])).unwrap_err().for_good);
    }
}
