//! What can go wrong before a server answers.
//!
//! Each message says what happened, where, and what to do about it; outputs of other programs are
//! cut to their last lines.

use std::{io, path::PathBuf, time::Duration};

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Packages cannot be installed and the server's user cannot be taken on.
    #[error(
        "a real Request Tracker must be started by root, and this is user {uid}: \
         run it as root on a Debian 12 machine or in a container of it"
    )]
    NotRoot {
        /// The effective user id of this process.
        uid: u32,
    },

    /// Request Tracker is not installed, and this system has no package that is known to fit.
    #[error(
        "Request Tracker 5 is not installed and can only be installed on Debian 12, but \
         /etc/os-release says \"{found}\": run it in a container of Debian 12"
    )]
    NotDebian {
        /// The name and version that were found.
        found: String,
    },

    /// The directory for databases and logs is not ours alone to write to.
    #[error("{} {problem}: remove it, or point TMPDIR at another directory", .path.display())]
    UnsafeState {
        /// The directory.
        path: PathBuf,
        /// What is wrong with it.
        problem: &'static str,
    },

    /// The server runs as `www-data`, which may not enter this directory.
    #[error(
        "the user www-data, as whom the server runs, may not enter {}: \
         point TMPDIR at a directory that everybody may enter, such as /tmp",
        .path.display()
    )]
    OutOfReach {
        /// The directory that keeps it out.
        path: PathBuf,
    },

    /// The server can answer at the root or under a path such as `/rt`.
    #[error(
        "\"{given}\" is no path for the server: give an empty text or a path such as \"/rt\", \
         which starts with a slash, ends without one and has only letters, digits, - and _ between"
    )]
    WebPath {
        /// The path that was asked for.
        given: String,
    },

    /// A program that installs or builds something ended with an error.
    #[error("{what} failed ({how}); the end of its output:\n{output}")]
    Failed {
        /// What was being done, with the program's name.
        what: String,
        /// Its exit status, or that it ran out of time.
        how: String,
        /// The last lines of what it printed.
        output: String,
    },

    /// The server ended before it answered.
    #[error("Request Tracker ended while it was starting at {url}; the end of its log:\n{log}")]
    Ended {
        /// The address it should have served.
        url: String,
        /// The last lines of its log.
        log: String,
    },

    /// The server runs but does not answer as it should.
    #[error(
        "Request Tracker at {url} was not ready after {} seconds, the last answer was: {last}; \
         is the machine overloaded? The end of its log:\n{log}",
        .after.as_secs()
    )]
    NotReady {
        /// The address that was asked.
        url: String,
        /// How long was waited.
        after: Duration,
        /// The last answer, or why there was none.
        last: String,
        /// The last lines of its log.
        log: String,
    },

    /// The operating system refused something.
    #[error("cannot {what}: {source}")]
    System {
        /// What was tried, with the path.
        what: String,
        /// Its answer.
        source: io::Error,
    },
}

/// Says what was tried when the operating system refuses it.
pub(crate) trait Tried<T> {
    /// `what` completes the sentence "cannot …".
    fn tried(self, what: impl FnOnce() -> String) -> Result<T, Error>;
}

impl<T, E: Into<io::Error>> Tried<T> for Result<T, E> {
    fn tried(self, what: impl FnOnce() -> String) -> Result<T, Error> {
        self.map_err(|source| Error::System {
            what: what(),
            source: source.into(),
        })
    }
}
