//! `sgi audit`: who changed what.

use crate::args::AuditArgs;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::screen::{BAD, DIM, Screen};
use crate::times::Zone;
use crate::{clean, json};
use serde_json::Value;
use sgi_service::registry::Audited;

pub(crate) async fn run(context: &Context, args: AuditArgs) -> Result<Exit, Failure> {
    let entries = match context.existing_registry().await? {
        Some(registry) => registry.audit(args.before, args.limit).await?,
        None => Vec::new(),
    };
    if args.json {
        context.print(&json::document(&entries)?)?;
    } else {
        let zone = Zone::local();
        let lines = entries
            .iter()
            .map(|entry| line(context.screen, entry, &zone));
        context.print(&lines.collect::<String>())?;
    }
    Ok(Exit::Ok)
}

fn line(screen: Screen, entry: &Audited, zone: &Zone) -> String {
    let mut line = format!(
        "{}  {}  {}  {}",
        zone.long(entry.at),
        clean::line(&entry.who),
        clean::line(&entry.action),
        clean::line(&entry.subject),
    );
    if let Some(failure) = &entry.failure {
        line.push_str(&format!(
            "  {}: {}",
            screen.paint("failed", BAD),
            clean::line(failure)
        ));
    }
    let detail = clean::line(&detail(&entry.detail));
    if !detail.is_empty() {
        line.push_str(&format!("  {}", screen.paint(&detail, DIM)));
    }
    line.push('\n');
    line
}

/// What changed, in short.
fn detail(detail: &Value) -> String {
    let Some(detail) = detail.as_object() else {
        return shown(detail);
    };
    let mut parts = Vec::new();
    for (key, value) in detail {
        match value.as_object() {
            Some(changed) if key == "changed" => parts.extend(changed.iter().map(change)),
            _ if value.is_null() => {}
            _ => parts.push(format!("{key} {}", shown(value))),
        }
    }
    parts.join(", ")
}

fn change((key, value): (&String, &Value)) -> String {
    match (value.get("old"), value.get("new")) {
        (Some(Value::Null), Some(new)) => format!("{key} {}", shown(new)),
        (Some(old), Some(Value::Null)) => format!("{key} no longer {}", shown(old)),
        (Some(old), Some(new)) => format!("{key} {} → {}", shown(old), shown(new)),
        _ => format!("{key} {}", shown(value)),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn people_get_what_changed_in_a_line() {
        let told = detail(&json!({
            "revision": 7,
            "expires": null,
            "changed": {
                "url": { "old": "https://a", "new": "https://b" },
                "parallel": { "old": null, "new": 4 },
                "proxy": { "old": "http://p", "new": null },
                "password": "another one",
            },
        }));
        assert_eq!(
            told,
            "parallel 4, password another one, proxy no longer http://p, url https://a → https://b, \
             revision 7"
        );
        assert_eq!(detail(&json!("x")), "x");
    }
}
