//! An upload session that is filled in parts whose length nobody knows before they have ended.

mod append;
mod end;

use std::time::Duration;

use crate::address::Home;
use wharf_reference::Repository;
use wharf_spec::{Algorithm, Digest, UploadId};

use super::answer::{Answer, Event, Window};
use super::fault::{Failure, Fault, Reason};
use super::persistence::Persistence;
use super::request::{Action, Request, Step};
use super::session::{self, Place, Session};
use crate::Held;
use crate::{Endpoint, Patience};
use append::Progress;

/// An upload session that somebody fills in parts, and that becomes a blob when a digest is named for all of them.
///
/// Each of its methods begins one thing and gives the first step of it; [`on`](Self::on) gives the others. A thing that
/// is done gives how many bytes the session holds. One that is begun before another is done takes its place: the
/// registry is asked then what became of the other.
///
/// ```
/// use std::time::Duration;
///
/// use http::{HeaderMap, HeaderValue, Method, StatusCode, header::LOCATION};
/// use url::Url;
/// use wharf_distribution::Patience;
/// use wharf_distribution::upload::{Answer, Event, Step, StreamUpload, Window};
/// use wharf_reference::Repository;
/// use wharf_spec::Algorithm;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (base, now) = (Url::parse("https://registry.example.com/")?, Duration::ZERO);
/// let mut upload = StreamUpload::new(&base, &Repository::from_static("a"), Patience::default());
///
/// let Step::Send(request) = upload.open(Algorithm::SHA256) else { panic!() };
/// let headers = HeaderMap::from_iter([(LOCATION, HeaderValue::from_static("one"))]);
/// let opened = Event::Answer(Answer::new(StatusCode::ACCEPTED, &headers, &request.url));
/// assert_eq!(upload.on(opened, Window::default(), now), Step::Done(0));
/// assert_eq!(upload.id().unwrap().as_str(), "one");
///
/// let Step::Send(request) = upload.append() else { panic!() };
/// assert_eq!(request.method(), Method::PATCH);
/// let sent = Window { first: 0, end: 7, is_all: true };
/// let taken = Event::Answer(Answer::new(StatusCode::ACCEPTED, &headers, &request.url));
/// assert_eq!(upload.on(taken, sent, now), Step::Done(7));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct StreamUpload {
    place: Place,
    session: Option<Session>,
    id: Option<UploadId>,
    offset: u64,
    /// A request was not seen to its end, and what the registry has of it is to be asked before anything else.
    is_unsure: bool,
    /// The registry says what it would say of nothing and of one byte alike, and `offset` is the former.
    is_doubtful: bool,
    persistence: Persistence,
    state: State,
    job: Job,
}

/// What is being done.
#[derive(Clone, Debug)]
enum Job {
    Nothing,
    Open(Option<Algorithm<'static>>),
    Resume,
    Append(Progress),
    Commit { digest: Digest, why: Option<Reason> },
    Cancel,
}

/// What the last step was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Idle,
    Opening,
    Asking,
    /// The first byte is sent by itself.
    Offering,
    Appending,
    Finishing,
    Confirming,
    Cancelling,
    Waiting(Next),
}

/// What comes after a pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Open,
    Ask,
    Finish,
}

impl StreamUpload {
    /// A session that is still to be opened, or resumed, in a repository of the registry whose root is `base`.
    #[must_use]
    pub fn new(home: impl Into<Home>, repository: &Repository, patience: Patience) -> Self {
        let place = Place { home: home.into(), repository: repository.clone() };
        let (state, job, persistence) = (State::Idle, Job::Nothing, Persistence::new(patience));
        let (offset, is_unsure, is_doubtful) = (0, false, false);
        Self { place, session: None, id: None, offset, is_unsure, is_doubtful, persistence, state, job }
    }

    /// Opens the session. The digest that ends it will most likely be of this algorithm, which is said to the registry
    /// unless it is SHA-256.
    pub fn open(&mut self, algorithm: Algorithm<'_>) -> Step<u64> {
        self.begin(Job::Open(session::said_algorithm(algorithm)));
        self.ask_to_open()
    }

    /// Takes up a session that was opened before, perhaps by somebody else.
    pub fn resume(&mut self, id: &UploadId) -> Step<u64> {
        self.begin(Job::Resume);
        self.id = Some(id.clone());
        let endpoint = Endpoint::UploadStatus { repository: self.place.repository.clone(), upload: id.clone() };
        self.send(State::Asking, self.place.request(Action::Status, &endpoint))
    }

    /// Sends all that a source has. The [`Window`] is that of this source alone: its first byte is the one after those
    /// that the session held before.
    pub fn append(&mut self) -> Step<u64> {
        self.begin(Job::Append(Progress::default()));
        match self.is_unsure {
            true => self.ask(),
            false => self.first(),
        }
    }

    /// Ends the session: all of its bytes are `digest`, says the registry. Done gives how many they are.
    pub fn commit(&mut self, digest: &Digest) -> Step<u64> {
        self.begin(Job::Commit { digest: digest.clone(), why: None });
        match self.is_unsure {
            true => self.ask(),
            false => self.finish(),
        }
    }

    /// Ends the session without a blob. One that the registry does not know any more counts as ended.
    pub fn cancel(&mut self) -> Step<u64> {
        self.begin(Job::Cancel);
        let request = self.session.as_ref().map(|session| session.request(Action::Cancel));
        self.send(State::Cancelling, request)
    }

    /// The next step of what was begun. `window` is what of the source can be sent, and `now` the time since any moment
    /// that stays the same.
    pub fn on(&mut self, event: Event<'_>, window: Window, now: Duration) -> Step<u64> {
        match (std::mem::replace(&mut self.state, State::Idle), event) {
            (State::Waiting(Next::Open), Event::Waited) => self.ask_to_open(),
            (State::Waiting(Next::Ask), Event::Waited) => self.ask(),
            (State::Waiting(Next::Finish), Event::Waited) => self.finish(),
            (State::Idle | State::Waiting(_), _) | (_, Event::Waited) => Step::GiveUp(Reason::OutOfTurn),
            (State::Opening, Event::Answer(answer)) => self.opened(&answer, now),
            (State::Opening, Event::Failed(Failure::Unsent)) => {
                self.wait(Reason::Failed(Failure::Unsent), None, Next::Open, now)
            }
            (State::Asking, event) => self.told(&event, window),
            (State::Offering, event) => self.offered(&event, window, now),
            (State::Appending, event) => self.appended(&event, window, now),
            (State::Finishing, event) => self.finished(&event, now),
            (State::Confirming, event) => self.confirmed(&event, now),
            (State::Cancelling, event) => self.cancelled(&event),
            (State::Opening, Event::Failed(failure)) => Step::GiveUp(Reason::Failed(failure)),
            (State::Opening, Event::Ended) => Step::GiveUp(Reason::OutOfTurn),
        }
    }

    /// The session's name, once it has one. Where the registry gives none that could be asked for, it is one that nobody
    /// else knows, and the session cannot be resumed.
    #[must_use]
    pub const fn id(&self) -> Option<&UploadId> {
        self.id.as_ref()
    }

    /// How many bytes the session is known to hold. After a request that broke off this is what was known before; what is
    /// begun next asks the registry first. A session of at most one byte that was resumed begins at 0, whether it has
    /// the byte or not: the byte is not stored twice.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    fn begin(&mut self, job: Job) {
        // What was dropped in the middle may have sent something.
        self.is_unsure |= matches!(self.state, State::Offering | State::Appending);
        self.persistence.renew();
        self.job = job;
    }

    fn send(&mut self, state: State, request: Option<Request>) -> Step<u64> {
        let Some(mut request) = request else { return Step::GiveUp(Reason::Base) };
        (self.state, request.attempt) = (state, self.persistence.attempt());
        Step::send(request)
    }

    fn ask_to_open(&mut self) -> Step<u64> {
        let algorithm = if let Job::Open(algorithm) = self.job { algorithm } else { None };
        self.send(State::Opening, self.place.open(algorithm))
    }

    fn ask(&mut self) -> Step<u64> {
        let request = self.session.as_ref().map(|session| session.request(Action::Status));
        let is_aside = self.why().is_some();
        self.send(State::Asking, request.map(|request| if is_aside { request.aside() } else { request }))
    }

    /// What failed, while something is done about it.
    const fn why(&self) -> Option<Reason> {
        match &self.job {
            Job::Append(progress) => progress.why,
            Job::Commit { why, .. } => *why,
            _ => None,
        }
    }

    fn wait(&mut self, reason: Reason, told: Option<Duration>, next: Next, now: Duration) -> Step<u64> {
        match self.persistence.wait(reason, told, now) {
            Some(wait) => {
                self.state = State::Waiting(next);
                wait.into()
            }
            None => Step::GiveUp(reason),
        }
    }

    fn opened(&mut self, answer: &Answer<'_>, now: Duration) -> Step<u64> {
        if answer.is_put_off() {
            return self.wait(answer.refusal(), answer.wait, Next::Open, now);
        }
        if answer.status != http::StatusCode::ACCEPTED {
            return Step::GiveUp(answer.refusal());
        }
        let named = self.place.session(answer).and_then(|session| Ok((session, session::name(answer)?)));
        match named {
            Ok((session, id)) => {
                (self.session, self.id) = (Some(session), id);
                Step::Done(0)
            }
            Err(fault) => Step::GiveUp(Reason::Fault(fault)),
        }
    }

    fn follow(&mut self, answer: &Answer<'_>) -> Result<(), Fault> {
        match &mut self.session {
            Some(session) => session.follow(&self.place, answer),
            None => {
                self.session = Some(self.place.found(answer)?);
                Ok(())
            }
        }
    }

    /// Takes the registry's word. What it had once it has still, so that what is known to have arrived settles a doubt.
    const fn stand_at(&mut self, held: Held) {
        let had_one = self.offset > 0 && !self.is_doubtful;
        (self.offset, self.is_doubtful) = match held.bytes() {
            Some(held) => (held, false),
            None if had_one => (1, false),
            None => (0, true),
        };
        self.is_unsure = false;
    }
}
