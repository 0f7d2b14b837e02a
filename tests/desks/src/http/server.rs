//! Listening, reading requests, logging them.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use super::fault::{Fault, FaultPlan, When};
use super::message::{Request, Response};
use super::send::{self, After};

/// What a desk does with a request.
pub type Handler = dyn Fn(&Request) -> Response + Send + Sync;

/// A longer request head closes the connection without an answer, as RT's server does.
const HEAD_LIMIT: usize = 128 * 1024;
/// More than any search a connector sends; guards the tests' memory.
const BODY_LIMIT: usize = 16 * 1024 * 1024;
/// How long a closing connection still reads, so that the client gets the answer and not a reset.
const LINGER: Duration = Duration::from_millis(500);

/// How the server behaves on the wire.
#[derive(Debug, Clone, Default)]
pub struct ServerOptions {
    /// Several requests a connection; else `Connection: close`.
    pub keep_alive: bool,
    /// A pause before every answer: what the desk takes to think.
    pub latency: Duration,
    /// The `Server` header; none when empty.
    pub server_header: &'static str,
}

/// A request that a desk has seen.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The method as sent.
    pub method: String,
    /// The request target as sent: path and query, undecoded.
    pub target: String,
    /// The headers as sent, in their order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// Which connection it came on, counted from 0: equal for requests that share one.
    pub connection: usize,
}

impl Seen {
    /// The value of the first header of this name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| v.as_str())
    }
}

/// What the listener's thread and the owner of the server share.
pub(super) struct Shared {
    pub(super) handler: Box<Handler>,
    pub(super) options: ServerOptions,
    pub(super) faults: FaultPlan,
    seen: Mutex<Vec<Seen>>,
    connections: AtomicUsize,
    busy: AtomicUsize,
    busiest: AtomicUsize,
}

/// A running server; it ends when it is dropped.
pub struct Server {
    shared: Arc<Shared>,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Server {
    /// Starts a server on a free port of 127.0.0.1; it answers when this returns. The handler
    /// is given the address.
    pub fn start<H>(options: ServerOptions, handler: impl FnOnce(SocketAddr) -> H) -> Self
    where
        H: Fn(&Request) -> Response + Send + Sync + 'static,
    {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port on loopback");
        listener
            .set_nonblocking(true)
            .expect("a listener that does not block");
        let address = listener.local_addr().expect("the address of the listener");
        let shared = Arc::new(Shared {
            handler: Box::new(handler(address)),
            options,
            faults: FaultPlan::default(),
            seen: Mutex::default(),
            connections: AtomicUsize::new(0),
            busy: AtomicUsize::new(0),
            busiest: AtomicUsize::new(0),
        });
        let (stop, stopped) = oneshot::channel();
        let for_thread = Arc::clone(&shared);
        let run = move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime for the desk");
            runtime.block_on(async move {
                let listener =
                    TcpListener::from_std(listener).expect("the listener in the runtime");
                tokio::spawn(accept(listener, for_thread));
                // Ends when it is told to, and also when the owner is gone without a word.
                let _ = stopped.await;
            });
            // Dropping the runtime drops the connections with their sockets.
        };
        let thread = std::thread::Builder::new()
            .name("test desk".into())
            .spawn(run)
            .expect("a thread for the desk");
        Server {
            shared,
            address,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// The requests seen so far, in the order in which they were read to their end.
    pub fn requests(&self) -> Vec<Seen> {
        self.seen().clone()
    }

    /// Forgets the requests seen and the peak of requests at once.
    pub fn clear(&self) {
        self.seen().clear();
        self.shared
            .busiest
            .store(self.shared.busy.load(Ordering::SeqCst), Ordering::SeqCst);
    }

    /// The most requests that were being answered at the same time.
    pub fn busiest(&self) -> usize {
        self.shared.busiest.load(Ordering::SeqCst)
    }

    /// Sets the one fault for all requests, or none. Takes away all that were set before.
    pub fn set_fault(&self, fault: Option<Fault>) {
        self.shared.faults.clear();
        if let Some(fault) = fault {
            self.shared.faults.add(When::Always, fault);
        }
    }

    /// Adds a fault for some requests. Where several strike, the one added first wins.
    pub fn add_fault(&self, when: When, fault: Fault) {
        self.shared.faults.add(when, fault);
    }

    fn seen(&self) -> MutexGuard<'_, Vec<Seen>> {
        self.shared.seen.lock().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The thread is gone already when nobody listens: nothing left to stop.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            // A panic of the desk has been printed; a second one here would abort the test.
            let _ = thread.join();
        }
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        // Errors of accept are of the one connection (or of too many files: then wait for the tests).
        if let Ok((stream, _)) = listener.accept().await {
            let number = shared.connections.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(serve(stream, Arc::clone(&shared), number));
        } else {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// What reading the next request gave.
enum Read {
    Request(Request),
    /// Answer this and close.
    Refuse(Box<(Option<Request>, Response)>),
    /// Close without an answer.
    Closed,
}

async fn serve(mut stream: TcpStream, shared: Arc<Shared>, connection: usize) {
    let _ = stream.set_nodelay(true);
    let mut buffer = Vec::with_capacity(4096);
    let mut kept = false;
    loop {
        let (request, refusal) = match read_request(&mut stream, &mut buffer).await {
            Read::Request(request) => (Some(request), None),
            Read::Refuse(refusal) => (refusal.0, Some(refusal.1)),
            Read::Closed => return,
        };
        if let Some(request) = &request {
            shared.seen.lock().unwrap().push(Seen {
                method: request.method.clone(),
                target: request.target.clone(),
                headers: request.headers.clone(),
                body: request.body.clone(),
                connection,
            });
        }
        let busy = shared.busy.fetch_add(1, Ordering::SeqCst) + 1;
        let _leave = Leave(&shared.busy);
        shared.busiest.fetch_max(busy, Ordering::SeqCst);
        let after = if let (Some(request), None) = (&request, &refusal) {
            if !shared.options.latency.is_zero() {
                tokio::time::sleep(shared.options.latency).await;
            }
            // Answers to HEAD may have a body (RT's have): no more requests after them.
            let alive = shared.options.keep_alive && request.method != "HEAD";
            let keep = alive && !wants_close(request);
            match shared.faults.strike(request, kept) {
                Some(fault) => send::faulty(&mut stream, &shared, request, fault, keep).await,
                None => {
                    let response = (shared.handler)(request);
                    send::answer(&mut stream, &shared.options, &response, keep).await
                }
            }
        } else {
            let response = refusal.unwrap_or_else(|| Response::new(400, "Bad Request"));
            send::answer(&mut stream, &shared.options, &response, false).await
        };
        match after {
            Ok(After::KeepAlive) => kept = true,
            Ok(After::Close) => return linger(stream).await,
            // Reset: dropping the socket with the linger time of zero does it.
            Ok(After::Abandon) | Err(_) => return,
        }
    }
}

/// Counts a request as done, also when the client has gone and the answer is never finished.
struct Leave<'a>(&'a AtomicUsize);

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn wants_close(request: &Request) -> bool {
    request
        .header("connection")
        .is_some_and(|value| value.to_ascii_lowercase().contains("close"))
}

/// Closes our side and reads what the client still sends: a socket closed with unread bytes
/// resets, and the client would lose the answer.
async fn linger(mut stream: TcpStream) {
    let _ = stream.shutdown().await;
    let mut sink = [0; 4096];
    let drain = async { while matches!(stream.read(&mut sink).await, Ok(n) if n > 0) {} };
    let _ = tokio::time::timeout(LINGER, drain).await;
}

async fn read_request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Read {
    let (mut request, head_len) = loop {
        match parse_head(buffer) {
            Ok(Some(parsed)) => break parsed,
            Ok(None) if buffer.len() > HEAD_LIMIT => return Read::Closed,
            Ok(None) => {}
            Err(_) => {
                let response =
                    Response::new(400, "Bad Request").header("Content-Type", "text/plain");
                return Read::Refuse(Box::new((None, response)));
            }
        }
        match stream.read_buf(buffer).await {
            Ok(n) if n > 0 => {}
            _ => return Read::Closed,
        }
    };
    buffer.drain(..head_len);
    if request.header("transfer-encoding").is_some() {
        let text =
            "The test desk takes request bodies with a Content-Length only, not in chunks.\n";
        let response = Response::new(411, text).header("Content-Type", "text/plain; charset=utf-8");
        return Read::Refuse(Box::new((Some(request), response)));
    }
    let length = match request.header("content-length").map(str::parse::<usize>) {
        None => 0,
        Some(Ok(length)) if length <= BODY_LIMIT => length,
        Some(_) => {
            let response = Response::new(400, "Bad Request").header("Content-Type", "text/plain");
            return Read::Refuse(Box::new((Some(request), response)));
        }
    };
    let expects = request
        .header("expect")
        .is_some_and(|value| value.eq_ignore_ascii_case("100-continue"));
    if expects
        && buffer.len() < length
        && stream
            .write_all(b"HTTP/1.1 100 Continue\r\n\r\n")
            .await
            .is_err()
    {
        return Read::Closed;
    }
    while buffer.len() < length {
        match stream.read_buf(buffer).await {
            Ok(n) if n > 0 => {}
            _ => return Read::Closed,
        }
    }
    request.body = buffer.drain(..length).collect();
    Read::Request(request)
}

/// The request head in `buffer` and its length, once it is there whole.
fn parse_head(buffer: &[u8]) -> Result<Option<(Request, usize)>, httparse::Error> {
    let mut headers = [httparse::EMPTY_HEADER; 128];
    let mut head = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(length) = head.parse(buffer)? else {
        return Ok(None);
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let request = Request {
        method: head.method.unwrap_or_default().to_owned(),
        target: head.path.unwrap_or_default().to_owned(),
        headers: head
            .headers
            .iter()
            .map(|header| (header.name.to_owned(), text(header.value)))
            .collect(),
        body: Vec::new(),
    };
    Ok(Some((request, length)))
}
