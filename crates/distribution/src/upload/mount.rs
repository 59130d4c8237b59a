//! A blob of another repository, made visible without moving its bytes.

use std::time::Duration;

use crate::address::Home;
use http::StatusCode;
use wharf_reference::Repository;
use wharf_spec::Digest;

use super::answer::{Answer, Event};
use super::fault::{Failure, Reason};
use super::persistence::Persistence;
use super::request::{Action, Step};
use super::session::{Place, Session};
use crate::Patience;

/// What an answer to a mount says.
pub(super) enum Mounted {
    /// The blob is there.
    Yes,
    /// It is not, and here is a session to send it to.
    No(Session),
    /// It is not, and nothing was opened.
    Declined,
    /// Nothing was done yet.
    Later(Reason),
    Failed(Reason),
}

/// What an answer to a mount of `digest` says.
pub(super) fn judge(place: &Place, digest: &Digest, answer: &Answer<'_>) -> Mounted {
    match answer.status {
        StatusCode::CREATED => match answer.is_about(digest) {
            Ok(()) => Mounted::Yes,
            Err(fault) => Mounted::Failed(Reason::Fault(fault)),
        },
        StatusCode::ACCEPTED => place.session(answer).map_or(Mounted::Declined, Mounted::No),
        _ if answer.is_put_off() => Mounted::Later(answer.refusal()),
        // A registry that does not mount says so in many ways. All mean that the blob must be stored.
        status if status.is_client_error() => Mounted::Declined,
        _ => Mounted::Failed(answer.refusal()),
    }
}

/// A mount and nothing else: done with whether the blob is there. A session that the registry opened instead is
/// cancelled.
///
/// ```
/// use std::time::Duration;
///
/// use http::{HeaderMap, StatusCode};
/// use url::Url;
/// use wharf_distribution::Patience;
/// use wharf_distribution::upload::{Answer, Event, Mount, Step};
/// use wharf_reference::Repository;
/// use wharf_spec::Digest;
///
/// let base = Url::parse("https://registry.example.com/").unwrap();
/// let (to, from) = (Repository::from_static("new"), Repository::from_static("old"));
/// let mut mount = Mount::new(&base, &to, &Digest::of(b"content"), &from, Patience::default());
/// let Step::Send(request) = mount.start() else { panic!() };
/// assert!(request.url.query().unwrap().ends_with("&from=old"));
/// let headers = HeaderMap::new();
/// let answer = Answer::new(StatusCode::CREATED, &headers, &request.url);
/// assert_eq!(mount.on(Event::Answer(answer), Duration::ZERO), Step::Done(true));
/// ```
#[derive(Clone, Debug)]
pub struct Mount {
    place: Place,
    digest: Digest,
    from: Repository,
    persistence: Persistence,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Asked,
    Waiting,
    Cancelling,
}

impl Mount {
    /// The mount of the blob `digest` of `from` in `repository`, at the registry whose root is `base`.
    #[must_use]
    pub fn new(
        home: impl Into<Home>,
        repository: &Repository,
        digest: &Digest,
        from: &Repository,
        patience: Patience,
    ) -> Self {
        let place = Place { home: home.into(), repository: repository.clone() };
        let (digest, from) = (digest.clone(), from.clone());
        Self { place, digest, from, persistence: Persistence::new(patience), state: State::Asked }
    }

    /// The first step.
    pub fn start(&mut self) -> Step<bool> {
        self.state = State::Asked;
        let request = self.place.mount(&self.digest, Some(self.from.clone()));
        let Some(mut request) = request else { return Step::GiveUp(Reason::Base) };
        request.attempt = self.persistence.attempt();
        Step::send(request)
    }

    /// The step after that.
    pub fn on(&mut self, event: Event<'_>, now: Duration) -> Step<bool> {
        match (self.state, event) {
            (State::Cancelling, Event::Answer(_) | Event::Failed(_)) => Step::Done(false),
            (State::Waiting, Event::Waited) => self.start(),
            (State::Asked, Event::Answer(answer)) => self.answered(&answer, now),
            (State::Asked, Event::Failed(Failure::Unsent)) => self.later(Reason::Failed(Failure::Unsent), None, now),
            (State::Asked, Event::Failed(failure)) => Step::GiveUp(Reason::Failed(failure)),
            _ => Step::GiveUp(Reason::OutOfTurn),
        }
    }

    fn answered(&mut self, answer: &Answer<'_>, now: Duration) -> Step<bool> {
        match judge(&self.place, &self.digest, answer) {
            Mounted::Yes => Step::Done(true),
            Mounted::No(session) => {
                self.state = State::Cancelling;
                Step::send(session.request(Action::Cancel).aside())
            }
            Mounted::Declined => Step::Done(false),
            Mounted::Later(reason) => self.later(reason, answer.wait, now),
            Mounted::Failed(reason) => Step::GiveUp(reason),
        }
    }

    fn later(&mut self, reason: Reason, told: Option<Duration>, now: Duration) -> Step<bool> {
        let Some(wait) = self.persistence.wait(reason, told, now) else { return Step::GiveUp(reason) };
        self.state = State::Waiting;
        wait.into()
    }
}
