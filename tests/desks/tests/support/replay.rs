//! Recorded exchanges: reading them, comparing answers with them, counting what came of it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

/// The recordings in a folder below `tests/recordings`, in the order of their names; numbers at
/// the beginning of names count as numbers.
pub fn recordings(folder: &str) -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../recordings")
        .join(folder);
    let read = |file: std::io::Result<std::fs::DirEntry>| {
        let path = file.expect("a file").path();
        let name = path.file_stem().expect("a name").to_string_lossy();
        let text = std::fs::read(&path).expect("a recording");
        let recording = serde_json::from_slice(&text).expect("a recording in JSON");
        (name.into_owned(), recording)
    };
    let mut all: Vec<(String, Value)> = std::fs::read_dir(folder)
        .expect("the recordings")
        .map(read)
        .collect();
    all.sort_by_key(|(name, _)| {
        let digits = name.bytes().take_while(u8::is_ascii_digit).count();
        (name[..digits].parse::<u32>().unwrap_or(0), name.clone())
    });
    all
}

/// A text in a recording.
pub fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// The pairs of a list of headers in a recording.
pub fn pairs(headers: &Value) -> Vec<(String, String)> {
    let pairs = headers.as_array().expect("headers").iter();
    pairs.map(|pair| (text(&pair[0]), text(&pair[1]))).collect()
}

/// What differs in the status, if anything does.
pub fn status(recorded: &Value, answer: &super::Answer) -> Option<String> {
    let status = recorded["status"].as_u64().expect("a status");
    (status != u64::from(answer.status)).then(|| {
        format!(
            "status {} instead of {status}: {}",
            answer.status,
            answer.text()
        )
    })
}

/// The first place where two documents differ.
pub fn difference(at: &str, ours: &Value, theirs: &Value) -> Option<String> {
    match (ours, theirs) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            keys.into_iter().find_map(|key| {
                let null = Value::Null;
                if a.contains_key(key) != b.contains_key(key) {
                    return Some(format!(
                        "{at}/{key}: ours {:?}, theirs {:?}",
                        a.get(key),
                        b.get(key)
                    ));
                }
                difference(
                    &format!("{at}/{key}"),
                    a.get(key).unwrap_or(&null),
                    b.get(key).unwrap_or(&null),
                )
            })
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            let mut pairs = a.iter().zip(b).enumerate();
            pairs.find_map(|(index, (a, b))| difference(&format!("{at}/{index}"), a, b))
        }
        _ => (ours != theirs).then(|| format!("{at}: ours {ours}, theirs {theirs}")),
    }
}

/// What came of comparing recordings: how many are alike, and where the tables of a test and the
/// truth disagree.
#[derive(Debug, Default)]
pub struct Tally {
    names: BTreeSet<String>,
    alike: usize,
    partly: usize,
    exempt: usize,
    failures: String,
}

impl Tally {
    /// Counts a recording. `partly` says that something was left out of its comparison; one that
    /// is exempt must differ.
    pub fn count(
        &mut self,
        name: &str,
        difference: Option<String>,
        partly: bool,
        exempt: &[(&str, &str)],
    ) {
        let reason = exempt.iter().find(|(exempt, _)| *exempt == name);
        match (difference, reason) {
            (None, None) if partly => self.partly += 1,
            (None, None) => self.alike += 1,
            (Some(_), Some(_)) => self.exempt += 1,
            (Some(difference), None) => self.fail(name, &difference),
            (None, Some(_)) => self.fail(name, "needs no exemption any more"),
        }
        self.names.insert(name.to_owned());
    }

    /// Notes what is wrong with a recording.
    pub fn fail(&mut self, name: &str, what: &str) {
        let _ = writeln!(self.failures, "{name}: {what}\n");
    }

    /// Prints the figures, and fails if anything did, if a name in a table is that of no recording,
    /// or if there are fewer recordings than there should be.
    pub fn finish<'a>(mut self, listed: impl Iterator<Item = &'a str>, at_least: usize) {
        for name in listed {
            if !self.names.contains(name) {
                self.fail(name, "listed here, but there is no such recording");
            }
        }
        let figures = format!(
            "{} recordings: {} alike, {} in part, {} exempt",
            self.names.len(),
            self.alike,
            self.partly,
            self.exempt
        );
        println!("{figures}");
        assert!(self.failures.is_empty(), "\n{}{figures}", self.failures);
        let found = self.names.len();
        assert!(found >= at_least, "only {found} recordings were found");
    }
}
