//! `sgi connector` on the command line.

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// List the connectors, judge one before it is installed, and decide which may run
#[derive(Debug, Args)]
pub(crate) struct ConnectorArgs {
    #[command(subcommand)]
    pub(crate) command: ConnectorCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConnectorCommand {
    /// List the connectors that a desk's `type` can name, and those that wait for approval
    ///
    /// Those built in, and the files ID.wasm in the folder connectors_dir (~/.local/share/sgi/connectors
    /// unless sgi.toml says otherwise). Of two with the same id the one that is built in is used, unless
    /// a desk's type names a version or a digest: "ID@1.2.0", "ID@sha256:…".
    #[command(after_long_help = "\
JSON
  An array: id, version, name, digest, size (bytes), source (\"builtin\" or a file), profile, trust (state:
  builtin, pinned, approved, signed, pending or set-aside; by; reasons; signed_by), problem.")]
    List {
        /// One JSON document, for programs
        #[arg(long)]
        json: bool,
    },
    /// Tell what a connector is and asks for, and whether it would be admitted
    ///
    /// Nothing of it is installed, and it gets no network. One that would not be admitted makes the
    /// command fail with status 8.
    Inspect {
        /// The component (.wasm)
        file: PathBuf,
        /// One JSON document, for programs
        #[arg(long)]
        json: bool,
    },
    /// Let a connector run, after a look at what it asks for
    ///
    /// Shows what `sgi connector inspect` does, and what the connector asks for beyond the one that ran under
    /// its id before. What is approved is this very component: another file of the same name waits again,
    /// unless it is signed with a trusted key and asks for no more.
    #[command(after_long_help = "\
EXAMPLES
  sgi connector approve jira
  sgi connector approve ~/Downloads/jira.wasm
  sgi connector approve sha256:0123456789abcdef --yes")]
    Approve {
        /// Its id, its file, or its digest (the beginning is enough)
        #[arg(value_name = "ID|FILE|DIGEST", value_parser = NonEmptyStringValueParser::new())]
        what: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Go back to the component of a connector that ran before
    ///
    /// It serves from the next start on (a service takes it at once), whatever file there is in the folder: that
    /// file is set aside until it, or another one, is approved. The last five components of each connector
    /// are kept.
    #[command(after_long_help = "\
EXAMPLES
  sgi connector rollback jira
  sgi connector rollback jira --to sha256:0123456789abcdef")]
    Rollback {
        /// The connector's id
        #[arg(value_parser = NonEmptyStringValueParser::new())]
        id: String,
        /// The component to go to, instead of the one before; the beginning of its digest is enough
        #[arg(long, value_name = "DIGEST")]
        to: Option<String>,
    },
    Trust(TrustArgs),
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

/// Trust a minisign key: connectors that it signed run, if they ask for no more than before
///
/// The signature of jira.wasm stands beside it as jira.wasm.minisig (`minisign -Sm jira.wasm`).
#[derive(Debug, Args)]
#[command(after_long_help = "\
EXAMPLES
  sgi connector trust minisign.pub --name \"Example Ltd\"
  sgi connector trust RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3
  sgi connector trust --list
  sgi connector trust --remove \"Example Ltd\"

JSON
  With --list, an array: key, name, by, at (both null where sgi.toml names the key).")]
pub(crate) struct TrustArgs {
    /// The key (RW…), or the file with it
    #[arg(
        value_name = "KEY|FILE",
        required_unless_present_any = ["list", "remove"],
        conflicts_with_all = ["list", "remove"],
        value_parser = NonEmptyStringValueParser::new()
    )]
    pub(crate) key: Option<String>,
    /// What to call it, instead of its number
    #[arg(long, requires = "key", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) name: Option<String>,
    /// Show which keys are trusted
    #[arg(long, conflicts_with = "remove")]
    pub(crate) list: bool,
    /// Do not trust this key any more: its text, name or number
    #[arg(long, value_name = "KEY")]
    pub(crate) remove: Option<String>,
    /// One JSON document, for programs
    #[arg(long, requires = "list")]
    pub(crate) json: bool,
}

impl ConnectorCommand {
    /// Whether a program reads the output.
    pub(crate) fn json(&self) -> bool {
        match self {
            Self::List { json } | Self::Inspect { json, .. } | Self::Check { json, .. } => *json,
            Self::Trust(args) => args.json,
            Self::Approve { .. }
            | Self::Rollback { .. }
            | Self::New { .. }
            | Self::Build { .. } => false,
        }
    }
}
