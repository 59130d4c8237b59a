//! From a request to what is asked, and from what is said to a response.

use std::error::Error;

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use url::Url;
use wharf_server::distribution::{Challenge, ErrorBody, TokenError, TokenRequest, TokenResponse};
use wharf_server::registry::ErrorCode;

use crate::Terms;

/// The longest form, in bytes: as long as [`TokenRequest`] reads.
const MAX_FORM: usize = 128 * 1024;

/// Where a request that names only its path is taken to be; nothing goes by it.
const HOME: &str = "http://token.invalid/";

/// Why there is no token. Who asks is told no more than what kind of reason it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    Method,
    TooLarge,
    /// It cannot be read, or is for another service.
    Request,
    /// The password or the refresh token is wrong, or one is needed.
    Unauthorized,
    Unavailable,
}

pub(super) async fn read<B>(request: Request<B>) -> Result<TokenRequest, Refusal>
where
    B: http_body::Body<Data = Bytes> + Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let (head, body) = request.into_parts();
    let form = match head.method {
        Method::GET => Bytes::new(),
        Method::POST => form(body).await?,
        _ => return Err(Refusal::Method),
    };
    let home = Url::parse(HOME).map_err(|_| Refusal::Unavailable)?;
    TokenRequest::decode(&head, &home, &form).map_err(|error| match error {
        TokenError::Credential => Refusal::Unauthorized,
        _ => Refusal::Request,
    })
}

async fn form<B>(body: B) -> Result<Bytes, Refusal>
where
    B: http_body::Body<Data = Bytes> + Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let collected = Limited::new(body, MAX_FORM).collect().await;
    collected.map(http_body_util::Collected::to_bytes).map_err(|error| match error.is::<LengthLimitError>() {
        true => Refusal::TooLarge,
        false => Refusal::Request,
    })
}

/// A token is nothing for a cache (RFC 6749, section 5.1).
pub(super) fn granted(token: &TokenResponse) -> Response<Full<Bytes>> {
    response(StatusCode::OK, token.encode().reveal().to_owned().into())
}

impl Refusal {
    pub(super) fn response(self, terms: &Terms) -> Response<Full<Bytes>> {
        let (status, code, message) = match self {
            Self::Method => (StatusCode::METHOD_NOT_ALLOWED, ErrorCode::UNSUPPORTED, "tokens are got by GET or POST"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, ErrorCode::SIZE_INVALID, "the form is too large"),
            Self::Request => {
                (StatusCode::BAD_REQUEST, ErrorCode::UNSUPPORTED, "not a request for a token of this service")
            }
            Self::Unauthorized => {
                (StatusCode::UNAUTHORIZED, ErrorCode::UNAUTHORIZED, "credentials are needed for this")
            }
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, ErrorCode::UNAVAILABLE, "not now"),
        };
        let mut response = response(status, ErrorBody::new(code, message).encode());
        response.headers_mut().extend(self.header(terms));
        response
    }

    fn header(self, terms: &Terms) -> Option<(HeaderName, HeaderValue)> {
        match self {
            Self::Method => Some((ALLOW, HeaderValue::from_static("GET, POST"))),
            Self::Unauthorized => {
                let challenge = Challenge::basic(terms.service())?.to_string();
                Some((WWW_AUTHENTICATE, HeaderValue::try_from(challenge).ok()?))
            }
            Self::Unavailable => Some((RETRY_AFTER, HeaderValue::from_static("5"))),
            Self::TooLarge | Self::Request => None,
        }
    }
}

fn response(status: StatusCode, json: Vec<u8>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(json.into()));
    *response.status_mut() = status;
    let headers =
        [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store"), (X_CONTENT_TYPE_OPTIONS, "nosniff")];
    response.headers_mut().extend(headers.map(|(name, value)| (name, HeaderValue::from_static(value))));
    response
}
