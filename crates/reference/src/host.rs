use crate::defaults::HUB;
use crate::text::{Text, text_type};
use crate::{ParseError, grammar};

/// A registry's host, with its port if one was written: `docker.io`, `localhost:5000`, `[::1]:5000`.
///
/// The grammar is that of references: ASCII, no user information, no percent signs, port and IPv6 address unchecked
/// as numbers. Case is kept and compared.
///
/// ```
/// use wharf_reference::Host;
///
/// let host = Host::parse("localhost:5000").unwrap();
/// assert_eq!((host.name(), host.port()), ("localhost", Some("5000")));
/// assert!(Host::parse("user@example.com").is_err());
/// ```
#[derive(Clone)]
pub struct Host(pub(crate) Text);

text_type!(Host);

impl Host {
    /// Docker Hub's name in references. Requests to it go to another machine; that is the client's affair.
    pub const DOCKER_HUB: Self = Self(Text::Static(HUB));

    /// Reads a host.
    ///
    /// # Errors
    /// [`InvalidFormat`](crate::ParseErrorKind::InvalidFormat) with the first offending byte.
    ///
    /// ```
    /// # use wharf_reference::Host;
    /// assert!(Host::parse("ghcr.io").is_ok());
    /// assert_eq!(Host::parse("ghcr..io").unwrap_err().at(), 5);
    /// ```
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        grammar::whole(text, grammar::host)?;
        Ok(Self(Text::new(text)))
    }

    /// The host without its port; an IPv6 address keeps its brackets.
    ///
    /// ```
    /// # use wharf_reference::Host;
    /// assert_eq!(Host::parse("[::1]:5000").unwrap().name(), "[::1]");
    /// ```
    #[must_use]
    pub fn name(&self) -> &str {
        self.split().0
    }

    /// The port as it was written, unchecked as a number.
    ///
    /// ```
    /// # use wharf_reference::Host;
    /// assert_eq!(Host::parse("ghcr.io").unwrap().port(), None);
    /// ```
    #[must_use]
    pub fn port(&self) -> Option<&str> {
        self.split().1
    }

    fn split(&self) -> (&str, Option<&str>) {
        match self.as_str().rsplit_once(':') {
            // The colons of an IPv6 address without a port are followed by its bracket.
            Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
            _ => (self.as_str(), None),
        }
    }
}
