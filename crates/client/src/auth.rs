//! Proving who is asking, when and only when the registry wants to know.
//!
//! It carries out the token protocol of the distribution project: a request goes out with what is at hand; a 401 with a
//! `Bearer` challenge leads to one exchange at the token service and one more request, one with `Basic` alone to the
//! credentials themselves (RFC 7617). What was refused is forgotten and not sent again. Some registries say 400 or 403
//! to a token that has expired: one that was not got for this very request is renewed once then, the way that it was
//! got. There is no refresh in the background: a token that has expired is replaced when the next request needs one.

mod realm;
mod refresh;

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, StatusCode};
use wharf_distribution::{Challenge, Scope, TokenError, TokenRequest, TokenResponse};

use crate::answer::Answer;
use crate::call::{Call, Payload};
use crate::error::Summary;
use crate::persist::Failure;
use crate::retry::Attempts;
use crate::{Client, Credential, CredentialKind, Error, ErrorKind, Fault, Party, UrlFault, credential};

/// What a request is sent with.
pub(crate) struct Authorization {
    pub(crate) header: HeaderValue,
    /// It was made for this very request: if it is refused, another one would be, too.
    pub(crate) fresh: bool,
}

impl Client {
    /// What to send at once: what is at hand, or a new token where one was wanted before. Nothing at first.
    pub(crate) async fn authorization(
        &self,
        request: &Summary,
        scopes: &[Scope],
        attempts: &mut Attempts,
    ) -> Result<Option<Authorization>, Error> {
        if let Some(header) = self.tokens.find(scopes, self.clock.now()) {
            return Ok(Some(Authorization { header, fresh: false }));
        }
        let Some(challenge) = self.tokens.challenge(scopes) else { return Ok(None) };
        let header = self.token(request, &challenge, scopes, attempts).await?;
        Ok(Some(Authorization { header, fresh: true }))
    }

    /// What to send after a 401, if there is anything that was not refused already.
    pub(crate) async fn answer(
        &self,
        request: &Summary,
        challenges: Vec<Challenge>,
        scopes: &[Scope],
        refused: Option<&HeaderValue>,
        attempts: &mut Attempts,
    ) -> Result<Option<HeaderValue>, Error> {
        self.tokens.forget(refused);
        let bearer = challenges.iter().find(|challenge| challenge.is("bearer")).cloned();
        // Some registries forget how they wanted it once a token has expired.
        if let Some(challenge) = bearer.or_else(|| self.tokens.challenge(scopes)) {
            let header = self.token(request, &challenge, scopes, attempts).await?;
            if Some(&header) != refused {
                return Ok(Some(header));
            }
            self.tokens.forget(refused);
            return Ok(None);
        }
        match challenges.iter().any(|challenge| challenge.is("basic")) {
            true => self.basic(request, refused).await,
            false => Ok(None),
        }
    }

    /// What to send after an answer that does not ask who is asking, and still may mean that what was sent has expired.
    pub(crate) async fn renew(
        &self,
        request: &Summary,
        scopes: &[Scope],
        refused: &HeaderValue,
        attempts: &mut Attempts,
    ) -> Result<Option<HeaderValue>, Error> {
        let Some(challenge) = self.tokens.origin(refused) else { return self.basic(request, Some(refused)).await };
        self.tokens.forget(Some(refused));
        let header = self.token(request, &challenge, scopes, attempts).await?;
        Ok(Some(header).filter(|header| header != refused))
    }

    async fn basic(&self, request: &Summary, refused: Option<&HeaderValue>) -> Result<Option<HeaderValue>, Error> {
        let Some(credential) = self.credential(request).await? else { return Ok(None) };
        // What a token service would have to exchange is not for the registry.
        if credential.kind() == CredentialKind::IdentityToken {
            return Ok(None);
        }
        let header = Some(self.own(request, &credential)?).filter(|header| Some(header) != refused);
        if let Some(header) = &header {
            self.tokens.set_basic(header.clone());
        }
        Ok(header)
    }

    async fn credential(&self, request: &Summary) -> Result<Option<Credential>, Error> {
        let failed = |error| Error::new(ErrorKind::Credentials, request.clone()).because(error);
        self.credentials.credential(&self.host).await.map_err(failed)
    }

    /// What a credential looks like in a header.
    fn own(&self, request: &Summary, credential: &Credential) -> Result<HeaderValue, Error> {
        credential.header().ok_or_else(|| Error::new(ErrorKind::Credentials, request.clone()))
    }

    /// A token for some scopes. Only one exchange for them is under way at a time; whoever waited takes its result.
    ///
    /// A future that is dropped leaves the exchange to the next one who waits.
    async fn token(
        &self,
        request: &Summary,
        challenge: &Challenge,
        scopes: &[Scope],
        attempts: &mut Attempts,
    ) -> Result<HeaderValue, Error> {
        let flight = self.tokens.flight(scopes, challenge);
        let _landing = flight.lock().await;
        if let Some(known) = self.tokens.find(scopes, self.clock.now()) {
            return Ok(known);
        }
        let credential = self.credential(request).await?;
        if let Some(token) = credential.as_ref().filter(|held| held.kind() == CredentialKind::RegistryToken) {
            let header = self.own(request, token)?;
            self.tokens.set_basic(header.clone());
            return Ok(header);
        }
        let asked = self.clock.now();
        let response = self.exchange_token(request, challenge, scopes, credential, attempts).await?;
        let header = credential::sensitive("Bearer", response.token.reveal());
        let header = header.ok_or_else(|| Error::new(ErrorKind::Peer(Fault::Token), service(request)))?;
        self.tokens.store(scopes, header.clone(), asked + response.expires_in);
        Ok(header)
    }

    async fn exchange_token(
        &self,
        request: &Summary,
        challenge: &Challenge,
        scopes: &[Scope],
        credential: Option<Credential>,
        attempts: &mut Attempts,
    ) -> Result<TokenResponse, Error> {
        let summary = service(request);
        let fault = |fault| Error::new(ErrorKind::Peer(fault), summary.clone());
        let wanted = TokenRequest::at(&self.base, challenge, scopes.to_vec())
            .map_err(|error| fault(Fault::Realm(unusable(challenge, error))).because(error))?;
        let trusted = realm::judge(wanted.realm(), self).map_err(|error| fault(Fault::Realm(error)))?;
        let credential = credential.filter(|_| trusted);
        let mut call = self.token_call(summary, &wanted, credential.as_ref());
        let sent = credential.as_ref().filter(|held| held.kind() != CredentialKind::IdentityToken);
        let header = sent.map(|held| self.own(request, held)).transpose()?;
        let answer = self.ask(&mut call, header.as_ref(), attempts).await?;
        let summary = answer.request.clone();
        if answer.status != StatusCode::OK {
            return Err(answer.refusal(&self.limits).await);
        }
        answer.require_identity()?;
        let bytes = answer.collect(self.limits.token_bytes, &self.limits).await?;
        let unreadable = |error| Error::new(ErrorKind::Peer(Fault::Token), summary).because(error);
        TokenResponse::decode(&bytes).map_err(unreadable)
    }

    /// The request for a token: a `POST` of an identity token, and a `GET` with or without anything else.
    fn token_call(&self, request: Summary, wanted: &TokenRequest, credential: Option<&Credential>) -> Call {
        match credential.filter(|held| held.kind() == CredentialKind::IdentityToken) {
            None => self.call_to(request, wanted.url(), Vec::new()),
            Some(held) => {
                let (url, form) = refresh::form(&wanted.url(), held.secret());
                let secret = credential::sensitive("Bearer", held.secret().reveal());
                secret.iter().for_each(|secret| self.tokens.sending(secret));
                let request = Summary { method: Method::POST, ..request };
                let call = self.call_to(request, url, Vec::new()).with_body(Payload::Bytes(form.into()));
                call.with_header(CONTENT_TYPE, refresh::FORM)
            }
        }
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

/// What is wrong with the realm of a challenge that no token can be asked for.
fn unusable(challenge: &Challenge, error: TokenError) -> UrlFault {
    match error {
        _ if challenge.parameter("realm").is_none_or(str::is_empty) => UrlFault::Missing,
        TokenError::Relative => UrlFault::Relative,
        _ => UrlFault::Malformed,
    }
}

fn service(request: &Summary) -> Summary {
    Summary::new(Method::GET, request.path.clone(), Party::TokenService)
}
