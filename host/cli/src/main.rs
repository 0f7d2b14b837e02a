//! `sgi`: the tickets of an object, from the command line.
//!
//! ```text
//! tickets, ticket, links, create, check, sync, logbook, serve, connector, demo: a command each
//! args, object: what can be said          context: what all commands need
//! desks: which are meant, asking them     failure: what went wrong
//! exit: the number that a script sees     log: what is done, where it is asked for
//! screen: what the terminal can do        clean: texts that must not drive it
//! table: rows for people                  json: documents for programs
//! times: instants for people              progress: a sign of life
//! deliver: what `sync` does for the CMDB  trust: which connectors may run
//! config, token, account, audit: what the service keeps
//! author: connectors of one's own        memory: nothing of it in a core dump
//! ```
//!
//! Results go to stdout, everything else to stderr. Foreign text passes [`clean`] on its way to a
//! person, and is escaped on its way to a program.

mod account;
mod args;
mod audit;
mod author;
mod check;
mod config;
mod connector;
mod context;
mod create;
mod deliver;
mod demo;
mod desks;
mod exit;
mod failure;
mod json;
mod known;
mod links;
mod log;
mod logbook;
mod memory;
mod object;
mod progress;
mod resolve;
mod screen;
mod serve;
mod sync;
mod table;
mod ticket;
mod tickets;
mod times;
mod token;
mod trust;

use args::{Cli, Command};
use clap::{CommandFactory, Parser};
use context::Context;
use exit::Exit;
use failure::Failure;
use sgi_host::clean;
use std::process::ExitCode;

// SIGINT keeps its default meaning: Ctrl-C ends the process at once, whatever it is doing. Nothing
// needs an orderly end: what the host writes to disk is renamed into place when it is complete.
fn main() -> ExitCode {
    // The host runs this program again to compile connectors.
    if let Some(exit) = sgi_host::compile_if_asked() {
        return exit;
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return context::misused(&error),
    };
    let context = Context::new(&cli);
    memory::closed(&context);
    let serves = matches!(cli.command, Command::Serve(_));
    let outcome = log::start(cli.verbose, serves, context.stderr_color()).and_then(|()| {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::internal("the runtime does not start", &error))?;
        let outcome = runtime.block_on(run(&context, cli.command));
        // Not waiting for threads that still compile or resolve a name: the answer is there.
        runtime.shutdown_background();
        outcome
    });
    match outcome {
        Ok(exit) => exit.into(),
        // The reader (`head`, a pager) has seen enough.
        Err(Failure::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => {
            Exit::Ok.into()
        }
        Err(failure) => {
            context.tell(None, &failure);
            failure.exit().into()
        }
    }
}

async fn run(context: &Context, command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Check(args) => check::run(context, args).await,
        Command::Tickets(args) => tickets::run(context, args).await,
        Command::Ticket(args) => ticket::run(context, args).await,
        Command::Links(args) => links::run(context, args).await,
        Command::Create(args) => create::run(context, args).await,
        Command::Sync(args) => sync::run(context, args).await,
        Command::Serve(args) => serve::run(context, args).await,
        Command::Logbook(args) => logbook::run(context, args).await,
        Command::Connector(args) => connector::run(context, args).await,
        Command::Config(args) => config::run(context, args).await,
        Command::Token(args) => token::run(context, args).await,
        Command::Account(args) => account::run(context, args).await,
        Command::Audit(args) => audit::run(context, args).await,
        Command::Demo(args) => demo::run(context, args).await,
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "sgi", &mut script);
            context.print(&String::from_utf8_lossy(&script))?;
            Ok(Exit::Ok)
        }
    }
}
