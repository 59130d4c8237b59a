use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use wharf_server::Unidentified;
use wharf_server::distribution::Secret;

use crate::Users;
use crate::clock::Clock;
use crate::hashing::Hashing;
use crate::proven::Proven;

mod entries;

use entries::Entries;
pub use entries::{HtpasswdFault, InvalidHtpasswd};

/// Users and the hashes of their passwords, as `htpasswd -B` writes them: `name:hash`, one a line.
///
/// Only bcrypt is read (`$2a$`, `$2b$`, `$2y$`), at a cost of at most 15. Empty lines and those that begin with `#` say
/// nothing. Clones share everything, so that one can be kept to [`reload`](Self::reload).
///
/// A password is hashed on a thread of the runtime for work that blocks, at most half of the processors at a time; it
/// is not hashed again for five minutes after it was right. A wrong password takes as long as the costliest hash of the
/// file, whether somebody has the name or not. Whoever guesses is slowed down by that alone: nobody is locked out.
///
/// Who guesses, and who signs in for the first time in five minutes, wait in one line of 256 requests, beyond which both
/// are told to come back. A program that anybody can reach has a limit before this, of requests from one
/// [address](wharf_server::RemoteAddress) say.
///
/// ```
/// use wharf_server::distribution::Secret;
/// use wharf_server_auth::{Htpasswd, Users as _};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let file = "# ours\nalice:$2y$04$P9A0ZTGqNWeP2P1tkJsmtegouAfPVZB68BxMkGkyakUiTdQ8oCbqS\n";
/// let users = Htpasswd::parse(file).unwrap();
/// assert!(users.verify("alice", &Secret::new("wonderland")).await.is_ok());
/// assert!(users.verify("alice", &Secret::new("looking-glass")).await.is_err());
/// assert!(users.verify("bob", &Secret::new("wonderland")).await.is_err());
/// # });
/// ```
#[derive(Clone)]
pub struct Htpasswd {
    loaded: Arc<RwLock<Arc<Loaded>>>,
    hashing: Arc<Hashing>,
    clock: Clock,
}

/// What one text of the file said, with what was found out by it: a new text begins anew.
struct Loaded {
    entries: Entries,
    proven: Mutex<Proven>,
}

impl Loaded {
    fn parse(text: &str) -> Result<Arc<Self>, InvalidHtpasswd> {
        let entries = Entries::parse(text)?;
        let proven = Proven::new().map_err(|_| InvalidHtpasswd::UNREADY)?;
        Ok(Arc::new(Self { entries, proven: Mutex::new(proven) }))
    }

    fn proven(&self) -> std::sync::MutexGuard<'_, Proven> {
        self.proven.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Htpasswd {
    /// Reads the text of a file: at most 1 MiB and 10,000 users.
    ///
    /// # Errors
    /// With the number of the line that cannot be read and why, and never with what it says.
    ///
    /// ```
    /// use wharf_server_auth::{Htpasswd, HtpasswdFault};
    ///
    /// let error = Htpasswd::parse("# none of ours\nalice:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=").unwrap_err();
    /// assert_eq!((error.line(), error.fault()), (2, HtpasswdFault::NotBcrypt));
    /// ```
    pub fn parse(text: &str) -> Result<Self, InvalidHtpasswd> {
        let loaded = Arc::new(RwLock::new(Loaded::parse(text)?));
        Ok(Self { loaded, hashing: Arc::default(), clock: Clock::default() })
    }

    /// The same by another clock: the time since 1970 began. It says for how long a right password is not hashed again.
    #[must_use]
    pub fn with_clock(mut self, now: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        self.clock = Clock::new(now);
        self
    }

    /// Reads the file's new text; what was known by the old one is forgotten. A request that is being looked at is
    /// decided by what was there when it came.
    ///
    /// # Errors
    /// As for [`parse`](Self::parse); then all stays as it was.
    pub fn reload(&self, text: &str) -> Result<(), InvalidHtpasswd> {
        let loaded = Loaded::parse(text)?;
        *self.loaded.write().unwrap_or_else(PoisonError::into_inner) = loaded;
        Ok(())
    }

    /// How many users there are.
    #[must_use]
    pub fn users(&self) -> usize {
        self.loaded().entries.len()
    }

    /// How many passwords were hashed so far. Where this grows fast, somebody guesses.
    #[must_use]
    pub fn hashed(&self) -> u64 {
        self.hashing.done()
    }

    fn loaded(&self) -> Arc<Loaded> {
        Arc::clone(&self.loaded.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// # Cancel safety
/// A password that is being hashed is hashed to the end, and keeps its place for as long.
#[async_trait]
impl Users for Htpasswd {
    async fn verify(&self, name: &str, password: &Secret) -> Result<(), Unidentified> {
        let loaded = self.loaded();
        let (hash, is_somebody) = loaded.entries.hash(name);
        let is_proven = || loaded.proven().has(name, hash, password.reveal(), self.clock.now());
        if is_proven() {
            return Ok(());
        }
        let place = self.hashing.place().await?;
        // Of many requests with one password, the first has found it right meanwhile.
        if is_proven() {
            return Ok(());
        }
        let is_right = place.verify(hash.clone(), loaded.entries.costliest().clone(), password.clone()).await?;
        if is_right && is_somebody {
            loaded.proven().insert(name, hash, password.reveal(), self.clock.now());
            return Ok(());
        }
        Err(Unidentified::Refused)
    }

    async fn stamp(&self, name: &str) -> Result<Option<u64>, Unidentified> {
        let loaded = self.loaded();
        let (hash, is_somebody) = loaded.entries.hash(name);
        Ok(is_somebody.then(|| hash.stamp()))
    }
}

impl fmt::Debug for Htpasswd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (users, hashed) = (self.users(), self.hashed());
        f.debug_struct("Htpasswd").field("users", &users).field("hashed", &hashed).finish_non_exhaustive()
    }
}
