//! Proving who is asking, when and only when the registry wants to know.
//!
//! It carries out the token protocol of the distribution project: a request goes out with what is at hand; a 401 with a
//! `Bearer` challenge leads to one exchange at the token service and one more request, one with `Basic` alone to the
//! credentials themselves (RFC 7617). What was refused is forgotten and not sent again. There is no refresh in the
//! background: a token that has expired is replaced when the next request needs one.

mod realm;
mod refresh;
mod tokens;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use wharf_distribution::{Challenge, Scope, TokenRequest, TokenResponse};

use crate::call::{Call, Payload};
use crate::error::Summary;
use crate::{Client, Credential, CredentialKind, Error, ErrorKind, Fault, Party, UrlFault, credential};

pub(crate) use tokens::Tokens;

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
    ) -> Result<Option<Authorization>, Error> {
        if let Some(header) = self.tokens.find(scopes, self.clock.now()) {
            return Ok(Some(Authorization { header, fresh: false }));
        }
        let Some(challenge) = self.tokens.challenge(scopes) else { return Ok(None) };
        let header = self.token(request, &challenge, scopes).await?;
        Ok(Some(Authorization { header, fresh: true }))
    }

    /// What to send after a 401, if there is anything that was not refused already.
    pub(crate) async fn answer(
        &self,
        request: &Summary,
        challenges: Vec<Challenge>,
        scopes: &[Scope],
        refused: Option<&HeaderValue>,
    ) -> Result<Option<HeaderValue>, Error> {
        self.tokens.forget(refused);
        let bearer = challenges.iter().find(|challenge| challenge.is("bearer")).cloned();
        // Some registries forget how they wanted it once a token has expired.
        if let Some(challenge) = bearer.or_else(|| self.tokens.challenge(scopes)) {
            let header = self.token(request, &challenge, scopes).await?;
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
    async fn token(&self, request: &Summary, challenge: &Challenge, scopes: &[Scope]) -> Result<HeaderValue, Error> {
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
        let response = self.exchange_token(request, challenge, scopes, credential).await?;
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
    ) -> Result<TokenResponse, Error> {
        let summary = service(request);
        let fault = |fault| Error::new(ErrorKind::Peer(fault), summary.clone());
        let wanted = TokenRequest::new(challenge, scopes.to_vec())
            .map_err(|error| fault(Fault::Realm(UrlFault::Malformed)).because(error))?;
        let trusted = realm::judge(wanted.realm(), self).map_err(|error| fault(Fault::Realm(error)))?;
        let credential = credential.filter(|_| trusted);
        let mut call = token_call(summary.clone(), &wanted, credential.as_ref());
        let sent = credential.as_ref().filter(|held| held.kind() != CredentialKind::IdentityToken);
        let header = sent.map(|held| self.own(request, held)).transpose()?;
        let url = call.url.clone();
        let (request, summary) = (call.write(&url, header.as_ref())?, call.request);
        // Redirects are not followed here: who may see the credentials was judged by the realm.
        let answer = self.exchange(request, url, summary.clone()).await?;
        if answer.status != StatusCode::OK {
            return Err(answer.refusal(&self.limits).await);
        }
        answer.require_identity()?;
        let bytes = answer.collect(self.limits.token_bytes).await?;
        let unreadable = |error| Error::new(ErrorKind::Peer(Fault::Token), summary.clone()).because(error);
        TokenResponse::decode(&bytes).map_err(unreadable)
    }
}

/// The request for a token: a `POST` of an identity token, and a `GET` with or without anything else.
fn token_call(request: Summary, wanted: &TokenRequest, credential: Option<&Credential>) -> Call {
    let (headers, scopes, foreign) = (HeaderMap::new(), Vec::new(), true);
    let body = Payload::Bytes(Bytes::new());
    let call = Call { request, url: wanted.url(), scopes, headers, body, foreign };
    match credential.filter(|held| held.kind() == CredentialKind::IdentityToken) {
        None => call,
        Some(held) => {
            let (url, form) = refresh::form(&call.url, held.secret());
            let request = Summary { method: Method::POST, ..call.request };
            let body = Payload::Bytes(form.into());
            Call { request, url, ..call }.with_body(body).with_header(CONTENT_TYPE, refresh::FORM)
        }
    }
}

fn service(request: &Summary) -> Summary {
    Summary { method: Method::GET, path: request.path.clone(), party: Party::TokenService }
}
