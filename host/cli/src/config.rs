//! `sgi config`: the desks that were made through the service.

use crate::args::{ConfigArgs, ConfigCommand};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::screen::{BAD, Screen};
use crate::table::{self, Cell, Column};
use crate::times::Zone;
use crate::{clean, json};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, json};
use sgi_host::config::{Config, DeskSecrets};
use sgi_service::registry::view::{Configured, Desks, KnownDesk, Origin};
use sgi_service::registry::{Put, RegistryError, StoredDesk, Who};
use std::path::Path;

pub(crate) async fn run(context: &Context, args: ConfigArgs) -> Result<Exit, Failure> {
    match args.command {
        ConfigCommand::List { json } => list(context, json).await,
        ConfigCommand::Show { desk, json } => show(context, &desk, json).await,
        ConfigCommand::Export { desk, with_secrets } => {
            export(context, desk.as_deref(), with_secrets).await
        }
        ConfigCommand::Import { file, replace } => import(context, &file, replace).await,
        ConfigCommand::Remove { desk } => {
            let registry = context.existing_registry().await?;
            let registry = registry.ok_or_else(|| unknown(&desk))?;
            registry.remove_desk(&desk, None, &Who::Cli).await?;
            Ok(Exit::Ok)
        }
    }
}

/// All desks; what is wrong with the store is told, and is what the command comes to.
async fn all(context: &Context) -> Result<(Desks, Exit), Failure> {
    let mut desks = context.desks(&context.config_if_any()?).await;
    let exit = match desks.store.take() {
        Some(error) => {
            let failure = Failure::from(error);
            context.tell(None, &failure);
            failure.exit()
        }
        None => Exit::Ok,
    };
    Ok((desks, exit))
}

async fn list(context: &Context, json: bool) -> Result<Exit, Failure> {
    let (desks, exit) = all(context).await?;
    let items: Vec<Item<'_>> = desks.desks.iter().map(Item::from).collect();
    if json {
        context.print(&json::document(&items)?)?;
    } else {
        context.print(&for_people(context.screen, &items, &Zone::local()))?;
    }
    Ok(exit)
}

/// An item of the array for programs.
#[derive(Serialize)]
struct Item<'a> {
    name: &'a str,
    active: bool,
    #[serde(rename = "type")]
    kind: Option<&'a str>,
    url: Option<&'a str>,
    origin: &'static str,
    revision: Option<i64>,
    changed: Option<Timestamp>,
    changed_by: Option<&'a str>,
    problem: Option<String>,
}

impl<'a> From<&'a KnownDesk> for Item<'a> {
    fn from(desk: &'a KnownDesk) -> Self {
        let written = written(desk);
        let text = |key: &str| written?.get(key).and_then(Value::as_str);
        let stored = stored(desk);
        // What is wrong with an inactive one does not matter.
        let problem = desk.active().then(|| desk.settings().err()).flatten();
        Self {
            name: &desk.name,
            active: desk.active(),
            kind: text("type"),
            url: text("url"),
            origin: origin(desk),
            revision: stored.map(|desk| desk.revision),
            changed: stored.map(|desk| desk.changed),
            changed_by: stored.map(|desk| desk.changed_by.as_str()),
            problem: problem.map(|problem| problem.to_string()),
        }
    }
}

/// At the command line all desks have a table.
fn written(desk: &KnownDesk) -> Option<&Map<String, Value>> {
    match &desk.origin {
        Origin::File(entry) => Some(entry.written()),
        Origin::Store(desk) => Some(desk.written()),
        Origin::Fixed(_) | Origin::Twice { .. } => None,
    }
}

fn stored(desk: &KnownDesk) -> Option<&StoredDesk> {
    match &desk.origin {
        Origin::File(_) | Origin::Fixed(_) | Origin::Twice { .. } => None,
        Origin::Store(desk) => Some(desk),
    }
}

fn origin(desk: &KnownDesk) -> &'static str {
    match desk.origin {
        Origin::File(_) | Origin::Fixed(_) => "file",
        Origin::Store(_) => "service",
        Origin::Twice { .. } => "both",
    }
}

fn for_people(screen: Screen, items: &[Item<'_>], zone: &Zone) -> String {
    if items.is_empty() {
        return String::new();
    }
    let column = |head, rank, text: &dyn Fn(&Item<'_>) -> String| {
        let cells = items.iter().map(|item| Cell::new(clean::line(&text(item))));
        Column::new(head, rank, cells.collect())
    };
    let or_empty = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let columns = vec![
        column("Desk", 0, &|i| i.name.to_owned()),
        column("Type", 1, &|i| or_empty(i.kind)),
        column("Active", 1, &|i| {
            if i.active { "yes" } else { "no" }.to_owned()
        }),
        column("From", 1, &|i| i.origin.to_owned()),
        column("Changed", 3, &|i| {
            i.changed.map_or(String::new(), |at| zone.short(at))
        }),
        column("By", 4, &|i| or_empty(i.changed_by)),
        column("URL", 2, &|i| or_empty(i.url)).elastic(),
    ];
    let mut text = table::render(screen, columns, &[]);
    for item in items {
        for line in item.problem.iter().flat_map(|problem| problem.lines()) {
            let mark = screen.paint("cannot be used", BAD);
            text.push_str(&format!("\n{} {mark}: {}\n", item.name, clean::line(line)));
        }
    }
    text
}

async fn show(context: &Context, name: &str, json: bool) -> Result<Exit, Failure> {
    let (desks, exit) = all(context).await?;
    let desk = match desks.get(name) {
        Some(desk) => desk,
        None if exit != Exit::Ok => return Ok(exit),
        None => {
            return Err(Failure::Desk {
                code: "unknown-desk",
                desk: Some(name.to_owned()),
                message: format!("there is no desk {name:?}; `sgi config list` lists them"),
            });
        }
    };
    if json {
        let stored = stored(desk);
        let secrets: Vec<&str> = stored.into_iter().flat_map(StoredDesk::secrets).collect();
        let document = json!({
            "name": desk.name,
            "origin": origin(desk),
            "revision": stored.map(|desk| desk.revision),
            "changed": stored.map(|desk| desk.changed),
            "changed_by": stored.map(|desk| &desk.changed_by),
            "secrets": stored.map(|_| secrets),
            "settings": written(desk),
        });
        context.print(&json::document(&document)?)?;
        return Ok(exit);
    }
    let text = match &desk.origin {
        Origin::File(entry) => entry.to_toml(&DeskSecrets::default()),
        Origin::Store(desk) => {
            let entry = desk.entry.clone().map_err(Failure::Config)?;
            entry.to_toml(&DeskSecrets::default())
        }
        Origin::Twice { clash, .. } => return Err(RegistryError::from(clash.clone()).into()),
        Origin::Fixed(_) => String::new(),
    };
    context.print(&format!("{}\n", clean::block(&text)))?;
    Ok(exit)
}

async fn export(
    context: &Context,
    wanted: Option<&str>,
    with_secrets: bool,
) -> Result<Exit, Failure> {
    let mut desks = match context.existing_registry().await? {
        Some(registry) => registry.desks().await?,
        None => Vec::new(),
    };
    if let Some(wanted) = wanted {
        desks.retain(|desk| desk.name == wanted);
        if desks.is_empty() {
            return Err(unknown(wanted));
        }
    }
    let mut parts = Vec::new();
    for desk in desks {
        parts.push(if with_secrets {
            let entry = desk.with_secrets()?;
            entry.to_toml(&entry.secrets())
        } else {
            let entry = desk.entry.clone().map_err(Failure::Config)?;
            entry.to_toml(&DeskSecrets::default())
        });
    }
    // As it is: a program reads it, and what a table may hold TOML has escaped.
    context.print(&parts.join("\n"))?;
    Ok(Exit::Ok)
}

async fn import(context: &Context, file: &Path, replace: bool) -> Result<Exit, Failure> {
    let config = context.config_if_any()?;
    let source = Config::load(file)?;
    for warning in &source.warnings {
        context.warn(warning);
    }
    if source.desks.is_empty() {
        return Err(Failure::Usage(format!(
            "there is no desk in {}: nothing to import",
            file.display()
        )));
    }
    let registry = context.registry().await?;
    let put = match replace {
        true => Put::Replace,
        false => Put::Create,
    };
    let mut changes = Vec::new();
    let mut exits = Vec::new();
    for (name, entry) in &source.desks {
        let change = async {
            Configured::from(&config).free(name)?;
            registry.prepare_entry(entry.on_its_own()?, put).await
        };
        match change.await {
            Ok(change) => changes.push(change),
            Err(error) => {
                let failure = match error {
                    RegistryError::Exists { .. } => Failure::Desk {
                        code: "exists",
                        desk: None,
                        message: "there is such a desk already; to replace it, add --replace"
                            .to_owned(),
                    },
                    RegistryError::InFile { file, .. } => Failure::Desk {
                        code: "exists",
                        desk: None,
                        message: format!(
                            "there is such a desk in {} already; take it out of there first",
                            file.display()
                        ),
                    },
                    error => error.into(),
                };
                context.tell(Some(name), &failure);
                exits.push(failure.exit());
            }
        }
    }
    if let Some(exit) = exits.first() {
        context.note("nothing was imported");
        return Ok(*exit);
    }
    let count = changes.len();
    registry.commit_all(changes, &Who::Cli).await?;
    context.note(&match count {
        1 => "1 desk was imported".to_owned(),
        count => format!("{count} desks were imported"),
    });
    Ok(Exit::Ok)
}

fn unknown(desk: &str) -> Failure {
    Failure::from(RegistryError::Unknown {
        what: "desk",
        name: desk.to_owned(),
    })
}
