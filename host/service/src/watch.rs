//! Files that change: the configuration, and connectors in their folder.

use crate::service::App;
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::mpsc;

/// Files are looked at when nothing has changed for so long: an editor and a copy write several times.
const QUIET: Duration = Duration::from_millis(300);
/// Looked at even without word of a change: some file systems tell of none, nor does the database of desks
/// that were made at the command line.
const OFTEN: Duration = Duration::from_secs(2);

/// Watches for as long as it lives.
pub(crate) struct Watch {
    _watcher: Option<RecommendedWatcher>,
    told: mpsc::Receiver<()>,
}

impl Watch {
    /// Watches the folders of these paths.
    pub(crate) fn new(paths: &[PathBuf]) -> Self {
        let (tell, told) = mpsc::channel(1);
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            if event.is_ok_and(|event| event.kind.is_access()) {
                return;
            }
            // One word is enough.
            let _ = tell.try_send(());
        });
        let watcher = watcher.and_then(|mut watcher| {
            for path in paths {
                if path.is_dir() {
                    watcher.watch(path, RecursiveMode::NonRecursive)?;
                } else if let Some(folder) = path.parent().filter(|folder| folder.is_dir()) {
                    watcher.watch(folder, RecursiveMode::NonRecursive)?;
                }
            }
            Ok(watcher)
        });
        if let Err(error) = &watcher {
            tracing::warn!(%error, "changes of files are noticed a little later");
        }
        Self {
            _watcher: watcher.ok(),
            told,
        }
    }

    /// Reloads after each change, for ever.
    pub(crate) async fn run(mut self, app: App) {
        let mut known = Known::of(&app).await;
        loop {
            let word = tokio::time::timeout(OFTEN, self.told.recv()).await;
            match word {
                // Nobody tells any more.
                Ok(None) => tokio::time::sleep(OFTEN).await,
                Ok(Some(())) => {
                    while let Ok(Some(())) = tokio::time::timeout(QUIET, self.told.recv()).await {}
                }
                Err(_) => {}
            }
            let now = Known::of(&app).await;
            if now != known {
                known = now;
                app.reload().await;
            }
        }
    }
}

/// What files looked like when they were last read.
#[derive(PartialEq, Eq)]
struct Known {
    files: Vec<(PathBuf, Option<Looks>)>,
    /// Of the registry.
    revision: Option<i64>,
}

type Looks = (u64, Option<std::time::SystemTime>, u64);

impl Known {
    async fn of(app: &App) -> Self {
        let mut paths: Vec<PathBuf> = app.watched();
        if let Some(folder) = app.fleet().host().connectors_dir() {
            let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
            paths.extend(entries.map(|entry| entry.path()));
        }
        // What was decided about connectors at the command line.
        let state = app.fleet().host().state_dir();
        paths.extend(state.map(|state| state.join("trust/state")));
        paths.sort();
        let files = paths.into_iter().map(|path| {
            let looks = looks(&path);
            (path, looks)
        });
        Self {
            files: files.collect(),
            revision: app.registry().revision().await.ok(),
        }
    }
}

fn looks(path: &Path) -> Option<Looks> {
    use std::os::unix::fs::MetadataExt;
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.len(), metadata.modified().ok(), metadata.ino()))
}
