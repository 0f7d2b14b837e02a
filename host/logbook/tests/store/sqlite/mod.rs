//! SQLite: the suite, and what is its own.

mod damage;
mod files;
mod full;

use crate::backend::{Backend, Lasting};
use sgi_logbook::SqliteStore;
use sgi_logbook::store::Work;
use std::path::{Path, PathBuf};

suite!(crate::sqlite::Sqlite);
lasting!(crate::sqlite::Sqlite);

pub(crate) struct Sqlite {
    folder: tempfile::TempDir,
}

impl Sqlite {
    fn path(&self) -> PathBuf {
        self.folder.path().join("logbook.db")
    }
}

impl Backend for Sqlite {
    type Store = SqliteStore;

    fn fresh() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    async fn open(&self) -> SqliteStore {
        Self::at(&self.place()).await
    }
}

impl Lasting for Sqlite {
    const MODULE: &'static str = "sqlite";

    fn place(&self) -> String {
        self.path().to_str().unwrap().to_owned()
    }

    async fn at(place: &str) -> SqliteStore {
        SqliteStore::open(place).await.unwrap()
    }

    fn lose(&self, work: &Work) {
        let lock = match work {
            Work::Delivery => "logbook.db.delivery.lock".to_owned(),
            Work::Sync(desk) => format!("logbook.db.desk-{desk}.lock"),
        };
        std::fs::remove_file(self.folder.path().join(lock)).unwrap();
    }
}

/// Does something to the database behind the store's back.
async fn tamper(path: &Path, statements: &'static str) {
    use sqlx::{ConnectOptions as _, Connection as _};
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true);
    let mut connection = options.connect().await.unwrap();
    sqlx::raw_sql(statements)
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
}
