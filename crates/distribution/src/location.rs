use std::error::Error;
use std::fmt;

use crate::Endpoint;

/// Where something is, as a registry writes it into `Location` or `Link`: an address, relative or absolute, of printable
/// ASCII characters, at most 8,192 of them when a peer sent it, without those that a URL cannot have and that other
/// programs read as something else: the space, `\`, `"`, `<` and `>`.
///
/// It is the registry's text, byte for byte. Where it leads, and what may be sent there, is judged by who follows it.
///
/// ```
/// use wharf_distribution::{Endpoint, Location};
/// use wharf_reference::Repository;
/// use wharf_spec::Digest;
///
/// let blob = Endpoint::GetBlob { repository: Repository::from_static("a"), digest: Digest::of(b"{}") };
/// assert!(Location::of(&blob).as_str().starts_with("/v2/a/blobs/sha256:44136fa3"));
/// assert_eq!(Location::parse("https://h/u?_state=a%3D%3D").unwrap().as_str(), "https://h/u?_state=a%3D%3D");
/// assert!(["", "/a b", "/a\\b", "/é", "\u{7f}"].map(Location::parse).iter().all(Result::is_err));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Location(Box<str>);

/// A text that is not the address of anything. It never holds the text.
///
/// ```
/// use wharf_distribution::{InvalidLocation, Location};
///
/// let Err(InvalidLocation { .. }) = Location::parse("/a\r\nSet-Cookie: b") else { panic!() };
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidLocation;

/// The longest address that is taken from a peer, in bytes.
const MAX: usize = 8 * 1024;

impl Location {
    /// Reads an address.
    ///
    /// # Errors
    /// [`InvalidLocation`] when it has other characters or another length.
    ///
    /// ```
    /// # use wharf_distribution::Location;
    /// assert!(Location::parse(&"a".repeat(8_192)).is_ok());
    /// assert!(Location::parse(&"a".repeat(8_193)).is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, InvalidLocation> {
        let fits = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'"' | b'<' | b'>');
        match (1..=MAX).contains(&text.len()) && text.bytes().all(fits) {
            true => Ok(Self(text.into())),
            false => Err(InvalidLocation),
        }
    }

    /// The path and query of a request: whoever gets it knows by which name the registry is reached. What has no place in
    /// an address has none in the parts of a request, and its queries escape it.
    ///
    /// ```
    /// # use wharf_distribution::{Endpoint, Location, Page};
    /// let next = Endpoint::ListRepositories { page: Page::new(Some(5), None) };
    /// assert_eq!(Location::of(&next).as_str(), "/v2/_catalog?n=5");
    /// ```
    #[must_use]
    pub fn of(endpoint: &Endpoint) -> Self {
        Self(endpoint.target().into())
    }

    /// The address as it was written.
    ///
    /// ```
    /// # use wharf_distribution::Location;
    /// assert_eq!(Location::parse("../x").unwrap().as_str(), "../x");
    /// ```
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for InvalidLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not the address of anything")
    }
}

impl Error for InvalidLocation {}
