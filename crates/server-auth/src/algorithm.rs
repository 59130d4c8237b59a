use std::fmt;

/// How a token is signed (RFC 7518, section 3; RFC 8037). A key has one algorithm, and a token that names another one
/// does not fit the key; `none` is not among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256, by keys of 2,048 to 8,192 bits.
    Rs256,
    /// ECDSA with the curve P-256 and SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
    /// HMAC with SHA-256: who can read such tokens can make them. No public key is ever taken for such a secret.
    Hs256,
}

impl Algorithm {
    /// The name in a token's header.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
            Self::Hs256 => "HS256",
        }
    }

    /// The algorithm of this name; names have one spelling.
    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::Rs256, Self::Es256, Self::EdDsa, Self::Hs256].into_iter().find(|known| known.name() == name)
    }
}

/// Its name.
impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
