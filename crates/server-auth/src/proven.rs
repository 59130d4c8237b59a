//! Which passwords were right a moment ago, so that not every request costs a bcrypt hash.

use std::collections::HashMap;
use std::time::Duration;

use ring::error::Unspecified;
use ring::hmac;

use crate::hash::{self, Hash};
use crate::random;

/// For how long a password that was right counts as right without being hashed again. The file is what decides, and
/// reading it anew forgets everything, so this only bounds what lies in memory.
const LIFETIME: Duration = Duration::from_secs(300);

/// How many are remembered.
const MOST: usize = 1_024;

/// Pairs of a hash and a password that belong together, as tags under a key that no other process and no earlier
/// [`Proven`] had. What can be read here is of no use elsewhere.
pub(crate) struct Proven {
    key: hmac::Key,
    /// When each was last found right.
    tags: HashMap<[u8; 32], Duration>,
}

impl Proven {
    pub(crate) fn new() -> Result<Self, Unspecified> {
        Ok(Self { key: hmac::Key::new(hmac::HMAC_SHA256, &random::bytes()?), tags: HashMap::new() })
    }

    /// Whether the password was right less than [`LIFETIME`] ago. A clock that was set back makes it unknown.
    pub(crate) fn has(&self, name: &str, hash: &Hash, password: &str, now: Duration) -> bool {
        let since = self.tag(name, hash, password).and_then(|tag| self.tags.get(&tag));
        since.is_some_and(|since| is_fresh(*since, now))
    }

    pub(crate) fn insert(&mut self, name: &str, hash: &Hash, password: &str, now: Duration) {
        let Some(tag) = self.tag(name, hash, password) else { return };
        if self.tags.len() >= MOST {
            self.tags.retain(|_, since| is_fresh(*since, now));
        }
        if self.tags.len() >= MOST {
            let oldest = self.tags.iter().min_by_key(|(_, since)| **since).map(|(tag, _)| *tag);
            oldest.map(|tag| self.tags.remove(&tag));
        }
        self.tags.insert(tag, now);
    }

    /// The lengths are part of it, so that no two triples are one text. What does not count in a password is no part, or
    /// somebody with a long one could fill all places with spellings of it.
    fn tag(&self, name: &str, hash: &Hash, password: &str) -> Option<[u8; 32]> {
        let mut context = hmac::Context::with_key(&self.key);
        for part in [name.as_bytes(), hash.text().as_bytes(), hash::counted(password)] {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        context.sign().as_ref().try_into().ok()
    }
}

fn is_fresh(since: Duration, now: Duration) -> bool {
    now.checked_sub(since).is_some_and(|age| age < LIFETIME)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(salt: char) -> Hash {
        let salt = salt.to_string().repeat(53);
        Hash::parse(&format!("$2y$04${salt}")).unwrap()
    }

    #[test]
    fn what_was_right_counts_for_its_time() {
        let mut proven = Proven::new().unwrap();
        let begin = Duration::from_secs(1_000);
        proven.insert("alice", &hash('.'), "secret", begin);
        let has = |name, salt, password, now| proven.has(name, &hash(salt), password, now);
        assert!(has("alice", '.', "secret", begin));
        assert!(has("alice", '.', "secret", begin + LIFETIME - Duration::from_nanos(1)));
        assert!(!has("alice", '.', "secret", begin + LIFETIME));
        assert!(!has("alice", '.', "secret", begin - Duration::from_nanos(1)), "the clock was set back");
        assert!(!has("bob", '.', "secret", begin));
        assert!(!has("alice", 'O', "secret", begin), "another hash");
        assert!(!has("alice", '.', "Secret", begin));
        assert!(!has("alice", '.', "", begin));
    }

    #[test]
    fn what_does_not_count_in_a_password_takes_no_place() {
        let mut proven = Proven::new().unwrap();
        let long = "a".repeat(72);
        for more in ["", "b", "c"] {
            proven.insert("alice", &hash('.'), &format!("{long}{more}"), Duration::ZERO);
        }
        assert_eq!(proven.tags.len(), 1);
        assert!(proven.has("alice", &hash('.'), &format!("{long}d"), Duration::ZERO), "as bcrypt has it");
        assert!(!proven.has("alice", &hash('.'), &"a".repeat(71), Duration::ZERO));
    }

    #[test]
    fn what_is_remembered_is_bounded_and_the_oldest_goes() {
        let mut proven = Proven::new().unwrap();
        let at = |number: usize| Duration::from_millis(number as u64);
        for number in 0..=MOST {
            proven.insert("alice", &hash('.'), &number.to_string(), at(number));
        }
        assert_eq!(proven.tags.len(), MOST);
        let has = |number: usize| proven.has("alice", &hash('.'), &number.to_string(), at(MOST));
        assert_eq!([0, 1, MOST].map(has), [false, true, true]);
        proven.insert("alice", &hash('.'), "later", at(MOST) + LIFETIME);
        assert_eq!(proven.tags.len(), 1, "all others were too old");
    }
}
