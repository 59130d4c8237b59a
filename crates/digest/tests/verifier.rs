//! The verifier at the promised size and beside it.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test, and all data here is its own"
)]

use wharf_digest::{Digest, Mismatch, Verifier};

#[test]
fn takes_content_in_any_pieces() {
    for cut in 0..=5 {
        let mut verifier = Verifier::new(&Digest::of(b"hello"), 5).unwrap();
        let (one, two) = b"hello".split_at(cut);
        verifier.update(one).unwrap();
        assert_eq!(verifier.finish().is_ok(), cut == 5);
        verifier.update(two).unwrap();
        verifier.update(b"").unwrap();
        assert_eq!(verifier.finish(), Ok(()));
    }
}

#[test]
fn refuses_the_first_byte_too_many_for_ever() {
    let mut verifier = Verifier::new(&Digest::of(b"hello"), 5).unwrap();
    verifier.update(b"hello").unwrap();
    assert_eq!(verifier.update(b"!"), Err(Mismatch::Size { expected: 5, actual: 6 }));
    assert!(verifier.update(b"").is_err() && verifier.finish().is_err());
}

#[test]
fn refuses_the_last_byte_of_wrong_content() {
    let mut verifier = Verifier::new(&Digest::of(b"hello"), 5).unwrap();
    verifier.update(b"hell").unwrap();
    assert!(matches!(verifier.update(b"p"), Err(Mismatch::Digest { .. })));
    assert!(verifier.finish().is_err());
}

#[test]
fn an_unbelievable_size_costs_nothing() {
    let mut verifier = Verifier::new(&Digest::of(b""), u64::MAX).unwrap();
    verifier.update(b"x").unwrap();
    assert_eq!(verifier.finish(), Err(Mismatch::Size { expected: u64::MAX, actual: 1 }));
}
