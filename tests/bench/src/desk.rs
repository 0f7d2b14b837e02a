//! A desk that keeps connections and answers two lists at once: as fast as a desk can be, so that
//! what is measured is us.

use anyhow::{Context, Result, anyhow};
use base64::Engine as _;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use sgi_test_desks::rt::READER;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// The object with one ticket, and the one with a thousand.
pub(crate) const ONE: &str = "4711";
pub(crate) const THOUSAND: &str = "4712";

/// The native client's bounds.
const PATIENCE: Duration = Duration::from_secs(30);
const LARGEST: usize = 32 << 20;

/// A list of tickets as RT sends it, of about 541 bytes each.
pub(crate) fn list(tickets: usize, object: &str) -> Bytes {
    let mut items = Vec::with_capacity(tickets);
    for n in 1..=tickets {
        items.push(format!(
            r#"{{"id":"{n}","type":"ticket","_url":"http://rt.internal.example/REST/2.0/ticket/{n}","Subject":"Drucker {n} im Büro druckt nur noch leere Seiten","Status":"open","Queue":{{"id":"3","type":"queue","Name":"Incidents"}},"Owner":{{"id":"zoe","type":"user","Name":"zoe","RealName":"Zoë Lefèvre"}},"Requestor":[{{"id":"u{n}@example.org","type":"user","EmailAddress":"u{n}@example.org"}}],"Priority":"50","Created":"2024-01-08T08:00:00Z","LastUpdated":"2024-01-08T10:30:00Z","Starts":"1970-01-01T00:00:00Z","Due":"2024-01-10T12:00:00Z","CustomFields":[{{"id":"2","name":"i-doit objects","values":["{object}"]}}]}}"#
        ));
    }
    let mut body = String::new();
    // Writing to a string does not fail.
    let _ = write!(
        body,
        r#"{{"count":{tickets},"total":{tickets},"page":1,"pages":1,"per_page":100,"items":[{}]}}"#,
        items.join(",")
    );
    body.into()
}

/// The native client: what a program would use that speaks to the desk itself, with connections that
/// are kept, and with the least that it could do for itself: a bound on time and one on size.
#[derive(Clone)]
pub(crate) struct Native {
    client: Client<HttpConnector, Full<Bytes>>,
    authorization: Arc<str>,
}

impl Native {
    pub(crate) fn new() -> Self {
        let pair = format!("{}:{}", READER.0, READER.1);
        let pair = base64::engine::general_purpose::STANDARD.encode(pair);
        Self {
            client: Client::builder(TokioExecutor::new()).build_http(),
            authorization: format!("Basic {pair}").into(),
        }
    }

    pub(crate) async fn get(&self, url: &str) -> Result<Bytes> {
        let request = Request::get(url)
            .header("authorization", &*self.authorization)
            .header("user-agent", "sgi-bench")
            .header("accept", "application/json")
            .header("accept-encoding", "gzip")
            .body(Full::default())?;
        let whole = async {
            let answer = self.client.request(request).await?;
            let body = Limited::new(answer.into_body(), LARGEST).collect().await;
            let body = body.map_err(|error| anyhow!("{error}"))?;
            Ok(body.to_bytes())
        };
        tokio::time::timeout(PATIENCE, whole).await?
    }
}

/// Serves until the process ends, each list after the time that it `takes`. Anything but the two
/// lists is asked of the test desk behind it.
pub(crate) async fn serve(behind: String, takes: Duration) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let lists = Arc::new((list(1, ONE), list(1000, THOUSAND)));
    let native = Native::new();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // The answer's last small packet must not wait for the client.
            if stream.set_nodelay(true).is_err() {
                continue;
            }
            let (lists, native, behind) = (Arc::clone(&lists), native.clone(), behind.clone());
            let service = service_fn(move |request: Request<Incoming>| {
                let (lists, native, behind) = (Arc::clone(&lists), native.clone(), behind.clone());
                async move {
                    if !takes.is_zero() {
                        tokio::time::sleep(takes).await;
                    }
                    answer(&lists, &native, &behind, &request).await
                }
            });
            tokio::spawn(async move {
                // A client that goes away ends its connection with an error.
                let _ = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            });
        }
    });
    Ok(url)
}

async fn answer(
    lists: &(Bytes, Bytes),
    native: &Native,
    behind: &str,
    request: &Request<Incoming>,
) -> Result<Response<Full<Bytes>>> {
    let path = request
        .uri()
        .path_and_query()
        .context("a request without a path")?
        .as_str();
    let body = if path.contains(ONE) {
        lists.0.clone()
    } else if path.contains(THOUSAND) {
        lists.1.clone()
    } else {
        native.get(&format!("{behind}{path}")).await?
    };
    Ok(Response::builder()
        .header("content-type", "application/json; charset=\"utf-8\"")
        .body(Full::new(body))?)
}
