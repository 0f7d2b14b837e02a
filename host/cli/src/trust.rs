//! `sgi connector approve`, `rollback`, `trust`: which connectors may run.

use crate::args::{PinArgs, TrustArgs};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::{clean, json as documents};
use serde_json::{Value, json};
use sgi_host::{Digest, Host, LetIn, Review, TrustedKey};
use sgi_service::registry::{Act, Who};
use std::io::{IsTerminal, Write};
use std::path::Path;

/// A key and its comment have two short lines.
const MAX_KEY: u64 = 8 << 10;

/// Who decides, for the record: the person behind `sudo`, if that is how it was done.
fn who() -> String {
    let name = |variable: &str| std::env::var(variable).ok().filter(|name| !name.is_empty());
    ["SUDO_USER", "USER", "LOGNAME"]
        .into_iter()
        .find_map(name)
        .unwrap_or_else(|| "somebody on this machine".to_owned())
}

/// Into the audit trail of the service, where there is one.
async fn record(
    context: &Context,
    (action, subject): (&str, &str),
    detail: Value,
) -> Result<(), Failure> {
    let Some(registry) = context.existing_registry().await? else {
        return Ok(());
    };
    let act = Act {
        who: &Who::Cli,
        action,
        subject,
        detail,
        failure: None,
    };
    Ok(registry.record(act).await?)
}

pub(crate) async fn approve(context: &Context, what: &str, yes: bool) -> Result<Exit, Failure> {
    let host = context.host_without_desks()?;
    let progress = context.progress("inspecting the connector …");
    let file = Path::new(what);
    let review = match file.is_file() || what.contains('/') {
        true => host.review_file(file).await?,
        false => host.review(host.component_called(what).await?).await?,
    };
    drop(progress);
    context.print(&shown(&review))?;
    if !review.report.admitted() {
        return Ok(Exit::Connector);
    }
    if !yes && !confirmed(&review)? {
        context.note("nothing was approved");
        return Ok(Exit::Ok);
    }
    let digest = review.digest;
    let detail = json!({ "digest": digest, "differences": review.differences });
    let approved = host.approve_reviewed(review, &who()).await?;
    context.print(&format!("Approved {}.\n", named(&approved)))?;
    record(context, ("connector.approve", &approved.asks.id), detail).await?;
    if host.component_called(&digest.to_string()).await.is_err() {
        let folder = host
            .connectors_dir()
            .map(|folder| folder.display().to_string());
        context.note(&format!(
            "it is used once it is in the folder of connectors: copy it to {}/{}.wasm",
            folder.unwrap_or_default(),
            approved.asks.id
        ));
    }
    Ok(Exit::Ok)
}

/// `guest 1.0.0 (sha256:…)`
fn named(let_in: &LetIn) -> String {
    let LetIn { digest, asks, .. } = let_in;
    clean::line(&format!("{} {} ({digest})", asks.id, asks.version)).to_string()
}

/// The report, and what is more than before.
fn shown(review: &Review) -> String {
    let report = clean::block(&review.report.to_string())
        .trim_end()
        .to_owned();
    let mut text = format!("{report}\n");
    let Some(asks) = review.asks() else {
        return text;
    };
    match &review.before {
        None => text.push_str(&format!(
            "Nothing ran as {} before.\n",
            clean::line(&asks.id)
        )),
        Some(before) if review.differences.is_empty() => {
            text.push_str(&format!(
                "It asks for no more than {}.\n",
                clean::line(before)
            ));
        }
        Some(before) => {
            text.push_str(&format!("It asks for more than {}:\n", clean::line(before)));
            for difference in &review.differences {
                text.push_str(&format!("  it {}\n", clean::line(difference)));
            }
        }
    }
    text
}

/// Asks on the terminal.
fn confirmed(review: &Review) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::Usage(
            "nobody can be asked, as stdin is no terminal: add --yes to approve it".to_owned(),
        ));
    }
    let id = review.asks().map_or("it", |asks| asks.id.as_str());
    let question = format!("Approve {} ({})? [y/N] ", clean::line(id), review.digest);
    let mut stderr = std::io::stderr().lock();
    stderr.write_all(question.as_bytes())?;
    stderr.flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

pub(crate) async fn rollback(
    context: &Context,
    id: &str,
    to: Option<&str>,
) -> Result<Exit, Failure> {
    let host = context.host_without_desks()?;
    let to = to.map(|to| meant(&host, id, to)).transpose()?;
    let went = host.rollback(id, to, &who()).await?;
    context.print(&format!(
        "{} serves now, whatever file there is; `sgi connector approve {}` ends that.\n",
        named(&went),
        clean::line(id)
    ))?;
    let detail = json!({ "digest": went.digest });
    record(context, ("connector.rollback", id), detail).await?;
    Ok(Exit::Ok)
}

/// The digest that begins so, of what ran under an id.
fn meant(host: &Host, id: &str, to: &str) -> Result<Digest, Failure> {
    let let_in = host.let_in(id);
    let fits = |one: &&LetIn| to.len() >= 15 && one.digest.to_string().starts_with(to);
    let mut fitting = let_in.iter().filter(fits);
    match (fitting.next(), fitting.next()) {
        (Some(one), None) => Ok(one.digest),
        _ => {
            let known: Vec<String> = let_in.iter().map(named).collect();
            Err(Failure::Usage(format!(
                "{to:?} is not one component that ran as {id:?} (give its digest, sha256: and at least 8 digits); \
                 these did: {}",
                match known.is_empty() {
                    true => "none".to_owned(),
                    false => known.join(", "),
                }
            )))
        }
    }
}

pub(crate) async fn keys(context: &Context, args: TrustArgs) -> Result<Exit, Failure> {
    let host = context.host_without_desks()?;
    if args.list {
        return list(context, &host, args.json);
    }
    if let Some(what) = &args.remove {
        let name = host.distrust_key(what, &who()).await?;
        context.print(&format!(
            "{} is not trusted any more.\n",
            clean::line(&name)
        ))?;
        record(context, ("connector.distrust", &name), json!({})).await?;
        return Ok(Exit::Ok);
    }
    let given = args.key.unwrap_or_default();
    let text = match Path::new(&given).is_file() {
        true => read(Path::new(&given))?,
        false => given,
    };
    let mut key = TrustedKey::parse(&text).map_err(|problem| Failure::Usage(problem.message))?;
    if let Some(name) = &args.name {
        key = key.named(name);
    }
    host.trust_key(key.clone(), &who()).await?;
    context.print(&format!(
        "Trusts {} ({}): what it signed runs, if it asks for no more than before.\n",
        clean::line(key.name()),
        key.text()
    ))?;
    let detail = json!({ "key": key.text() });
    record(context, ("connector.trust", key.name()), detail).await?;
    Ok(Exit::Ok)
}

pub(crate) async fn pins(context: &Context, args: PinArgs) -> Result<Exit, Failure> {
    let host = context.host_without_desks()?;
    if args.list {
        let pins = host.pins()?;
        if args.json {
            context.print(&documents::document(&pins)?)?;
            return Ok(Exit::Ok);
        }
        let mut text = String::new();
        for pin in &pins {
            let since = match (&pin.by, &pin.at) {
                (Some(by), Some(at)) => format!("by {by}, {at:.0}"),
                _ => "in sgi.toml".to_owned(),
            };
            let line = format!("{} {} {since}", pin.id, pin.digest);
            text.push_str(&format!("{}\n", clean::line(&line)));
        }
        if pins.is_empty() {
            text.push_str("Nothing is pinned.\n");
        }
        context.print(&text)?;
        return Ok(Exit::Ok);
    }
    let id = args.id.unwrap_or_default();
    if args.remove {
        let digest = host.unpin(&id, &who()).await?;
        context.print(&format!(
            "{} is not pinned any more ({digest}).\n",
            clean::line(&id)
        ))?;
        record(
            context,
            ("connector.unpin", &id),
            json!({ "digest": digest }),
        )
        .await?;
        return Ok(Exit::Ok);
    }
    let given = args.digest.unwrap_or_default();
    let digest = Digest::parse(&given).ok_or_else(|| {
        Failure::Usage(format!(
            "{given:?} is no digest: give all of it, sha256: and 64 digits, as `sgi connector list` shows it"
        ))
    })?;
    let pin = host.pin(&id, digest, &who()).await?;
    context.print(&format!(
        "Pinned {} to {}: no other component serves under that id.\n",
        clean::line(&pin.id),
        pin.digest
    ))?;
    record(context, ("connector.pin", &id), json!({ "digest": digest })).await?;
    Ok(Exit::Ok)
}

fn read(file: &Path) -> Result<String, Failure> {
    use std::io::Read;
    let mut text = String::new();
    let read =
        std::fs::File::open(file).and_then(|opened| opened.take(MAX_KEY).read_to_string(&mut text));
    match read {
        Ok(_) => Ok(text),
        Err(error) => Err(Failure::Usage(format!(
            "the key {} cannot be read: {error}",
            file.display()
        ))),
    }
}

fn list(context: &Context, host: &Host, json: bool) -> Result<Exit, Failure> {
    let keys = host.trusted_keys()?;
    if json {
        context.print(&documents::document(&keys)?)?;
        return Ok(Exit::Ok);
    }
    let mut text = String::new();
    for key in &keys {
        let since = match (&key.by, &key.at) {
            (Some(by), Some(at)) => format!("by {by}, {at:.0}"),
            _ => "in sgi.toml".to_owned(),
        };
        let line = format!("{} {} {since}", key.key, key.name);
        text.push_str(&format!("{}\n", clean::line(&line)));
    }
    if keys.is_empty() {
        text.push_str("No key is trusted.\n");
    }
    context.print(&text)?;
    Ok(Exit::Ok)
}
