//! Upload sessions as a back end has them: content that outlives whoever writes it, under a name.

use std::fmt;
use std::time::SystemTime;

use async_trait::async_trait;
use wharf_registry::{Digest, Repository, UploadId};

use crate::{Error, Ingest};

/// The name under which a back end keeps an upload session: 64 hexadecimal digits in lower case, half of them made of the
/// session's repository, and half of that and its identifier.
///
/// So it can be counted how many sessions are of one repository ([`OpenSessions`]). The session of one repository is in any other another session, which is not there; what a name is made of cannot be
/// read off it, and whoever sees the names of a back end's files cannot go on with an upload. It is safe as the name of a
/// file, whatever was asked for.
///
/// ```
/// use wharf_registry::{Repository, UploadId};
/// use wharf_store::SessionName;
///
/// let id = UploadId::parse("5a-3F_").unwrap();
/// let [here, there] = ["here", "there"].map(|name| SessionName::of(&Repository::parse(name).unwrap(), &id));
/// assert_ne!(here, there);
/// assert!(here.as_str().len() == 64 && here.as_str().bytes().all(|byte| byte.is_ascii_hexdigit()));
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SessionName(Box<str>);

impl SessionName {
    /// The name of a repository's session.
    #[must_use]
    pub fn of(repository: &Repository, id: &UploadId) -> Self {
        // Neither has a line break in it, so no two sessions have the same text.
        let [whose, which] = [repository.to_string(), format!("{repository}\n{id}")].map(|text| half(&text));
        Self(format!("{whose}{which}").into())
    }

    /// Whether a text is the name of a session of the same repository.
    fn is_beside(&self, name: &str) -> bool {
        self.0.get(..HALF).zip(name.get(..HALF)).is_some_and(|(own, other)| own == other)
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How many digits tell a repository: 128 bits, which nobody finds twice.
const HALF: usize = 32;

fn half(text: &str) -> String {
    let mut digits = Digest::of(text.as_bytes()).encoded().to_string();
    digits.truncate(HALF);
    digits
}

impl fmt::Debug for SessionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How many upload sessions there are.
///
/// ```
/// use wharf_registry::{Repository, UploadId};
/// use wharf_store::{OpenSessions, SessionName};
///
/// let name = |repository, id| SessionName::of(&Repository::parse(repository).unwrap(), &UploadId::parse(id).unwrap());
/// let open = [name("app", "1"), name("app", "2"), name("base", "1")];
/// let open = OpenSessions::count(open.iter().map(SessionName::as_str), &name("app", "3"));
/// assert_eq!((open.all, open.of_repository), (3, 2));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpenSessions {
    /// Of all repositories.
    pub all: usize,
    /// Of the one that was asked about.
    pub of_repository: usize,
}

impl OpenSessions {
    /// Counts sessions by their names; `beside` is a session, which need not be among them, of the repository that is asked
    /// about.
    pub fn count<T: AsRef<str>>(names: impl IntoIterator<Item = T>, beside: &SessionName) -> Self {
        names.into_iter().fold(Self::default(), |Self { all, of_repository }, name| Self {
            all: all + 1,
            of_repository: of_repository + usize::from(beside.is_beside(name.as_ref())),
        })
    }
}

/// An upload session that is held: as long as this lives, nobody else gets at it, in whatever process.
///
/// Unlike any other [`Ingest`], dropping it leaves its content, for whoever [resumes](crate::Cas::resume) the session.
/// What was [kept](Self::keep) is there then, also after a restart where sessions outlive the process; what was written
/// after that may be there, in the order in which it was written and without a gap.
///
/// A session is over, and its content gone, when a [`write`](Ingest::write) or a [`keep`](Self::keep) fails, since nobody
/// knows then what it holds; and with its [`commit`](Ingest::commit), however that ends. One that is not waited for may end
/// it, too. [`memory::Sessions`](crate::memory::Sessions) are sessions for a back end that has no place for them.
///
/// ```
/// use std::time::SystemTime;
/// use wharf_registry::{Algorithm, Digest, Repository, UploadId};
/// use wharf_store::memory::Blobs;
/// use wharf_store::{Cas, Error, Ingest, Session, SessionName};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let (blobs, now) = (Blobs::default(), SystemTime::UNIX_EPOCH);
/// let name = SessionName::of(&Repository::from_static("app"), &UploadId::parse("1").unwrap());
/// let mut session = blobs.begin(&name, Algorithm::SHA256, now).await.unwrap();
/// session.write(vec!["hel".into()]).await.unwrap();
/// session.keep(now).await.unwrap();
/// assert!(matches!(blobs.resume(&name).await, Err(Error::Held)));
/// drop(session);
///
/// let mut session = blobs.resume(&name).await.unwrap();
/// assert_eq!((session.offset(), session.written()), (3, now));
/// session.write(vec!["lo".into()]).await.unwrap();
/// session.commit(&Digest::of(b"hello")).await.unwrap();
/// assert!(matches!(blobs.resume(&name).await, Err(Error::NoSession)));
/// # });
/// ```
#[async_trait]
pub trait Session: Ingest {
    /// When it was last written to, as far as that was said.
    fn written(&self) -> SystemTime;

    /// Makes durable what was written, so that the session can be gone on with after it whatever happens, and notes that it
    /// was written to `now`. A storage that notes itself when it was written to can keep to that.
    ///
    /// # Errors
    /// When the storage does not take it; the session is then over.
    ///
    /// # Cancel safety
    /// What was written is kept or not.
    async fn keep(&mut self, now: SystemTime) -> Result<(), Error>;

    /// Ends the session and forgets its content.
    ///
    /// # Errors
    /// When it cannot be removed.
    ///
    /// # Cancel safety
    /// The session is over or left.
    async fn cancel(self) -> Result<(), Error>;
}
