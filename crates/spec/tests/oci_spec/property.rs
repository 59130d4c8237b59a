//! Manifests made at random.

use oci_spec::image::ImageManifest;
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::{Strategy, any, prop_assert_eq, prop_oneof, proptest};
use proptest::strategy::Just;
use serde_json::{Map, Value, json};
use wharf_spec::oci_spec::ConversionErrorKind;
use wharf_spec::{Digest, Document, Manifest};

proptest! {
    #[test]
    fn manifests_come_back_as_they_were(content in manifest()) {
        let document = super::manifest(&content);
        let there = ImageManifest::try_from(&document).unwrap();
        prop_assert_eq!(&serde_json::to_value(&there).unwrap(), &content);
        let back = Document::<Manifest>::try_from(&there).unwrap();
        prop_assert_eq!(back.view(), document.view());
        // What was written here is canonical, so the way from here is the same bytes again.
        let again = ImageManifest::try_from(&back).and_then(|there| Document::<Manifest>::try_from(&there)).unwrap();
        prop_assert_eq!(again.bytes(), back.bytes());
    }

    #[test]
    fn one_unknown_member_is_found_wherever_it_is(content in manifest(), choice in any::<usize>(), value in something()) {
        let mut content = content;
        let mut places = Vec::new();
        objects(&content, "$".into(), &mut places);
        let place = &places[choice % places.len()];
        let pointer = place.replace(['$', ']'], "").replace(['.', '['], "/");
        content.pointer_mut(&pointer).unwrap().as_object_mut().unwrap().insert("unknown".into(), value);
        let error = ImageManifest::try_from(&super::manifest(&content)).unwrap_err();
        prop_assert_eq!(error.kind(), ConversionErrorKind::Lost);
        prop_assert_eq!(error.path(), format!("{place}.unknown"));
    }
}

fn manifest() -> impl Strategy<Value = Value> {
    let parts =
        (descriptor(), vec(descriptor(), 0..4), option::of(descriptor()), annotations(), option::of(media_type()));
    parts.prop_map(|(config, layers, subject, annotations, artifact_type)| {
        let media_type = "application/vnd.oci.image.manifest.v1+json";
        let document = json!({"schemaVersion": 2, "mediaType": media_type, "config": config, "layers": layers});
        extend(document, json!({"subject": subject, "annotations": annotations, "artifactType": artifact_type}))
    })
}

fn descriptor() -> impl Strategy<Value = Value> {
    let urls = option::of(vec("https://[a-z]{1,8}/", 0..3));
    let content = prop_oneof![Just(b"{}".to_vec()), vec(any::<u8>(), 0..9)];
    (media_type(), content, urls, annotations(), option::of(platform())).prop_map(
        |(media_type, content, urls, annotations, platform)| {
            let digest = Digest::of(&content).to_string();
            let data = (content == b"{}").then_some("e30=");
            let document = json!({"mediaType": media_type, "digest": digest, "size": content.len()});
            extend(document, json!({"urls": urls, "annotations": annotations, "platform": platform, "data": data}))
        },
    )
}

fn platform() -> impl Strategy<Value = Value> {
    // Any words but the one that is misread.
    let architecture = prop_oneof!["amd64|arm64|386|ppc64le", "[a-z][a-z0-9]{0,8}"]
        .prop_filter("misread", |architecture| architecture != "armbe");
    (architecture, "linux|windows|[a-z]{1,8}", option::of("v[1-9]")).prop_map(|(architecture, os, variant)| {
        extend(json!({"architecture": architecture, "os": os}), json!({"variant": variant}))
    })
}

fn annotations() -> impl Strategy<Value = Option<std::collections::BTreeMap<String, String>>> {
    option::of(btree_map(any::<String>(), any::<String>(), 0..5))
}

fn media_type() -> impl Strategy<Value = String> {
    prop_oneof![
        "application/vnd\\.oci\\.image\\.layer\\.v1\\.tar(\\+(gzip|zstd))?",
        "[a-z]{1,8}/[a-z][a-z0-9.+-]{0,20}"
    ]
}

/// A value that says something.
fn something() -> impl Strategy<Value = Value> {
    prop_oneof![Just(json!({})), Just(json!([])), Just(json!("")), Just(json!(false)), Just(json!([{"a": 1}]))]
}

/// The document with those of the members that are not null.
fn extend(mut document: Value, members: Value) -> Value {
    let Value::Object(members) = members else { panic!("members") };
    let said = members.into_iter().filter(|(_, value)| !value.is_null());
    document.as_object_mut().unwrap().extend(said.collect::<Map<_, _>>());
    document
}

/// The paths of all objects but annotations, whose members are free.
fn objects(value: &Value, path: String, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            let known = members.iter().filter(|(name, _)| *name != "annotations");
            known.for_each(|(name, value)| objects(value, format!("{path}.{name}"), found));
            found.push(path);
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.for_each(|(position, item)| objects(item, format!("{path}[{position}]"), found));
        }
        _ => {}
    }
}
