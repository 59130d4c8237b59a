//! Carrying out the steps of authentication, which `wharf_distribution::auth` decides.
//!
//! What is added here is what takes time: the requests and their repetitions, the provider of credentials, and waiting
//! for somebody else's exchange. There is no refresh in the background: a token that has expired is replaced when the
//! next request needs one.

use http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderValue, Method, StatusCode};
use wharf_distribution::auth::{AuthError, Exchange, Identify, Ping, Reply, Sending, Step};
use wharf_distribution::{Challenge, Credential, Endpoint, ErrorBody, Grant, TokenRequest};

use crate::answer::Answer;
use crate::call::{Call, Payload};
use crate::error::Summary;
use crate::persist::Failure;
use crate::retry::Attempts;
use crate::tokens::Turn;
use crate::{Client, Error, ErrorKind, Fault, Party, TransportErrorKind, trace};

impl Client {
    /// Makes a request with whatever authorization it takes, and brings its answer.
    pub(crate) async fn authorized(&self, mut call: Call, attempts: &mut Attempts) -> Result<Answer, Error> {
        let mut step = self.tokens.take(|tokens| Step::begin(tokens, call.scopes.clone(), self.clock.now()));
        let mut turn = None;
        loop {
            step = match step {
                Step::Send(sending) => {
                    turn = None;
                    self.request(sending, &mut call, attempts).await?
                }
                Step::Ping(ping) => self.ping(ping, attempts).await,
                Step::Identify(identify) => self.identify(identify, &call.request, &mut turn).await?,
                Step::Exchange(exchange) => self.exchange_token(exchange, &call.request, &turn, attempts).await?,
                Step::Done(answer) => return Ok(answer),
                Step::Fail(error) => return Err(failure(error, &call.request)),
            };
        }
    }

    async fn request(
        &self,
        mut sending: Sending<Answer>,
        call: &mut Call,
        attempts: &mut Attempts,
    ) -> Result<Step<Answer>, Error> {
        if let Some(superseded) = sending.superseded() {
            superseded.drain(&self.limits).await;
        }
        let authorization = sending.authorization().cloned();
        let answer = self.persist(call, authorization.as_ref(), attempts).await?;
        let reads = sending.needs_reason(answer.status);
        let (answer, reply) = self.reply(answer, reads).await?;
        let now = self.clock.now();
        Ok(self.tokens.take(|tokens| match call.is_repeatable() {
            true => sending.answered(tokens, &reply, answer, now),
            false => Step::Done(sending.answered_for_good(tokens, &reply, answer)),
        }))
    }

    /// What an answer says of who is asking. What others than the registry say of that is none of their business.
    async fn reply(&self, answer: Answer, reads: bool) -> Result<(Answer, Reply), Error> {
        if answer.request.party != Party::Registry {
            let reply = Reply::elsewhere(answer.status);
            return Ok((answer, reply));
        }
        let challenges = match answer.status {
            StatusCode::UNAUTHORIZED => challenges(&answer)?,
            _ => challenges(&answer).unwrap_or_default(),
        };
        let reply = Reply::new(answer.status).with_challenges(challenges);
        if !reads {
            return Ok((answer, reply));
        }
        let (answer, said) = answer.gather(&self.limits).await;
        let reason = ErrorBody::decode(&said).errors.into_iter().next().map(|entry| entry.code);
        Ok((answer, reply.with_reason(reason)))
    }

    /// Asks the registry's root. It is asked for a hint: when that does not come, the answer is what it was.
    async fn ping(&self, ping: Ping<Answer>, attempts: &mut Attempts) -> Step<Answer> {
        let Ok(mut call) = self.call(&Endpoint::Base, Vec::new()) else { return ping.failed() };
        let said = match self.persist(&mut call, None, attempts).await {
            Ok(answer) if answer.request.party == Party::Registry => {
                let said = challenges(&answer);
                answer.drain(&self.limits).await;
                said
            }
            _ => return ping.failed(),
        };
        let now = self.clock.now();
        self.tokens.take(|tokens| ping.answered(tokens, said.unwrap_or_default(), now))
    }

    /// Asks the provider of credentials, once it is this request's turn to ask for a token.
    async fn identify(
        &self,
        identify: Identify<Answer>,
        request: &Summary,
        turn: &mut Option<Turn>,
    ) -> Result<Step<Answer>, Error> {
        if let (Some(wanted), None) = (identify.exchanges(), &turn) {
            let mine = turn.insert(self.tokens.turn(wanted).await);
            let step = self.tokens.take(|tokens| identify.reconsider(tokens, self.clock.now()));
            return match (step, mine.refusal.take()) {
                (Step::Identify(identify), Some(error)) => {
                    let status = error.status().unwrap_or_default();
                    otherwise(identify.refused(status), error.shared(&request.path))
                }
                (step, _) => Ok(step),
            };
        }
        match self.credentials.credential(&self.host).await {
            Ok(credential) => Ok(self.tokens.take(|tokens| identify.with(tokens, credential, self.clock.now()))),
            Err(error) => {
                let error = Error::new(ErrorKind::Credentials, request.clone()).because(error);
                otherwise(identify.failed(), error)
            }
        }
    }

    async fn exchange_token(
        &self,
        exchange: Exchange<Answer>,
        request: &Summary,
        turn: &Option<Turn>,
        attempts: &mut Attempts,
    ) -> Result<Step<Answer>, Error> {
        trace::token(exchange.request());
        let (mut call, authorization) = self.token_call(service(request), exchange.request());
        let answer = match self.ask(&mut call, authorization.as_ref(), attempts).await {
            Ok(answer) if answer.status == StatusCode::OK => answer,
            Ok(answer) => return self.refused(exchange, answer, turn).await,
            Err(error) => {
                // Who waits would wait as long for each who is before them.
                let silent = turn.iter().filter(|_| error.kind() == ErrorKind::Transport(TransportErrorKind::Timeout));
                silent.for_each(|turn| self.tokens.refuse(turn, &error));
                return otherwise(exchange.failed(), error);
            }
        };
        let summary = answer.request.clone();
        match self.token_body(answer).await {
            Ok(body) => match self.tokens.take(|tokens| exchange.answered(tokens, StatusCode::OK, &body)) {
                Step::Fail(AuthError::Token(error)) => {
                    Err(Error::new(ErrorKind::Peer(Fault::Token), summary).because(error))
                }
                step => Ok(step),
            },
            Err(error) => otherwise(exchange.failed(), error),
        }
    }

    async fn refused(
        &self,
        exchange: Exchange<Answer>,
        answer: Answer,
        turn: &Option<Turn>,
    ) -> Result<Step<Answer>, Error> {
        match self.tokens.take(|tokens| exchange.answered(tokens, answer.status, &[])) {
            Step::Exchange(exchange) => {
                answer.drain(&self.limits).await;
                Ok(Step::Exchange(exchange))
            }
            step => {
                let error = answer.refusal(&self.limits).await;
                turn.iter().for_each(|turn| self.tokens.refuse(turn, &error));
                otherwise(step, error)
            }
        }
    }

    async fn token_body(&self, answer: Answer) -> Result<bytes::Bytes, Error> {
        answer.require_identity()?;
        answer.collect(self.limits.token_bytes, &self.limits).await
    }

    /// The request for a token, and what it is authorized with.
    fn token_call(&self, request: Summary, wanted: &TokenRequest) -> (Call, Option<HeaderValue>) {
        let request = Summary { method: wanted.method(), ..request };
        let call = self.call_to(request, wanted.url(), Vec::new());
        let Some(form) = wanted.form() else { return (call, wanted.authorization()) };
        if let Grant::RefreshToken(secret) | Grant::Password { password: secret, .. } = wanted.grant() {
            // In the shape in which it is looked for in what the service says.
            let secret = Credential::basic("", secret.clone()).header();
            secret.iter().for_each(|secret| self.tokens.sending(secret));
        }
        let body = Payload::Bytes(form.reveal().to_owned().into());
        (call.with_body(body).with_header(CONTENT_TYPE, FORM), None)
    }

    /// What a token service says, with its whole body. It is asked again when it is out of order, and never when it says
    /// that it was asked too often: it may be about to lock the account. An identity token may be good for one exchange,
    /// so it is sent again only when it was not sent.
    async fn ask(
        &self,
        call: &mut Call,
        credential: Option<&HeaderValue>,
        attempts: &mut Attempts,
    ) -> Result<Answer, Error> {
        loop {
            let outcome = self.ask_once(call, credential).await;
            let failure = Failure::of(&outcome).filter(|failure| !failure.is_refusal() && call.may_follow(failure));
            match failure {
                Some(failure) if self.pause(call.request.attempts, &failure, attempts).await => {
                    call.request.attempts += 1;
                }
                _ => return outcome,
            }
        }
    }

    /// Redirects are not followed here: who may see the credentials was judged by the realm.
    async fn ask_once(&self, call: &mut Call, credential: Option<&HeaderValue>) -> Result<Answer, Error> {
        let url = call.url.clone();
        let request = call.write(&url, credential)?;
        let answer = self.exchange(request, url, call.request.clone()).await?;
        match answer.status {
            StatusCode::OK => Ok(answer.preload(self.limits.token_bytes, &self.limits).await?.0),
            _ => Ok(answer),
        }
    }
}

const FORM: HeaderValue = HeaderValue::from_static(TokenRequest::FORM);

fn challenges(answer: &Answer) -> Result<Vec<Challenge>, Error> {
    Ok(answer.headers(&WWW_AUTHENTICATE)?.into_iter().flat_map(Challenge::parse).collect())
}

/// A step that goes on after a failure, or the error that it is.
fn otherwise(step: Step<Answer>, error: Error) -> Result<Step<Answer>, Error> {
    match step {
        Step::Fail(_) => Err(error),
        step => Ok(step),
    }
}

/// Failures that are not those of one exchange.
fn failure(error: AuthError, request: &Summary) -> Error {
    match error {
        AuthError::Realm(fault) => Error::new(ErrorKind::Peer(Fault::Realm(fault)), service(request)),
        _ => Error::new(ErrorKind::Credentials, request.clone()),
    }
}

fn service(request: &Summary) -> Summary {
    Summary::new(Method::GET, request.path.clone(), Party::TokenService)
}
