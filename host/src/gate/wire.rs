//! One server, spoken to by HTTP: connections to it and nowhere else, requests with their length,
//! answers that are bounded and unpacked. No redirect is followed and no cookie kept.
//!
//! The gate of a desk stands on it, and so does the delivery to the CMDB.

use super::body::collect_answer;
use super::dial::{DialError, Dialler};
use super::failure::{Trouble, was_dead};
use super::origin::Origin;
use super::proxy::{Proxy, ProxyError};
use super::stream::Used;
use crate::error::Error;
use crate::settings::Network;
use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};

/// How long an idle connection is kept for the next request.
const IDLE: Duration = Duration::from_secs(30);
/// Headers of an answer: how many, and how many bytes in all.
const MAX_HEADERS: usize = 100;
const MAX_HEADER_BYTES: usize = 64 << 10;

/// Headers that belong to one connection, or would let a connector speak past the gate.
const STRIPPED_FROM_REQUEST: [HeaderName; 3] = [
    header::CONTENT_LENGTH,
    header::ACCEPT_ENCODING,
    header::EXPECT,
];

/// Goes along with an answer that came by a connection that was kept.
#[derive(Clone)]
pub(super) struct Kept;

/// The way to one server.
pub(crate) struct Wire {
    origin: Arc<Origin>,
    client: Client<Dialler, Full<Bytes>>,
    dialler: Dialler,
    request_timeout: Duration,
    max_response: usize,
    permits: Semaphore,
}

impl Wire {
    /// The error names the setting and what is wrong with it.
    pub(crate) fn new(origin: &Arc<Origin>, network: &Network) -> Result<Self, (String, String)> {
        let dialler = Dialler::new(origin, network)?;
        let parallel = network.parallel.max(1);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(parallel)
            .http1_max_headers(MAX_HEADERS)
            .http1_max_buf_size(MAX_HEADER_BYTES.max(8192))
            .build(dialler.clone());
        Ok(Self {
            origin: Arc::clone(origin),
            client,
            dialler,
            request_timeout: network.request_timeout,
            max_response: network.max_response,
            permits: Semaphore::new(parallel),
        })
    }

    /// The proxy that may answer in the server's place, and nothing tells: host and port.
    pub(crate) fn plain_proxy(&self) -> Option<&str> {
        self.dialler.plain_proxy().map(Proxy::authority)
    }

    /// Within the time for a request, or not at all.
    pub(super) async fn in_time<T>(
        &self,
        exchange: impl Future<Output = Result<T, Trouble>>,
    ) -> Result<T, Trouble> {
        tokio::time::timeout(self.request_timeout, exchange)
            .await
            .unwrap_or(Err(Trouble::TimedOut(self.request_timeout)))
    }

    /// A request with its whole answer, within the time for it. What is not safe is sent once at most.
    pub(crate) async fn exchange(
        &self,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, Trouble> {
        self.in_time(async {
            let _turn = self.turn().await;
            self.send(request).await
        })
        .await
    }

    /// Waits until the server may be asked once more at the same time.
    pub(super) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        // Never closed.
        self.permits.acquire().await.ok()
    }

    /// Sends a request whose [`turn`](Self::turn) it is, and waits as long as it may take.
    pub(super) async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Trouble> {
        let request = self.dress(request);
        let answer = self.ask(request).await?;
        let (parts, body) = answer.into_parts();
        let packed = parts
            .headers
            .get(header::CONTENT_ENCODING)
            .map(HeaderValue::as_bytes)
            .map(<[u8]>::to_ascii_lowercase);
        let body = collect_answer(body, packed.as_deref(), self.max_response).await?;
        Ok(Response::from_parts(parts, body))
    }

    /// Sends it. A request that changes nothing is sent again where a kept connection was dead; a
    /// new connection ends that.
    async fn ask(&self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, Trouble> {
        loop {
            match self.client.request(request.clone()).await {
                Ok(mut answer) => {
                    let used = answer.extensions().get::<Used>();
                    if used.is_some_and(|used| used.replace(true)) {
                        answer.extensions_mut().insert(Kept);
                    }
                    return self.of_the_server(answer);
                }
                Err(error) if request.method().is_safe() && was_dead(&error) => {
                    tracing::debug!(desk = %self.origin.authority(), "a kept connection was dead");
                }
                Err(error) => return Err(Trouble::Client(error)),
            }
        }
    }

    /// Only a proxy asks for credentials of a proxy: that answer is not the server's.
    fn of_the_server(&self, answer: Response<Incoming>) -> Result<Response<Incoming>, Trouble> {
        match self.dialler.plain_proxy() {
            Some(proxy) if answer.status() == StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
                Err(Trouble::Proxy(DialError::Proxy {
                    proxy: proxy.authority().to_owned(),
                    why: ProxyError::Refused(answer.status()),
                }))
            }
            _ => Ok(answer),
        }
    }

    /// Sets the headers that are the host's own.
    fn dress(&self, request: Request<Bytes>) -> Request<Full<Bytes>> {
        let (mut parts, body) = request.into_parts();
        let headers = &mut parts.headers;
        for name in &STRIPPED_FROM_REQUEST {
            headers.remove(name);
        }
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        if !body.is_empty() || matches!(parts.method, Method::POST | Method::PUT | Method::PATCH) {
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
        }
        let proxy = self.dialler.plain_proxy();
        if let Some(authorization) = proxy.and_then(Proxy::authorization) {
            headers.insert(header::PROXY_AUTHORIZATION, authorization.clone());
        }
        Request::from_parts(parts, Full::new(body))
    }

    /// What went wrong, in words for the person who must act.
    pub(crate) fn explain(&self, trouble: &Trouble) -> Error {
        trouble.explain(self.origin.authority(), self.origin.is_https())
    }
}
