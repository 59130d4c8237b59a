//! Makes tokens, good and bad ones, with the keys in `tests/data`.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use ring::{hmac, signature};
use serde_json::{Value, json};
use wharf_server::Identity;
use wharf_server::distribution::Secret;
use wharf_server_auth::{Bearer, InvalidToken, KeySet, Terms};

/// What time it is, in seconds.
pub(crate) const NOW: u64 = 1_800_000_000;

pub(crate) const ED25519: &[u8] = include_bytes!("../data/ed25519.pk8");
pub(crate) const P256: &[u8] = include_bytes!("../data/p256.pk8");
const RSA: &[u8] = include_bytes!("../data/rsa.pk8");

pub(crate) fn text(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn ed25519() -> Ed25519KeyPair {
    Ed25519KeyPair::from_pkcs8_maybe_unchecked(ED25519).unwrap()
}

fn p256() -> EcdsaKeyPair {
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, P256, &SystemRandom::new()).unwrap()
}

pub(crate) fn rsa() -> RsaKeyPair {
    RsaKeyPair::from_pkcs8(RSA).unwrap()
}

/// The public keys as documents have them.
pub(crate) fn public(kind: &str) -> Value {
    match kind {
        "EdDSA" => json!({ "kty": "OKP", "crv": "Ed25519", "kid": "ed", "x": text(ed25519().public_key()) }),
        "ES256" => {
            let pair = p256();
            let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
            json!({ "kty": "EC", "crv": "P-256", "kid": "ec", "x": text(x), "y": text(y) })
        }
        _ => {
            let public = signature::RsaPublicKeyComponents::<Vec<u8>>::from(rsa().public());
            json!({ "kty": "RSA", "kid": "rsa", "n": text(public.n), "e": text(public.e) })
        }
    }
}

pub(crate) fn document(keys: &[Value]) -> Vec<u8> {
    json!({ "keys": keys }).to_string().into_bytes()
}

pub(crate) fn keys() -> KeySet {
    KeySet::parse(&document(&["EdDSA", "ES256", "RS256"].map(public))).unwrap()
}

pub(crate) fn terms() -> Terms {
    Terms::new("https://auth.example.com/token", "registry.example.com").unwrap()
}

/// What takes tokens at [`NOW`], without allowance for other clocks.
pub(crate) fn bearer() -> Bearer {
    let bearer = Bearer::new(terms(), keys()).with_leeway(Duration::ZERO);
    bearer.with_clock(|| Duration::from_secs(NOW))
}

pub(crate) fn claims() -> Value {
    json!({
        "iss": "https://auth.example.com/token",
        "sub": "alice",
        "aud": "registry.example.com",
        "exp": NOW + 300,
        "nbf": NOW,
        "iat": NOW,
        "jti": "1",
        "access": [{ "type": "repository", "name": "team/app", "actions": ["pull", "push"] }],
    })
}

/// The same with another value of one member; without it, when that is `null`.
pub(crate) fn with(mut object: Value, member: &str, value: Value) -> Value {
    match value {
        Value::Null => drop(object.as_object_mut().unwrap().remove(member)),
        value => object[member] = value,
    }
    object
}

pub(crate) fn header(algorithm: &str) -> Value {
    let id = match algorithm {
        "EdDSA" => "ed",
        "ES256" => "ec",
        _ => "rsa",
    };
    json!({ "alg": algorithm, "typ": "JWT", "kid": id })
}

/// A token whose signature is right for one of the three keys.
pub(crate) fn signed(by: &str, header: &Value, claims: &Value) -> String {
    signed_text(by, &header.to_string(), &claims.to_string())
}

pub(crate) fn signed_text(by: &str, header: &str, claims: &str) -> String {
    let message = format!("{}.{}", text(header), text(claims));
    let signature = match by {
        "EdDSA" => text(ed25519().sign(message.as_bytes())),
        "ES256" => text(p256().sign(&SystemRandom::new(), message.as_bytes()).unwrap()),
        _ => {
            let mut signature = vec![0; rsa().public().modulus_len()];
            rsa().sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
            text(signature)
        }
    };
    format!("{message}.{signature}")
}

/// A token with an HMAC under any bytes.
pub(crate) fn hashed(secret: &[u8], header: &Value, claims: &Value) -> String {
    let message = format!("{}.{}", text(header.to_string()), text(claims.to_string()));
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    format!("{message}.{}", text(hmac::sign(&key, message.as_bytes())))
}

/// A good token but for one claim.
pub(crate) fn claiming(member: &str, value: Value) -> String {
    signed("EdDSA", &header("EdDSA"), &with(claims(), member, value))
}

pub(crate) fn validate(bearer: &Bearer, token: impl Into<Box<str>>) -> Result<Identity, InvalidToken> {
    bearer.validate(&Secret::new(token))
}
