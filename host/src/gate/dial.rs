//! New connections to the desk: resolve, judge every address, dial only those, then TLS.

use super::addresses::{Prohibited, judge};
use super::origin::Origin;
use super::proxy::{Proxy, ProxyError};
use super::resolve::Resolver;
use super::stream::{Stream, Transport};
use super::tls;
use crate::settings::Network;
use http::Uri;
use ipnet::IpNet;
use secrecy::ExposeSecret;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
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
    #[error("no connection through the proxy {proxy} within {after:?}")]
    ProxyTimedOut {
        /// Its host and port.
        proxy: String,
        after: Duration,
    },
    #[error("no TLS within {after:?}")]
    TlsTimedOut {
        /// Where one is in between, its host and port.
        proxy: Option<String>,
        after: Duration,
    },
    #[error("TLS failed")]
    Tls(#[source] io::Error),
    #[error("the proxy {proxy} made no connection")]
    Proxy {
        /// Its host and port.
        proxy: String,
        #[source]
        why: ProxyError,
    },
}

/// Makes connections for one desk.
#[derive(Clone)]
pub(crate) struct Dialler {
    origin: Arc<Origin>,
    allowed: Arc<[IpNet]>,
    timeout: Duration,
    tls: Option<(TlsConnector, rustls::pki_types::ServerName<'static>)>,
    proxy: Option<Arc<Proxy>>,
    resolver: Resolver,
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
            .map(|address| Proxy::parse(address.expose_secret()).map(Arc::new))
            .transpose()
            .map_err(|why| ("proxy".to_owned(), why))?;
        Ok(Self {
            origin: Arc::clone(origin),
            allowed: network.allow_addresses.clone().into(),
            timeout: network.connect_timeout,
            tls,
            proxy,
            resolver: Resolver::System,
        })
    }

    /// The proxy through which requests go in plain text.
    pub(crate) fn plain_proxy(&self) -> Option<&Proxy> {
        self.proxy.as_deref().filter(|_| self.tls.is_none())
    }

    /// All steps have to be done within the time; the error says at which one it was over.
    async fn connect(self, target: Uri) -> Result<Stream, DialError> {
        let after = self.timeout;
        let end = Instant::now() + after;
        let https = target.scheme_str() == Some("https");
        let host = target.host().unwrap_or_default();
        let port = target.port_u16().unwrap_or(if https { 443 } else { 80 });
        let proxied = self.plain_proxy().is_some();
        let proxy = self.proxy.as_deref().map(Proxy::authority);
        let proxy = proxy.map(str::to_owned);
        let tcp = match (&self.proxy, &proxy) {
            // The proxy resolves the desk's name: what can be checked here is only the origin, which
            // the gate has done.
            (Some(proxy), Some(name)) => {
                let through = async {
                    if proxied {
                        proxy.dial().await
                    } else {
                        proxy.tunnel(host, port).await
                    }
                };
                timeout_at(end, through)
                    .await
                    .map_err(|_| DialError::ProxyTimedOut {
                        proxy: name.clone(),
                        after,
                    })?
                    .map_err(|why| DialError::Proxy {
                        proxy: name.clone(),
                        why,
                    })?
            }
            _ => timeout_at(end, self.dial(host, port))
                .await
                .unwrap_or(Err(DialError::TimedOut(after)))?,
        };
        // An answer that has come is worth more than a full packet.
        let _ = tcp.set_nodelay(true);
        let transport = match self.tls {
            None => Transport::Plain(tcp),
            Some((connector, name)) => {
                let stream = timeout_at(end, connector.connect(name, tcp))
                    .await
                    .map_err(|_| DialError::TlsTimedOut { proxy, after })?
                    .map_err(DialError::Tls)?;
                Transport::Tls(Box::new(stream))
            }
        };
        Ok(Stream::new(transport, proxied))
    }

    /// Resolves a name, judges every address, and dials those that may be one after the other, in
    /// the resolver's order.
    async fn dial(&self, host: &str, port: u16) -> Result<TcpStream, DialError> {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let found = match host.parse::<IpAddr>() {
            Ok(literal) => vec![literal],
            Err(_) => self
                .resolver
                .addresses(host)
                .await
                .map_err(DialError::Unresolved)?,
        };
        let mut problem =
            DialError::Unresolved(io::Error::new(io::ErrorKind::NotFound, "it has no address"));
        let mut allowed = Vec::new();
        for address in found {
            match judge(address, &self.origin, &self.allowed) {
                Ok(()) => allowed.push(SocketAddr::new(address, port)),
                Err(why) => problem = DialError::Prohibited(address, why),
            }
        }
        // An address that drops packets leaves the others their share of the time.
        let share = self.timeout / u32::try_from(allowed.len()).unwrap_or(u32::MAX).max(1);
        for address in allowed {
            match tokio::time::timeout(share, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) => problem = DialError::Unreachable(address, error),
                Err(_) => problem = DialError::TimedOut(self.timeout),
            }
        }
        Err(problem)
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;
    use tokio::net::TcpListener;

    /// A dialler for a desk at this name, where the first connection finds the first of `answers`,
    /// the second the second …
    fn dialler(name: &str, port: u16, allowed: &[&str], answers: &[&[&str]]) -> Dialler {
        let network = Network {
            allow_addresses: allowed.iter().map(|net| net.parse().unwrap()).collect(),
            ..Network::default()
        };
        let origin = Origin::parse(&format!("http://{name}:{port}")).unwrap();
        let mut dialler = Dialler::new(&Arc::new(origin), &network).unwrap();
        let answers: Vec<Vec<IpAddr>> = answers
            .iter()
            .map(|answer| answer.iter().map(|ip| ip.parse().unwrap()).collect())
            .collect();
        let answers = Mutex::new(answers.into_iter());
        dialler.resolver = Resolver::of(move |asked| {
            assert_eq!(asked, "desk.example");
            Ok(answers.lock().unwrap().next().unwrap())
        });
        dialler
    }

    async fn dial(dialler: &Dialler, listener: &TcpListener) -> Result<(), DialError> {
        let address = format!("http://desk.example:{}/", port(listener));
        dialler
            .clone()
            .connect(address.parse().unwrap())
            .await
            .map(drop)
    }

    async fn listener() -> TcpListener {
        TcpListener::bind("127.0.0.1:0").await.unwrap()
    }

    fn port(listener: &TcpListener) -> u16 {
        listener.local_addr().unwrap().port()
    }

    /// Whether anybody has connected; what is refused before it is dialled leaves no trace here.
    fn was_dialled(listener: &TcpListener) -> bool {
        let mut context = Context::from_waker(std::task::Waker::noop());
        listener.poll_accept(&mut context).is_ready()
    }

    #[tokio::test]
    async fn a_name_that_leads_to_a_loopback_address_is_dialled_only_when_that_is_named() {
        let listener = listener().await;
        let found: &[&[&str]] = &[&["127.0.0.1"]];
        let error = dial(
            &dialler("desk.example", port(&listener), &[], found),
            &listener,
        )
        .await
        .unwrap_err();
        assert!(
            matches!(error, DialError::Prohibited(_, Prohibited::Unnamed)),
            "{error}"
        );
        assert!(!was_dialled(&listener));
        let named = dialler("desk.example", port(&listener), &["127.0.0.1/32"], found);
        dial(&named, &listener).await.unwrap();
        assert!(was_dialled(&listener));
    }

    #[tokio::test]
    async fn a_metadata_address_is_not_dialled_even_when_it_is_named() {
        let listener = listener().await;
        let everything = ["0.0.0.0/0", "::/0"];
        for address in ["169.254.169.254", "fd00:ec2::254", "fe80::1"] {
            let error = dial(
                &dialler("desk.example", port(&listener), &everything, &[&[address]]),
                &listener,
            )
            .await
            .unwrap_err();
            assert!(
                matches!(error, DialError::Prohibited(_, Prohibited::Always)),
                "{error}"
            );
        }
    }

    #[tokio::test]
    async fn of_several_addresses_only_those_are_dialled_that_may_be() {
        let listener = listener().await;
        let found: &[&[&str]] = &[&["169.254.169.254", "10.0.0.1", "127.0.0.1"]];
        let named = dialler("desk.example", port(&listener), &["127.0.0.0/8"], found);
        dial(&named, &listener).await.unwrap();
        assert!(was_dialled(&listener));
    }

    #[tokio::test]
    async fn a_name_that_changes_its_address_is_judged_at_each_connection() {
        let listener = listener().await;
        let found: &[&[&str]] = &[&["127.0.0.1"], &["127.0.0.2"], &["127.0.0.1"]];
        let named = dialler("desk.example", port(&listener), &["127.0.0.1/32"], found);
        dial(&named, &listener).await.unwrap();
        let error = dial(&named, &listener).await.unwrap_err();
        assert!(
            matches!(error, DialError::Prohibited(address, _) if address.to_string() == "127.0.0.2"),
            "{error}"
        );
        dial(&named, &listener).await.unwrap();
    }

    #[tokio::test]
    async fn the_next_address_is_dialled_where_one_does_not_answer() {
        let listener = listener().await;
        // Nobody listens at 127.0.0.2 on that port.
        let found: &[&[&str]] = &[&["127.0.0.2", "127.0.0.1"]];
        let named = dialler("desk.example", port(&listener), &["127.0.0.0/8"], found);
        dial(&named, &listener).await.unwrap();
        assert!(was_dialled(&listener));
    }

    #[tokio::test]
    async fn an_address_that_drops_packets_leaves_time_for_the_next() {
        let listener = listener().await;
        // A listener whose queue is full lets further connections hang.
        let silent = tokio::net::TcpSocket::new_v4().unwrap();
        let address = SocketAddr::from(([127, 0, 0, 2], port(&listener)));
        silent.bind(address).unwrap();
        let _silent = silent.listen(1).unwrap();
        let mut queue = Vec::new();
        let patience = Duration::from_millis(300);
        while let Ok(waiting) = tokio::time::timeout(patience, TcpStream::connect(address)).await {
            queue.push(waiting.unwrap());
        }
        let found: &[&[&str]] = &[&["127.0.0.2", "127.0.0.1"]];
        let mut named = dialler("desk.example", port(&listener), &["127.0.0.0/8"], found);
        named.timeout = Duration::from_secs(2);
        dial(&named, &listener).await.unwrap();
        assert!(was_dialled(&listener));
    }

    #[tokio::test]
    async fn a_name_without_addresses_is_said_to_be_unresolved() {
        let listener = listener().await;
        let unknown = dialler("desk.example", port(&listener), &[], &[&[]]);
        let error = dial(&unknown, &listener).await.unwrap_err();
        assert!(matches!(error, DialError::Unresolved(_)), "{error}");
    }
}
