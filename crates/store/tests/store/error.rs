//! What went wrong in a store, in the words of the registry traits.

use std::error::Error as _;
use std::io;

use wharf_registry::{Digest, Document, ErrorCode, Hasher, Mismatch, Operation};
use wharf_store::Error;

#[test]
fn every_error_has_a_code_and_keeps_its_causes() {
    let digest = Box::new(Digest::of(b""));
    let odd = Digest::parse("md5:d41d8cd98f00b204e9800998ecf8427e").unwrap();
    let refused = io::Error::from(io::ErrorKind::StorageFull);
    let cases = [
        (Mismatch::Size { expected: 1, actual: 2 }.into(), ErrorCode::SIZE_INVALID, "size mismatch", 1),
        (
            Mismatch::Digest { expected: digest.clone(), actual: digest }.into(),
            ErrorCode::DIGEST_INVALID,
            "digest mismatch",
            1,
        ),
        (Hasher::new(odd.algorithm()).unwrap_err().into(), ErrorCode::DIGEST_INVALID, "the digest algorithm md5", 1),
        (
            Error::Io { step: "write", path: "a/b".into(), source: refused },
            ErrorCode::UNAVAILABLE,
            "cannot write a/b",
            2,
        ),
        (
            Error::Corrupt { path: "index.json".into(), source: Document::inferred("[]").unwrap_err() },
            ErrorCode::UNKNOWN,
            "cannot use index.json",
            2,
        ),
        (
            Error::NoRepository { repository: crate::APP },
            ErrorCode::NAME_UNKNOWN,
            "there can be no repository team/app",
            1,
        ),
        (Error::NotALayout { path: "a".into() }, ErrorCode::UNKNOWN, "a is not an OCI image layout", 1),
    ];
    // Of a session nothing more is to be said than the code does.
    for (error, code) in
        [(Error::NoSession, ErrorCode::BLOB_UPLOAD_UNKNOWN), (Error::Held, ErrorCode::BLOB_UPLOAD_INVALID)]
    {
        let error = error.during(Operation::Upload);
        assert_eq!((error.code(), error.source().is_none()), (&code, true));
    }
    for (error, code, message, depth) in cases {
        let error = error.during(Operation::PutBlob);
        assert_eq!((error.code(), error.operation()), (&code, Operation::PutBlob));
        assert!(error.source().unwrap().to_string().starts_with(message), "{error:?}");
        assert_eq!(std::iter::successors(error.source(), |error| (*error).source()).count(), depth, "{error:?}");
    }
}
