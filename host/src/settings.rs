//! The settings of one desk and of the CMDB, already read: no file, no environment, no network behind them.

use crate::catalog::Wanted;
use ipnet::IpNet;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// The value of a connector's option, as a person wrote it. The desk checks it against what the
/// connector declares when it is opened.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(untagged)]
pub enum OptionValue {
    /// Text, a number or a truth value as text; for a list, comma-separated.
    Text(String),
    /// A list.
    List(Vec<String>),
}

/// How a desk is reached. The defaults suit a desk in the same data centre.
#[derive(Debug, Clone)]
pub struct Network {
    /// Further certificate authorities to trust, PEM; the system's stay trusted.
    pub ca_certificates: Vec<Vec<u8>>,
    /// Accept any certificate: self-signed, expired, of another name. Only on demand: whoever sits
    /// between host and desk can then read the password.
    pub accept_any_certificate: bool,
    /// `http://[user:password@]host:port`. Behind a proxy the host cannot see which address the
    /// desk's name leads to: the check of addresses is then the proxy's.
    pub proxy: Option<SecretString>,
    /// Private or loopback addresses that the desk's name may lead to. An address that stands in the
    /// URL itself, and `localhost`, need not be named. Link-local addresses and metadata services are
    /// never dialled.
    pub allow_addresses: Vec<IpNet>,
    /// To connect, TLS included.
    pub connect_timeout: Duration,
    /// For one whole request with its answer.
    pub request_timeout: Duration,
    /// The greatest answer that is taken, unpacked, in bytes.
    pub max_response: usize,
    /// How many requests may be under way at once. Two saturate an RT or an iTop.
    pub parallel: usize,
}

impl Default for Network {
    fn default() -> Self {
        Self {
            ca_certificates: Vec::new(),
            accept_any_certificate: false,
            proxy: None,
            allow_addresses: Vec::new(),
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(30),
            max_response: 32 << 20,
            parallel: 2,
        }
    }
}

/// What one call of a connector may use up. Reported with the numbers when one is reached.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Wall-clock time for one call, requests included.
    pub call_timeout: Duration,
    /// Time that the guest itself may compute without giving way.
    pub compute_timeout: Duration,
    /// Linear memory of one instance, in bytes.
    pub memory: usize,
    /// HTTP requests in one call.
    pub requests: u32,
    /// What its requests and their answers may hold together in one call, in bytes: it may keep them all,
    /// outside of its own memory.
    pub traffic: usize,
    /// Handles that an instance may hold at once. A request takes about ten.
    pub handles: u32,
    /// What an instance may hand over to the host at once, in bytes: an answer, a line for the log.
    pub result: usize,
    /// Lines that one call may write to the log.
    pub log_lines: u32,
    /// Tickets that one listing may bring.
    pub tickets: usize,
    /// How long to wait before looking for a ticket whose creation got no answer: a desk may still
    /// make it after the connection was cut. PHP ends a request after 30 s by default.
    pub settle_time: Duration,
    /// Calls after which a warm instance is retired.
    pub instance_calls: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            call_timeout: Duration::from_secs(120),
            compute_timeout: Duration::from_secs(10),
            memory: 128 << 20,
            requests: 1000,
            traffic: 256 << 20,
            handles: 1000,
            result: 32 << 20,
            log_lines: 200,
            tickets: 100_000,
            settle_time: Duration::from_secs(35),
            instance_calls: 1000,
        }
    }
}

/// How a desk's events come into the logbook.
#[derive(Debug, Clone)]
pub struct Logbook {
    /// When false, they do not.
    pub active: bool,
    /// What happened earlier is of no interest; none: everything is, which on first contact with a large
    /// desk takes its time.
    pub since: Option<Timestamp>,
    /// Time between two looks. An idle look costs one or two requests.
    pub interval: Duration,
    /// Time between two looks for known tickets that vanished without a word: a request for each thousand.
    pub reconcile: Duration,
}

impl Default for Logbook {
    fn default() -> Self {
        Self {
            active: true,
            since: None,
            interval: Duration::from_secs(60),
            reconcile: Duration::from_secs(3600),
        }
    }
}

/// One service desk, as an administrator sets it up.
#[derive(Debug, Clone)]
pub struct DeskSettings {
    /// The name by which people tell it from others.
    pub name: String,
    /// The connector: an id, optionally `id@version` or `id@sha256:…`.
    pub kind: String,
    /// When false, nothing is asked.
    pub active: bool,
    /// Address including the protocol; may hold a port and a path.
    pub url: String,
    /// Where people reach the desk, where that is not `url`.
    pub link_url: Option<String>,
    /// The account that the host uses.
    pub username: String,
    /// Its password or token.
    pub password: SecretString,
    /// The connector's own options by key.
    pub options: BTreeMap<String, OptionValue>,
    /// How it is reached.
    pub network: Network,
    /// What a call may use up.
    pub limits: Limits,
    /// How its events come into the logbook.
    pub logbook: Logbook,
}

/// Whether a desk's `type` selects the connector for Request Tracker.
pub(crate) fn is_rt(kind: &str) -> bool {
    Wanted::parse(kind).id == "rt"
}

impl DeskSettings {
    /// An active desk with default options, network and limits.
    pub fn new(
        name: impl Into<String>,
        kind: impl Into<String>,
        url: impl Into<String>,
        username: impl Into<String>,
        password: SecretString,
    ) -> Self {
        Self {
            name: name.into(),
            kind: kind.into(),
            active: true,
            url: url.into(),
            link_url: None,
            username: username.into(),
            password,
            options: BTreeMap::new(),
            network: Network::default(),
            limits: Limits::default(),
            logbook: Logbook::default(),
        }
    }
}

impl DeskSettings {
    /// Whether its connector is that for Request Tracker.
    pub fn is_rt(&self) -> bool {
        is_rt(&self.kind)
    }

    /// Whether both say the same, secrets included.
    pub fn same(&self, other: &Self) -> bool {
        let secret = |a: &SecretString, b: &SecretString| a.expose_secret() == b.expose_secret();
        let (a, b) = (&self.network, &other.network);
        let proxy = match (&a.proxy, &b.proxy) {
            (Some(a), Some(b)) => secret(a, b),
            (a, b) => a.is_none() && b.is_none(),
        };
        // What holds no secret, in the words that a programmer would read.
        let open = |settings: &Self| {
            let network = Network {
                proxy: None,
                ..settings.network.clone()
            };
            format!(
                "{:?}",
                Self {
                    password: SecretString::default(),
                    network,
                    ..settings.clone()
                }
            )
        };
        proxy && secret(&self.password, &other.password) && open(self) == open(other)
    }
}

/// The CMDB that logbook entries are delivered to: an i-doit, by its JSON-RPC API.
#[derive(Debug, Clone)]
pub struct CmdbSettings {
    /// Address including the protocol; may hold a port and a path. `src/jsonrpc.php` lies below it.
    pub url: String,
    /// The API key, which also tells the tenant.
    pub key: SecretString,
    /// The user that is logged in beside the key, with its password; none where i-doit asks for none.
    pub user: Option<(String, SecretString)>,
    /// The language of i-doit's answers; none: i-doit's own.
    pub language: Option<String>,
    /// How often entries are delivered.
    pub interval: Duration,
    /// Entries that are sent at once, at most.
    pub batch: usize,
    /// How long PHP may still be at work on what was sent after the connection is gone. Nothing is
    /// looked up earlier.
    pub settle_time: Duration,
    /// How it is reached.
    pub network: Network,
    /// The desks that are a Request Tracker: their entries have that source in i-doit.
    pub rt_desks: BTreeSet<String>,
}

impl CmdbSettings {
    /// With defaults for all but the address and the key.
    pub fn new(url: impl Into<String>, key: SecretString) -> Self {
        Self {
            url: url.into(),
            key,
            user: None,
            language: None,
            interval: Duration::from_secs(60),
            batch: 50,
            settle_time: Duration::from_secs(360),
            network: Network::default(),
            rt_desks: BTreeSet::new(),
        }
    }
}
