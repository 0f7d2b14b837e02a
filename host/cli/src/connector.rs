//! `sgi connector`: the connectors that are there, and judging one that is not yet.

use crate::args::{ConnectorArgs, ConnectorCommand};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::screen::{BAD, CAUTION, Screen};
use crate::table::{self, Cell, Column};
use crate::{author, clean, json, trust};
use serde::Serialize;
use sgi_host::{Admission, Installed, Profile, Replay, Source, Trust};
use std::path::Path;

pub(crate) async fn run(context: &Context, args: ConnectorArgs) -> Result<Exit, Failure> {
    match args.command {
        ConnectorCommand::List { json } => list(context, json).await,
        ConnectorCommand::Inspect { file, json } => inspect(context, &file, json).await,
        ConnectorCommand::Replay {
            file,
            component,
            json,
        } => replay(context, &file, component.as_deref(), json).await,
        ConnectorCommand::Approve { what, yes } => trust::approve(context, &what, yes).await,
        ConnectorCommand::Rollback { id, to } => trust::rollback(context, &id, to.as_deref()).await,
        ConnectorCommand::Trust(args) => trust::keys(context, args).await,
        ConnectorCommand::Pin(args) => trust::pins(context, args).await,
        ConnectorCommand::Author(command) => author::run(context, command).await,
    }
}

async fn list(context: &Context, json: bool) -> Result<Exit, Failure> {
    let host = context.host_without_desks()?;
    let progress = context.progress("reading the connectors …");
    let connectors = host.connectors().await;
    drop(progress);
    if json {
        let items: Vec<Item<'_>> = connectors.iter().map(Item::from).collect();
        context.print(&json::document(&items)?)?;
    } else {
        context.print(&show(context.screen, &connectors, host.connectors_dir()))?;
    }
    Ok(Exit::Ok)
}

fn source(connector: &Installed) -> String {
    match &connector.source {
        Source::File(path) => path.display().to_string(),
        Source::Kept { file, .. } => file.display().to_string(),
        Source::Builtin => "builtin".to_owned(),
    }
}

/// An item of the array for programs.
#[derive(Serialize)]
struct Item<'a> {
    id: &'a str,
    version: &'a str,
    name: &'a str,
    digest: Option<String>,
    size: usize,
    source: String,
    profile: Option<Profile>,
    trust: &'a Trust,
    problem: Option<&'a str>,
}

impl<'a> From<&'a Installed> for Item<'a> {
    fn from(connector: &'a Installed) -> Self {
        Self {
            id: &connector.id,
            version: &connector.version,
            name: &connector.name,
            digest: connector.digest.as_ref().map(ToString::to_string),
            size: connector.size,
            source: source(connector),
            profile: connector.profile,
            trust: &connector.trust,
            problem: connector.problem.as_deref(),
        }
    }
}

fn show(screen: Screen, connectors: &[Installed], folder: Option<&Path>) -> String {
    let column = |head, rank, text: &dyn Fn(&Installed) -> String| {
        let cells = connectors.iter().map(|c| Cell::new(clean::line(&text(c))));
        Column::new(head, rank, cells.collect())
    };
    let columns = vec![
        column("Type", 0, &|c| c.id.clone()),
        column("Version", 1, &|c| c.version.clone()),
        column("Name", 2, &|c| c.name.clone()),
        column("Trust", 1, &|c| c.trust.to_string()),
        column("Size", 4, &|c| size(c.size)),
        // A file is not shortened to a width: its end is what tells it from others.
        column("Source", 0, &source).elastic(),
        column("Digest", 3, &|c| {
            let digest = c.digest.as_ref().map(ToString::to_string);
            shown_digest(screen, &digest.unwrap_or_default())
        }),
    ];
    let mut text = table::render(screen, columns, &[]);
    for connector in connectors {
        if let Some(problem) = &connector.problem {
            let who = clean::line(&format!("{} ({})", connector.id, source(connector)));
            let mark = match connector.trust.runs() {
                true => screen.paint("cannot be used", BAD),
                false => screen.paint(&connector.trust.to_string(), CAUTION),
            };
            text.push_str(&format!("\n{who} {mark}: {}\n", clean::line(problem)));
        }
        if connector.profile == Some(Profile::EmptyWasi) {
            let id = clean::line(&connector.id);
            text.push_str(&format!(
                "\n{id} imports the rest of WASI: allowed with [connectors.{id}] wasi = \"empty\"\n"
            ));
        }
    }
    if let Some(folder) = folder {
        let folder = clean::line(&folder.display().to_string());
        text.push_str(&format!(
            "\nFurther connectors are put into {folder}, as ID.wasm. One that is built in goes before a \
             file\nof the same type; type = \"ID@VERSION\" or \"ID@DIGEST\" asks for the file. Each runs once it is \
             approved\n(`sgi connector approve ID`), pinned, or signed with a key that is trusted.\n"
        ));
    }
    text
}

/// On a terminal the beginning is enough to compare by eye; a file gets what `type` can name.
fn shown_digest(screen: Screen, digest: &str) -> String {
    match (screen.width, digest.get(..19)) {
        (Some(_), Some(start)) => format!("{start}…"),
        _ => digest.to_owned(),
    }
}

fn size(bytes: usize) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{} KiB", bytes.div_ceil(1024)),
        _ => {
            let tenths = bytes.saturating_mul(10) / 1_048_576;
            format!("{}.{} MiB", tenths / 10, tenths % 10)
        }
    }
}

async fn inspect(context: &Context, file: &Path, json: bool) -> Result<Exit, Failure> {
    let host = context.host_without_desks()?;
    let progress = context.progress("inspecting the connector …");
    let admission = host.inspect_file(file).await?;
    drop(progress);
    if json {
        context.print(&json::document(&admission)?)?;
    } else {
        context.print(&report(&admission))?;
    }
    Ok(match admission.admitted() {
        true => Exit::Ok,
        false => Exit::Connector,
    })
}

/// What a connector is, for people.
pub(crate) fn report(admission: &Admission) -> String {
    let text = clean::block(&admission.to_string());
    format!("{}\n", text.trim_end())
}

async fn replay(
    context: &Context,
    file: &Path,
    component: Option<&Path>,
    json: bool,
) -> Result<Exit, Failure> {
    let host = context.host_without_desks()?;
    let progress = context.progress("making the call again …");
    let replay = host.replay(file, component).await?;
    drop(progress);
    match json {
        true => context.print(&json::document(&replay)?)?,
        false => context.print(&clean::block(&told(&replay)))?,
    }
    Ok(match replay.same {
        true => Exit::Ok,
        false => Exit::Connector,
    })
}

fn told(replay: &Replay) -> String {
    let mut text = format!(
        "{} of the desk {} at {}, in {} ({})\n",
        replay.call, replay.desk, replay.at, replay.connector, replay.digest
    );
    if let Some(other) = &replay.other {
        text.push_str(&format!("made again in another component ({other})\n"));
    }
    text.push_str(&format!("\nthen: {}\n", replay.then));
    text.push_str(&format!(
        "now:  {}\n",
        replay.now.as_deref().unwrap_or("it answers")
    ));
    for missing in &replay.missing {
        text.push_str(&format!("      not in the file: {missing}\n"));
    }
    if let Some(trace) = &replay.trace {
        text.push_str(&format!("\nthen, {trace}\n"));
    }
    text.push_str(match replay.same {
        true => "\nIt ended the same.\n",
        false => "\nIt did not end the same.\n",
    });
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screen::NOWHERE;

    #[test]
    fn sizes_are_for_people() {
        assert_eq!(size(0), "0 B");
        assert_eq!(size(1025), "2 KiB");
        assert_eq!(size(3_456_789), "3.2 MiB");
    }

    #[test]
    fn a_digest_is_short_only_on_a_terminal() {
        let full = format!("sha256:{}", "0123456789ab".repeat(5));
        assert_eq!(shown_digest(NOWHERE, &full), full);
        let screen = Screen {
            width: Some(80),
            ..NOWHERE
        };
        assert_eq!(shown_digest(screen, &full), "sha256:0123456789ab…");
        assert_eq!(shown_digest(screen, "?"), "?");
    }
}
