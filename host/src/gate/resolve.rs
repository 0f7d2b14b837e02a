//! What addresses a name has now.

use std::io;
use std::net::IpAddr;
#[cfg(test)]
use std::sync::Arc;

/// Asks for the addresses of a name, anew for each connection.
#[derive(Clone)]
pub(super) enum Resolver {
    /// As the system is set up: its hosts file, its DNS.
    System,
    /// Stands in for DNS.
    #[cfg(test)]
    Of(Arc<Answer>),
}

#[cfg(test)]
type Answer = dyn Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync;

impl Resolver {
    #[cfg(test)]
    pub(super) fn of(
        answer: impl Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync + 'static,
    ) -> Self {
        Self::Of(Arc::new(answer))
    }

    /// In the order in which they should be tried.
    pub(super) async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        match self {
            Self::System => {
                let found = tokio::net::lookup_host((host, 0)).await?;
                Ok(found.map(|address| address.ip()).collect())
            }
            #[cfg(test)]
            Self::Of(answer) => answer(host),
        }
    }
}
