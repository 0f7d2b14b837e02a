//! Desks that were made through the service, as the database has them.

use super::key::KeyFile;
use super::seal::{self, About, Sealed};
use super::{Registry, RegistryError, instant};
use jiff::Timestamp;
use serde_json::{Map, Value};
use sgi_host::DeskSettings;
use sgi_host::config::{ConfigError, ConfigProblem, DeskEntry, DeskSecrets};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use std::collections::BTreeMap;

/// The fields of a desk that are secret.
pub(super) const PASSWORD: &str = "password";
pub(super) const PROXY: &str = "proxy";

/// A desk that was made through the service. Holds its secrets sealed.
#[derive(Debug, Clone)]
pub struct StoredDesk {
    /// Its name.
    pub name: String,
    /// Another one after each change, and never the same twice.
    pub revision: i64,
    /// When it was made or last changed, to the millisecond.
    pub changed: Timestamp,
    /// By whom ([`super::Who`]).
    pub changed_by: String,
    /// Its table, without secrets; or why it cannot be read, such as a key that this version does not
    /// know.
    pub entry: Result<DeskEntry, ConfigError>,
    pub(super) settings: Map<String, Value>,
    pub(super) sealed: BTreeMap<&'static str, Sealed>,
    key: KeyFile,
}

impl StoredDesk {
    /// Its table as JSON, without secrets.
    pub fn written(&self) -> &Map<String, Value> {
        &self.settings
    }

    /// Which secrets are kept for it: "password", "proxy" (where its address holds a password).
    pub fn secrets(&self) -> impl Iterator<Item = &'static str> {
        self.sealed.keys().copied()
    }

    /// When false, nothing is asked. One that cannot be read counts as active: that must not go unseen.
    pub fn active(&self) -> bool {
        self.entry.as_ref().map_or(true, DeskEntry::active)
    }

    /// The settings with their secrets, for the host.
    ///
    /// # Errors
    /// The settings are wrong, or the key cannot be used.
    pub fn settings(&self) -> Result<DeskSettings, RegistryError> {
        Ok(self.with_secrets()?.settings()?)
    }

    /// The table with its secrets, for what writes them out.
    ///
    /// # Errors
    /// The table cannot be read, or the key cannot be used.
    pub fn with_secrets(&self) -> Result<DeskEntry, RegistryError> {
        let entry = self.entry.clone()?;
        let secrets = opened(&self.key, &self.name, &self.settings, &self.sealed)?;
        Ok(entry.with_secrets(secrets))
    }
}

/// Opens what is sealed for a desk with these settings.
pub(super) fn opened(
    key: &KeyFile,
    desk: &str,
    settings: &Map<String, Value>,
    sealed: &BTreeMap<&'static str, Sealed>,
) -> Result<DeskSecrets, RegistryError> {
    let mut secrets = DeskSecrets::default();
    if sealed.is_empty() {
        return Ok(secrets);
    }
    let place = key.path().display();
    let mend = "or give the desk's password again";
    let found = key.read()?.ok_or_else(|| {
        RegistryError::Key(format!(
            "the password of the desk {desk:?} cannot be opened: the key that it is sealed with, {place}, is \
             gone; put it back (from a backup), {mend}"
        ))
    })?;
    for (field, sealed) in sealed {
        if sealed.key != found.id() {
            return Err(RegistryError::Key(format!(
                "the password of the desk {desk:?} cannot be opened: it is sealed with another key than the \
                 one in {place}; put the right one there, {mend}"
            )));
        }
        let secret = seal::open(&found, &about(desk, field, settings), sealed).ok_or_else(|| {
            RegistryError::Key(format!(
                "the password of the desk {desk:?} cannot be opened: somebody has changed it, or what it \
                 is for, in the database; look into that, and give the desk's password again"
            ))
        })?;
        match *field {
            PROXY => secrets.proxy = Some(secret),
            _ => secrets.password = Some(secret),
        }
    }
    Ok(secrets)
}

/// What a secret of a desk with these settings is for. By what is written, not by what is made of it: a
/// later version may make something else of it.
pub(super) fn about(desk: &str, field: &'static str, settings: &Map<String, Value>) -> About {
    let text = |key| match settings.get(key) {
        Some(Value::String(text)) => text.clone(),
        _ => String::new(),
    };
    let mut destination = vec![text("type"), text("url"), text("proxy")];
    // With its key: what is left out stands for nothing else.
    for key in [
        "accept_any_certificate",
        "allow_addresses",
        "ca_certificates",
    ] {
        if let Some(value) = settings.get(key) {
            destination.push(format!("{key} {value}"));
        }
    }
    About {
        desk: desk.to_owned(),
        field,
        destination,
    }
}

/// With a row for each secret; one without where there is none.
const SELECT: &str = "
    SELECT d.name, d.revision, d.settings, d.changed, d.changed_by, s.field, s.key, s.nonce, s.sealed
    FROM desk d LEFT JOIN secret s ON s.desk = d.name
    WHERE ?1 IS NULL OR d.name = ?1 ORDER BY d.name, s.field";

impl Registry {
    /// The desks, by name.
    pub async fn desks(&self) -> Result<Vec<StoredDesk>, RegistryError> {
        self.select(None).await
    }

    /// The desk of that name.
    pub async fn desk(&self, name: &str) -> Result<Option<StoredDesk>, RegistryError> {
        Ok(self.select(Some(name)).await?.pop())
    }

    /// Changes with every change of a desk: a service that looks for it now and then sees what was done at
    /// the command line.
    pub async fn revision(&self) -> Result<i64, RegistryError> {
        let found = sqlx::query_scalar("SELECT revision FROM state")
            .fetch_one(self.database().readers())
            .await;
        Ok(found.map_err(|error| self.database().failed(error))?)
    }

    /// One statement: what it finds was there at one moment.
    async fn select(&self, name: Option<&str>) -> Result<Vec<StoredDesk>, RegistryError> {
        let database = self.database();
        let fail = |error| database.failed(error);
        let rows = sqlx::query(SELECT)
            .bind(name)
            .fetch_all(database.readers())
            .await
            .map_err(fail)?;
        let mut desks: Vec<StoredDesk> = Vec::new();
        for row in &rows {
            let name: String = row.try_get("name").map_err(fail)?;
            if desks.last().is_none_or(|last| last.name != name) {
                desks.push(self.stored(name, row).map_err(fail)?);
            }
            if let (Some(desk), Some((field, sealed))) =
                (desks.last_mut(), secret(row).map_err(fail)?)
            {
                desk.sealed.insert(field, sealed);
            }
        }
        Ok(desks)
    }

    pub(super) fn stored(&self, name: String, row: &SqliteRow) -> Result<StoredDesk, sqlx::Error> {
        let text: String = row.try_get("settings")?;
        let (settings, entry) = match serde_json::from_str::<Map<String, Value>>(&text) {
            Ok(settings) => (settings.clone(), DeskEntry::from_json(&name, settings)),
            Err(_) => (Map::new(), Err(unreadable(&name))),
        };
        Ok(StoredDesk {
            revision: row.try_get("revision")?,
            changed: instant(row.try_get("changed")?),
            changed_by: row.try_get("changed_by")?,
            entry,
            settings,
            sealed: BTreeMap::new(),
            key: self.key().clone(),
            name,
        })
    }
}

fn unreadable(desk: &str) -> ConfigError {
    ConfigError::Desk {
        desk: desk.to_owned(),
        problems: vec![ConfigProblem {
            line: 0,
            key: None,
            message: "its settings in the service's store are damaged; remove the desk, and make it again"
                .to_owned(),
        }],
    }
}

/// A secret that this version knows.
pub(super) fn secret(row: &SqliteRow) -> Result<Option<(&'static str, Sealed)>, sqlx::Error> {
    let field: Option<String> = row.try_get("field")?;
    let field = match field.as_deref() {
        Some(PASSWORD) => PASSWORD,
        Some(PROXY) => PROXY,
        _ => return Ok(None),
    };
    let sealed = Sealed {
        key: row.try_get("key")?,
        nonce: row.try_get("nonce")?,
        bytes: row.try_get("sealed")?,
    };
    Ok(Some((field, sealed)))
}
