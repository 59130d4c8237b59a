//! What an answer of the token service leads to.

use http::StatusCode;

use super::step::{Exchange, Step};
use super::{AuthError, Tokens};
use crate::{TokenError, TokenResponse, credential};

/// What services answer with to a form that they do not take.
const NO_FORMS: [StatusCode; 4] =
    [StatusCode::BAD_REQUEST, StatusCode::UNAUTHORIZED, StatusCode::NOT_FOUND, StatusCode::METHOD_NOT_ALLOWED];

impl<A> Exchange<A> {
    /// The service's answer came. Its body is read when the status is 200, and needs at most 64 KiB of it.
    ///
    /// A service that does not take a form with a password is asked in the other way, once. Every other refusal is the
    /// end: asking again could lock an account.
    pub fn answered(self, tokens: &mut Tokens, status: StatusCode, body: &[u8]) -> Step<A> {
        if status == StatusCode::OK {
            return self.granted(tokens, body);
        }
        match self.fallback {
            Some(request) if NO_FORMS.contains(&status) => {
                tokens.takes_no_forms(request.realm());
                Step::Exchange(Self { request, fallback: None, ..self })
            }
            _ => self.fail(tokens, AuthError::Refused(status)),
        }
    }

    /// No answer came, or none that can be read to its end.
    pub fn failed(self) -> Step<A> {
        Step::fail(self.course, AuthError::Unreachable)
    }

    fn granted(self, tokens: &mut Tokens, body: &[u8]) -> Step<A> {
        let header = |response: &TokenResponse| credential::bearer(&response.token).ok_or(TokenError::NoToken);
        let granted = TokenResponse::decode(body).and_then(|response| Ok((header(&response)?, response.expires_in)));
        match granted {
            Ok((header, expires_in)) => {
                let until = self.since.saturating_add(expires_in);
                tokens.store(self.course.wanted(), self.plan, header.clone(), until, self.since);
                Step::send(self.course, tokens, header)
            }
            Err(error) => self.fail(tokens, AuthError::Token(error)),
        }
    }

    /// Where the registry did not name the service in this very request, it has to do so in the next one.
    fn fail(self, tokens: &mut Tokens, error: AuthError) -> Step<A> {
        if !self.course.was_asked() {
            tokens.forget_plan(self.course.wanted());
        }
        Step::fail(self.course, error)
    }
}
