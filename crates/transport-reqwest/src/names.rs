//! Which addresses may be connected to on a peer's word.

use std::error::Error;
use std::fmt;
use std::net::IpAddr;

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
            let mut addresses: Vec<_> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let forbidden =
                addresses.iter().map(|address| address.ip()).find(|address| !Reach::Public.admits(*address));
            addresses.retain(|address| Reach::Public.admits(address.ip()));
            match forbidden {
                Some(address) if addresses.is_empty() => Err(NotPublic(address).into()),
                _ => Ok(Box::new(addresses.into_iter()) as Addrs),
            }
        })
    }
}

/// An address that a request was led to and may not go to.
#[derive(Debug)]
pub(crate) struct NotPublic(pub(crate) IpAddr);

impl fmt::Display for NotPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a peer led to {}, which is no public address", self.0)
    }
}

impl Error for NotPublic {}
