//! A desk's table by itself, as JSON: sent to the service, kept in its store, or taken from a file.
//!
//! JSON becomes TOML and is read by the one reader, so that rules and words are the same.

use super::desk::DeskEntry;
use super::network::without_credentials;
use super::read::{Place, Reader, Table};
use super::{ConfigError, syntax, write};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Number, Value};
use std::path::Path;
use toml::de::{DeTable, DeValue};

/// What of a desk's table is secret.
#[derive(Debug, Clone, Default)]
pub struct DeskSecrets {
    /// The password.
    pub password: Option<SecretString>,
    /// The proxy's address, where it holds a password.
    pub proxy: Option<SecretString>,
}

impl DeskEntry {
    /// Reads what stands below `[desks.NAME]` from JSON, with the same keys. A key that is null counts as
    /// left out. Nothing may name a variable or a file of this machine: a password is text, and
    /// certificates are the text of their files.
    ///
    /// # Errors
    /// [`ConfigError::Desk`]: the shape of the table is wrong, all such problems at once.
    pub fn from_json(name: &str, mut table: Map<String, Value>) -> Result<Self, ConfigError> {
        let mut taken = |key: &str, is_secret: &dyn Fn(&str) -> bool| match table.get_mut(key) {
            Some(Value::String(text)) if is_secret(text) => {
                let text = SecretString::from(std::mem::take(text));
                table.remove(key);
                Some(text)
            }
            _ => None,
        };
        let secrets = DeskSecrets {
            password: taken("password", &|_| true),
            proxy: taken("proxy", &|text| without_credentials(text).is_some()),
        };
        if let Some(proxy) = secrets.proxy.as_ref() {
            let proxy = without_credentials(proxy.expose_secret());
            table.insert("proxy".to_owned(), Value::from(proxy));
        }
        let text = write::table(&write::quoted(name), &table);
        let document = syntax::parse(&text, Path::new(""))?;
        let mut reader = Reader::new(Place::Sent(name.into()), &text);
        let node = Table::root(&document).get(name);
        let entry = node.and_then(|node| Self::read(&mut reader, &node.on_its_own()));
        match entry {
            Some(entry) if reader.is_clean() => Ok(entry.with_secrets(secrets)),
            _ => Err(reader.into_error()),
        }
    }

    /// This desk as text for `sgi.toml`, with these secrets. Where there is no password a comment stands
    /// in its place.
    pub fn to_toml(&self, secrets: &DeskSecrets) -> String {
        let mut table = self.written().clone();
        if let Some(proxy) = &secrets.proxy {
            table.insert("proxy".to_owned(), Value::from(proxy.expose_secret()));
        }
        if let Some(password) = &secrets.password {
            table.insert("password".to_owned(), Value::from(password.expose_secret()));
        }
        let header = format!("desks.{}", write::key(self.name()));
        let text = write::table(&header, &table);
        if table.contains_key("password") {
            return text;
        }
        let (head, rest) = text.split_once('\n').unwrap_or((&text, ""));
        format!("{head}\n# password = {{ env = \"NAME\" }}    # it is not exported\n{rest}")
    }
}

/// A table as JSON, without what is secret in it: a password that stands there, the user and the
/// password of a proxy.
pub(super) fn without_secrets(table: &DeTable<'_>) -> Map<String, Value> {
    let mut map = json_of(table);
    if map.get("password").is_some_and(Value::is_string) {
        map.remove("password");
    }
    if let Some(Value::String(proxy)) = map.get_mut("proxy")
        && let Some(bare) = without_credentials(proxy)
    {
        *proxy = bare;
    }
    map
}

fn json_of(table: &DeTable<'_>) -> Map<String, Value> {
    let entries = table.iter();
    entries
        .map(|(key, value)| (key.get_ref().to_string(), value_of(value.get_ref())))
        .collect()
}

fn value_of(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::from(text.as_ref()),
        DeValue::Integer(number) => {
            let number = i64::from_str_radix(number.as_str(), number.radix());
            number.map_or(Value::Null, Value::from)
        }
        DeValue::Float(number) => {
            let number = number.as_str().parse().ok().and_then(Number::from_f64);
            number.map_or(Value::Null, Value::Number)
        }
        DeValue::Boolean(truth) => Value::Bool(*truth),
        DeValue::Datetime(date) => Value::from(date.to_string()),
        DeValue::Array(array) => array.iter().map(|e| value_of(e.get_ref())).collect(),
        DeValue::Table(table) => Value::Object(json_of(table)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use serde_json::json;

    const PEM: &str = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    fn full() -> Value {
        json!({
            "type": "rt", "active": true, "url": "https://rt.example.org/rt",
            "link_url": null, "username": "cm\"d\\b", "password": "s3cret\n'''\"",
            "proxy": "http://u:s3cret@proxy.example.org:3128", "parallel": 4,
            "ca_certificates": [PEM], "request_timeout": "45s",
            "options": { "queues": ["General", 5], "a.b": true, "empty": "" },
            "limits": { "requests": 5000 }, "logbook": { "since": "2026-01-01" },
        })
    }

    fn errors(value: Value) -> String {
        let entry = DeskEntry::from_json("helpdesk", map(value));
        let error = entry.and_then(|entry| entry.settings()).unwrap_err();
        assert!(matches!(&error, ConfigError::Desk { desk, .. } if desk == "helpdesk"));
        error.to_string()
    }

    /// Keys come in the order in which they were sent, or by the alphabet, as serde_json was built.
    fn sorted(errors: String) -> String {
        let mut lines: Vec<&str> = errors.lines().collect();
        lines.sort_by_key(|line| line.contains("options."));
        let (top, rest) = lines.split_at_mut(2);
        top.sort_unstable();
        [&*top, &*rest].concat().join("\n")
    }

    #[test]
    fn the_same_rules_hold_and_errors_name_the_key() {
        let mut table = full();
        table["password"] = json!("x");
        let entry = DeskEntry::from_json("a.b", map(table)).unwrap();
        let settings = entry.settings().unwrap();
        assert_eq!(settings.name, "a.b");
        assert_eq!(settings.username, "cm\"d\\b");
        assert_eq!(settings.network.parallel, 4);
        assert_eq!(settings.network.ca_certificates, [PEM.as_bytes()]);
        assert_eq!(settings.limits.requests, 5000);
        let proxy = settings.network.proxy.unwrap();
        assert_eq!(
            proxy.expose_secret(),
            "http://u:s3cret@proxy.example.org:3128"
        );

        assert_eq!(
            sorted(errors(
                json!({ "options": { "queues": 1.5 }, "ulr": "x", "limits": 7 })
            )),
            "limits: expected a table; found an integer\n\
             ulr: there is no such key; did you mean \"url\"?\n\
             options.queues: expected text, a whole number, true or false, or a list of them; found a \
             number with a fraction"
        );
        assert_eq!(
            errors(
                json!({ "type": "rt", "url": "rt.example.org", "username": "x", "password": "x" })
            ),
            "url: the protocol is missing; write the URL including the protocol, such as \
             https://rt.example.org/rt"
        );
        assert_eq!(
            errors(json!({ "type": "rt", "url": "https://x", "username": "x" })),
            "password: \"password\" is missing; write password = { env = \"RT_PASSWORD\" }"
        );
    }

    #[test]
    fn what_is_sent_names_nothing_on_this_machine() {
        for (key, value) in [
            ("password", json!({ "file": "/etc/shadow" })),
            ("password", json!({ "env": "HOME" })),
            ("proxy", json!({ "file": "/etc/shadow" })),
            ("ca_certificates", json!(["/etc/shadow"])),
            ("ca_certificates", json!("/etc/shadow")),
            ("ca_certificates", json!([""])),
        ] {
            let mut table = full();
            table[key] = value;
            let told = errors(table);
            assert!(
                told.starts_with(key) && told.contains("of the service's machine"),
                "{told}"
            );
        }
    }

    #[test]
    fn no_json_is_too_odd() {
        let mut deep = json!(1);
        for _ in 0..100 {
            deep = json!({ "a": [deep] });
        }
        for odd in [
            deep,
            json!(u64::MAX),
            json!(1e300),
            json!([null]),
            json!("\u{7f}\u{0}\r\u{85}"),
        ] {
            errors(json!({ "what": odd, "options": { "x": odd, "y": { "z": odd } }, "url": 5 }));
        }
        let name = "a\"]\n[desks.b]";
        let error = DeskEntry::from_json(name, map(full())).unwrap_err();
        assert!(
            error.to_string().starts_with("a desk's name consists of"),
            "{error}"
        );
    }

    #[test]
    fn what_is_written_holds_no_secret_and_can_be_read_again() {
        let entry = DeskEntry::from_json("helpdesk", map(full())).unwrap();
        let written = Value::Object(entry.written().clone());
        assert!(!written.to_string().contains("s3cret"));
        assert_eq!(written["proxy"], "http://proxy.example.org:3128");
        assert!(!format!("{entry:?}").contains("s3cret"));

        let secrets = entry.secrets();
        let text = entry.to_toml(&secrets);
        let config = Config::parse(&text, Path::new("sgi.toml")).unwrap();
        let read = config.desks.get("helpdesk").unwrap();
        assert_eq!(read.written(), entry.written(), "{text}");
        let (one, two) = (read.secrets(), secrets);
        let shown = |s: &DeskSecrets| {
            [&s.password, &s.proxy].map(|s| s.as_ref().unwrap().expose_secret().to_owned())
        };
        assert_eq!(shown(&one), shown(&two));

        let text = entry.to_toml(&DeskSecrets::default());
        assert!(
            !text.contains("s3cret") && text.contains("\n# password = "),
            "{text}"
        );
        assert!(
            Config::parse(&text, Path::new("sgi.toml")).is_ok(),
            "{text}"
        );
    }

    #[test]
    fn what_a_file_names_is_fetched_when_it_is_taken_out_of_it() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), PEM).unwrap();
        std::fs::write(folder.path().join("pw"), "s3cret\n").unwrap();
        let text = "[desks.a]\ntype = 'rt'\nsince = 5\n".replace("since = 5\n", "")
            + "url = 'https://x'\nusername = 'u'\npassword = { file = 'pw' }\nproxy = { file = 'pw' }\n\
               ca_certificates = 'ca.pem'\nlogbook.since = 2026-01-01\n";
        let config = Config::parse(&text, &folder.path().join("sgi.toml")).unwrap();
        let entry = config.desks.get("a").unwrap();
        assert_eq!(entry.written()["password"], json!({ "file": "pw" }));
        // A proxy is an address.
        assert!(entry.on_its_own().is_err());
        std::fs::write(folder.path().join("pw"), "http://u:s3cret@p:1\n").unwrap();
        let entry = entry.on_its_own().unwrap();
        assert_eq!(
            Value::Object(entry.written().clone()),
            json!({ "type": "rt", "url": "https://x", "username": "u", "proxy": "http://p:1",
                    "ca_certificates": [PEM], "logbook": { "since": "2026-01-01" } })
        );
        let secrets = entry.secrets();
        assert_eq!(
            secrets.password.unwrap().expose_secret(),
            "http://u:s3cret@p:1"
        );
        assert!(entry.settings().is_ok());
    }
}
