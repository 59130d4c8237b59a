//! The law of order, for graphs of many shapes: content before what needs it, and the tag with the last of it.

use std::collections::HashSet;

use wharf_registry::{Content, Descriptor, Tag};
use wharf_transfer::Options;

use crate::fixture::{FROM, TO, copy_latest, image, index};
use crate::shelf::{Call, Shelf};

/// A small generator of numbers, so that every run tests the same shapes.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }
}

/// Images with layers in common, and indexes of whatever came before them.
fn graph(shelf: &Shelf, seed: u64) -> Descriptor {
    let mut numbers = Numbers(seed);
    let layers = ["a", "bb", "ccc", "dddd", "eeeee"];
    let mut nodes = Vec::new();
    for platform in ["linux/amd64", "linux/arm64", "linux/386", "windows/amd64"] {
        let own: Vec<_> = (0..numbers.below(4)).map(|_| layers[numbers.below(layers.len())]).collect();
        nodes.push(image(shelf, platform, &own));
    }
    for _ in 0..5 {
        let children: Vec<_> = (0..=numbers.below(4)).map(|_| &nodes[numbers.below(nodes.len())]).collect();
        let node = index(shelf, &children);
        nodes.push(node);
    }
    nodes.pop().unwrap()
}

#[tokio::test]
async fn content_comes_before_what_needs_it_and_the_tag_with_the_last() {
    for seed in 0..200 {
        let (source, target) = (Shelf::default(), Shelf::default());
        let root = graph(&source, seed);
        source.set_tag(&FROM, "latest", &root.digest);
        // The target itself refuses a manifest that comes too early.
        copy_latest(&source, &target, &Options::default()).await.unwrap();

        let calls = target.take_calls();
        let mut stored = HashSet::new();
        for call in &calls {
            match call {
                Call::PutBlob(digest) => assert!(stored.insert(digest.clone()), "seed {seed}: stored twice"),
                Call::PutManifest(digest, tags) => {
                    let document = source.document(&FROM, digest).unwrap().decode::<Content>().unwrap();
                    let needs = document.view().children().chain(document.view().blobs());
                    assert!(needs.into_iter().all(|need| stored.contains(&need.digest)), "seed {seed}");
                    assert!(stored.insert(digest.clone()), "seed {seed}: stored twice");
                    assert_eq!(tags.is_empty(), *digest != root.digest, "seed {seed}");
                }
                Call::GetManifest(_) | Call::GetBlob(_) => panic!("seed {seed}: the target is not read"),
            }
        }
        assert_eq!(calls.last(), Some(&Call::PutManifest(root.digest.clone(), vec![Tag::LATEST])));
        assert_eq!(target.tag(&TO, "latest"), Some(root.digest));
    }
}
