//! `sgi account`: people who log in to the service.

use crate::args::{AccountArgs, AccountCommand};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::screen::Screen;
use crate::table::{self, Cell, Column};
use crate::times::Zone;
use crate::token::{last, warn_of_nobody};
use crate::{clean, json};
use secrecy::{ExposeSecret, SecretString};
use sgi_service::registry::{Account, Who};
use std::io::{self, IsTerminal, Read};

/// Of a line on stdin: longer than any password may be.
const LONGEST: u64 = 4096;

pub(crate) async fn run(context: &Context, args: AccountArgs) -> Result<Exit, Failure> {
    match args.command {
        AccountCommand::Add {
            name,
            role,
            password_stdin,
        } => {
            let registry = context.registry().await?;
            let password = password(&name, password_stdin)?;
            registry
                .add_account(&name, role, password, &Who::Cli)
                .await?;
        }
        AccountCommand::List { json } => {
            let accounts = match context.existing_registry().await? {
                Some(registry) => registry.accounts().await?,
                None => Vec::new(),
            };
            context.print(&match json {
                true => json::document(&accounts)?,
                false => show(context.screen, &accounts, &Zone::local()),
            })?;
        }
        AccountCommand::Remove { name, open } => {
            let registry = context.registry().await?;
            registry
                .remove_account(&name, last(open), &Who::Cli)
                .await?;
            warn_of_nobody(context, &registry).await?;
        }
        AccountCommand::Password {
            name,
            password_stdin,
        } => {
            let registry = context.registry().await?;
            let password = password(&name, password_stdin)?;
            registry.set_password(&name, password, &Who::Cli).await?;
        }
    }
    Ok(Exit::Ok)
}

/// Asked for twice on the terminal, without being shown; or a line of stdin.
fn password(name: &str, from_stdin: bool) -> Result<SecretString, Failure> {
    if from_stdin {
        let mut text = String::new();
        let read = io::stdin().lock().take(LONGEST).read_to_string(&mut text);
        read.map_err(|error| Failure::Usage(format!("no password on stdin: {error}")))?;
        let text = SecretString::from(text);
        let line = text.expose_secret();
        let line = line.strip_suffix('\n').unwrap_or(line);
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.contains('\n') {
            return Err(Failure::Usage(
                "stdin holds more than one line; it must hold the password and nothing else"
                    .to_owned(),
            ));
        }
        return Ok(SecretString::from(line));
    }
    if !io::stdin().is_terminal() {
        return Err(Failure::Usage(
            "there is no terminal to ask for the password; add --password-stdin to take it from stdin"
                .to_owned(),
        ));
    }
    let ask = |prompt: String| {
        rpassword::prompt_password(prompt)
            .map(SecretString::from)
            .map_err(|error| Failure::Usage(format!("the password cannot be asked for: {error}")))
    };
    let first = ask(format!("Password of {}: ", clean::line(name)))?;
    let second = ask("Once more: ".to_owned())?;
    if first.expose_secret() != second.expose_secret() {
        return Err(Failure::Usage(
            "the two passwords are different; nothing was changed".to_owned(),
        ));
    }
    Ok(first)
}

fn show(screen: Screen, accounts: &[Account], zone: &Zone) -> String {
    if accounts.is_empty() {
        return String::new();
    }
    let column = |head, rank, text: &dyn Fn(&Account) -> String| {
        let cells = accounts.iter().map(|a| Cell::new(clean::line(&text(a))));
        Column::new(head, rank, cells.collect())
    };
    let columns = vec![
        column("Account", 0, &|a| a.name.clone()),
        column("Role", 0, &|a| a.role.to_string()),
        column("Password of", 1, &|a| zone.short(a.changed)),
        column("Created", 2, &|a| zone.short(a.created)),
        column("By", 3, &|a| a.created_by.clone()),
    ];
    table::render(screen, columns, &[])
}
