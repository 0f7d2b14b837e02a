//! What can be said of the service's settings.

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use sgi_service::registry::Role;
use std::path::PathBuf;

/// When something ends, on the command line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Until(pub(crate) Timestamp);

fn until(text: &str) -> Result<Until, String> {
    let now = Timestamp::now();
    let after = || {
        let span: jiff::Span = text.trim().parse().ok()?;
        let then = now.to_zoned(TimeZone::UTC).checked_add(span).ok()?;
        Some(then.timestamp())
    };
    let found = sgi_host::config::parse_instant(text).or_else(after);
    match found {
        Some(then) if then > now => Ok(Until(then)),
        Some(_) => Err("it must lie in the future".to_owned()),
        None => Err("expected a time such as 90d, 12h or 1y, a date, or an instant".to_owned()),
    }
}

/// Look at desks that were made through the service, move them to and from files
///
/// Such desks live in settings.db in state_dir, with their passwords encrypted. All commands use them
/// beside those of sgi.toml.
#[derive(Debug, Args)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    pub(crate) command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// List all desks, with where each comes from
    #[command(after_long_help = "\
JSON
  An array: name, active, type, url, origin (\"file\" or \"service\"), revision, changed, changed_by (null
  for one of the file), problem (null, or why it cannot be used).")]
    List {
        /// One JSON document, for programs
        #[arg(long)]
        json: bool,
    },
    /// Show a desk's table, without its secrets
    #[command(after_long_help = "\
JSON
  name, origin, revision, changed, changed_by, secrets (which are kept), settings (the keys of
  [desks.NAME]).")]
    Show {
        /// The desk
        desk: String,
        /// One JSON document, for programs
        #[arg(long)]
        json: bool,
    },
    /// Write the desks that were made through the service as text for sgi.toml to stdout
    #[command(after_long_help = "\
EXAMPLES
  sgi config export > desks.toml
  (umask 077; sgi config export --with-secrets > desks.toml)")]
    Export {
        /// Only this desk
        #[arg(value_parser = NonEmptyStringValueParser::new())]
        desk: Option<String>,
        /// With passwords, in clear text; without, a comment stands in their place
        #[arg(long)]
        with_secrets: bool,
    },
    /// Take the desks of a file into the service's settings: all of them, or on an error none
    ///
    /// Passwords that the file names by { env = … } or { file = … } are fetched now, and certificates
    /// read. Other tables than desks are not taken.
    Import {
        /// The file, written as sgi.toml is
        file: PathBuf,
        /// Replace desks that are there; a password that the file leaves out stays
        #[arg(long)]
        replace: bool,
    },
    /// Remove a desk that was made through the service; its logbook stays
    Remove {
        /// The desk
        desk: String,
    },
}

/// Make, list and revoke tokens, by which programs use the service's API
///
/// As long as there is neither a token nor an account, the service asks for none and listens on this
/// machine only.
#[derive(Debug, Args)]
pub(crate) struct TokenArgs {
    #[command(subcommand)]
    pub(crate) command: TokenCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Make a token, and write it to stdout: this once, it is kept nowhere
    #[command(after_long_help = "\
EXAMPLE
  sgi token create cmdb --role operate --expires 1y

JSON
  name, role, expires, token.")]
    Create {
        /// What to call it: it stands in the audit trail
        name: String,
        /// What it lets one do: read (tickets, desks, the logbook), operate (create tickets, check desks,
        /// too), administer (change settings, trust connectors, too)
        #[arg(long, value_name = "ROLE")]
        role: Role,
        /// After that time, or from then on, it is worth nothing: 90d, 12h, 1y, a date
        #[arg(long, value_name = "TIME", value_parser = until)]
        expires: Option<Until>,
        /// One JSON document, for programs
        #[arg(long)]
        json: bool,
    },
    /// List the tokens; what they are is not known
    #[command(after_long_help = "\
JSON
  An array: name, role, created, created_by, expires, used (to the minute).")]
    List {
        /// One JSON document, for programs
        #[arg(long)]
        json: bool,
    },
    /// Make a token worthless at once
    Revoke {
        /// Its name
        name: String,
        /// Also if there is neither a token nor an account then: everybody on this machine may do everything
        #[arg(long)]
        open: bool,
    },
}

/// Make, list and remove accounts, by which people log in to the service
#[derive(Debug, Args)]
pub(crate) struct AccountArgs {
    #[command(subcommand)]
    pub(crate) command: AccountCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AccountCommand {
    /// Make an account; its password is asked for
    Add {
        /// By which one logs in
        name: String,
        /// What one may do: read, operate, administer (see `sgi token create --help`)
        #[arg(long, value_name = "ROLE")]
        role: Role,
        /// Take the password from stdin: one line
        #[arg(long)]
        password_stdin: bool,
    },
    /// List the accounts
    #[command(after_long_help = "\
JSON
  An array: name, role, created, created_by, changed (the password).")]
    List {
        /// One JSON document, for programs
        #[arg(long)]
        json: bool,
    },
    /// Remove an account
    Remove {
        /// Its name
        name: String,
        /// Also if there is neither a token nor an account then: everybody on this machine may do everything
        #[arg(long)]
        open: bool,
    },
    /// Give an account another password, which is asked for
    Password {
        /// Its name
        name: String,
        /// Take the password from stdin: one line
        #[arg(long)]
        password_stdin: bool,
    },
}

/// Show who changed what in the service, newest first
#[derive(Debug, Args)]
#[command(after_long_help = "\
EXAMPLES
  sgi audit
  sgi audit --json --limit 1000 | jq -c '.[] | select(.subject == \"helpdesk\")'

JSON
  An array: sequence, at, who (such as \"token ci\", \"account anna\", \"cli\"), action, subject, detail,
  failure (null: it was done). --before SEQUENCE goes on.")]
pub(crate) struct AuditArgs {
    /// No more than so many entries
    #[arg(long, value_name = "COUNT", default_value_t = 50,
          value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) limit: u32,
    /// Only those before this one
    #[arg(long, value_name = "SEQUENCE")]
    pub(crate) before: Option<i64>,
    /// One JSON document, for programs
    #[arg(long)]
    pub(crate) json: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_lies_in_the_future() {
        for good in ["90d", "12h", "1y", "2999-01-01", "2999-01-01T00:00:00Z"] {
            assert!(until(good).is_ok(), "{good}");
        }
        for bad in ["", "soon", "-1d", "0d", "2001-01-01", "5"] {
            assert!(until(bad).is_err(), "{bad}");
        }
    }
}
