//! What can be said of the service.

use clap::Args;
use std::net::SocketAddr;

/// Serve an HTTP API: tickets, the logbook, and the desks, whose connectors are swapped while it runs
///
/// Reads sgi.toml, opens all active desks, follows what happens in them, and delivers new entries of the
/// logbook to the CMDB. When sgi.toml or a connector in its folder changes, the desks that it is about are
/// opened anew beside the old ones, and take their places once their checks have passed; no request fails
/// meanwhile. GET /api/v1/openapi.json describes the API.
#[derive(Debug, Args)]
#[command(after_long_help = "\
EXAMPLES
  sgi serve
  sgi serve --demo                  With three test desks that come along
  curl 'http://127.0.0.1:8780/api/v1/tickets?object=1001'

It ends on SIGTERM or Ctrl-C, after the requests that are under way.")]
pub(crate) struct ServeArgs {
    /// Where it listens
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8780")]
    pub(crate) listen: SocketAddr,
    /// Serve three test desks on this machine, which end with the command; needs no configuration
    #[arg(long)]
    pub(crate) demo: bool,
}
