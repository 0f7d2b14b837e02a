//! Which desks are meant, and asking them side by side.

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use sgi_host::config::{Config, DeskEntry, closest};
use sgi_host::{Desk, DeskSettings, Error, Host};
use std::pin::Pin;
use tokio::task::JoinSet;

/// A desk that is to be asked, or why it cannot be.
pub(crate) struct Asked {
    pub(crate) name: String,
    pub(crate) settings: Result<DeskSettings, Failure>,
}

impl From<&DeskEntry> for Asked {
    fn from(entry: &DeskEntry) -> Self {
        Self {
            name: entry.name().to_owned(),
            settings: entry.settings().map_err(Failure::from),
        }
    }
}

/// What a desk answered.
pub(crate) struct Answer<T> {
    pub(crate) desk: String,
    pub(crate) outcome: Result<T, Failure>,
}

pub(crate) type Answering<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// The desk of that name, or all active ones.
pub(crate) fn select(config: &Config, wanted: Option<&str>) -> Result<Vec<Asked>, Failure> {
    if let Some(name) = wanted {
        return Ok(vec![Asked::from(named(config, name)?)]);
    }
    let active: Vec<Asked> = active(config).map(Asked::from).collect();
    if active.is_empty() {
        return Err(none_active(config));
    }
    Ok(active)
}

/// The desk of that name, or the only active one.
pub(crate) fn select_one(config: &Config, wanted: Option<&str>) -> Result<Asked, Failure> {
    if let Some(name) = wanted {
        return named(config, name).map(Asked::from);
    }
    let mut active = active(config);
    match (active.next(), active.next()) {
        (Some(only), None) => Ok(Asked::from(only)),
        (None, _) => Err(none_active(config)),
        (Some(_), Some(_)) => Err(Failure::Usage(format!(
            "which desk? Name it with --desk; active are {}",
            names(self::active(config))
        ))),
    }
}

fn active(config: &Config) -> impl Iterator<Item = &DeskEntry> {
    config.desks.values().filter(|desk| desk.active())
}

fn names<'a>(desks: impl Iterator<Item = &'a DeskEntry>) -> String {
    desks.map(DeskEntry::name).collect::<Vec<_>>().join(", ")
}

fn named<'c>(config: &'c Config, name: &str) -> Result<&'c DeskEntry, Failure> {
    let file = config.file.display();
    if config.desks.is_empty() {
        return Err(none_active(config));
    }
    let Some(entry) = config.desks.get(name) else {
        let known = names(config.desks.values());
        let meant = closest(name, config.desks.keys().map(String::as_str));
        let guess = meant.map_or(String::new(), |meant| format!(" Did you mean {meant:?}?"));
        return Err(Failure::Desk {
            code: "unknown-desk",
            desk: Some(name.to_owned()),
            message: format!("there is no desk {name:?} in {file}; it has {known}.{guess}"),
        });
    };
    if !entry.active() {
        return Err(Failure::Desk {
            code: Error::Inactive.code(),
            desk: Some(name.to_owned()),
            message: format!(
                "the desk {name:?} is inactive: nothing is asked; to use it, set active = true in \
                 {file}"
            ),
        });
    }
    Ok(entry)
}

fn none_active(config: &Config) -> Failure {
    let file = config.file.display();
    if config.desks.is_empty() {
        return Failure::Desk {
            code: "no-desk",
            desk: None,
            message: format!(
                "there is no desk in {file}; set one up with a table [desks.NAME], as `sgi --help` \
                 shows"
            ),
        };
    }
    Failure::Desk {
        code: Error::Inactive.code(),
        desk: None,
        message: format!(
            "no desk is active: nothing is asked; to use one, set active = true in {file}; \
             inactive are {}",
            names(config.desks.values())
        ),
    }
}

/// Asks all desks at once; the answers come in the order of `asked`.
pub(crate) async fn ask<T, Q>(
    context: &Context,
    host: &Host,
    asked: Vec<Asked>,
    question: Q,
) -> Vec<Answer<T>>
where
    T: Send + 'static,
    Q: for<'a> Fn(&'a Desk) -> Answering<'a, T> + Clone + Send + Sync + 'static,
{
    let desks: Vec<String> = asked.iter().map(|asked| asked.name.clone()).collect();
    let progress = context.progress(&format!("asking {} …", desks.join(", ")));
    let mut running = JoinSet::new();
    let mut outcomes = Vec::new();
    for (place, asked) in asked.into_iter().enumerate() {
        match asked.settings {
            Ok(settings) => {
                let (host, question) = (host.clone(), question.clone());
                running.spawn(async move {
                    let outcome = ask_one(&host, settings, &question).await;
                    (place, outcome.map_err(Failure::from))
                });
            }
            Err(failure) => outcomes.push((place, Err(failure))),
        }
    }
    let mut lost = None;
    while let Some(finished) = running.join_next().await {
        match finished {
            Ok(outcome) => outcomes.push(outcome),
            Err(error) => lost = Some(error.to_string()),
        }
    }
    drop(progress);
    // A task that panicked does not tell which desk it was for: it is the one without an outcome.
    let mut answers = Vec::new();
    for (place, desk) in desks.into_iter().enumerate() {
        let found = outcomes.iter().position(|(of, _)| *of == place);
        let outcome = match found {
            Some(found) => outcomes.swap_remove(found).1,
            None => Err(Failure::Internal(format!(
                "sgi failed while asking ({}); please report this",
                lost.as_deref().unwrap_or("the task is gone")
            ))),
        };
        answers.push(Answer { desk, outcome });
    }
    answers
}

async fn ask_one<T, Q>(host: &Host, settings: DeskSettings, question: &Q) -> Result<T, Error>
where
    Q: for<'a> Fn(&'a Desk) -> Answering<'a, T>,
{
    let desk = host.open(settings).await?;
    let outcome = question(&desk).await;
    desk.close().await;
    outcome
}

/// Tells the failures, and what all comes to.
pub(crate) fn conclude<T>(context: &Context, answers: &[Answer<T>]) -> Exit {
    Exit::of_all(answers.iter().map(|answer| match &answer.outcome {
        Ok(_) => Exit::Ok,
        Err(failure) => {
            context.tell(Some(&answer.desk), failure);
            failure.exit()
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    const TWO: &str = "[desks.helpdesk]\n[desks.old]\nactive = false\n";

    fn config(text: &str) -> Config {
        Config::parse(text, Path::new("sgi.toml")).unwrap()
    }

    fn message(outcome: Result<Vec<Asked>, Failure>) -> String {
        let failure = outcome.err().unwrap();
        assert_eq!(failure.exit(), Exit::Configuration);
        failure.for_people(None, false)
    }

    #[test]
    fn without_a_name_the_active_desks_are_meant() {
        let asked = select(&config(TWO), None).unwrap();
        let names: Vec<&str> = asked.iter().map(|asked| asked.name.as_str()).collect();
        assert_eq!(names, ["helpdesk"]);
        assert_eq!(select_one(&config(TWO), None).unwrap().name, "helpdesk");
    }

    #[test]
    fn a_desk_that_cannot_be_asked_is_told() {
        assert_eq!(
            message(select(&config(TWO), Some("old"))),
            "sgi: the desk \"old\" is inactive: nothing is asked; to use it, set active = true in \
             sgi.toml\n"
        );
        assert_eq!(
            message(select(&config(TWO), Some("help-desk"))),
            "sgi: there is no desk \"help-desk\" in sgi.toml; it has helpdesk, old. Did you mean \
             \"helpdesk\"?\n"
        );
        assert!(message(select(&config(""), None)).contains("there is no desk in sgi.toml"));
        assert!(message(select(&config(""), Some("x"))).contains("there is no desk in sgi.toml"));
        let inactive = "[desks.old]\nactive = false\n";
        assert!(message(select(&config(inactive), None)).contains("no desk is active"));
    }

    #[test]
    fn one_ticket_is_of_one_desk() {
        let failure = select_one(&config("[desks.a]\n[desks.b]\n"), None)
            .err()
            .unwrap();
        assert_eq!(failure.exit(), Exit::Usage);
        assert!(failure.for_people(None, false).contains("active are a, b"));
    }
}
