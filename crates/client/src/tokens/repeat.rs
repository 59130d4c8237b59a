//! Whether a text repeats a secret that was sent, as a whole or in parts.
//!
//! A registry that echoes what it was sent would have it printed with its errors. A password is looked for as it is and
//! in the form it has in a header.

use std::collections::HashSet;

use http::HeaderValue;
use wharf_distribution::Credential;

/// As many bytes of a secret as tell something of it. A secret that is shorter counts as a whole.
const PART: usize = 8;

/// Parts of secrets. They are put together once, for however many texts they are looked for in: who sends many short
/// texts must not have a long token read anew for each of them.
#[derive(Default)]
pub(crate) struct Parts {
    long: HashSet<[u8; PART]>,
    short: HashSet<Vec<u8>>,
}

impl Parts {
    /// What an `Authorization` header says.
    pub(super) fn add(&mut self, authorization: &HeaderValue) {
        let value = authorization.as_bytes();
        let space = value.iter().position(|byte| *byte == b' ');
        let (_, secret) = value.split_at(space.map_or(0, |space| space + 1));
        self.add_secret(secret);
        let credential = Credential::parse(authorization);
        credential.iter().for_each(|credential| self.add_secret(credential.secret().reveal().as_bytes()));
    }

    fn add_secret(&mut self, secret: &[u8]) {
        match secret.len() {
            0 => {}
            1..PART => drop(self.short.insert(secret.to_vec())),
            _ => self.long.extend(secret.windows(PART).filter_map(|part| part.first_chunk())),
        }
    }

    /// Whether a text holds one of them.
    pub(crate) fn are_in(&self, text: &str) -> bool {
        let text = text.as_bytes();
        let is_part = |part: &[u8]| part.first_chunk().is_some_and(|part| self.long.contains(part));
        let has = |short: &Vec<u8>| text.windows(short.len()).any(|part| part == short);
        text.windows(PART).any(is_part) || self.short.iter().any(has)
    }
}
