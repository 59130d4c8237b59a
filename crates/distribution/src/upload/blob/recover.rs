//! What is done when something did not get through.
//!
//! Only bytes that are at hand are sent again. Where the registry stands is asked and not guessed; when it cannot say
//! so in a way that can be true, there is a new session, from the beginning. A request that is too large is made
//! smaller.

use std::time::Duration;

use http::StatusCode;

use super::super::answer::{Answer, Window};
use super::super::fault::{Failure, Fault, Reason};
use super::super::held;
use super::super::request::{Action, Step};
use super::{BlobUpload, Next, STATUS, State, Stored};

impl BlobUpload {
    /// A request that was answered, but not with what was hoped for.
    pub(super) fn refused(&mut self, state: State, answer: &Answer<'_>, window: Window, now: Duration) -> Step<Stored> {
        let reason = answer.refusal();
        if reason == Reason::Refused(StatusCode::UNAUTHORIZED) && answer.may_renew && !self.renewed {
            // The token expired under way. A new one is sent with all that was sent with the old one.
            self.renewed = true;
            self.detour = Some(reason);
            return self.supply(window);
        }
        self.lost(state, reason, answer.wait, window, now)
    }

    /// A request that was not answered.
    pub(super) fn failed(&mut self, state: State, failure: Failure, window: Window, now: Duration) -> Step<Stored> {
        let reason = Reason::Failed(failure);
        match state {
            State::Checking if failure != Failure::Hopeless => self.seek(),
            State::Mounting(from) if failure == Failure::Unsent => self.wait(reason, None, Next::Mount(from), now),
            State::Opening if failure == Failure::Unsent => self.wait(reason, None, Next::Open, now),
            State::Checking | State::Mounting(_) | State::Opening => self.give_up(self.detour.unwrap_or(reason)),
            State::Confirming => self.recover(window, now, None),
            State::Asking => self.unknown(window),
            State::Cancelling => self.open(),
            state => self.lost(state, reason, None, window, now),
        }
    }

    /// Content that did not get through, as far as is known.
    fn lost(
        &mut self,
        state: State,
        reason: Reason,
        told: Option<Duration>,
        window: Window,
        now: Duration,
    ) -> Step<Stored> {
        self.detour = Some(reason);
        let may_be_stored = matches!(state, State::Sending | State::Finishing) && reason.leaves_open();
        match may_be_stored && self.persistence.is_any() {
            true => self.send(State::Confirming, self.place.head(Action::Confirm, &self.digest)),
            false => self.recover(window, now, told),
        }
    }

    /// Does something about the failure that is the detour's.
    pub(super) fn recover(&mut self, window: Window, now: Duration, told: Option<Duration>) -> Step<Stored> {
        let Some(reason) = self.detour else { return self.give_up(Reason::OutOfTurn) };
        match (reason, self.part) {
            (Reason::Refused(StatusCode::PAYLOAD_TOO_LARGE), None) => {
                let first = if self.size > self.sizes.part { self.sizes.part } else { self.size / 2 };
                match self.shorten(self.least.max(first)) {
                    true => self.restart(window),
                    false => self.give_up(reason),
                }
            }
            (Reason::Refused(StatusCode::PAYLOAD_TOO_LARGE), Some(length)) => self.shorter(length / 2, reason, window),
            // The wrong place, or with some registries too much at once.
            (Reason::Refused(StatusCode::RANGE_NOT_SATISFIABLE), Some(_)) => self.ask(),
            // A registry that forgets its sessions, reads otherwise what it said, or takes parts and drops them, is sent all
            // at once, if that can be.
            (Reason::Refused(StatusCode::NOT_FOUND), _) => self.afresh(reason, told, now),
            (Reason::Refused(StatusCode::BAD_REQUEST), Some(_)) if self.is_pieced && window.reaches(0) => {
                self.afresh(reason, told, now)
            }
            (Reason::Fault(Fault::Range), Some(_)) if !self.is_limited && window.reaches(0) => {
                self.afresh(reason, told, now)
            }
            (Reason::Fault(Fault::Range), Some(_)) => self.wait(reason, told, Next::Ask, now),
            _ if reason.may_pass() => self.wait(reason, told, Next::Ask, now),
            _ => self.give_up(reason),
        }
    }

    fn afresh(&mut self, reason: Reason, told: Option<Duration>, now: Duration) -> Step<Stored> {
        self.part = self.part.filter(|_| self.is_limited);
        self.wait(reason, told, Next::Restart, now)
    }

    /// Waits as after any failure that may pass.
    pub(super) fn wait(&mut self, reason: Reason, told: Option<Duration>, next: Next, now: Duration) -> Step<Stored> {
        match self.persistence.wait(reason, told, now) {
            Some(wait) => {
                self.state = State::Waiting(next);
                wait.into()
            }
            None => self.give_up(self.detour.unwrap_or(reason)),
        }
    }

    pub(super) fn go_on(&mut self, next: Next, window: Window) -> Step<Stored> {
        match next {
            Next::Mount(from) => self.mount(from),
            Next::Open => self.open(),
            Next::Ask => self.ask(),
            Next::Restart => self.restart(window),
            Next::Send => self.supply(window),
        }
    }

    fn ask(&mut self) -> Step<Stored> {
        let request = self.session.as_ref().map(|session| session.request(Action::Status));
        self.send(State::Asking, request)
    }

    /// What a session says that was asked how much it has.
    pub(super) fn told(&mut self, answer: &Answer<'_>, window: Window, now: Duration) -> Step<Stored> {
        let held = match STATUS.contains(&answer.status) && self.follow(answer).is_ok() {
            true => held::read(answer).ok().flatten(),
            false => None,
        };
        let sent = window.end.min(self.size);
        let stands = held.and_then(|held| self.counting.read(held, sent)).filter(|at| window.reaches(*at));
        let Some(Reason::Refused(StatusCode::RANGE_NOT_SATISFIABLE)) = self.detour else {
            return match stands {
                Some(at) => self.resume(at, window),
                None => self.unknown(window),
            };
        };
        match stands {
            Some(at) if at != self.at => self.place(at, now),
            Some(at) => match self.counting.suppose(at).filter(|at| window.reaches(*at)) {
                Some(at) => self.place(at, now),
                None => self.unknown(window),
            },
            None => self.unknown(window),
        }
    }

    /// Sends the next part from another place, after a pause.
    fn place(&mut self, at: u64, now: Duration) -> Step<Stored> {
        (self.at, self.is_pieced) = (at, at > 0);
        let reason = self.detour.unwrap_or(Reason::Fault(Fault::Range));
        self.wait(reason, None, Next::Send, now)
    }

    fn resume(&mut self, at: u64, window: Window) -> Step<Stored> {
        (self.at, self.is_pieced) = (at, at > 0);
        self.part.get_or_insert(self.least.max(self.sizes.part));
        self.supply(window)
    }

    /// Nobody knows where the session stands.
    fn unknown(&mut self, window: Window) -> Step<Stored> {
        match (self.detour, self.part) {
            // Then it was not the place, but the length.
            (Some(reason @ Reason::Refused(StatusCode::RANGE_NOT_SATISFIABLE)), Some(length)) => {
                self.shorter(length / 2, reason, window)
            }
            _ => self.restart(window),
        }
    }

    /// The same part again, made shorter.
    fn shorter(&mut self, length: u64, reason: Reason, window: Window) -> Step<Stored> {
        match self.shorten(length) {
            true => self.supply(window),
            false => self.give_up(reason),
        }
    }

    /// Makes the parts shorter, if that leaves them as long as they have to be, and shorter than what did not get
    /// through.
    fn shorten(&mut self, length: u64) -> bool {
        let was = self.part.unwrap_or(self.size).min(self.size);
        let shorter = length >= self.least.max(self.sizes.least) && length < was;
        if shorter {
            (self.part, self.is_limited) = (Some(length), true);
        }
        shorter
    }

    /// A new session, from the beginning.
    fn restart(&mut self, window: Window) -> Step<Stored> {
        let reason = self.detour.unwrap_or(Reason::Failed(Failure::Hopeless));
        if !window.reaches(0) {
            return self.give_up(reason);
        }
        match self.cancel() {
            Some(request) => self.send(State::Cancelling, Some(request)),
            None => self.open(),
        }
    }
}
