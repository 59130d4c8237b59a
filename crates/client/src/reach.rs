//! How far a request may go whose address was chosen by a peer.
//!
//! A registry tells the client to ask elsewhere: by redirects, by the locations of uploads, by token services. It must
//! not be able to send it into networks that the registry itself cannot reach. An address that is written as one is
//! judged here; what a name leads to, only the transport finds out, and at the moment when it connects.

use std::error::Error;
use std::fmt;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};

use http::Extensions;
use url::Url;

use wharf_distribution::address::{self, Home};

use crate::{Client, UrlFault};

/// How far a request may go. The client puts it into the extensions of every request.
///
/// A transport that connects to addresses itself looks it up, and connects to none that is not
/// [admitted](Self::admits), whatever name leads there: it fails with [`Forbidden`](crate::TransportErrorKind::Forbidden)
/// instead. Nor does it use a connection that was made for a request that may go farther.
///
/// ```
/// use wharf_client::Reach;
///
/// let mut request = http::Request::new(());
/// assert_eq!(Reach::of(request.extensions()), Reach::Anywhere);
/// request.extensions_mut().insert(Reach::Public);
/// let reach = Reach::of(request.extensions());
/// assert!(reach.admits("192.0.2.1".parse().unwrap()));
/// assert!(!reach.admits("169.254.169.254".parse().unwrap()));
/// assert!(!reach.admits("::ffff:127.0.0.1".parse().unwrap()));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reach {
    /// To the host that the caller named, wherever that is.
    #[default]
    Anywhere,
    /// Only where anybody may be sent: not to this machine, and into no network of somebody's own.
    Public,
}

impl Reach {
    /// How far the request with these extensions may go.
    #[must_use]
    pub fn of(extensions: &Extensions) -> Self {
        extensions.get().copied().unwrap_or_default()
    }

    /// Whether a request may be sent to an address.
    ///
    /// No public addresses are those of this machine, of private and local networks, of carriers' networks, of groups,
    /// and IPv6 addresses that stand for one of these in IPv4.
    #[must_use]
    pub fn admits(self, address: IpAddr) -> bool {
        self == Self::Anywhere || address::is_public(address)
    }

    /// The same for an address that a request would go to.
    ///
    /// # Errors
    /// [`NotPublic`] when it may not.
    ///
    /// ```
    /// use wharf_client::Reach;
    ///
    /// assert!(Reach::Anywhere.admit("10.0.0.1".parse().unwrap()).is_ok());
    /// let error = Reach::Public.admit("10.0.0.1".parse().unwrap()).unwrap_err();
    /// assert_eq!(error.to_string(), "a peer led to 10.0.0.1, which is no public address");
    /// ```
    pub fn admit(self, address: IpAddr) -> Result<(), NotPublic> {
        if self.admits(address) { Ok(()) } else { Err(NotPublic(address)) }
    }

    /// Those of the addresses of a name that a request may be sent to, in their order.
    ///
    /// # Errors
    /// [`NotPublic`] when there are some, and it may be sent to none of them.
    ///
    /// ```
    /// use std::net::IpAddr;
    /// use wharf_client::Reach;
    ///
    /// let [inside, outside]: [IpAddr; 2] = ["10.0.0.1", "192.0.2.1"].map(|address| address.parse().unwrap());
    /// assert_eq!(Reach::Public.of_these([inside, outside]), Ok(vec![outside]));
    /// assert!(Reach::Public.of_these([inside]).is_err());
    /// assert_eq!(Reach::Public.of_these([]), Ok(vec![]));
    /// ```
    pub fn of_these(self, addresses: impl IntoIterator<Item = IpAddr>) -> Result<Vec<IpAddr>, NotPublic> {
        let (admitted, others): (Vec<_>, Vec<_>) = addresses.into_iter().partition(|address| self.admits(*address));
        match others.first() {
            Some(address) if admitted.is_empty() => Err(NotPublic(*address)),
            _ => Ok(admitted),
        }
    }
}

/// An address that a request was led to and may not go to. A transport has it as the source of an error of the kind
/// [`Forbidden`](crate::TransportErrorKind::Forbidden).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotPublic(IpAddr);

impl fmt::Display for NotPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a peer led to {}, which is no public address", self.0)
    }
}

impl Error for NotPublic {}

/// The address that a response came from. A transport that knows it puts it into the response's extensions.
///
/// A registry at a private address may lead to others, since whoever reaches it is in its network. This is how the
/// client learns where the registry is. A transport must not put the address of a proxy there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PeerAddress(IpAddr);

impl PeerAddress {
    /// The address at the other end of the response's connection.
    #[must_use]
    pub const fn new(address: IpAddr) -> Self {
        Self(address)
    }

    /// The address itself.
    #[must_use]
    pub const fn get(self) -> IpAddr {
        self.0
    }
}

/// What is known of the network that a registry is in. All handles share it.
#[derive(Debug, Default)]
pub(crate) struct Surroundings {
    /// The registry has answered from an address that is not public.
    is_inside: AtomicBool,
}

impl Client {
    /// How far a request to `url` may go.
    ///
    /// Over plain http, the whole network was declared to be trusted. Whom the caller named may be anywhere.
    pub(crate) fn reach(&self, url: &Url) -> Reach {
        let is_trusted = self.leads_anywhere() || self.base.scheme() == "http" || self.is_named(url);
        if is_trusted || address::is_private(&self.base) { Reach::Anywhere } else { Reach::Public }
    }

    /// The registry, as far as it may lead by now.
    pub(crate) fn home(&self) -> Home {
        let home = Home::new(self.base.clone());
        if self.leads_anywhere() { home.leading_anywhere() } else { home }
    }

    fn leads_anywhere(&self) -> bool {
        self.any_address || self.surroundings.is_inside.load(Ordering::Relaxed)
    }

    /// Whether a URL is of the registry itself, or of a token service that is known to be its or that the caller named.
    fn is_named(&self, url: &Url) -> bool {
        self.policy.judge(url) == Ok(true)
    }

    /// A URL that a peer sent in answer to a request of `current`.
    pub(crate) fn resolve(&self, text: &str, current: &Url) -> Result<Url, UrlFault> {
        let url = address::resolve(text, current)?;
        match self.reach(&url) == Reach::Public && address::is_private(&url) {
            true => Err(UrlFault::PrivateAddress),
            false => Ok(url),
        }
    }

    /// Learns where the registry is, from an answer of its own to a request of `url`. A stranger cannot pretend it, as long
    /// as the answer came over https. A handle without it has nothing to learn, and others would believe it.
    pub(crate) fn locate(&self, url: &Url, extensions: &Extensions) {
        let is_own = url.scheme() == "https" && url.origin() == self.base.origin();
        let address = extensions.get::<PeerAddress>().filter(|_| is_own);
        if address.is_some_and(|address| !address::is_public(address.get())) {
            self.surroundings.is_inside.store(true, Ordering::Relaxed);
        }
    }
}
