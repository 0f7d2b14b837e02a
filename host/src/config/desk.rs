//! One desk of the file.

use super::network::{self, NetworkEntry};
use super::read::{Located, Node, Place, Reader, Table};
use super::secret::Secret;
use super::sent::{self, DeskSecrets};
use super::{ConfigError, ConfigProblem, closest, logbook};
use crate::gate::Origin;
use crate::settings::{DeskSettings, Limits, Logbook, OptionValue, is_rt};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::Path;

/// The keys of a desk's table, those of [`network`] aside.
pub(super) const KEYS: &[&str] = &[
    "type", "active", "url", "link_url", "username", "password", "options", "limits", "logbook",
];

/// What people write for a key elsewhere.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("user", "username"),
    ("login", "username"),
    ("account", "username"),
    ("pass", "password"),
    ("passwd", "password"),
    ("token", "password"),
    ("secret", "password"),
    ("host", "url"),
    ("address", "url"),
    ("base_url", "url"),
    ("server", "url"),
    ("kind", "type"),
    ("connector", "type"),
    ("tts_type", "type"),
    ("enabled", "active"),
    ("timeout", "request_timeout"),
    ("ca", "ca_certificates"),
    ("cacert", "ca_certificates"),
    ("tls_certificate", "ca_certificates"),
    ("insecure", "accept_any_certificate"),
    ("verify", "accept_any_certificate"),
    ("verify_tls", "accept_any_certificate"),
];

/// A desk's name goes into messages, addresses and file names.
const LONGEST_NAME: usize = 64;

/// A desk as the file describes it: well-formed, and not yet checked for its values.
#[derive(Debug, Clone)]
pub struct DeskEntry {
    name: String,
    active: bool,
    place: Place,
    /// The table as JSON, without secrets.
    written: Map<String, Value>,
    /// Of the desk's table, for what is missing.
    here: Located<()>,
    kind: Option<Located<String>>,
    url: Option<Located<String>>,
    link_url: Option<Located<String>>,
    username: Option<Located<String>>,
    password: Option<Located<Secret>>,
    options: BTreeMap<String, OptionValue>,
    network: NetworkEntry,
    limits: Limits,
    logbook: Logbook,
}

impl DeskEntry {
    /// Its name, the key of its table.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// When false, nothing is asked, and what else is wrong with it does not matter.
    pub fn active(&self) -> bool {
        self.active
    }

    /// What stands in its table, without its secrets: a password that stands there is left out, and so are
    /// user and password of a proxy.
    pub fn written(&self) -> &Map<String, Value> {
        &self.written
    }

    /// The secrets that stand in its table.
    pub fn secrets(&self) -> DeskSecrets {
        let literal = |secret: &Option<Located<Secret>>| secret.as_ref()?.value.literal().cloned();
        let proxy = literal(&self.network.proxy);
        DeskSecrets {
            password: literal(&self.password),
            proxy: proxy.filter(|_| self.network.holds_secret()),
        }
    }

    /// With these secrets in place of its own, where they are given.
    #[must_use]
    pub fn with_secrets(mut self, secrets: DeskSecrets) -> Self {
        let place = |key: &str, secret: SecretString| Located {
            line: self.here.line,
            key: match self.here.key.as_str() {
                "" => key.to_owned(),
                table => format!("{table}.{key}"),
            },
            value: Secret::Literal(secret),
        };
        if let Some(password) = secrets.password {
            self.password = Some(place("password", password));
        }
        if let Some(proxy) = secrets.proxy {
            self.network.proxy = Some(place("proxy", proxy));
        }
        self
    }

    /// The same desk without what it names in its file's surroundings: passwords are fetched from where
    /// they are, certificates read. For a file that was read, not for a table that was sent.
    ///
    /// # Errors
    /// Something cannot be fetched.
    pub fn on_its_own(&self) -> Result<Self, ConfigError> {
        let mut problems = Vec::new();
        let network = self.network.resolve(&mut problems);
        let password = self
            .password
            .as_ref()
            .and_then(|secret| resolved(secret, &mut problems));
        if !problems.is_empty() {
            return Err(self.place.error(problems));
        }
        let mut table = self.written.clone();
        table.remove("password");
        table.remove("proxy");
        if let Some(proxy) = &network.proxy {
            table.insert("proxy".to_owned(), Value::from(proxy.expose_secret()));
        }
        if table.contains_key("ca_certificates") {
            let pem = network.ca_certificates.iter();
            let pem = pem.map(|pem| Value::from(String::from_utf8_lossy(pem)));
            table.insert("ca_certificates".to_owned(), pem.collect());
        }
        let entry = Self::from_json(&self.name, table)?;
        Ok(entry.with_secrets(DeskSecrets {
            password,
            proxy: None,
        }))
    }

    /// Where it sends its password, by the keys that say so: the connector's id, the address, the proxy's
    /// address without its user, and what decides who may answer under that address. What is no address
    /// stands as it is written. The same keys in the same order for each desk.
    pub fn destination(&self) -> Vec<(&'static str, String)> {
        let text = |text: &Option<Located<String>>| text.as_ref().map(|text| text.value.clone());
        let kind = text(&self.kind).unwrap_or_default();
        let url = text(&self.url).unwrap_or_default();
        let url = Origin::parse(&url).map_or(url, |origin| origin.address().to_owned());
        let proxy = self.written.get("proxy").map(ToString::to_string);
        let mut destination = vec![
            (
                "type",
                kind.split('@').next().unwrap_or_default().to_owned(),
            ),
            ("url", url),
            ("proxy", proxy.unwrap_or_default()),
        ];
        destination.extend(self.network.answerers());
        destination
    }

    /// Whether its connector is that for Request Tracker.
    pub fn is_rt(&self) -> bool {
        let kind = self.kind.as_ref();
        kind.is_some_and(|kind| is_rt(&kind.value))
    }

    /// The settings, with the password fetched from where it is, and the certificates read.
    ///
    /// # Errors
    /// All that is missing or wrong with this desk's values.
    pub fn settings(&self) -> Result<DeskSettings, ConfigError> {
        let mut problems = Vec::new();
        let kind = self
            .here
            .required(&self.kind, "type", "\"rt\"", &mut problems);
        let url = self
            .here
            .required(
                &self.url,
                "url",
                "\"https://rt.example.org\"",
                &mut problems,
            )
            .and_then(|url| checked_url(url, &mut problems));
        let link_url = self
            .link_url
            .as_ref()
            .and_then(|url| checked_url(url, &mut problems));
        let username = self
            .here
            .required(&self.username, "username", "\"cmdb\"", &mut problems);
        let password = self
            .here
            .required(
                &self.password,
                "password",
                "{ env = \"RT_PASSWORD\" }",
                &mut problems,
            )
            .and_then(|secret| resolved(secret, &mut problems));
        for (text, example) in [(kind, "\"rt\""), (username, "\"cmdb\"")] {
            let Some(text) = text else { continue };
            if text.value.trim().is_empty() {
                problems.push(text.problem(format!("is empty; write such as {example}")));
            } else if text.value.contains(char::is_control) {
                problems.push(text.problem("holds an invisible character; remove it"));
            }
        }
        let network = self.network.resolve(&mut problems);
        match (kind, url, username, password) {
            (Some(kind), Some(url), Some(username), Some(password)) if problems.is_empty() => {
                Ok(DeskSettings {
                    name: self.name.clone(),
                    kind: kind.value.clone(),
                    active: self.active,
                    url,
                    link_url,
                    username: username.value.clone(),
                    password,
                    options: self.options.clone(),
                    network,
                    limits: self.limits.clone(),
                    logbook: self.logbook.clone(),
                })
            }
            _ => Err(self.place.error(problems)),
        }
    }

    /// The files that hold a secret.
    pub(super) fn secret_files(&self) -> impl Iterator<Item = &Path> {
        let password = self.password.as_ref();
        password
            .and_then(|password| password.value.file())
            .into_iter()
            .chain(self.network.secret_file())
    }

    /// Whether a password stands in the file itself.
    pub(super) fn holds_secret(&self) -> bool {
        self.network.holds_secret()
            || self
                .password
                .as_ref()
                .is_some_and(|password| password.value.is_literal())
    }

    pub(super) fn read(reader: &mut Reader<'_>, node: &Node<'_>) -> Option<Self> {
        let table = reader.table(node, "a table, such as [desks.helpdesk]")?;
        check_name(reader, node);
        let mut text = |key: &str| {
            let node = table.get(key)?;
            let value = reader.text(&node)?;
            Some(reader.at(&node, value))
        };
        let (kind, url, link_url) = (text("type"), text("url"), text("link_url"));
        let username = text("username");
        let active = table.get("active").and_then(|node| reader.truth(&node));
        let password = table.get("password").and_then(|node| {
            let secret = Secret::read(reader, &node)?;
            Some(reader.at(&node, secret))
        });
        let options = table
            .get("options")
            .map(|node| read_options(reader, &node))
            .unwrap_or_default();
        let limits = table
            .get("limits")
            .map(|node| network::limits(reader, &node))
            .unwrap_or_default();
        let logbook = table
            .get("logbook")
            .map(|node| logbook::read(reader, &node))
            .unwrap_or_default();
        let entry = Self {
            name: node.name().to_owned(),
            active: active.unwrap_or(true),
            place: reader.place(),
            written: sent::without_secrets(table.entries()),
            here: reader.at(node, ()),
            kind,
            url,
            link_url,
            username,
            password,
            options,
            network: NetworkEntry::read(reader, &table),
            limits,
            logbook,
        };
        report_unknown(reader, node.name(), &table);
        Some(entry)
    }
}

fn resolved(secret: &Located<Secret>, problems: &mut Vec<ConfigProblem>) -> Option<SecretString> {
    let resolved = secret.value.resolve(|name| std::env::var(name));
    resolved
        .map_err(|message| problems.push(secret.problem(message)))
        .ok()
}

fn checked_url(url: &Located<String>, problems: &mut Vec<ConfigProblem>) -> Option<String> {
    Origin::parse(&url.value)
        .map(|origin| origin.address().to_owned())
        .map_err(|message| problems.push(url.problem(message)))
        .ok()
}

fn check_name(reader: &mut Reader<'_>, node: &Node<'_>) {
    let name = node.name();
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !name.starts_with(|c: char| c.is_ascii_alphanumeric())
        || !name.chars().all(fits)
        || name.len() > LONGEST_NAME
    {
        reader.problem(
            node,
            format!(
                "a desk's name consists of letters (a to z), digits, \"-\", \"_\" and \".\", starts \
                 with a letter or digit, and has at most {LONGEST_NAME} characters"
            ),
        );
    }
}

fn report_unknown(reader: &mut Reader<'_>, desk: &str, table: &Table<'_>) {
    let known: Vec<&str> = KEYS.iter().chain(network::KEYS).copied().collect();
    reader.unknown(table, &known, |key| {
        let lower = key.to_lowercase().replace('-', "_");
        if lower == "network" {
            return Some(format!(
                "there is no such table; write its keys directly into [desks.{desk}]"
            ));
        }
        if let Some((_, meant)) = OTHER_NAMES.iter().find(|(other, _)| *other == lower) {
            return Some(format!("there is no such key; did you mean {meant:?}?"));
        }
        if closest(key, known.iter().copied()).is_some() {
            return None;
        }
        let part = table.get(key);
        if part.is_some_and(|node| matches!(node.value, toml::de::DeValue::Table(_))) {
            return Some(format!(
                "there is no such table; a desk's name with a dot is written in quotes: \
                 [desks.\"{desk}.{key}\"]"
            ));
        }
        Some(format!(
            "there is no such key; options of the connector belong into [desks.{desk}.options], \
             and a desk has {}",
            known.join(", ")
        ))
    });
}

fn read_options(reader: &mut Reader<'_>, node: &Node<'_>) -> BTreeMap<String, OptionValue> {
    let expected = "text, a whole number, true or false, or a list of them";
    let mut options = BTreeMap::new();
    let Some(table) = reader.table(node, "a table") else {
        return options;
    };
    for node in table.nodes() {
        let value = match node.elements() {
            None => node.scalar().map(OptionValue::Text),
            Some(elements) => elements
                .iter()
                .map(Node::scalar)
                .collect::<Option<Vec<_>>>()
                .map(OptionValue::List),
        };
        match value {
            Some(value) => {
                options.insert(node.name().to_owned(), value);
            }
            None if node.elements().is_some() => {
                reader.problem(
                    &node,
                    format!("expected {expected}; the list holds something else"),
                );
            }
            None => reader.wrong_type(&node, expected),
        }
    }
    options
}
