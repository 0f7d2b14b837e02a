//! Creating a ticket once, though answers get lost.
//!
//! Every attempt carries the draft's marker. Where a request that may have created the ticket went out
//! and no word of success came back, the host waits for as long as the desk may still be at work
//! (`settle_time`), looks for the marker, and only where it is not found tries again. What holds under
//! one assumption, that a desk makes nothing later than `settle_time` after the request was cut off: the
//! ticket is created at most once.

use super::{Desk, Repeat, calls};
use crate::contract::{self, authoring};
use crate::draft::{Created, Deviation, Draft};
use crate::error::{Error, Problem};
use jiff::{SignedDuration, Timestamp};
use std::sync::atomic::{AtomicBool, Ordering};
use tracing::Instrument;

/// Attempts to create one ticket within one call.
const ATTEMPTS: u32 = 2;
/// Attempts to find out whether it was created.
const LOOKS: u32 = 3;
/// How far back a ticket is looked for whose marker does not say when it was made: longer than any desk
/// keeps its tickets.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(30 * 366 * 24);

impl Desk {
    /// Whether its connector creates tickets. What the account may do, a check tells.
    pub fn creates_tickets(&self) -> bool {
        self.inner.prepared.linked.has_authoring()
    }

    /// Creates a ticket that references the draft's objects. May take more than `settle_time` where the
    /// desk does not answer; [`Error::Undecided`] where it stays unknown whether the ticket exists.
    ///
    /// A draft is created once. To repeat one after a crash or after `Undecided`, ask
    /// [`Desk::find_created`] first.
    pub async fn create(&self, draft: &Draft) -> Result<Created, Error> {
        let span = tracing::info_span!("create", desk = %self.inner.name, marker = %draft.marker);
        self.create_once(draft).instrument(span).await
    }

    /// The ticket that an earlier attempt has created from this draft, if there is one.
    pub async fn find_created(&self, draft: &Draft) -> Result<Option<Created>, Error> {
        let span = tracing::info_span!("find", desk = %self.inner.name, marker = %draft.marker);
        async {
            self.can_create()?;
            draft.check()?;
            self.look(&given(draft), draft).await
        }
        .instrument(span)
        .await
    }

    fn can_create(&self) -> Result<(), Error> {
        if self.creates_tickets() {
            return Ok(());
        }
        Err(Error::Unsupported(Problem::new(format!(
            "the connector {} cannot create tickets: use the desk's own form",
            self.inner.prepared.manifest.id
        ))))
    }

    async fn create_once(&self, draft: &Draft) -> Result<Created, Error> {
        self.can_create()?;
        draft.check()?;
        let given = given(draft);
        let settle = self.inner.instances.limits().settle_time;
        let mut last = None;
        for _ in 0..ATTEMPTS {
            let error = match self.attempt(&given).await {
                Ok(created) => return self.accept_created(draft, created, true),
                Err((error, false)) => return Err(error),
                Err((error, true)) => error,
            };
            tracing::warn!(%error, ?settle, "whether the ticket was created is unknown: looking for it later");
            for _ in 0..LOOKS {
                tokio::time::sleep(settle).await;
                match self.look(&given, draft).await {
                    Ok(Some(created)) => return Ok(created),
                    Ok(None) => {
                        last = None;
                        break;
                    }
                    Err(error) => {
                        tracing::warn!(%error, "whether the ticket was created cannot be found out yet");
                        last = Some(error);
                    }
                }
            }
            match &last {
                None => last = Some(error),
                Some(_) => break,
            }
        }
        let why = last.map(|error| error.to_string()).unwrap_or_default();
        Err(Error::Undecided {
            problem: Problem::new(format!(
                "whether the desk {} created the ticket could not be found out: look for it there, or \
                 create it again with the marker {}, which creates it only if it is not there",
                self.inner.name, draft.marker
            ))
            .with_detail(why),
            marker: draft.marker.to_string(),
        })
    }

    /// One attempt; with the error, whether the ticket may exist all the same.
    async fn attempt(&self, given: &calls::Create) -> Result<authoring::Created, (Error, bool)> {
        let wrote = AtomicBool::new(false);
        let result = self
            .call_telling(given, &wrote, Repeat::UnlessItWrote)
            .await;
        result.map_err(|error| {
            let doubt = wrote.load(Ordering::Relaxed) && leaves_open(&error);
            (error, doubt)
        })
    }

    async fn look(&self, given: &calls::Create, draft: &Draft) -> Result<Option<Created>, Error> {
        let since = draft
            .marker
            .made()
            .unwrap_or_else(|| Timestamp::now() - LOOK_BACK)
            .as_millisecond();
        let call = calls::Find {
            draft: given.draft.clone(),
            since,
        };
        let found = self.call(&call).await?;
        found
            .map(|found| self.accept_created(draft, found, false))
            .transpose()
    }

    fn accept_created(
        &self,
        draft: &Draft,
        made: authoring::Created,
        created: bool,
    ) -> Result<Created, Error> {
        let ticket = self.accept(made.ticket)?;
        let mut deviations: Vec<Deviation> =
            made.deviations.into_iter().map(Deviation::from).collect();
        let missing: Vec<&str> = draft
            .objects
            .iter()
            .map(|object| object.id.as_str())
            .filter(|id| ticket.objects.iter().all(|known| known != id))
            .collect();
        // Seen by the host itself: the ticket is of no use to the CMDB without them.
        if !missing.is_empty() && deviations.iter().all(|d| d.field != "objects") {
            deviations.push(Deviation {
                field: "objects".to_owned(),
                message: format!("the ticket does not reference {}", missing.join(", ")),
                detail: None,
            });
        }
        Ok(Created {
            created,
            ticket,
            deviations,
        })
    }
}

fn given(draft: &Draft) -> calls::Create {
    calls::Create {
        draft: contract::draft(draft),
    }
}

/// Whether an error leaves open what became of a request that went out. The others say that the desk
/// understood it and did not do it.
fn leaves_open(error: &Error) -> bool {
    !matches!(
        error,
        Error::BadCredentials(_)
            | Error::Forbidden(_)
            | Error::NotFound(_)
            | Error::InvalidSetting { .. }
            | Error::InvalidInput(_)
            | Error::Unsupported(_)
            | Error::NeedsIndex(_)
    )
}
