//! One service desk, opened: its tickets, its links, its check.

mod authoring;
mod calls;
mod changes;
mod check;
mod index;
mod instances;
pub(crate) mod knowledge;
mod options;

pub(crate) use calls::Ask;
pub(crate) use check::blocking;
pub(crate) use instances::{Making, Outcome, Prepared, Way, crash, judged};

use crate::contract::connector::{Manifest, Place as DeclaredPlace};
use crate::contract::{self, GuestError, types};
use crate::engine::{GuestSettings, Runtime};
use crate::error::{Error, Problem};
use crate::fleet::Serving;
use crate::gate::{Capture, Declared, Gate, Origin, Place, Slot};
use crate::model::{Filter, Finding, Form, Object, Ticket};
use crate::settings::{DeskSettings, Logbook};
use calls::Call;
use index::Meanwhile;
use instances::Instances;
use knowledge::Knowledge;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::task::JoinSet;
use tracing::Instrument;

/// How many tickets are asked for at once.
const PAGE: u32 = 100;
/// The longest text that is believed to be a page's mark.
const MAX_NEXT: usize = 4096;
/// Pages without a new ticket, one after the other. A desk whose search finds more than it should
/// brings some; a connector whose pages never end brings nothing else.
const MAX_BARREN: u32 = 1000;

/// A desk that is open. Cheap to clone; calls may run side by side.
///
/// Calls need a Tokio runtime. A call that is dropped is cut off, and harms nothing.
#[derive(Clone)]
pub struct Desk {
    inner: Arc<Inner>,
}

struct Inner {
    name: Arc<str>,
    /// Requests to the desk at once.
    parallel: usize,
    prepared: Arc<Prepared>,
    instances: Instances,
    link_origin: Origin,
    logbook: Logbook,
    /// Where the logbook is kept, whose tickets take the place of a search where the desk has none.
    index: Option<PathBuf>,
    /// Which system it is, for the logbook: another connector or address is another.
    identity: String,
    knowledge: Knowledge,
    check: tokio::sync::Mutex<()>,
    /// What the host itself finds questionable in the settings.
    findings: Vec<Finding>,
}

impl Desk {
    pub(crate) fn open(
        runtime: &Arc<Runtime>,
        prepared: &Arc<Prepared>,
        settings: &DeskSettings,
        kept: Option<&Path>,
        index: Option<PathBuf>,
    ) -> Result<Self, Error> {
        let address = |key: &str, address: &str| {
            Origin::parse(address).map_err(|why| Error::InvalidSetting {
                key: key.to_owned(),
                problem: Problem::new(why),
            })
        };
        let origin = Arc::new(address("url", &settings.url)?);
        let link_origin = match &settings.link_url {
            Some(link_url) => address("link_url", link_url)?,
            None => origin.as_ref().clone(),
        };
        let manifest = &prepared.manifest;
        let options = options::resolve(manifest, &settings.options)?;
        let gate = Gate::new(settings, &origin, declared(manifest)?)?;
        let guest = GuestSettings {
            url: origin.address().to_owned(),
            link_url: link_origin.address().to_owned(),
            username: settings.username.clone(),
            password: gate.vault().password_placeholder().to_owned(),
            options,
        };
        let name: Arc<str> = settings.name.as_str().into();
        let knowledge = Knowledge::load(kept, &name, &guest, &prepared.digest);
        let findings = check::findings(settings, &origin, &gate);
        Ok(Self {
            inner: Arc::new(Inner {
                instances: Instances::new(
                    runtime,
                    prepared,
                    &name,
                    gate,
                    guest,
                    settings.limits.clone(),
                ),
                name,
                parallel: settings.network.parallel.max(1),
                prepared: Arc::clone(prepared),
                link_origin,
                logbook: settings.logbook.clone(),
                index,
                identity: format!("{} {}", prepared.manifest.id, origin.address()),
                knowledge,
                check: tokio::sync::Mutex::new(()),
                findings,
            }),
        })
    }

    /// The desk's name, as configured.
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// The connector that serves it.
    pub fn serving(&self) -> Serving {
        let prepared = &self.inner.prepared;
        let manifest = &prepared.manifest;
        Serving {
            id: manifest.id.clone(),
            name: manifest.name.clone(),
            version: manifest.version.clone(),
            digest: prepared.digest,
            source: prepared.source.clone(),
            identity: self.inner.identity.clone(),
        }
    }

    /// Which system it is, for the logbook: another connector or address is another.
    pub(crate) fn identity(&self) -> &str {
        &self.inner.identity
    }

    /// Whether both are the same, opened once.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }

    /// How many hold it, calls under way among them.
    pub(crate) fn holders(&self) -> usize {
        Arc::strong_count(&self.inner)
    }

    /// All tickets that reference an object and that the account may see, in the desk's order.
    pub async fn tickets(&self, object: &Object, filter: Filter) -> Result<Vec<Ticket>, Error> {
        let span = tracing::info_span!("tickets", desk = %self.inner.name, object = %object.id);
        let meanwhile = Meanwhile::default();
        let all = self.all_pages(object, filter, &meanwhile);
        all.instrument(span).await
    }

    /// All tickets that reference any of several objects, each ticket once: an object and its
    /// components, say. Objects are asked for side by side, as many as the desk is to be asked at once.
    pub async fn tickets_of(
        &self,
        objects: &[Object],
        filter: Filter,
    ) -> Result<Vec<Ticket>, Error> {
        let mut waiting = objects.iter().cloned().enumerate();
        let meanwhile = Arc::new(Meanwhile::default());
        let mut running = JoinSet::new();
        let mut lists = Vec::new();
        loop {
            while running.len() < self.inner.parallel
                && let Some((place, object)) = waiting.next()
            {
                let (desk, meanwhile) = (self.clone(), Arc::clone(&meanwhile));
                let name = &self.inner.name;
                let span = tracing::info_span!("tickets", desk = %name, object = %object.id);
                let list =
                    async move { (place, desk.all_pages(&object, filter, &meanwhile).await) };
                running.spawn(list.instrument(span));
            }
            match running.join_next().await {
                None => break,
                Some(Ok((place, tickets))) => lists.push((place, tickets?)),
                Some(Err(error)) => {
                    return Err(Error::Host(
                        Problem::new("a list of tickets was lost in the host")
                            .with_detail(error.to_string()),
                    ));
                }
            }
        }
        lists.sort_by_key(|(place, _)| *place);
        let mut seen = HashSet::new();
        let tickets = lists.into_iter().flat_map(|(_, tickets)| tickets);
        Ok(tickets
            .filter(|ticket| seen.insert(ticket.id.clone()))
            .collect())
    }

    async fn all_pages(
        &self,
        object: &Object,
        filter: Filter,
        meanwhile: &Meanwhile,
    ) -> Result<Vec<Ticket>, Error> {
        match self.pages(object, filter, None).await {
            Err(Error::NeedsIndex(_)) if self.tells_changes() => {
                self.indexed(object, filter, meanwhile).await
            }
            all => all,
        }
    }

    /// All pages of a search, or of the tickets that an index knows.
    async fn pages(
        &self,
        object: &Object,
        filter: Filter,
        known: Option<&[String]>,
    ) -> Result<Vec<Ticket>, Error> {
        let inner = &self.inner;
        let limit = inner.instances.limits().tickets;
        let mut all = Vec::new();
        let mut seen = HashSet::new();
        let mut next: Option<String> = None;
        let mut barren = 0;
        loop {
            let query = contract::tickets::Query {
                object: contract::object(object),
                filter: filter.into(),
                known: known.map(<[String]>::to_vec),
                next: next.clone(),
                limit: PAGE,
            };
            let page = self.call(&calls::OfObject { query }).await?;
            // The desk's own count spares it the pages that nobody would get.
            let counted = page.total.map_or(0, |total| total as usize);
            let before = all.len();
            for ticket in page.tickets {
                if seen.insert(ticket.id.clone()) {
                    all.push(self.accept(ticket)?);
                }
            }
            if all.len().max(counted) > limit {
                return Err(Error::InvalidInput(Problem::new(format!(
                    "more than {limit} tickets reference the object {:?} (limit \"tickets\")",
                    object.id
                ))));
            }
            barren = if all.len() > before { 0 } else { barren + 1 };
            match page.next {
                None => return Ok(all),
                Some(mark)
                    if mark.len() > MAX_NEXT
                        || next.as_ref() == Some(&mark)
                        || barren > MAX_BARREN =>
                {
                    return Err(broken("its pages do not end"));
                }
                Some(mark) => next = Some(mark),
            }
        }
    }

    /// One ticket, by the desk's own id.
    pub async fn ticket(&self, id: &str) -> Result<Ticket, Error> {
        let span = tracing::info_span!("ticket", desk = %self.inner.name, ticket = id);
        async {
            let id = id.to_owned();
            self.accept(self.call(&calls::Get { id }).await?)
        }
        .instrument(span)
        .await
    }

    /// The desk's own new-ticket forms with the object filled in, one for each choice that people
    /// have there.
    pub async fn forms(&self, object: &Object) -> Result<Vec<Form>, Error> {
        let span = tracing::info_span!("forms", desk = %self.inner.name, object = %object.id);
        async {
            let object = contract::object(object);
            let forms = self.call(&calls::Forms { object }).await?;
            forms
                .into_iter()
                .map(|form| {
                    self.accept_link(&form.url)?;
                    Ok(Form {
                        label: form.label,
                        url: form.url,
                        note: form.note,
                    })
                })
                .collect()
        }
        .instrument(span)
        .await
    }

    /// Gives up what is kept for the desk between calls. Calls in progress end as they would.
    pub async fn close(self) {
        self.inner.instances.cool();
    }

    /// A call that needs what a check learned: where that is missing or outdated, checks once and
    /// calls again.
    async fn call<C: Call>(&self, call: &C) -> Result<C::Answer, Error> {
        self.call_telling(call, &AtomicBool::new(false), Repeat::Always)
            .await
    }

    /// The same, and tells whether a request that may have changed something in the desk went out.
    async fn call_telling<C: Call>(
        &self,
        call: &C,
        wrote: &AtomicBool,
        repeat: Repeat,
    ) -> Result<C::Answer, Error> {
        let inner = &self.inner;
        let known = inner.knowledge.current();
        let generation = known.generation;
        let instances = &inner.instances;
        match self.outcome(instances.call_telling(known.learned, call, wrote).await)? {
            Ok(answer) => return Ok(answer),
            Err(stale) if repeat == Repeat::UnlessItWrote && wrote.load(Ordering::Relaxed) => {
                return Err(broken(&format!(
                    "it wants a check after it has sent something that may have changed the desk \
                     ({stale})"
                )));
            }
            Err(stale) => tracing::debug!(%stale, "checking the desk first"),
        }
        {
            let _one = inner.check.lock().await;
            let known = inner.knowledge.current();
            if known.generation == generation {
                let report = self.check_now().await?;
                if let Some(finding) = blocking(&report) {
                    return Err(finding);
                }
            } else if let Some(failure) = known.failure {
                return Err(failure);
            }
        }
        let known = inner.knowledge.current();
        match self.outcome(instances.call_telling(known.learned, call, wrote).await)? {
            Ok(answer) => Ok(answer),
            Err(stale) => Err(broken(&format!(
                "it does not accept what its own check has just learned ({stale})"
            ))),
        }
    }

    fn outcome<R>(&self, outcome: Result<Outcome<R>, Error>) -> Result<Result<R, Problem>, Error> {
        match outcome? {
            Outcome::Answered(answer) => Ok(Ok(answer)),
            Outcome::Refused(error) => match GuestError::from(error) {
                GuestError::Stale(problem) => Ok(Err(problem)),
                GuestError::Failed(error) => Err(self.behind_proxy(error)),
            },
        }
    }

    /// What the connector took for the desk's answer may be that of a proxy in between.
    fn behind_proxy(&self, mut error: Error) -> Error {
        if let Some(proxy) = self.inner.instances.gate().plain_proxy()
            && let Error::BadCredentials(problem)
            | Error::Forbidden(problem)
            | Error::Protocol(problem)
            | Error::RateLimited { problem, .. }
            | Error::Unavailable { problem, .. } = &mut error
        {
            problem.message.push_str(&format!(
                "; the proxy {proxy} is in between, and may have answered in the desk's place"
            ));
        }
        error
    }

    fn accept(&self, ticket: types::Ticket) -> Result<Ticket, Error> {
        self.accept_link(&ticket.url)?;
        contract::ticket(&self.inner.name, ticket)
    }

    /// A link that people will click leads to the desk and nowhere else.
    fn accept_link(&self, url: &str) -> Result<(), Error> {
        if self.inner.link_origin.holds_link(url) {
            return Ok(());
        }
        Err(Error::Refused(Problem::new(format!(
            "the connector {} made a link that does not lead to the desk at {}",
            self.inner.prepared.manifest.id,
            self.inner.link_origin.address()
        ))))
    }
}

/// When a call may be made once more after a check.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Repeat {
    Always,
    /// What it did once it would do twice.
    UnlessItWrote,
}

fn broken(what: &str) -> Error {
    Error::Connector(Problem::new(format!(
        "the connector broke its contract: {what}"
    )))
}

/// The slots and captures that a manifest declares, as the gate wants them.
pub(crate) fn declared(manifest: &Manifest) -> Result<Declared, Error> {
    let invalid = |error: &dyn std::fmt::Display| {
        Error::NotAdmitted(Problem::new(format!(
            "the connector {} declares a credential slot that cannot be: {error}",
            manifest.id
        )))
    };
    let place = |place: &DeclaredPlace| match place {
        DeclaredPlace::Basic => Ok(Place::Basic),
        DeclaredPlace::Header(name) => Place::header(name),
        DeclaredPlace::FormField(name) => Place::form_field(name),
        DeclaredPlace::JsonPointer(pointer) => Place::json_pointer(pointer),
        DeclaredPlace::XmlElement(name) => Place::xml_element(name),
        DeclaredPlace::QueryParameter(name) => Place::query_parameter(name),
    };
    let slots = manifest
        .slots
        .iter()
        .map(|slot| Slot::new(&slot.method, &slot.path, place(&slot.place)?, &slot.secret))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| invalid(&error))?;
    let captures = manifest
        .captures
        .iter()
        .map(|c| Capture::new(&c.name, &c.method, &c.path, place(&c.place)?))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| invalid(&error))?;
    Declared::new(slots, captures).map_err(|error| invalid(&error))
}
