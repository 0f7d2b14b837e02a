//! Runs one attack beside an honest desk, and judges both.

use crate::desks;
use sgi_host::{Compiler, Desk, DeskSettings, Digest, Error, Filter, Host, HostOptions, Object};
use sgi_hostile::Guest;
use sgi_test_desks::http::{Request, Response, Server, ServerOptions};
use sgi_test_desks::{Fault, Seen, When};
use std::cell::RefCell;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

/// The account's password, and the session that the desk hands out for it.
pub(crate) const PASSWORD: &str = "s3cret-and-long";
pub(crate) const SESSION: &str = "s3ssion-of-the-desk";
/// How much slower the other desk may be while an attack runs. A guest that computes is made to give way
/// only every 10 ms, which is many times a whole call, and so is what the machine does beside; so a part
/// of what the attack itself may compute is enough, too.
const SLOWER: u32 = 100;
const COMPUTE: Duration = Duration::from_millis(300);
/// By how much the process may grow. The guest itself may have 32 MiB, and a value on its way to the
/// host is there twice; the rest is the compiler.
const GROWTH: u64 = 192 << 20;

/// Where the attack runs, as `host:port`.
pub(crate) struct Here {
    /// Its own desk, which lies below `/desk`.
    pub(crate) desk: String,
    /// The port of that.
    pub(crate) port: u16,
    /// Another server, which must not hear of it.
    pub(crate) elsewhere: String,
}

/// How the connector is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ask {
    /// It is opened and nothing more.
    Open,
    Check,
    Tickets,
    Ticket,
    /// Twice; the second answer counts.
    Again,
}

/// What must come of it.
pub(crate) enum Verdict {
    /// An error of this kind, whose message holds these words.
    Stopped(&'static str, &'static [&'static str]),
    /// It is of no use to the connector, and harms nobody.
    Bears,
}

/// A row of the table.
pub(crate) struct Attack {
    pub(crate) name: &'static str,
    pub(crate) tries: &'static str,
    pub(crate) build: fn(&Here) -> Vec<u8>,
    pub(crate) ask: Ask,
    /// What its desk does.
    pub(crate) fault: Option<fn(&Here) -> Fault>,
    /// The desk is said to speak https.
    pub(crate) https: bool,
    pub(crate) verdict: Verdict,
}

/// What the whole process has logged.
fn log() -> &'static Log {
    static LOG: OnceLock<Log> = OnceLock::new();
    LOG.get_or_init(|| {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::DEBUG)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::set_global_default(subscriber).unwrap();
        log
    })
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Hands out a session, and repeats at `/echo` whatever it is told.
pub(crate) fn answer(request: &Request) -> Response {
    match request.path() {
        "/desk/login" => Response::new(200, format!("{{\"session\":\"{SESSION}\"}}")),
        "/desk/echo" => Response::new(400, format!("no such user: {:?}", request.body)),
        _ => Response::new(200, "{}"),
    }
}

pub(crate) fn server(answer: fn(&Request) -> Response) -> Server {
    let options = ServerOptions {
        keep_alive: true,
        ..ServerOptions::default()
    };
    Server::start(options, |_| answer)
}

pub(crate) fn settings(name: &str, url: String) -> DeskSettings {
    let mut settings = DeskSettings::new(name, name, url, "cmdb", PASSWORD.into());
    settings.network.request_timeout = Duration::from_secs(1);
    settings.network.max_response = 1 << 20;
    settings.limits.compute_timeout = COMPUTE;
    settings.limits.call_timeout = Duration::from_secs(2);
    settings.limits.memory = 32 << 20;
    settings.limits.requests = 20;
    settings.limits.traffic = 8 << 20;
    settings.limits.tickets = 500;
    // These guests give back no handle.
    settings.limits.instance_calls = 50;
    settings
}

/// The program `sgi`, which `cargo verify` builds before the tests, with less than it would have.
fn compiler() -> Compiler {
    let test = std::env::current_exe().unwrap();
    Compiler {
        time: Duration::from_secs(5),
        memory: 512 << 20,
        ..Compiler::new(test.ancestors().nth(2).unwrap().join("sgi"))
    }
}

/// A host with both components in its folder, each pinned.
fn host(folder: &Path, components: [(&str, &[u8]); 2]) -> Host {
    let connectors = folder.join("connectors");
    std::fs::create_dir(&connectors).unwrap();
    for (id, bytes) in components {
        std::fs::write(connectors.join(format!("{id}.wasm")), bytes).unwrap();
    }
    Host::new(HostOptions {
        connectors_dir: Some(connectors),
        pins: components
            .iter()
            .map(|(id, bytes)| ((*id).to_owned(), Digest::of(bytes)))
            .collect(),
        compiler: Some(compiler()),
        ..HostOptions::default()
    })
    .unwrap()
}

async fn ask(host: &Host, settings: DeskSettings, ask: Ask) -> Result<(), Error> {
    let desk = host.open(settings).await?;
    match ask {
        Ask::Open => Ok(()),
        Ask::Check => desk.check().await.map(drop),
        Ask::Tickets => desk.tickets(&Object::new("1"), Filter::All).await.map(drop),
        Ask::Ticket => desk.ticket("1").await.map(drop),
        Ask::Again => {
            let _ = desk.ticket("1").await;
            desk.ticket("1").await.map(drop)
        }
    }
}

/// How long the honest desk takes for an answer.
async fn honest(desk: &Desk) -> Duration {
    let start = Instant::now();
    desk.ticket("1").await.unwrap();
    start.elapsed()
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// The most memory that this process ever had, where each test has a process of its own.
fn peak() -> Option<u64> {
    std::env::var_os("NEXTEST")?;
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib << 10)
}

/// A secret reaches the desk in its slot and nowhere else.
fn secrets_in_their_slots(seen: &[Seen]) -> bool {
    seen.iter().all(|seen| {
        let body = String::from_utf8_lossy(&seen.body).into_owned();
        let login = seen.method == "POST" && seen.target == "/desk/login";
        let mine = seen.method == "GET" && seen.target == "/desk/mine";
        let headers = seen.headers.iter().all(|(name, value)| {
            !value.contains(PASSWORD)
                && (!value.contains(SESSION) || (mine && name.eq_ignore_ascii_case("x-session")))
        });
        let told = [PASSWORD, SESSION].iter().any(|s| seen.target.contains(s));
        let once = body.matches(PASSWORD).count() <= usize::from(login);
        headers && !told && once && !body.contains(SESSION)
    })
}

pub(crate) fn run(attack: &Attack) {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(judge(attack));
}

async fn judge(attack: &Attack) {
    let log = log();
    let (desk, elsewhere, other) = (server(answer), server(answer), server(answer));
    let here = Here {
        desk: desk.addr().to_string(),
        port: desk.addr().port(),
        elsewhere: elsewhere.addr().to_string(),
    };
    if let Some(fault) = attack.fault {
        desk.add_fault(When::Always, fault(&here));
    }
    let hostile = (attack.build)(&here);
    let fetches = desks::fetches_as("honest", &other.addr().to_string());
    let folder = tempfile::tempdir().unwrap();
    let host = host(folder.path(), [("hostile", &hostile), ("honest", &fetches)]);
    let url = format!("http://{}/desk", other.addr());
    let neighbour = host.open(settings("honest", url)).await.unwrap();
    let mut alone = Vec::new();
    for _ in 0..15 {
        alone.push(honest(&neighbour).await);
    }
    let alone = median(&mut alone);
    let before = peak();

    let scheme = if attack.https { "https" } else { "http" };
    let settings = settings("hostile", format!("{scheme}://{}/desk", here.desk));
    let (with, how) = (host.clone(), attack.ask);
    let running = tokio::spawn(async move { ask(&with, settings, how).await });
    let mut meanwhile = Vec::new();
    while meanwhile.is_empty() || !running.is_finished() {
        meanwhile.push(honest(&neighbour).await);
    }
    let ended = running.await.unwrap();

    let what = format!("{} ({})", attack.name, attack.tries);
    match (&attack.verdict, &ended) {
        (Verdict::Bears, Ok(())) => {}
        (Verdict::Stopped(code, words), Err(error))
            if error.code() == *code
                && words.iter().all(|word| error.to_string().contains(word)) => {}
        _ => panic!(
            "{what}: {:?} {ended:?}",
            ended.as_ref().err().map(ToString::to_string)
        ),
    }
    let answers = meanwhile.len();
    let meanwhile = median(&mut meanwhile);
    assert!(
        meanwhile <= (alone * SLOWER).max(COMPUTE / 3),
        "{what}: another desk takes {alone:?}, and meanwhile {meanwhile:?} ({answers} answers)"
    );
    if let (Some(before), Some(after)) = (before, peak()) {
        let grown = after.saturating_sub(before);
        assert!(grown <= GROWTH, "{what}: grown by {} MiB", grown >> 20);
    }
    let told = format!("{ended:?}");
    let logged = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    for secret in [PASSWORD, SESSION] {
        assert!(!told.contains(secret), "{what}: {told}");
        assert!(!logged.contains(secret), "{what}: the log tells a secret");
    }
    assert!(!logged.contains('\u{1b}'), "{what}: a terminal would act");
    assert_eq!(elsewhere.requests().len(), 0, "{what}: it got elsewhere");
    assert!(
        secrets_in_their_slots(&desk.requests()),
        "{what}: {:?}",
        desk.requests()
    );
}

thread_local! {
    /// What guests call themselves.
    static NAME: RefCell<String> = RefCell::new("hostile".to_owned());
}

/// A guest that calls itself as its file is called.
pub(crate) fn guest() -> Guest {
    NAME.with_borrow(|name| Guest::new(name))
}

/// What is built under another name.
pub(crate) fn called<T>(name: &str, build: impl FnOnce() -> T) -> T {
    let before = NAME.replace(name.to_owned());
    let built = build();
    NAME.set(before);
    built
}
