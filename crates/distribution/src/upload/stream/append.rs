//! Sending what a source has, and going on from where a connection broke.
//!
//! After a failure that may pass, the session is asked what it holds. What was sent and is not there is sent again, if it
//! is at hand; if it is not, the caller is told where the session stands, and that something failed.

use std::time::Duration;

use http::StatusCode;

use super::super::answer::{Answer, Event, Window};
use super::super::blob::{APPENDED, STATUS};
use super::super::fault::{Fault, Reason};
use super::super::held;
use super::super::request::{Action, Content, Sizes, Step};
use super::{Job, Next, State, StreamUpload};
use crate::Held;

/// How far a source has come.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Progress {
    /// What the session held before the source's first byte.
    base: u64,
    /// How much of the source had arrived when patience was full.
    mark: u64,
    /// What failed, while something is done about it.
    pub(super) why: Option<Reason>,
    /// Nothing more is tried: the session is only asked where it stands.
    is_over: bool,
}

impl StreamUpload {
    /// The first request with content, once it is known where the session stands.
    pub(super) fn first(&mut self) -> Step<u64> {
        self.job = Job::Append(Progress { base: self.offset, ..Progress::default() });
        match self.is_doubtful {
            true => self.offer(),
            false => self.rest(0),
        }
    }

    /// Settles a doubt with the first byte, sent by itself as the byte at 0: a registry that takes it had nothing, and
    /// one that says that it does not belong there (416) has it.
    fn offer(&mut self) -> Step<u64> {
        let request = self.session.as_ref().map(|session| session.request(Action::Part).placed(0, 1));
        self.send(State::Offering, request)
    }

    fn rest(&mut self, from: u64) -> Step<u64> {
        let Job::Append(progress) = &mut self.job else { return Step::GiveUp(Reason::OutOfTurn) };
        progress.why = None;
        let request = self.session.as_ref().map(|session| session.request(Action::Append));
        self.send(State::Appending, request.map(|request| request.with(Content::Rest { from })))
    }

    /// What became of the first byte.
    pub(super) fn offered(&mut self, event: &Event<'_>, window: Window, now: Duration) -> Step<u64> {
        match event {
            // There is no byte that could settle the doubt, nor anything else to send.
            Event::Ended => Step::Done(self.offset),
            Event::Answer(answer) if OFFERED.contains(&answer.status) => match self.has(answer, 1) {
                Ok(()) if window.is_all && window.end == 1 => Step::Done(self.offset),
                Ok(()) => self.rest(1),
                // It may have the byte twice, and then nothing that is sent after it is right.
                Err(fault) => Step::GiveUp(Reason::Fault(fault)),
            },
            event => self.refused(event, now),
        }
    }

    /// What became of all that the source had.
    pub(super) fn appended(&mut self, event: &Event<'_>, window: Window, now: Duration) -> Step<u64> {
        let Job::Append(progress) = self.job else { return Step::GiveUp(Reason::OutOfTurn) };
        match event {
            // An answer before the end of what was sent says nothing of the rest.
            Event::Answer(answer) if APPENDED.contains(&answer.status) && !window.is_all => {
                self.lost(Reason::Fault(Fault::Range), answer.wait, now)
            }
            Event::Answer(answer) if APPENDED.contains(&answer.status) => {
                match self.has(answer, progress.base.saturating_add(window.end)) {
                    Ok(()) => Step::Done(self.offset),
                    Err(fault) => self.lost(Reason::Fault(fault), None, now),
                }
            }
            event => self.refused(event, now),
        }
    }

    fn refused(&mut self, event: &Event<'_>, now: Duration) -> Step<u64> {
        match event {
            Event::Answer(answer) => self.lost(answer.refusal(), answer.wait, now),
            Event::Failed(failure) => self.lost(Reason::Failed(*failure), None, now),
            Event::Ended | Event::Waited => Step::GiveUp(Reason::OutOfTurn),
        }
    }

    /// Believes an answer that took everything, unless it says something else.
    fn has(&mut self, answer: &Answer<'_>, offset: u64) -> Result<(), Fault> {
        self.is_unsure = true;
        self.follow(answer)?;
        if held::read(answer)?.is_some_and(|held| !held.can_be(offset)) {
            return Err(Fault::Range);
        }
        (self.offset, self.is_unsure, self.is_doubtful) = (offset, false, false);
        Ok(())
    }

    /// Content that did not get through, as far as is known.
    fn lost(&mut self, reason: Reason, told: Option<Duration>, now: Duration) -> Step<u64> {
        let Job::Append(progress) = &mut self.job else { return Step::GiveUp(Reason::OutOfTurn) };
        (self.is_unsure, progress.why) = (true, Some(reason));
        let may_pass = reason.may_pass() || reason == Reason::Fault(Fault::Range);
        match self.persistence.wait(reason, told, now).filter(|_| may_pass) {
            Some(wait) => {
                self.state = State::Waiting(Next::Ask);
                wait.into()
            }
            None => {
                progress.is_over = true;
                self.ask()
            }
        }
    }

    /// What a session says that was asked how much it holds.
    pub(super) fn told(&mut self, event: &Event<'_>, window: Window) -> Step<u64> {
        let said = match event {
            Event::Answer(answer) if STATUS.contains(&answer.status) => self.status(answer),
            Event::Answer(answer) => Err(answer.refusal()),
            Event::Failed(failure) => Err(Reason::Failed(*failure)),
            Event::Ended | Event::Waited => Err(Reason::OutOfTurn),
        };
        match (&self.job, said) {
            (Job::Resume, Ok(_)) => Step::Done(self.offset),
            (Job::Append(Progress { why: None, .. }), Ok(Some(_))) => self.first(),
            (Job::Append(progress), Ok(Some(held))) => self.catch_up(*progress, held, window),
            (Job::Commit { .. }, Ok(Some(_))) => self.finish(),
            (_, Ok(None)) => Step::GiveUp(self.why().unwrap_or(Reason::Fault(Fault::Range))),
            (_, said) => Step::GiveUp(self.why().or(said.err()).unwrap_or(Reason::OutOfTurn)),
        }
    }

    fn status(&mut self, answer: &Answer<'_>) -> Result<Option<Held>, Reason> {
        let held = self.follow(answer).and_then(|()| held::of_status(answer)).map_err(Reason::Fault)?;
        held.into_iter().for_each(|held| self.stand_at(held));
        Ok(held)
    }

    /// Goes on from where the session stands, if there is any patience left for it.
    fn catch_up(&mut self, progress: Progress, held: Held, window: Window) -> Step<u64> {
        let reason = progress.why.unwrap_or(Reason::OutOfTurn);
        let sent = progress.base.saturating_add(window.end);
        // Some name the number of bytes instead of the last one.
        if held.can_count(sent) && sent > 1 {
            self.offset = sent;
        }
        let from = self.offset.checked_sub(progress.base).filter(|from| *from <= window.end);
        let Some(from) = from.filter(|from| !progress.is_over && window.reaches(*from)) else {
            return Step::GiveUp(reason);
        };
        if from >= progress.mark.saturating_add(Sizes::default().least) {
            self.persistence.renew();
            self.job = Job::Append(Progress { mark: from, ..progress });
        }
        match window.is_all && from == window.end {
            _ if self.is_doubtful && window.end > 0 => self.offer(),
            true => Step::Done(self.offset),
            false => self.rest(from),
        }
    }
}

const OFFERED: [StatusCode; 4] =
    [StatusCode::ACCEPTED, StatusCode::CREATED, StatusCode::NO_CONTENT, StatusCode::RANGE_NOT_SATISFIABLE];
