//! Bytes that nobody can guess: the only file here that asks for some, but for the making of keys.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::error::Unspecified;
use ring::rand::{SecureRandom as _, SystemRandom};

/// 32 bytes of the operating system's.
pub(crate) fn bytes() -> Result<[u8; 32], Unspecified> {
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes)?;
    Ok(bytes)
}

/// The same as a text of 43 letters, digits, `-` and `_`.
pub(crate) fn text() -> Result<String, Unspecified> {
    bytes().map(|bytes| URL_SAFE_NO_PAD.encode(bytes))
}
