//! Debian's Chromium, driven over its own protocol (DevTools) through a pipe.
//!
//! The crates that speak this protocol switch on features of crates that wasmtime has, too, and so have it
//! compiled twice; tests say some twenty words of it.

mod pipe;
mod tab;

pub use tab::Tab;

use crate::debian;
use crate::run::alone;
use pipe::Pipe;
use serde_json::json;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// What it shows letters with is part of it.
const PACKAGES: [&str; 2] = ["chromium", "fonts-dejavu-core"];

/// A browser, for as long as this lives.
pub struct Chromium {
    child: Child,
    pipe: Pipe,
    _profile: TempDir,
}

impl Chromium {
    /// Starts it; it is installed where it is missing.
    pub fn start() -> Self {
        {
            let _alone = alone("chromium");
            debian::install(&PACKAGES);
        }
        let profile = tempfile::tempdir().expect("a temporary folder");
        // It reads from 3 and writes to 4.
        let mut command = Command::new("sh");
        command
            .args([
                "-c",
                "exec chromium \"$@\" 3<&0 4>&1 </dev/null >/dev/null",
                "sh",
            ])
            .args([
                "--headless=new",
                "--remote-debugging-pipe",
                "--no-first-run",
            ])
            // Tests run as root, in containers, and open nothing but what they started.
            .args(["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"])
            .args([
                "--disable-background-networking",
                "--disable-component-update",
            ])
            .args(["--hide-scrollbars", "--force-color-profile=srgb"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .env("HOME", profile.path())
            .env("TZ", "UTC")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().expect("sh");
        let to = child.stdin.take().expect("a pipe");
        let from = child.stdout.take().expect("a pipe");
        Self {
            child,
            pipe: Pipe::new(to, from),
            _profile: profile,
        }
    }

    /// A window of somebody else: with cookies of its own.
    pub fn tab(&self) -> Tab<'_> {
        let call = |method: &str, params| self.pipe.call("", method, params);
        let context = call("Target.createBrowserContext", json!({}))["browserContextId"].clone();
        let target = json!({ "url": "about:blank", "browserContextId": context });
        let target = call("Target.createTarget", target)["targetId"].clone();
        let attach = json!({ "targetId": target, "flatten": true });
        let session = call("Target.attachToTarget", attach)["sessionId"].clone();
        Tab::new(&self.pipe, session.as_str().expect("a session").to_owned())
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // It ends its own processes, and only then the folder can go.
        self.pipe.send("", "Browser.close", &json!({}));
        let began = std::time::Instant::now();
        while self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            if began.elapsed() > std::time::Duration::from_secs(5) {
                let _ = self.child.kill();
                let _ = self.child.wait();
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }
}
