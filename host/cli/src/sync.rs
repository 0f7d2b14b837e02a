//! `sgi sync`: what happened in the desks becomes entries of the logbook.

use crate::args::SyncArgs;
use crate::context::{Context, Teller};
use crate::deliver::Deliverer;
use crate::desks::{self, Answer, Asked};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use serde_json::{Value, json};
use sgi_host::logbook::store::{SqliteStore, Store, StoreError, Work};
use sgi_host::logbook::sync::{self, Progress, Told};
use sgi_host::{Desk, DeskSettings, Error, Host, Problem};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;

/// How often people are told how far a long pass is.
const TELL_EVERY: Duration = Duration::from_secs(5);

pub(crate) async fn run(context: &Context, args: SyncArgs) -> Result<Exit, Failure> {
    let config = context.config()?;
    let known = desks::Known::read(context, &config).await;
    let rt: Vec<String> = known
        .all
        .desks
        .iter()
        .filter(|desk| desk.is_rt())
        .map(|desk| desk.name.clone())
        .collect();
    let asked = known.select(args.desk.as_deref())?;
    let host = context.host(&config)?;
    let store = Arc::new(store(&host).await?);
    let deliverer = match &config.cmdb {
        Some(cmdb) => {
            let mut settings = cmdb.settings()?;
            settings.rt_desks.extend(rt);
            Some(Deliverer::new(&settings, &store, context.teller())?)
        }
        None => None,
    };
    let mut running = JoinSet::new();
    for (place, Asked { name, settings }) in asked.into_iter().enumerate() {
        let settings = match settings {
            // Without a name, those are meant that have a logbook.
            Ok(settings) if !settings.logbook.active && args.desk.is_none() => continue,
            Ok(settings) if !settings.logbook.active => Err(inactive(&name)),
            settings => settings,
        };
        let work = One {
            teller: context.teller(),
            host: host.clone(),
            store: Arc::clone(&store),
            args: args.clone(),
            deliver: deliverer.is_some(),
        };
        running.spawn(async move {
            let outcome = match settings {
                Ok(settings) => work.run(settings).await,
                Err(failure) => Err(failure),
            };
            (
                place,
                Answer {
                    desk: name,
                    outcome,
                },
            )
        });
    }
    if args.follow {
        follow(context, running, deliverer).await
    } else {
        once(context, running, deliverer, args.json).await
    }
}

type Running = JoinSet<(usize, Answer<Progress>)>;

/// Reads each desk to its end, and delivers what is new.
async fn once(
    context: &Context,
    mut running: Running,
    deliverer: Option<Deliverer>,
    json: bool,
) -> Result<Exit, Failure> {
    let mut answers = Vec::new();
    while let Some(done) = running.join_next().await {
        answers.push(done.map_err(lost)?);
    }
    answers.sort_by_key(|(place, _)| *place);
    let answers: Vec<Answer<Progress>> = answers.into_iter().map(|(_, answer)| answer).collect();
    let good = answers
        .iter()
        .filter_map(|answer| Some((&answer.desk, answer.outcome.as_ref().ok()?)));
    if json {
        let done: Vec<Value> = good
            .map(|(desk, done)| {
                json!({ "desk": desk, "tickets": done.tickets, "entries": done.entries })
            })
            .collect();
        context.print(&json::document(&done)?)?;
    } else {
        for (desk, done) in good {
            context.print(&format!("{desk}: {}\n", summary(done)))?;
        }
    }
    let exit = desks::conclude(context, &answers);
    if let Some(deliverer) = deliverer {
        deliverer.once().await?;
    }
    Ok(exit)
}

/// Goes on until SIGTERM comes, or nothing is left to do because every desk has failed for good.
async fn follow(
    context: &Context,
    mut running: Running,
    deliverer: Option<Deliverer>,
) -> Result<Exit, Failure> {
    let mut terminate = signal(SignalKind::terminate())
        .map_err(|error| Failure::internal("SIGTERM cannot be waited for", &error))?;
    let delivering = async {
        match &deliverer {
            Some(deliverer) => deliverer.follow().await,
            None => std::future::pending().await,
        }
    };
    tokio::pin!(delivering);
    let mut exits = Vec::new();
    loop {
        tokio::select! {
            next = running.join_next() => match next {
                Some(done) => {
                    // Told at once: the others go on.
                    let (_, answer) = done.map_err(lost)?;
                    exits.push(desks::conclude(context, &[answer]));
                }
                None => return Ok(Exit::of_all(exits)),
            },
            never = &mut delivering => match never {},
            // What is under way is given up: nothing of it has been committed, and the next run begins
            // there.
            _ = terminate.recv() => return Ok(Exit::Ok),
        }
    }
}

fn lost(error: tokio::task::JoinError) -> Failure {
    Failure::internal("the work for a desk was lost", &error)
}

/// The store of this host.
pub(crate) async fn store(host: &Host) -> Result<SqliteStore, Failure> {
    Ok(SqliteStore::open(place(host)?).await?)
}

/// The store of this host, to be read: where it may not be written, too.
pub(crate) async fn store_to_read(host: &Host) -> Result<SqliteStore, Failure> {
    let place = place(host)?;
    match SqliteStore::open(&place).await {
        Err(StoreError::ReadOnly { .. }) if place.exists() => {
            Ok(SqliteStore::open_read_only(&place).await?)
        }
        opened => Ok(opened?),
    }
}

fn place(host: &Host) -> Result<PathBuf, Failure> {
    let Some(folder) = host.state_dir() else {
        return Err(Failure::Usage(
            "the logbook needs a folder: set state_dir in [host] of sgi.toml".to_owned(),
        ));
    };
    Ok(folder.join("logbook.db"))
}

fn inactive(desk: &str) -> Failure {
    Failure::Desk {
        code: Error::Inactive.code(),
        desk: None,
        message: format!(
            "its logbook is inactive: to fill it, set active = true in [desks.{desk}.logbook]"
        ),
    }
}

/// The work for one desk.
struct One {
    teller: Teller,
    host: Host,
    store: Arc<SqliteStore>,
    args: SyncArgs,
    /// Whether new entries are to be delivered.
    deliver: bool,
}

impl One {
    async fn run(self, settings: DeskSettings) -> Result<Progress, Failure> {
        let interval = settings.logbook.interval;
        let desk = self.host.open(settings).await?;
        if !desk.tells_changes() {
            return Err(Failure::Host(Error::Unsupported(Problem::new(
                "its connector does not tell what happens in the desk: it has no logbook",
            ))));
        }
        let outcome = match self.args.follow {
            true => self.follow(&desk, interval).await,
            false => self.once(&desk).await,
        };
        desk.close().await;
        outcome
    }

    async fn once(&self, desk: &Desk) -> Result<Progress, Failure> {
        let mut settings = desk.logbook_settings(self.deliver);
        if let Some(since) = self.args.since {
            settings.start = Some(since.0);
        }
        let work = Work::Sync(settings.desk.clone());
        let lease = match self.store.try_lease(work.clone()).await? {
            Some(lease) => lease,
            None => {
                self.teller.news(
                    desk.name(),
                    "another process reads this desk; waiting until it is done",
                );
                self.store.lease(work).await?
            }
        };
        if self.args.again {
            self.store
                .open(&lease, &settings.identity, settings.start)
                .await?;
            self.store.rewind(&lease, settings.start).await?;
        }
        let mut pace = Pace::default();
        let done = sync::pass(desk, &*self.store, &lease, &settings, |progress| {
            if let Some(line) = pace.line(progress) {
                self.teller.news(desk.name(), &line);
            }
            true
        });
        Ok(done.await?)
    }

    /// Never ends by itself.
    async fn follow(&self, desk: &Desk, interval: Duration) -> Result<Progress, Failure> {
        let settings = desk.logbook_settings(self.deliver);
        let mut pace = Pace::default();
        sync::follow(desk, &*self.store, &settings, interval, |told| {
            let line = match told {
                Told::Waiting => {
                    Some("another process reads this desk; waiting until it is gone".to_owned())
                }
                Told::Progress(progress) => pace.line(progress).or_else(|| {
                    (progress.finished && progress.entries > 0).then(|| summary(&progress))
                }),
                Told::Failed(error, again) => {
                    self.teller.tell(Some(desk.name()), &Failure::from(error));
                    Some(format!("reading it again in {} s", again.as_secs()))
                }
            };
            if let Some(line) = line {
                self.teller.news(desk.name(), &line);
            }
        })
        .await;
        Ok(Progress::default())
    }
}

fn summary(done: &Progress) -> String {
    let plural = |count: u64, one: &str, many: &str| match count {
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    };
    format!(
        "{}, {}",
        plural(done.tickets, "changed ticket", "changed tickets"),
        plural(done.entries, "new entry", "new entries")
    )
}

/// Tells from time to time how far a pass is, and how long it will still take.
#[derive(Default)]
struct Pace {
    began: Option<Instant>,
    told: Option<Instant>,
}

impl Pace {
    fn line(&mut self, progress: Progress) -> Option<String> {
        self.line_at(progress, Instant::now())
    }

    fn line_at(&mut self, progress: Progress, now: Instant) -> Option<String> {
        if progress.finished {
            *self = Self::default();
            return None;
        }
        let began = *self.began.get_or_insert(now);
        let last = *self.told.get_or_insert(began);
        if now.duration_since(last) < TELL_EVERY {
            return None;
        }
        self.told = Some(now);
        let mut line = summary(&progress);
        if let Some(remaining) = progress.remaining.filter(|_| progress.tickets > 0) {
            let each = now.duration_since(began).as_secs_f64() / progress.tickets as f64;
            let left = (each * remaining as f64).ceil();
            line.push_str(&format!("; {remaining} tickets left, about {left:.0} s"));
        }
        Some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_pass_tells_how_far_it_is_and_how_long_it_will_take() {
        let mut pace = Pace::default();
        let began = Instant::now();
        let mut told = |seconds: u64, tickets: u64| {
            let progress = Progress {
                tickets,
                entries: 2 * tickets,
                remaining: Some(1000 - tickets),
                finished: tickets == 1000,
                ..Progress::default()
            };
            pace.line_at(progress, began + Duration::from_secs(seconds))
        };
        assert_eq!(told(0, 10), None);
        assert_eq!(told(4, 50), None, "not too often");
        let line = told(20, 200).unwrap_or_default();
        assert_eq!(
            line,
            "200 changed tickets, 400 new entries; 800 tickets left, about 80 s"
        );
        assert_eq!(told(21, 210), None);
        assert_eq!(told(99, 1000), None, "the summary tells it");
        // The next pass has a beginning of its own.
        assert_eq!(told(100, 1), None);
    }
}
