//! What a cache remembers of its origin beside content: where tags pointed when they were last asked for, and whether it
//! wants to be left alone.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use wharf_reference::{Repository, Tag};
use wharf_spec::{Descriptor, Digest, ErrorCode};

use crate::Error;

/// How long an origin is left alone that was asked too much.
const PAUSE: Duration = Duration::from_secs(60);

/// How many tags are remembered; when there are more, another one is forgotten, and is asked for again.
const TAGS: usize = 10_000;

/// Whether `far` said nothing about what it was asked for. A refusal is an answer: who may not read any more must not be
/// served what was kept while he might.
pub(super) fn is_away(error: &Error) -> bool {
    !error.is_not_found() && !error.is_unauthorized()
}

/// Who remembers.
#[derive(Default)]
pub(super) struct Memory {
    clock: Option<Clock>,
    state: Mutex<State>,
}

/// For how long an answer is good, and what tells the time.
#[derive(Clone)]
struct Clock {
    freshness: Duration,
    now: Arc<dyn Fn() -> Instant + Send + Sync>,
}

#[derive(Default)]
struct State {
    tags: HashMap<(Repository, Tag), Seen>,
    asked_too_much: Option<Instant>,
}

struct Seen {
    manifest: Descriptor,
    at: Option<Instant>,
}

impl Memory {
    pub(super) fn new(freshness: Duration, now: impl Fn() -> Instant + Send + Sync + 'static) -> Self {
        Self { clock: Some(Clock { freshness, now: Arc::new(now) }), state: Mutex::default() }
    }

    /// Where a tag points, if that was asked a short time ago.
    pub(super) fn fresh(&self, repository: &Repository, tag: &Tag) -> Option<Descriptor> {
        let Clock { freshness, now } = self.clock.as_ref()?;
        let state = self.lock();
        let seen = state.tags.get(&(repository.clone(), tag.clone()))?;
        let age = now().saturating_duration_since(seen.at?);
        (age < *freshness).then(|| seen.manifest.clone())
    }

    /// The origin says that a tag points to a manifest.
    pub(super) fn saw(&self, repository: &Repository, tag: &Tag, manifest: Descriptor) {
        let seen = Seen { manifest, at: self.now() };
        let (mut state, key) = (self.lock(), (repository.clone(), tag.clone()));
        if state.tags.len() >= TAGS
            && !state.tags.contains_key(&key)
            && let Some(other) = state.tags.keys().next().cloned()
        {
            state.tags.remove(&other);
        }
        state.tags.insert(key, seen);
    }

    /// The origin does not say any more that the tag is there.
    pub(super) fn forget(&self, repository: &Repository, tag: &Tag) {
        self.lock().tags.remove(&(repository.clone(), tag.clone()));
    }

    /// The tags that pointed to a manifest when they were last asked for.
    pub(super) fn tags_of(&self, repository: &Repository, digest: &Digest) -> Vec<Tag> {
        let state = self.lock();
        let tags = state.tags.iter().filter(|((of, _), seen)| of == repository && seen.manifest.digest == *digest);
        tags.map(|((_, tag), _)| tag.clone()).collect()
    }

    /// Learns from an answer of the origin's whether it wants to be left alone.
    pub(super) fn heard<T>(&self, answer: Result<T, Error>) -> Result<T, Error> {
        let too_much = |error: &&Error| *error.code() == ErrorCode::TOOMANYREQUESTS;
        if answer.as_ref().err().filter(too_much).is_some() {
            self.lock().asked_too_much = self.now();
        }
        answer
    }

    /// Whether the origin wants to be left alone.
    pub(super) fn is_paused(&self) -> bool {
        let since = self.lock().asked_too_much;
        since.zip(self.now()).is_some_and(|(since, now)| now.saturating_duration_since(since) < PAUSE)
    }

    fn now(&self) -> Option<Instant> {
        self.clock.as_ref().map(|clock| (clock.now)())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let freshness = self.clock.as_ref().map(|clock| clock.freshness);
        f.debug_struct("Memory").field("freshness", &freshness).finish_non_exhaustive()
    }
}
