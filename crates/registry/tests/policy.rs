//! What each policy demands of a manifest, by a table; the same around a registry and within a store.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test, and all data here is its own")]

use std::error::Error as _;

use futures_util::FutureExt;
use wharf_registry::{
    Blob, Checked, Descriptor, Digest, Document, Error, ErrorCode, Index, Manifest, MediaType, Operation, Policy,
    PolicyError, Precondition, Repository, Write,
};
use wharf_store::Store;
use wharf_testkit::{Fault, Faulty};

const APP: Repository = Repository::from_static("app");
const POLICIES: [Policy; 4] = [Policy::Strict, Policy::Referential, Policy::Sparse, Policy::Lenient];

fn now<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().unwrap()
}

fn layer(content: &str) -> Descriptor {
    Descriptor::of(MediaType::LAYER, content.as_bytes())
}

/// An image with a config that is there, and these layers.
fn image(layers: Vec<Descriptor>) -> Manifest {
    Manifest::new(Descriptor::of(MediaType::IMAGE_CONFIG, b"there"), layers)
}

fn document(manifest: Manifest) -> Document {
    Document::assemble(manifest).unwrap().into_raw()
}

fn index(entry: Descriptor) -> Document {
    Document::assemble(Index::new(vec![entry])).unwrap().into_raw()
}

/// What is put, and which policies take it: a letter for each that does, in their order.
fn rows() -> Vec<(&'static str, Document, &'static str)> {
    let foreign = MediaType::parse("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip").unwrap();
    let foreign = Descriptor::of(foreign, b"gone");
    let mut elsewhere = layer("gone");
    elsewhere.urls.push("https://elsewhere.example/layer".into());
    let mut child = Descriptor::of(MediaType::IMAGE_MANIFEST, b"gone");
    child.urls.push("https://elsewhere.example/child".into());
    let unknown = MediaType::parse("application/vnd.example.manifest.v9+cbor").unwrap();
    let text = |media_type, text: &str| Document::new(media_type, text.to_owned());
    let md5 = Digest::parse("md5:d41d8cd98f00b204e9800998ecf8427e").unwrap();
    let unverifiable = Descriptor::new(MediaType::LAYER, md5, 0);
    let schema1 = MediaType::parse("application/vnd.docker.distribution.manifest.v1+json").unwrap();
    let subject = Descriptor::of(MediaType::IMAGE_MANIFEST, b"gone");
    vec![
        ("whole", document(image(vec![layer("there")])), "SRPL"),
        ("without layers, which breaks a should", document(image(Vec::new())), "SRPL"),
        ("without its subject", document(image(vec![layer("there")]).with_subject(subject)), "SRPL"),
        ("without a layer", document(image(vec![layer("there"), layer("gone")])), "PL"),
        ("without a config", document(Manifest::new(layer("gone"), vec![layer("there")])), "PL"),
        ("without a manifest", index(Descriptor::of(MediaType::IMAGE_MANIFEST, b"gone")), "PL"),
        ("with a layer that is not for everybody", document(image(vec![foreign])), "RPL"),
        ("with a layer that is elsewhere", document(image(vec![elsewhere])), "RPL"),
        ("with a manifest that is elsewhere", index(child), "RPL"),
        ("with a layer that nobody can verify", document(image(vec![unverifiable])), "PL"),
        ("a list of a blob", index(layer("there")), "SRPL"),
        ("breaks a must", text(MediaType::IMAGE_INDEX, r#"{"schemaVersion":2,"manifests":null}"#), "RPL"),
        ("of a kind that is not known", text(unknown, "\u{a1}"), "RPL"),
        ("of two kinds", text(MediaType::IMAGE_INDEX, r#"{"schemaVersion":2,"manifests":[],"layers":[]}"#), "L"),
        ("of the past", text(schema1, r#"{"schemaVersion":1,"fsLayers":[]}"#), "L"),
        ("not JSON", text(MediaType::IMAGE_MANIFEST, "{"), "L"),
        ("too large", text(MediaType::OCTET_STREAM, &" ".repeat((4 << 20) + 1)), ""),
    ]
}

fn put(registry: &dyn Write, document: &Document) -> Result<(), Error> {
    now(registry.put_manifest(&APP, document, &[], &Precondition::Always))
}

/// A store with the blob that is there.
fn store() -> Store<wharf_store::memory::Blobs, wharf_store::memory::Names> {
    let store = Store::memory();
    now(store.put_blob(&APP, Blob::from_bytes("there"))).unwrap();
    store
}

#[test]
fn the_table_holds_for_a_store_and_around_a_registry() {
    for (name, document, taken) in rows() {
        for (policy, letter) in POLICIES.into_iter().zip("SRPL".chars()) {
            let inside = put(&store().with_policy(policy), &document);
            let around = put(&Checked::new(store().with_policy(Policy::Lenient), policy), &document);
            for result in [&inside, &around] {
                assert_eq!(result.is_ok(), taken.contains(letter), "{name}: {policy:?}: {result:?}");
            }
            let codes = [inside, around].map(|result| result.err().map(|error| error.code().clone()));
            let (Some(code), _) = (&codes[0], assert_eq!(codes[0], codes[1])) else { continue };
            let expected = match name.starts_with("with") {
                true => ErrorCode::MANIFEST_BLOB_UNKNOWN,
                false => ErrorCode::MANIFEST_INVALID,
            };
            assert_eq!(*code, expected, "{name}: {policy:?}");
        }
    }
}

#[test]
fn the_policies_are_in_the_order_of_what_they_demand() {
    for (name, document, _) in rows() {
        let taken = POLICIES.map(|policy| put(&store().with_policy(policy), &document).is_ok());
        assert!(taken.is_sorted(), "{name}: {taken:?}");
    }
    assert_eq!(Policy::default(), Policy::Referential);
}

#[test]
fn a_policy_is_read_from_its_name_and_no_other() {
    let names = ["strict", "referential", "sparse", "lenient"];
    assert_eq!(POLICIES.map(|policy| policy.to_string()), names);
    assert_eq!(names.map(|name| name.parse::<Policy>().unwrap()), POLICIES);
    for name in ["", "Strict", "strict ", "none"] {
        let error = name.parse::<Policy>().unwrap_err();
        assert_eq!(error.to_string(), "a policy is strict, referential, sparse or lenient");
    }
}

#[test]
fn all_that_is_missing_is_told_once() {
    let config = Descriptor::of(MediaType::IMAGE_CONFIG, b"config");
    let manifest = document(Manifest::new(config, vec![layer("one"), layer("there"), layer("one"), layer("two")]));
    let missing = ["config", "one", "two"].map(|text| Digest::of(text.as_bytes()));
    let checked = Checked::new(store().with_policy(Policy::Lenient), Policy::Referential);
    for error in [put(&store(), &manifest).unwrap_err(), put(&checked, &manifest).unwrap_err()] {
        let Some(PolicyError::Missing(told)) = error.source().unwrap().downcast_ref() else { panic!("{error:?}") };
        assert_eq!(*told, missing);
        assert!(error.to_string().contains(&missing[0].to_string()), "{error}");
    }
}

/// That a registry does not answer does not make anything missing.
#[test]
fn a_registry_that_does_not_answer_is_an_error_of_its_own() {
    for (operation, document) in [
        (Operation::StatBlob, document(image(vec![layer("there")]))),
        (Operation::Resolve, index(Descriptor::of(MediaType::IMAGE_MANIFEST, b"gone"))),
    ] {
        let registry = Faulty::new(store().with_policy(Policy::Lenient));
        registry.always(operation, Fault::Refuse(ErrorCode::UNAVAILABLE));
        let error = put(&Checked::new(registry, Policy::Referential), &document).unwrap_err();
        assert_eq!(*error.code(), ErrorCode::UNAVAILABLE, "{operation}");
    }
}

/// Whoever puts a manifest of thousands of names would otherwise have the registry below asked as often.
#[test]
fn no_more_is_asked_once_much_is_missing() {
    let layers = (0..5000).map(|number| layer(&format!("gone {number}"))).collect();
    let entries =
        (0..5000).map(|number| Descriptor::of(MediaType::IMAGE_MANIFEST, format!("gone {number}").as_bytes()));
    let entries = Document::assemble(Index::new(entries.collect())).unwrap().into_raw();
    for (document, most) in [(document(image(layers)), 110), (entries, 220)] {
        let registry = std::sync::Arc::new(Faulty::new(store().with_policy(Policy::Lenient)));
        let checked = Checked::new(std::sync::Arc::clone(&registry), Policy::Referential);
        let error = put(&checked, &document).unwrap_err();
        let Some(PolicyError::Missing(told)) = error.source().unwrap().downcast_ref() else { panic!("{error:?}") };
        assert_eq!(told.len(), 100);
        let asked = registry.count(Operation::StatBlob) + registry.count(Operation::Resolve);
        assert!(asked <= most, "{asked}");
    }
}
