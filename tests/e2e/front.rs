//! What stands between the host and a desk.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::certificate::Certificate;
use rustls::ServerConfig;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;

/// Something that takes connections and passes them on; it ends when it is dropped.
pub struct Front {
    address: SocketAddr,
    _runtime: Runtime,
}

impl Front {
    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// Serves each connection.
    pub(crate) fn start<F>(serve: impl Fn(TcpStream) -> F + Send + 'static) -> Self
    where
        F: Future<Output = std::io::Result<()>> + Send + 'static,
    {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_io()
            .build()
            .expect("a runtime");
        let listener = runtime
            .block_on(TcpListener::bind("127.0.0.1:0"))
            .expect("a free port on loopback");
        let address = listener.local_addr().expect("its address");
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // A client that goes away is what some tests are about.
                tokio::spawn(serve(stream));
            }
        });
        Self {
            address,
            _runtime: runtime,
        }
    }

    /// Speaks TLS before a desk that does not.
    pub fn tls(desk: SocketAddr, certificate: &Certificate) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("TLS 1.2 and 1.3")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der()], certificate.key())
            .expect("a certificate with its key");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        Self::start(move |stream| {
            let acceptor = acceptor.clone();
            async move {
                let mut client = acceptor.accept(stream).await?;
                let mut desk = TcpStream::connect(desk).await?;
                copy_bidirectional(&mut client, &mut desk).await.map(drop)
            }
        })
    }

    /// Two before the same desk, neither of which passes anything on before both were spoken to.
    pub fn meeting(desk: SocketAddr) -> (Self, Self) {
        let (one, other) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let half = |mine: Arc<Notify>, others: Arc<Notify>| {
            Self::start(move |mut client| {
                let (mine, others) = (Arc::clone(&mine), Arc::clone(&others));
                async move {
                    client.readable().await?;
                    // Kept for whoever waits for it later, however often.
                    mine.notify_one();
                    others.notified().await;
                    others.notify_one();
                    let mut desk = TcpStream::connect(desk).await?;
                    copy_bidirectional(&mut client, &mut desk).await.map(drop)
                }
            })
        };
        let first = half(Arc::clone(&one), Arc::clone(&other));
        (first, half(other, one))
    }
}
