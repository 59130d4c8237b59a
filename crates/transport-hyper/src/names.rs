//! From names to addresses, and which of them may be connected to.
//!
//! What a name leads to is judged here, between looking it up and connecting, and connections that were made without
//! this are in another pool: who answers for a name cannot give one address to the judge and another to the socket.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::vec;

use async_trait::async_trait;
use hyper_util::client::legacy::connect::dns::Name;
use tower_service::Service;
use wharf_client::Reach;

use crate::failure::BoxError;

/// What looks up the addresses of names.
///
/// ```
/// use std::io;
/// use std::net::IpAddr;
/// use wharf_transport_hyper::{Hyper, Resolve};
///
/// /// Everything is on this machine.
/// struct Here;
///
/// #[async_trait::async_trait]
/// impl Resolve for Here {
///     async fn resolve(&self, _: &str) -> io::Result<Vec<IpAddr>> {
///         Ok(vec![[127, 0, 0, 1].into()])
///     }
/// }
///
/// let transport = Hyper::new().with_resolver(Here);
/// ```
#[async_trait]
pub trait Resolve: Send + Sync {
    /// The addresses of a name, those to be tried first at the front.
    ///
    /// # Errors
    /// When there are none, or nobody could tell.
    ///
    /// # Cancel safety
    /// The future is dropped when nobody waits for the connection any more.
    async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>>;
}

/// The system's own way.
pub(crate) struct System;

#[async_trait]
impl Resolve for System {
    async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((name, 0)).await?.map(|address| address.ip()).collect())
    }
}

/// The addresses of a name within a reach.
#[derive(Clone)]
pub(crate) struct Names {
    pub(crate) resolver: Arc<dyn Resolve>,
    pub(crate) reach: Reach,
}

impl Names {
    /// Every address that may be connected to, if there is one.
    async fn look_up(self, name: Name) -> Result<vec::IntoIter<SocketAddr>, BoxError> {
        let addresses = self.reach.of_these(self.resolver.resolve(name.as_str()).await?)?;
        Ok(addresses.into_iter().map(|address| SocketAddr::new(address, 0)).collect::<Vec<_>>().into_iter())
    }
}

impl Service<Name> for Names {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        Box::pin(self.clone().look_up(name))
    }
}

#[cfg(test)]
mod tests {
    use wharf_client::NotPublic;

    use super::*;

    /// One public address and one that is not; the name tells which.
    struct Fixed;

    #[async_trait]
    impl Resolve for Fixed {
        async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>> {
            name.split('-').map(|address| address.parse().map_err(io::Error::other)).collect()
        }
    }

    async fn addresses(reach: Reach, name: &str) -> Result<Vec<String>, BoxError> {
        let mut names = Names { resolver: Arc::new(Fixed), reach };
        Ok(names.call(name.parse()?).await?.map(|address| address.ip().to_string()).collect())
    }

    #[tokio::test]
    async fn addresses_that_are_not_public_are_left_out() {
        for name in ["192.0.2.1-10.0.0.1", "10.0.0.1-192.0.2.1-127.0.0.1"] {
            assert_eq!(addresses(Reach::Public, name).await.unwrap(), ["192.0.2.1"]);
            assert_eq!(addresses(Reach::Anywhere, name).await.unwrap().join("-"), name);
        }
        let error = addresses(Reach::Public, "10.0.0.1-::1").await.unwrap_err();
        assert_eq!(error.to_string(), "a peer led to 10.0.0.1, which is no public address");
        assert!(addresses(Reach::Public, "nobody").await.unwrap_err().downcast_ref::<NotPublic>().is_none());
    }
}
