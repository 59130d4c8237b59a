//! What other crates get wrong about documents, found by running them. Each fault has a test here, so that it is not made
//! again; each test says where it was seen.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test, and all data here is its own")]

use std::collections::HashSet;

use wharf_spec::{
    AuthorError, Content, DecodeErrorKind, Descriptor, Digest, Document, Index, Manifest, MediaType, Platform,
    PlatformMatcher, Rule, VerifyError,
};

const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn descriptor(members: &str) -> String {
    format!(r#"{{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{DIGEST}","size":0{members}}}"#)
}

/// oci-spec 0.10: `Platform` neither reads nor writes `os.version` and `os.features`, and members that are not known are
/// dropped: the document that comes back is another one.
#[test]
fn windows_versions_and_features_and_unknown_members_are_not_lost() {
    let platform = r#""platform":{"os":"windows","architecture":"amd64","os.version":"10.0.20348.2582","os.features":["win32k"],"x":[1]}"#;
    let text = format!(
        "{{\n  \"schemaVersion\": 2,\n  \"manifests\": [{}], \"y\": 1e0 }}\n",
        descriptor(&format!(",{platform}"))
    );
    let document = Document::new(MediaType::IMAGE_INDEX, text.clone()).decode::<Index>().unwrap();
    assert_eq!(document.bytes(), &text);
    assert_eq!(*document.digest(), Digest::of(text.as_bytes()));
    let read = document.view().manifests[0].platform.as_ref().unwrap();
    assert_eq!(read.os_version.as_deref(), Some("10.0.20348.2582"));
    assert_eq!(read.os_features, ["win32k"]);
    let unknown = document.unknown();
    let unknown: Vec<_> = unknown.iter().map(|member| (member.path(), member.json())).collect();
    assert_eq!(unknown, [("$.manifests[0].platform.x", "[1]"), ("$.y", "1e0")]);

    // What is written anew has all that is known.
    let written = Document::author(document.view().clone()).unwrap();
    assert!(
        std::str::from_utf8(written.bytes()).unwrap().contains(r#""os.version":"10.0.20348.2582","os.features":["#)
    );
    assert_eq!(written.into_raw().decode::<Index>().unwrap().view(), document.view());
}

/// oci-spec 0.10: annotations are kept in a map without order, and twenty serialisations of one manifest are up to 19
/// different byte strings.
#[test]
fn a_manifest_with_annotations_is_the_same_bytes_each_time() {
    let write = |first: usize| {
        let config = Descriptor::of(MediaType::IMAGE_CONFIG, b"{}").with_annotation("z", "1").with_annotation("a", "2");
        let names = (0..8).map(|number| (number * 3 + first) % 8);
        let manifest = names.fold(Manifest::new(config, Vec::new()), |manifest, name| {
            manifest.with_annotation(format!("org.example.{name}"), "value")
        });
        Document::author(manifest).unwrap().bytes().clone()
    };
    let written: HashSet<_> = (0..20).map(write).collect();
    assert_eq!(written.len(), 1);
}

/// oci-spec 0.10: a document of `schemaVersion` 99 is read like one of 2.
#[test]
fn schema_version_99_is_refused() {
    for version in ["99", "1", "0", "-2", "3"] {
        let text = format!(r#"{{"schemaVersion":{version},"manifests":[]}}"#);
        let error = Document::new(MediaType::IMAGE_INDEX, text).decode::<Content>().unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::SchemaVersion, "{version}");
    }
    let mut made = Index::new(Vec::new());
    made.schema_version = 99;
    assert!(
        matches!(Document::author(made), Err(AuthorError::Decode(error)) if error.kind() == DecodeErrorKind::SchemaVersion)
    );
}

/// oci-client 0.18: a document with the members of a manifest and of an index is accepted as one of them, which
/// image-spec forbids since CVE-2021-41190.
#[test]
fn a_document_with_config_and_manifests_is_refused() {
    let text = format!(r#"{{"schemaVersion":2,"config":{},"layers":[],"manifests":[]}}"#, descriptor(""));
    for media_type in [MediaType::IMAGE_MANIFEST, MediaType::IMAGE_INDEX, MediaType::DOCKER_MANIFEST_LIST] {
        let error = Document::new(media_type, text.clone()).decode::<Content>().unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::Ambiguous);
    }
    assert_eq!(Document::inferred(text).unwrap_err().kind(), DecodeErrorKind::Ambiguous);
}

/// oci-client 0.18: a second `layers`, or `manifests`, replaces the first; other readers take the first.
#[test]
fn a_second_list_of_layers_or_manifests_is_refused() {
    let image = format!(r#"{{"schemaVersion":2,"config":{},"layers":[],"layers":[{0}]}}"#, descriptor(""));
    let index = format!(r#"{{"schemaVersion":2,"manifests":[],"manife\u0073ts":[{}]}}"#, descriptor(""));
    for (media_type, text) in [(MediaType::IMAGE_MANIFEST, image), (MediaType::IMAGE_INDEX, index)] {
        let error = Document::new(media_type, text).decode::<Content>().unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::Duplicate);
    }
}

/// oci-client 0.18: an OCI index that does not say its media type is pushed as Docker's manifest list.
#[test]
fn an_index_without_media_type_is_not_a_docker_list() {
    let text = format!(r#"{{ "schemaVersion": 2, "manifests": [ {} ] }}"#, descriptor(""));
    let document = Document::inferred(text.clone()).unwrap();
    assert_eq!(*document.media_type(), MediaType::IMAGE_INDEX);
    assert_eq!(document.bytes(), &text);
    // It stays one when it is read as what it was taken for, and is written as what it is.
    let read = document.decode::<Index>().unwrap();
    assert_eq!((read.media_type(), read.view().media_type.as_ref()), (&MediaType::IMAGE_INDEX, None));
    assert_eq!(read.into_raw().bytes(), &text);
    assert_eq!(*Document::author(Index::new(Vec::new())).unwrap().media_type(), MediaType::IMAGE_INDEX);
}

/// oci-client 0.18: `data`, `subject` and `urls` are lost when a manifest is read and written.
#[test]
fn data_subject_and_urls_are_not_lost() {
    let config = descriptor(r#","data":"","urls":["https://a.example/b"]"#);
    let subject = descriptor(r#","artifactType":"a/b""#);
    let text = format!(r#"{{"schemaVersion":2,"config":{config},"layers":[],"subject":{subject}}}"#);
    let document = Document::new(MediaType::IMAGE_MANIFEST, text).decode::<Manifest>().unwrap();
    let again = Document::author(document.view().clone()).unwrap().into_raw().decode::<Manifest>().unwrap();
    for manifest in [document.view(), again.view()] {
        assert_eq!(manifest.config.data.as_deref(), Some(&b""[..]));
        assert_eq!(manifest.config.urls, ["https://a.example/b"]);
        assert_eq!(manifest.subject.as_ref().unwrap().artifact_type.as_ref().unwrap().as_str(), "a/b");
    }
}

/// oci-client 0.18: layers come back in the order in which they were fetched.
#[test]
fn layers_stay_in_order() {
    let digest = |number: usize| Digest::of(&number.to_le_bytes());
    let layers = (0..100).rev().map(|number| Descriptor::new(MediaType::LAYER, digest(number), 8)).collect();
    let manifest = Manifest::new(Descriptor::of(MediaType::IMAGE_CONFIG, b"{}"), layers);
    let document = Document::author(manifest).unwrap().into_raw().decode::<Content>().unwrap();
    let read: Vec<_> = document.view().blobs().skip(1).map(|layer| layer.digest.clone()).collect();
    assert_eq!(read, (0..100).rev().map(digest).collect::<Vec<_>>());
    assert!(document.links().skip(1).map(|link| &link.descriptor.digest).eq(&read));
}

/// oci-client 0.18: an image for amd64/v4 is chosen on a plain amd64 host, which cannot run it.
#[test]
fn amd64_v4_is_not_chosen_on_amd64() {
    let host: Platform = "linux/amd64".parse().unwrap();
    let entry = |variant: Option<&str>| {
        let mut platform = Platform::new("linux", "amd64");
        platform.variant = variant.map(Into::into);
        Descriptor::of(MediaType::IMAGE_MANIFEST, variant.unwrap_or_default().as_bytes()).with_platform(platform)
    };
    let index = Index::new(vec![entry(Some("v4")), entry(None)]);
    assert_eq!(index.select(&host), Some(&index.manifests[1]));
    let alone = Index::new(vec![entry(Some("v4"))]);
    assert_eq!(alone.select(&host), None);
    assert!(!PlatformMatcher::compatible(&host).matches(alone.manifests[0].platform.as_ref().unwrap()));
}

/// oci-spec 0.10: `armbe` is read as `arm64be`.
#[test]
fn armbe_is_not_arm64be() {
    let platform = r#","platform":{"os":"linux","architecture":"armbe"}"#;
    let text = format!(r#"{{"schemaVersion":2,"manifests":[{}]}}"#, descriptor(platform));
    let document = Document::new(MediaType::IMAGE_INDEX, text).decode::<Index>().unwrap();
    let read = document.view().manifests[0].platform.clone().unwrap();
    assert_eq!(read.architecture, "armbe");
    assert!(!read.matches(&Platform::new("linux", "arm64be")));
    assert!(document.violations().iter().all(|violation| violation.rule() != Rule::PlatformName));
    let written = Document::author(document.view().clone()).unwrap();
    assert!(std::str::from_utf8(written.bytes()).unwrap().contains(r#""architecture":"armbe""#));
}

/// oci-client 0.18: what comes is held against the digest of its descriptor, and never against the size.
#[test]
fn the_size_of_a_descriptor_is_checked() {
    let content = b"content";
    let right = Descriptor::of(MediaType::IMAGE_MANIFEST, content);
    let document = Document::new(MediaType::IMAGE_MANIFEST, &content[..]);
    assert_eq!((right.describes(content), document.is_described_by(&right)), (Ok(()), Ok(())));
    for size in [0, 6, 8, u64::MAX] {
        let mut wrong = right.clone();
        wrong.size = size;
        assert!(matches!(wrong.describes(content), Err(VerifyError::Mismatch(_))), "{size}");
        assert!(matches!(document.is_described_by(&wrong), Err(VerifyError::Mismatch(_))), "{size}");
    }
}

/// oci-client 0.18: the digest `sha256:../../../x` of a descriptor reaches another endpoint. oci-spec 0.10: digits in
/// upper case and letters that are not ASCII are accepted.
#[test]
fn digests_of_documents_have_their_grammar() {
    let digits = DIGEST.strip_prefix("sha256:").unwrap();
    let upper = format!("sha256:{}", digits.to_uppercase());
    let wide = format!("sha256:{}", digits.replace('0', "\u{ff10}"));
    let wrong = ["sha256:../../../x", "SHA256:", &upper, &wide, digits, "sha256:", "sha256:a", "sha256:%2e%2e"];
    for digest in wrong {
        for media_type in [MediaType::IMAGE_INDEX, MediaType::IMAGE_CONFIG] {
            let text = match media_type.is_index() {
                true => {
                    format!(r#"{{"schemaVersion":2,"manifests":[{{"mediaType":"a/b","size":1,"digest":"{digest}"}}]}}"#)
                }
                false => format!(r#"{{"rootfs":{{"type":"layers","diff_ids":["{digest}"]}}}}"#),
            };
            let error = Document::new(media_type, text.clone()).decode::<Content>().unwrap_err();
            assert_eq!((error.kind(), error.at()), (DecodeErrorKind::WrongShape, text.find(&format!("\"{digest}\""))));
        }
    }
}

/// oci-spec 0.10: constructors and setters check nothing, so what is not valid is written.
#[test]
fn what_is_not_valid_is_not_written() {
    let config = Descriptor::of(MediaType::IMAGE_CONFIG, b"{}");
    let broken = |change: fn(&mut Manifest)| {
        let mut manifest = Manifest::new(config.clone(), vec![Descriptor::of(MediaType::LAYER, b"layer")]);
        change(&mut manifest);
        match Document::author(manifest).unwrap_err() {
            AuthorError::Violations(violations) => violations[0].path().to_owned(),
            AuthorError::Decode(error) => format!("{:?}", error.kind()),
            error => panic!("{error}"),
        }
    };
    assert_eq!(broken(|manifest| manifest.schema_version = 1), "SchemaVersion");
    assert_eq!(broken(|manifest| manifest.media_type = Some(MediaType::OCTET_STREAM)), "MediaType");
    assert_eq!(broken(|manifest| manifest.config.size = u64::MAX), "WrongShape");
    assert_eq!(broken(|manifest| manifest.config.urls = vec!["file:///etc".into()]), "$.config.urls[0]");
    assert_eq!(broken(|manifest| manifest.config.media_type = MediaType::EMPTY), "$");
    assert_eq!(broken(|manifest| manifest.layers[0].data = Some("other".into())), "$.layers[0].data");
    assert_eq!(broken(|manifest| manifest.subject = Some(manifest.layers[0].clone())), "$.subject.mediaType");
    assert_eq!(
        broken(|manifest| manifest.layers[0].platform = Some(Platform::new("", "amd64"))),
        "$.layers[0].platform.os"
    );
    assert_eq!(broken(|manifest| drop(manifest.annotations.insert("a".into(), "x".repeat(5 << 20)))), "TooLarge");
}
