use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http::header::{CONTENT_RANGE, LOCATION, RANGE};
use http::{HeaderValue, Request, Response, Uri};

use super::{About, Quirk, Step, answer};

/// Gives sessions another address: `rename` makes it of the path that they have, and `restore` makes the path of the
/// address again.
#[must_use]
pub fn renamed(rename: fn(&str) -> String, restore: fn(&str) -> Option<String>) -> [Quirk; 2] {
    let there = Quirk::after(About::Any, move |request, response| {
        let is_upload = About::Start.holds(request) || About::Session.holds(request) && request.method() != "PUT";
        let location = path_of(response).filter(|_| is_upload);
        if let Some(location) = location {
            response.headers_mut().insert(LOCATION, HeaderValue::from_str(&rename(&location)).unwrap());
        }
    });
    let back = Quirk::before(About::Any, move |request| {
        if let Some(path) = restore(request.uri().path()) {
            let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
            *request.uri_mut() = with_path(request.uri(), &format!("{path}{query}"));
        }
        Step::On
    });
    [there, back]
}

/// Adds a state to the address of a session, which changes with every answer, and knows a session by the latest alone.
#[must_use]
pub fn moving() -> [Quirk; 2] {
    let state = std::sync::Arc::new(AtomicUsize::new(0));
    let latest = std::sync::Arc::clone(&state);
    let there = Quirk::after(About::Any, move |request, response| {
        let is_upload = About::Start.holds(request) || About::Session.holds(request) && request.method() != "PUT";
        if let Some(path) = path_of(response).filter(|_| is_upload && response.status() != 201) {
            let number = state.fetch_add(1, Ordering::SeqCst) + 1;
            let location = format!("{}?_state=a%2Fb%3D{number}", absolute(request, &path));
            response.headers_mut().insert(LOCATION, HeaderValue::from_str(&location).unwrap());
        }
    });
    let check = Quirk::before(About::Session, move |request| {
        let expected = format!("_state=a%2Fb%3D{}", latest.load(Ordering::SeqCst));
        let query = request.uri().query().unwrap_or_default();
        match query.split('&').next() == Some(&expected) {
            true => Step::On,
            false => Step::Answer(answer(416, &[], r#"{"errors":[{"code":"RANGE_INVALID"}]}"#)),
        }
    });
    [there, check]
}

/// Takes no part of a blob that is larger than `most` bytes, and everything that is sent at once.
#[must_use]
pub fn capped(most: usize, status: u16, body: &'static str) -> Quirk {
    Quirk::before(About::Session, move |request| {
        match request.headers().contains_key(CONTENT_RANGE) && request.body().len() > most {
            true => Step::Answer(answer(status, &[("content-type", "application/json")], body)),
            false => Step::On,
        }
    })
}

/// Takes blobs in one request alone, and does not tell how much it has.
#[must_use]
pub fn whole() -> Quirk {
    Quirk::before(About::Session, |request| {
        let part = request.method() == "PATCH" && request.headers().contains_key(CONTENT_RANGE);
        match part || request.method() == "GET" {
            true => Step::Answer(answer(405, &[], "")),
            false => Step::On,
        }
    })
}

/// Tells how much a session holds in the way of Quay: with a unit, one too many when it is asked, and less than nothing
/// at first; and where it is when it is not asked.
#[must_use]
pub fn counting_in_bytes() -> Quirk {
    Quirk::after(About::Any, |request, response| {
        let held =
            response.headers().get(RANGE).and_then(|range| range.to_str().ok()?.rsplit_once('-')?.1.parse().ok());
        let held: u64 = held.unwrap_or_default();
        let said = match (About::Start.holds(request), request.method().as_str()) {
            (true, "POST") => "bytes=0--1".to_owned(),
            (false, "GET") if About::Session.holds(request) => format!("bytes=0-{}", held + 1),
            _ => return,
        };
        if response.status().is_success() {
            response.headers_mut().insert(RANGE, HeaderValue::from_str(&said).unwrap());
        }
        if request.method() == "GET" {
            response.headers_mut().remove(LOCATION);
        }
    })
}

fn path_of(response: &Response<Bytes>) -> Option<String> {
    let location = response.headers().get(LOCATION)?.to_str().ok()?;
    let uri: Uri = location.parse().ok()?;
    Some(uri.path().to_owned())
}

fn absolute(request: &Request<Bytes>, path: &str) -> String {
    with_path(request.uri(), path).to_string()
}

fn with_path(uri: &Uri, path: &str) -> Uri {
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(path.parse().unwrap());
    Uri::from_parts(parts).unwrap()
}
