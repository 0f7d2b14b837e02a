//! Files that change: the configuration, and connectors in their folder.

use crate::service::App;
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::mpsc;

/// Files are looked at when nothing has changed for so long: an editor and a copy write several times.
const QUIET: Duration = Duration::from_millis(300);
/// Looked at even without word of a change: some file systems tell of none.
const ANYWAY: Duration = Duration::from_secs(60);

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
            tracing::warn!(%error, "changes of files are noticed after a minute only");
        }
        Self {
            _watcher: watcher.ok(),
            told,
        }
    }

    /// Reloads after each change, for ever.
    pub(crate) async fn run(mut self, app: App) {
        let mut known = Known::of(&app);
        loop {
            let word = tokio::time::timeout(ANYWAY, self.told.recv()).await;
            if matches!(word, Ok(None)) {
                // Nobody tells any more.
                tokio::time::sleep(ANYWAY).await;
            }
            while let Ok(Some(())) = tokio::time::timeout(QUIET, self.told.recv()).await {}
            let now = Known::of(&app);
            if now != known {
                known = now;
                app.reload().await;
            }
        }
    }
}

/// What files looked like when they were last read.
#[derive(PartialEq, Eq)]
struct Known(Vec<(PathBuf, Option<Looks>)>);

type Looks = (u64, Option<std::time::SystemTime>, u64);

impl Known {
    fn of(app: &App) -> Self {
        let mut paths: Vec<PathBuf> = app.watched();
        if let Some(folder) = app.fleet().host().connectors_dir() {
            let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
            paths.extend(entries.map(|entry| entry.path()));
        }
        paths.sort();
        Self(
            paths
                .into_iter()
                .map(|path| {
                    let looks = looks(&path);
                    (path, looks)
                })
                .collect(),
        )
    }
}

fn looks(path: &Path) -> Option<Looks> {
    use std::os::unix::fs::MetadataExt;
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.len(), metadata.modified().ok(), metadata.ino()))
}
