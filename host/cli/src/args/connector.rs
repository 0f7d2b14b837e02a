//! `sgi connector` on the command line.

use super::author::AuthorCommand;
use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};
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
    /// Make a call again that came to a bad end, from the file that it left behind
    ///
    /// A crash, or a limit that was reached, leaves a file in diagnosis below state_dir, which the error names.
    /// The call is made again in the same component, with the answers from the file: nothing is sent. Status 0
    /// says that it ended the same, 8 that it did not.
    #[command(after_long_help = "\
EXAMPLES
  sgi connector replay ~/.local/state/sgi/diagnosis/20260102T030405.678901Z-helpdesk.json
  sgi connector replay crash.json --component target/connectors/rt.wasm    # does the new one do it, too?

JSON
  An object: desk, at, connector, digest, other (the digest of another component), call, then, now (null: it
  answered), same, trace, missing.")]
    Replay {
        /// The file
        file: PathBuf,
        /// Another component than the one that it happened to
        #[arg(long, value_name = "FILE")]
        component: Option<PathBuf>,
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
    Pin(PinArgs),
    #[command(flatten)]
    Author(AuthorCommand),
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

/// Have one component alone serve under an id, whatever is approved or signed
///
/// The component is kept: it serves whatever file there is. [connectors.ID] digest in sgi.toml says the same, and
/// goes before.
#[derive(Debug, Args)]
#[command(after_long_help = "\
EXAMPLES
  sgi connector pin jira sha256:0123…
  sgi connector pin --list
  sgi connector pin jira --remove

JSON
  With --list, an array: id, digest, by, at (both null where sgi.toml pins it).")]
pub(crate) struct PinArgs {
    /// The connector's id
    #[arg(required_unless_present = "list", conflicts_with = "list", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) id: Option<String>,
    /// The component's digest, as `sgi connector list` shows it
    #[arg(required_unless_present_any = ["list", "remove"], conflicts_with_all = ["list", "remove"])]
    pub(crate) digest: Option<String>,
    /// Show what is pinned
    #[arg(long, conflicts_with = "remove")]
    pub(crate) list: bool,
    /// Take the pin away again
    #[arg(long)]
    pub(crate) remove: bool,
    /// One JSON document, for programs
    #[arg(long, requires = "list")]
    pub(crate) json: bool,
}

impl ConnectorCommand {
    /// Whether a program reads the output.
    pub(crate) fn json(&self) -> bool {
        match self {
            Self::List { json } | Self::Inspect { json, .. } | Self::Replay { json, .. } => *json,
            Self::Trust(args) => args.json,
            Self::Pin(args) => args.json,
            Self::Author(command) => command.json(),
            Self::Approve { .. } | Self::Rollback { .. } => false,
        }
    }
}
