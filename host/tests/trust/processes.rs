//! A process is killed while it decides.

use crate::place::{Folder, guest};
use sgi_host::{Digest, Host, HostOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

const STATE: &str = "SGI_TRUST_CHILD_STATE";
const FIRST: &str = "SGI_TRUST_CHILD_FIRST";
const READY: &str = "child: ready";

fn components() -> Vec<Vec<u8>> {
    (0..7).map(|n| guest(&format!("honest {n}"))).collect()
}

/// Approves and goes back without an end, beginning with this one.
async fn decide(state: PathBuf, first: usize) {
    let options = HostOptions {
        cache_dir: Some(state.with_file_name("cache")),
        state_dir: Some(state),
        ..HostOptions::default()
    };
    let host = Host::new(options).unwrap();
    let mut reviews = Vec::new();
    for wasm in components() {
        reviews.push(host.review(wasm).await.unwrap());
    }
    println!("\n{READY}");
    std::io::stdout().flush().unwrap();
    reviews.rotate_left(first);
    loop {
        for review in &reviews {
            host.approve_reviewed(review.clone(), "anna").await.unwrap();
            // The first one has nothing before it.
            let _ = host.rollback("guest", None, "anna").await;
        }
    }
}

#[tokio::test]
async fn killed_at_any_instant_it_leaves_the_old_state_or_the_new_one() {
    if let Some(state) = std::env::var_os(STATE) {
        let first = std::env::var(FIRST).unwrap().parse().unwrap();
        return decide(PathBuf::from(state), first).await;
    }
    let folder = Folder::new();
    let mut decided = 0;
    for round in 0..14_u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "processes::killed_at_any_instant_it_leaves_the_old_state_or_the_new_one",
            ])
            .arg("--nocapture")
            .env(STATE, folder.place.state())
            .env(FIRST, (round % 7).to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.map_while(Result::ok).any(|line| line == READY));
        std::thread::sleep(Duration::from_micros(1_700 * (round + 1) * (round % 5 + 1)));
        child.kill().unwrap();
        child.wait().unwrap();

        let host = folder.host();
        assert!(host.warnings().is_empty(), "{:?}", host.warnings());
        let let_in = host.let_in("guest");
        decided += usize::from(!let_in.is_empty());
        // All that can be gone back to is there, and nothing stands in the way of the next decision.
        let kept: Vec<Digest> = let_in.iter().rev().take(5).map(|one| one.digest).collect();
        for digest in kept {
            let went = host.rollback("guest", Some(digest), "anna").await.unwrap();
            assert_eq!(went.digest, digest);
        }
    }
    let trust = folder.place.state().join("trust");
    let names = |folder: &PathBuf| {
        let entries = std::fs::read_dir(folder).unwrap();
        entries
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect::<Vec<_>>()
    };
    assert!(decided > 6, "{decided}");
    // The last five, and where one has gone back to; all that was let in, where that is fewer.
    let components = names(&trust.join("components")).len();
    let let_in = folder.host().let_in("guest").len();
    assert!(
        (let_in.min(5)..=6).contains(&components),
        "{components} of {let_in}"
    );
    let left: Vec<String> = names(&trust)
        .into_iter()
        .filter(|name| name.ends_with(".tmp"))
        .collect();
    assert!(left.len() <= 1, "{left:?}");
}
