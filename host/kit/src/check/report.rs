//! What a check of a connector found, for people and for programs.

use serde::Serialize;
use std::fmt;

/// The whole of it.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The connector's id.
    pub connector: String,
    /// Its version.
    pub version: String,
    /// The component's digest.
    pub digest: String,
    /// How many tests there were.
    pub tests: usize,
    /// Those that failed.
    pub failures: Vec<Failure>,
}

/// A test that failed.
#[derive(Debug, Serialize)]
pub struct Failure {
    /// The cassette's file name.
    pub cassette: String,
    /// What was tried, with the request that it was tried on.
    pub test: String,
    /// What happened, and what should have.
    pub reason: String,
}

impl Report {
    /// Whether nothing failed.
    pub fn passed(&self) -> bool {
        self.failures.is_empty()
    }

    pub(super) fn note(&mut self, cassette: &str, test: &str, outcome: Result<(), String>) {
        self.tests += 1;
        if let Err(reason) = outcome {
            self.failures.push(Failure {
                cassette: cassette.to_owned(),
                test: test.to_owned(),
                reason,
            });
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut last = "";
        for failure in &self.failures {
            if failure.cassette != last {
                writeln!(f, "{}", failure.cassette)?;
                last = &failure.cassette;
            }
            writeln!(f, "  {}: {}", failure.test, failure.reason)?;
        }
        let failed = self.failures.len();
        write!(
            f,
            "{} {}: {} of {} tests passed",
            self.connector,
            self.version,
            self.tests.saturating_sub(failed),
            self.tests
        )
    }
}
