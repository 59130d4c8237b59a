//! A walk reads everything once, children first, and stops at its limits.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test, and all data here is its own")]

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use futures_util::FutureExt;
use wharf_registry::walk::{Tree, Visit, WalkError, decode, walk};
use wharf_registry::{
    Blob, Content, DecodeErrorKind, Descriptor, Digest, Document, Error, ErrorCode, Index, Limits, MediaType,
    Operation, Raw, Read, Repository, TagOrDigest,
};
use wharf_testkit::fixture;

const APP: Repository = Repository::from_static("app");

/// Manifests by digest, and how often one was read.
#[derive(Default)]
struct Documents {
    documents: HashMap<Digest, Document>,
    reads: AtomicUsize,
}

impl Documents {
    fn add(&mut self, document: Document) -> Descriptor {
        let descriptor = document.descriptor();
        self.documents.insert(descriptor.digest.clone(), document);
        descriptor
    }

    fn add_index(&mut self, entries: Vec<Descriptor>) -> Descriptor {
        self.add(Document::author(Index::new(entries)).unwrap().into_raw())
    }

    fn walk(&self, root: &Descriptor, limits: &Limits) -> Result<Tree, WalkError> {
        let root = decode(self.documents[&root.digest].clone(), limits)?;
        walk(self, &APP, root, limits, |_| Visit::Enter).now_or_never().unwrap()
    }

    fn reads(&self) -> usize {
        self.reads.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl Read for Documents {
    async fn manifest(&self, _: &Repository, which: &TagOrDigest) -> Result<Document<Raw>, Error> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        let found = if let TagOrDigest::Digest(digest) = which { self.documents.get(digest) } else { None };
        found.cloned().ok_or_else(|| Error::new(ErrorCode::MANIFEST_UNKNOWN, Operation::GetManifest))
    }

    async fn blob(&self, _: &Repository, _: &Digest) -> Result<Blob, Error> {
        panic!("a walk reads no blobs")
    }
}

/// Indexes in levels, where each of the two of a level names both of the level below: 2^levels ways to the one image.
fn diamond(levels: usize) -> (Documents, Descriptor) {
    let mut documents = Documents::default();
    let image = documents.add(fixture::image(1, 1, 10).document());
    let mut below = vec![image.clone()];
    for level in 0..levels {
        let marked = |side: &str| image.clone().with_annotation("at", format!("{side}{level}"));
        let [left, right] = ["left", "right"].map(|side| [below.clone(), vec![marked(side)]].concat());
        below = vec![documents.add_index(left), documents.add_index(right)];
    }
    let root = documents.add_index(below);
    (documents, root)
}

#[test]
fn shared_children_are_read_once() {
    let (documents, root) = diamond(7);
    let tree = documents.walk(&root, &Limits::default()).unwrap();
    assert_eq!(tree.documents.len(), 2 * 7 + 2);
    assert_eq!(documents.reads(), 2 * 7 + 1, "all but the root");
}

#[test]
fn deep_nesting_is_refused_early() {
    let (documents, root) = diamond(40);
    assert!(matches!(documents.walk(&root, &Limits::default()), Err(WalkError::TooDeep)));
    assert!(documents.reads() <= 8, "{} reads", documents.reads());
}

/// There are 2^40 ways from the top to the image, and each document is read once.
#[test]
fn a_diamond_of_forty_levels_is_read_in_linear_time() {
    let (documents, root) = diamond(40);
    let mut limits = Limits::default();
    limits.depth = 41;
    let tree = documents.walk(&root, &limits).unwrap();
    assert_eq!((tree.documents.len(), documents.reads()), (2 * 40 + 2, 2 * 40 + 1));
    assert_eq!(tree.documents.last().unwrap().digest(), &root.digest);
}

#[test]
fn seventeen_levels_are_as_deep_as_is_allowed() {
    let mut documents = Documents::default();
    let image = documents.add(fixture::image(1, 1, 10).document());
    let root = (0..17).fold(image, |below, _| documents.add_index(vec![below]));
    assert!(matches!(documents.walk(&root, &Limits::default()), Err(WalkError::TooDeep)));
    assert_eq!(documents.reads(), Limits::default().depth);
    let mut limits = Limits::default();
    for (depth, fits) in [(16, false), (17, true), (18, true)] {
        limits.depth = depth;
        assert_eq!(documents.walk(&root, &limits).is_ok(), fits, "{depth}");
    }
}

/// No index can have its own digest in it. What pretends to be one is another document than it is described as.
#[test]
fn an_index_that_names_itself_is_not_what_it_is_described_as() {
    let mut documents = Documents::default();
    let named = Descriptor::of(MediaType::IMAGE_INDEX, b"the index that is meant");
    let root = documents.add_index(vec![named.clone()]);
    let itself = documents.documents[&root.digest].clone();
    documents.documents.insert(named.digest.clone(), itself);
    let error = documents.walk(&root, &Limits::default()).unwrap_err();
    let WalkError::Descriptor { expected, actual } = error else { panic!("{error:?}") };
    assert_eq!((*expected, actual.digest, documents.reads()), (named, root.digest, 1));
}

#[test]
fn an_index_of_twenty_thousand_descriptors_is_refused_before_any_is_read() {
    let child = r#"{"mediaType":"a/b","size":0,"digest":"a:b"}"#;
    let text = format!(r#"{{"schemaVersion":2,"manifests":[{}]}}"#, vec![child; 20_000].join(","));
    let mut documents = Documents::default();
    let root = documents.add(Document::new(MediaType::IMAGE_INDEX, text));
    let error = documents.walk(&root, &Limits::default()).unwrap_err();
    let WalkError::Decode { digest, source } = error else { panic!("{error:?}") };
    assert_eq!((digest, source.kind(), documents.reads()), (root.digest, DecodeErrorKind::TooManyDescriptors, 0));
}

/// As many, but in two indexes.
#[test]
fn twenty_thousand_documents_are_too_many_for_one_walk() {
    let mut documents = Documents::default();
    let chart = MediaType::parse("application/vnd.example.chart+json").unwrap();
    let mut half = |from: u32| {
        let charts = (from..from + 10_000).map(|n| documents.add(Document::new(chart.clone(), n.to_string())));
        let charts = charts.collect();
        documents.add_index(charts)
    };
    let halves = vec![half(0), half(10_000)];
    let root = documents.add_index(halves);
    assert!(matches!(documents.walk(&root, &Limits::default()), Err(WalkError::TooMuch)));
    assert_eq!(documents.reads(), Limits::default().documents);
}

#[test]
fn children_come_before_their_parents() {
    let (documents, root) = diamond(3);
    let tree = documents.walk(&root, &Limits::default()).unwrap();
    let mut seen = Vec::new();
    for document in &tree.documents {
        assert!(document.view().children().all(|child| seen.contains(&child.digest)));
        seen.push(document.digest().clone());
    }
    assert_eq!(seen.last(), Some(&root.digest));
}

#[test]
fn blobs_are_named_once() {
    let mut documents = Documents::default();
    let [one, two] = [1, 2].map(|seed| fixture::image(seed, 2, 10));
    let mut shares = one.manifest.view().clone();
    shares.layers.reverse();
    let entries = [one.document(), Document::author(shares).unwrap().into_raw(), two.document()];
    let entries = entries.into_iter().map(|document| documents.add(document)).collect();
    let root = documents.add_index(entries);
    let tree = documents.walk(&root, &Limits::default()).unwrap();
    let blobs: Vec<_> = tree.blobs.iter().map(|blob| blob.digest.clone()).collect();
    let expected: Vec<_> = one.blobs().chain(two.blobs()).map(|bytes| Digest::of(bytes)).collect();
    assert_eq!(blobs, expected);
}

#[test]
fn what_is_skipped_is_not_read() {
    let mut documents = Documents::default();
    let [one, two] = [1, 2].map(|seed| documents.add(fixture::image(seed, 1, 10).document()));
    let root = documents.add_index(vec![one.clone(), two.clone()]);
    let root = decode(documents.documents[&root.digest].clone(), &Limits::default()).unwrap();
    let visit = |child: &Descriptor| if *child == one { Visit::Skip } else { Visit::Enter };
    let tree = walk(&documents, &APP, root, &Limits::default(), visit).now_or_never().unwrap().unwrap();
    assert_eq!((tree.documents.len(), documents.reads()), (2, 1));
    assert_eq!(tree.documents[0].digest(), &two.digest);
}

#[test]
fn a_child_that_is_not_as_described_is_refused() {
    let mut documents = Documents::default();
    let child = documents.add(fixture::image(1, 1, 10).document());
    let mut longer = child.clone();
    longer.size += 1;
    let mut dockers = child;
    dockers.media_type = MediaType::DOCKER_MANIFEST;
    for wrong in [longer, dockers] {
        let root = documents.add_index(vec![wrong.clone()]);
        let error = documents.walk(&root, &Limits::default()).unwrap_err();
        let WalkError::Descriptor { expected, actual } = error else { panic!("{error:?}") };
        assert!(*expected == wrong && *actual != wrong);
    }
}

#[test]
fn a_child_that_is_another_document_than_its_descriptor_says_is_refused() {
    let mut documents = Documents::default();
    let child = documents.add(fixture::image(1, 1, 10).document());
    let root = documents.add_index(vec![child.clone()]);
    let other = fixture::image(2, 1, 10).document();
    documents.documents.insert(child.digest.clone(), other.clone());
    let error = documents.walk(&root, &Limits::default()).unwrap_err();
    assert!(
        error.to_string().contains(&child.digest.to_string())
            && error.to_string().contains(&other.digest().to_string())
    );
    let WalkError::Descriptor { expected, actual } = error else { panic!("{error:?}") };
    assert_eq!((*expected, actual.digest), (child, other.digest().clone()));
}

/// The descriptor and the registry agree on what the body is not.
#[test]
fn a_child_whose_body_is_of_another_kind_is_refused() {
    let mut documents = Documents::default();
    let index = Document::author(Index::new(Vec::new())).unwrap();
    let child = documents.add(Document::new(MediaType::IMAGE_MANIFEST, index.bytes().clone()));
    let root = documents.add_index(vec![child.clone()]);
    let error = documents.walk(&root, &Limits::default()).unwrap_err();
    let WalkError::Decode { digest, source } = error else { panic!("{error:?}") };
    assert_eq!((digest, source.kind()), (child.digest, DecodeErrorKind::MediaType));
    assert!(source.to_string().contains("has the members of the kind index"), "{source}");
}

#[test]
fn a_child_that_is_missing_or_unreadable_is_an_error() {
    let mut documents = Documents::default();
    let root = documents.add_index(vec![fixture::image(1, 1, 10).document().descriptor()]);
    let error = documents.walk(&root, &Limits::default()).unwrap_err();
    assert!(matches!(&error, WalkError::Read(error) if error.is_not_found()), "{error:?}");

    let broken = documents.add(Document::new(MediaType::IMAGE_MANIFEST, "{"));
    let root = documents.add_index(vec![broken.clone()]);
    let error = documents.walk(&root, &Limits::default()).unwrap_err();
    assert!(matches!(&error, WalkError::Decode { digest, .. } if *digest == broken.digest), "{error:?}");
}

#[test]
fn an_unknown_kind_is_carried_and_not_entered() {
    let mut documents = Documents::default();
    let chart = MediaType::parse("application/vnd.example.chart+json").unwrap();
    let opaque = documents.add(Document::new(chart, "anything"));
    let root = documents.add_index(vec![opaque]);
    let tree = documents.walk(&root, &Limits::default()).unwrap();
    assert_eq!(*tree.documents[0].view(), Content::Opaque);
}

#[test]
fn limits_hold_to_the_last_document_and_byte() {
    let (documents, root) = diamond(3);
    let count = documents.documents.len();
    let bytes: usize = documents.documents.values().map(|document| document.bytes().len()).sum();
    let within = |change: &dyn Fn(&mut Limits)| {
        let mut limits = Limits::default();
        change(&mut limits);
        documents.walk(&root, &limits)
    };
    for (extra, fits) in [(0, false), (1, true), (2, true)] {
        let walked = within(&|limits| limits.documents = count - 1 + extra);
        assert_eq!(walked.is_ok(), fits, "{extra}");
        assert!(fits || matches!(walked, Err(WalkError::TooMuch)));
        let walked = within(&|limits| limits.walk_bytes = bytes - 1 + extra);
        assert_eq!(walked.is_ok(), fits, "{extra}");
        assert!(fits || matches!(walked, Err(WalkError::TooMuch)));
        // Three levels of indexes and the image are four below the root.
        let walked = within(&|limits| limits.depth = 3 + extra);
        assert_eq!(walked.is_ok(), fits, "{extra}");
        assert!(fits || matches!(walked, Err(WalkError::TooDeep)));
    }
}
