//! The tables of requests.

use std::collections::BTreeMap;

use http::{Method, StatusCode};
use wharf_distribution::{Endpoint, Page, RouteError};
use wharf_spec::ErrorCode;

use crate::table::rows;

pub(crate) const METHODS: [&str; 10] =
    ["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "MOVE"];

#[test]
fn are_read_as_the_table_says() {
    for [method, target, expected, origin] in rows("route.tsv", 172) {
        let case = format!("{origin}: {method} {target}");
        let read = read(&method, &target);
        let written = expected.strip_suffix(" =");
        assert_eq!(told(&read), written.unwrap_or(&expected), "{case}");
        if let Ok(endpoint) = read {
            assert_eq!(endpoint.target() == target, written.is_some(), "{case}: {}", endpoint.target());
            assert_eq!(endpoint.method().as_str(), method, "{case}");
        }
    }
}

#[test]
fn have_the_methods_of_the_table() {
    for [target, variants] in rows("route-method.tsv", 13) {
        let variants: BTreeMap<_, _> = variants.split(' ').map(|pair| pair.split_once('=').unwrap()).collect();
        assert!(variants.keys().all(|method| METHODS.contains(method)), "{target}");
        for method in METHODS {
            let told = told(&read(method, &target));
            let expected = variants.get(method).copied().unwrap_or("E:MethodNotAllowed");
            assert_eq!(told.split(' ').next(), Some(expected), "{method} {target}");
        }
    }
}

#[test]
fn have_a_limit_of_64_parameters() {
    let target = |count: usize| {
        let tags: Vec<_> = (0..count).map(|at| format!("tag=t{at}")).collect();
        format!("/v2/a/manifests/sha256:{}?{}", "f".repeat(64), tags.join("&"))
    };
    let tags = |count| match read("PUT", &target(count)) {
        Ok(Endpoint::PutManifest { tags, .. }) => Ok(tags.len()),
        other => Err(told(&other)),
    };
    assert_eq!(tags(63), Ok(63));
    assert_eq!(tags(64), Ok(64));
    assert_eq!(tags(65), Err("E:TooManyParameters".into()));
}

/// What the distribution-spec's tables of endpoints and of error codes want.
#[test]
fn that_are_none_are_answered_as_the_specification_wants() {
    let cases = [
        (RouteError::NotFound, 404, ErrorCode::NAME_INVALID),
        (RouteError::MethodNotAllowed, 405, ErrorCode::UNSUPPORTED),
        (RouteError::InvalidName, 400, ErrorCode::NAME_INVALID),
        (RouteError::InvalidTag, 400, ErrorCode::MANIFEST_INVALID),
        (RouteError::NoTag, 404, ErrorCode::MANIFEST_UNKNOWN),
        (RouteError::InvalidDigest, 400, ErrorCode::DIGEST_INVALID),
        (RouteError::MissingDigest, 400, ErrorCode::DIGEST_INVALID),
        (RouteError::InvalidAlgorithm, 400, ErrorCode::DIGEST_INVALID),
        (RouteError::InvalidUpload, 404, ErrorCode::BLOB_UPLOAD_UNKNOWN),
        (RouteError::InvalidPage, 400, ErrorCode::UNSUPPORTED),
        (RouteError::InvalidArtifactType, 400, ErrorCode::UNSUPPORTED),
        (RouteError::TooManyParameters, 414, ErrorCode::UNSUPPORTED),
    ];
    for (error, status, code) in cases {
        assert_eq!((error.status(), error.code()), (StatusCode::from_u16(status).unwrap(), code), "{error}");
    }
}

/// Reads a request as a server would get it.
pub(crate) fn read(method: &str, target: &str) -> Result<Endpoint, RouteError> {
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    Endpoint::parse(&method.parse::<Method>().unwrap(), path, query)
}

fn told(read: &Result<Endpoint, RouteError>) -> String {
    let endpoint = match read {
        Ok(endpoint) => endpoint,
        Err(error) => return format!("E:{error:?}"),
    };
    let debug = format!("{endpoint:?}");
    let variant = debug.split([' ', '{']).next().unwrap();
    let repository = endpoint.repository().map(ToString::to_string);
    [vec![variant.to_owned()], repository.into_iter().collect(), rest(endpoint)].concat().join(" ")
}

/// What an endpoint has besides its repository.
fn rest(endpoint: &Endpoint) -> Vec<String> {
    match endpoint {
        Endpoint::Base => Vec::new(),
        Endpoint::StartUpload { algorithm, .. } => algorithm.iter().map(|name| format!("algorithm={name}")).collect(),
        Endpoint::GetManifest { which, .. }
        | Endpoint::HeadManifest { which, .. }
        | Endpoint::DeleteManifest { which, .. } => vec![which.to_string()],
        Endpoint::PutManifest { which, tags, .. } => {
            std::iter::once(which.to_string()).chain(tags.iter().map(|tag| format!("tag={tag}"))).collect()
        }
        Endpoint::GetBlob { digest, .. }
        | Endpoint::HeadBlob { digest, .. }
        | Endpoint::DeleteBlob { digest, .. }
        | Endpoint::PostBlob { digest, .. } => vec![digest.to_string()],
        Endpoint::MountBlob { digest, from, .. } => with(digest, "from", from.as_ref()),
        Endpoint::UploadStatus { upload, .. }
        | Endpoint::AppendUpload { upload, .. }
        | Endpoint::CancelUpload { upload, .. } => vec![upload.to_string()],
        Endpoint::FinishUpload { upload, digest, .. } => vec![upload.to_string(), digest.to_string()],
        Endpoint::ListTags { page, .. } => paged(page),
        Endpoint::ListRepositories { page } => paged(page),
        Endpoint::ListReferrers { digest, artifact_type, page, .. } => {
            [with(digest, "artifactType", artifact_type.as_ref()), paged(page)].concat()
        }
        other => panic!("an endpoint that no row can have: {other:?}"),
    }
}

fn with(digest: &wharf_spec::Digest, name: &str, value: Option<&impl ToString>) -> Vec<String> {
    std::iter::once(digest.to_string()).chain(value.map(|value| format!("{name}={}", value.to_string()))).collect()
}

fn paged<T: ToString>(page: &Page<T>) -> Vec<String> {
    let n = page.n.map(|n| format!("n={n}"));
    n.into_iter().chain(page.last.as_ref().map(|last| format!("last={}", last.to_string()))).collect()
}
