use std::error::Error;
use std::fmt;

/// What is wrong with a URL that a peer sent.
///
/// ```
/// use wharf_distribution::UrlFault;
///
/// assert_eq!(UrlFault::Insecure.to_string(), "it is not secure");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UrlFault {
    /// It is missing.
    Missing,
    /// It is longer than 8 KiB.
    TooLong,
    /// It is not absolute, where it must be.
    Relative,
    /// It is no URL, or one that different programs read differently.
    Malformed,
    /// It holds a user name or a password.
    UserInformation,
    /// It is neither `http` nor `https`.
    Scheme,
    /// It leads from `https` to `http`, or somewhere else over `http`.
    Insecure,
    /// It leads to an address of a private network or of this machine.
    PrivateAddress,
    /// It leads to another host, where that is not allowed.
    OtherOrigin,
    /// It leads to another path, where that is not allowed.
    OtherPath,
}

impl fmt::Display for UrlFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "it is missing",
            Self::TooLong => "it is too long",
            Self::Relative => "it is not absolute",
            Self::Malformed => "it is malformed",
            Self::UserInformation => "it holds user information",
            Self::Scheme => "it is neither http nor https",
            Self::Insecure => "it is not secure",
            Self::PrivateAddress => "it is a private address",
            Self::OtherOrigin => "it is on another host",
            Self::OtherPath => "it has another path",
        })
    }
}

impl Error for UrlFault {}
