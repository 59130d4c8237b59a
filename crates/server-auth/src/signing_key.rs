use std::error::Error;
use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
use serde_json::json;

use crate::key::{Key, Material};
use crate::{Algorithm, KeySet};

/// A private key that signs tokens, of Ed25519 or P-256. Clones are the same key.
///
/// ```
/// use wharf_server_auth::{Algorithm, SigningKey};
///
/// let key = SigningKey::es256().unwrap();
/// let public = key.key_set();
/// assert_eq!(public.iter().next(), Some((Some(key.id()), Algorithm::Es256)));
/// ```
#[derive(Clone)]
pub struct SigningKey {
    id: Box<str>,
    pair: Pair,
}

#[derive(Clone)]
enum Pair {
    P256(Arc<EcdsaKeyPair>),
    Ed25519(Arc<Ed25519KeyPair>),
}

impl SigningKey {
    /// A new key of Ed25519, which nobody keeps: with the process the tokens end.
    ///
    /// # Errors
    /// When the operating system gives no random numbers.
    pub fn ed25519() -> Result<Self, UnusableKey> {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| UnusableKey)?;
        Self::from_pkcs8(document.as_ref())
    }

    /// A new key of P-256, for registries that do not know Ed25519.
    ///
    /// # Errors
    /// When the operating system gives no random numbers.
    pub fn es256() -> Result<Self, UnusableKey> {
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        Self::from_pkcs8(document.map_err(|_| UnusableKey)?.as_ref())
    }

    /// A key of either kind that is kept elsewhere, as the DER of PKCS #8: what
    /// `openssl pkcs8 -topk8 -nocrypt -outform der` makes of what `openssl genpkey -algorithm ed25519` writes, or
    /// `openssl genpkey -algorithm ec -pkeyopt ec_paramgen_curve:P-256`.
    ///
    /// # Errors
    /// When it is neither.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, UnusableKey> {
        let ed25519 = || Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).ok().map(|pair| Pair::Ed25519(Arc::new(pair)));
        let p256 = || EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der, &SystemRandom::new());
        let pair = ed25519().or_else(|| p256().ok().map(|pair| Pair::P256(Arc::new(pair)))).ok_or(UnusableKey)?;
        Ok(Self { id: thumbprint(&pair).into(), pair })
    }

    /// The name of the key: its thumbprint (RFC 7638), which is the same wherever it is used.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The public key, for whoever takes tokens of this one.
    #[must_use]
    pub fn key_set(&self) -> KeySet {
        let material = match &self.pair {
            Pair::P256(pair) => Material::P256(pair.public_key().as_ref().into()),
            Pair::Ed25519(pair) => Material::Ed25519(pair.public_key().as_ref().into()),
        };
        KeySet::of(Key { id: Some(self.id.clone()), material })
    }

    /// A token of these claims (RFC 7515, section 3.1).
    pub(crate) fn sign(&self, claims: &[u8]) -> Result<String, UnusableKey> {
        let header = json!({ "alg": self.algorithm().name(), "kid": &self.id, "typ": "JWT" }).to_string();
        let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let signature = match &self.pair {
            Pair::P256(pair) => {
                let signature = pair.sign(&SystemRandom::new(), message.as_bytes()).map_err(|_| UnusableKey)?;
                URL_SAFE_NO_PAD.encode(signature)
            }
            Pair::Ed25519(pair) => URL_SAFE_NO_PAD.encode(pair.sign(message.as_bytes())),
        };
        Ok(format!("{message}.{signature}"))
    }

    const fn algorithm(&self) -> Algorithm {
        match self.pair {
            Pair::P256(_) => Algorithm::Es256,
            Pair::Ed25519(_) => Algorithm::EdDsa,
        }
    }
}

/// The hash of the members that make the key, in alphabetical order and without spaces.
fn thumbprint(pair: &Pair) -> String {
    let text = |bytes: Option<&[u8]>| URL_SAFE_NO_PAD.encode(bytes.unwrap_or_default());
    let members = match pair {
        Pair::P256(pair) => {
            let point = pair.public_key().as_ref();
            let (x, y) = (text(point.get(1..33)), text(point.get(33..)));
            format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#)
        }
        Pair::Ed25519(pair) => {
            let x = text(Some(pair.public_key().as_ref()));
            format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#)
        }
    };
    URL_SAFE_NO_PAD.encode(digest(&SHA256, members.as_bytes()))
}

/// The private part is never printed.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("id", &self.id).field("algorithm", &self.algorithm()).finish_non_exhaustive()
    }
}

/// There is no key that could sign: what was given is none, or the operating system gives no random numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnusableKey;

impl fmt::Display for UnusableKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a private key of Ed25519 or P-256 in PKCS #8")
    }
}

impl Error for UnusableKey {}
