//! The call is made again, with the answers from the file.

use super::{MAX_FILE, file};
use crate::cassette::{Cassette, Diagnosis, FORMAT, Outcome, SESSION, Sent, Unanswered};
use crate::catalog::{self, Candidate, Digest, Source};
use crate::contract::GuestError;
use crate::desk::{Ask, Making, Outcome as Ending, Prepared, Way, judged};
use crate::engine::GuestSettings;
use crate::error::{Error, Problem};
use crate::files;
use crate::gate::CallRecord;
use crate::host::Host;
use bytes::Bytes;
use http::{Request, Response};
use serde::Serialize;
use std::borrow::Cow;
use std::collections::{BTreeSet, VecDeque};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use wasmtime_wasi_http::Error as WasiError;

/// A call that was made again.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct Replay {
    /// The desk that it was made for.
    pub desk: String,
    /// When.
    pub at: String,
    /// The connector's id and version.
    pub connector: String,
    /// The component that ran then.
    pub digest: Digest,
    /// Another one that ran now.
    pub other: Option<Digest>,
    /// The function.
    pub call: String,
    /// How it ended then, as people were told.
    pub then: String,
    /// How it ended now; none: it answered.
    pub now: Option<String>,
    /// Whether that is the same.
    pub same: bool,
    /// Where the guest was when it ended then.
    pub trace: Option<String>,
    /// What the file could not give: requests that were not made then, answers that were not kept.
    pub missing: Vec<String>,
}

/// Answers from a file, in place of a desk.
pub(crate) struct Played {
    exchanges: Mutex<Vec<Option<Recorded>>>,
    captured: Mutex<VecDeque<(String, bool)>>,
    missing: Mutex<Vec<String>>,
}

/// An exchange with all that the file has of it.
struct Recorded {
    request: Sent,
    status: Option<u16>,
    headers: Vec<(String, String)>,
    body: Bytes,
    unanswered: Option<Unanswered>,
    too_large: Option<usize>,
}

/// What comes of a request.
pub(crate) enum Again {
    Answer(Response<Bytes>),
    /// What the guest is told, and what people are.
    Failed(WasiError, Error),
    /// It had no answer when the call ended.
    Waits,
}

fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Played {
    fn of(cassette: Cassette, diagnosis: &Diagnosis) -> Self {
        let mut missing = Vec::new();
        if diagnosis.left_out > 0 {
            let left_out = diagnosis.left_out;
            missing.push(format!("{left_out} exchanges before those in the file"));
        }
        if diagnosis.calls_before > 0 {
            let before = diagnosis.calls_before;
            missing.push(format!(
                "the instance had served {before} calls before, of which the file knows nothing"
            ));
        }
        let exchanges = cassette.exchanges.into_iter().enumerate();
        let exchanges = exchanges.map(|(at, exchange)| {
            let binary = diagnosis.binary.get(&at).map(|base64| file::bytes(base64));
            Some(Recorded {
                request: exchange.request,
                body: binary
                    .unwrap_or_else(|| exchange.response.body.into())
                    .into(),
                status: exchange.response.status,
                headers: exchange.response.headers,
                unanswered: diagnosis.unanswered.get(&at).cloned(),
                too_large: diagnosis.too_large.get(&at).copied(),
            })
        });
        Self {
            exchanges: Mutex::new(exchanges.collect()),
            captured: Mutex::new(diagnosis.captured.iter().cloned().collect()),
            missing: Mutex::new(missing),
        }
    }

    pub(crate) fn captured(&self, name: &str) -> Option<String> {
        let mut captured = lock(&self.captured);
        let at = captured.iter().position(|(known, _)| known == name)?;
        let (_, got) = captured.remove(at)?;
        got.then(|| SESSION.to_owned())
    }

    /// The first exchange that was the same and has not been had yet.
    pub(crate) fn again(&self, request: &Request<Bytes>) -> Again {
        // A real placeholder needs no escape, and the words for it do.
        let plain = |target: &str| target.replace("%3C", "<").replace("%3E", ">");
        let target = request.uri().path_and_query().map_or("", |t| t.as_str());
        let same = |recorded: &Recorded| {
            recorded.request.method == request.method().as_str()
                && plain(&recorded.request.path) == plain(target)
        };
        let whole = |recorded: &Recorded| {
            let body = recorded.request.body.as_deref().unwrap_or_default();
            same(recorded) && body.as_bytes() == request.body()
        };
        let mut exchanges = lock(&self.exchanges);
        // A body may hold the time of day.
        let found = [&whole as &dyn Fn(&Recorded) -> bool, &same]
            .iter()
            .find_map(|fits| {
                let mut all = exchanges.iter_mut();
                all.find(|one| one.as_ref().is_some_and(fits))?.take()
            });
        drop(exchanges);
        let Some(recorded) = found else {
            self.misses(format!("an answer to {} {target}", request.method()));
            let problem = Problem::new("the file has no such exchange");
            return Again::Failed(WasiError::HttpRequestDenied, Error::Host(problem));
        };
        if let Some(unanswered) = recorded.unanswered {
            return Again::Failed(of_word(&unanswered.told), error_of(unanswered));
        }
        let Some(status) = recorded.status else {
            return Again::Waits;
        };
        if let Some(size) = recorded.too_large {
            self.misses(format!("the {size} bytes of the answer to {target}"));
        }
        let mut answer = Response::builder().status(status);
        for (name, value) in &recorded.headers {
            answer = answer.header(name, value);
        }
        match answer.body(recorded.body) {
            Ok(answer) => Again::Answer(answer),
            Err(error) => {
                self.misses(format!("the answer to {target} is none: {error}"));
                let problem = Problem::new("the file has no such answer");
                Again::Failed(WasiError::HttpProtocolError, Error::Host(problem))
            }
        }
    }

    fn misses(&self, what: String) {
        let mut missing = lock(&self.missing);
        if missing.len() < 20 {
            missing.push(what);
        }
    }
}

type MakeError = fn() -> WasiError;

/// The words for what a guest is told of a request that came to nothing.
const WORDS: [(&str, MakeError); 9] = [
    ("configuration-error", || WasiError::ConfigurationError),
    ("request-denied", || WasiError::HttpRequestDenied),
    ("protocol-error", || WasiError::HttpProtocolError),
    ("response-timeout", || WasiError::HttpResponseTimeout),
    ("request-body-size", || WasiError::HttpRequestBodySize(None)),
    ("response-body-size", || {
        WasiError::HttpResponseBodySize(None)
    }),
    ("response-incomplete", || WasiError::HttpResponseIncomplete),
    ("connection-refused", || WasiError::ConnectionRefused),
    ("connection-terminated", || WasiError::ConnectionTerminated),
];

pub(crate) fn word(error: &WasiError) -> &'static str {
    let kind = std::mem::discriminant(error);
    let known = WORDS
        .iter()
        .find(|(_, made)| std::mem::discriminant(&made()) == kind);
    known.map_or("protocol-error", |(word, _)| word)
}

fn of_word(word: &str) -> WasiError {
    let known = WORDS.iter().find(|(known, _)| *known == word);
    known.map_or(WasiError::HttpProtocolError, |(_, made)| made())
}

/// An error as it was told.
fn error_of(unanswered: Unanswered) -> Error {
    let problem = Problem::new(unanswered.message);
    match unanswered.code.as_str() {
        "connector" => Error::Connector(problem),
        "refused" => Error::Refused(problem),
        "protocol" => Error::Protocol(problem),
        "unavailable" => Error::Unavailable {
            problem,
            retry_after: None,
        },
        _ => Error::Host(problem),
    }
}

/// What a file holds that a call has left behind.
struct Left {
    cassette: Cassette,
    diagnosis: Diagnosis,
    digest: Digest,
    function: Ask,
}

impl Left {
    fn read(path: &Path) -> Result<Self, Error> {
        let unreadable = |why: &dyn std::fmt::Display| {
            Error::InvalidInput(Problem::new(format!(
                "{} is no file that a call has left behind, or is damaged: {why}",
                path.display()
            )))
        };
        let (text, _) = files::read(path, MAX_FILE as u64).map_err(|error| unreadable(&error))?;
        let mut cassette: Cassette =
            serde_json::from_slice(&text).map_err(|error| unreadable(&error))?;
        if cassette.cassette != FORMAT {
            return Err(unreadable(&format!(
                "its format is {}; this program reads {FORMAT}",
                cassette.cassette
            )));
        }
        let diagnosis = cassette.diagnosis.take();
        let diagnosis = diagnosis.ok_or_else(|| unreadable(&"it is of a call that ended well"))?;
        let digest = Digest::parse(&diagnosis.digest);
        Ok(Self {
            digest: digest.ok_or_else(|| unreadable(&"it names no component"))?,
            function: serde_json::from_value(diagnosis.function.clone())
                .map_err(|error| unreadable(&error))?,
            cassette,
            diagnosis,
        })
    }
}

impl Host {
    /// Makes a call again that came to a bad end, from the file that it left behind: in the same component, or
    /// in another one. Nothing is sent, and no secret is needed.
    pub async fn replay(&self, file: &Path, component: Option<&Path>) -> Result<Replay, Error> {
        let left = Left::read(file)?;
        let candidate = self.of_diagnosis(&left, component)?;
        let digest = candidate.digest;
        // It gets nothing from the rest of WASI, and nothing else either.
        let id = left.diagnosis.connector.split(' ').next();
        let allowed = BTreeSet::from([format!("{}@{digest}", id.unwrap_or_default())]);
        let prepared = crate::preparation::prepare(self.runtime(), candidate, &allowed).await?;
        let settings = file::settings(&left.cassette.desk);
        let (code, then) = match &left.cassette.outcome {
            Outcome::Ok(_) => (String::new(), None),
            Outcome::Error { code, message } => (code.clone(), message.clone()),
        };
        let (diagnosis, function) = (left.diagnosis, left.function);
        let played = Arc::new(Played::of(left.cassette, &diagnosis));
        let ended = self
            .again(&prepared, settings, &diagnosis, &function, &played)
            .await;
        let now = ended.err();
        let same = |error: &Error| error.code() == code && Some(error.to_string()) == then;
        let missing = lock(&played.missing).clone();
        Ok(Replay {
            desk: diagnosis.desk,
            at: diagnosis.at.to_string(),
            connector: diagnosis.connector,
            digest: left.digest,
            other: (digest != left.digest).then_some(digest),
            call: function.name().to_owned(),
            same: now.as_ref().is_some_and(same),
            then: then.unwrap_or_default(),
            now: now.map(|error| error.to_string()),
            trace: diagnosis.trap,
            missing,
        })
    }

    async fn again(
        &self,
        prepared: &Prepared,
        settings: GuestSettings,
        diagnosis: &Diagnosis,
        function: &Ask,
        played: &Arc<Played>,
    ) -> Result<(), Error> {
        let record = Arc::new(CallRecord::default());
        let limits = file::limits(&diagnosis.limits);
        let making = Making {
            runtime: self.runtime(),
            prepared,
            desk: &diagnosis.desk.as_str().into(),
            limits: &limits,
            settings: &Arc::new(settings),
            learned: diagnosis.learned.as_deref().map(|b| file::bytes(b).into()),
            record: &record,
        };
        let ended = making.make(None, Way::Played(played), function).await;
        match judged(&record, &prepared.manifest.id, &limits, ended).0? {
            Ending::Answered(()) => Ok(()),
            Ending::Refused(error) => Err(match GuestError::from(error) {
                GuestError::Failed(error) => error,
                GuestError::Stale(problem) => Error::Connector(problem),
            }),
        }
    }

    fn of_diagnosis(&self, left: &Left, component: Option<&Path>) -> Result<Candidate, Error> {
        if let Some(path) = component {
            let wasm = Self::read(path)?;
            return Ok(Candidate {
                source: Source::File(path.to_owned()),
                digest: Digest::of(&wasm),
                wasm: Cow::Owned(wasm),
            });
        }
        let wanted = left.digest;
        let builtin = catalog::builtin().map(|(_, candidate)| candidate);
        let files = self.files().into_iter().filter_map(|(_, file)| file.ok());
        builtin
            .chain(files)
            .find(|candidate| candidate.digest == wanted)
            .ok_or_else(|| {
                Error::InvalidInput(Problem::new(format!(
                    "the component {} ({wanted}) that this happened to is not here any more: give its file, or \
                     another one, with --component FILE",
                    left.diagnosis.connector
                )))
            })
    }
}
