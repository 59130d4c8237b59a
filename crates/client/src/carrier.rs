//! What an upload needs of the world: its requests are made here, its pauses are waited for, and what came of them is
//! told to it. What is done next, and when it is over, [`wharf_distribution::upload`] decides.

use std::time::Duration;

use bytes::Bytes;
use wharf_distribution::Scope;
use wharf_distribution::upload::{self, Action, Content, Event, Failure, Reason, Request, Step, Wait, Window};
use wharf_registry::Repository;

use crate::answer::Answer;
use crate::call::{Call, Payload};
use crate::error::Summary;
use crate::retry::chosen;
use crate::supply::Supply;
use crate::{Client, Error, ErrorKind, Event as Told, Party, TransportErrorKind};

/// Makes the requests of one upload.
pub(crate) struct Carrier<'a> {
    client: &'a Client,
    repository: &'a Repository,
    /// What is sent, for an upload that sends something.
    supply: Option<&'a Supply>,
    /// The last request that was made for its own sake, and why it failed if it did.
    request: Summary,
    error: Option<Error>,
}

impl<'a> Carrier<'a> {
    pub(crate) fn new(client: &'a Client, repository: &'a Repository, supply: Option<&'a Supply>) -> Self {
        let request = summary(&http::Method::POST, uploads(repository), false, 1);
        Self { client, repository, supply, request, error: None }
    }

    /// Does one step after another, the next of which `next` tells, until it is done or given up.
    pub(crate) async fn run<T: Send>(
        mut self,
        mut step: Step<T>,
        mut next: impl FnMut(Event<'_>, Window, Duration) -> Step<T> + Send,
    ) -> Result<T, Error> {
        loop {
            step = match step {
                Step::Send(request) => self.send(&request, &mut next).await,
                Step::Wait(wait) => {
                    self.wait(wait).await;
                    next(Event::Waited, self.window(), self.client.clock.now())
                }
                Step::Done(done) => return Ok(done),
                Step::GiveUp(reason) => return Err(self.error(reason)),
            };
        }
    }

    /// The error that nothing could be done.
    pub(crate) fn fails(self, kind: ErrorKind) -> Error {
        Error::new(kind, self.request)
    }

    /// Makes a request whose outcome does not matter.
    pub(crate) async fn attempt(&self, request: &Request) {
        let Ok(call) = self.call(request).await else { return };
        if let Ok(answer) = self.client.send_once(call).await {
            answer.drain(&self.client.limits).await;
        }
    }

    async fn send<T: Send>(
        &mut self,
        request: &Request,
        next: &mut (impl FnMut(Event<'_>, Window, Duration) -> Step<T> + Send),
    ) -> Step<T> {
        let call = match self.call(request).await {
            Ok(call) => call,
            Err(event) => return next(event, self.window(), self.client.clock.now()),
        };
        let sent = match request.action {
            Action::Cancel if request.is_aside => self.client.send_once(call).await,
            _ => self.client.send(call).await,
        };
        let (window, now) = (self.window(), self.client.clock.now());
        match sent {
            Ok(answer) => {
                let event = match answer.used_up || self.supply.is_some_and(Supply::has_failed) {
                    true => Event::Failed(Failure::Hopeless),
                    false => Event::Answer(self.view(&answer, request)),
                };
                let step = next(event, window, now);
                self.keep(answer, request).await;
                step
            }
            Err(error) => {
                let failure =
                    if self.supply.is_some_and(Supply::has_failed) { Failure::Hopeless } else { kind(&error) };
                if !request.is_aside {
                    self.error = Some(error);
                }
                next(Event::Failed(failure), window, now)
            }
        }
    }

    /// The request, or what is to be told when its content cannot be had.
    async fn call(&self, request: &Request) -> Result<Call, Event<'static>> {
        // Where a session is, is not told in errors: the address may be a secret.
        let path = if request.is_of_session() { uploads(self.repository) } else { request.url.path().to_owned() };
        let summary = summary(&request.method(), path, request.is_foreign, request.attempt).at(&request.url);
        let mut call = self.client.call_to(summary, request.url.clone(), self.scopes(&request.action));
        call.foreign |= request.is_foreign;
        call.is_once = !request.may_repeat();
        call.headers = request.headers();
        Ok(call.with_body(self.content(request).await?))
    }

    fn scopes(&self, action: &Action) -> Vec<Scope> {
        let push = Scope::push(self.repository);
        match action {
            Action::Check | Action::Confirm => vec![Scope::pull(self.repository)],
            // Some token services look at the first scope only.
            Action::Mount(Some(from)) => vec![push, Scope::pull(from)],
            _ => vec![push],
        }
    }

    /// A part is in memory, so that it can be sent with another token; all else is sent as it comes.
    async fn content(&self, request: &Request) -> Result<Payload, Event<'static>> {
        let (Some(supply), content) = (self.supply, request.content) else {
            return Ok(Payload::Bytes(Bytes::new()));
        };
        match content {
            Content::Nothing => Ok(Payload::Bytes(Bytes::new())),
            Content::Rest { from } => Ok(Payload::Stream(Some(supply.lend(from, None)))),
            Content::Between { from, to } if request.action == Action::Whole => {
                Ok(Payload::Stream(Some(supply.lend(from, Some(to)))))
            }
            Content::Between { from, to } => match supply.part(from, to).await {
                Some(bytes) if bytes.len() as u64 == to.saturating_sub(from) => Ok(Payload::Bytes(bytes)),
                Some(_) => Err(Event::Ended),
                None => Err(Event::Failed(Failure::Hopeless)),
            },
        }
    }

    fn window(&self) -> Window {
        self.supply.map(Supply::window).unwrap_or_default()
    }

    fn view<'b>(&self, answer: &'b Answer, request: &Request) -> upload::Answer<'b> {
        let mut view = upload::Answer::new(answer.status, &answer.headers, &answer.url);
        view.is_foreign = answer.request.party == Party::Elsewhere;
        view.wait = answer.told;
        // Whatever can be sent twice has been, with a new token.
        let can_ask = || self.client.tokens.is_known(&[Scope::push(self.repository)]);
        view.may_renew = request.action == Action::Whole && answer.request.party == Party::Registry && can_ask();
        view
    }

    /// Keeps what an answer says of a failure, for the end.
    async fn keep(&mut self, answer: Answer, request: &Request) {
        let limits = &self.client.limits;
        match (request.is_aside, answer.status.is_success()) {
            (false, true) => self.request = answer.request.clone(),
            (false, false) => {
                self.error = Some(answer.refusal(limits).await);
                return;
            }
            (true, _) => {}
        }
        answer.drain(limits).await;
    }

    async fn wait(&self, wait: Wait) {
        let (attempt, kind, pause) = (wait.failures, self.kind(wait.reason), chosen(wait.pause));
        self.client.tell(&Told::Retry { attempt, kind, wait: pause });
        self.client.clock.sleep(pause).await;
    }

    fn kind(&self, reason: Reason) -> ErrorKind {
        match (reason, &self.error) {
            (Reason::Fault(fault), _) => ErrorKind::Peer(fault.into()),
            (Reason::Refused(status), None) => ErrorKind::Refused(status),
            (_, Some(error)) => error.kind(),
            (_, None) => ErrorKind::Request,
        }
    }

    fn error(self, reason: Reason) -> Error {
        let kind = self.kind(reason);
        match self.error {
            // What the answer said is known to the error alone.
            Some(error) if error.kind() == kind => error,
            _ => Error::new(kind, self.request),
        }
    }
}

fn uploads(repository: &Repository) -> String {
    format!("/v2/{repository}/blobs/uploads/")
}

fn summary(method: &http::Method, path: String, is_foreign: bool, attempts: u32) -> Summary {
    let party = if is_foreign { Party::Elsewhere } else { Party::Registry };
    Summary { attempts, ..Summary::new(method.clone(), path, party) }
}

/// What of a failure is an upload's business.
fn kind(error: &Error) -> Failure {
    match error.kind() {
        // A token service that cannot be asked was asked as often as it may be.
        _ if error.party() == Party::TokenService => Failure::Hopeless,
        ErrorKind::Transport(TransportErrorKind::Connect) => Failure::Unsent,
        ErrorKind::Transport(TransportErrorKind::Timeout) => Failure::Silent,
        ErrorKind::Transport(TransportErrorKind::Closed) => Failure::Broken,
        _ => Failure::Hopeless,
    }
}
