//! `sgi connector new`, `build` and `check` on the command line: connectors of one's own.

use clap::{Subcommand, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum AuthorCommand {
    /// Begin a connector of your own: a project that builds at once
    ///
    /// It lists the tickets of an object from an imagined desk, whose recorded answers come along; README.md in
    /// it tells how to go on from there. All that it needs of this program is copied into it.
    #[command(after_long_help = "\
EXAMPLES
  sgi connector new acme-desk --lang python
  sgi connector build acme-desk")]
    New {
        /// What a desk's `type` will name: lower-case letters, digits, hyphens
        name: String,
        /// What it is written in
        #[arg(long, value_enum, default_value_t = Lang::Rust)]
        lang: Lang,
        /// What people call the desk's product; "Acme Desk" for acme-desk unless said otherwise
        #[arg(long)]
        title: Option<String>,
        /// The project's folder, instead of ./NAME
        #[arg(long)]
        dir: Option<PathBuf>,
    },
    /// Make the component of a connector's project
    ///
    /// By the tools of its language, which must be installed: Rust (rustup), Node.js with npm, or Python. Packages
    /// are fetched from where these tools usually have them. The component lies in the project afterwards.
    Build {
        /// The project's folder
        #[arg(default_value = ".")]
        dir: PathBuf,
        /// What Rust is compiled for: wasm32-wasip2 where a crate needs it, which rustup must have
        #[arg(long, value_enum, default_value_t = BuildTarget::Unknown)]
        target: BuildTarget,
    },
    /// Judge a connector by recorded exchanges with its desk
    ///
    /// Each cassette is played as it is, and must give what it says. Then one answer after the other goes wrong:
    /// refused, cut, late, HTML, another type, an HTTP error. The connector must not trap, must say what happened by
    /// an error of the right kind, and must pass on neither a secret nor a page of the server. No network is needed.
    /// A test that fails makes the command fail with status 8.
    #[command(after_long_help = "\
EXAMPLES
  sgi connector check acme-desk.wasm --cassettes cassettes

JSON
  connector, version, digest, tests (a number), failures: an array of cassette, test, reason.")]
    Check {
        /// The component (.wasm)
        file: PathBuf,
        /// The folder with the cassettes (*.json)
        #[arg(long, value_name = "DIR")]
        cassettes: PathBuf,
        /// One JSON document, for programs
        #[arg(long)]
        json: bool,
    },
}

/// What a connector is written in.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Lang {
    Rust,
    Js,
    Python,
}

/// What Rust is compiled for.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum BuildTarget {
    #[value(name = "wasm32-unknown-unknown")]
    Unknown,
    #[value(name = "wasm32-wasip2")]
    Wasip2,
}

impl AuthorCommand {
    /// Whether a program reads the output.
    pub(crate) fn json(&self) -> bool {
        matches!(self, Self::Check { json: true, .. })
    }
}
