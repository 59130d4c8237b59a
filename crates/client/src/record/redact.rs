//! What may be kept of a message.

use http::header::{AUTHORIZATION, CONTENT_TYPE, LINK, LOCATION, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName, HeaderValue};
use url::form_urlencoded;
use wharf_distribution::{Credential, TokenRequest, TokenResponse};

pub(super) const REDACTED: HeaderValue = HeaderValue::from_static("redacted");

/// Parameters of the protocol, and of addresses that lead from one of its requests to the next.
const PUBLIC: [&str; 15] = [
    "access_type",
    "account",
    "artifactType",
    "client_id",
    "digest",
    "from",
    "grant_type",
    "last",
    "mount",
    "n",
    "ns",
    "offline_token",
    "scope",
    "service",
    "tag",
];

/// Headers whose values nobody has to hide.
const OPEN: [&str; 31] = [
    "accept",
    "accept-encoding",
    "accept-ranges",
    "content-encoding",
    "content-length",
    "content-range",
    "content-type",
    "date",
    "docker-content-digest",
    "docker-distribution-api-version",
    "docker-upload-uuid",
    "etag",
    "host",
    "if-match",
    "if-none-match",
    "if-range",
    "link",
    "location",
    "oci-chunk-max-length",
    "oci-chunk-min-length",
    "oci-filters-applied",
    "oci-subject",
    "oci-tag",
    "range",
    "ratelimit-limit",
    "ratelimit-remaining",
    "retry-after",
    "transfer-encoding",
    "user-agent",
    "warning",
    "www-authenticate",
];

/// Shorter secrets are in everything.
const SHORTEST: usize = 4;

/// An address without the values of its query that may be secrets. Doing it twice changes nothing.
pub(super) fn url(text: &str) -> String {
    let mut redacted = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('?') {
        let end = behind.find(['"', '>', ' ', '#']).unwrap_or(behind.len());
        let (query, after) = behind.split_at_checked(end).unwrap_or((behind, ""));
        let pairs: Vec<_> = query.split('&').map(pair).collect();
        redacted.extend([before, "?", &pairs.join("&")]);
        rest = after;
    }
    redacted + rest
}

fn pair(text: &str) -> String {
    match text.split_once('=') {
        Some((name, _)) if PUBLIC.contains(&name) => text.to_owned(),
        Some((name, _)) => format!("{name}=redacted"),
        None => "redacted".to_owned(),
    }
}

pub(super) fn headers(headers: &HeaderMap) -> HeaderMap {
    headers.iter().map(|(name, value)| (name.clone(), header(name, value))).collect()
}

fn header(name: &HeaderName, value: &HeaderValue) -> HeaderValue {
    match value.to_str() {
        Ok(_) if value.is_sensitive() || !OPEN.contains(&name.as_str()) => REDACTED,
        Ok(text) if [LINK, LOCATION, WWW_AUTHENTICATE].contains(name) => {
            HeaderValue::try_from(url(text)).unwrap_or(REDACTED)
        }
        Ok(_) => value.clone(),
        Err(_) => REDACTED,
    }
}

/// Whether a body is a form, which is what passwords and tokens are sent in.
pub(super) fn is_form(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(TokenRequest::FORM.as_bytes()))
}

/// The secrets in a request's head.
pub(super) fn secrets(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all(AUTHORIZATION).into_iter();
    values.flat_map(|value| [value.to_str().ok().and_then(payload), password(value)]).flatten().collect()
}

fn payload(text: &str) -> Option<String> {
    text.split_once(' ').map(|(_, payload)| payload.trim().to_owned())
}

fn password(value: &HeaderValue) -> Option<String> {
    Credential::parse(value).map(|credential| credential.secret().reveal().to_owned())
}

/// What is sent in a form.
pub(super) fn form(bytes: &[u8]) -> Vec<String> {
    let fields = form_urlencoded::parse(bytes).filter(|(name, _)| !PUBLIC.contains(&name.as_ref()));
    fields.map(|(_, value)| value.into_owned()).collect()
}

/// The token that a body is the answer with, if it is one.
pub(super) fn token(bytes: &[u8]) -> Option<String> {
    TokenResponse::decode(bytes).ok().map(|response| response.token.reveal().to_owned())
}

/// Whether bytes repeat one of the secrets.
pub(super) fn repeat(bytes: &[u8], secrets: &[String]) -> bool {
    let mut long = secrets.iter().map(String::as_bytes).filter(|secret| secret.len() >= SHORTEST);
    long.any(|secret| bytes.windows(secret.len()).any(|window| window == secret))
}

/// Whether a body seems to be an object with a token in it, although nobody could use it as one: it has none that may be
/// sent, has it twice, or is not all there.
pub(super) fn seems_token(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let names = |name: &str| text.split(name).skip(1).any(|behind| behind.trim_ascii_start().starts_with(':'));
    text.trim_ascii_start().starts_with('{') && TOKENS.into_iter().any(names)
}

const TOKENS: [&str; 3] = [r#""token""#, r#""access_token""#, r#""refresh_token""#];
