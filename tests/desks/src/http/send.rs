//! Writing answers, the sound ones and the faulty ones.

use std::io::{Result, Write as _};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::fault::Fault;
use super::message::{Body, Request, Response, reason};
use super::server::{ServerOptions, Shared};

/// What becomes of the connection after an answer.
pub(super) enum After {
    KeepAlive,
    /// Close it, but let the client read to the end.
    Close,
    /// Drop it at once.
    Abandon,
}

/// The head of an answer up to and including the empty line. `length` overrides the
/// `Content-Length`, which is what the faults do.
fn head(options: &ServerOptions, response: &Response, keep: bool, length: Option<i64>) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    let _ = write!(
        out,
        "HTTP/1.1 {} {}\r\n",
        response.status,
        reason(response.status)
    );
    if !options.server_header.is_empty() {
        let _ = write!(out, "Server: {}\r\n", options.server_header);
    }
    for (name, value) in &response.headers {
        let _ = write!(out, "{name}: {value}\r\n");
    }
    let sized = i64::try_from(response.body.bytes().len()).unwrap_or(i64::MAX);
    match (&response.body, length) {
        (_, Some(length)) => drop(write!(out, "Content-Length: {length}\r\n")),
        (Body::Sized(_), None) => drop(write!(out, "Content-Length: {sized}\r\n")),
        (Body::Chunked(_), None) => out.extend_from_slice(b"Transfer-Encoding: chunked\r\n"),
        (Body::None | Body::Silence, None) => {}
    }
    out.extend_from_slice(if keep {
        b"Connection: keep-alive\r\n\r\n"
    } else {
        b"Connection: close\r\n\r\n"
    });
    out
}

/// A whole answer as it should be, in bytes.
fn whole(options: &ServerOptions, response: &Response, keep: bool) -> Vec<u8> {
    let mut out = head(options, response, keep, None);
    match &response.body {
        Body::Sized(bytes) => out.extend_from_slice(bytes),
        Body::Chunked(bytes) => {
            // An empty text is a chunk to RT's server: it writes the end of the body twice.
            let _ = write!(out, "{:x}\r\n", bytes.len());
            out.extend_from_slice(bytes);
            out.extend_from_slice(b"\r\n0\r\n\r\n");
        }
        Body::None | Body::Silence => {}
    }
    out
}

/// Sends an answer as it should be.
pub(super) async fn answer(
    stream: &mut TcpStream,
    options: &ServerOptions,
    response: &Response,
    keep: bool,
) -> Result<After> {
    if matches!(response.body, Body::Silence) {
        return Ok(After::Close);
    }
    stream.write_all(&whole(options, response, keep)).await?;
    stream.flush().await?;
    Ok(if keep { After::KeepAlive } else { After::Close })
}

/// Does to an answer what the fault says.
pub(super) async fn faulty(
    stream: &mut TcpStream,
    shared: &Arc<Shared>,
    request: &Request,
    fault: Fault,
    keep: bool,
) -> Result<After> {
    let options = &shared.options;
    let truth = || (shared.handler)(request);
    let instead = match fault {
        Fault::Garbage => {
            stream
                .write_all(b"\x00\xff\x13\x37 220 mail.example ESMTP ready\r\n\r\n")
                .await?;
            return Ok(After::Close);
        }
        Fault::Raw { once, again } => {
            stream.write_all(&once).await?;
            if again.is_empty() {
                return Ok(After::Close);
            }
            return endlessly(stream, &again).await;
        }
        Fault::CloseWithoutAnswer => return Ok(After::Close),
        Fault::Reset => {
            stream.set_zero_linger()?;
            return Ok(After::Abandon);
        }
        Fault::Hang => std::future::pending().await,
        Fault::CloseAfterActing => {
            truth();
            return Ok(After::Close);
        }
        Fault::ResetAfterActing => {
            truth();
            stream.set_zero_linger()?;
            return Ok(After::Abandon);
        }
        Fault::HangAfterActing => {
            truth();
            std::future::pending().await
        }
        Fault::ActLate(after) => {
            let (shared, request) = (Arc::clone(shared), request.clone());
            tokio::spawn(async move {
                tokio::time::sleep(after).await;
                (shared.handler)(&request);
            });
            return Ok(After::Close);
        }
        Fault::CutAfter(bytes) => {
            let out = whole(options, &truth(), false);
            stream.write_all(&out[..bytes.min(out.len())]).await?;
            return Ok(After::Close);
        }
        Fault::CutBodyAfter(bytes) => {
            let truth = truth();
            let body = truth.body.bytes();
            let mut out = head(options, &truth, false, Some(size(body)));
            out.extend_from_slice(&body[..bytes.min(body.len())]);
            stream.write_all(&out).await?;
            return Ok(After::Close);
        }
        Fault::WrongContentLength(by) => {
            let truth = truth();
            let body = truth.body.bytes();
            let mut out = head(options, &truth, false, Some((size(body) + by).max(0)));
            out.extend_from_slice(body);
            stream.write_all(&out).await?;
            return Ok(After::Close);
        }
        Fault::EndlessBody => return endless_body(stream, options, truth()).await,
        Fault::EndlessHeaders => return endless_headers(stream).await,
        Fault::DripBody(pause) => return drip(stream, options, &truth(), pause).await,
        Fault::Status {
            code,
            headers,
            body,
        } => {
            let mut response = Response::new(code, body);
            response.headers = headers
                .into_iter()
                .map(|(name, value)| (name.into(), value))
                .collect();
            response
        }
        Fault::Html => html(),
        Fault::Redirect(to) => Response::new(302, "").header("Location", to),
        Fault::Body(body) => Response {
            body: Body::Sized(body),
            ..truth()
        },
        Fault::TruncatedBody => {
            let truth = truth();
            let half = truth.body.bytes()[..truth.body.bytes().len() / 2].to_vec();
            Response {
                body: Body::Sized(half),
                ..truth
            }
        }
        Fault::Mangle(seed) => {
            let truth = truth();
            let seed = seed.fetch_add(1, Ordering::Relaxed);
            let body = super::mangle::mangle(truth.body.bytes(), seed);
            Response {
                body: Body::Sized(body),
                ..truth
            }
        }
        Fault::GzipBody => {
            let truth = truth();
            let packed = gzip(truth.body.bytes());
            Response {
                body: Body::Sized(packed),
                ..truth
            }
            .header("Content-Encoding", "gzip")
        }
        Fault::GzipBomb(bytes) => Response::new(200, gzip_bomb(bytes))
            .header("Content-Type", "application/json; charset=\"utf-8\"")
            .header("Content-Encoding", "gzip"),
        Fault::EchoSecret => echo(request),
        Fault::RateLimited(after) => Response::new(429, r#"{"message":"Too Many Requests"}"#)
            .header("Content-Type", "application/json; charset=utf-8")
            .header("Retry-After", after),
    };
    answer(stream, options, &instead, keep).await
}

fn size(body: &[u8]) -> i64 {
    i64::try_from(body.len()).unwrap_or(i64::MAX)
}

async fn endless_body(
    stream: &mut TcpStream,
    options: &ServerOptions,
    truth: Response,
) -> Result<After> {
    let open = Response {
        body: Body::None,
        ..truth
    };
    stream.write_all(&head(options, &open, false, None)).await?;
    stream.write_all(b"{\"items\" : [").await?;
    endlessly(stream, b"{\"id\" : \"1\",\"Subject\" : \"and so on\"},").await
}

async fn endless_headers(stream: &mut TcpStream) -> Result<After> {
    stream.write_all(b"HTTP/1.1 200 OK\r\n").await?;
    endlessly(
        stream,
        b"X-And-So-On: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n",
    )
    .await
}

/// Ends when the client goes away: the writes fail then.
async fn endlessly(stream: &mut TcpStream, bytes: &[u8]) -> Result<After> {
    let block = bytes.repeat(100);
    loop {
        stream.write_all(&block).await?;
        tokio::task::yield_now().await;
    }
}

async fn drip(
    stream: &mut TcpStream,
    options: &ServerOptions,
    truth: &Response,
    pause: Duration,
) -> Result<After> {
    let body = truth.body.bytes();
    stream
        .write_all(&head(options, truth, false, Some(size(body))))
        .await?;
    for byte in body {
        stream.write_all(std::slice::from_ref(byte)).await?;
        tokio::time::sleep(pause).await;
    }
    Ok(After::Close)
}

fn html() -> Response {
    let page = "<!DOCTYPE html>\n<html lang=\"en\"><head><title>Please log in</title></head>\
                <body><h1>Please log in</h1><script>alert(1)</script></body></html>\n";
    Response::new(200, page).header("Content-Type", "text/html; charset=utf-8")
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).expect("packing into memory");
    packer.finish().expect("packing into memory")
}

fn gzip_bomb(bytes: usize) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    let block = [b' '; 64 * 1024];
    let mut left = bytes;
    while left > 0 {
        let now = left.min(block.len());
        packer
            .write_all(&block[..now])
            .expect("packing into memory");
        left -= now;
    }
    packer.finish().expect("packing into memory")
}

/// The credential of a request, as it was sent: in a header, a form, or JSON.
fn credential(request: &Request) -> String {
    let header = request
        .header("authorization")
        .or_else(|| request.header("auth-token"));
    if let Some(sent) = header {
        return sent.to_owned();
    }
    if request.is_form() {
        let mut fields = form_urlencoded::parse(&request.body);
        let found = fields.find(|(name, _)| matches!(&**name, "auth_pwd" | "auth_token"));
        return found.map_or(String::new(), |(_, value)| value.into());
    }
    let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let known = ["Password", "SessionID"].iter();
    let found = known.filter_map(|name| body.get(name)?.as_str()).next();
    found.unwrap_or_default().to_owned()
}

/// The credential of the request in every dress in which it may come back.
fn echo(request: &Request) -> Response {
    let sent = credential(request);
    let bare = sent
        .split_once(' ')
        .map_or(sent.as_str(), |(_, value)| value);
    let decoded = STANDARD
        .decode(bare)
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let decoded = decoded.unwrap_or_else(|_| bare.to_owned());
    let secret = decoded
        .split_once(':')
        .map_or(decoded.as_str(), |(_, password)| password);
    let encoded = utf8_percent_encode(secret, NON_ALPHANUMERIC);
    let message = format!(
        "Could not log in with {sent} ({decoded}), secret {secret}, as in a URL {encoded}, in base64 {}",
        STANDARD.encode(secret)
    );
    let escaped: String = secret
        .encode_utf16()
        .map(|unit| format!("\\u{unit:04x}"))
        .collect();
    let body = format!(
        r#"{{"message":{},"escaped":"{escaped}"}}"#,
        serde_json::Value::from(message)
    );
    let mut response =
        Response::new(400, body).header("Content-Type", "application/json; charset=utf-8");
    // Header values must stay printable; the body has the secret anyway.
    if secret.bytes().all(|byte| (0x21..0x7f).contains(&byte)) {
        response = response.header("X-Debug-Credential", secret);
    }
    response
}
