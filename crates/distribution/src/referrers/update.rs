//! A change of the index under a fallback tag: it is read, changed, and put back under the condition that nobody else has
//! changed it meanwhile, as far as the registry holds conditions.

use http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE, IF_MATCH, IF_NONE_MATCH};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use wharf_reference::{Repository, Tag, TagOrDigest};
use wharf_spec::{Descriptor, Digest, Document, Index, MediaType};

use super::fault::{Fault, Reason};
use super::index::RawIndex;
use crate::field;
use crate::header::accept_manifests;
use crate::{Endpoint, EntityTag};

/// What is to become of an index.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "an entry is there or not")]
pub enum Change {
    /// This entry is to be there, unless one of its digest is.
    Add(Box<Descriptor>),
    /// No entry of this digest is to be there.
    Remove(Digest),
}

/// What is to be done next.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "who drives an update must do each of these, and there are no others")]
pub enum Step {
    /// Make this request, and tell what the answer is.
    Send(Box<Request>),
    /// The index is as it is to be.
    Done,
    /// It is not, and this is why.
    GiveUp(Reason),
}

/// A request as data.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Request {
    /// Where it goes.
    pub endpoint: Endpoint,
    /// What it says beside that.
    pub headers: HeaderMap,
    /// What it carries.
    pub content: Option<Document>,
}

/// Brings the index under one fallback tag up to date.
///
/// What others wrote there stays as it is, byte for byte. What cannot be read, is no image index, is the subject itself
/// or did not come here whole, is never written over. With a strong `ETag` a write has it as `If-Match`, and the first
/// one has `If-None-Match: *`; one that another was faster than (412) is made again from what the other wrote, 5 times
/// in all. Without, the last writer wins, which no client can help.
///
/// ```
/// use http::{HeaderMap, Method, StatusCode};
/// use wharf_distribution::referrers::{Change, Step, Update};
/// use wharf_reference::Repository;
/// use wharf_spec::{Descriptor, Digest, MediaType};
///
/// let entry = Descriptor::of(MediaType::IMAGE_MANIFEST, b"a signature");
/// let add = vec![Change::Add(Box::new(entry))];
/// let mut update = Update::new(&Repository::from_static("a"), &Digest::of(b"an image"), add);
/// let Step::Send(read) = update.start() else { panic!() };
/// assert_eq!(read.endpoint.method(), Method::GET);
///
/// let Step::Send(write) = update.on(StatusCode::NOT_FOUND, &HeaderMap::new(), b"") else { panic!() };
/// assert_eq!((write.endpoint.method(), &write.headers["if-none-match"]), (Method::PUT, &"*".parse().unwrap()));
/// assert_eq!(update.on(StatusCode::CREATED, &HeaderMap::new(), b""), Step::Done);
/// ```
#[derive(Debug)]
pub struct Update {
    repository: Repository,
    subject: Digest,
    changes: Vec<Change>,
    races: usize,
    /// A registry that holds nothing under the tag refuses to create it under the condition that there is nothing.
    creates_blindly: bool,
    state: State,
}

#[derive(Debug)]
enum State {
    Begun,
    Reading,
    Writing { content: Digest, on: Condition },
    Deleting { index: RawIndex, on: Condition },
    Over,
}

/// Under which condition something is written.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Condition {
    Any,
    /// There is still what was read.
    Same(EntityTag),
    /// There is still nothing.
    Nothing,
}

/// How often an index is read and written before others are said to be too fast.
const RACES: usize = 5;

impl Update {
    /// The changes of the index under the fallback tag of `subject`.
    #[must_use]
    pub fn new(repository: &Repository, subject: &Digest, changes: Vec<Change>) -> Self {
        let (repository, subject) = (repository.clone(), subject.clone());
        Self { repository, subject, changes, races: 0, creates_blindly: false, state: State::Begun }
    }

    /// The first step.
    pub fn start(&mut self) -> Step {
        match self.state {
            State::Begun => self.read(),
            _ => Step::GiveUp(Reason::OutOfTurn),
        }
    }

    /// The step after that, by the answer. `body` is all of the answer's body when the status is 200, and else nothing
    /// that matters. A request without an answer is the end: whether it was carried out nobody knows, and doing all of it
    /// again from the start is harmless.
    pub fn on(&mut self, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Step {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Reading => self.found(status, headers, body),
            State::Writing { content, on } => self.written(status, headers, &content, &on),
            State::Deleting { index, on } => self.deleted(status, &index, on),
            State::Begun | State::Over => Step::GiveUp(Reason::OutOfTurn),
        }
    }

    fn read(&mut self) -> Step {
        self.state = State::Reading;
        self.races += 1;
        let endpoint = Endpoint::GetManifest { repository: self.repository.clone(), which: self.name() };
        send(endpoint, HeaderMap::from_iter([(ACCEPT, accept_manifests())]), None)
    }

    fn found(&mut self, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Step {
        let read = match status {
            StatusCode::OK => self.index(headers, body).map(|index| (Some(index), condition(headers))),
            StatusCode::NOT_FOUND if self.creates_blindly => Ok((RawIndex::new(), Condition::Any)),
            StatusCode::NOT_FOUND => Ok((RawIndex::new(), Condition::Nothing)),
            status => return Step::GiveUp(Reason::Refused(status)),
        };
        match read {
            Ok((Some(index), on)) => self.change(index, on),
            Ok((None, _)) => Step::GiveUp(Reason::OutOfTurn),
            Err(fault) => Step::GiveUp(Reason::Fault(fault)),
        }
    }

    /// What is under the tag, if it is an image index that is not the subject, and is all here.
    fn index(&self, headers: &HeaderMap, body: &[u8]) -> Result<RawIndex, Fault> {
        if !field::one(headers, &CONTENT_ENCODING)?.is_none_or(|coding| coding.eq_ignore_ascii_case("identity")) {
            return Err(Fault::Coding);
        }
        let kind = field::document_type(headers)?;
        if let Some(said) = field::digest(headers)?.filter(|said| said.algorithm().is_registered()) {
            Document::verified(MediaType::IMAGE_INDEX, body.to_vec(), &said).map_err(Fault::Content)?;
        }
        let document = match kind {
            Some(kind) => Document::new(kind, body.to_vec()),
            None => Document::inferred(body.to_vec()).map_err(|_| Fault::NoIndex)?,
        };
        if *document.digest() == self.subject || *document.media_type() != MediaType::IMAGE_INDEX {
            return Err(Fault::NoIndex);
        }
        let read = document.decode::<Index>().map_err(|_| Fault::NoIndex)?;
        RawIndex::of(&read).ok_or(Fault::NoIndex)
    }

    fn change(&mut self, mut index: RawIndex, on: Condition) -> Step {
        let mut is_changed = false;
        for change in &self.changes {
            match change {
                Change::Add(entry) if !index.has(&entry.digest) => index.add(entry),
                Change::Remove(digest) if index.has(digest) => index.remove(digest),
                _ => continue,
            }
            is_changed = true;
        }
        match is_changed {
            false => Step::Done,
            true if index.is_empty() => self.delete(index, on),
            true => self.write(&index, on),
        }
    }

    fn write(&mut self, index: &RawIndex, on: Condition) -> Step {
        let document = match index.write() {
            Ok(document) => document,
            Err(error) => return Step::GiveUp(Reason::Unwritable(error)),
        };
        let endpoint =
            Endpoint::PutManifest { repository: self.repository.clone(), which: self.name(), tags: Vec::new() };
        let kind = HeaderValue::from_static("application/vnd.oci.image.index.v1+json");
        let headers = HeaderMap::from_iter(std::iter::once((CONTENT_TYPE, kind)).chain(on.header()));
        self.state = State::Writing { content: document.digest().clone(), on };
        send(endpoint, headers, Some(document))
    }

    fn written(&mut self, status: StatusCode, headers: &HeaderMap, content: &Digest, on: &Condition) -> Step {
        if status == StatusCode::PRECONDITION_FAILED && *on != Condition::Any && self.races < RACES {
            self.creates_blindly |= *on == Condition::Nothing;
            return self.read();
        }
        if !status.is_success() {
            return Step::GiveUp(Reason::Refused(status));
        }
        match field::denies(headers, content) {
            Ok(true) => Step::GiveUp(Reason::Fault(Fault::WrongDigest)),
            Ok(false) => Step::Done,
            Err(error) => Step::GiveUp(Reason::Fault(error.into())),
        }
    }

    /// Deletes the tag of an index that has become empty.
    fn delete(&mut self, index: RawIndex, on: Condition) -> Step {
        let endpoint = Endpoint::DeleteManifest { repository: self.repository.clone(), which: self.name() };
        let headers = HeaderMap::from_iter(on.header());
        self.state = State::Deleting { index, on };
        send(endpoint, headers, None)
    }

    fn deleted(&mut self, status: StatusCode, index: &RawIndex, on: Condition) -> Step {
        match status {
            status if status.is_success() || status == StatusCode::NOT_FOUND => Step::Done,
            StatusCode::PRECONDITION_FAILED if on != Condition::Any && self.races < RACES => self.read(),
            StatusCode::PRECONDITION_FAILED | StatusCode::TOO_MANY_REQUESTS => Step::GiveUp(Reason::Refused(status)),
            // Where tags cannot be deleted, an empty index stays.
            status if status.is_client_error() || status == StatusCode::NOT_IMPLEMENTED => self.write(index, on),
            status => Step::GiveUp(Reason::Refused(status)),
        }
    }

    fn name(&self) -> TagOrDigest {
        TagOrDigest::Tag(Tag::referrers_fallback(&self.subject))
    }
}

impl Condition {
    fn header(&self) -> Option<(HeaderName, HeaderValue)> {
        match self {
            Self::Any => None,
            Self::Same(tag) => HeaderValue::try_from(tag.to_string()).ok().map(|tag| (IF_MATCH, tag)),
            Self::Nothing => Some((IF_NONE_MATCH, HeaderValue::from_static("*"))),
        }
    }
}

/// What to write under as a condition. A weak tag (RFC 9110, section 8.8.1) never matches one.
fn condition(headers: &HeaderMap) -> Condition {
    field::entity_tag(headers).filter(|tag| !tag.is_weak()).map_or(Condition::Any, Condition::Same)
}

fn send(endpoint: Endpoint, headers: HeaderMap, content: Option<Document>) -> Step {
    Step::Send(Box::new(Request { endpoint, headers, content }))
}
