//! What holds for all requests.

use http::{Method, Uri};
use percent_encoding::percent_decode_str;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use url::Url;
use wharf_distribution::{Endpoint, Page};
use wharf_reference::{Repository, Tag, TagOrDigest};
use wharf_spec::{Algorithm, Digest, MediaType, UploadId};

use crate::route::{METHODS, read};

/// Names that are also words of the paths, and others.
pub(crate) fn repositories() -> impl Strategy<Value = Repository> {
    let word = "(blobs|uploads|manifests|tags|list|referrers|v2|sha256)";
    let other = "[a-z0-9]{1,4}((\\.|_|__|-{1,3})[a-z0-9]{1,3}){0,2}";
    vec(prop_oneof![word, other], 1..6).prop_map(|parts| Repository::parse(&parts.join("/")).unwrap())
}

pub(crate) fn tags() -> impl Strategy<Value = Tag> {
    prop_oneof!["(blobs|uploads|manifests|tags|list|referrers)", "[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"]
        .prop_map(|text| Tag::parse(&text).unwrap())
}

/// Digests of algorithms that nobody has heard of, as far as their grammar goes.
pub(crate) fn unknown_digests() -> impl Strategy<Value = Digest> {
    ("[a-z0-9]{1,3}([+._-][a-z0-9]{1,3}){0,3}", "[a-zA-Z0-9=_-]{1,140}")
        .prop_filter_map("a registered algorithm", |(name, encoded)| Digest::parse(&format!("{name}:{encoded}")).ok())
}

pub(crate) fn digests() -> impl Strategy<Value = Digest> {
    let short = any::<[u8; 32]>();
    (any::<bool>(), short, short).prop_map(|(long, hash, other)| match long {
        true => Digest::from_sha512([hash, other].concat().try_into().unwrap()),
        false => Digest::from_sha256(hash),
    })
}

fn manifests() -> impl Strategy<Value = TagOrDigest> {
    prop_oneof![tags().prop_map(TagOrDigest::Tag), digests().prop_map(TagOrDigest::Digest)]
}

pub(crate) fn uploads() -> impl Strategy<Value = UploadId> {
    prop_oneof!["(blobs|uploads|manifests|tags|list|referrers)", "[A-Za-z0-9_-]{1,128}"]
        .prop_map(|text| UploadId::parse(&text).unwrap())
}

pub(crate) fn media_types() -> impl Strategy<Value = MediaType> {
    let name = "[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,20}";
    (name, name).prop_map(|(kind, subtype)| MediaType::parse(&format!("{kind}/{subtype}")).unwrap())
}

fn algorithms() -> impl Strategy<Value = Algorithm<'static>> {
    prop_oneof![Just(Algorithm::SHA256), Just(Algorithm::SHA512)]
}

/// One request of every kind that there is.
pub(crate) fn endpoints() -> impl Strategy<Value = Vec<Endpoint>> {
    let names = (repositories(), option::of(repositories()), manifests(), digests(), uploads());
    let names = (names, option::of(algorithms()));
    let queries =
        (vec(tags(), 0..65), option::of(any::<usize>()), option::of(tags()), option::of(media_types()), any::<bool>());
    (names, queries).prop_map(
        |(((repository, other, which, digest, upload), algorithm), (tags, n, tag, artifact_type, after))| {
            let repository = || repository.clone();
            let (which, digest, upload) = (|| which.clone(), || digest.clone(), || upload.clone());
            vec![
                Endpoint::Base,
                Endpoint::GetManifest { repository: repository(), which: which() },
                Endpoint::HeadManifest { repository: repository(), which: which() },
                Endpoint::PutManifest { repository: repository(), which: which(), tags },
                Endpoint::DeleteManifest { repository: repository(), which: which() },
                Endpoint::GetBlob { repository: repository(), digest: digest() },
                Endpoint::HeadBlob { repository: repository(), digest: digest() },
                Endpoint::DeleteBlob { repository: repository(), digest: digest() },
                Endpoint::StartUpload { repository: repository(), algorithm },
                Endpoint::PostBlob { repository: repository(), digest: digest() },
                Endpoint::MountBlob { repository: repository(), digest: digest(), from: other.clone() },
                Endpoint::UploadStatus { repository: repository(), upload: upload() },
                Endpoint::AppendUpload { repository: repository(), upload: upload() },
                Endpoint::FinishUpload { repository: repository(), upload: upload(), digest: digest() },
                Endpoint::CancelUpload { repository: repository(), upload: upload() },
                Endpoint::ListTags { repository: repository(), page: Page::new(n, tag) },
                Endpoint::ListRepositories { page: Page::new(n, other) },
                Endpoint::ListReferrers {
                    repository: repository(),
                    digest: digest(),
                    artifact_type,
                    page: Page::new(n, after.then(digest)),
                },
            ]
        },
    )
}

/// Paths that somebody might try: a real one, with something in one place that may not belong there.
fn paths() -> impl Strategy<Value = String> {
    let harm = "(|/|\\.\\./|/\\.\\.|\\.|%2f|%2F|%2e%2e|%00|%25|\\\\|;|%61|%3a|a|A|_catalog|list|manifests/)";
    let last = prop_oneof!["(v1|list|x)", digests().prop_map(|digest| digest.to_string().replace(':', "%3A"))];
    (repositories(), "(manifests/|blobs/|blobs/uploads/|tags/|referrers/)", last, harm, 0..4_usize).prop_map(
        |(repository, kind, last, harm, place)| {
            let at = |here| if here == place { harm.as_str() } else { "" };
            format!("/v2/{}{repository}{}/{kind}{}{last}{}", at(0), at(1), at(2), at(3))
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn are_read_as_they_were_written(endpoints in endpoints()) {
        for endpoint in endpoints {
            prop_assert_eq!(read(endpoint.method().as_str(), &endpoint.target()), Ok(endpoint));
        }
    }

    /// No part of a request can lead out of its repository, and nobody on the way has a reason to rewrite it.
    #[test]
    fn stay_in_their_repository(endpoints in endpoints(), digest in unknown_digests()) {
        let base = Url::parse("https://registry.example").unwrap();
        let repository = Repository::from_static("a/b");
        let unknown = [
            Endpoint::GetBlob { repository: repository.clone(), digest: digest.clone() },
            Endpoint::PutManifest { repository: repository.clone(), which: digest.clone().into(), tags: Vec::new() },
            Endpoint::ListReferrers { repository, digest, artifact_type: None, page: Page::default() },
        ];
        for endpoint in endpoints.into_iter().chain(unknown) {
            let target = endpoint.target();
            let prefix = endpoint.repository().map_or("/v2/".into(), |repository| format!("/v2/{repository}/"));
            prop_assert!(target.starts_with(&prefix), "{}", target);
            let uri = target.parse::<Uri>().unwrap();
            prop_assert_eq!(uri.path_and_query().map(|target| target.as_str()), Some(target.as_str()));
            let url = base.join(&target).unwrap();
            prop_assert_eq!(url.as_str().strip_prefix("https://registry.example"), Some(target.as_str()));
        }
    }

    #[test]
    fn are_told_apart_by_method_and_target(endpoints in endpoints()) {
        for (at, one) in endpoints.iter().enumerate() {
            for other in &endpoints[..at] {
                let same = (one.method(), one.target()) == (other.method(), other.target());
                prop_assert!(!same, "{:?} and {:?}", one, other);
            }
        }
    }

    #[test]
    fn have_one_method_each(endpoints in endpoints()) {
        for endpoint in endpoints {
            for method in METHODS {
                let Ok(found) = read(method, &endpoint.target()) else { continue };
                let head_of_base = found == Endpoint::Base && method == Method::HEAD;
                prop_assert!(found.method() == method || head_of_base, "{} {}", method, endpoint.target());
                prop_assert_eq!(found == endpoint, endpoint.method() == method || head_of_base);
            }
        }
    }

    /// What is read is what was written, but for escapes in its last part.
    #[test]
    fn are_never_put_right(path in paths(), method in 0..METHODS.len()) {
        if let Ok(endpoint) = read(METHODS[method], &path) {
            let target = endpoint.target();
            let (start, last) = path.strip_suffix('/').unwrap_or(&path).rsplit_once('/').unwrap();
            let last = percent_decode_str(last).decode_utf8().unwrap();
            prop_assert_eq!(format!("{start}/{last}"), target.trim_end_matches('/'));
            prop_assert_eq!(read(endpoint.method().as_str(), &endpoint.target()), Ok(endpoint));
        }
    }
}
