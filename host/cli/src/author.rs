//! `sgi connector new`, `build` and `check`: connectors of one's own.

use crate::args::{AuthorCommand, BuildTarget, Lang};
use crate::connector;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::{clean, json};
use sgi_kit::{Language, Names, Target};
use std::path::{Path, PathBuf};

pub(crate) async fn run(context: &Context, command: AuthorCommand) -> Result<Exit, Failure> {
    match command {
        AuthorCommand::New {
            name,
            lang,
            title,
            dir,
        } => new(context, &name, lang, title.as_deref(), dir),
        AuthorCommand::Build { dir, target } => build(context, &dir, target).await,
        AuthorCommand::Check {
            file,
            cassettes,
            json,
        } => check(context, &file, &cassettes, json).await,
    }
}

fn new(
    context: &Context,
    name: &str,
    lang: Lang,
    title: Option<&str>,
    dir: Option<PathBuf>,
) -> Result<Exit, Failure> {
    let names = Names::new(name, title).map_err(|error| Failure::Usage(format!("{error:#}")))?;
    let folder = dir.unwrap_or_else(|| PathBuf::from(name));
    let language = match lang {
        Lang::Rust => Language::Rust,
        Lang::Js => Language::JavaScript,
        Lang::Python => Language::Python,
    };
    let made = sgi_kit::create(&folder, &names, language).map_err(project)?;
    let shown = folder.display();
    context.print(&format!(
        "Made {} files in {shown}. Now\n  sgi connector build {shown}\nand read {}.\n",
        made.len(),
        folder.join("README.md").display()
    ))?;
    Ok(Exit::Ok)
}

async fn build(context: &Context, folder: &Path, target: BuildTarget) -> Result<Exit, Failure> {
    let target = match target {
        BuildTarget::Unknown => Target::Unknown,
        BuildTarget::Wasip2 => Target::Wasip2,
    };
    let file = sgi_kit::build(folder, target).map_err(project)?;
    let host = context.host_without_desks()?;
    let progress = context.progress("inspecting the connector …");
    let admission = host.inspect_file(&file).await?;
    drop(progress);
    context.print(&connector::report(&admission))?;
    context.print(&format!("{}\n", file.display()))?;
    Ok(match admission.admitted() {
        true => Exit::Ok,
        false => Exit::Connector,
    })
}

async fn check(
    context: &Context,
    file: &Path,
    cassettes: &Path,
    as_json: bool,
) -> Result<Exit, Failure> {
    let compiler = context.compiler()?;
    let say = |what: &str| {
        if context.verbose() {
            context.note(what);
        }
    };
    let progress = context.progress("judging the connector …");
    let report = sgi_kit::check(file, cassettes, Some(compiler), &say).await;
    drop(progress);
    let report = report.map_err(project)?;
    match as_json {
        true => context.print(&json::document(&report)?)?,
        false => context.print(&format!("{}\n", clean::block(&report.to_string())))?,
    }
    Ok(match report.passed() {
        true => Exit::Ok,
        false => Exit::Connector,
    })
}

fn project(error: anyhow::Error) -> Failure {
    Failure::Project(format!("{error:#}"))
}
