//! Conversions to and from the types of `oci-spec`: all or nothing, and the faults of that crate that they hold off.

#![cfg(feature = "oci-spec")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "a test, and all data here is its own"
)]

use std::error::Error;

use oci_spec::image as theirs;
use oci_spec::image::{
    Arch, ConfigBuilder, DescriptorBuilder, HistoryBuilder, ImageConfiguration, ImageConfigurationBuilder, ImageIndex,
    ImageIndexBuilder, ImageManifest, ImageManifestBuilder, Os, PlatformBuilder,
};
use serde_json::{Value, json};
use wharf_spec::oci_spec::{ConversionError, ConversionErrorKind};
use wharf_spec::{
    DecodeError, DecodeErrorKind, Descriptor, Digest, Document, ImageConfig, Index, LayoutHeader, Manifest, MediaType,
    Platform,
};

#[path = "oci_spec/documents.rs"]
mod documents;
#[path = "oci_spec/path.rs"]
mod path;
#[path = "oci_spec/property.rs"]
mod property;

fn descriptor() -> Value {
    json!({"mediaType": "application/vnd.oci.empty.v1+json", "digest": Digest::of(b"{}").to_string(), "size": 2})
}

/// The descriptor with more members.
fn with(members: Value) -> Value {
    let mut descriptor = descriptor();
    let Value::Object(members) = members else { panic!("members") };
    descriptor.as_object_mut().unwrap().extend(members);
    descriptor
}

fn manifest(document: &Value) -> Document<Manifest> {
    Document::new(MediaType::IMAGE_MANIFEST, document.to_string()).decode().unwrap()
}

fn index(manifests: Value) -> Document<Index> {
    let document = json!({"schemaVersion": 2, "manifests": manifests});
    Document::new(MediaType::IMAGE_INDEX, document.to_string()).decode().unwrap()
}

fn config(document: &Value) -> Document<ImageConfig> {
    Document::new(MediaType::IMAGE_CONFIG, document.to_string()).decode().unwrap()
}

fn told<T>(converted: Result<T, ConversionError>) -> (ConversionErrorKind, String) {
    let Err(error) = converted else { panic!("something is lost") };
    (error.kind(), error.path().to_owned())
}

#[test]
fn os_version_and_os_features_are_never_lost_in_silence() {
    let windows = json!({"architecture": "amd64", "os": "windows", "os.version": "10.0.20348.2582"});
    let document = index(json!([with(json!({"platform": windows}))]));
    let read: ImageIndex = serde_json::from_slice(document.bytes()).unwrap();
    assert_eq!(*read.manifests()[0].platform().as_ref().unwrap().os_version(), None, "the fault that this is about");
    let lost = |path: &str| (ConversionErrorKind::Lost, path.to_owned());
    assert_eq!(told(ImageIndex::try_from(&document)), lost("$.manifests[0].platform['os.version']"));

    let features = json!({"architecture": "amd64", "os": "windows", "os.features": ["win32k"]});
    let document = index(json!([descriptor(), with(json!({"platform": features}))]));
    assert_eq!(told(ImageIndex::try_from(&document)), lost("$.manifests[1].platform['os.features']"));
}

#[test]
fn os_version_and_os_features_set_by_hand_arrive_under_their_names() {
    let windows = PlatformBuilder::default().architecture(Arch::Amd64).os(Os::Windows);
    let windows = windows.os_version("10.0.17763").os_features(vec!["win32k".to_owned()]).build().unwrap();
    assert_eq!(Platform::try_from(&windows).unwrap().full(), "windows(10.0.17763+win32k)/amd64");

    let mut entry = theirs::Descriptor::try_from(&Descriptor::new(MediaType::EMPTY, Digest::of(b"{}"), 2)).unwrap();
    entry.set_platform(Some(windows));
    let index = ImageIndexBuilder::default().schema_version(2_u32).manifests(vec![entry]).build().unwrap();
    let document = Document::<Index>::try_from(&index).unwrap();
    let written: Value = serde_json::from_slice(document.bytes()).unwrap();
    assert_eq!(written["manifests"][0]["platform"]["os.version"], "10.0.17763");
}

#[test]
fn armbe_does_not_become_arm64be() {
    let platform = json!({"architecture": "armbe", "os": "linux"});
    let document = index(json!([with(json!({"platform": platform}))]));
    let changed = (ConversionErrorKind::Changed, "$.manifests[0].platform.architecture".to_owned());
    assert_eq!(told(ImageIndex::try_from(&document)), changed);

    let platform = PlatformBuilder::default().architecture(Arch::ARMbe).os(Os::Linux).build().unwrap();
    assert_eq!(Platform::try_from(&platform).unwrap().architecture, "armbe", "it is only misread");
}

#[test]
fn unknown_members_are_never_dropped() {
    let cases = [
        (json!({"x-unknown": 1}), "$['x-unknown']"),
        (json!({"it's": ""}), r"$['it\'s']"),
        (json!({"\u{202e}\u{1f6a2}\n": {}}), r"$['\u202e\ud83d\udea2\u000a']"),
        (json!({"_1": []}), "$._1"),
        (json!({"1": false}), "$['1']"),
        (json!({"b": 1, "a": {"b": null}}), "$.a"),
        (json!({"layers": [descriptor(), with(json!({"x": "y"}))]}), "$.layers[1].x"),
        (json!({"subject": with(json!({"deep": {"er": [1]}}))}), "$.subject.deep"),
    ];
    for (members, path) in cases {
        let mut document = json!({"schemaVersion": 2, "config": descriptor(), "layers": []});
        document.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        assert_eq!(told(ImageManifest::try_from(&manifest(&document))), (ConversionErrorKind::Lost, path.to_owned()));
        assert!(path::exists(&document, path), "{path}");
    }
    let document =
        config(&json!({"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": []},
        "config": {"Healthcheck": {"Test": ["NONE"]}}}));
    let lost = (ConversionErrorKind::Lost, "$.config.Healthcheck".to_owned());
    assert_eq!(told(ImageConfiguration::try_from(&document)), lost);
}

#[test]
fn null_is_absent_on_the_way_there() {
    let document = manifest(&json!({"schemaVersion": 2, "config": with(json!({"urls": null, "platform": null})),
        "layers": [], "annotations": null, "x-unknown": null}));
    let there = ImageManifest::try_from(&document).unwrap();
    assert_eq!((there.annotations(), there.config().urls()), (&None, &None));
    assert_eq!(Document::<Manifest>::try_from(&there).unwrap().view(), document.view());
}

#[test]
fn empty_is_absent_on_the_way_back() {
    let run = ConfigBuilder::default().user("").env(Vec::new()).volumes(Vec::new()).build().unwrap();
    let step = HistoryBuilder::default().created_by("sh").empty_layer(false).build().unwrap();
    let there = ImageConfigurationBuilder::default().architecture(Arch::Amd64).os(Os::Linux).config(run);
    let there = there.history(vec![step]).build().unwrap();
    let document = Document::<ImageConfig>::try_from(&there).unwrap();
    assert_eq!((document.view().os.as_str(), document.view().history.len()), ("linux", 1));
}

#[test]
fn annotations_have_one_order() {
    let annotations: serde_json::Map<_, _> = (0..9).map(|key| (format!("key{key}"), json!("value"))).collect();
    let document =
        manifest(&json!({"schemaVersion": 2, "config": descriptor(), "layers": [], "annotations": annotations}));
    let written = |_| {
        let there = ImageManifest::try_from(&document).unwrap();
        Document::<Manifest>::try_from(&there).unwrap().bytes().clone()
    };
    let mut all: Vec<_> = (0..20).map(written).collect();
    all.dedup();
    assert_eq!(all.len(), 1);
}

#[test]
fn schema_version_99_is_refused() {
    let there: ImageManifest =
        serde_json::from_value(json!({"schemaVersion": 99, "config": descriptor(), "layers": []})).unwrap();
    let error = Document::<Manifest>::try_from(&there).unwrap_err();
    assert_eq!(error.kind(), ConversionErrorKind::Invalid);
    let source = error.source().unwrap().downcast_ref::<DecodeError>().unwrap();
    assert_eq!(source.kind(), DecodeErrorKind::SchemaVersion);
    assert!(path::exists(&serde_json::to_value(&there).unwrap(), error.path()), "{error}");
}

#[test]
fn what_is_not_valid_is_refused_where_it_is() {
    let entry = theirs::Descriptor::try_from(&Descriptor::new(MediaType::EMPTY, Digest::of(b"{}"), 2)).unwrap();
    let wrong = DescriptorBuilder::default().media_type("no type").digest(entry.digest().clone()).size(2_u64);
    let wrong = wrong.build().unwrap();
    let invalid = |path: &str| (ConversionErrorKind::Invalid, path.to_owned());
    assert_eq!(told(Descriptor::try_from(&wrong)), invalid("$.mediaType"));

    let builder = || ImageManifestBuilder::default().schema_version(2_u32).config(entry.clone());
    let there = builder().layers(vec![entry.clone(), wrong]).build().unwrap();
    assert_eq!(told(Document::<Manifest>::try_from(&there)), invalid("$.layers[1].mediaType"));
    let there = builder().layers(Vec::new()).media_type("text/plain; charset=utf-8").build().unwrap();
    assert_eq!(told(Document::<Manifest>::try_from(&there)), invalid("$.mediaType"));
    let there = builder().layers(Vec::new()).media_type(theirs::MediaType::ImageIndex).build().unwrap();
    assert_eq!(told(Document::<Manifest>::try_from(&there)).0, ConversionErrorKind::Invalid);
}

#[test]
fn what_they_cannot_read_is_named() {
    let unreadable = |path: &str| (ConversionErrorKind::Unreadable, path.to_owned());
    let mut short = descriptor();
    short["digest"] = json!("sha384:abc");
    let document = manifest(&json!({"schemaVersion": 2, "config": descriptor(), "layers": [descriptor(), short]}));
    assert_eq!(told(ImageManifest::try_from(&document)), unreadable("$.layers[1].digest"));
    assert_eq!(told(theirs::Descriptor::try_from(&document.view().layers[1])), unreadable("$.digest"));

    let document = config(&json!({"architecture": "amd64", "os": "linux"}));
    assert_eq!(told(ImageConfiguration::try_from(&document)), unreadable("$"));
    let rootfs = json!({"type": "layers", "diff_ids": null});
    let document =
        config(&json!({"architecture": "amd64", "os": "linux", "config": {"Cmd": ["sh"]}, "rootfs": rootfs}));
    assert_eq!(told(ImageConfiguration::try_from(&document)), unreadable("$.rootfs.diff_ids"));
}

#[test]
fn a_media_type_that_only_the_outside_says_is_not_lost() {
    let bytes = json!({"schemaVersion": 2, "config": descriptor(), "layers": []}).to_string();
    let document = Document::new(MediaType::DOCKER_MANIFEST, bytes).decode::<Manifest>().unwrap();
    assert_eq!(told(ImageManifest::try_from(&document)), (ConversionErrorKind::Lost, "$".to_owned()));
    let bytes = json!({"schemaVersion": 2, "manifests": []}).to_string();
    let document = Document::new(MediaType::DOCKER_MANIFEST_LIST, bytes).decode::<Index>().unwrap();
    assert_eq!(told(ImageIndex::try_from(&document)), (ConversionErrorKind::Lost, "$".to_owned()));

    let said = json!({"schemaVersion": 2, "mediaType": MediaType::DOCKER_MANIFEST.as_str(), "config": descriptor(),
        "layers": []});
    let document = Document::new(MediaType::DOCKER_MANIFEST, said.to_string()).decode::<Manifest>().unwrap();
    let there = ImageManifest::try_from(&document).unwrap();
    assert_eq!(*Document::<Manifest>::try_from(&there).unwrap().media_type(), MediaType::DOCKER_MANIFEST);
}

#[test]
fn descriptors_are_carried_with_all_they_have() {
    let full = with(json!({"urls": ["https://example.com/a"], "annotations": {"b": "", "a": "1"}, "data": "e30=",
        "artifactType": "application/vnd.example", "platform": {"architecture": "arm", "os": "linux", "variant": "v7"}}));
    let descriptor = index(json!([full])).view().manifests[0].clone();
    let there = theirs::Descriptor::try_from(&descriptor).unwrap();
    assert_eq!(serde_json::to_value(&there).unwrap(), full);
    assert_eq!(Descriptor::try_from(&there).unwrap(), descriptor);
}

#[test]
fn platforms_are_carried_or_refused() {
    let platform: Platform = "linux/arm/v7".parse().unwrap();
    let there = theirs::Platform::try_from(&platform).unwrap();
    assert_eq!((there.architecture(), there.variant().as_deref()), (&Arch::ARM, Some("v7")));
    assert_eq!(Platform::try_from(&there).unwrap(), platform);
    let windows: Platform = "windows(10.0.17763)/amd64".parse().unwrap();
    let lost = (ConversionErrorKind::Lost, "$['os.version']".to_owned());
    assert_eq!(told(theirs::Platform::try_from(&windows)), lost);
}

#[test]
fn media_types_are_carried_as_text() {
    let known = [
        ("application/vnd.oci.descriptor", theirs::MediaType::Descriptor),
        ("application/vnd.oci.image.manifest.v1+json", theirs::MediaType::ImageManifest),
        (
            "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
            theirs::MediaType::ImageLayerNonDistributableZstd,
        ),
        ("application/vnd.oci.empty.v1+json", theirs::MediaType::EmptyJSON),
        (
            "application/vnd.docker.image.rootfs.diff.tar.gzip",
            "application/vnd.docker.image.rootfs.diff.tar.gzip".into(),
        ),
    ];
    for (text, there) in known {
        let here = MediaType::parse(text).unwrap();
        assert_eq!(theirs::MediaType::from(&here), there);
        assert_eq!(MediaType::try_from(&there).unwrap(), here);
    }
    let other = theirs::MediaType::Other("application/vnd.oci.image.config.v1+json".into());
    assert_eq!(MediaType::try_from(&other).unwrap(), MediaType::IMAGE_CONFIG, "whatever the variant");
    assert_eq!(told(MediaType::try_from(&theirs::MediaType::Other("none".into()))).0, ConversionErrorKind::Invalid);
}

#[test]
fn layout_headers_are_carried() {
    let header = LayoutHeader::decode(LayoutHeader::V1.as_bytes()).unwrap();
    let there = theirs::OciLayout::try_from(&header).unwrap();
    assert_eq!(there.image_layout_version(), "1.0.0");
    assert_eq!(LayoutHeader::try_from(&there).unwrap(), header);
}

#[test]
fn errors_can_cross_threads_and_quote_nothing() {
    fn check<T: Error + Send + Sync + 'static>(_: &T) {}
    let document = manifest(&json!({"schemaVersion": 2, "config": descriptor(), "layers": [], "x": "secret"}));
    let error = ImageManifest::try_from(&document).unwrap_err();
    check(&error);
    assert_eq!(error.to_string(), "$.x would be lost");
    assert!(!format!("{error:?}").contains("secret"));
}
