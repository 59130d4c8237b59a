//! One key, and whether it made a signature.

use std::fmt;

use ring::{hmac, signature};

use crate::Algorithm;

/// A key that tells which tokens are genuine. Its algorithm follows from what it is.
#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) id: Option<Box<str>>,
    pub(crate) material: Material,
}

#[derive(Clone)]
pub(crate) enum Material {
    /// Modulus and exponent, without leading zeros.
    Rsa {
        n: Box<[u8]>,
        e: Box<[u8]>,
    },
    /// A point of P-256, uncompressed.
    P256(Box<[u8]>),
    Ed25519(Box<[u8]>),
    Secret(hmac::Key),
}

impl Key {
    pub(crate) const fn algorithm(&self) -> Algorithm {
        match self.material {
            Material::Rsa { .. } => Algorithm::Rs256,
            Material::P256(_) => Algorithm::Es256,
            Material::Ed25519(_) => Algorithm::EdDsa,
            Material::Secret(_) => Algorithm::Hs256,
        }
    }

    /// Whether this key signed the message.
    pub(crate) fn verifies(&self, message: &[u8], signed: &[u8]) -> bool {
        match &self.material {
            Material::Rsa { n, e } => {
                let key = signature::RsaPublicKeyComponents { n, e };
                key.verify(&signature::RSA_PKCS1_2048_8192_SHA256, message, signed).is_ok()
            }
            Material::P256(point) => is_by(&signature::ECDSA_P256_SHA256_FIXED, point, message, signed),
            Material::Ed25519(point) => is_by(&signature::ED25519, point, message, signed),
            Material::Secret(key) => hmac::verify(key, message, signed).is_ok(),
        }
    }
}

fn is_by(algorithm: &'static dyn signature::VerificationAlgorithm, key: &[u8], message: &[u8], signed: &[u8]) -> bool {
    signature::UnparsedPublicKey::new(algorithm, key).verify(message, signed).is_ok()
}

/// A public key is no secret, but an HMAC's key is, and a name in a token can be anything.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("id", &self.id).field("algorithm", &self.algorithm()).finish_non_exhaustive()
    }
}
