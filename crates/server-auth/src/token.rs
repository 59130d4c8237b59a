//! A token: its three parts, and whether one of our keys signed it (RFC 7515, RFC 7519).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;

use crate::{Algorithm, InvalidToken, KeySet};

/// A longer token is not looked at, in bytes. It is what the listener takes of headers altogether.
pub(crate) const MAX_TOKEN: usize = 16 * 1024;

/// What of a header counts. Members that name or bring a key (`jwk`, `jku`, `x5c`, `x5u`) are not even read: keys are
/// those that the program was given.
#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<Value>,
}

/// The claims of a token that one of `keys` signed, as they were written.
pub(crate) fn open(token: &str, keys: &KeySet) -> Result<Vec<u8>, InvalidToken> {
    if token.len() > MAX_TOKEN {
        return Err(InvalidToken::TooLarge);
    }
    let (message, signature) = token.rsplit_once('.').ok_or(InvalidToken::Form)?;
    let (header, claims) = message.split_once('.').ok_or(InvalidToken::Form)?;
    let [header, claims, signature] = [part(header)?, part(claims)?, part(signature)?];
    let header = read(&header)?;
    let algorithm = Algorithm::named(&header.alg).ok_or(InvalidToken::Algorithm)?;
    let key = keys.find(header.kid.as_deref(), algorithm).ok_or(InvalidToken::Key)?;
    if key.verifies(message.as_bytes(), &signature) { Ok(claims) } else { Err(InvalidToken::Signature) }
}

/// A part of another alphabet, with padding or with bits to spare is none: a token has one spelling.
fn part(text: &str) -> Result<Vec<u8>, InvalidToken> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidToken::Form)
}

/// What is marked as critical must be understood, and nothing such is understood here. Documents of other types that
/// the same key may sign are not tokens.
fn read(header: &[u8]) -> Result<Header, InvalidToken> {
    let header: Header = serde_json::from_slice(header).map_err(|_| InvalidToken::Form)?;
    let is_token = |kind: &str| ["JWT", "at+jwt"].iter().any(|known| known.eq_ignore_ascii_case(kind));
    match header.crit.is_none() && header.typ.as_deref().is_none_or(is_token) {
        true => Ok(header),
        false => Err(InvalidToken::Form),
    }
}
