//! The upload of one blob whose digest and size are known.

mod recover;

use std::collections::VecDeque;
use std::time::Duration;

use crate::address::Home;
use http::StatusCode;
use wharf_reference::Repository;
use wharf_spec::Digest;

use super::answer::{Answer, Event, Window};
use super::fault::{Failure, Fault, Reason};
use super::held;
use super::mount::{self, Mounted};
use super::persistence::Persistence;
use super::request::{Action, Content, Request, Sizes, Step};
use super::session::{Place, Session, said_algorithm};
use super::standing::Counting;
use crate::Patience;
use crate::header::{self, OCI_CHUNK_MIN_LENGTH};

/// How a blob is to be brought to a registry.
///
/// ```
/// use wharf_distribution::upload::Plan;
///
/// let mut plan = Plan::default();
/// assert!(!plan.check && plan.mount_from.is_empty() && !plan.mount_anywhere);
/// plan.check = true;
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Plan {
    /// Asks first whether the blob is there already.
    pub check: bool,
    /// Repositories of the same registry that may have it, in the order in which they are asked for it.
    pub mount_from: Vec<Repository>,
    /// Asks for it wherever the registry has it. One that does not know this gives a session, so that mostly nothing is
    /// lost; but some refuse it, and one that agrees is believed about bytes that were never compared with its digest
    /// here. So it is for the caller to want.
    pub mount_anywhere: bool,
    /// How much is sent at a time.
    pub sizes: Sizes,
    /// How often something is tried again.
    pub patience: Patience,
}

/// How a blob came to be where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stored {
    /// It was there before.
    Present,
    /// It was in another repository.
    Mounted,
    /// It was sent.
    Sent,
}

/// The upload of one blob. See the [module](super).
#[derive(Clone, Debug)]
pub struct BlobUpload {
    place: Place,
    digest: Digest,
    size: u64,
    check: bool,
    sources: VecDeque<Option<Repository>>,
    sizes: Sizes,
    persistence: Persistence,
    state: State,
    session: Option<Session>,
    /// The shortest part that the registry wants.
    least: u64,
    /// How long the parts are, if there are any.
    part: Option<u64>,
    /// Parts are needed: something longer did not get through.
    is_limited: bool,
    /// How much the registry has of it.
    at: u64,
    /// Up to where it has to have more before patience comes back.
    mark: u64,
    counting: Counting,
    /// What the registry has was put together by what it said, which can be read in two ways.
    is_pieced: bool,
    /// Another authorization was got since something got through.
    renewed: bool,
    /// What failed, while something is done about it.
    detour: Option<Reason>,
}

/// What the last step was.
#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Begun,
    Checking,
    Mounting(Option<Repository>),
    Opening,
    Sending,
    Part(u64),
    Finishing,
    Confirming,
    Asking,
    Cancelling,
    Waiting(Next),
    Over,
}

/// What comes after a pause.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Next {
    Mount(Option<Repository>),
    Open,
    Ask,
    Restart,
    Send,
}

impl BlobUpload {
    /// The upload of the blob `digest` of `size` bytes to a repository of the registry whose root is `base`.
    #[must_use]
    pub fn new(home: impl Into<Home>, repository: &Repository, digest: &Digest, size: u64, plan: Plan) -> Self {
        let sources = plan.mount_from.into_iter().map(Some).chain(plan.mount_anywhere.then_some(None)).collect();
        Self {
            place: Place { home: home.into(), repository: repository.clone() },
            digest: digest.clone(),
            size,
            check: plan.check,
            sources,
            sizes: plan.sizes,
            persistence: Persistence::new(plan.patience),
            state: State::Begun,
            session: None,
            least: 0,
            part: None,
            is_limited: false,
            at: 0,
            mark: 0,
            counting: Counting::default(),
            is_pieced: false,
            renewed: false,
            detour: None,
        }
    }

    /// The first step.
    pub fn start(&mut self) -> Step<Stored> {
        match (&self.state, self.check) {
            (State::Begun, true) => self.send(State::Checking, self.place.head(Action::Check, &self.digest)),
            (State::Begun, false) => self.seek(),
            _ => self.give_up(Reason::OutOfTurn),
        }
    }

    /// The step after that. `window` is what of the source can be sent, and `now` the time since any moment that stays
    /// the same.
    pub fn on(&mut self, event: Event<'_>, window: Window, now: Duration) -> Step<Stored> {
        let state = std::mem::replace(&mut self.state, State::Over);
        match (state, event) {
            (State::Waiting(next), Event::Waited) => self.go_on(next, window),
            (State::Begun | State::Over | State::Waiting(_), _) | (_, Event::Waited) => self.give_up(Reason::OutOfTurn),
            (state, Event::Answer(answer)) => self.answered(state, &answer, window, now),
            (state, Event::Failed(failure)) => self.failed(state, failure, window, now),
            (_, Event::Ended) => self.give_up(Reason::Failed(Failure::Hopeless)),
        }
    }

    /// The request that tells the registry that nothing more will come, for an upload that was given up or is not gone on
    /// with. It is the best that can be done and need not succeed: many registries want other rights for it than for
    /// pushing, and all of them forget a session in time. Nothing when there is no session, or nobody to tell.
    #[must_use]
    pub fn cancel(&self) -> Option<Request> {
        let session = self.session.as_ref().filter(|_| !self.detour.is_some_and(Reason::is_silence));
        session.map(|session| session.request(Action::Cancel).aside())
    }

    /// The length that requests had to have to get through, once something longer did not: the [`Sizes::known`] of the
    /// next upload to the same registry.
    #[must_use]
    pub fn learnt(&self) -> Option<u64> {
        self.part.filter(|_| self.is_limited)
    }

    fn send(&mut self, state: State, request: Option<Request>) -> Step<Stored> {
        let Some(mut request) = request else { return self.give_up(Reason::Base) };
        (self.state, request.attempt) = (state, self.persistence.attempt());
        Step::send(if self.detour.is_some() { request.aside() } else { request })
    }

    fn give_up(&mut self, reason: Reason) -> Step<Stored> {
        self.state = State::Over;
        self.detour = Some(reason);
        Step::GiveUp(reason)
    }

    /// Asks for the blob where it may be, and opens a session when it is nowhere.
    fn seek(&mut self) -> Step<Stored> {
        match self.sources.pop_front() {
            Some(from) => self.mount(from),
            None => self.open(),
        }
    }

    fn mount(&mut self, from: Option<Repository>) -> Step<Stored> {
        let request = self.place.mount(&self.digest, from.clone());
        self.send(State::Mounting(from), request)
    }

    fn open(&mut self) -> Step<Stored> {
        self.send(State::Opening, self.place.open(said_algorithm(self.digest.algorithm())))
    }

    fn answered(&mut self, state: State, answer: &Answer<'_>, window: Window, now: Duration) -> Step<Stored> {
        match state {
            State::Checking if answer.has(&self.digest, Some(self.size)) => Step::Done(Stored::Present),
            State::Checking => self.seek(),
            State::Mounting(from) => self.mounted(from, answer, window, now),
            State::Opening => self.opened(answer, window, now),
            State::Part(end) if APPENDED.contains(&answer.status) => self.appended(end, answer, window, now),
            State::Sending | State::Finishing if STORED.contains(&answer.status) => self.stored(answer),
            State::Confirming if answer.has(&self.digest, Some(self.size)) => Step::Done(Stored::Sent),
            State::Confirming => self.recover(window, now, None),
            State::Asking => self.told(answer, window, now),
            State::Cancelling => self.open(),
            state => self.refused(state, answer, window, now),
        }
    }

    fn mounted(
        &mut self,
        from: Option<Repository>,
        answer: &Answer<'_>,
        window: Window,
        now: Duration,
    ) -> Step<Stored> {
        match mount::judge(&self.place, &self.digest, answer) {
            Mounted::Yes => Step::Done(Stored::Mounted),
            Mounted::No(session) => self.begin(session, answer, window),
            Mounted::Later(reason) => self.wait(reason, answer.wait, Next::Mount(from), now),
            // Whoever cannot mount may take the blob itself.
            Mounted::Declined | Mounted::Failed(_) => self.seek(),
        }
    }

    fn opened(&mut self, answer: &Answer<'_>, window: Window, now: Duration) -> Step<Stored> {
        if answer.is_put_off() {
            return self.wait(answer.refusal(), answer.wait, Next::Open, now);
        }
        if answer.status != StatusCode::ACCEPTED {
            return self.give_up(self.detour.unwrap_or_else(|| answer.refusal()));
        }
        match self.place.session(answer) {
            Ok(session) => self.begin(session, answer, window),
            Err(fault) => self.give_up(self.detour.unwrap_or(Reason::Fault(fault))),
        }
    }

    fn begin(&mut self, session: Session, answer: &Answer<'_>, window: Window) -> Step<Stored> {
        let least = answer.text(&OCI_CHUNK_MIN_LENGTH).ok().flatten().and_then(header::number);
        (self.session, self.at, self.is_pieced) = (Some(session), 0, false);
        self.least = self.least.max(least.unwrap_or_default().min(self.sizes.most));
        if let (None, Some(known)) = (self.part, self.sizes.known.filter(|known| *known < self.size)) {
            self.part = Some(known.max(self.least));
            self.is_limited = true;
        }
        self.supply(window)
    }

    /// Sends what comes next, if it is at hand.
    fn supply(&mut self, window: Window) -> Step<Stored> {
        let why = self.detour.take();
        let Some(session) = self.session.as_ref() else { return self.give_up(Reason::OutOfTurn) };
        let (at, size) = (self.at, self.size);
        let (state, request) = match self.part {
            None => {
                let content = Content::Between { from: 0, to: size };
                (State::Sending, session.ending(Action::Whole, &self.digest).with(content))
            }
            Some(length) if at < size => {
                let end = at.saturating_add(length.max(1)).min(size);
                (State::Part(end), session.request(Action::Part).placed(at, end))
            }
            Some(_) => (State::Finishing, session.ending(Action::Finish, &self.digest)),
        };
        match window.reaches(at) || state == State::Finishing {
            true => self.send(state, Some(request)),
            false => self.give_up(why.unwrap_or(Reason::Failed(Failure::Hopeless))),
        }
    }

    fn appended(&mut self, end: u64, answer: &Answer<'_>, window: Window, now: Duration) -> Step<Stored> {
        let held = match self.follow(answer).and_then(|()| held::read(answer)) {
            Ok(held) => held,
            Err(fault) => return self.give_up(Reason::Fault(fault)),
        };
        if !self.counting.learn(held, end) {
            self.detour = Some(Reason::Fault(Fault::Range));
            return self.recover(window, now, None);
        }
        self.at = end;
        if end >= self.mark.saturating_add(self.part.unwrap_or_default()).min(self.size) && end > self.mark {
            self.persistence.renew();
            (self.mark, self.renewed) = (end, false);
        }
        self.supply(window)
    }

    fn stored(&mut self, answer: &Answer<'_>) -> Step<Stored> {
        match answer.is_about(&self.digest) {
            Ok(()) => Step::Done(Stored::Sent),
            Err(fault) => self.give_up(Reason::Fault(fault)),
        }
    }

    fn follow(&mut self, answer: &Answer<'_>) -> Result<(), Fault> {
        self.session.as_mut().map_or(Ok(()), |session| session.follow(&self.place, answer))
    }
}

/// Not just any success: a server that says yes to everything says 200.
pub(super) const STORED: [StatusCode; 2] = [StatusCode::CREATED, StatusCode::NO_CONTENT];

/// What a session answers with that has taken a part.
pub(super) const APPENDED: [StatusCode; 3] = [StatusCode::ACCEPTED, StatusCode::CREATED, StatusCode::NO_CONTENT];

/// What a session that is there answers with when it is asked how much it has.
pub(super) const STATUS: [StatusCode; 2] = [StatusCode::NO_CONTENT, StatusCode::OK];
