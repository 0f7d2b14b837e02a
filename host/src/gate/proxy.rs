//! A proxy between the host and a desk.

use super::web_url::web_url;
use base64::Engine as _;
use bytes::Bytes;
use http::{HeaderValue, Method, Request, StatusCode, Uri, header};
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use std::io;
use tokio::net::TcpStream;

/// Why a proxy made no connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProxyError {
    #[error("no connection to it")]
    Unreachable(#[source] io::Error),
    #[error("it answered {0}")]
    Refused(StatusCode),
    #[error("it does not speak HTTP")]
    Broken(#[source] hyper::Error),
}

/// A proxy, taken from its address.
pub(crate) struct Proxy {
    /// Host and port.
    authority: String,
    authorization: Option<HeaderValue>,
}

impl Proxy {
    /// Reads `http://[user:password@]host:port`.
    ///
    /// # Errors
    /// A sentence that says what is wrong and what to do, without the address: it may hold a
    /// password.
    pub(crate) fn parse(address: &str) -> Result<Self, String> {
        let example = "http://proxy.example.org:3128";
        let scheme = address.trim().split_once("://").map(|(scheme, _)| scheme);
        if scheme.is_some_and(|scheme| !scheme.eq_ignore_ascii_case("http")) {
            return Err(format!(
                "the proxy must be spoken to by http (it passes https through); write it such as \
                 {example}"
            ));
        }
        let url = web_url(address, example)?;
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err(format!(
                "a proxy has only a host and a port; write it such as {example}"
            ));
        }
        let host = url.host_str().ok_or("the host is missing")?;
        let port = url.port_or_known_default().unwrap_or(80);
        let decoded = |part: &str| {
            percent_encoding::percent_decode_str(part)
                .decode_utf8_lossy()
                .into_owned()
        };
        let authorization = if url.username().is_empty() {
            None
        } else {
            let username = decoded(url.username());
            let password = decoded(url.password().unwrap_or_default());
            let pair = format!("{username}:{password}");
            let encoded = base64::engine::general_purpose::STANDARD.encode(pair);
            let mut value = HeaderValue::try_from(format!("Basic {encoded}"))
                .map_err(|_| "the proxy's password cannot be sent".to_owned())?;
            value.set_sensitive(true);
            Some(value)
        };
        Ok(Self {
            authority: format!("{host}:{port}"),
            authorization,
        })
    }

    /// Its host and port, for messages.
    pub(super) fn authority(&self) -> &str {
        &self.authority
    }

    /// What it wants with every request that goes through it in plain text.
    pub(super) fn authorization(&self) -> Option<&HeaderValue> {
        self.authorization.as_ref()
    }

    /// The administrator named the proxy: any address of it will do.
    pub(super) async fn dial(&self) -> Result<TcpStream, ProxyError> {
        TcpStream::connect(&self.authority)
            .await
            .map_err(ProxyError::Unreachable)
    }

    /// A connection through the proxy, to be spoken on as if there were none (RFC 9110, 9.3.6).
    pub(super) async fn tunnel(&self, host: &str, port: u16) -> Result<TcpStream, ProxyError> {
        let target = format!("{host}:{port}");
        let mut request = Request::new(Empty::<Bytes>::new());
        *request.method_mut() = Method::CONNECT;
        if let Ok(host) = HeaderValue::try_from(&target) {
            request.headers_mut().insert(header::HOST, host);
        }
        *request.uri_mut() = Uri::try_from(target).unwrap_or_default();
        if let Some(authorization) = &self.authorization {
            let name = header::PROXY_AUTHORIZATION;
            request.headers_mut().insert(name, authorization.clone());
        }
        let tcp = TokioIo::new(self.dial().await?);
        let (mut sender, connection) = http1::handshake(tcp).await.map_err(ProxyError::Broken)?;
        // It ends when the tunnel stands, or when nobody waits for it any more.
        tokio::spawn(connection.with_upgrades());
        let answer = sender
            .send_request(request)
            .await
            .map_err(ProxyError::Broken)?;
        if !answer.status().is_success() {
            return Err(ProxyError::Refused(answer.status()));
        }
        let upgraded = hyper::upgrade::on(answer)
            .await
            .map_err(ProxyError::Broken)?;
        // What the desk said before it was spoken to would be lost here; in TLS the client begins.
        let parts = upgraded
            .downcast::<TokioIo<TcpStream>>()
            .map_err(|_| ProxyError::Unreachable(io::ErrorKind::Unsupported.into()))?;
        Ok(parts.io.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_may_have_a_user_and_nothing_behind_the_port() {
        let proxy = Proxy::parse(" http://u:p%40ss@proxy.example.org ").unwrap();
        assert_eq!(proxy.authority(), "proxy.example.org:80");
        let authorization = proxy.authorization().unwrap();
        assert_eq!(authorization, "Basic dTpwQHNz", "u:p@ss");
        assert!(!format!("{authorization:?}").contains("dTpw"));
        for (written, told) in [
            ("proxy.example.org:3128", "protocol is missing"),
            ("https://proxy.example.org:3128", "by http"),
            (
                "http://u:s3cret@proxy.example.org/x",
                "only a host and a port",
            ),
            ("socks5://u:s3cret@proxy.example.org", "by http (it passes"),
        ] {
            let error = Proxy::parse(written).err().unwrap();
            assert!(error.contains(told), "{written}: {error}");
            assert!(!error.contains("s3cret"), "{error}");
        }
    }
}
