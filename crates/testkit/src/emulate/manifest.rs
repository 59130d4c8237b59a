use http::header::ACCEPT;

use super::{About, Quirk, Step, answer};

/// Makes a signed manifest of the first schema of a tag's manifest whose type was not asked for by its name, as Quay
/// does.
#[must_use]
pub fn converting_to_schema_1() -> Quirk {
    Quirk::after(About::Tagged.by("GET"), |request, response| {
        let kind = response.headers().get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let mut accepted = request.headers().get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
        if response.status().is_success() && !accepted.any(|accepted| accepted.contains(kind)) {
            let kind = "application/vnd.docker.distribution.manifest.v1+prettyjws";
            *response = answer(200, &[("content-type", kind)], r#"{"schemaVersion":1,"name":"a","tag":"b"}"#);
        }
    })
}

/// Refuses manifests that do not say their own type, in the way of ECR.
#[must_use]
pub fn wanting_a_media_type() -> Quirk {
    Quirk::before(About::Manifest.by("PUT"), |request| {
        match String::from_utf8_lossy(request.body()).contains(r#""mediaType":"application/vnd."#) {
            true => Step::On,
            false => {
                let body = r#"{"errors":[{"code":"UNSUPPORTED","message":"Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'"}]}"#;
                Step::Answer(answer(405, &[("content-type", "application/json")], body))
            }
        }
    })
}

/// Reads the tag `sha256-…` as the digest that it is made of, as GitLab does.
#[must_use]
pub fn reading_fallback_tags_as_digests() -> Quirk {
    Quirk::before(About::Tagged, |request| {
        *request.uri_mut() =
            request.uri().to_string().replace("/manifests/sha256-", "/manifests/sha256:").parse().unwrap();
        Step::On
    })
}
