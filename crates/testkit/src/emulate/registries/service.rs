//! Registries that somebody else runs.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};

use super::{Emulation, JSON, PASSWORD, UNAUTHORIZED, challenged};
use crate::emulate::{
    About, Asked, Bucket, Clock, Desk, Emulated, Peer, Quirk, Step, Why, answer, capped, guard, guard_by_password,
    listing_referrers, paged, reading_fallback_tags_as_digests, renamed, unsubjected, wanting_a_media_type, whole,
};

const MINUTE: Duration = Duration::from_secs(60);
const UNSUPPORTED: &str = r#"{"errors":[{"code":"UNSUPPORTED","message":"The operation is unsupported."}]}"#;

/// Docker Hub: two addresses of its own, tokens for five minutes with a time in nanoseconds, blobs elsewhere, a limit on
/// pulls that is told, and nothing that can be deleted.
#[must_use]
pub fn docker_hub(registry: impl Peer + 'static) -> Emulation {
    let clock = Clock::default();
    let desk = Desk::new(clock.clone(), 5 * MINUTE).shaped(|token| {
        format!(
            r#"{{"token":"{token}","access_token":"{token}","expires_in":300,"issued_at":"2018-07-27T15:59:03.973148921Z"}}"#
        )
    });
    let bucket = Bucket::new(clock.clone(), "https://production.cloudflare.docker.com", 60 * MINUTE);
    let refuse = |asked: Asked<'_>| Some(challenged("https://auth.docker.io/token", "registry.docker.io", asked));
    let registry = Emulated::new(registry)
        .with(guard(&desk, refuse))
        .with(Quirk::saying(About::Manifest, "ratelimit-limit", "100;w=21600"))
        .with(Quirk::saying(About::Manifest, "ratelimit-remaining", "76;w=21600"))
        .with(Quirk::refusing(About::Any.by("DELETE"), 405, UNSUPPORTED))
        .with(Quirk::refusing(About::Catalog, 401, UNAUTHORIZED))
        .with_all(bucket.redirecting(307))
        .with_all(listing_referrers(true));
    Emulation::new("docker.io", clock)
        .with("https://registry-1.docker.io", registry)
        .with("https://production.cloudflare.docker.com", bucket)
        .with_desk("https://auth.docker.io", desk)
}

/// GitHub: a challenge whose scope is an example, opaque tokens without a time that are refused for what is private,
/// parts of at most 4 MiB, lists of referrers that are on its web site, and a list of tags that ends with none.
#[must_use]
pub fn github(registry: impl Peer + 'static) -> Emulation {
    const TOO_LARGE: &str = r#"{"errors":[{"code":"REQUESTED_RANGE_NOT_SATISFIABLE","message":"the request body is too large and exceeds the maximum permissible limit of 4.00MiB"}]}"#;
    const DENIED: &str = r#"{"errors":[{"code":"DENIED","message":"denied"}]}"#;
    let clock = Clock::default();
    let desk = Desk::new(clock.clone(), 5 * MINUTE)
        .shaped(|token| format!(r#"{{"token":"{token}"}}"#))
        .judging(|scopes| scopes.iter().any(|scope| scope.contains(":private/")).then_some((403, DENIED)));
    let refuse = |_: Asked<'_>| {
        let challenge = r#"Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:user/image:pull""#;
        Some(answer(401, &[("www-authenticate", challenge), JSON], UNAUTHORIZED))
    };
    let to_web_site = |_: &mut Request<Bytes>| {
        let there = "https://github.com/-/v2/packages/container/package/team%2Fapp%2Freferrers%2Fsha256";
        Step::Answer(answer(303, &[("location", there)], ""))
    };
    let registry = Emulated::new(registry)
        .with(desk.at("/token"))
        .with(guard(&desk, refuse))
        .with(capped(4 << 20, 416, TOO_LARGE))
        .with(Quirk::silent(About::Manifest.by("PUT"), "oci-subject"))
        .with(Quirk::before(About::Referrers, to_web_site))
        .with(Quirk::refusing(About::Any.by("DELETE"), 405, UNSUPPORTED))
        .with(Quirk::refusing(About::Catalog, 404, ""))
        .with(Quirk::saying_body(About::Tags, |body| body.replace("[]", "null")));
    let web_site = |_: &Request<Bytes>| answer(429, &[("content-type", "text/html")], "<html>Too many requests</html>");
    let emulation = Emulation::new("ghcr.io", clock).with("https://ghcr.io", registry);
    Emulation { desk: Some(desk), ..emulation.with("https://github.com", web_site) }
}

/// Google: sessions outside of the registry's own paths that take no parts, lists that are whole whatever is asked for
/// and hold more than names, and a realm without a path of its own.
#[must_use]
pub fn google(registry: impl Peer + 'static) -> Emulation {
    let clock = Clock::default();
    let desk = Desk::new(clock.clone(), 60 * MINUTE);
    let refuse = |asked: Asked<'_>| Some(challenged("https://us-docker.pkg.dev/v2/token", "us-docker.pkg.dev", asked));
    let rename = |path: &str| {
        let rest = path.trim_start_matches("/v2/").replacen("/blobs/uploads/", "/uploads/", 1);
        format!("/artifacts-uploads/namespaces/{rest}")
    };
    let restore = |path: &str| {
        let rest = path.strip_prefix("/artifacts-uploads/namespaces/")?;
        Some(format!("/v2/{}", rest.replacen("/uploads/", "/blobs/uploads/", 1)))
    };
    let unnumbered = |request: &mut Request<Bytes>| {
        *request.uri_mut() = request.uri().to_string().split('?').next().unwrap().parse().unwrap();
        Step::On
    };
    let registry = Emulated::new(registry)
        .with_all(renamed(rename, restore))
        .with(desk.at("/v2/token"))
        .with(guard(&desk, refuse))
        .with(whole())
        .with(Quirk::before(About::Tags, unnumbered))
        .with(Quirk::saying_body(About::Tags, |body| {
            body.replacen('{', r#"{"child":["x"],"manifest":{"sha256:0":{"imageSizeBytes":"7","tag":["v1"]}},"#, 1)
        }))
        .with_all(listing_referrers(true));
    let emulation = Emulation::new("us-docker.pkg.dev", clock).with("https://us-docker.pkg.dev", registry);
    Emulation { desk: Some(desk), ..emulation }
}

/// Azure: answers of the token service that hold an access token alone, blobs in a storage that is in its own words,
/// and links with a parameter that is empty.
#[must_use]
pub fn azure(registry: impl Peer + 'static) -> Emulation {
    let clock = Clock::default();
    let desk = Desk::new(clock.clone(), 75 * MINUTE)
        .shaped(|token| format!(r#"{{"access_token":"{token}"}}"#))
        .refusing_posts(400);
    let bucket = Bucket::new(clock.clone(), "https://store.blob.core.windows.net", 20 * MINUTE);
    let refuse = |asked: Asked<'_>| Some(challenged("https://team.azurecr.io/oauth2/token", "team.azurecr.io", asked));
    let links = |path: &str, query: &str| format!("<{path}?{query}&orderby=>; rel=\"next\"");
    let registry = Emulated::new(registry)
        .with(desk.at("/oauth2/token"))
        .with(guard(&desk, refuse))
        .with_all(paged(About::Tags, 2, links))
        .with_all(paged(About::Catalog, 2, links))
        .with_all(bucket.redirecting(307))
        .with_all(listing_referrers(true));
    let emulation = Emulation::new("team.azurecr.io", clock).with("https://team.azurecr.io", registry);
    Emulation { desk: Some(desk), ..emulation.with("https://store.blob.core.windows.net", bucket) }
}

/// Amazon's registry: the password on every request, no digest of a tag but in the answer to `HEAD`, no word of what was
/// stored, 201 for a part, 405 for whatever is wrong, and a connection that is closed on pushes to a repository that is
/// not there, here `missing/...`.
#[must_use]
pub fn ecr(registry: impl Peer + 'static) -> Emulation {
    const HOST: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
    const TOO_MANY: &str = r#"{"errors":[{"code":"UNSUPPORTED","message":"Invalid parameter at 'maxResults' failed to satisfy constraint: 'Member must have value less than or equal to 1000'"}]}"#;
    const EXPIRED: &str = r#"{"errors":[{"code":"DENIED","message":"Your authorization token has expired. Reauthenticate and try again."}]}"#;
    let clock = Clock::default();
    let bucket = Bucket::new(clock.clone(), "https://starport.s3.eu-west-1.amazonaws.com", 60 * MINUTE);
    let refuse = |was_authorized: bool| match was_authorized {
        true => answer(403, &[JSON], EXPIRED),
        false => {
            let challenge = format!(r#"Basic realm="https://{HOST}/",service="ecr.amazonaws.com""#);
            answer(401, &[("www-authenticate", &challenge)], "Not Authorized\n")
        }
    };
    let hang_up = |request: &mut Request<Bytes>| match request.uri().path().starts_with("/v2/missing/") {
        true => Step::HangUp,
        false => Step::On,
    };
    let numbered = |request: &mut Request<Bytes>| {
        let query = request.uri().query().unwrap_or_default();
        let number = query.split('&').find_map(|pair| pair.strip_prefix("n=")?.parse::<u32>().ok());
        match number.is_some_and(|number| number > 1_000) {
            true => Step::Answer(answer(405, &[JSON], TOO_MANY)),
            false => Step::On,
        }
    };
    let registry = Emulated::new(registry)
        .with(guard_by_password(PASSWORD, refuse))
        .with(Quirk::before(About::Start, hang_up))
        .with(Quirk::silent(About::Tagged.by("GET"), "docker-content-digest"))
        .with(Quirk::silent(About::Manifest.by("PUT"), "docker-content-digest"))
        .with(Quirk::silent(About::Manifest.by("PUT"), "location"))
        .with(wanting_a_media_type())
        .with(Quirk::succeeding(About::Session.by("PATCH"), 201))
        .with(Quirk::before(About::Tags, numbered))
        .with_all(bucket.redirecting(307))
        .with_all(listing_referrers(true));
    Emulation::new(HOST, clock)
        .with(&format!("https://{HOST}"), registry)
        .with("https://starport.s3.eu-west-1.amazonaws.com", bucket)
}

/// Amazon's public registry: a scope that is none, and 400 without a challenge for a token that has expired.
#[must_use]
pub fn ecr_public(registry: impl Peer + 'static) -> Emulation {
    let clock = Clock::default();
    let desk = Desk::new(clock.clone(), 5 * MINUTE);
    let refuse = |asked: Asked<'_>| {
        let challenge = r#"Bearer realm="https://public.ecr.aws/token/",service="public.ecr.aws",scope="aws""#;
        Some(match asked.why {
            Why::Expired => answer(400, &[], "Bad Request"),
            _ => answer(401, &[("www-authenticate", challenge)], "Not Authorized\n"),
        })
    };
    let registry = Emulated::new(registry)
        .with(desk.at("/token/"))
        .with(guard(&desk, refuse))
        .with(Quirk::refusing(
            About::Catalog,
            404,
            r#"{"errors":[{"code":"NOT_FOUND","message":"404 page not found"}]}"#,
        ))
        .with_all(listing_referrers(true));
    let emulation = Emulation::new("public.ecr.aws", clock).with("https://public.ecr.aws", registry);
    Emulation { desk: Some(desk), ..emulation }
}

/// GitLab: a token service at another host whose tokens live for five minutes, blobs elsewhere, no list of referrers,
/// and fallback tags that are read as the digests that they are made of.
#[must_use]
pub fn gitlab(registry: impl Peer + 'static) -> Emulation {
    let clock = Clock::default();
    let desk = Desk::new(clock.clone(), 5 * MINUTE).shaped(|token| format!(r#"{{"token":"{token}"}}"#));
    let bucket = Bucket::new(clock.clone(), "https://cdn.registry.gitlab-static.net", 20 * MINUTE);
    let refuse = |asked: Asked<'_>| -> Option<Response<Bytes>> {
        Some(challenged("https://gitlab.com/jwt/auth", "container_registry", asked))
    };
    let registry = Emulated::new(registry)
        .with(guard(&desk, refuse))
        .with_all(unsubjected(404, "404 page not found\n"))
        .with(reading_fallback_tags_as_digests())
        .with_all(bucket.redirecting(307));
    Emulation::new("registry.gitlab.com", clock)
        .with("https://registry.gitlab.com", registry)
        .with("https://cdn.registry.gitlab-static.net", bucket)
        .with_desk("https://gitlab.com", desk)
}
