//! What runs follows the settings and files as they are by now.

use super::App;
use crate::registry::{RegistryError, Who};
use sgi_host::config::ConfigError;
use sgi_host::{Error, Swap};
use std::collections::BTreeSet;
use std::sync::PoisonError;
use tokio::task::JoinSet;

impl App {
    /// Brings what runs in line with the settings and files as they are by now. What did not change goes on.
    pub(crate) async fn reload(&self) {
        let _one = self.inner.reloading.lock().await;
        let trouble = self.reload_desks().await.err().map(|error| {
            tracing::error!(%error, "the configuration cannot be read; what runs goes on as it is");
            error.to_string()
        });
        let mut kept = self
            .inner
            .trouble
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *kept = trouble;
    }

    async fn reload_desks(&self) -> Result<(), ConfigError> {
        let known = self.known().await?;
        // Those that run go on.
        let stays: BTreeSet<String> = match &known.store {
            Some(error) => {
                tracing::error!(%error, "desks that were made through the service cannot be read");
                let made = self.names().made.clone();
                let apart = made.into_iter().filter(|name| known.get(name).is_none());
                apart.collect()
            }
            None => BTreeSet::new(),
        };
        self.names().are(&known.desks, &stays);
        for standing in self.fleet().standings() {
            if known.get(&standing.desk).is_none() && !stays.contains(&standing.desk) {
                tracing::info!(desk = %standing.desk, "the desk is no longer configured");
                self.fleet().remove(&standing.desk).await;
            }
        }
        // Each by itself: one that is slow to open keeps no other waiting.
        let mut opening = JoinSet::new();
        for desk in known.desks {
            let name = desk.name.clone();
            let known = self.fleet().settings(&name);
            match (desk.settings(), known) {
                (Err(error), _) => {
                    tracing::warn!(desk = %name, %error, "the desk's settings cannot be used");
                    self.fleet().note(&name, unusable(&error));
                }
                (Ok(settings), Some(known)) if settings.same(&known) && self.served(&name) => {
                    // Other settings were refused, or could not be read, and are gone.
                    self.fleet().stands(&name);
                }
                (Ok(settings), known) => {
                    let app = self.clone();
                    // What comes of it is told by its standing.
                    opening.spawn(async move {
                        match known {
                            None => app.fleet().start(settings).await,
                            Some(_) => app.swap(settings, Swap::Checked, &Who::File).await,
                        }
                    });
                }
            }
        }
        while opening.join_next().await.is_some() {}
        for (name, outcome) in self.fleet().refresh().await {
            self.metrics().swapped(&name, outcome.as_ref().err());
            self.record(&Who::File, "swap", &name, outcome.as_ref().err())
                .await;
        }
        Ok(())
    }

    /// Whether it needs no opening: it is served, or is not to be.
    fn served(&self, name: &str) -> bool {
        let standing = self.fleet().standing(name);
        standing.is_some_and(|standing| standing.serving.is_some() || !standing.active)
    }

    /// What desks were before they were changed by a process that was killed: looked at once more before the
    /// desks as they are now are followed. By name, with the revision that took the place.
    pub(super) async fn owed(&self) -> Vec<(String, i64)> {
        let leaving = match self.registry().leaving().await {
            Ok(leaving) => leaving,
            // What else there is to that is told when the desks are read.
            Err(error) => {
                tracing::error!(%error, "what desks were before cannot be read");
                return Vec::new();
            }
        };
        let mut owed = Vec::new();
        for old in leaving {
            let opened = match old.settings() {
                Ok(settings) => self.fleet().owes_a_last_look(settings).await,
                Err(error) => Err(unusable(&error)),
            };
            if let Err(error) = opened {
                tracing::warn!(desk = %old.name, %error, "what happened last in the desk as it was before cannot be read any more");
            }
            owed.push((old.name, old.revision));
        }
        owed
    }

    /// Forgets what a desk was before, once that has been looked at for the last time.
    pub(super) fn settle(&self, desk: String, revision: i64) {
        let app = self.clone();
        tokio::spawn(async move {
            app.fleet().settled(&desk).await;
            if let Err(error) = app.registry().has_left(&desk, revision).await {
                tracing::warn!(%desk, %error, "what the desk was before stays in the store");
            }
        });
    }
}

/// Settings that cannot be used, as an error of the desk.
fn unusable(error: &RegistryError) -> Error {
    Error::InvalidSetting {
        key: "desk".to_owned(),
        problem: sgi_host::Problem::new(error.to_string()),
    }
}
