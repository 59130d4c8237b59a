//! Refresh tokens that were given out, as hashes: what lies in memory cannot be sent to anybody.

use std::collections::HashMap;
use std::time::Duration;

use ring::digest::{SHA256, digest};
use wharf_server::distribution::Secret;

use crate::random;

/// How many there are at most, in all and of one user. The oldest of a user makes place for a newer one; when it is others who
/// fill the table, no more are given out until some are too old.
const MOST: usize = 10_000;
const MOST_OF_A_USER: usize = 8;

type Hash = [u8; 32];

/// Whose a refresh token is, and what they had when they got it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Holder {
    pub(crate) user: Box<str>,
    /// See [`Users::stamp`](crate::Users::stamp).
    pub(crate) stamp: u64,
}

/// The table of them.
pub(crate) struct RefreshTokens {
    lifetime: Duration,
    held: HashMap<Hash, (Holder, Duration)>,
}

impl RefreshTokens {
    pub(crate) fn new(lifetime: Duration) -> Self {
        Self { lifetime, held: HashMap::new() }
    }

    /// A new one; nothing when there is no room.
    pub(crate) fn issue(&mut self, holder: Holder, now: Duration) -> Option<Secret> {
        let lifetime = self.lifetime;
        self.held.retain(|_, (_, since)| is_good(*since, lifetime, now));
        let of_user = self.held.iter().filter(|(_, (other, _))| other.user == holder.user);
        if of_user.clone().count() >= MOST_OF_A_USER {
            let oldest = of_user.min_by_key(|(_, (_, since))| *since).map(|(hash, _)| *hash);
            oldest.map(|hash| self.held.remove(&hash));
        }
        if self.held.len() >= MOST {
            return None;
        }
        let token = random::text().ok()?;
        self.held.insert(hash(&token)?, (holder, now));
        Some(Secret::new(token))
    }

    /// Whose it is, if it is good. What is compared is the hash, so how long that takes tells nothing of the others.
    pub(crate) fn find(&self, token: &Secret, now: Duration) -> Option<Holder> {
        let (holder, since) = self.held.get(&hash(token.reveal())?)?;
        is_good(*since, self.lifetime, now).then(|| holder.clone())
    }
}

fn is_good(since: Duration, lifetime: Duration, now: Duration) -> bool {
    now.checked_sub(since).is_some_and(|age| age < lifetime)
}

/// It has 256 random bits, so that nobody finds it by trying, and needs no salt.
fn hash(token: &str) -> Option<Hash> {
    digest(&SHA256, token.as_bytes()).as_ref().try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIFETIME: Duration = Duration::from_secs(100);

    fn holder(user: &str) -> Holder {
        Holder { user: user.into(), stamp: 7 }
    }

    #[test]
    fn a_token_is_its_holders_for_its_time() {
        let (mut tokens, begin) = (RefreshTokens::new(LIFETIME), Duration::from_secs(5));
        let token = tokens.issue(holder("alice"), begin).unwrap();
        assert_eq!(tokens.find(&token, begin + LIFETIME - Duration::from_nanos(1)), Some(holder("alice")));
        assert_eq!(tokens.find(&token, begin + LIFETIME), None);
        assert_eq!(tokens.find(&Secret::new(""), begin), None);
        assert!(!tokens.held.contains_key(token.reveal().as_bytes().get(..32).unwrap()), "only its hash is kept");
    }

    #[test]
    fn a_users_oldest_goes_and_other_users_lose_nothing() {
        let mut tokens = RefreshTokens::new(LIFETIME);
        let of_bob = tokens.issue(holder("bob"), Duration::ZERO).unwrap();
        let at = |number: usize| Duration::from_millis(number as u64);
        let of_alice: Vec<_> =
            (0..=MOST_OF_A_USER).map(|at_| tokens.issue(holder("alice"), at(at_)).unwrap()).collect();
        let good: Vec<_> = of_alice.iter().map(|token| tokens.find(token, at(20)).is_some()).collect();
        assert_eq!(good.iter().position(|good| *good), Some(1));
        assert_eq!(good.iter().filter(|good| **good).count(), MOST_OF_A_USER);
        assert!(tokens.find(&of_bob, at(20)).is_some());
    }

    #[test]
    fn a_full_table_gives_out_no_more_until_some_are_too_old() {
        let mut tokens = RefreshTokens::new(LIFETIME);
        let other = (holder("other"), Duration::ZERO);
        tokens.held = (0..MOST).map(|number| (hash(&number.to_string()).unwrap(), other.clone())).collect();
        // So many of one user never come to be; they stand for those of many.
        assert!(tokens.issue(holder("alice"), Duration::ZERO).is_none());
        assert!(tokens.issue(holder("alice"), LIFETIME).is_some());
        assert_eq!(tokens.held.len(), 1);
    }
}
