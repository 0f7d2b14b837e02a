//! The audit trail: who changed what, and when. It is only ever added to, and shortened at its old end.

use super::{Registry, RegistryError, Who, instant, millis};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, json};
use sgi_host::logbook::store::sqlite::{Database, Transaction};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

/// A longer value of a setting is cut: the trail tells what changed and is no backup.
const LONGEST_VALUE: usize = 200;

/// A longer text of a caller is cut.
const LONGEST_TEXT: usize = 2000;

/// Most that is read at once.
const LARGEST_PAGE: u32 = 1000;

/// Something that was done, or that was tried.
#[derive(Debug, Clone)]
pub struct Act<'a> {
    /// Who did it.
    pub who: &'a Who,
    /// What was done: `desk.update`, `connector.approve`, `swap` …
    pub action: &'a str,
    /// To what: a desk's name, a connector's id.
    pub subject: &'a str,
    /// What changed. Never a secret.
    pub detail: Value,
    /// Why it failed; none: it was done.
    pub failure: Option<&'a str>,
}

/// An entry of the audit trail.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Audited {
    /// Counts up; [`Registry::audit`] goes on before it.
    pub sequence: i64,
    /// When, to the millisecond.
    pub at: Timestamp,
    /// Who, as [`Who`] shows it.
    pub who: String,
    /// What was done.
    pub action: String,
    /// To what.
    pub subject: String,
    /// What changed.
    pub detail: Value,
    /// Why it failed; none: it was done.
    pub failure: Option<String>,
}

impl Registry {
    /// Adds an entry. What this registry does by itself (desks, tokens, accounts) is there already, kept
    /// together with what was done.
    pub async fn record(&self, act: Act<'_>) -> Result<(), RegistryError> {
        let mut transaction = self.database().begin().await?;
        add(self.database(), &mut transaction, act).await?;
        Ok(transaction.commit().await?)
    }

    /// Removes entries from before `since`, and adds one that tells how many went. Brings their number.
    pub async fn shorten_audit(&self, since: Timestamp, who: &Who) -> Result<u64, RegistryError> {
        let database = self.database();
        let fail = |error| database.failed(error);
        let mut transaction = database.begin().await?;
        // Where the trail begins goes only forward.
        sqlx::query("UPDATE audit_kept SET since = max(since, ?)")
            .bind(millis(since))
            .execute(transaction.connection())
            .await
            .map_err(fail)?;
        let gone = sqlx::query("DELETE FROM audit WHERE at < ?")
            .bind(millis(since))
            .execute(transaction.connection())
            .await
            .map_err(fail)?
            .rows_affected();
        if gone > 0 {
            let act = Act {
                who,
                action: "audit.shorten",
                subject: "audit",
                detail: json!({ "removed": gone, "before": since }),
                failure: None,
            };
            add(database, &mut transaction, act).await?;
        }
        transaction.commit().await?;
        Ok(gone)
    }

    /// The newest entries, newest first; `before`: those before that [`Audited::sequence`].
    pub async fn audit(
        &self,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Audited>, RegistryError> {
        let database = self.database();
        let fail = |error| database.failed(error);
        let rows = sqlx::query(
            "SELECT sequence, at, who, action, subject, detail, failure FROM audit
             WHERE sequence < ? ORDER BY sequence DESC LIMIT ?",
        )
        .bind(before.unwrap_or(i64::MAX))
        .bind(limit.min(LARGEST_PAGE))
        .fetch_all(database.readers())
        .await
        .map_err(fail)?;
        let entries: Result<_, sqlx::Error> = rows.iter().map(audited).collect();
        Ok(entries.map_err(fail)?)
    }
}

fn audited(row: &SqliteRow) -> Result<Audited, sqlx::Error> {
    let detail: String = row.try_get("detail")?;
    Ok(Audited {
        sequence: row.try_get("sequence")?,
        at: instant(row.try_get("at")?),
        who: row.try_get("who")?,
        action: row.try_get("action")?,
        subject: row.try_get("subject")?,
        detail: serde_json::from_str(&detail).unwrap_or(Value::String(detail)),
        failure: row.try_get("failure")?,
    })
}

/// Adds an entry within a transaction: kept if and only if what it tells of is.
pub(super) async fn add(
    database: &Database,
    transaction: &mut Transaction<'_>,
    act: Act<'_>,
) -> Result<(), RegistryError> {
    sqlx::query(
        "INSERT INTO audit (at, who, action, subject, detail, failure) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(millis(Timestamp::now()))
    .bind(act.who.to_string())
    .bind(cut(act.action, LONGEST_VALUE))
    .bind(cut(act.subject, LONGEST_VALUE))
    .bind(act.detail.to_string())
    .bind(act.failure.map(|failure| cut(failure, LONGEST_TEXT)))
    .execute(transaction.connection())
    .await
    .map_err(|error| database.failed(error))?;
    Ok(())
}

/// What is different between two desk tables without secrets, key by key.
pub(super) fn difference(old: &Map<String, Value>, new: &Map<String, Value>) -> Map<String, Value> {
    let (old, new) = (flat(old), flat(new));
    let keys = old.keys().chain(new.keys());
    let mut changed = Map::new();
    for key in keys {
        let (was, is) = (old.get(key), new.get(key));
        if was != is {
            let told = |value: Option<&Value>| value.map_or(Value::Null, short);
            changed.insert(key.clone(), json!({ "old": told(was), "new": told(is) }));
        }
    }
    changed
}

/// `options.queues` and the like in one table.
fn flat(table: &Map<String, Value>) -> Map<String, Value> {
    let mut flat = Map::new();
    for (key, value) in table {
        match value {
            Value::Object(below) => {
                for (name, value) in below {
                    flat.insert(format!("{key}.{name}"), value.clone());
                }
            }
            value => {
                flat.insert(key.clone(), value.clone());
            }
        }
    }
    flat
}

fn short(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::from(cut(text, LONGEST_VALUE)),
        Value::Array(elements) => elements.iter().take(20).map(short).collect(),
        value => value.clone(),
    }
}

fn cut(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_different_is_told() {
        let map = |value: Value| value.as_object().unwrap().clone();
        let old = map(json!({ "url": "a", "type": "rt", "options": { "x": 1, "y": 2 } }));
        let new = map(
            json!({ "url": "b", "type": "rt", "options": { "x": 1 }, "parallel": 3,
            "ca_certificates": ["ü".repeat(300)] }),
        );
        let told = Value::Object(difference(&old, &new));
        assert_eq!(told["url"], json!({ "old": "a", "new": "b" }));
        assert_eq!(told["options.y"], json!({ "old": 2, "new": null }));
        assert_eq!(told["parallel"], json!({ "old": null, "new": 3 }));
        assert_eq!(told.as_object().unwrap().len(), 4);
        let cut = told["ca_certificates"]["new"][0].as_str().unwrap();
        assert_eq!(cut.chars().count(), 201);
    }
}
