use std::error::Error;
use std::fmt;

/// Why a token is not taken. Whoever sent it is not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InvalidToken {
    /// It is longer than 16 KiB.
    TooLarge,
    /// It has not the form of a token, or is of a type or has a critical extension that is not known.
    Form,
    /// It is signed in a way that is not known here, or not at all.
    Algorithm,
    /// No key of this name and algorithm is known, or more than one could be meant.
    Key,
    /// The key did not sign it.
    Signature,
    /// What it claims cannot be read, or has no issuer, audience or expiry.
    Claims,
    /// Somebody else made it.
    Issuer,
    /// It is for somebody else.
    Audience,
    /// Its time is over.
    Expired,
    /// Its time has not come, or it was made in the future.
    Early,
    /// It is for a user whose name is longer than 255 bytes or has characters that control.
    Subject,
}

impl fmt::Display for InvalidToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLarge => "the token is longer than 16 KiB",
            Self::Form => "not a token",
            Self::Algorithm => "the token is not signed in a way that is known",
            Self::Key => "the token is signed by an unknown key",
            Self::Signature => "the token's signature is wrong",
            Self::Claims => "the token's claims cannot be read",
            Self::Issuer => "the token was made by somebody else",
            Self::Audience => "the token is for somebody else",
            Self::Expired => "the token has expired",
            Self::Early => "the token is not good yet",
            Self::Subject => "the token is for a user whose name is none",
        })
    }
}

impl Error for InvalidToken {}
