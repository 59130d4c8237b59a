//! Tokens that are still good, and how they were asked for. They are held in memory alone, and printed by nothing.
//!
//! The key is a sorted list of scopes. A token is used for every request whose scopes it covers, so that what was got
//! for pushing is also good for pulling. A lock for each key lets one exchange be under way while others wait for its
//! result.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::lock::Mutex as AsyncMutex;
use http::HeaderValue;
use wharf_distribution::{Challenge, Scope};

mod repeat;

/// What was found out about one registry for one identity: how it wants to be asked, and tokens that are still good.
#[derive(Default)]
pub(crate) struct Tokens(Mutex<Known>);

#[derive(Default)]
struct Known {
    basic: Option<HeaderValue>,
    entries: Vec<Entry>,
    /// What was sent, the latest last, so that no error repeats it.
    sent: VecDeque<HeaderValue>,
}

struct Entry {
    scopes: Vec<Scope>,
    challenge: Challenge,
    flight: Flight,
    token: Option<Token>,
}

struct Token {
    header: HeaderValue,
    until: Duration,
}

/// Who holds it makes the exchange.
pub(crate) type Flight = Arc<AsyncMutex<()>>;

/// A token that is about to expire would do so on its way.
const MARGIN: Duration = Duration::from_secs(5);

/// More sets of scopes than this are not remembered; a client that visits more repositories asks again.
const MAX_ENTRIES: usize = 1_024;

/// Who echoes a secret does so soon after it was sent.
const MAX_SENT: usize = 16;

impl Tokens {
    /// Something to send at once: the credentials themselves if the registry takes them, or a token that is good for
    /// all of the scopes.
    pub(crate) fn find(&self, scopes: &[Scope], now: Duration) -> Option<HeaderValue> {
        let known = self.lock();
        let good = |entry: &&Entry| {
            let lives = entry.token.as_ref().is_some_and(|token| now + MARGIN < token.until);
            lives && scopes.iter().all(|scope| entry.scopes.iter().any(|has| has.covers(scope)))
        };
        let token = known.entries.iter().find(good).and_then(|entry| entry.token.as_ref());
        token.map(|token| &token.header).or(known.basic.as_ref()).cloned()
    }

    /// How a token for these scopes was asked for before.
    pub(crate) fn challenge(&self, scopes: &[Scope]) -> Option<Challenge> {
        let key = key(scopes);
        self.lock().entries.iter().find(|entry| entry.scopes == key).map(|entry| entry.challenge.clone())
    }

    /// How the token in a header was asked for; nothing when it is no token, or not known any more.
    pub(crate) fn origin(&self, header: &HeaderValue) -> Option<Challenge> {
        let known = self.lock();
        let is_it = |entry: &&Entry| entry.token.as_ref().is_some_and(|token| token.header == *header);
        known.entries.iter().find(is_it).map(|entry| entry.challenge.clone())
    }

    /// The right to ask for a token for these scopes, to be waited for.
    pub(crate) fn flight(&self, scopes: &[Scope], challenge: &Challenge) -> Flight {
        let key = key(scopes);
        let mut known = self.lock();
        if let Some(entry) = known.entries.iter_mut().find(|entry| entry.scopes == key) {
            entry.challenge = challenge.clone();
            return Arc::clone(&entry.flight);
        }
        if known.entries.len() >= MAX_ENTRIES {
            known.entries.clear();
        }
        let flight = Flight::default();
        known.entries.push(Entry {
            scopes: key,
            challenge: challenge.clone(),
            flight: Arc::clone(&flight),
            token: None,
        });
        flight
    }

    /// Keeps a token until the clock shows `until`; nothing when its entry was cleared meanwhile, since it can be asked
    /// for again.
    pub(crate) fn store(&self, scopes: &[Scope], header: HeaderValue, until: Duration) {
        let key = key(scopes);
        if let Some(entry) = self.lock().entries.iter_mut().find(|entry| entry.scopes == key) {
            entry.token = Some(Token { header, until });
        }
    }

    /// Remembers that the registry takes the credentials themselves, and what they look like in a header.
    pub(crate) fn set_basic(&self, header: HeaderValue) {
        self.lock().basic = Some(header);
    }

    /// Never sends again what was refused.
    pub(crate) fn forget(&self, refused: Option<&HeaderValue>) {
        let Some(refused) = refused else { return };
        let mut known = self.lock();
        known.basic.take_if(|basic| basic == refused);
        for entry in &mut known.entries {
            entry.token.take_if(|token| token.header == *refused);
        }
    }

    /// Remembers a secret that is about to be sent.
    pub(crate) fn sending(&self, header: &HeaderValue) {
        let mut known = self.lock();
        if known.sent.contains(header) {
            return;
        }
        if known.sent.len() >= MAX_SENT {
            known.sent.pop_front();
        }
        known.sent.push_back(header.clone());
    }

    /// Whether a text repeats a secret that was sent, or a part of one: `latest`, or one before it.
    pub(crate) fn are_repeated(&self, latest: Option<&HeaderValue>, text: &str) -> bool {
        let sent = self.lock().sent.clone();
        latest.into_iter().chain(&sent).any(|header| repeat::repeats(header, text))
    }

    /// Nothing that is done under the lock can leave it half done.
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The order in which scopes were asked for does not make another token of it.
fn key(scopes: &[Scope]) -> Vec<Scope> {
    let mut key = scopes.to_vec();
    key.sort();
    key
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").finish_non_exhaustive()
    }
}
