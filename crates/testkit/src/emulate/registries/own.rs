//! Registries that people run themselves.

use std::time::Duration;

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{Request, Response};

use super::{Emulation, JSON, PASSWORD, UNAUTHORIZED, challenged};
use crate::emulate::{
    About, Asked, Bucket, Clock, Desk, Emulated, Peer, Quirk, Step, Why, answer, converting_to_schema_1,
    counting_in_bytes, guard, guard_by_password, listing_referrers, moving, paged, unsubjected,
};

const MINUTE: Duration = Duration::from_secs(60);
const UNSUPPORTED: &str = r#"{"errors":[{"code":"UNSUPPORTED","message":"The operation is unsupported."}]}"#;

/// CNCF distribution with S3 behind it: open to everybody, sessions at absolute addresses whose state changes, `HEAD`
/// of blobs led to addresses that are signed for `GET`, OCI manifests for those alone who name their type, a catalog
/// with a limit of its own, no list of referrers, and nothing deleted.
#[must_use]
pub fn distribution(registry: impl Peer + 'static) -> Emulation {
    const HIDDEN: &str = r#"{"errors":[{"code":"MANIFEST_UNKNOWN","message":"OCI manifest found, but accept header does not support OCI manifests"}]}"#;
    const NUMBER: &str = r#"{"errors":[{"code":"PAGINATION_NUMBER_INVALID","message":"invalid number of results requested","detail":{"n":1000}}]}"#;
    let clock = Clock::default();
    let bucket = Bucket::new(clock.clone(), "https://bucket.s3.amazonaws.com", 20 * MINUTE).for_heads();
    let hide = |request: &Request<Bytes>, response: &mut Response<Bytes>| {
        let kind = response.headers().get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let mut accepted = request.headers().get_all("accept").iter().filter_map(|accept| accept.to_str().ok());
        if response.status().is_success() && !accepted.any(|accept| accept.contains(kind)) {
            *response = answer(404, &[JSON], HIDDEN);
        }
    };
    let numbered = |request: &mut Request<Bytes>| match request.uri().query().unwrap_or_default().contains("n=1000") {
        true => Step::Answer(answer(400, &[JSON], NUMBER)),
        false => Step::On,
    };
    let registry = Emulated::new(registry)
        .with_all(unsubjected(404, "404 page not found\n"))
        .with(Quirk::after(About::Manifest.by("GET"), hide))
        .with(Quirk::refusing(About::Manifest.by("DELETE"), 405, UNSUPPORTED))
        .with(Quirk::refusing(About::Blob.by("DELETE"), 405, UNSUPPORTED))
        .with(Quirk::before(About::Catalog, numbered))
        .with_all(moving())
        .with_all(bucket.redirecting(307));
    Emulation::new("registry.example.com:5000", clock)
        .with("https://registry.example.com:5000", registry)
        .with("https://bucket.s3.amazonaws.com", bucket)
}

/// Harbor: an anonymous token for what is public, another challenge for whoever is authorized already, an access token
/// that is empty, codes of its own, and a project that leads to `library/`.
#[must_use]
pub fn harbor(registry: impl Peer + 'static) -> Emulation {
    let clock = Clock::default();
    let desk = Desk::new(clock.clone(), 30 * MINUTE)
        .shaped(|token| {
            format!(r#"{{"token":"{token}","access_token":"","expires_in":1800,"issued_at":"2024-01-01T00:00:00Z"}}"#)
        })
        // Rights are those of a project, so that a token for a name is good for where the name leads.
        .granting(|scope| match scope.strip_prefix("repository:hub/") {
            Some(rest) if !rest.starts_with("library/") => format!("repository:hub/library/{rest}"),
            _ => scope.to_owned(),
        });
    let refuse = |asked: Asked<'_>| {
        let basic = asked.request.headers().contains_key(AUTHORIZATION);
        Some(match basic {
            true => answer(401, &[("www-authenticate", r#"Basic realm="harbor""#), JSON], UNAUTHORIZED),
            false => challenged("https://harbor.example.com/service/token", "harbor-registry", asked),
        })
    };
    let lead = |request: &mut Request<Bytes>| {
        let path = request.uri().path();
        match path.strip_prefix("/v2/hub/").filter(|rest| !rest.starts_with("library/")) {
            Some(rest) => Step::Answer(answer(301, &[("location", &format!("/v2/hub/library/{rest}"))], "")),
            None => Step::On,
        }
    };
    let missing = (404, r#"{"errors":[{"code":"NOT_FOUND","message":"artifact team/app:latest not found"}]}"#);
    let by_tag = r#"{"errors":[{"code":"UNSUPPORTED","message":"delete by tag is not supported"}]}"#;
    let registry = Emulated::new(registry)
        .with(desk.at("/service/token"))
        .with(Quirk::before(About::Manifest.by("GET"), lead))
        .with(guard(&desk, refuse))
        .with(Quirk::refused_as(About::Manifest, 404, missing))
        .with(Quirk::refusing(About::Tagged.by("DELETE"), 400, by_tag))
        .with_all(listing_referrers(true));
    let emulation = Emulation::new("harbor.example.com", clock).with("https://harbor.example.com", registry);
    Emulation { desk: Some(desk), ..emulation }
}

/// Quay: a token service that is strict about scopes and that what is public needs no token of, blobs by 302, manifests
/// that are converted for whoever does not name their type, its own way to count what a session holds, pages of two tags
/// with links that are absolute, and referrers that are listed without a word of it.
#[must_use]
pub fn quay(registry: impl Peer + 'static) -> Emulation {
    const STRICT: &str =
        r#"{"errors":[{"code":"INVALID_REQUEST","message":"Unable to decode repository and actions","detail":{}}]}"#;
    const NO_SUBJECT: &str = r#"{"errors":[{"code":"MANIFEST_INVALID","message":"manifest invalid"}]}"#;
    let clock = Clock::default();
    let desk = Desk::new(clock.clone(), 60 * MINUTE)
        .shaped(|token| format!(r#"{{"token":"{token}"}}"#))
        .judging(|scopes| (!scopes.iter().all(|scope| is_plain(scope))).then_some((400, STRICT)))
        .refusing_posts(405);
    let bucket = Bucket::new(clock.clone(), "https://cdn03.quay.io", 10 * MINUTE);
    let refuse = |asked: Asked<'_>| {
        let is_public =
            asked.why == Why::Absent && [":pull", ":catalog:*"].iter().any(|end| asked.scope.ends_with(end));
        // What CNCF distribution wants a right of its own for, this one writes.
        let asked = Asked { scope: &asked.scope.replace(":delete", ":pull,push"), ..asked };
        (!is_public).then(|| challenged("https://quay.io/v2/auth", "quay.io", asked))
    };
    let unlisted = |_: &Request<Bytes>, response: &mut Response<Bytes>| {
        if String::from_utf8_lossy(response.body()).contains(r#""manifests":[]"#) {
            *response = answer(400, &[JSON], NO_SUBJECT);
        }
    };
    let links = |path: &str, query: &str| format!("<https://quay.io{path}?{query}>; rel=\"next\"");
    let registry = Emulated::new(registry)
        .with(desk.at("/v2/auth"))
        .with(guard(&desk, refuse))
        .with(converting_to_schema_1())
        .with(Quirk::silent(About::Manifest.by("PUT"), "oci-subject"))
        .with(Quirk::saying_body(About::Manifest.by("PUT"), |_| "OK".to_owned()))
        .with(Quirk::after(About::Referrers, unlisted))
        .with(Quirk::refusing(About::Blob.by("DELETE"), 405, UNSUPPORTED))
        .with(counting_in_bytes())
        .with_all(paged(About::Tags, 2, links))
        .with_all(bucket.redirecting(302))
        .with_all(listing_referrers(false));
    let emulation = Emulation::new("quay.io", clock).with("https://quay.io", registry);
    Emulation { desk: Some(desk), ..emulation.with("https://cdn03.quay.io", bucket) }
}

/// `repository:name:` and of `push`, `pull` and `*` what is wanted, and one of it.
fn is_plain(scope: &str) -> bool {
    let Some((name, actions)) = scope.rsplit_once(':') else { return false };
    name.starts_with("repository:") && actions.split(',').all(|action| ["push", "pull", "*"].contains(&action))
}

/// Artifactory behind a proxy: a realm with its port and without a scope, links that have lost the repository's prefix,
/// digests among tags, no mounts, and 403 for what is not there.
#[must_use]
pub fn artifactory(registry: impl Peer + 'static) -> Emulation {
    let clock = Clock::default();
    let desk = Desk::new(clock.clone(), 60 * MINUTE).refusing_posts(401);
    let refuse = |_: Asked<'_>| {
        let realm = "https://docker.example.com:443/artifactory/api/docker/local/v2/token";
        let challenge = format!(r#"Bearer realm="{realm}",service="docker.example.com:443""#);
        Some(answer(
            401,
            &[("www-authenticate", &challenge), JSON],
            r#"{"errors":[{"status":401,"message":"Unauthorized"}]}"#,
        ))
    };
    let links = |path: &str, query: &str| format!("<{}?{query}>; rel=\"next\"", path.replacen("/team/", "/", 1));
    let unmounted = |request: &mut Request<Bytes>| {
        *request.uri_mut() = request.uri().to_string().split('?').next().unwrap().parse().unwrap();
        Step::On
    };
    let denied = (403, r#"{"errors":[{"code":"DENIED","message":"The repository or the image is not there"}]}"#);
    let registry = Emulated::new(registry)
        .with(desk.at("/artifactory/api/docker/local/v2/token"))
        .with(guard(&desk, refuse))
        .with(Quirk::before(About::Start, unmounted))
        .with(Quirk::refused_as(About::Manifest.by("GET"), 404, denied))
        .with(Quirk::saying_body(About::Tags, |body| with_entry(body, &format!("\"sha256:{}\"", "f".repeat(64)))))
        .with_all(paged(About::Tags, 2, links))
        .with_all(listing_referrers(true));
    let emulation = Emulation::new("docker.example.com", clock).with("https://docker.example.com", registry);
    Emulation { desk: Some(desk), ..emulation }
}

/// A list with one more entry, which comes first.
fn with_entry(body: &str, entry: &str) -> String {
    let separator = if body.contains("[]") { "" } else { "," };
    body.replacen('[', &format!("[{entry}{separator}"), 1)
}

/// Nexus behind a proxy: the password on every request, with its scheme in capitals; links to where it is inside; and
/// no tags among the tags.
#[must_use]
pub fn nexus(registry: impl Peer + 'static) -> Emulation {
    let clock = Clock::default();
    let refuse = |_: bool| {
        let challenge = r#"BASIC realm="Sonatype Nexus Repository Manager""#;
        answer(401, &[("www-authenticate", challenge)], UNAUTHORIZED)
    };
    let links = |path: &str, query: &str| format!("<http://nexus:8081/repository/docker{path}?{query}>; rel=\"next\"");
    let registry = Emulated::new(registry)
        .with(guard_by_password(PASSWORD, refuse))
        .with_all(unsubjected(404, "<html>Not found</html>"))
        .with(Quirk::saying_body(About::Tags, |body| with_entry(body, "null")))
        .with_all(paged(About::Tags, 2, links));
    Emulation::new("nexus.example.com", clock).with("https://nexus.example.com", registry)
}

/// zot: a challenge in lower case and without quotes, refusals without a list, and a last tag that must be one.
#[must_use]
pub fn zot(registry: impl Peer + 'static) -> Emulation {
    let clock = Clock::default();
    let refuse = |_: bool| {
        let body = r#"{"code":"UNAUTHORIZED","message":"authentication required","detail":{}}"#;
        answer(401, &[("www-authenticate", "basic realm=zot"), JSON], body)
    };
    let strict = |request: &mut Request<Bytes>| match request.uri().query().unwrap_or_default().contains("last=gone") {
        true => Step::Answer(answer(404, &[], "")),
        false => Step::On,
    };
    let registry = Emulated::new(registry)
        .with(guard_by_password(PASSWORD, refuse))
        .with(Quirk::before(About::Tags, strict))
        .with_all(listing_referrers(true));
    Emulation::new("zot.example.com", clock).with("https://zot.example.com", registry)
}
