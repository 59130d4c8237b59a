//! Header values that are believed.

use std::error::Error;
use std::fmt;

use http::{HeaderMap, HeaderName};

/// Why a header says nothing.
///
/// ```
/// use wharf_distribution::HeaderFault;
///
/// assert_eq!(HeaderFault::Contradiction.to_string(), "a header contradicts itself");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HeaderFault {
    /// It is not ASCII text, or longer than 8 KiB.
    Unreadable,
    /// It has two different values.
    Contradiction,
}

/// The longest header value that is looked at, in bytes.
const MAX_HEADER: usize = 8 * 1024;

/// The value of a header that may occur once, or several times with the same value.
pub(crate) fn one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, HeaderFault> {
    let mut values = headers.get_all(name).iter();
    let Some(first) = values.next() else { return Ok(None) };
    if values.any(|value| value != first) {
        return Err(HeaderFault::Contradiction);
    }
    let text = first.to_str().ok().filter(|_| first.len() <= MAX_HEADER);
    text.map(Some).ok_or(HeaderFault::Unreadable)
}

impl fmt::Display for HeaderFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unreadable => "a header cannot be read",
            Self::Contradiction => "a header contradicts itself",
        })
    }
}

impl Error for HeaderFault {}
