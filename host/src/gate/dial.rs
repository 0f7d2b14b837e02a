//! New connections to the desk: resolve, judge every address, dial only those, then TLS.

use super::addresses::{Prohibited, judge};
use super::origin::Origin;
use super::tls;
use crate::settings::Network;
use http::Uri;
use hyper_util::client::legacy::connect::{Connected, Connection, proxy::Tunnel};
use hyper_util::rt::TokioIo;
use ipnet::IpNet;
use secrecy::ExposeSecret;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tower_service::Service;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DialError {
    #[error("the name cannot be resolved")]
    Unresolved(#[source] io::Error),
    #[error("{0} may not be dialled")]
    Prohibited(IpAddr, Prohibited),
    #[error("no connection to {0}")]
    Unreachable(SocketAddr, #[source] io::Error),
    #[error("no connection within {0:?}")]
    TimedOut(Duration),
    #[error("TLS failed")]
    Tls(#[source] io::Error),
    #[error("the proxy made no connection")]
    Proxy(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A proxy, taken from its address.
#[derive(Clone)]
struct Proxy {
    uri: Uri,
    authority: String,
    authorization: Option<http::HeaderValue>,
}

/// Makes connections for one desk.
#[derive(Clone)]
pub(crate) struct Dialler {
    origin: Arc<Origin>,
    allowed: Arc<[IpNet]>,
    timeout: Duration,
    tls: Option<(TlsConnector, rustls::pki_types::ServerName<'static>)>,
    proxy: Option<Proxy>,
}

impl Dialler {
    pub(crate) fn new(origin: &Arc<Origin>, network: &Network) -> Result<Self, (String, String)> {
        let tls = if origin.is_https() {
            Some(tls::connector(origin, network)?)
        } else {
            None
        };
        let proxy = network
            .proxy
            .as_ref()
            .map(|address| Proxy::parse(address.expose_secret()))
            .transpose()
            .map_err(|why| ("proxy".to_owned(), why))?;
        Ok(Self {
            origin: Arc::clone(origin),
            allowed: network.allow_addresses.clone().into(),
            timeout: network.connect_timeout,
            tls,
            proxy,
        })
    }

    /// What a plain-text proxy wants with every request.
    pub(crate) fn proxy_authorization(&self) -> Option<&http::HeaderValue> {
        let proxy = self.proxy.as_ref().filter(|_| self.tls.is_none())?;
        proxy.authorization.as_ref()
    }

    async fn connect(self, target: Uri) -> Result<Stream, DialError> {
        let timeout = self.timeout;
        tokio::time::timeout(timeout, self.connect_unhurried(target))
            .await
            .unwrap_or(Err(DialError::TimedOut(timeout)))
    }

    async fn connect_unhurried(self, target: Uri) -> Result<Stream, DialError> {
        let proxied = self.proxy.is_some() && self.tls.is_none();
        let tcp = match &self.proxy {
            None => {
                let https = target.scheme_str() == Some("https");
                let host = target.host().unwrap_or_default();
                let host = host.trim_start_matches('[').trim_end_matches(']');
                let port = target.port_u16().unwrap_or(if https { 443 } else { 80 });
                let judge = |address| judge(address, &self.origin, &self.allowed);
                dial(host, port, judge).await?
            }
            // The proxy resolves the desk's name: what can be checked here is only the origin, which
            // the gate has done.
            Some(proxy) if self.tls.is_none() => proxy.dial().await?,
            Some(proxy) => {
                let mut tunnel = Tunnel::new(proxy.uri.clone(), ProxyDialler(proxy.clone()));
                if let Some(authorization) = &proxy.authorization {
                    tunnel = tunnel.with_auth(authorization.clone());
                }
                tunnel
                    .call(target)
                    .await
                    .map_err(|error| DialError::Proxy(Box::new(error)))?
                    .into_inner()
            }
        };
        // An answer that has come is worth more than a full packet.
        let _ = tcp.set_nodelay(true);
        let transport = match self.tls {
            None => Transport::Plain(tcp),
            Some((connector, name)) => Transport::Tls(Box::new(
                connector.connect(name, tcp).await.map_err(DialError::Tls)?,
            )),
        };
        Ok(Stream {
            io: TokioIo::new(transport),
            proxied,
        })
    }
}

/// Dials the addresses of a name one after the other, those first that the resolver puts first.
async fn dial(
    host: &str,
    port: u16,
    judge: impl Fn(IpAddr) -> Result<(), Prohibited>,
) -> Result<TcpStream, DialError> {
    let addresses: Vec<SocketAddr> = match host.parse::<IpAddr>() {
        Ok(literal) => vec![SocketAddr::new(literal, port)],
        Err(_) => tokio::net::lookup_host((host, port))
            .await
            .map_err(DialError::Unresolved)?
            .collect(),
    };
    let mut problem =
        DialError::Unresolved(io::Error::new(io::ErrorKind::NotFound, "it has no address"));
    for address in addresses {
        if let Err(why) = judge(address.ip()) {
            problem = DialError::Prohibited(address.ip(), why);
            continue;
        }
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => problem = DialError::Unreachable(address, error),
        }
    }
    Err(problem)
}

impl Proxy {
    fn parse(address: &str) -> Result<Self, String> {
        let wanted =
            "it must be http://host:port, where needed with user:password@ before the host";
        let url = url::Url::parse(address)
            .map_err(|_| format!("the proxy's address cannot be read: {wanted}"))?;
        if url.scheme() != "http" {
            return Err(format!("the proxy must be spoken to by http: {wanted}"));
        }
        let host = url
            .host_str()
            .ok_or_else(|| format!("the proxy's address names no host: {wanted}"))?;
        let authority = format!("{host}:{}", url.port_or_known_default().unwrap_or(80));
        let decoded = |part: &str| {
            percent_encoding::percent_decode_str(part)
                .decode_utf8_lossy()
                .into_owned()
        };
        let authorization = (!url.username().is_empty())
            .then(|| {
                use base64::Engine as _;
                let pair = format!(
                    "{}:{}",
                    decoded(url.username()),
                    decoded(url.password().unwrap_or_default())
                );
                let encoded = base64::engine::general_purpose::STANDARD.encode(pair);
                let mut value = http::HeaderValue::try_from(format!("Basic {encoded}"))?;
                value.set_sensitive(true);
                Ok(value)
            })
            .transpose()
            .map_err(|_: http::header::InvalidHeaderValue| wanted.to_owned())?;
        Ok(Self {
            uri: format!("http://{authority}/")
                .parse()
                .map_err(|_| wanted.to_owned())?,
            authority,
            authorization,
        })
    }

    /// The administrator named the proxy: any address of it will do.
    async fn dial(&self) -> Result<TcpStream, DialError> {
        TcpStream::connect(&self.authority)
            .await
            .map_err(|error| DialError::Proxy(Box::new(error)))
    }
}

/// Connects to the proxy itself, for the tunnel through it.
#[derive(Clone)]
struct ProxyDialler(Proxy);

impl Service<Uri> for ProxyDialler {
    type Response = TokioIo<TcpStream>;
    type Error = DialError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _proxy: Uri) -> Self::Future {
        let proxy = self.0.clone();
        Box::pin(async move { proxy.dial().await.map(TokioIo::new) })
    }
}

impl Service<Uri> for Dialler {
    type Response = Stream;
    type Error = DialError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, target: Uri) -> Self::Future {
        Box::pin(self.clone().connect(target))
    }
}

/// A connection, for hyper.
pub(crate) struct Stream {
    io: TokioIo<Transport>,
    proxied: bool,
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        Connected::new().proxy(self.proxied)
    }
}

impl hyper::rt::Read for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: hyper::rt::ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buffer)
    }
}

impl hyper::rt::Write for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

enum Transport {
    Plain(TcpStream),
    Tls(Box<tokio_rustls::client::TlsStream<TcpStream>>),
}

impl AsyncRead for Transport {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_read(cx, buffer),
            Self::Tls(tls) => Pin::new(tls).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Transport {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_write(cx, bytes),
            Self::Tls(tls) => Pin::new(tls).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_flush(cx),
            Self::Tls(tls) => Pin::new(tls).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Self::Tls(tls) => Pin::new(tls).poll_shutdown(cx),
        }
    }
}
