//! The CMDB of the file.

use super::network::{self, NetworkEntry};
use super::read::{Located, Node, Place, Reader};
use super::secret::Secret;
use super::{ConfigError, ConfigProblem, closest};
use crate::gate::Origin;
use crate::settings::CmdbSettings;
use secrecy::SecretString;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

/// The keys of the table, those of [`network`] aside.
pub(super) const KEYS: &[&str] = &[
    "kind",
    "url",
    "key",
    "username",
    "password",
    "language",
    "interval",
    "batch",
    "settle_time",
];

/// The only kind of CMDB that there is.
const KIND: &str = "i-doit";

/// What people write for a key elsewhere.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("type", "kind"),
    ("apikey", "key"),
    ("api_key", "key"),
    ("token", "key"),
    ("secret", "key"),
    ("user", "username"),
    ("login", "username"),
    ("pass", "password"),
    ("lang", "language"),
    ("host", "url"),
    ("address", "url"),
    ("every", "interval"),
    ("timeout", "request_timeout"),
    ("ca", "ca_certificates"),
    ("insecure", "accept_any_certificate"),
];

/// The CMDB as the file describes it: well-formed, and not yet checked for its values.
#[derive(Debug, Clone)]
pub struct CmdbEntry {
    place: Place,
    /// Of the table, for what is missing.
    here: Located<()>,
    kind: Option<Located<String>>,
    url: Option<Located<String>>,
    key: Option<Located<Secret>>,
    username: Option<Located<String>>,
    password: Option<Located<Secret>>,
    language: Option<Located<String>>,
    interval: Option<Duration>,
    batch: Option<u32>,
    settle_time: Option<Duration>,
    network: NetworkEntry,
    /// The desks that are a Request Tracker.
    pub(super) rt_desks: BTreeSet<String>,
}

impl CmdbEntry {
    /// The settings, with the key and the password fetched from where they are, and the certificates
    /// read.
    ///
    /// # Errors
    /// All that is missing or wrong with the values.
    pub fn settings(&self) -> Result<CmdbSettings, ConfigError> {
        let mut problems = Vec::new();
        if let Some(kind) = self
            .here
            .required(&self.kind, "kind", "\"i-doit\"", &mut problems)
            && kind.value != KIND
        {
            let hint = match closest(&kind.value, [KIND, "idoit"]) {
                Some(_) => format!("did you mean {KIND:?}?"),
                None => format!("the only one is {KIND:?}"),
            };
            problems.push(kind.problem(format!("there is no such kind of CMDB; {hint}")));
        }
        let example = "\"https://cmdb.example.org/i-doit\"";
        let url = self.here.required(&self.url, "url", example, &mut problems);
        let url = url.and_then(|url| match Origin::of_cmdb(&url.value) {
            Ok(origin) => Some(origin.address().to_owned()),
            Err(message) => {
                problems.push(url.problem(message));
                None
            }
        });
        let example = "{ env = \"IDOIT_API_KEY\" }";
        let key = self.here.required(&self.key, "key", example, &mut problems);
        let key = key.and_then(|key| resolved(key, &mut problems));
        for text in [&self.username, &self.language].into_iter().flatten() {
            if text.value.trim().is_empty() {
                problems.push(text.problem("is empty; write it, or remove the line".to_owned()));
            } else if text.value.contains(char::is_control) {
                problems.push(text.problem("holds an invisible character; remove it".to_owned()));
            }
        }
        let user = match (&self.username, &self.password) {
            (Some(username), Some(password)) => {
                let password = resolved(password, &mut problems);
                password.map(|password| (username.value.clone(), password))
            }
            (None, None) => None,
            (Some(username), None) => {
                problems.push(username.problem("needs a \"password\" beside it".to_owned()));
                None
            }
            (None, Some(password)) => {
                problems.push(password.problem("needs a \"username\" beside it".to_owned()));
                None
            }
        };
        let network = self.network.resolve(&mut problems);
        match (url, key) {
            (Some(url), Some(key)) if problems.is_empty() => {
                let defaults = CmdbSettings::new(url, key);
                let batch = self.batch.and_then(|batch| usize::try_from(batch).ok());
                Ok(CmdbSettings {
                    user,
                    language: self.language.as_ref().map(|l| l.value.clone()),
                    interval: self.interval.unwrap_or(defaults.interval),
                    batch: batch.unwrap_or(defaults.batch),
                    settle_time: self.settle_time.unwrap_or(defaults.settle_time),
                    network,
                    rt_desks: self.rt_desks.clone(),
                    ..defaults
                })
            }
            _ => Err(self.place.error(problems)),
        }
    }

    /// The files that hold a secret.
    pub(super) fn secret_files(&self) -> impl Iterator<Item = &Path> {
        let own = [&self.key, &self.password].into_iter().flatten();
        own.filter_map(|secret| secret.value.file())
            .chain(self.network.secret_file())
    }

    /// Whether a key or a password stands in the file itself.
    pub(super) fn holds_secret(&self) -> bool {
        let mut own = [&self.key, &self.password].into_iter().flatten();
        self.network.holds_secret() || own.any(|secret| secret.value.is_literal())
    }

    pub(super) fn read(reader: &mut Reader<'_>, node: &Node<'_>) -> Option<Self> {
        let table = reader.table(node, "a table, [cmdb]")?;
        let mut text = |key: &str| {
            let node = table.get(key)?;
            let value = reader.text(&node)?;
            Some(reader.at(&node, value))
        };
        let (kind, url) = (text("kind"), text("url"));
        let (username, language) = (text("username"), text("language"));
        let mut secret = |key: &str| {
            let node = table.get(key)?;
            let secret = Secret::read(reader, &node)?;
            Some(reader.at(&node, secret))
        };
        let (key, password) = (secret("key"), secret("password"));
        let mut time = |key: &str| reader.duration(&table.get(key)?);
        let (interval, settle_time) = (time("interval"), time("settle_time"));
        let batch = table
            .get("batch")
            .and_then(|node| reader.count(&node, 1..=500));
        let entry = Self {
            place: reader.place(),
            here: reader.at(node, ()),
            kind,
            url,
            key,
            username,
            password,
            language,
            interval,
            batch,
            settle_time,
            network: NetworkEntry::read(reader, &table),
            rt_desks: BTreeSet::new(),
        };
        let known: Vec<&str> = KEYS.iter().chain(network::KEYS).copied().collect();
        reader.unknown(&table, &known, |key| {
            let lower = key.to_lowercase().replace('-', "_");
            let (_, meant) = OTHER_NAMES.iter().find(|(other, _)| *other == lower)?;
            Some(format!("there is no such key; did you mean {meant:?}?"))
        });
        Some(entry)
    }
}

fn resolved(secret: &Located<Secret>, problems: &mut Vec<ConfigProblem>) -> Option<SecretString> {
    match secret.value.resolve(|name| std::env::var(name)) {
        Ok(secret) => Some(secret),
        Err(message) => {
            problems.push(secret.problem(message));
            None
        }
    }
}
