use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, LOCATION, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderName, Method, Response, StatusCode};
use serde_json::Value;
use wharf_registry::{Digest, Hasher};

/// What is true of every answer to a request with this method, whatever was asked.
///
/// * It is not the server's fault: below 500.
/// * It says that its media type is meant.
/// * A `Location` is a path on the same server, whatever `Host` was sent.
/// * A length that is said is the body's; `HEAD`, 204 and 304 have no body.
/// * A refusal has a body as the specification has it ("Error Codes"), and is `application/json`.
/// * What comes whole under a digest has it.
///
/// # Errors
/// What is wrong, in words.
///
/// ```
/// use http::Method;
/// use wharf_testkit::emulate::answer;
/// use wharf_testkit::exchange::well_formed;
///
/// let page = answer(404, &[("x-content-type-options", "nosniff"), ("content-type", "text/plain")], "404 page not found");
/// assert_eq!(well_formed(&Method::GET, &page).unwrap_err(), "a refusal that is \"text/plain\"");
/// ```
pub fn well_formed(method: &Method, response: &Response<Bytes>) -> Result<(), String> {
    let (status, body) = (response.status(), response.body());
    let header = |name: &HeaderName| response.headers().get(name).and_then(|value| value.to_str().ok());
    let holds = |truth: bool, otherwise: &dyn Fn() -> String| truth.then_some(()).ok_or_else(otherwise);
    holds(!status.is_server_error(), &|| format!("{status}: {}", String::from_utf8_lossy(body)))?;
    holds(header(&X_CONTENT_TYPE_OPTIONS) == Some("nosniff"), &|| "without nosniff".into())?;
    if let Some(location) = header(&LOCATION) {
        holds(location.starts_with("/v2/"), &|| format!("leads to {location}"))?;
    }
    if *method == Method::HEAD || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED) {
        return holds(body.is_empty(), &|| format!("{method} {status} with a body"));
    }
    if let Some(length) = header(&CONTENT_LENGTH) {
        holds(length == body.len().to_string(), &|| format!("{} bytes that are said to be {length}", body.len()))?;
    }
    if status.is_client_error() {
        let kind = header(&CONTENT_TYPE).unwrap_or_default();
        holds(kind == "application/json", &|| format!("a refusal that is {kind:?}"))?;
        holds(code(body).is_some(), &|| format!("a refusal that says {}", String::from_utf8_lossy(body)))?;
    }
    let digest = response.headers().get("docker-content-digest").and_then(|value| value.to_str().ok());
    match digest.map(str::parse::<Digest>) {
        Some(Ok(digest)) if status == StatusCode::OK && header(&CONTENT_RANGE).is_none() => {
            holds(*method != Method::GET || is(body, &digest), &|| format!("other bytes than those of {digest}"))
        }
        Some(Err(_)) => Err("a digest that is none".into()),
        _ => Ok(()),
    }
}

/// The code of the first error, when the body has the form of the specification.
pub(super) fn code(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let code = body.get("errors")?.as_array()?.first()?.get("code")?.as_str()?;
    let grammar = !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    grammar.then(|| code.to_owned())
}

fn is(body: &[u8], digest: &Digest) -> bool {
    let Ok(mut hasher) = Hasher::new(digest.algorithm()) else { return false };
    hasher.update(body);
    hasher.finish() == *digest
}
