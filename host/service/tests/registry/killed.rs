//! A process that is killed while it saves leaves the old state or the new one.

use crate::support::*;
use serde_json::{Value, json};
use sgi_service::registry::{Put, Registry, StoredDesk};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Set for the child: the folder.
const PLACE: &str = "SGI_REGISTRY_CHILD";
const KILLS: u32 = 60;

/// The table that is saved as number n; url and password change with it.
fn numbered(n: u64) -> Value {
    with(json!({
        "url": format!("https://rt{n}.example.org"),
        "password": format!("password {n}"),
        "options": { "n": n },
    }))
}

fn number(desk: &StoredDesk) -> u64 {
    desk.written()["options"]["n"].as_u64().unwrap()
}

/// All of it is of one number, and the audit trail has each change up to it.
async fn whole(registry: &Registry) -> u64 {
    let (Some(desk), desks) = (
        registry.desk("helpdesk").await.unwrap(),
        registry.desks().await.unwrap(),
    ) else {
        return 0;
    };
    assert_eq!(desks.len(), 1);
    let n = number(&desk);
    assert_eq!(desk.revision as u64, n, "a revision for each");
    let settings = desk.settings().unwrap();
    assert_eq!(settings.url, format!("https://rt{n}.example.org"));
    assert_eq!(password(&settings), format!("password {n}"));
    let newest = registry.audit(None, 1).await.unwrap().remove(0);
    assert_eq!(newest.detail["revision"], n);
    assert_eq!(newest.sequence as u64, n, "an entry for each");
    n
}

/// Saves one after the other until it is killed.
async fn child(folder: &Path) {
    let registry = Registry::open(folder, None).await.unwrap();
    let mut n = match registry.desk("helpdesk").await.unwrap() {
        Some(desk) => number(&desk),
        None => 0,
    };
    loop {
        n += 1;
        let change = registry
            .prepare("helpdesk", map(numbered(n)), Put::Replace)
            .await
            .unwrap();
        registry.commit(change, &anna()).await.unwrap();
        println!("\nchild: {n}");
    }
}

fn start(folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "killed::old_or_new", "--nocapture"])
        .env(PLACE, folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

#[tokio::test]
async fn old_or_new() {
    if let Some(folder) = std::env::var_os(PLACE) {
        return child(Path::new(&folder)).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut last = 0;
    let mut saved = 0;
    for round in 0..KILLS {
        let mut child = start(folder.path());
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // Sometimes while the database, or the key, is made.
        let mut random = [0; 2];
        getrandom::fill(&mut random).unwrap();
        let wait = u64::from(u16::from_le_bytes(random)) % 60_000;
        std::thread::sleep(Duration::from_micros(wait));
        child.kill().unwrap();
        child.wait().unwrap();
        let told = std::iter::from_fn(|| lines.next())
            .map_while(Result::ok)
            .filter_map(|line| line.strip_prefix("child: ")?.parse::<u64>().ok())
            .last();
        let registry = Registry::open(folder.path(), None).await.unwrap();
        let now = whole(&registry).await;
        // What was told as done is there, and at most the one after it.
        let told = told.unwrap_or(last);
        assert!(
            now == told || now == told + 1,
            "round {round}: told {told}, found {now}"
        );
        saved += now - last;
        last = now;
    }
    assert!(saved > 20, "only {saved} changes in {KILLS} lives");
}
