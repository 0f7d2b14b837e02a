//! `sgi links`: where a new ticket for an object is opened.

use crate::args::LinksArgs;
use crate::context::Context;
use crate::desks::{self, Answer};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::screen::{BOLD, DIM, Screen};
use crate::{clean, json, known};
use serde::Serialize;
use sgi_host::Form;

pub(crate) async fn run(context: &Context, args: LinksArgs) -> Result<Exit, Failure> {
    let mut object = args.object.object().map_err(Failure::Usage)?;
    let config = context.config()?;
    known::complete(&config, std::slice::from_mut(&mut object)).await;
    let asked = desks::Known::read(context, &config)
        .await
        .select(args.desk.as_deref())?;
    let host = context.host(&config)?;
    let answers = desks::ask(context, &host, asked, move |desk| {
        let object = object.clone();
        Box::pin(async move { desk.forms(&object).await })
    })
    .await;
    if args.json {
        context.print(&json::document(&items(&answers))?)?;
    } else {
        context.print(&show(context.screen, &answers))?;
    }
    Ok(desks::conclude(context, &answers))
}

/// An item of the array for programs.
#[derive(Serialize)]
struct Item<'a> {
    desk: &'a str,
    #[serde(flatten)]
    form: &'a Form,
}

fn items(answers: &[Answer<Vec<Form>>]) -> Vec<Item<'_>> {
    let mut items = Vec::new();
    for Answer { desk, outcome } in answers {
        let forms = outcome.iter().flatten();
        items.extend(forms.map(|form| Item { desk, form }));
    }
    items
}

fn show(screen: Screen, answers: &[Answer<Vec<Form>>]) -> String {
    let mut parts = Vec::new();
    for answer in answers {
        let Ok(forms) = &answer.outcome else { continue };
        let title = match forms.len() {
            0 => format!("{}: no form for a new ticket", answer.desk),
            _ => format!("{}: create a ticket in", answer.desk),
        };
        let mut text = format!("{}\n", screen.paint(&title, BOLD));
        for form in forms {
            let url = clean::line(&form.url);
            let label = screen.link(&clean::line(&form.label), &form.url);
            text.push_str(&format!("  {label}\n    {}\n", screen.paint(&url, DIM)));
            if let Some(note) = &form.note {
                text.push_str(&format!("    {}\n", clean::line(note)));
            }
        }
        parts.push(text);
    }
    parts.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screen::NOWHERE;

    #[test]
    fn each_form_has_its_address() {
        let form = Form {
            label: "General".to_owned(),
            url: "https://rt.example.org/new?Queue=1".to_owned(),
            note: Some("Pick the object\nby hand.".to_owned()),
        };
        let answers = [Answer {
            desk: "helpdesk".to_owned(),
            outcome: Ok(vec![form]),
        }];
        assert_eq!(
            show(NOWHERE, &answers),
            "helpdesk: create a ticket in\n  General\n    https://rt.example.org/new?Queue=1\n    \
             Pick the object by hand.\n"
        );
        assert_eq!(
            serde_json::to_string(&items(&answers)).unwrap(),
            r#"[{"desk":"helpdesk","label":"General","url":"https://rt.example.org/new?Queue=1","note":"Pick the object\nby hand."}]"#
        );
    }
}
