//! Whether a text repeats a secret that was sent, as a whole or in parts.
//!
//! A registry that echoes what it was sent would have it printed with its errors. A password is looked for as it is and
//! in the form it has in a header.

use std::collections::HashSet;

use http::HeaderValue;
use wharf_distribution::Credential;

/// As many bytes of a secret as tell something of it. A secret that is shorter counts as a whole.
const PART: usize = 8;

/// Whether a text holds a part of what an `Authorization` header said.
pub(super) fn repeats(authorization: &HeaderValue, text: &str) -> bool {
    let value = authorization.as_bytes();
    let space = value.iter().position(|byte| *byte == b' ');
    let (_, secret) = value.split_at(space.map_or(0, |space| space + 1));
    let credential = Credential::parse(authorization);
    let password = credential.as_ref().map_or("", |credential| credential.secret().reveal());
    has_part(secret, text) || has_part(password.as_bytes(), text)
}

fn has_part(secret: &[u8], text: &str) -> bool {
    let length = secret.len().min(PART);
    if length == 0 {
        return false;
    }
    let parts: HashSet<_> = secret.windows(length).collect();
    text.as_bytes().windows(length).any(|window| parts.contains(window))
}
