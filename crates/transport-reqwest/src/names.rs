//! Which addresses may be connected to on a peer's word.

use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use wharf_client::Reach;

/// The system's resolver, without addresses that are not public ([`Reach::Public`]).
///
/// It is for the client of [`Reqwest::with_public_client`](crate::Reqwest::with_public_client), and takes effect where
/// names are looked up: not in a proxy.
#[derive(Clone, Copy, Debug, Default)]
pub struct PublicAddresses(());

impl PublicAddresses {
    /// A resolver, as there is but one kind of.
    #[must_use]
    pub const fn new() -> Self {
        Self(())
    }
}

impl Resolve for PublicAddresses {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let addresses = Reach::Public.of_these(found.map(|address| address.ip()))?;
            Ok(Box::new(addresses.into_iter().map(|address| SocketAddr::new(address, 0))) as Addrs)
        })
    }
}
