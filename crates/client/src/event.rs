//! What a client has to tell beside its results.

use std::cell::LazyCell;
use std::collections::HashSet;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::header::WARNING;
use wharf_distribution::{RateLimit, warnings};
use wharf_registry::{Digest, Repository};

use crate::answer::Answer;
use crate::{ErrorKind, Party, trace};

/// Something that happened on the way to a result: told to whom [`Client::with_observer`](crate::Client::with_observer)
/// names. No event holds a secret.
///
/// ```
/// use wharf_client::{Client, Event};
///
/// # fn told(client: Client) -> Client {
/// client.with_observer(|event| match event {
///     Event::Warning(text) => eprintln!("the registry says: {text}"),
///     Event::RateLimit(limit) => eprintln!("{limit}"),
///     _ => {}
/// })
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The registry says how many requests it allows. It is told as often as the registry says it.
    RateLimit(RateLimit),
    /// The registry has a text for its user (distribution-spec, "Warnings"); each is told once. What cannot be printed
    /// is replaced, and a text that repeats a password or a token, or eight characters of one, is not told.
    Warning(String),
    /// A request failed and will be made again.
    Retry {
        /// Which attempt failed, the first being 1.
        attempt: u32,
        /// Why.
        kind: ErrorKind,
        /// How long will be waited.
        wait: Duration,
    },
    /// The connection that a blob came over broke, and what is left of it will be asked for.
    Resumption {
        /// Which blob.
        digest: Digest,
        /// How many bytes of it came before, which is where it will go on.
        offset: u64,
        /// Why: a kind of the transport, or [`WrongLength`](crate::Fault::WrongLength) when the body just ended.
        kind: ErrorKind,
        /// How long will be waited.
        wait: Duration,
    },
    /// A blob is on its way, and some of it has passed: told after each mebibyte, when all bytes have passed, and not of
    /// blobs without any. A download has then been handed to its reader, who verifies it; an upload has been taken from
    /// its source, and what of it the registry has stored is told by the result. What is sent again does not count
    /// again. Nor do parts of blobs that were asked for as such, and uploads in parts that the caller makes.
    Progress {
        /// Which way.
        direction: Direction,
        /// The repository that it is read from, or stored in.
        repository: Repository,
        /// Which blob.
        digest: Digest,
        /// How many bytes have passed.
        bytes: u64,
        /// How many there are in all.
        total: u64,
    },
}

/// Which way a blob goes, seen from the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Direction {
    /// From the registry.
    Download,
    /// To the registry.
    Upload,
}

/// Who is told of events, possibly nobody, and what was told already.
#[derive(Default)]
pub(crate) struct Observer {
    notify: Option<Notify>,
    told: Mutex<HashSet<u64>>,
}

type Notify = Box<dyn Fn(&Event) + Send + Sync>;

/// A registry that has more different texts than this to tell is not heard any more.
const MAX_WARNINGS: usize = 1_024;

impl Observer {
    pub(crate) fn new(notify: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        Self { notify: Some(Box::new(notify)), told: Mutex::default() }
    }

    /// Whether anybody is told.
    pub(crate) const fn listens(&self) -> bool {
        self.notify.is_some()
    }

    pub(crate) fn notify(&self, event: &Event) {
        self.notify.iter().for_each(|notify| notify(event));
    }

    /// Tells what the headers of an answer of the registry itself say to its user.
    pub(crate) fn read(&self, answer: &Answer) {
        if answer.request.party != Party::Registry {
            return;
        }
        if let Some(limit) = RateLimit::read(&answer.headers) {
            trace::rate_limit(&limit);
            self.notify(&Event::RateLimit(limit));
        }
        let values =
            answer.headers.get_all(WARNING).iter().filter_map(|value| std::str::from_utf8(value.as_bytes()).ok());
        let secrets = LazyCell::new(|| answer.tokens.sent(answer.authorization.as_ref()));
        for text in values.flat_map(warnings) {
            if !secrets.are_in(&text) && self.is_new(&text) {
                trace::warning(&text);
                self.notify(&Event::Warning(text));
            }
        }
    }

    fn is_new(&self, text: &str) -> bool {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.len() < MAX_WARNINGS && told.insert(hasher.finish())
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observer").finish_non_exhaustive()
    }
}
