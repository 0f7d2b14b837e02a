//! A disk that takes no more: a limit on the size of files does to a process what a full disk does.

use super::Sqlite;
use crate::backend::{Backend as _, Lasting as _};
use crate::child::{Child, Role};
use crate::samples::*;
use crate::together::intact;
use sgi_logbook::Store as _;
use std::process::Command;

#[tokio::test]
async fn what_was_committed_stays() {
    // Blocks of 512 bytes, not always at the end of the same write.
    for blocks in [300, 333, 411, 500, 777] {
        let backend = Sqlite::fresh();
        let mut shell = Command::new("/bin/sh");
        // Without the trap the process would be ended instead.
        let limited = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
        shell
            .arg("-c")
            .arg(limited)
            .arg(std::env::current_exe().unwrap());
        let mut child = Child::start_with::<Sqlite>(shell, Role::Commit, &backend.place());
        let mut committed = None;
        let mut error = None;
        while let Some(said) = child.next() {
            match said.parse::<u64>() {
                Ok(n) => committed = Some(n),
                Err(_) => error = Some(said),
            }
        }
        let error = error.unwrap();
        assert!(
            error.starts_with("Unusable") || error.starts_with("Full"),
            "{error}"
        );
        let committed = committed.unwrap();
        let store = backend.open().await;
        intact(&store, committed).await;
        // With room again it goes on.
        let lease = opened(&store, DESK).await;
        store
            .commit(&lease, &crate::child::step(committed + 1))
            .await
            .unwrap();
        intact(&store, committed + 1).await;
    }
}
