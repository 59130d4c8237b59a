//! The adapters against readers and writers that do as little as they may.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test, and all data here is its own"
)]

use std::io::{self, ErrorKind, Read, Write};

use proptest::prelude::*;
use wharf_digest::io::{HashingWriter, VerifyingReader};
use wharf_digest::{Digest, Hasher, Mismatch};

/// Hands out what it holds in pieces of at most `piece` bytes, and is interrupted before each.
struct Slow<'a> {
    content: &'a [u8],
    piece: usize,
    interrupted: bool,
}

impl Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.interrupted = !self.interrupted;
        if self.interrupted {
            return Err(ErrorKind::Interrupted.into());
        }
        let length = self.piece.min(buffer.len());
        self.content.read(&mut buffer[..length])
    }
}

/// Everything that came before the end or the error.
fn read(sent: &[u8], promised: &[u8], piece: usize) -> (Vec<u8>, io::Result<usize>) {
    let slow = Slow { content: sent, piece, interrupted: false };
    let mut reader = VerifyingReader::new(slow, &Digest::of(promised), promised.len() as u64).unwrap();
    let mut content = Vec::new();
    let end = reader.read_to_end(&mut content);
    if end.is_err() {
        assert!(reader.read(&mut [0]).is_err(), "an error is not forgotten");
    }
    (content, end)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_clean_end_means_the_promised_content(
        promised in prop::collection::vec(0..3_u8, 0..12),
        sent in prop::collection::vec(0..3_u8, 0..12),
        piece in 1..5_usize,
    ) {
        let (content, end) = read(&sent, &promised, piece);
        prop_assert_eq!(end.is_ok(), sent == promised);
        prop_assert!(sent.starts_with(&content));
        if sent != promised && !sent.starts_with(&promised) {
            prop_assert!(content.len() < promised.len().max(1), "the last byte of wrong content was handed out");
        }
        let (content, end) = read(&promised, &promised, piece);
        prop_assert_eq!((content, end.unwrap()), (promised.clone(), promised.len()));
    }
}

#[test]
fn says_what_is_wrong() {
    let mismatch = |sent: &[u8]| {
        let error = read(sent, b"hello", 64).1.unwrap_err();
        (error.kind(), error.get_ref().unwrap().downcast_ref::<Mismatch>().cloned().unwrap())
    };
    assert_eq!(mismatch(b"hell"), (ErrorKind::UnexpectedEof, Mismatch::Size { expected: 5, actual: 4 }));
    assert_eq!(mismatch(b"hello!!"), (ErrorKind::InvalidData, Mismatch::Size { expected: 5, actual: 6 }));
    assert!(matches!(mismatch(b"jello"), (ErrorKind::InvalidData, Mismatch::Digest { .. })));
}

#[test]
fn reads_no_byte_behind_the_first_one_too_many() {
    let mut reader = VerifyingReader::new(&b"ab and more"[..], &Digest::of(b"ab"), 2).unwrap();
    assert!(reader.read_to_end(&mut Vec::new()).is_err());
    assert_eq!(reader.into_inner(), b"and more");
}

#[test]
fn an_empty_buffer_proves_nothing() {
    let mut reader = VerifyingReader::new(&b"a"[..], &Digest::of(b""), 0).unwrap();
    assert_eq!(reader.read(&mut []).unwrap(), 0);
    assert!(reader.read(&mut [0]).is_err());
    let wrong = Digest::of(b"something");
    assert!(VerifyingReader::new(io::empty(), &wrong, 0).unwrap().read(&mut [0]).is_err());
}

#[test]
fn refuses_what_it_cannot_compute() {
    let digest = Digest::parse("md5:d41d8cd98f00b204e9800998ecf8427e").unwrap();
    assert!(VerifyingReader::new(io::empty(), &digest, 0).is_err());
}

/// Takes at most two bytes at a time, and ten in all.
struct Narrow(Vec<u8>);

impl Write for Narrow {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(2).min(10 - self.0.len());
        self.0.extend(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn hashes_what_was_taken_and_not_what_was_offered() {
    let mut writer = HashingWriter::new(Narrow(Vec::new()), Hasher::sha256());
    assert_eq!(writer.write_all(b"hello, world").unwrap_err().kind(), ErrorKind::WriteZero);
    let (digest, size, Narrow(written)) = writer.finish();
    assert_eq!((written.as_slice(), size), (&b"hello, wor"[..], 10));
    assert_eq!(digest, Digest::of(&written));
}
