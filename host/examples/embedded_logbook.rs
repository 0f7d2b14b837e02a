//! A CMDB in Rust that embeds the host and keeps its logbook itself: what happened in a desk goes from the
//! store straight into a table of the CMDB, each entry once.
//!
//! ```text
//! cargo run -p sgi-host --example embedded_logbook -- URL USER PASSWORD
//! ```
//!
//! with the address and the account of a Request Tracker.

use sgi_host::logbook::delivery::{self, Breaker, Embedded, Journal, Trouble};
use sgi_host::logbook::store::Work;
use sgi_host::logbook::{Entry, EntryId, SqliteStore, Store as _, sync};
use sgi_host::{DeskSettings, Host, HostOptions};
use std::collections::{BTreeMap, HashSet};
use std::error::Error;
use std::sync::Mutex;

/// The CMDB's logbook. In a database it is a table whose key is the entry's id, and adding is
/// `INSERT … ON CONFLICT (id) DO NOTHING` in one transaction.
#[derive(Default)]
struct Table(Mutex<BTreeMap<String, Entry>>);

impl Journal for Table {
    async fn add(&self, entries: &[Entry]) -> Result<(), Trouble> {
        let mut rows = self.0.lock().map_err(trouble)?;
        for entry in entries {
            let id = entry.id.to_string();
            rows.entry(id).or_insert_with(|| entry.clone());
        }
        Ok(())
    }

    async fn has(&self, ids: &[EntryId]) -> Result<HashSet<EntryId>, Trouble> {
        let rows = self.0.lock().map_err(trouble)?;
        let there = ids.iter().filter(|id| rows.contains_key(id.as_str()));
        Ok(there.cloned().collect())
    }
}

fn trouble(error: impl std::fmt::Display) -> Trouble {
    Trouble::new(format!("the CMDB's table cannot be used: {error}"))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(url), Some(user), Some(password)) =
        (arguments.next(), arguments.next(), arguments.next())
    else {
        return Err("usage: embedded_logbook URL USER PASSWORD".into());
    };
    let host = Host::new(HostOptions::for_user())?;
    let settings = DeskSettings::new("helpdesk", "rt", url, user, password.into());
    let desk = host.open(settings).await?;

    // Another process that reads the desk or delivers is waited for.
    let store = SqliteStore::open("embedded-logbook.db").await?;
    let wanted = desk.logbook_settings(true);
    let lease = store.lease(Work::Sync(wanted.desk.clone())).await?;
    let read = sync::pass(&desk, &store, &lease, &wanted, |_| true).await?;
    println!("{} new entries", read.entries);

    let cmdb = Embedded::new(Table::default());
    let lease = store.lease(Work::Delivery).await?;
    let (settings, mut breaker) = (delivery::Settings::default(), Breaker::default());
    let done = delivery::pass(&cmdb, &store, &lease, &settings, &mut breaker, |_| true).await?;
    println!("{} delivered", done.delivered);

    if let Ok(rows) = cmdb.journal().0.lock() {
        for entry in rows.values() {
            let what = entry.what(str::to_owned);
            println!(
                "{} {} #{}: {what}",
                entry.at, entry.object, entry.ticket.number
            );
        }
    }
    desk.close().await;
    Ok(())
}
