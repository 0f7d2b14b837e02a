//! Why a call of a connector came to a bad end: one file that tells, and from which the call can be made
//! again, without the desk.
//!
//! A trap, or a limit that was reached, leaves a cassette in `diagnosis` below the state's folder: how it ended
//! and where, the call with its arguments, the settings as the guest reads them, the last lines and
//! exchanges. No secret is in it: the guest never had one, and the file is searched once more before it is
//! written. What it does hold is what the desk answered. There are at most [`FILES`], and for what happens
//! again and again one a minute.

mod file;
mod replay;
mod tape;

pub use replay::Replay;
pub(crate) use replay::{Again, Played, word};
pub(crate) use tape::Tape;

use crate::cassette::Cassette;
use crate::desk::{Ask, Prepared};
use crate::engine::GuestSettings;
use crate::error::Error;
use crate::files;
use crate::gate::Gate;
use crate::settings::Limits;
use jiff::Timestamp;
use serde::de::IgnoredAny;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How many files are kept, the latest ones.
const FILES: usize = 20;
/// The greatest file: tapes hold less, and a little more once they are escaped.
const MAX_FILE: usize = 16 << 20;
/// The folder below the state's.
const FOLDER: &str = "diagnosis";
/// For so long what ends in the same way has no further file.
const QUIET: Duration = Duration::from_secs(60);

/// A call that came to a bad end.
pub(crate) struct Failed<'a> {
    pub(crate) desk: &'a str,
    pub(crate) prepared: &'a Prepared,
    pub(crate) gate: &'a Gate,
    pub(crate) settings: &'a GuestSettings,
    pub(crate) limits: &'a Limits,
    pub(crate) call: Ask,
    pub(crate) calls_before: u32,
    pub(crate) learned: Option<&'a [u8]>,
    pub(crate) error: &'a Error,
    pub(crate) trace: Option<String>,
    pub(crate) tape: &'a Tape,
}

/// What one desk has left behind last.
#[derive(Default)]
pub(crate) struct Diagnoses(Mutex<Option<(Instant, String, PathBuf)>>);

impl Diagnoses {
    /// Writes the file, or names the one that tells the same.
    pub(crate) fn keep(&self, state: &Path, failed: Failed<'_>) -> Option<PathBuf> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let what = format!("{} {}", failed.call.name(), failed.error);
        if let Some((at, known, file)) = &*last
            && *known == what
            && at.elapsed() < QUIET
            && file.exists()
        {
            return Some(file.clone());
        }
        match write(&state.join(FOLDER), failed) {
            Ok(file) => {
                *last = Some((Instant::now(), what, file.clone()));
                Some(file)
            }
            Err(error) => {
                tracing::warn!(%error, "what led to the end of a call could not be kept");
                None
            }
        }
    }
}

fn write(folder: &Path, failed: Failed<'_>) -> io::Result<PathBuf> {
    files::own_folder(folder, 0o077)?;
    let at = Timestamp::now();
    let text = serde_json::to_string_pretty(&Cassette::of(&failed, at)?)?;
    let text = file::in_words(&text, &failed.settings.password);
    // The second line, as for answers: what is left must still be a document.
    let text = failed.gate.scrub(&text);
    serde_json::from_str::<IgnoredAny>(&text)?;
    if text.len() > MAX_FILE {
        return Err(io::Error::other("it is too large"));
    }
    let plain = |c: char| match c.is_ascii_alphanumeric() || c == '-' {
        true => c,
        false => '_',
    };
    let desk: String = failed.desk.chars().take(40).map(plain).collect();
    let at = at.strftime("%Y%m%dT%H%M%S%.6fZ");
    let path = folder.join(format!("{at}-{desk}.json"));
    files::replace(&path, &[text.as_bytes(), b"\n"])?;
    sweep(folder);
    Ok(path)
}

/// Removes the oldest files.
fn sweep(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    let mut all: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .collect();
    // Their names begin with the time.
    all.sort();
    let old = all.len().saturating_sub(FILES);
    for path in all.iter().take(old) {
        // Another process may have done the same.
        let _ = std::fs::remove_file(path);
    }
}

/// With the file that tells more.
pub(crate) fn naming(error: Error, file: &Path) -> Error {
    match error {
        Error::Connector(mut problem) => {
            problem.message.push_str(&format!(
                "; what led to it is kept in {0} (`sgi connector replay {0}` does it again, without the desk)",
                file.display()
            ));
            Error::Connector(problem)
        }
        error => {
            tracing::warn!(file = %file.display(), "what led to the connector's end is kept");
            error
        }
    }
}
