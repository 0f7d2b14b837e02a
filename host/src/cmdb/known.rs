//! What i-doit knows of objects, for whoever shows them.

use super::answer::{Answer, number};
use super::objects::{MOST, by_id};
use super::rpc::Call;
use super::{IDoit, rows};
use crate::model::Object;
use serde_json::{Value, json};
use sgi_logbook::delivery::Trouble;

/// Objects that are asked for at once: as many as i-doit itself gives.
const AT_ONCE: usize = 1000;

impl IDoit {
    /// What it knows of objects with these ids: title, type, system id, and the address of their pages. Those
    /// that it does not know are missing.
    ///
    /// # Errors
    /// It did not answer, or refused.
    pub async fn known(&self, ids: &[String]) -> Result<Vec<Object>, Trouble> {
        let ids: Vec<u64> = ids.iter().filter_map(|id| by_id(id).ok()).collect();
        let mut known = Vec::new();
        for some in ids.chunks(AT_ONCE) {
            let call = match some {
                [one] => Call {
                    method: "cmdb.object.read",
                    params: json!({ "id": one }),
                },
                several => Call {
                    method: "cmdb.objects.read",
                    params: json!({ "filter": { "ids": several }, "limit": AT_ONCE }),
                },
            };
            let found = self.read(call).await?.into_iter();
            known.extend(found.filter(|object| {
                let asked = object.id.parse().is_ok_and(|id| some.contains(&id));
                if !asked {
                    tracing::warn!("i-doit answered an object that it was not asked for");
                }
                asked
            }));
        }
        Ok(known)
    }

    /// Objects with this title, as i-doit compares titles; no more than a hundred.
    ///
    /// # Errors
    /// It did not answer, or refused.
    pub async fn titled(&self, title: &str) -> Result<Vec<Object>, Trouble> {
        let call = Call {
            method: "cmdb.objects.read",
            params: json!({ "filter": { "title": title }, "limit": MOST }),
        };
        let mut found = self.read(call).await?;
        found.truncate(MOST);
        Ok(found)
    }

    async fn read(&self, call: Call) -> Result<Vec<Object>, Trouble> {
        let answers = self.rpc.call(&[call]).await;
        let answer = answers.map_err(super::CallError::trouble)?.pop();
        match answer {
            Some(Answer::Result(result)) => {
                let Some(rows) = objects(result) else {
                    return Err(Trouble::new("i-doit answered no objects"));
                };
                Ok(rows.iter().filter_map(|row| self.object(row)).collect())
            }
            Some(Answer::Error(error)) if error.object_gone() => Ok(Vec::new()),
            Some(Answer::Error(error)) => Err(Trouble::new(error.to_string())),
            Some(Answer::Unclear(reason)) => Err(Trouble::new(reason)),
            None => Err(Trouble::new("i-doit did not answer")),
        }
    }

    fn object(&self, row: &Value) -> Option<Object> {
        let id = number(row.get("id")).filter(|id| *id > 0)?;
        let text = |key: &str| {
            let text = row.get(key).and_then(Value::as_str)?;
            Some(text.to_owned()).filter(|text| !text.trim().is_empty())
        };
        let mut object = Object::new(id.to_string());
        object.title = text("title");
        object.kind = text("type_title");
        object.url = Some(self.rpc.page(id));
        object
            .attributes
            .extend(text("sysid").map(|sysid| ("sysid".to_owned(), sysid)));
        Some(object)
    }
}

/// The rows of an answer about one object or several; none: it is neither.
fn objects(result: Value) -> Option<Vec<Value>> {
    match result {
        Value::Object(row) if row.contains_key("id") => Some(vec![Value::Object(row)]),
        several => rows(several),
    }
}
