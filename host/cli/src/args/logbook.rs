//! What can be said of the logbook.

use clap::{Args, Subcommand};
use jiff::Timestamp;

/// An instant on the command line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At(pub(crate) Timestamp);

fn at(text: &str) -> Result<At, String> {
    let found = sgi_host::config::parse_instant(text);
    found.map(At).ok_or_else(|| {
        "expected a date (its midnight in UTC) or an instant with its offset, such as 2026-01-31 or \
         2026-01-31T08:00:00+01:00"
            .to_owned()
    })
}

/// Bring what happened in the desks into the logbook
///
/// Reads what changed since the last time and adds it to the logbook of each object that the tickets
/// reference. The first time everything is read, or what happened since `since` in
/// [desks.NAME.logbook]. It can be stopped at any moment: the next run goes on from there, and nothing
/// is lost or doubled. Only one process at a time reads a desk; another waits.
#[derive(Debug, Clone, Args)]
#[command(after_long_help = "\
EXAMPLES
  sgi sync
  sgi sync --follow                 Again and again, as a service
  sgi sync --desk helpdesk --again --since 2026-01-01
                                    Once more from that day on, for what the account could not see

JSON
  An array with one object for each desk that was read: desk, tickets (changed ones that were read),
  entries (new ones).")]
pub(crate) struct SyncArgs {
    /// Only this desk, instead of all active ones
    #[arg(long, value_name = "NAME")]
    pub(crate) desk: Option<String>,
    /// Go on until SIGTERM or Ctrl-C, each desk in its interval
    #[arg(long, conflicts_with_all = ["json", "again", "since"])]
    pub(crate) follow: bool,
    /// Read again what was read before; what the logbook has is not doubled
    #[arg(long)]
    pub(crate) again: bool,
    /// From when on, instead of what sgi.toml says; a desk that was read before needs --again
    #[arg(long, value_name = "TIME", value_parser = at)]
    pub(crate) since: Option<At>,
    /// One JSON document, for programs
    #[arg(long)]
    pub(crate) json: bool,
}

/// Show the logbook, oldest entries first
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_long_help = "\
EXAMPLES
  sgi logbook --object 1001
  sgi logbook --desk helpdesk --since 2026-11-01 --kind resolved
  sgi logbook --object 1001 --json | jq -r '.[] | [.at, .kind, .ticket.number] | @tsv'

JSON
  An array of entries: id, desk, object, object_by (none, or the attribute of the object that `object`
  is the value of), ticket (id, number, subject, url), kind (created, replied, commented, status,
  owner, queue, priority, subject, resolved, merged, deleted, referenced, unreferenced, vanished,
  other), word (the desk's, of other), into (of merged), reference, field, old, new, at, actor, text,
  derived (found by comparing two states of the ticket), recorded, delivery (none, or state, reason,
  id)."
)]
pub(crate) struct LogbookArgs {
    #[command(subcommand)]
    pub(crate) command: Option<LogbookCommand>,
    /// Of this object
    #[arg(long, value_name = "OBJECT")]
    pub(crate) object: Option<String>,
    /// Of this desk
    #[arg(long, value_name = "NAME")]
    pub(crate) desk: Option<String>,
    /// Of the ticket with this id in the desk
    #[arg(long, value_name = "ID")]
    pub(crate) ticket: Option<String>,
    /// Of this kind; may be repeated
    #[arg(long = "kind", value_name = "KIND", value_parser = sgi_host::logbook::Kind::CODES)]
    pub(crate) kinds: Vec<String>,
    /// What happened then or later
    #[arg(long, value_name = "TIME", value_parser = at)]
    pub(crate) since: Option<At>,
    /// What happened before
    #[arg(long, value_name = "TIME", value_parser = at)]
    pub(crate) until: Option<At>,
    /// What the CMDB does not have yet, or will never take, with the reason
    #[arg(long)]
    pub(crate) undelivered: bool,
    /// The newest so many
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) newest: Option<u32>,
    /// One JSON document, for programs
    #[arg(long)]
    pub(crate) json: bool,
}

/// What can be done with entries.
#[derive(Debug, Subcommand)]
pub(crate) enum LogbookCommand {
    Resolve(ResolveArgs),
}

/// Decide about entries that could not be delivered to the CMDB
///
/// `sgi logbook --undelivered` shows them, with the reasons. One that is undecided may be in the CMDB or
/// not: look there for its id, which stands in the comment as `sgi:ENTRY`. One that is refused is not
/// there. A running `sgi sync --follow` can go on meanwhile.
#[derive(Debug, Args)]
#[command(after_long_help = "\
EXAMPLES
  sgi logbook resolve 0c91… --is-there
  sgi logbook --undelivered --json | jq -r '.[] | select(.delivery.state == \"refused\") | .id' |
    xargs sgi logbook resolve --send-again
                                    All that were refused, after the reason was mended")]
pub(crate) struct ResolveArgs {
    /// Ids of entries
    #[arg(required = true, value_name = "ENTRY")]
    pub(crate) entries: Vec<String>,
    #[command(flatten)]
    pub(crate) decision: DecisionArgs,
}

/// Exactly one of them.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct DecisionArgs {
    /// The CMDB does not have it: the next `sgi sync` sends it
    #[arg(long)]
    pub(crate) send_again: bool,
    /// The CMDB has it: it counts as delivered
    #[arg(long)]
    pub(crate) is_there: bool,
    /// It shall not be sent any more; also of one that waits
    #[arg(long)]
    pub(crate) give_up: bool,
}
