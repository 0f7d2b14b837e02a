//! No test, whatever it is about, may find a desk's password where one has no business.
//!
//! The accounts of all test desks have passwords with the same tail. Everything that the program prints, logs,
//! answers (API, pages, metrics) or leaves in its folders goes through here.

use std::path::Path;

/// What all these passwords end with (`sgi_test_desks::rt::READER` and its like), as it is and in base64,
/// wherever it begins: the digits that depend on nothing else.
const CANARIES: [&str; 4] = ["-secret-1", "1zZWNyZXQtM", "c2VjcmV0LT", "LXNlY3JldC0x"];

/// Panics where it holds a password; `what` tells where that was seen.
pub fn not_in(what: &str, bytes: &[u8]) {
    for canary in CANARIES {
        let found = bytes
            .windows(canary.len())
            .position(|part| part == canary.as_bytes());
        if let Some(at) = found {
            let around = &bytes[at.saturating_sub(100)..(at + 100).min(bytes.len())];
            panic!("{what}: a password: {:?}", String::from_utf8_lossy(around));
        }
    }
}

/// The same of all files in the folders of a home. Those beside them, and settings,
/// are what a test itself has written.
pub fn not_below(home: &Path) {
    let Ok(entries) = std::fs::read_dir(home) else {
        return;
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            not_in_folder(&path);
        }
    }
}

fn not_in_folder(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let (path, Ok(kind)) = (entry.path(), entry.file_type()) else {
            continue;
        };
        if kind.is_dir() {
            not_in_folder(&path);
        } else if kind.is_file()
            && entry.file_name() != "sgi.toml"
            && let Ok(bytes) = std::fs::read(&path)
        {
            not_in(&path.display().to_string(), &bytes);
        }
    }
}
