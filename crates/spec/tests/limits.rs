//! Limits of documents, at the limit and on both sides of it; and what is written is what was meant.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test, and all data here is its own")]

use wharf_spec::{
    Content, DecodeErrorKind, Descriptor, Digest, Document, ImageConfig, Index, Limits, Manifest, MediaType, Platform,
    VerifyError,
};

fn descriptor(number: usize) -> Descriptor {
    Descriptor::new(MediaType::LAYER, Digest::of(&number.to_le_bytes()), 8)
}

fn kind(document: Document, limits: &Limits) -> Result<Content, DecodeErrorKind> {
    let decoded = document.decode_within::<Content>(limits);
    decoded.map(|document| document.view().clone()).map_err(|error| error.kind())
}

#[test]
fn bytes_are_counted() {
    let document = Document::author(Index::new(Vec::new())).unwrap().into_raw();
    let length = document.bytes().len();
    for (limit, fits) in [(length - 1, false), (length, true), (length + 1, true)] {
        let mut limits = Limits::default();
        limits.document_bytes = limit;
        let decoded = kind(document.clone(), &limits);
        assert_eq!(decoded.is_ok(), fits, "{limit}");
        assert!(fits || decoded == Err(DecodeErrorKind::TooLarge));
    }
}

#[test]
fn descriptors_are_counted() {
    // Three layers and the config.
    let manifest = Manifest::new(descriptor(0), (1..4).map(descriptor).collect());
    let index = Index::new((0..4).map(descriptor).collect());
    for document in [Document::author(manifest).unwrap().into_raw(), Document::author(index).unwrap().into_raw()] {
        for (limit, fits) in [(3, false), (4, true), (5, true)] {
            let mut limits = Limits::default();
            limits.descriptors = limit;
            let decoded = kind(document.clone(), &limits);
            assert_eq!(decoded.is_ok(), fits, "{limit}");
            assert!(fits || decoded == Err(DecodeErrorKind::TooManyDescriptors));
        }
    }
}

#[test]
fn nesting_is_limited() {
    let nested = |depth: usize| {
        let (open, close) = ("[".repeat(depth), "]".repeat(depth));
        Document::new(MediaType::IMAGE_INDEX, format!(r#"{{"schemaVersion":2,"manifests":[],"x":{open}{close}}}"#))
    };
    assert!(kind(nested(63), &Limits::default()).is_ok());
    assert_eq!(kind(nested(64), &Limits::default()), Err(DecodeErrorKind::TooDeep));
    assert_eq!(kind(nested(200), &Limits::default()), Err(DecodeErrorKind::TooDeep));
    assert_eq!(kind(nested(1_000_000), &Limits::default()), Err(DecodeErrorKind::TooDeep));
}

#[test]
fn errors_say_where_and_not_what() {
    let text = "{\"schemaVersion\": 2,\n \"manifests\": [\"SECRET\"]}";
    let error = Document::new(MediaType::IMAGE_INDEX, text).decode::<Content>().unwrap_err();
    assert_eq!(error.kind(), DecodeErrorKind::WrongShape);
    assert_eq!(error.at(), text.find("\"SECRET"));
    assert!(!format!("{error} {error:?}").contains("SECRET"));
}

#[test]
fn documents_are_accepted_under_their_digest_only() {
    let bytes = "{}";
    let right = Digest::of(bytes.as_bytes());
    assert_eq!(*Document::verified(MediaType::EMPTY, bytes, &right).unwrap().digest(), right);
    let wrong = Document::verified(MediaType::EMPTY, bytes, &Digest::of(b"")).unwrap_err();
    assert!(matches!(wrong, VerifyError::Mismatch(_)));
    let unknown = Digest::parse("md5:99914b932bd37a50b983c5e7c90ae93b").unwrap();
    let unknown = Document::verified(MediaType::EMPTY, bytes, &unknown).unwrap_err();
    assert!(matches!(unknown, VerifyError::Unsupported(_)));
}

#[test]
fn what_is_authored_reads_as_it_was_made_and_is_written_the_same_again() {
    let mut manifest =
        Manifest::new(descriptor(0), vec![descriptor(1).with_annotation("b", "2").with_annotation("a", "1")]);
    manifest.subject = Some(Descriptor::of(MediaType::IMAGE_MANIFEST, b"{}"));
    manifest.annotations.insert("é \" \\ \n".into(), "\u{7f}/".into());
    let document = Document::author(manifest.clone()).unwrap();
    let read = document.clone().into_raw().decode::<Manifest>().unwrap();
    assert_eq!(*read.view(), manifest);
    assert_eq!(Document::author(read.view().clone()).unwrap(), document);

    let mut config = ImageConfig::new(Platform::new("linux", "arm64"));
    config.rootfs.diff_ids.push(Digest::of(b""));
    config.config.exposed_ports.insert("80/tcp".into());
    let document = Document::author(config.clone()).unwrap();
    assert_eq!(*document.into_raw().decode::<ImageConfig>().unwrap().view(), config);
}

#[test]
fn configurations_are_read_as_tools_write_them() {
    let nulls = r#"{"architecture":"amd64","os":"linux","x":1,"config":{"Env":null,"Labels":null,"Volumes":{"/data":{}}},
        "history":null,"rootfs":null}"#;
    for media_type in [MediaType::IMAGE_CONFIG, MediaType::DOCKER_CONFIG] {
        let config = Document::new(media_type, nulls).decode::<ImageConfig>().unwrap();
        assert_eq!(config.view().rootfs.kind, "", "nothing is made up");
        assert!(config.view().config.volumes.contains("/data"));
    }
    let other = Document::new(MediaType::EMPTY, nulls).decode::<ImageConfig>().unwrap_err();
    assert_eq!(other.kind(), DecodeErrorKind::MediaType);
    let array = Document::new(MediaType::IMAGE_CONFIG, "[]").decode::<ImageConfig>().unwrap_err();
    assert_eq!(array.kind(), DecodeErrorKind::NotJson);
}

#[test]
fn texts_are_as_long_as_what_they_say() {
    let mut limits = Limits::default();
    limits.text_bytes = 40;
    let text = |value: &str| {
        let text = format!(r#"{{"schemaVersion":2,"manifests":[],"x":"{value}"}}"#);
        kind(Document::new(MediaType::IMAGE_INDEX, text), &limits).err()
    };
    let letters = |count: usize, letter: &str| letter.repeat(count);
    for (letter, most) in [("a", 40), ("\\u0041", 40), ("\\n", 40), ("é", 20), ("\\u00e9", 20), ("\\ud83d\\ude00", 10)]
    {
        assert_eq!(text(&letters(most, letter)), None, "{letter}");
        assert_eq!(text(&letters(most + 1, letter)), Some(DecodeErrorKind::TooLong), "{letter}");
    }
}

#[test]
fn embedded_content_does_not_lift_the_limit_of_texts() {
    let mut limits = Limits::default();
    limits.text_bytes = 80;
    let index = |value: &str| {
        let entry =
            format!(r#"{{"mediaType":"a/b","size":90,"digest":"a:b","data":"{}","x":"{value}"}}"#, "A".repeat(120));
        let text = format!(r#"{{"schemaVersion":2,"manifests":[{entry}]}}"#);
        kind(Document::new(MediaType::IMAGE_INDEX, text), &limits).err()
    };
    assert_eq!(index(&"x".repeat(80)), None);
    assert_eq!(index(&"x".repeat(81)), Some(DecodeErrorKind::TooLong));
}
