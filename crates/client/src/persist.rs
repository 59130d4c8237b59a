//! A request that is made again when it failed in a way that may pass.
//!
//! What may pass: no connection, silence, a connection that broke off, and the statuses of [`may_pass`].
//! What may be repeated: a request that does the same when it is done twice, after any of these, and every other one
//! when no connection was made, since nothing was sent then. A body that is a stream can be sent once and is never
//! repeated. Neither is what a registry forbids for hours: a limit on pulls that is used up, or an account that is
//! locked.

use std::time::Duration;

use http::{HeaderValue, StatusCode};
use wharf_distribution::may_pass;

use crate::answer::Answer;
use crate::call::Call;
use crate::gate::Room;
use crate::retry::Attempts;
use crate::{Client, Error, ErrorKind, Event, Party, TransportErrorKind, trace};

/// A failure that may pass.
#[derive(Clone, Copy)]
pub(crate) struct Failure {
    kind: ErrorKind,
    /// How long the peer wants to be left alone.
    told: Option<Duration>,
    /// Nothing of the request got to anybody.
    unsent: bool,
}

impl Client {
    /// Makes a request, as often as it may be made, and brings the last answer.
    ///
    /// # Cancel safety
    /// Dropping the future abandons the attempt or the pause, gives back its permit, and leaves nothing behind.
    pub(crate) async fn persist(
        &self,
        call: &mut Call,
        authorization: Option<&HeaderValue>,
        attempts: &mut Attempts,
    ) -> Result<Answer, Error> {
        let mut unsure = false;
        if !call.is_once {
            call.request.attempts = 1;
        }
        loop {
            let outcome = self.attempt(call, authorization, attempts).await;
            let failure = Failure::of(&outcome).filter(|failure| call.may_follow(failure));
            match failure {
                Some(failure) if self.pause(call.request.attempts, &failure, attempts).await => {
                    unsure |= !failure.unsent && failure.kind != ErrorKind::Refused(StatusCode::TOO_MANY_REQUESTS);
                    call.request.attempts += 1;
                }
                _ => return outcome.map(|answer| Answer { unsure, ..answer }),
            }
        }
    }

    /// One attempt, redirects included. A body that is short and wanted as a whole is part of it.
    async fn attempt(
        &self,
        call: &mut Call,
        authorization: Option<&HeaderValue>,
        attempts: &Attempts,
    ) -> Result<Answer, Error> {
        let permit = if call.has_place { None } else { self.gate.admit(call.room()).await };
        self.gate.pass(&*self.clock, attempts).await;
        let mut answer = self.follow(call, authorization).await?;
        if may_pass(answer.status) {
            answer = answer.judged(&self.limits).await;
            self.heed(&answer);
        } else if let (Some(limit), true) = (call.whole, answer.status.is_success()) {
            (answer, _) = answer.preload(limit, &self.limits).await?;
        }
        answer.permit = permit.filter(|_| call.room() == Room::Downloads && answer.status.is_success());
        Ok(answer)
    }

    /// Everybody leaves a registry alone that asks for it.
    fn heed(&self, answer: &Answer) {
        let asks = matches!(answer.status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
        if let (Some(told), true, false, Party::Registry) = (answer.told, asks, answer.used_up, answer.request.party) {
            self.gate.close(self.clock.now().saturating_add(told.min(self.retry.longest_wait)));
        }
    }

    /// Waits for the next attempt if there is to be one.
    pub(crate) async fn pause(&self, attempt: u32, failure: &Failure, attempts: &mut Attempts) -> bool {
        if failure.is_about_haste() {
            attempts.busy();
        }
        let Some(wait) = attempts.pause(self.clock.now(), failure.told) else { return false };
        trace::retry(attempt, failure.kind, wait);
        self.tell(&Event::Retry { attempt, kind: failure.kind, wait });
        self.clock.sleep(wait).await;
        true
    }

    pub(crate) fn tell(&self, event: &Event) {
        self.observer.notify(event);
    }
}

impl Call {
    pub(crate) fn may_follow(&self, failure: &Failure) -> bool {
        !self.is_once && self.is_repeatable() && (self.is_idempotent || failure.unsent)
    }
}

impl Failure {
    /// The failure that an outcome is, if it may pass.
    pub(crate) fn of(outcome: &Result<Answer, Error>) -> Option<Self> {
        match outcome {
            Ok(answer) if may_pass(answer.status) && !answer.used_up => {
                Some(Self { kind: ErrorKind::Refused(answer.status), told: answer.told, unsent: false })
            }
            Ok(_) => None,
            Err(error) if error.is_retryable() => {
                let unsent = error.kind() == ErrorKind::Transport(TransportErrorKind::Connect);
                Some(Self { kind: error.kind(), told: None, unsent })
            }
            Err(_) => None,
        }
    }

    /// Whether it says that fewer requests may succeed.
    fn is_about_haste(&self) -> bool {
        let too_many = [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE];
        matches!(self.kind, ErrorKind::Refused(status) if too_many.contains(&status))
    }

    /// Whether a token service is too busy, or does not want to be asked by this client at all.
    pub(crate) fn is_refusal(&self) -> bool {
        self.kind == ErrorKind::Refused(StatusCode::TOO_MANY_REQUESTS)
    }
}
