//! `sgi token`: what programs show to the service.

use crate::args::{TokenArgs, TokenCommand, Until};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::screen::Screen;
use crate::table::{self, Cell, Column};
use crate::times::Zone;
use crate::{clean, json};
use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde_json::json;
use sgi_service::registry::{Last, Registry, Role, Token, Who};

pub(crate) async fn run(context: &Context, args: TokenArgs) -> Result<Exit, Failure> {
    match args.command {
        TokenCommand::Create {
            name,
            role,
            expires,
            json,
        } => create(context, &name, role, expires, json).await?,
        TokenCommand::List { json } => {
            let tokens = match context.existing_registry().await? {
                Some(registry) => registry.tokens().await?,
                None => Vec::new(),
            };
            context.print(&match json {
                true => json::document(&tokens)?,
                false => show(context.screen, &tokens, &Zone::local()),
            })?;
        }
        TokenCommand::Revoke { name, open } => {
            let registry = context.registry().await?;
            registry.revoke_token(&name, last(open), &Who::Cli).await?;
            warn_of_nobody(context, &registry).await?;
        }
    }
    Ok(Exit::Ok)
}

async fn create(
    context: &Context,
    name: &str,
    role: Role,
    expires: Option<Until>,
    json: bool,
) -> Result<(), Failure> {
    let registry = context.registry().await?;
    let expires = expires.map(|until| until.0);
    let token = registry
        .create_token(name, role, expires, &Who::Cli)
        .await?;
    let token = token.expose_secret();
    if json {
        let document = json!({ "name": name, "role": role, "expires": expires, "token": token });
        return context.print(&json::document(&document)?);
    }
    context.print(&format!("{token}\n"))?;
    context.note("keep it where only its user can read it: it is not shown again");
    Ok(())
}

/// Whether the last one may go.
pub(crate) fn last(open: bool) -> Last {
    match open {
        true => Last::Goes,
        false => Last::Stays,
    }
}

/// Tells when the last who could show who they are is gone.
pub(crate) async fn warn_of_nobody(context: &Context, registry: &Registry) -> Result<(), Failure> {
    if !registry.knows_anybody().await? {
        context.warn(
            "there is neither a token nor an account any more: on this machine the service now lets \
             everybody do everything",
        );
    }
    Ok(())
}

fn show(screen: Screen, tokens: &[Token], zone: &Zone) -> String {
    if tokens.is_empty() {
        return String::new();
    }
    let now = Timestamp::now();
    let column = |head, rank, text: &dyn Fn(&Token) -> String| {
        let cells = tokens
            .iter()
            .map(|token| Cell::new(clean::line(&text(token))));
        Column::new(head, rank, cells.collect())
    };
    let columns = vec![
        column("Token", 0, &|t| t.name.clone()),
        column("Role", 0, &|t| t.role.to_string()),
        column("Expires", 0, &|t| match t.expires {
            Some(at) if at <= now => format!("{} (expired)", zone.short(at)),
            Some(at) => zone.short(at),
            None => "never".to_owned(),
        }),
        column("Last used", 1, &|t| {
            t.used.map_or("never".to_owned(), |at| zone.short(at))
        }),
        column("Created", 2, &|t| zone.short(t.created)),
        column("By", 3, &|t| t.created_by.clone()),
    ];
    table::render(screen, columns, &[])
}
