//! How a desk is reached, and what a call may use up: the keys that have defaults.

use super::ConfigProblem;
use super::read::{Located, Node, Reader, Table};
use super::secret::Secret;
use crate::files;
use crate::gate::Proxy;
use crate::settings::{Limits, Network};
use ipnet::IpNet;
use secrecy::ExposeSecret;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use toml::de::DeValue;

/// The keys of a desk's table that are read here.
pub(super) const KEYS: &[&str] = &[
    "ca_certificates",
    "accept_any_certificate",
    "proxy",
    "allow_addresses",
    "connect_timeout",
    "request_timeout",
    "max_response",
    "parallel",
];

pub(super) const LIMIT_KEYS: &[&str] = &[
    "call_timeout",
    "compute_timeout",
    "memory",
    "requests",
    "traffic",
    "handles",
    "result",
    "log_lines",
    "tickets",
    "settle_time",
    "instance_calls",
];

/// The bundle of all public authorities is a quarter of a mebibyte.
const MAX_CERTIFICATES: u64 = 4 << 20;

/// How a certificate in PEM form begins.
const PEM: &str = "-----BEGIN CERTIFICATE-----";

/// What the file says, before files and variables are looked at.
#[derive(Debug, Clone)]
pub(super) struct NetworkEntry {
    network: Network,
    certificates: Vec<Located<Certificate>>,
    pub(super) proxy: Option<Located<Secret>>,
}

/// A certificate authority, or several.
#[derive(Debug, Clone)]
enum Certificate {
    File(PathBuf),
    /// Its text.
    Pem(String),
}

impl Certificate {
    fn pem(&self) -> Result<Vec<u8>, String> {
        match self {
            Self::File(path) => read_certificates(path),
            Self::Pem(text) => Ok(text.as_bytes().to_vec()),
        }
    }
}

impl NetworkEntry {
    pub(super) fn read(reader: &mut Reader<'_>, table: &Table<'_>) -> Self {
        let mut network = Network::default();
        let get = |key: &str| table.get(key);
        set(&mut network.accept_any_certificate, {
            get("accept_any_certificate").and_then(|node| reader.truth(&node))
        });
        if let Some(node) = get("allow_addresses") {
            network.allow_addresses = addresses(reader, node);
        }
        set(&mut network.connect_timeout, {
            get("connect_timeout").and_then(|node| reader.duration(&node))
        });
        set(&mut network.request_timeout, {
            get("request_timeout").and_then(|node| reader.duration(&node))
        });
        set(&mut network.max_response, {
            get("max_response").and_then(|node| reader.size(&node, 1 << 10..=1 << 30))
        });
        set(&mut network.parallel, {
            get("parallel").and_then(|node| usize::try_from(reader.count(&node, 1..=64)?).ok())
        });
        let certificates = get("ca_certificates")
            .map(|node| certificates(reader, node))
            .unwrap_or_default();
        let proxy = get("proxy").and_then(|node| {
            let secret = Secret::read(reader, &node)?;
            Some(reader.at(&node, secret))
        });
        Self {
            network,
            certificates,
            proxy,
        }
    }

    /// Who may answer in the desk's place, by the keys that say so: in an order that is not the writer's.
    pub(super) fn answerers(&self) -> [(&'static str, String); 3] {
        let any = match self.network.accept_any_certificate {
            true => "true",
            false => "",
        };
        let addresses = self.network.allow_addresses.iter();
        let addresses: BTreeSet<String> = addresses.map(|net| net.trunc().to_string()).collect();
        let certificates = self.certificates.iter();
        let certificates: BTreeSet<String> = certificates
            .map(|certificate| match &certificate.value {
                Certificate::File(path) => path.display().to_string(),
                Certificate::Pem(text) => text.split_whitespace().collect(),
            })
            .collect();
        let all = |all: BTreeSet<String>| all.into_iter().collect::<Vec<_>>().join(" ");
        [
            ("accept_any_certificate", any.to_owned()),
            ("allow_addresses", all(addresses)),
            ("ca_certificates", all(certificates)),
        ]
    }

    /// The file that holds the proxy's address, which may have a password.
    pub(super) fn secret_file(&self) -> Option<&Path> {
        self.proxy.as_ref()?.value.file()
    }

    /// Whether a password may stand in the file itself.
    pub(super) fn holds_secret(&self) -> bool {
        let literal = self.proxy.as_ref().and_then(|proxy| proxy.value.literal());
        literal.is_some_and(|text| without_credentials(text.expose_secret()).is_some())
    }

    pub(super) fn resolve(&self, problems: &mut Vec<ConfigProblem>) -> Network {
        let mut network = self.network.clone();
        for certificate in &self.certificates {
            match certificate.value.pem() {
                Ok(pem) => network.ca_certificates.push(pem),
                Err(message) => problems.push(certificate.problem(message)),
            }
        }
        if let Some(proxy) = &self.proxy {
            let address = proxy
                .value
                .resolve(|name| std::env::var(name))
                .and_then(|address| Proxy::parse(address.expose_secret()).map(|_| address));
            match address {
                Ok(address) => network.proxy = Some(address),
                Err(message) => problems.push(proxy.problem(message)),
            }
        }
        network
    }
}

/// The address of a proxy without user and password; none: it has none.
pub(super) fn without_credentials(address: &str) -> Option<String> {
    // What a host, a port or a path may hold is no "@": all before the last is somebody's.
    let (before, host) = address.rsplit_once('@')?;
    let scheme = before
        .split_once("://")
        .map_or("http", |(scheme, _)| scheme);
    Some(format!("{scheme}://{host}"))
}

/// Reads `[desks.NAME.limits]`.
pub(super) fn limits(reader: &mut Reader<'_>, node: &Node<'_>) -> Limits {
    let mut limits = Limits::default();
    let Some(table) = reader.table(node, "a table") else {
        return limits;
    };
    let get = |key: &str| table.get(key);
    set(&mut limits.call_timeout, {
        get("call_timeout").and_then(|node| reader.duration(&node))
    });
    set(&mut limits.compute_timeout, {
        get("compute_timeout").and_then(|node| reader.duration(&node))
    });
    // Below a megabyte no connector starts; above 4 GiB no 32-bit component can go.
    set(&mut limits.memory, {
        get("memory").and_then(|node| reader.size(&node, 1 << 20..=4 << 30))
    });
    set(&mut limits.requests, {
        get("requests").and_then(|node| reader.count(&node, 1..=1_000_000))
    });
    set(&mut limits.traffic, {
        get("traffic").and_then(|node| reader.size(&node, 1 << 20..=16 << 30))
    });
    set(&mut limits.handles, {
        get("handles").and_then(|node| reader.count(&node, 20..=100_000))
    });
    set(&mut limits.result, {
        get("result").and_then(|node| reader.size(&node, 64 << 10..=256 << 20))
    });
    set(&mut limits.log_lines, {
        get("log_lines").and_then(|node| reader.count(&node, 1..=100_000))
    });
    set(&mut limits.tickets, {
        get("tickets").and_then(|node| usize::try_from(reader.count(&node, 1..=1_000_000)?).ok())
    });
    set(&mut limits.settle_time, {
        get("settle_time").and_then(|node| reader.duration(&node))
    });
    set(&mut limits.instance_calls, {
        get("instance_calls").and_then(|node| reader.count(&node, 1..=1_000_000))
    });
    reader.unknown(&table, LIMIT_KEYS, |_| None);
    limits
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

/// The elements of a list; a value that is none counts as a list of one.
fn one_or_more<'a>(node: Node<'a>) -> Vec<Node<'a>> {
    node.elements().unwrap_or_else(|| vec![node])
}

fn addresses(reader: &mut Reader<'_>, node: Node<'_>) -> Vec<IpNet> {
    let expected = "a list of addresses or networks, such as [\"10.1.2.3\", \"192.168.7.0/24\"]";
    let mut networks = Vec::new();
    for node in one_or_more(node) {
        let DeValue::String(text) = node.value else {
            reader.wrong_type(&node, expected);
            continue;
        };
        let network = text
            .parse::<IpNet>()
            .or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        match network {
            Ok(network) => networks.push(network),
            Err(_) => {
                let message = format!("{text:?} is no address; expected {expected}");
                reader.problem(&node, message);
            }
        }
    }
    networks
}

fn certificates(reader: &mut Reader<'_>, node: Node<'_>) -> Vec<Located<Certificate>> {
    let mut certificates = Vec::new();
    for node in one_or_more(node) {
        let certificate = match node.value {
            DeValue::String(text) if text.contains(PEM) => Certificate::Pem(text.to_string()),
            DeValue::String(text) if !text.is_empty() && reader.may_name_files() => {
                Certificate::File(reader.path(text))
            }
            DeValue::String(_) if !reader.may_name_files() => {
                let message = format!(
                    "expected the text of a certificate in PEM form ({PEM}); what is sent may name no \
                     file of the service's machine"
                );
                reader.problem(&node, message);
                continue;
            }
            _ => {
                reader.wrong_type(&node, "a list of files, such as [\"ca.pem\"]");
                continue;
            }
        };
        certificates.push(reader.at(&node, certificate));
    }
    certificates
}

fn read_certificates(path: &Path) -> Result<Vec<u8>, String> {
    let place = path.display();
    let (bytes, _) = files::read_named(path, MAX_CERTIFICATES).map_err(|error| {
        format!("the file {place} cannot be read: {error}; check the path and who may read it")
    })?;
    let holds = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
    if holds(PEM.as_bytes()) {
        return Ok(bytes);
    }
    Err(format!(
        "the file {place} holds no certificate in PEM form ({PEM}); from DER \
         it is made with `openssl x509 -inform der -in FILE -out ca.pem`"
    ))
}
