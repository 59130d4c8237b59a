//! What holds for all digests and all content.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test, and all data here is its own")]

use proptest::prelude::{Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use wharf_digest::{Algorithm, Digest, Hasher, Mismatch, Verifier};

fn digests() -> impl Strategy<Value = Digest> {
    prop_oneof![
        any::<[u8; 32]>().prop_map(Digest::from_sha256),
        any::<([u8; 32], [u8; 32])>().prop_map(|halves| Digest::from_sha512(whole(halves))),
        unknown().prop_map(|text| Digest::parse(&text).unwrap()),
    ]
}

fn whole((first, last): ([u8; 32], [u8; 32])) -> [u8; 64] {
    let mut hash = [0; 64];
    hash[..32].copy_from_slice(&first);
    hash[32..].copy_from_slice(&last);
    hash
}

/// Short, so that some algorithms are the beginning of others.
fn unknown() -> impl Strategy<Value = String> {
    "[ab0]{1,2}([+._-][ab0]){0,2}:[AZaz09=_-]{1,3}"
}

proptest! {
    #[test]
    fn print_as_what_they_were_read_from(digest in digests()) {
        prop_assert_eq!(Digest::parse(&digest.to_string()), Ok(digest));
    }

    #[test]
    fn that_can_be_read_are_canonical(text in "(sha256|sha512|SHA256|sha256 |md5)[:@]?[0-9a-fA-F]{62,66}") {
        if let Ok(digest) = Digest::parse(&text) {
            prop_assert_eq!(digest.to_string(), text);
        }
    }

    #[test]
    fn are_ordered_and_equal_as_their_texts(one in digests(), two in digests()) {
        prop_assert_eq!(one.cmp(&two), one.to_string().cmp(&two.to_string()));
        prop_assert_eq!(one == two, one.to_string() == two.to_string());
    }

    #[test]
    fn of_content_do_not_depend_on_its_pieces(content: Vec<u8>, cut: usize) {
        let (first, last) = content.split_at(cut % (content.len() + 1));
        for mut hasher in [Hasher::sha256(), Hasher::sha512()] {
            hasher.update(first);
            hasher.update(last);
            prop_assert!(hasher.finish().matches(&content).unwrap());
        }
    }

    #[test]
    fn verify_their_content_and_no_other(content: Vec<u8>, cut: usize, other: Vec<u8>) {
        let digest = Digest::of(&content);
        let (first, last) = content.split_at(cut % (content.len() + 1));
        prop_assert!(passes(&digest, content.len(), &[first, last]));
        prop_assert_eq!(passes(&digest, content.len(), &[&other]), other == content);
        prop_assert!(!passes(&digest, content.len(), &[first, last, b"!"]));
        prop_assert!(content.is_empty() || !passes(&digest, content.len(), &[&content[1..]]));
    }
}

fn passes(digest: &Digest, size: usize, pieces: &[&[u8]]) -> bool {
    let mut verifier = Verifier::new(digest, size as u64).unwrap();
    pieces.iter().all(|piece| verifier.update(piece).is_ok()) && verifier.finish().is_ok()
}

#[test]
fn of_known_content_are_known() {
    let abc = "sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
               2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";
    assert!(Digest::parse(abc).unwrap().matches(b"abc").unwrap());
    let empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(Digest::of(b"").to_string(), empty);
}

#[test]
fn verifiers_go_on_refusing() {
    let mut verifier = Verifier::new(&Digest::of(b"hello"), 5).unwrap();
    assert_eq!(verifier.update(b"hello!"), Err(Mismatch::Size { expected: 5, actual: 6 }));
    assert!(verifier.update(b"hello").is_err() && verifier.update(b"").is_err() && verifier.finish().is_err());

    let mut verifier = Verifier::new(&Digest::of(b"hello"), 5).unwrap();
    let Err(Mismatch::Digest { expected, actual }) = verifier.update(b"jello") else { panic!("not refused") };
    assert_eq!((*expected, *actual), (Digest::of(b"hello"), Digest::of(b"jello")));
    assert!(verifier.update(b"").is_err() && verifier.finish().is_err());
}

#[test]
fn verifiers_judge_the_last_byte_when_it_comes() {
    let mut verifier = Verifier::new(&Digest::of(b"hello"), 5).unwrap();
    verifier.update(b"jell").unwrap();
    assert!(verifier.update(b"o").is_err(), "nothing wrong is accepted to its end");
}

#[test]
fn are_small_and_can_be_shared() {
    fn shared<T: Send + Sync + Unpin + 'static>() {}
    shared::<Digest>();
    shared::<Hasher>();
    assert_eq!(size_of::<Digest>(), 72);
    assert_eq!(size_of::<Option<Digest>>(), 72);
    assert_eq!(Algorithm::SHA256.to_string(), "sha256");
}
