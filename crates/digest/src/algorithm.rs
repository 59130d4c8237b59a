use core::fmt;

/// The name of a digest algorithm.
///
/// The vocabulary is open: `sha256` and `sha512` are registered by the image-spec and can be computed here; any other
/// name that fits the grammar is legal data, which is carried and compared but never computed.
///
/// ```
/// use wharf_digest::{Algorithm, Digest};
///
/// let digest = Digest::parse("multihash+base58:QmRZxt2b1FVZPNqd8hsiykDL3TdBDeTSPX9Kv46HmX4Gx8").unwrap();
/// assert_eq!(digest.algorithm().as_str(), "multihash+base58");
/// assert!(!digest.algorithm().is_registered());
/// assert!(Algorithm::SHA512.is_registered());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Algorithm<'a>(&'a str);

impl Algorithm<'static> {
    /// SHA-256, 64 hexadecimal digits: the algorithm that everybody must support.
    pub const SHA256: Self = Self("sha256");
    /// SHA-512, 128 hexadecimal digits.
    pub const SHA512: Self = Self("sha512");
}

impl<'a> Algorithm<'a> {
    /// A name that the caller has checked against the grammar.
    pub(crate) const fn new(name: &'a str) -> Self {
        Self(name)
    }

    /// The name as text, such as `sha256`.
    ///
    /// ```
    /// assert_eq!(wharf_digest::Algorithm::SHA256.as_str(), "sha256");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        self.0
    }

    /// Whether this crate can compute the algorithm.
    ///
    /// ```
    /// assert!(wharf_digest::Algorithm::SHA256.is_registered());
    /// ```
    #[must_use]
    pub fn is_registered(self) -> bool {
        matches!(self.0, "sha256" | "sha512")
    }
}

impl fmt::Display for Algorithm<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}
