//! The service under load: how long a page of the CMDB waits for the tickets of an object, whatever the
//! desks do, and what the process keeps of a day's traffic.

use anyhow::{Context, Result, bail, ensure};
use sgi_test_desks::{Fault, ITopDesk, ITopOptions, RtDesk, RtOptions, itop, rt};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Connections at once.
const CLIENTS: usize = 8;
/// How long each kind of load lasts.
const LOAD: Duration = Duration::from_secs(5);
/// What a CMDB of some hundred users asks in a day.
const A_DAY: usize = 200_000;
/// How long the desks take for an answer.
const LATENCY: Duration = Duration::from_millis(10);

/// Prints how long requests take.
pub(crate) fn under_load(root: &Path) -> Result<()> {
    let rt = RtDesk::start(RtOptions {
        latency: LATENCY,
        ..RtOptions::default()
    });
    let itop = ITopDesk::start(ITopOptions {
        latency: LATENCY,
        ..ITopOptions::default()
    });
    let served = Served::start(root)?;
    let (rt_url, itop_url) = (rt.url(), itop.url());
    served.put("rt", &table("rt", &rt_url, rt::READER))?;
    served.put("itop", &table("itop", &itop_url, itop::READER))?;
    served.put("swapped", &table("rt", &rt_url, rt::READER))?;
    println!(
        "\n| tickets of an object, by `sgi serve` | requests a second | median | 99 of 100 | failed |"
    );
    println!("|---|---|---|---|---|");
    let warm = |_| "/api/v1/tickets?object=1001&desk=rt&desk=itop".to_owned();
    load("two desks, kept", &served, LOAD, warm, || Ok(()))?;
    let cold = |nth| format!("/api/v1/tickets?object={}&desk=rt&desk=itop", 100_000 + nth);
    load("two desks of 10 ms, not kept", &served, LOAD, cold, || {
        Ok(())
    })?;
    let swapped = |_| "/api/v1/tickets?object=1001&desk=swapped".to_owned();
    let mut swaps = 0;
    load(
        "during swaps between RT and iTop",
        &served,
        LOAD,
        swapped,
        || {
            swaps += 1;
            match swaps % 2 {
                1 => served.put("swapped", &table("itop", &itop_url, itop::READER)),
                _ => served.put("swapped", &table("rt", &rt_url, rt::READER)),
            }
        },
    )?;
    println!("\n{swaps} swaps in {} s", LOAD.as_secs());
    rt.set_fault(Some(Fault::Hang));
    // Lists that wait for it in the background.
    for nth in 0..64 {
        let path = format!("/api/v1/tickets?object={}&desk=rt&wait=0", 900_000 + nth);
        served.get(&path)?;
    }
    println!("\n| while another desk hangs | requests a second | median | 99 of 100 | failed |");
    println!("|---|---|---|---|---|");
    let other = |nth| format!("/api/v1/tickets?object={}&desk=itop", 200_000 + nth);
    load("a desk of 10 ms, not kept", &served, LOAD, other, || Ok(()))?;
    rt.set_fault(None);
    let before = served.memory()?;
    let day = |nth: usize| match nth % 10 {
        0 => format!(
            "/api/v1/tickets?object={}&desk=rt&desk=itop",
            300_000 + nth % 20_000
        ),
        1 => "/api/v1/logbook?object=1001&newest_first=true&limit=20".to_owned(),
        2 => "/api/v1/desks".to_owned(),
        _ => format!(
            "/api/v1/tickets?object={}&desk=rt&desk=itop",
            [1001, 1002, 42, 4, 7777].get(nth % 5).unwrap_or(&1001)
        ),
    };
    println!("\n| {A_DAY} requests of a day | MiB held |");
    println!("|---|---|");
    println!("| before | {before:.0} |");
    for part in 1..=4 {
        let began = Instant::now();
        let of_part = A_DAY / 4;
        requests(&served, (part - 1) * of_part, of_part, &day)?;
        let held = served.memory()?;
        println!(
            "| after {} (in {:.0} s) | {held:.0} |",
            part * of_part,
            began.elapsed().as_secs_f64()
        );
    }
    Ok(())
}

fn table(kind: &str, url: &str, (username, password): (&str, &str)) -> String {
    serde_json::json!({ "type": kind, "url": url, "username": username, "password": password })
        .to_string()
}

/// As many requests as fit into the time, while `meanwhile` is done again and again.
fn load(
    what: &str,
    served: &Served,
    lasts: Duration,
    path: impl Fn(usize) -> String + Sync,
    mut meanwhile: impl FnMut() -> Result<()>,
) -> Result<()> {
    let stop = AtomicBool::new(false);
    let began = Instant::now();
    let (mut times, failed) = std::thread::scope(|scope| -> Result<_> {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                let (stop, path) = (&stop, &path);
                scope.spawn(move || -> Result<_> {
                    let mut connection = served.connect()?;
                    let (mut times, mut failed) = (Vec::new(), 0);
                    for nth in 0.. {
                        if stop.load(Ordering::Relaxed) {
                            break;
                        }
                        let began = Instant::now();
                        let (status, body) =
                            connection.ask("GET", &path(nth * CLIENTS + client), "")?;
                        times.push(began.elapsed());
                        let whole = status == 200 && !body.contains("\"code\":");
                        failed += usize::from(!whole);
                    }
                    Ok((times, failed))
                })
            })
            .collect();
        let mut outcome = Ok(());
        while began.elapsed() < lasts && outcome.is_ok() {
            outcome = meanwhile();
            std::thread::sleep(Duration::from_millis(20));
        }
        stop.store(true, Ordering::Relaxed);
        let (mut times, mut failed) = (Vec::new(), 0);
        for client in clients {
            let (of_client, failures) = client.join().ok().context("a client")??;
            times.extend(of_client);
            failed += failures;
        }
        outcome.map(|()| (times, failed))
    })?;
    times.sort_unstable();
    let at = |share: usize| {
        times
            .get(times.len() * share / 100)
            .copied()
            .unwrap_or_default()
    };
    println!(
        "| {what} | {:.0} | {:.1?} | {:.1?} | {failed} |",
        times.len() as f64 / began.elapsed().as_secs_f64(),
        at(50),
        at(99),
    );
    Ok(())
}

/// So many requests.
fn requests(
    served: &Served,
    first: usize,
    count: usize,
    path: &(impl Fn(usize) -> String + Sync),
) -> Result<()> {
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                scope.spawn(move || -> Result<()> {
                    let mut connection = served.connect()?;
                    for nth in (client..count).step_by(CLIENTS) {
                        let (status, body) = connection.ask("GET", &path(first + nth), "")?;
                        ensure!(status == 200, "{status}: {body}");
                    }
                    Ok(())
                })
            })
            .collect();
        clients
            .into_iter()
            .try_for_each(|client| client.join().ok().context("a client")?)
    })
}

/// `sgi serve`, for as long as this lives.
struct Served {
    child: Child,
    address: String,
    _home: tempfile::TempDir,
}

impl Served {
    fn start(root: &Path) -> Result<Self> {
        let home = tempfile::tempdir()?;
        std::fs::write(home.path().join("sgi.toml"), "")?;
        let mut child = Command::new(root.join("target/debug/sgi"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .env_clear()
            .env("HOME", home.path())
            .env("SGI_LOG", "error")
            .current_dir(home.path())
            .stdout(Stdio::piped())
            .spawn()
            .context("run `cargo measure`, which builds sgi first")?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("a pipe")?).read_line(&mut line)?;
        let address = line.split_once("http://").context("an address")?.1;
        let address = address.split(';').next().context("an address")?.to_owned();
        Ok(Self {
            child,
            address,
            _home: home,
        })
    }

    fn connect(&self) -> Result<Connection> {
        let stream = TcpStream::connect(&self.address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        Ok(Connection {
            host: self.address.clone(),
            reader: BufReader::new(stream),
        })
    }

    fn get(&self, path: &str) -> Result<String> {
        Ok(self.connect()?.ask("GET", path, "")?.1)
    }

    fn put(&self, desk: &str, table: &str) -> Result<()> {
        let path = format!("/api/v1/desks/{desk}");
        let (status, body) = self.connect()?.ask("PUT", &path, table)?;
        ensure!(matches!(status, 200 | 201), "{status}: {body}");
        Ok(())
    }

    /// What the process holds, in MiB.
    fn memory(&self) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().nth(1));
        Ok(kib.context("VmRSS")?.parse::<f64>()? / 1024.0)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It is gone already, or ends now.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A connection that is kept.
struct Connection {
    host: String,
    reader: BufReader<TcpStream>,
}

impl Connection {
    fn ask(&mut self, method: &str, path: &str, body: &str) -> Result<(u16, String)> {
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
