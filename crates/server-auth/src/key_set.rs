use ring::hmac;
use serde_json::json;
use wharf_server::distribution::Secret;

use crate::Algorithm;
use crate::key::{Key, Material};

mod jwk;

pub use jwk::{InvalidKeySet, KeySetFault};

/// The keys by which tokens are known to be genuine: those of a key set document (RFC 7517), and secrets that are given
/// here.
///
/// A token names its key (`kid`), and no key that it brings along, or says where to find, is ever looked at. When a
/// token names none, it must be the only key of the token's algorithm.
///
/// ```
/// use wharf_server_auth::{Algorithm, KeySet};
///
/// let document = br#"{"keys":[
///     {"kty":"OKP","crv":"Ed25519","kid":"2026","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
///     {"kty":"something newer"}]}"#;
/// let keys = KeySet::parse(document).unwrap();
/// assert_eq!(keys.iter().collect::<Vec<_>>(), [(Some("2026"), Algorithm::EdDsa)]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct KeySet(Vec<Key>);

/// How short a secret may be, in bytes: as long as the hash (RFC 7518, section 3.2).
const SHORTEST_SECRET: usize = 32;

impl KeySet {
    /// No key at all, by which no token is genuine.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Reads a key set document: at most 64 KiB and 64 keys. RSA keys of 2,048 to 8,192 bits, keys of P-256 and of
    /// Ed25519 are read; those of other kinds and for other uses than signatures are left out, and so are secrets
    /// (`oct`), since what is public is none.
    ///
    /// # Errors
    /// With the number of the key that cannot be used and why.
    pub fn parse(document: &[u8]) -> Result<Self, InvalidKeySet> {
        jwk::read(document).map(Self)
    }

    /// The same with a secret for [`Algorithm::Hs256`], which the makers of tokens have, too. Nothing when it is shorter
    /// than 32 bytes, or when there is such a secret of this name already.
    #[must_use]
    pub fn with_secret(mut self, id: Option<&str>, secret: &Secret) -> Option<Self> {
        let bytes = secret.reveal().as_bytes();
        let material = Material::Secret(hmac::Key::new(hmac::HMAC_SHA256, bytes));
        let key = Key { id: id.map(Into::into), material };
        let fits = bytes.len() >= SHORTEST_SECRET && !jwk::has(&self.0, &key);
        self.0.push(key);
        fits.then_some(self)
    }

    /// The name of each key and its algorithm.
    pub fn iter(&self) -> impl Iterator<Item = (Option<&str>, Algorithm)> {
        self.0.iter().map(|key| (key.id.as_deref(), key.algorithm()))
    }

    /// Writes the document of the public keys. Secrets are not in it.
    ///
    /// ```
    /// use wharf_server_auth::{KeySet, SigningKey};
    ///
    /// let keys = SigningKey::ed25519().unwrap().key_set();
    /// assert_eq!(KeySet::parse(&keys.encode()).unwrap().encode(), keys.encode());
    /// ```
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let keys: Vec<_> = self.0.iter().filter_map(jwk::write).collect();
        json!({ "keys": keys }).to_string().into_bytes()
    }

    pub(crate) fn of(key: Key) -> Self {
        Self(vec![key])
    }

    /// The key that a token says it was signed with.
    pub(crate) fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Option<&Key> {
        let fits = |key: &&Key| key.algorithm() == algorithm && (id.is_none() || key.id.as_deref() == id);
        let mut fitting = self.0.iter().filter(fits);
        fitting.next().filter(|_| fitting.next().is_none())
    }
}
