//! URLs that a peer sent, none of which is what `url` made of something else: it repairs what it is given, and a repaired
//! address is another address.
//!
//! Two rules: what a peer sends may not lead to a less secure scheme nor from a public registry into a private network;
//! and no URL with user information is ever used.

use url::Url;

use crate::UrlFault;
pub use crate::network::is_public;

/// The longest URL that is taken from a peer, in bytes.
const MAX_URL: usize = 8 * 1024;

/// The root of a registry, and how far it may lead.
///
/// ```
/// use url::Url;
/// use wharf_distribution::UrlFault;
/// use wharf_distribution::address::Home;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let home = Home::new(Url::parse("https://registry.example.com/")?);
/// let asked = home.url().join("/v2/a/blobs/uploads/")?;
/// let there = home.resolve("one?_state=x", &asked).map(String::from);
/// assert_eq!(there.as_deref(), Ok("https://registry.example.com/v2/a/blobs/uploads/one?_state=x"));
/// assert_eq!(home.resolve("http://store.example.net/1", &asked), Err(UrlFault::Insecure));
/// assert_eq!(home.resolve("https://10.0.0.1/1", &asked), Err(UrlFault::PrivateAddress));
/// assert!(home.leading_anywhere().resolve("https://10.0.0.1/1", &asked).is_ok());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    url: Url,
    leads_anywhere: bool,
}

impl Home {
    /// The registry at `url`. If that is plain http, the whole network was declared to be trusted, and else private
    /// addresses are for registries that have one themselves.
    ///
    /// ```
    /// # use url::Url;
    /// # use wharf_distribution::address::Home;
    /// let home = Home::new(Url::parse("https://r.io/").unwrap());
    /// assert!(home.resolve("https://127.0.0.1/", home.url()).is_err());
    /// ```
    #[must_use]
    pub const fn new(url: Url) -> Self {
        Self { url, leads_anywhere: false }
    }

    /// The same of a registry that may lead into private networks, because it is known to be in one, or to be trusted.
    ///
    /// ```
    /// # use url::Url;
    /// # use wharf_distribution::address::Home;
    /// let home = Home::new(Url::parse("https://r.io/").unwrap()).leading_anywhere();
    /// assert!(home.resolve("https://127.0.0.1/", home.url()).is_ok());
    /// ```
    #[must_use]
    pub const fn leading_anywhere(mut self) -> Self {
        self.leads_anywhere = true;
        self
    }

    /// The root of the registry.
    ///
    /// ```
    /// # use url::Url;
    /// # use wharf_distribution::address::Home;
    /// let home = Home::new(Url::parse("https://r.io/").unwrap());
    /// assert_eq!(home.url().as_str(), "https://r.io/");
    /// ```
    #[must_use]
    pub const fn url(&self) -> &Url {
        &self.url
    }

    /// A URL that a peer sent in answer to a request of `current`. Whoever follows it must not send the registry's
    /// authorization with it when its origin is another than the registry's.
    ///
    /// # Errors
    /// [`UrlFault`] when it is to be followed by nobody.
    pub fn resolve(&self, text: &str, current: &Url) -> Result<Url, UrlFault> {
        let url = resolve(text, current)?;
        match self.leads_inside(&url) {
            true => Err(UrlFault::PrivateAddress),
            false => Ok(url),
        }
    }

    fn leads_inside(&self, url: &Url) -> bool {
        let is_trusted = self.leads_anywhere || self.url.scheme() == "http" || url.host() == self.url.host();
        !is_trusted && is_private(url) && !is_private(&self.url)
    }
}

impl From<Url> for Home {
    fn from(url: Url) -> Self {
        Self::new(url)
    }
}

impl From<&Url> for Home {
    fn from(url: &Url) -> Self {
        Self::new(url.clone())
    }
}

impl From<&Self> for Home {
    fn from(home: &Self) -> Self {
        home.clone()
    }
}

/// A URL that a peer sent in answer to a request of `current`, wherever that leads. It never leads from https to http.
///
/// # Errors
/// [`UrlFault`] when it is to be followed by nobody.
///
/// ```
/// use url::Url;
/// use wharf_distribution::{UrlFault, address};
///
/// let asked = Url::parse("https://registry.example.com/v2/").unwrap();
/// assert_eq!(address::resolve("/v2/_catalog", &asked).unwrap().as_str(), "https://registry.example.com/v2/_catalog");
/// assert_eq!(address::resolve("https://me@registry.example.com/", &asked), Err(UrlFault::UserInformation));
/// ```
pub fn resolve(text: &str, current: &Url) -> Result<Url, UrlFault> {
    let url = join(text, current)?;
    match (url.scheme(), current.scheme()) {
        _ if has_user_information(&url) => Err(UrlFault::UserInformation),
        ("http", "https") => Err(UrlFault::Insecure),
        ("http" | "https", _) if !url.has_host() => Err(UrlFault::Malformed),
        ("http" | "https", _) => Ok(url),
        _ => Err(UrlFault::Scheme),
    }
}

/// A URL that a peer sent in answer to a request of `current`, wherever it leads: to be read, and not to be followed.
///
/// # Errors
/// [`UrlFault::TooLong`] and [`UrlFault::Malformed`].
///
/// ```
/// use url::Url;
/// use wharf_distribution::address;
///
/// let asked = Url::parse("https://registry.example.com/v2/a/tags/list?n=1").unwrap();
/// let link = address::join("http://inside:8081/repository/v2/a/tags/list?n=1&last=b", &asked).unwrap();
/// assert_eq!(link.query(), Some("n=1&last=b"));
/// ```
pub fn join(text: &str, current: &Url) -> Result<Url, UrlFault> {
    if text.len() > MAX_URL {
        return Err(UrlFault::TooLong);
    }
    if text.is_empty() || text.bytes().any(|byte| !byte.is_ascii_graphic() || byte == b'\\') {
        return Err(UrlFault::Malformed);
    }
    let mut url = current.join(text).map_err(|_| UrlFault::Malformed)?;
    url.set_fragment(None);
    // What is relative is as long as the address that it is relative to besides, which may have been relative itself.
    if url.as_str().len() > MAX_URL { Err(UrlFault::TooLong) } else { Ok(url) }
}

fn has_user_information(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// Whether the host is written as an address. Names can lead anywhere; only a resolver could tell.
///
/// ```
/// # use url::Url;
/// # use wharf_distribution::address;
/// assert!(address::is_address(&Url::parse("https://10.0.0.1/").unwrap()));
/// assert!(!address::is_address(&Url::parse("https://registry.example.com/").unwrap()));
/// ```
#[must_use]
pub fn is_address(url: &Url) -> bool {
    !matches!(url.host(), Some(url::Host::Domain(name)) if !is_localhost(name))
}

/// Whether the host is written as an address that is not public, or is this machine by name.
///
/// ```
/// # use url::Url;
/// # use wharf_distribution::address;
/// assert!(address::is_private(&Url::parse("https://localhost/").unwrap()));
/// assert!(!address::is_private(&Url::parse("https://192.0.2.1/").unwrap()));
/// ```
#[must_use]
pub fn is_private(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => is_localhost(name),
        Some(url::Host::Ipv4(address)) => !is_public(address.into()),
        Some(url::Host::Ipv6(address)) => !is_public(address.into()),
        None => true,
    }
}

fn is_localhost(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name == "localhost" || name.ends_with(".localhost")
}
