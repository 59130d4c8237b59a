//! A blob's stream ends cleanly after its own bytes and never otherwise, and nothing is collected beyond a limit.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test, and all data here is its own")]

use bytes::Bytes;
use futures_util::{FutureExt, StreamExt, TryStreamExt, stream};
use wharf_registry::{
    Blob, ByteStream, Descriptor, Digest, Error, ErrorCode, Limits, MediaType, Mismatch, Operation, collect,
};

const HELLO: &[u8] = b"hello";

/// The pieces of a blob that is said to be `hello`, and comes as `sent`.
fn read(sent: Vec<Result<&'static [u8], ErrorCode>>) -> Vec<Result<Bytes, ErrorCode>> {
    let pieces = sent.into_iter().map(|piece| match piece {
        Ok(piece) => Ok(Bytes::from_static(piece)),
        Err(code) => Err(Error::new(code, Operation::GetBlob)),
    });
    let descriptor = Descriptor::new(MediaType::OCTET_STREAM, Digest::of(HELLO), 5);
    let blob = Blob::new(descriptor, Box::pin(stream::iter(pieces.collect::<Vec<_>>())));
    let read = blob.map(|piece| piece.map_err(|error| error.code().clone()));
    read.collect().now_or_never().unwrap()
}

#[test]
fn right_bytes_pass_in_whatever_pieces() {
    assert_eq!(read(vec![Ok(b"hello")]), [Ok(Bytes::from_static(b"hello"))]);
    let pieces = read(vec![Ok(b"he"), Ok(b""), Ok(b"l"), Ok(b"lo"), Ok(b"")]);
    assert_eq!(pieces.into_iter().map(Result::unwrap).collect::<Vec<_>>().concat(), HELLO);
}

#[test]
fn wrong_bytes_end_with_an_error_and_then_nothing() {
    assert_eq!(read(vec![Ok(b"jello"), Ok(b"hello")]), [Err(ErrorCode::DIGEST_INVALID)]);
    assert_eq!(
        read(vec![Ok(b"hel"), Ok(b"pp"), Ok(b"")]),
        [Ok(Bytes::from_static(b"hel")), Err(ErrorCode::DIGEST_INVALID)]
    );
}

/// What was verified before is not hashed again; it is counted.
#[test]
fn verified_bytes_are_counted() {
    let read = |sent: &[&'static str]| {
        let descriptor = Descriptor::new(MediaType::OCTET_STREAM, Digest::of(HELLO), 5);
        let sent: Vec<_> = sent.iter().map(|piece| Ok(Bytes::from_static(piece.as_bytes()))).collect();
        let blob = Blob::verified(descriptor, Box::pin(stream::iter(sent)));
        blob.map(|piece| piece.map_err(|error| error.code().clone())).collect::<Vec<_>>().now_or_never().unwrap()
    };
    assert_eq!(read(&["hel", "lo"]), [Ok(Bytes::from("hel")), Ok(Bytes::from("lo"))]);
    assert_eq!(read(&["jello"]), [Ok(Bytes::from("jello"))], "whoever says that they are verified answers for it");
    assert_eq!(read(&["hel", "l"]).last(), Some(&Err(ErrorCode::SIZE_INVALID)));
    assert_eq!(read(&["hello", "!"]), [Ok(Bytes::from("hello")), Err(ErrorCode::SIZE_INVALID)]);
}

/// A record of what was verified is made when all of it was, and at no other time.
#[test]
fn who_wants_to_know_is_told_when_all_was_verified() {
    // The bytes of `hello` as they come, how many pieces are taken, and whether that was all of it.
    let cases: [(&[&'static str], usize, bool); 6] = [
        (&["hel", "lo"], 1, false),
        (&["hel", "lo"], 2, true),
        (&["hel", "lo"], 3, true),
        (&["hel", "pp"], 3, false),
        (&["hell"], 3, false),
        (&["hello!"], 3, false),
    ];
    for (sent, taken, expected) in cases {
        let (sender, told) = std::sync::mpsc::channel();
        let descriptor = Descriptor::new(MediaType::OCTET_STREAM, Digest::of(HELLO), 5);
        let pieces: Vec<_> = sent.iter().map(|piece| Ok(Bytes::from_static(piece.as_bytes()))).collect();
        let blob =
            Blob::new(descriptor, Box::pin(stream::iter(pieces))).when_verified(move || sender.send(()).unwrap());
        let _ = blob.take(taken).collect::<Vec<_>>().now_or_never().unwrap();
        assert_eq!(told.try_recv().is_ok(), expected, "{sent:?}, {taken} taken");
    }
}

/// Who gives the bytes may say what is wrong with them, and is not asked about bytes that are right.
#[test]
fn a_mismatch_is_explained_by_who_knows_more() {
    let descriptor = || Descriptor::new(MediaType::OCTET_STREAM, Digest::of(HELLO), 5);
    for (sent, expected) in
        [("jello", Some("digest")), ("hello!", Some("size")), ("hell", Some("size")), ("hello", None)]
    {
        let blob = Blob::new(descriptor(), Box::pin(stream::iter([Ok(Bytes::from(sent))])));
        let blob = blob.explain(|mismatch| {
            let name = if matches!(mismatch, Mismatch::Size { .. }) { "size" } else { "digest" };
            Error::new(ErrorCode::UNAVAILABLE, Operation::GetBlob).named(&name)
        });
        let read = blob.try_collect::<Vec<_>>().now_or_never().unwrap();
        assert_eq!(
            read.err().map(|error| error.to_string()),
            expected.map(|name| format!("get blob {name}: UNAVAILABLE"))
        );
    }
}

#[test]
fn a_missing_end_is_an_error() {
    assert_eq!(read(vec![]), [Err(ErrorCode::SIZE_INVALID)]);
    assert_eq!(read(vec![Ok(b"hell")]), [Ok(Bytes::from_static(b"hell")), Err(ErrorCode::SIZE_INVALID)]);
}

#[test]
fn the_first_byte_too_many_is_not_passed_on() {
    assert_eq!(read(vec![Ok(b"hello!")]), [Err(ErrorCode::SIZE_INVALID)]);
    assert_eq!(
        read(vec![Ok(b"hello"), Ok(b"!"), Ok(b"!")]),
        [Ok(Bytes::from_static(b"hello")), Err(ErrorCode::SIZE_INVALID)]
    );
}

#[test]
fn an_error_of_the_source_ends_the_stream() {
    let found = read(vec![Ok(b"he"), Err(ErrorCode::UNAVAILABLE), Ok(b"llo")]);
    assert_eq!(found, [Ok(Bytes::from_static(b"he")), Err(ErrorCode::UNAVAILABLE)]);
}

#[test]
fn what_cannot_be_verified_is_not_passed_on() {
    let digest = Digest::parse("md5:5d41402abc4b2a76b9719d911017c592").unwrap();
    let descriptor = Descriptor::new(MediaType::OCTET_STREAM, digest, 5);
    let blob = Blob::new(descriptor, pieces(&[HELLO]));
    let error = blob.try_collect::<Vec<_>>().now_or_never().unwrap().unwrap_err();
    assert_eq!(*error.code(), ErrorCode::DIGEST_INVALID);
    assert!(std::error::Error::source(&error).is_some(), "it says why");
}

#[test]
fn observers_see_what_passes() {
    let (sender, receiver) = std::sync::mpsc::channel();
    let blob = Blob::from_bytes("hello").inspect(move |piece| sender.send(piece.len()).unwrap());
    let bytes = blob.into_bytes(&Limits::default()).now_or_never().unwrap().unwrap();
    assert_eq!((&bytes[..], receiver.iter().sum::<usize>()), (HELLO, 5));
}

#[test]
fn documents_have_a_limit() {
    for (limit, fits) in [(4, false), (5, true), (6, true)] {
        let mut limits = Limits::default();
        limits.document_bytes = limit;
        let bytes = Blob::from_bytes("hello").into_bytes(&limits).now_or_never().unwrap();
        assert_eq!(bytes.is_ok(), fits, "{limit}");
    }
}

#[test]
fn what_promises_too_much_is_not_read() {
    let descriptor = Descriptor::new(MediaType::OCTET_STREAM, Digest::of(HELLO), u64::MAX);
    let blob = Blob::new(descriptor, Box::pin(stream::pending()));
    let error = blob.into_bytes(&Limits::default()).now_or_never().expect("waited for bytes").unwrap_err();
    assert_eq!(*error.code(), ErrorCode::SIZE_INVALID);
}

#[test]
fn collecting_stops_at_its_limit() {
    for sent in [&[HELLO][..], &[b"he", b"llo"], &[b"h", b"", b"ell", b"o"]] {
        for (limit, fits) in [(0, false), (4, false), (5, true), (6, true)] {
            let all = collect(pieces(sent), limit, too_long).now_or_never().unwrap();
            assert_eq!(all.ok().as_deref(), fits.then_some(HELLO), "{sent:?} within {limit}");
        }
    }
    assert_eq!(collect(pieces(&[]), 0, too_long).now_or_never().unwrap().unwrap(), "");
}

#[test]
fn collecting_does_not_wait_for_more_when_it_has_too_much() {
    for sent in [&[HELLO][..], &[b"he", b"llo"], &[b"h", b"e", b"llo"]] {
        let endless = Box::pin(pieces(sent).chain(stream::pending()));
        let all = collect(endless, 4, too_long).now_or_never().expect("waited for bytes that it cannot use");
        assert_eq!(*all.unwrap_err().code(), ErrorCode::SIZE_INVALID);
    }
}

fn pieces(sent: &[&'static [u8]]) -> ByteStream {
    let pieces: Vec<_> = sent.iter().map(|piece| Ok(Bytes::from_static(piece))).collect();
    Box::pin(stream::iter(pieces))
}

fn too_long() -> Error {
    Error::new(ErrorCode::SIZE_INVALID, Operation::GetBlob)
}
