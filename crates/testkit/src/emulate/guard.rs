use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{Request, Response};

use super::about::repository;
use super::{About, Desk, Quirk, Step};

/// A request that a registry does not let through.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Asked<'a> {
    /// The request.
    pub request: &'a Request<Bytes>,
    /// What a token for it has to allow.
    pub scope: &'a str,
    /// What is wrong with what it has.
    pub why: Why,
}

/// Why a request is not let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a registry knows no other cause")]
pub enum Why {
    /// It has no token.
    Absent,
    /// Its token is none, or was good once.
    Expired,
    /// Its token is good, and not enough.
    Insufficient,
}

/// Lets only requests through that have a token of `desk` for what they do; `refuse` says no in the registry's own way,
/// or lets the request through all the same.
pub fn guard(desk: &Desk, refuse: impl Fn(Asked<'_>) -> Option<Response<Bytes>> + Send + Sync + 'static) -> Quirk {
    let desk = desk.clone();
    Quirk::before(About::Any, move |request| {
        let scope = scope(request);
        let why = match bearer(request) {
            None => Why::Absent,
            Some(token) if !desk.knows(token) => Why::Expired,
            Some(token) if !desk.allows(token, &scope) => Why::Insufficient,
            Some(_) => return Step::On,
        };
        refuse(Asked { request, scope: &scope, why }).map_or(Step::On, Step::Answer)
    })
}

/// Lets only requests through that have this very `Authorization`, as registries do that take the password itself.
///
/// `refuse` says no, and is told whether there was another password.
pub fn guard_by_password(
    authorization: &'static str,
    refuse: impl Fn(bool) -> Response<Bytes> + Send + Sync + 'static,
) -> Quirk {
    Quirk::before(About::Any, move |request| match request.headers().get(AUTHORIZATION) {
        Some(value) if value == authorization => Step::On,
        value => Step::Answer(refuse(value.is_some())),
    })
}

fn bearer(request: &Request<Bytes>) -> Option<&str> {
    request.headers().get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

/// What CNCF distribution wants for a request.
fn scope(request: &Request<Bytes>) -> String {
    let actions = match request.method().as_str() {
        "GET" | "HEAD" => "pull",
        "DELETE" => "delete",
        _ => "pull,push",
    };
    match repository(request.uri().path()) {
        Some(name) => format!("repository:{name}:{actions}"),
        None => "registry:catalog:*".to_owned(),
    }
}
