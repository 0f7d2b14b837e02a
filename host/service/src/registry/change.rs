//! Making, changing and removing desks: prepared first, so that the new settings can be tried, then kept.

use super::audit::{self, Act};
use super::desks::{PASSWORD, PROXY, about, opened};
use super::key::{Key, KeyFile};
use super::seal::{self, Sealed};
use super::{Registry, RegistryError, StoredDesk, Who, millis};
use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::{Map, Value, json};
use sgi_host::DeskSettings;
use sgi_host::config::{DeskEntry, DeskSecrets};
use sgi_host::logbook::store::sqlite::Transaction;
use std::collections::BTreeMap;

/// What is to become of a desk's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// A desk that is not there yet.
    Create,
    /// Another table for a desk that is there: if its revision is still this one, where one is given.
    Update(Option<i64>),
    /// Either.
    Replace,
}

/// A desk's new table, checked and not yet kept.
pub struct Change {
    entry: DeskEntry,
    /// The desk as it is; none: there is none.
    before: Option<StoredDesk>,
    /// Secrets that go on from there.
    kept: BTreeMap<&'static str, Sealed>,
    key: KeyFile,
}

impl Change {
    /// The desk's name.
    pub fn name(&self) -> &str {
        self.entry.name()
    }

    /// Whether the desk is to be active. What is inactive may have settings that are wrong.
    pub fn active(&self) -> bool {
        self.entry.active()
    }

    /// Whether the connector is to be that for Request Tracker.
    pub fn is_rt(&self) -> bool {
        self.entry.is_rt()
    }

    /// The desk as it is up to now; none: there is none.
    pub fn before(&self) -> Option<&StoredDesk> {
        self.before.as_ref()
    }

    /// The settings that the desk will have, with their secrets: to try them before they are kept.
    ///
    /// # Errors
    /// They are wrong, which only an inactive desk's can be, or the key cannot be used.
    pub fn settings(&self) -> Result<DeskSettings, RegistryError> {
        let secrets = self.kept_secrets()?;
        Ok(self.entry.clone().with_secrets(secrets).settings()?)
    }

    /// The new table, without secrets.
    pub(super) fn written(&self) -> &Map<String, Value> {
        self.entry.written()
    }

    fn kept_secrets(&self) -> Result<DeskSecrets, RegistryError> {
        match &self.before {
            Some(before) => opened(&self.key, &before.name, before.written(), &self.kept),
            None => Ok(DeskSecrets::default()),
        }
    }
}

impl Registry {
    /// Checks a desk's new table: JSON with the keys of `[desks.NAME]` in `sgi.toml`, and all of them, not
    /// only those that change. A password that is left out stays as it is, unless what changes decides
    /// where it is sent ([`DeskEntry::destination`]); so do user and password of a proxy whose address stays.
    /// Nothing is kept yet.
    ///
    /// # Errors
    /// The table is wrong ([`RegistryError::Invalid`], with the keys), the password is needed again, or
    /// there is such a desk already, or none, or another revision of it.
    pub async fn prepare(
        &self,
        name: &str,
        table: Map<String, Value>,
        put: Put,
    ) -> Result<Change, RegistryError> {
        self.prepare_entry(DeskEntry::from_json(name, table)?, put)
            .await
    }

    /// The same for a desk that was read already and names no files ([`DeskEntry::on_its_own`]).
    pub async fn prepare_entry(&self, entry: DeskEntry, put: Put) -> Result<Change, RegistryError> {
        let name = entry.name();
        let before = self.desk(name).await?;
        match (put, &before) {
            (Put::Create, Some(_)) => {
                return Err(RegistryError::Exists {
                    what: "a desk",
                    name: name.to_owned(),
                });
            }
            (Put::Update(_), None) => return Err(unknown(name)),
            (Put::Update(Some(expected)), Some(before)) if before.revision != expected => {
                return Err(RegistryError::Conflict {
                    desk: name.to_owned(),
                    found: Some(before.revision),
                });
            }
            _ => {}
        }
        let kept = match &before {
            Some(before) => kept(before, &entry)?,
            None => BTreeMap::new(),
        };
        if entry.active() {
            // In place of a secret that is kept: it was checked when it was given.
            let known = DeskSecrets {
                password: kept.get(PASSWORD).map(|_| SecretString::from("kept")),
                proxy: None,
            };
            entry.clone().with_secrets(known).settings()?;
        }
        Ok(Change {
            entry,
            before,
            kept,
            key: self.key().clone(),
        })
    }

    /// Keeps a change. The desk is as the change found it, or nothing is done. Where another system is to stand
    /// behind its name, whoever calls this looks at the old one for the last time ([`Self::leaving`]).
    ///
    /// # Errors
    /// Somebody else changed the desk since ([`RegistryError::Conflict`], [`RegistryError::Exists`]), or
    /// its secrets cannot be sealed.
    pub async fn commit(&self, change: Change, who: &Who) -> Result<StoredDesk, RegistryError> {
        let name = change.name().to_owned();
        let mut transaction = self.database().begin().await?;
        self.leave(&mut transaction, &change).await?;
        let revision = self.put(&mut transaction, &change, who).await?;
        self.keep_leaving(&mut transaction, &change, revision)
            .await?;
        transaction.commit().await?;
        // Somebody may have removed it since.
        self.desk(&name).await?.ok_or_else(|| unknown(&name))
    }

    /// Keeps several changes, or none of them. Nobody looks at what they replace.
    ///
    /// # Errors
    /// As [`Self::commit`].
    pub async fn commit_all(&self, changes: Vec<Change>, who: &Who) -> Result<(), RegistryError> {
        let mut transaction = self.database().begin().await?;
        // First what goes: the old key may go with it.
        for change in &changes {
            self.leave(&mut transaction, change).await?;
        }
        for change in &changes {
            self.put(&mut transaction, change, who).await?;
        }
        Ok(transaction.commit().await?)
    }

    /// Removes a desk: if its revision is still this one, where one is given. What the logbook has of it
    /// stays.
    ///
    /// # Errors
    /// There is no such desk, or another revision of it.
    pub async fn remove_desk(
        &self,
        name: &str,
        expected: Option<i64>,
        who: &Who,
    ) -> Result<(), RegistryError> {
        let mut transaction = self.database().begin().await?;
        match (self.revision_of(&mut transaction, name).await?, expected) {
            (None, _) => return Err(unknown(name)),
            (Some(found), Some(expected)) if found != expected => {
                return Err(RegistryError::Conflict {
                    desk: name.to_owned(),
                    found: Some(found),
                });
            }
            _ => {}
        }
        self.next_revision(&mut transaction).await?;
        sqlx::query("DELETE FROM desk WHERE name = ?")
            .bind(name)
            .execute(transaction.connection())
            .await
            .map_err(|error| self.database().failed(error))?;
        let act = Act {
            who,
            action: "desk.remove",
            subject: name,
            detail: json!({}),
            failure: None,
        };
        audit::add(self.database(), &mut transaction, act).await?;
        Ok(transaction.commit().await?)
    }

    /// Takes out the secrets of a desk that is to be changed, if it is as the change found it.
    async fn leave(
        &self,
        transaction: &mut Transaction<'_>,
        change: &Change,
    ) -> Result<(), RegistryError> {
        let name = change.name();
        let expected = change.before.as_ref().map(|before| before.revision);
        let found = self.revision_of(transaction, name).await?;
        match (expected, found) {
            (None, Some(_)) => {
                return Err(RegistryError::Exists {
                    what: "a desk",
                    name: name.to_owned(),
                });
            }
            (expected, found) if expected != found => {
                return Err(RegistryError::Conflict {
                    desk: name.to_owned(),
                    found,
                });
            }
            _ => {}
        }
        sqlx::query("DELETE FROM secret WHERE desk = ?")
            .bind(name)
            .execute(transaction.connection())
            .await
            .map_err(|error| self.database().failed(error))?;
        Ok(())
    }

    async fn put(
        &self,
        transaction: &mut Transaction<'_>,
        change: &Change,
        who: &Who,
    ) -> Result<i64, RegistryError> {
        let database = self.database();
        let fail = |error| database.failed(error);
        let (name, written) = (change.name(), change.entry.written());
        let revision = self.next_revision(transaction).await?;
        sqlx::query(
            "INSERT INTO desk (name, revision, settings, changed, changed_by) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (name) DO UPDATE SET revision = excluded.revision,
                 settings = excluded.settings, changed = excluded.changed,
                 changed_by = excluded.changed_by",
        )
        .bind(name)
        .bind(revision)
        .bind(Value::Object(written.clone()).to_string())
        .bind(millis(Timestamp::now()))
        .bind(who.to_string())
        .execute(transaction.connection())
        .await
        .map_err(fail)?;
        for (field, sealed) in self.sealed(transaction, change).await? {
            sqlx::query(
                "INSERT INTO secret (desk, field, key, nonce, sealed) VALUES (?, ?, ?, ?, ?)",
            )
            .bind(name)
            .bind(field)
            .bind(sealed.key)
            .bind(sealed.nonce)
            .bind(sealed.bytes)
            .execute(transaction.connection())
            .await
            .map_err(fail)?;
        }
        let act = Act {
            who,
            action: match change.before {
                Some(_) => "desk.update",
                None => "desk.create",
            },
            subject: name,
            detail: json!({ "revision": revision, "changed": changed(change) }),
            failure: None,
        };
        audit::add(database, transaction, act).await?;
        Ok(revision)
    }

    /// The secrets of the new table: those that are given, and those that go on.
    async fn sealed(
        &self,
        transaction: &mut Transaction<'_>,
        change: &Change,
    ) -> Result<Vec<(&'static str, Sealed)>, RegistryError> {
        let (name, written) = (change.name(), change.entry.written());
        let mut open = given(change);
        let mut done = Vec::new();
        for (field, sealed) in &change.kept {
            let before = change.before.as_ref().map(StoredDesk::written);
            if before.is_some_and(|old| about(name, field, old) == about(name, field, written)) {
                done.push((*field, sealed.clone()));
            } else {
                // Only the spelling of what it is for has changed.
                let kept = change.kept_secrets()?;
                let secret = match *field {
                    PROXY => kept.proxy,
                    _ => kept.password,
                };
                open.extend(secret.map(|secret| (*field, secret)));
            }
        }
        if open.is_empty() {
            return Ok(done);
        }
        let mut others = self.keys_in_use(transaction).await?;
        others.extend(done.iter().map(|(_, sealed)| sealed.key.clone()));
        let key = self.key_for(&others)?;
        for (field, secret) in open {
            let sealed = seal::seal(&key, &about(name, field, written), &secret)?;
            done.push((field, sealed));
        }
        Ok(done)
    }

    /// The key to seal with. All that is sealed has the same one.
    fn key_for(&self, in_use: &[Vec<u8>]) -> Result<Key, RegistryError> {
        let place = self.key().path().display();
        let lost = |what: &str| {
            RegistryError::Key(format!(
                "nothing can be sealed: {what}, and passwords of other desks are sealed with the old one; \
                 put that back at {place} (from a backup). If it is lost for good, remove those desks, and \
                 make them again"
            ))
        };
        match self.key().read()? {
            Some(key) if in_use.iter().all(|used| *used == key.id()) => Ok(key),
            Some(_) => Err(lost(&format!("{place} holds another key"))),
            None if in_use.is_empty() => self.key().create(),
            None => Err(lost(&format!("the key {place} is gone"))),
        }
    }

    /// Makes the key, unless something is sealed with one that is gone.
    pub(super) async fn new_key(&self) -> Result<Key, RegistryError> {
        // Nobody else makes one meanwhile.
        let mut transaction = self.database().begin().await?;
        let in_use = self.keys_in_use(&mut transaction).await?;
        self.key_for(&in_use)
    }

    async fn keys_in_use(
        &self,
        transaction: &mut Transaction<'_>,
    ) -> Result<Vec<Vec<u8>>, RegistryError> {
        let keys = sqlx::query_scalar("SELECT DISTINCT key FROM secret")
            .fetch_all(transaction.connection())
            .await;
        Ok(keys.map_err(|error| self.database().failed(error))?)
    }

    async fn revision_of(
        &self,
        transaction: &mut Transaction<'_>,
        name: &str,
    ) -> Result<Option<i64>, RegistryError> {
        let found = sqlx::query_scalar("SELECT revision FROM desk WHERE name = ?")
            .bind(name)
            .fetch_optional(transaction.connection())
            .await;
        Ok(found.map_err(|error| self.database().failed(error))?)
    }

    async fn next_revision(&self, transaction: &mut Transaction<'_>) -> Result<i64, RegistryError> {
        let next =
            sqlx::query_scalar("UPDATE state SET revision = revision + 1 RETURNING revision")
                .fetch_one(transaction.connection())
                .await;
        Ok(next.map_err(|error| self.database().failed(error))?)
    }
}

fn unknown(name: &str) -> RegistryError {
    RegistryError::Unknown {
        what: "desk",
        name: name.to_owned(),
    }
}

/// The secrets that are given with the new table.
fn given(change: &Change) -> Vec<(&'static str, SecretString)> {
    let DeskSecrets { password, proxy } = change.entry.secrets();
    let both = [(PASSWORD, password), (PROXY, proxy)];
    both.into_iter()
        .filter_map(|(field, secret)| Some((field, secret?)))
        .collect()
}

/// Which of a desk's secrets go on under its new table.
fn kept(
    before: &StoredDesk,
    entry: &DeskEntry,
) -> Result<BTreeMap<&'static str, Sealed>, RegistryError> {
    let given = entry.secrets();
    let mut kept = before.sealed.clone();
    if given.password.is_some() {
        kept.remove(PASSWORD);
    }
    if given.proxy.is_some() || entry.written().get(PROXY) != before.written().get(PROXY) {
        kept.remove(PROXY);
    }
    if kept.contains_key(PASSWORD) {
        // Of a table that cannot be read nobody knows where it led.
        let old = before.entry.as_ref().ok().map(DeskEntry::destination);
        let new = entry.destination();
        let changed: Vec<&'static str> = match old {
            Some(old) => old
                .iter()
                .zip(&new)
                .filter(|(old, new)| old != new)
                .map(|(_, (key, _))| *key)
                .collect(),
            None => new.iter().map(|(key, _)| *key).collect(),
        };
        if !changed.is_empty() {
            return Err(RegistryError::PasswordNeeded {
                desk: before.name.clone(),
                changed,
            });
        }
    }
    Ok(kept)
}

/// What changes, for the audit trail.
fn changed(change: &Change) -> Map<String, Value> {
    let nothing = Map::new();
    let before = change.before.as_ref();
    let old = before.map_or(&nothing, StoredDesk::written);
    let mut changed = audit::difference(old, change.entry.written());
    let given: Vec<_> = given(change).into_iter().map(|(field, _)| field).collect();
    for field in [PASSWORD, PROXY] {
        let was = before.is_some_and(|before| before.sealed.contains_key(field));
        let goes_on = change.kept.contains_key(field);
        let what = match (given.contains(&field), was) {
            (true, true) => "another one",
            (true, false) => "set",
            (false, true) if !goes_on => "removed",
            _ => continue,
        };
        let key = match field {
            PROXY => "proxy password",
            field => field,
        };
        changed.insert(key.to_owned(), Value::from(what));
    }
    changed
}
