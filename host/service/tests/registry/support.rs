//! A registry in a folder of its own.

use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};
use sgi_host::DeskSettings;
use sgi_service::registry::{Put, Registry, RegistryError, StoredDesk, Who};
use std::path::Path;
use tempfile::TempDir;

pub(crate) const SECRET: &str = "s3cret-Pa55word-of-helpdesk";

pub(crate) struct Kept {
    pub(crate) registry: Registry,
    pub(crate) folder: TempDir,
}

impl Kept {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            registry: open(folder.path()).await,
            folder,
        }
    }

    /// Once more, as another process has it.
    pub(crate) async fn again(&self) -> Registry {
        open(self.folder.path()).await
    }

    pub(crate) async fn put(&self, table: Value, put: Put) -> Result<StoredDesk, RegistryError> {
        self.put_named("helpdesk", table, put).await
    }

    pub(crate) async fn put_named(
        &self,
        name: &str,
        table: Value,
        put: Put,
    ) -> Result<StoredDesk, RegistryError> {
        let change = self.registry.prepare(name, map(table), put).await?;
        self.registry.commit(change, &anna()).await
    }

    pub(crate) async fn create(&self, name: &str, table: Value) -> StoredDesk {
        self.put_named(name, table, Put::Create).await.unwrap()
    }

    pub(crate) async fn stored(&self, name: &str) -> StoredDesk {
        self.registry.desk(name).await.unwrap().unwrap()
    }
}

async fn open(folder: &Path) -> Registry {
    Registry::open(folder, None).await.unwrap()
}

pub(crate) fn anna() -> Who {
    Who::Account("anna".to_owned())
}

pub(crate) fn map(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

/// A table that works, with a password.
pub(crate) fn table() -> Value {
    json!({
        "type": "rt", "url": "https://rt.example.org/rt", "username": "cmdb", "password": SECRET,
        "options": { "queues": ["General"] },
    })
}

/// The same with these keys; null takes one away.
pub(crate) fn with(changes: Value) -> Value {
    let mut table = table();
    for (key, value) in map(changes) {
        table[key] = value;
    }
    table
}

pub(crate) fn password(settings: &DeskSettings) -> &str {
    settings.password.expose_secret()
}

pub(crate) fn proxy(settings: &DeskSettings) -> Option<&str> {
    settings
        .network
        .proxy
        .as_ref()
        .map(ExposeSecret::expose_secret)
}
