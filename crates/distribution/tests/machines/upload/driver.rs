//! Who makes the requests of an upload in a test: the bytes, the clock and the connection.

use std::time::Duration;

use http::{HeaderMap, StatusCode};
use url::Url;
use wharf_distribution::upload::{Action, Answer, Content, Event, Failure, Reason, Request, Step, Window};

use super::registry::Registry;

/// A source that can be read once, of which the last bytes stay at hand.
pub(super) struct Source {
    data: Vec<u8>,
    at_hand: u64,
    first: u64,
    end: u64,
    /// How many bytes were sent in all.
    pub(super) sent: u64,
}

impl Source {
    pub(super) fn new(data: &[u8], at_hand: u64) -> Self {
        Self { data: data.to_vec(), at_hand, first: 0, end: 0, sent: 0 }
    }

    pub(super) fn window(&self) -> Window {
        Window { first: self.first, end: self.end, is_all: self.end == self.data.len() as u64 }
    }

    /// The bytes of a request as far as the peer reads them. A part is taken as a whole before it is sent.
    fn read(&mut self, request: &Request, reads: u64) -> Option<Vec<u8>> {
        let all = self.data.len() as u64;
        let (from, to) = match request.content {
            Content::Nothing => return Some(Vec::new()),
            Content::Between { from, to } => (from, to),
            Content::Rest { from } => (from, all),
        };
        assert!(self.window().reaches(from), "asked for {from} with {:?}", self.window());
        if to > all {
            return None;
        }
        let read = from.saturating_add(reads).min(to);
        self.end = self.end.max(if request.action == Action::Part { to } else { read });
        self.first = self.first.max(self.end.saturating_sub(self.at_hand));
        self.sent += read - from;
        Some(self.data[from as usize..read as usize].to_vec())
    }
}

/// What came of an upload.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct End<T> {
    pub(super) result: Result<T, Reason>,
    pub(super) actions: Vec<Action>,
    pub(super) time: Duration,
}

pub(super) fn base() -> Url {
    Url::parse("https://registry.example.com/").unwrap()
}

pub(super) fn event<'a>(reply: &'a Option<(u16, HeaderMap)>, url: &'a Url) -> Event<'a> {
    match reply {
        Some((status, headers)) => {
            let mut answer = Answer::new(StatusCode::from_u16(*status).unwrap(), headers, url);
            answer.may_renew = true;
            Event::Answer(answer)
        }
        None => Event::Failed(Failure::Broken),
    }
}

/// No upload of these tests takes more steps.
const BOUND: usize = 400;

pub(super) fn drive<T>(
    mut step: Step<T>,
    mut next: impl FnMut(Event<'_>, Window, Duration) -> Step<T>,
    source: &mut Source,
    registry: &mut Registry,
) -> End<T> {
    let (mut actions, mut time) = (Vec::new(), Duration::ZERO);
    loop {
        assert!(actions.len() < BOUND, "it does not end: {actions:?}");
        step = match step {
            Step::Send(request) => {
                actions.push(request.action.clone());
                match source.read(&request, registry.reads()) {
                    Some(body) => {
                        let reply = registry.answer(&request, &body);
                        next(event(&reply, &request.url), source.window(), time)
                    }
                    None => next(Event::Ended, source.window(), time),
                }
            }
            Step::Wait(wait) => {
                assert!(wait.pause.least <= wait.pause.most);
                time += wait.pause.most;
                next(Event::Waited, source.window(), time)
            }
            Step::Done(done) => return End { result: Ok(done), actions, time },
            Step::GiveUp(reason) => return End { result: Err(reason), actions, time },
        };
    }
}
