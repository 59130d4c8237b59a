//! The words of the errors, which people search for.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test, and all data here is its own"
)]

use wharf_digest::{Digest, Hasher, Mismatch, Verifier};

#[test]
fn parse_errors() {
    let table = [
        ("", "not a digest (at byte 0)"),
        ("sha256:", "not a digest (at byte 7)"),
        ("sha256:abc", "digest of the wrong length (at byte 10)"),
        ("sha512:../../../../etc/passwd", "digest of the wrong length (at byte 29)"),
        ("md5:d41d8cd98f00b204e9800998ecf8427e", "unsupported digest algorithm (at byte 0)"),
    ];
    for (text, message) in table {
        assert_eq!(Digest::parse_registered(text).unwrap_err().to_string(), message, "{text}");
    }
}

#[test]
fn mismatches() {
    let mut verifier = Verifier::new(&Digest::of(b"a"), 1).unwrap();
    assert_eq!(verifier.finish().unwrap_err().to_string(), "size mismatch: expected 1 bytes, got 0");
    let wrong = verifier.update(b"b").unwrap_err();
    let words = "digest mismatch: \
                 expected sha256:ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb, \
                 got sha256:3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d";
    assert_eq!(wrong.to_string(), words);
    assert!(matches!(wrong, Mismatch::Digest { .. }));
}

#[test]
fn unsupported() {
    let digest = Digest::parse("md5:0").unwrap();
    let error = Hasher::new(digest.algorithm()).unwrap_err();
    assert_eq!(error.to_string(), "the digest algorithm md5 is not supported");
}
