//! Clients of an HTTP service, and how long it keeps them waiting.

use anyhow::{Context, Result, bail, ensure};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Connections at once.
const CLIENTS: usize = 8;

/// How long requests took.
#[derive(Default)]
pub(crate) struct Times {
    all: Vec<Duration>,
    failed: usize,
    took: Duration,
}

impl Times {
    /// With those of another time.
    pub(crate) fn add(&mut self, more: Self) {
        self.all.extend(more.all);
        self.failed += more.failed;
        self.took += more.took;
    }

    /// The share of a hundred that took no longer.
    pub(crate) fn at(&mut self, share: usize) -> Duration {
        self.all.sort_unstable();
        let place = self.all.len() * share / 100;
        self.all.get(place).copied().unwrap_or_default()
    }

    /// A line of a table.
    pub(crate) fn row(&mut self, what: &str) {
        let (median, late) = (self.at(50), self.at(99));
        println!(
            "| {what} | {:.0} | {median:.1?} | {late:.1?} | {} |",
            self.all.len() as f64 / self.took.as_secs_f64(),
            self.failed,
        );
    }
}

/// As many requests as fit into the time, while `meanwhile` is done again and again.
pub(crate) fn load(
    address: &str,
    lasts: Duration,
    path: impl Fn(usize) -> String + Sync,
    mut meanwhile: impl FnMut() -> Result<()>,
) -> Result<Times> {
    let stop = AtomicBool::new(false);
    let began = Instant::now();
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                let (stop, path) = (&stop, &path);
                scope.spawn(move || -> Result<_> {
                    let mut connection = Connection::open(address)?;
                    let mut times = Times::default();
                    for nth in 0.. {
                        if stop.load(Ordering::Relaxed) {
                            break;
                        }
                        let began = Instant::now();
                        let (status, body) =
                            connection.ask("GET", &path(nth * CLIENTS + client), "")?;
                        times.all.push(began.elapsed());
                        let whole = status == 200 && !body.contains("\"code\":");
                        times.failed += usize::from(!whole);
                    }
                    Ok(times)
                })
            })
            .collect();
        let mut outcome = Ok(());
        while began.elapsed() < lasts && outcome.is_ok() {
            outcome = meanwhile();
            std::thread::sleep(Duration::from_millis(20));
        }
        stop.store(true, Ordering::Relaxed);
        let mut times = Times::default();
        for client in clients {
            times.add(client.join().ok().context("a client")??);
        }
        times.took = began.elapsed();
        outcome.map(|()| times)
    })
}

/// So many requests, of which none may fail, while `meanwhile` is done again and again.
pub(crate) fn requests(
    address: &str,
    first: usize,
    count: usize,
    path: &(impl Fn(usize) -> String + Sync),
    mut meanwhile: impl FnMut() -> Result<()>,
) -> Result<()> {
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                scope.spawn(move || -> Result<()> {
                    let mut connection = Connection::open(address)?;
                    for nth in (client..count).step_by(CLIENTS) {
                        let (status, body) = connection.ask("GET", &path(first + nth), "")?;
                        ensure!(
                            status == 200 && !body.contains("\"code\":"),
                            "{status}: {body}"
                        );
                    }
                    Ok(())
                })
            })
            .collect();
        while clients.iter().any(|client| !client.is_finished()) {
            meanwhile()?;
            std::thread::sleep(Duration::from_millis(20));
        }
        clients
            .into_iter()
            .try_for_each(|client| client.join().ok().context("a client")?)
    })
}

/// A connection that is kept.
pub(crate) struct Connection {
    host: String,
    reader: BufReader<TcpStream>,
}

impl Connection {
    pub(crate) fn open(address: &str) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        Ok(Self {
            host: address.to_owned(),
            reader: BufReader::new(stream),
        })
    }

    pub(crate) fn ask(&mut self, method: &str, path: &str, body: &str) -> Result<(u16, String)> {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.host,
            body.len()
        );
        self.reader.get_mut().write_all(request.as_bytes())?;
        let (mut status, mut length) = (None, 0);
        loop {
            let mut line = String::new();
            if self.reader.read_line(&mut line)? == 0 {
                bail!("the service closed the connection");
            }
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            if status.is_none() {
                status = line
                    .split(' ')
                    .nth(1)
                    .and_then(|status| status.parse().ok());
            } else if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse()?;
            }
        }
        let mut body = vec![0; length];
        self.reader.read_exact(&mut body)?;
        Ok((status.context("a status")?, String::from_utf8(body)?))
    }
}
