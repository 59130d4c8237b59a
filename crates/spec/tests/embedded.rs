//! Content that descriptors embed is believed only after it has been compared, and each time anew.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test, and all data here is its own")]

use wharf_spec::{
    AuthorError, Content, DecodeErrorKind, Descriptor, Digest, Document, Manifest, MediaType, Mismatch, Rule,
    VerifyError,
};

fn note() -> Descriptor {
    Descriptor::embedding(MediaType::parse("text/plain").unwrap(), "hello")
}

fn manifest(config: Descriptor) -> Manifest {
    Manifest::new(config, vec![Descriptor::of(MediaType::LAYER, b"layer")])
}

/// The rules that a manifest breaks, and where.
fn violations(manifest: Manifest) -> Vec<(Rule, String)> {
    let violations = Document::assemble(manifest).unwrap().violations();
    violations.iter().map(|violation| (violation.rule(), violation.path().to_owned())).collect()
}

#[test]
fn what_is_as_described_is_given_out() {
    assert_eq!(note().content().unwrap().unwrap(), "hello");
    assert_eq!(Descriptor::of(MediaType::LAYER, b"hello").content(), Ok(None));
    let empty = Descriptor::embedding(MediaType::OCTET_STREAM, "");
    assert_eq!(empty.content().unwrap().unwrap(), "");
    assert_eq!(violations(manifest(note())), []);
}

/// A descriptor that is changed after it was made or read does not vouch for what it embedded before.
#[test]
fn what_a_changed_descriptor_embeds_is_not_given_out() {
    let changes: [fn(&mut Descriptor); 5] = [
        |note| note.digest = Digest::of(b"other"),
        |note| note.size = 4,
        |note| note.size = 6,
        |note| note.data = Some("hellO".into()),
        |note| note.data = Some("hello, world".into()),
    ];
    let read = Document::author(manifest(note())).unwrap().into_raw().decode::<Manifest>().unwrap();
    for change in changes {
        for mut note in [note(), read.view().config.clone()] {
            assert!(note.content().is_ok());
            change(&mut note);
            assert!(matches!(note.content(), Err(VerifyError::Mismatch(_))));
            assert!(matches!(Document::author(manifest(note)), Err(AuthorError::Violations(_))));
        }
    }
}

#[test]
fn wrong_sizes_and_wrong_digests_are_told_apart() {
    let mut size = note();
    size.size = 6;
    assert_eq!(violations(manifest(size.clone())), [(Rule::DataSize, "$.config.data".to_owned())]);
    assert!(matches!(size.content(), Err(VerifyError::Mismatch(Mismatch::Size { .. }))));
    let mut digest = note();
    digest.digest = Digest::of(b"other");
    assert_eq!(violations(manifest(digest.clone())), [(Rule::DataDigest, "$.config.data".to_owned())]);
    assert!(matches!(digest.content(), Err(VerifyError::Mismatch(Mismatch::Digest { .. }))));

    let mut both = note();
    (both.size, both.digest) = (0, Digest::of(b"other"));
    let mut made = manifest(note());
    made.layers.push(both);
    let data = || "$.layers[1].data".to_owned();
    assert_eq!(violations(made), [(Rule::DataSize, data()), (Rule::DataDigest, data())]);
}

/// What cannot be computed is not called wrong, and not given out either.
#[test]
fn content_under_a_digest_that_cannot_be_computed_is_not_given_out() {
    let mut note = note();
    note.digest = Digest::parse("md5:5d41402abc4b2a76b9719d911017c592").unwrap();
    assert!(matches!(note.content(), Err(VerifyError::Unsupported(_))));
    assert_eq!(violations(manifest(note)), []);
}

/// A document that embeds the wrong content can be read, since others have signed it; the content cannot be had from it.
#[test]
fn documents_with_wrong_content_are_read_and_their_content_is_not() {
    let text = format!(
        r#"{{"schemaVersion":2,"config":{{"mediaType":"a/b","digest":"{}","size":5,"data":"SEVMTE8="}},"layers":[]}}"#,
        Digest::of(b"hello")
    );
    let read = Document::new(MediaType::IMAGE_MANIFEST, text).decode::<Manifest>().unwrap();
    assert_eq!(read.view().config.data.as_deref(), Some(&b"HELLO"[..]));
    assert!(read.view().config.content().is_err());
    assert!(read.violations().iter().any(|violation| violation.rule() == Rule::DataDigest));
}

#[test]
fn two_mebibytes_are_too_much_and_one_is_not() {
    let read = |size: usize| {
        let blob = Descriptor::embedding(MediaType::OCTET_STREAM, vec![7; size]);
        Document::assemble(manifest(blob)).map(|document| document.view().config.content().map(|data| data.is_some()))
    };
    assert_eq!(read(1 << 20), Ok(Ok(true)));
    for size in [(1 << 20) + 1, 2 << 20] {
        assert_eq!(read(size).unwrap_err().kind(), DecodeErrorKind::TooMuchData);
    }
}

/// Content that is refused before it is decoded is not counted twice, and that of every descriptor is counted.
#[test]
fn the_content_of_every_descriptor_of_a_document_is_counted() {
    let blob = |fill: u8, size: usize| Descriptor::embedding(MediaType::OCTET_STREAM, vec![fill; size]);
    let read = |rest: usize| {
        let mut subject = blob(4, rest);
        subject.media_type = MediaType::IMAGE_MANIFEST;
        let mut made = Manifest::new(blob(1, 1 << 20), vec![blob(2, 1 << 19), blob(3, 1 << 18)]);
        made.subject = Some(subject);
        Document::assemble(made).map(|_| ()).map_err(|error| error.kind())
    };
    assert_eq!(read(1 << 18), Ok(()));
    assert_eq!(read((1 << 18) + 1), Err(DecodeErrorKind::TooMuchData));
}

/// The empty descriptor has one digest and one size, whatever it embeds.
#[test]
fn empty_descriptors_are_of_the_empty_object() {
    let artifact = |config: Descriptor| {
        let mut made = Manifest::artifact(MediaType::parse("a/b").unwrap(), Vec::new());
        made.config = config;
        violations(made)
    };
    assert_eq!(artifact(Descriptor::empty()), []);
    let bare = Descriptor::of(MediaType::EMPTY, b"{}");
    assert_eq!(artifact(bare), []);
    let wrong = (Rule::EmptyDescriptor, "$.config".to_owned());
    for content in [&b"{ }"[..], b"", b"[]", b"{}\n"] {
        assert_eq!(artifact(Descriptor::of(MediaType::EMPTY, content)), std::slice::from_ref(&wrong));
    }
    let mut size = Descriptor::of(MediaType::EMPTY, b"{}");
    size.size = 3;
    assert_eq!(artifact(size), [wrong]);
    let config = Document::new(MediaType::IMAGE_CONFIG, "{}").decode::<Content>().unwrap();
    assert_eq!(config.descriptor().digest, Descriptor::empty().digest);
}
