//! What can be said on the command line, and the help that one learns it from.

mod author;
mod connector;
mod logbook;
mod serve;
mod settings;

pub(crate) use author::{AuthorCommand, BuildTarget, Lang};
pub(crate) use connector::{ConnectorArgs, ConnectorCommand, PinArgs, TrustArgs};
pub(crate) use logbook::{DecisionArgs, LogbookArgs, LogbookCommand, ResolveArgs, SyncArgs};
pub(crate) use serve::ServeArgs;
pub(crate) use settings::{
    AccountArgs, AccountCommand, AuditArgs, ConfigArgs, ConfigCommand, TokenArgs, TokenCommand,
    Until,
};

use crate::object::{ObjectArgs, ObjectsArgs};
use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use sgi_host::{Filter, Order};
use std::path::PathBuf;

const LONG_ABOUT: &str = "\
Lists the tickets that reference an object of the CMDB, whatever service desk holds them: Request
Tracker, OTRS, iTop. i-doit calls such a desk a trouble ticket system (TTS), or in French an SGI.

Each desk is set up once in sgi.toml. A connector, which runs in a sandbox, speaks to it.";

const AFTER_LONG_HELP: &str = "\
EXAMPLES
  sgi check                         Do the desks answer, and may we read tickets there?
  sgi tickets 1001                  The tickets that reference object 1001
  sgi tickets 1001 --status open    … those that somebody still has to work on
  sgi ticket 42 --desk helpdesk     One ticket with all its details
  sgi links 1001                    Where to open a new ticket for the object
  sgi create 1001 --subject \"Disk full\"
                                    A new ticket for it, made here
  sgi sync                          What happened in the desks, into the logbook
  sgi logbook --object 1001         What happened in the tickets of object 1001
  sgi serve                         An HTTP API for other programs
  sgi config list                   All desks, those made through the service included
  sgi demo                          The tickets of an object in three test desks that come along

CONFIGURATION
  The first of: --config FILE, $SGI_CONFIG, ./sgi.toml, $XDG_CONFIG_HOME/sgi/sgi.toml (~/.config),
  /etc/sgi/sgi.toml. The least that works:

    [desks.helpdesk]
    type = \"rt\"
    url = \"https://rt.example.org\"
    username = \"cmdb\"
    password = { env = \"RT_PASSWORD\" }    # or { file = \"rt.password\" }

  Further keys of a desk, with their defaults:
    active = true                       false: nothing is asked
    link_url = URL                      where people reach the desk, if that is not url
    ca_certificates = [\"ca.pem\"]       authorities beside the system's
    accept_any_certificate = false
    proxy = \"http://HOST:PORT\"         HTTP_PROXY and HTTPS_PROXY are not read
    allow_addresses = [\"10.1.2.3\"]     private addresses that the desk's name may lead to
    connect_timeout = \"10s\"            request_timeout = \"30s\"
    max_response = \"32 MiB\"            parallel = 2
    [desks.helpdesk.options]            the connector's own
    [desks.helpdesk.limits]             call_timeout = \"2m\", compute_timeout = \"10s\",
                                        memory = \"128 MiB\", requests = 1000, tickets = 100000,
                                        traffic = \"256 MiB\", handles = 1000,
                                        result = \"32 MiB\", log_lines = 200,
                                        settle_time = \"35s\", instance_calls = 1000
    [desks.helpdesk.logbook]            active = true, since = 2026-01-01, interval = \"1m\",
                                        reconcile = \"1h\"
  And for all: [host] with state_dir, cache_dir, connectors_dir; [connectors.ID] with digest, wasi;
  [trust] with keys; [service] with key_file, audit_keep.
  The README says more of each. After changing fields or queues in a desk, run `sgi check`.

OUTPUT
  Results go to stdout, everything else to stderr. With --json, stdout holds one JSON document, and
  stderr one JSON object on a line for each thing that went wrong:
    {\"desk\": \"helpdesk\", \"error\": {\"code\": \"unavailable\", \"message\": \"…\", \"retry_after\": 30}}
  What is unknown or does not apply is null.
  Instants are UTC in JSON (RFC 3339), and in the local time zone ($TZ) for people.

EXIT STATUS
  0  Done
  1  sgi itself failed
  2  The command line, or what it passes to the desk, cannot be used
  3  Configuration: a setting is missing or wrong, the desk or its type is unknown, it is inactive,
     or a check found what somebody must mend first
  4  The desk does not accept the credentials, or the account may not do this
  5  There is no such ticket, or the account may not know of it
  6  The desk is out of reach, overloaded, or asks for fewer requests: try again later
  7  The desk answered something that its protocol does not allow
  8  The connector failed, was stopped, was not admitted, or cannot do this
  9  Some desks answered, others failed
  10 Whether the desk created a ticket could not be found out
  Where all desks failed, it is the status of the first.

ENVIRONMENT
  SGI_CONFIG  The configuration      SGI_LOG   What to log, such as \"debug\" (see --verbose)
  NO_COLOR    No colours             TZ        Time zone for people";

/// The tickets of an object, from the service desks (TTS, SGI) that hold them
#[derive(Debug, Parser)]
#[command(
    name = "sgi",
    version,
    about = "The tickets of an object, from the service desks (TTS, SGI) that hold them",
    long_about = LONG_ABOUT,
    after_help = "`sgi --help` shows examples, the configuration and the exit status.",
    after_long_help = AFTER_LONG_HELP,
    arg_required_else_help = true,
    max_term_width = 100
)]
pub(crate) struct Cli {
    /// The configuration, instead of the places where it is looked for
    #[arg(long, global = true, value_name = "FILE", help_heading = "General")]
    pub(crate) config: Option<PathBuf>,
    /// Tell more on stderr: the configuration, each desk's connector, details of errors; twice for each
    /// request
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "General")]
    pub(crate) verbose: u8,
    /// Colours and links for people: auto (on a terminal, unless NO_COLOR is set), always, never
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        help_heading = "General",
        hide_possible_values = true,
        hide_default_value = true
    )]
    pub(crate) color: When,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// When there is colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Check(CheckArgs),
    Tickets(TicketsArgs),
    Ticket(TicketArgs),
    Links(LinksArgs),
    Create(CreateArgs),
    Sync(SyncArgs),
    Logbook(LogbookArgs),
    Serve(ServeArgs),
    Connector(ConnectorArgs),
    Config(ConfigArgs),
    Token(TokenArgs),
    Account(AccountArgs),
    Audit(AuditArgs),
    Demo(DemoArgs),
    /// Write the completions for a shell to stdout
    #[command(after_help = "EXAMPLE\n  sgi completions bash > /etc/bash_completion.d/sgi")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

impl Command {
    /// Whether a program reads the output.
    pub(crate) fn json(&self) -> bool {
        match self {
            Self::Check(args) => args.json,
            Self::Tickets(args) => args.json,
            Self::Ticket(args) => args.json,
            Self::Links(args) => args.json,
            Self::Create(args) => args.json,
            Self::Sync(args) => args.json,
            Self::Logbook(args) => args.json,
            Self::Connector(args) => args.command.json(),
            Self::Config(args) => match args.command {
                ConfigCommand::List { json } | ConfigCommand::Show { json, .. } => json,
                ConfigCommand::Export { .. }
                | ConfigCommand::Import { .. }
                | ConfigCommand::Remove { .. } => false,
            },
            Self::Token(args) => match args.command {
                TokenCommand::Create { json, .. } | TokenCommand::List { json } => json,
                TokenCommand::Revoke { .. } => false,
            },
            Self::Account(args) => match args.command {
                AccountCommand::List { json } => json,
                AccountCommand::Add { .. }
                | AccountCommand::Remove { .. }
                | AccountCommand::Password { .. } => false,
            },
            Self::Audit(args) => args.json,
            Self::Serve(_) | Self::Demo(_) | Self::Completions { .. } => false,
        }
    }
}

/// Look the desks over: address, credentials, rights, options
///
/// Asks each desk for its product and version and tells what the account may do, and what somebody
/// should mend. A desk with a blocking finding makes the command fail.
#[derive(Debug, Args)]
#[command(after_long_help = "\
EXAMPLES
  sgi check
  sgi check helpdesk -v

JSON
  An array with one object for each desk: desk, usable, product, version, abilities, findings
  (severity, key, message, detail), error (none, or code, message, retry_after).")]
pub(crate) struct CheckArgs {
    /// Only this desk
    pub(crate) desk: Option<String>,
    /// One JSON document, for programs
    #[arg(long)]
    pub(crate) json: bool,
}

/// List the tickets that reference an object, or any of several
///
/// All active desks are asked side by side. One that fails is told on stderr and does not hide the
/// tickets of the others.
#[derive(Debug, Args)]
#[command(after_long_help = "\
EXAMPLES
  sgi tickets 1001
  sgi tickets 1001 --status open --desk helpdesk
  sgi tickets 1001 1002 1003        A workstation with its components: each ticket once
  sgi tickets 1001 --sort updated --limit 10
  sgi tickets 1001 --json | jq -r '.[] | select(.status_class == \"new\") | .url'

JSON
  An array of tickets, desk by desk: desk, id, number, subject, status, status_class (new, open,
  pending, resolved, closed, rejected, merged, deleted, unknown), class, queue, priority, owner,
  requestors, created, updated, starts, due, resolved, url, objects, fields (name, values).
  What the desk does not have is null. What went wrong stands on stderr, and in the exit status.")]
pub(crate) struct TicketsArgs {
    #[command(flatten)]
    pub(crate) objects: ObjectsArgs,
    /// Only this desk, instead of all active ones
    #[arg(long, value_name = "NAME")]
    pub(crate) desk: Option<String>,
    /// By what the tickets of a desk are sorted, instead of the desk's own order
    #[arg(long, value_name = "KEY", help_heading = "The list")]
    pub(crate) sort: Option<Sort>,
    /// The other way round
    #[arg(long, help_heading = "The list")]
    pub(crate) reverse: bool,
    /// No more than so many tickets of each desk
    #[arg(long, value_name = "COUNT", help_heading = "The list",
          value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: Option<u32>,
    /// Which tickets; those whose status means nothing to the connector count as both open and closed
    #[arg(long, value_name = "STATUS", default_value = "all")]
    pub(crate) status: Status,
    /// One JSON document, for programs
    #[arg(long)]
    pub(crate) json: bool,
}

/// Show one ticket with all its details
#[derive(Debug, Args)]
#[command(after_long_help = "\
EXAMPLES
  sgi ticket 42 --desk helpdesk
  sgi ticket 42 --desk helpdesk --json | jq .owner

JSON
  One ticket, as in `sgi tickets --json`.")]
pub(crate) struct TicketArgs {
    /// The ticket's id in the desk: the column Id of `sgi tickets`, or Number where there is no Id
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) id: String,
    /// The desk that holds it; needed when more than one is active
    #[arg(long, value_name = "NAME")]
    pub(crate) desk: Option<String>,
    /// One JSON document, for programs
    #[arg(long)]
    pub(crate) json: bool,
}

/// Show where a new ticket for an object is opened
///
/// Prints the links to the desks' own forms, with the object filled in.
#[derive(Debug, Args)]
#[command(after_long_help = "\
EXAMPLES
  sgi links 1001
  sgi links 1001 --title srv-db-01 --url https://cmdb.example.org/?objID=1001

JSON
  An array of forms: desk, label, url, note.")]
pub(crate) struct LinksArgs {
    #[command(flatten)]
    pub(crate) object: ObjectArgs,
    /// Only this desk, instead of all active ones
    #[arg(long, value_name = "NAME")]
    pub(crate) desk: Option<String>,
    /// One JSON document, for programs
    #[arg(long)]
    pub(crate) json: bool,
}

/// Which tickets are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Status {
    /// All of them
    All,
    /// New, open, pending
    Open,
    /// Resolved, closed, rejected, merged, deleted
    Closed,
}

/// By what tickets are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Sort {
    /// Last change, newest first
    Updated,
    /// Creation, newest first
    Created,
    /// Due time, most urgent first
    Due,
    /// Open work first
    Status,
    /// By the number that it starts with, lowest first, then by its text; tickets without one last. The
    /// most urgent is 1 in iTop, 5 in OTRS and 100 in RT: for these two add --reverse
    Priority,
    /// Ticket number
    Number,
    /// By the alphabet
    Subject,
    /// By the alphabet
    Queue,
}

impl From<Sort> for Order {
    fn from(sort: Sort) -> Self {
        match sort {
            Sort::Updated => Self::Updated,
            Sort::Created => Self::Created,
            Sort::Due => Self::Due,
            Sort::Status => Self::Status,
            Sort::Priority => Self::Priority,
            Sort::Number => Self::Number,
            Sort::Subject => Self::Subject,
            Sort::Queue => Self::Queue,
        }
    }
}

/// Create a ticket that references an object
///
/// The ticket is made through the desk's API and read back: what the desk made otherwise than asked is
/// told on stderr. Where the desk does not say whether it made the ticket, sgi waits (limit
/// "settle_time"), looks for it by its marker, and tries again only if it is not there.
#[derive(Debug, Args)]
#[command(after_long_help = "\
EXAMPLES
  sgi create 1001 --subject \"Disk full\" --desk helpdesk --queue Incidents
  df -h | sgi create 1001 --subject \"Disk full\" --text - --requestor anna@example.org
  sgi create 1001 --subject \"Disk full\" --marker 0193f7a1b2c3-0123456789abcdef

MARKER
  Every ticket carries a marker, by which it is found again: 16 to 64 lower-case letters, digits and
  hyphens. sgi makes one up unless --marker gives it. It stands
    in RT            as a link, \"Refers to: sgi:MARKER\"
    in OTRS, iTop    in the last line of the text, \"Reference: sgi-MARKER\"

JSON
  desk, marker, created (false: found by its marker, nothing new was created), ticket (as in `sgi
  tickets --json`), deviations (field, message, detail): in what the ticket is otherwise than asked.
  An error with the code \"undecided\" holds the marker; the same command with --marker creates the
  ticket only if it is not there yet.")]
pub(crate) struct CreateArgs {
    #[command(flatten)]
    pub(crate) object: ObjectArgs,
    /// A further object that the ticket shall reference; may be repeated
    #[arg(long = "also", value_name = "OBJECT", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) also: Vec<String>,
    /// The desk; needed when more than one is active
    #[arg(long, value_name = "NAME")]
    pub(crate) desk: Option<String>,
    /// One line
    #[arg(long, help_heading = "The ticket", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) subject: String,
    /// Plain text; - reads it from stdin
    #[arg(
        long,
        default_value = "",
        hide_default_value = true,
        help_heading = "The ticket"
    )]
    pub(crate) text: String,
    /// Where it goes: a queue, a team
    #[arg(long, help_heading = "The ticket")]
    pub(crate) queue: Option<String>,
    /// Incident, request …, where the desk has classes
    #[arg(long, help_heading = "The ticket")]
    pub(crate) class: Option<String>,
    /// Who asks: an address or a name that the desk knows
    #[arg(long, help_heading = "The ticket")]
    pub(crate) requestor: Option<String>,
    /// As the desk calls it
    #[arg(long, help_heading = "The ticket")]
    pub(crate) priority: Option<String>,
    /// The marker of an earlier attempt, or one of your own (16 to 64 lower-case letters, digits, hyphens):
    /// creates the ticket only if none has it
    #[arg(long, help_heading = "The ticket")]
    pub(crate) marker: Option<String>,
    /// One JSON document, for programs
    #[arg(long)]
    pub(crate) json: bool,
}

impl From<Status> for Filter {
    fn from(status: Status) -> Self {
        match status {
            Status::All => Self::All,
            Status::Open => Self::Open,
            Status::Closed => Self::Closed,
        }
    }
}

/// Try it out: three test desks on this machine, asked like any others
///
/// Starts a small Request Tracker, OTRS and iTop that end with the command, and lists the tickets of an
/// object there. Needs no configuration and no network.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// The object's id
    #[arg(default_value = "1001", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) object: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn help_fits_a_terminal_of_a_hundred_columns_and_names_what_people_search_for() {
        let help = Cli::command().render_long_help().to_string();
        for line in help.lines() {
            assert!(line.chars().count() <= 100, "{line}");
        }
        for word in [
            "TTS",
            "SGI",
            "i-doit",
            "Request\nTracker",
            "OTRS",
            "iTop",
            "EXIT STATUS",
            "HTTP_PROXY",
            "connectors_dir",
            "settle_time",
            "link_url",
        ] {
            assert!(help.contains(word), "{word}");
        }
    }

    /// Which way priorities run is told nowhere else, nor where a marker ends up.
    #[test]
    fn help_says_how_priorities_sort_and_where_a_marker_stands() {
        let long_help = |name: &str| {
            let mut cli = Cli::command();
            let command = cli.find_subcommand_mut(name).unwrap();
            let help = command.render_long_help().to_string();
            help.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        let tickets = long_help("tickets");
        for words in ["lowest first", "1 in iTop, 5 in OTRS and 100 in RT"] {
            assert!(tickets.contains(words), "{words}: {tickets}");
        }
        let create = long_help("create");
        for words in [
            "16 to 64 lower-case letters, digits",
            "\"Refers to: sgi:MARKER\"",
            "\"Reference: sgi-MARKER\"",
            "created (false: found by its marker",
        ] {
            assert!(create.contains(words), "{words}: {create}");
        }
        assert!(!create.contains('\\'), "{create}");
    }
}
