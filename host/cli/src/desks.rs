//! Which desks are meant, and asking them side by side.

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use sgi_host::config::{Config, closest};
use sgi_host::{Desk, DeskSettings, Error, Host};
use sgi_service::registry::view::{Desks, KnownDesk, Origin};
use std::path::PathBuf;
use std::pin::Pin;
use tokio::task::JoinSet;

/// A desk that is to be asked, or why it cannot be.
pub(crate) struct Asked {
    pub(crate) name: String,
    pub(crate) settings: Result<DeskSettings, Failure>,
}

impl From<&KnownDesk> for Asked {
    fn from(desk: &KnownDesk) -> Self {
        Self {
            name: desk.name.clone(),
            settings: desk.settings().map_err(Failure::from),
        }
    }
}

/// What a desk answered.
pub(crate) struct Answer<T> {
    pub(crate) desk: String,
    pub(crate) outcome: Result<T, Failure>,
}

pub(crate) type Answering<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// All desks that there are: those of the configuration, and those that were made through the service.
pub(crate) struct Known {
    file: PathBuf,
    pub(crate) all: Desks,
}

impl Known {
    pub(crate) async fn read(context: &Context, config: &Config) -> Self {
        Self {
            file: config.file.clone(),
            all: context.desks(config).await,
        }
    }

    /// The desk of that name, or all active ones.
    pub(crate) fn select(mut self, wanted: Option<&str>) -> Result<Vec<Asked>, Failure> {
        if let Some(name) = wanted {
            return Ok(vec![Asked::from(self.named(name)?)]);
        }
        let mut asked: Vec<Asked> = self.active().map(Asked::from).collect();
        // Which desks are missing nobody knows: the store stands for them.
        if let Some(error) = self.all.store.take() {
            asked.push(Asked {
                name: "settings.db".to_owned(),
                settings: Err(error.into()),
            });
        }
        if asked.is_empty() {
            return Err(self.none_active());
        }
        Ok(asked)
    }

    /// The desk of that name, or the only active one.
    pub(crate) fn select_one(mut self, wanted: Option<&str>) -> Result<Asked, Failure> {
        if let Some(name) = wanted {
            return self.named(name).map(Asked::from);
        }
        if let Some(error) = self.all.store.take() {
            return Err(error.into());
        }
        let mut active = self.active();
        match (active.next(), active.next()) {
            (Some(only), None) => Ok(Asked::from(only)),
            (None, _) => Err(self.none_active()),
            (Some(_), Some(_)) => Err(Failure::Usage(format!(
                "which desk? Name it with --desk; active are {}",
                names(self.active())
            ))),
        }
    }

    fn active(&self) -> impl Iterator<Item = &KnownDesk> {
        self.all.desks.iter().filter(|desk| desk.active())
    }

    /// Where the desks are, for a message that goes on with them.
    fn place(&self) -> String {
        let stored = |desk: &KnownDesk| matches!(desk.origin, Origin::Store(_));
        let file = self.file.display();
        match self.all.desks.iter().any(stored) {
            true => format!("{file} or among those made through the service; there are"),
            false => format!("{file}; it has"),
        }
    }

    fn named(&mut self, name: &str) -> Result<&KnownDesk, Failure> {
        if self.all.get(name).is_none()
            && let Some(error) = self.all.store.take()
        {
            return Err(error.into());
        }
        if self.all.desks.is_empty() {
            return Err(self.none_active());
        }
        let Some(desk) = self.all.get(name) else {
            let known = names(self.all.desks.iter());
            let all = self.all.desks.iter().map(|desk| desk.name.as_str());
            let guess = closest(name, all)
                .map_or(String::new(), |meant| format!(" Did you mean {meant:?}?"));
            let place = self.place();
            return Err(Failure::Desk {
                code: "unknown-desk",
                desk: Some(name.to_owned()),
                message: format!("there is no desk {name:?} in {place} {known}.{guess}"),
            });
        };
        if !desk.active() {
            let mend = match desk.origin {
                Origin::File(_) | Origin::Fixed(_) => {
                    format!("set active = true in {}", self.file.display())
                }
                Origin::Store(_) => "set it active through the service".to_owned(),
                Origin::Twice { .. } => "set it active where it stands".to_owned(),
            };
            return Err(Failure::Desk {
                code: Error::Inactive.code(),
                desk: Some(name.to_owned()),
                message: format!(
                    "the desk {name:?} is inactive: nothing is asked; to use it, {mend}"
                ),
            });
        }
        Ok(desk)
    }

    fn none_active(&self) -> Failure {
        let file = self.file.display();
        if self.all.desks.is_empty() {
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
                names(self.all.desks.iter())
            ),
        }
    }
}

fn names<'a>(desks: impl Iterator<Item = &'a KnownDesk>) -> String {
    desks
        .map(|desk| desk.name.as_str())
        .collect::<Vec<_>>()
        .join(", ")
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

    async fn known(text: &str) -> Known {
        let config = Config::parse(text, Path::new("sgi.toml")).unwrap();
        Known {
            file: config.file.clone(),
            all: Desks::of(&config, None).await,
        }
    }

    fn message(outcome: Result<Vec<Asked>, Failure>) -> String {
        let failure = outcome.err().unwrap();
        assert_eq!(failure.exit(), Exit::Configuration);
        failure.for_people(None, false)
    }

    #[tokio::test]
    async fn without_a_name_the_active_desks_are_meant() {
        let asked = known(TWO).await.select(None).unwrap();
        let names: Vec<&str> = asked.iter().map(|asked| asked.name.as_str()).collect();
        assert_eq!(names, ["helpdesk"]);
        assert_eq!(known(TWO).await.select_one(None).unwrap().name, "helpdesk");
    }

    #[tokio::test]
    async fn a_desk_that_cannot_be_asked_is_told() {
        assert_eq!(
            message(known(TWO).await.select(Some("old"))),
            "sgi: the desk \"old\" is inactive: nothing is asked; to use it, set active = true in \
             sgi.toml\n"
        );
        assert_eq!(
            message(known(TWO).await.select(Some("help-desk"))),
            "sgi: there is no desk \"help-desk\" in sgi.toml; it has helpdesk, old. Did you mean \
             \"helpdesk\"?\n"
        );
        assert!(message(known("").await.select(None)).contains("there is no desk in sgi.toml"));
        assert!(
            message(known("").await.select(Some("x"))).contains("there is no desk in sgi.toml")
        );
        let inactive = "[desks.old]\nactive = false\n";
        assert!(message(known(inactive).await.select(None)).contains("no desk is active"));
    }

    #[tokio::test]
    async fn one_ticket_is_of_one_desk() {
        let failure = known("[desks.a]\n[desks.b]\n")
            .await
            .select_one(None)
            .err()
            .unwrap();
        assert_eq!(failure.exit(), Exit::Usage);
        assert!(failure.for_people(None, false).contains("active are a, b"));
    }
}
