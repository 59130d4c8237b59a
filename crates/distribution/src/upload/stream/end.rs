//! The end of a session: as a blob, or as nothing.

use std::time::Duration;

use http::StatusCode;
use wharf_spec::{Digest, Hasher};

use super::super::answer::Event;
use super::super::blob::STORED;
use super::super::fault::Reason;
use super::super::request::{Action, Step};
use super::{Job, Next, State, StreamUpload};

impl StreamUpload {
    /// Ends the session under its digest, with nothing more to send.
    pub(super) fn finish(&mut self) -> Step<u64> {
        let Job::Commit { digest, why } = &mut self.job else { return Step::GiveUp(Reason::OutOfTurn) };
        *why = None;
        let request = self.session.as_ref().map(|session| session.ending(Action::Finish, digest));
        self.send(State::Finishing, request)
    }

    pub(super) fn finished(&mut self, event: &Event<'_>, now: Duration) -> Step<u64> {
        let Job::Commit { digest, why } = &mut self.job else { return Step::GiveUp(Reason::OutOfTurn) };
        let (reason, told) = match event {
            Event::Answer(answer) if STORED.contains(&answer.status) => match answer.is_about(digest) {
                Ok(()) => return self.committed(),
                Err(fault) => (Reason::Fault(fault), None),
            },
            Event::Answer(answer) => (answer.refusal(), answer.wait),
            Event::Failed(failure) => (Reason::Failed(*failure), None),
            Event::Ended | Event::Waited => (Reason::OutOfTurn, None),
        };
        *why = Some(reason);
        if reason.leaves_open() && self.persistence.is_any() {
            let request = self.place.head(Action::Confirm, digest);
            return self.send(State::Confirming, request.map(super::super::request::Request::aside));
        }
        self.again(reason, told, now)
    }

    pub(super) fn confirmed(&mut self, event: &Event<'_>, now: Duration) -> Step<u64> {
        let Job::Commit { digest, why } = &self.job else { return Step::GiveUp(Reason::OutOfTurn) };
        match event {
            Event::Answer(answer) if answer.status == StatusCode::OK && answer.is_about(digest).is_ok() => {
                self.committed()
            }
            _ => self.again(why.unwrap_or(Reason::OutOfTurn), None, now),
        }
    }

    /// Ends the session once more: nothing is sent with that, and it was not ended.
    fn again(&mut self, reason: Reason, told: Option<Duration>, now: Duration) -> Step<u64> {
        match reason.may_pass() {
            true => self.wait(reason, told, Next::Finish, now),
            false => Step::GiveUp(reason),
        }
    }

    fn committed(&self) -> Step<u64> {
        // The digest that the registry verified tells one byte from none.
        let is_one = matches!(&self.job, Job::Commit { digest, .. } if self.is_doubtful && !is_of_nothing(digest));
        Step::Done(if is_one { 1 } else { self.offset })
    }

    pub(super) fn cancelled(&self, event: &Event<'_>) -> Step<u64> {
        match event {
            Event::Answer(answer) if answer.status.is_success() || answer.status == StatusCode::NOT_FOUND => {
                Step::Done(self.offset)
            }
            Event::Answer(answer) => Step::GiveUp(answer.refusal()),
            Event::Failed(failure) => Step::GiveUp(Reason::Failed(*failure)),
            Event::Ended | Event::Waited => Step::GiveUp(Reason::OutOfTurn),
        }
    }
}

fn is_of_nothing(digest: &Digest) -> bool {
    Hasher::new(digest.algorithm()).is_ok_and(|hasher| hasher.finish() == *digest)
}
