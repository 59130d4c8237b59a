//! The corpus with faults: whatever is accepted of it says the same to an ordinary reader of JSON, and to none another.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test, and all data here is its own")]

mod json;

use std::path::PathBuf;

use json::{ARTIFACT, CONFIG, Holds, INDEX, LAYOUT, MANIFEST, Tree, said};
use serde_json::Value;
use wharf_spec::{Content, DecodeErrorKind, Document, DocumentKind, MediaType};

/// How many faulty documents are made of each of the corpus.
const EACH: usize = 400;

/// Steele, Lea and Flood's splitmix: enough to make faults with, and the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound.max(1) as u64) as usize
    }

    fn slice(&mut self, length: usize) -> std::ops::Range<usize> {
        let (one, other) = (self.below(length + 1), self.below(length + 1));
        one.min(other)..one.max(other)
    }
}

/// The documents of the corpus, with the media type that each is given as.
fn corpus() -> Vec<(MediaType, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata/documents/corpus");
    let table = std::fs::read_to_string(folder.join("cases.tsv")).unwrap();
    let rows = table.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let documents = rows.filter_map(|row| {
        let (file, rest) = row.split_once('\t').unwrap();
        let bytes = std::fs::read(folder.join(file)).unwrap();
        let media_type = match rest.split('\t').next().unwrap() {
            "-" => Document::inferred(bytes.clone()).ok()?.media_type().clone(),
            media_type => MediaType::parse(media_type).unwrap(),
        };
        Some((media_type, bytes))
    });
    documents.collect()
}

#[test]
fn what_is_accepted_of_the_corpus_is_what_an_ordinary_reader_reads() {
    let documents = corpus();
    let accepted = documents.iter().filter(|(media_type, bytes)| judge(media_type, bytes)).count();
    assert!(accepted > 100, "{accepted} of {}", documents.len());
}

#[test]
fn what_is_accepted_of_faulty_documents_is_what_an_ordinary_reader_reads() {
    let (mut random, mut accepted, mut refused) = (Random(4), 0, 0);
    for (media_type, bytes) in corpus() {
        for _ in 0..EACH {
            let mut faulty = bytes.clone();
            (0..=random.below(2)).for_each(|_| fault(&mut random, &mut faulty));
            if judge(&media_type, &faulty) { accepted += 1 } else { refused += 1 }
        }
    }
    assert!(accepted > 1_000 && refused > 1_000, "{accepted} and {refused}");
}

/// Puts one fault into a document.
fn fault(random: &mut Random, bytes: &mut Vec<u8>) {
    let length = bytes.len();
    match random.below(8) {
        _ if length == 0 => {}
        0 => bytes[random.below(length)] ^= 1 << random.below(8),
        1 => drop(bytes.drain(random.slice(length))),
        2 => {
            let at = random.below(length);
            bytes.drain(at..(at + 1 + random.below(3)).min(length));
        }
        3 => bytes.insert(random.below(length + 1), b"\"\\{}[]:,0-e.n u\0\xc5\xbf\x80"[random.below(19)]),
        4 => {
            let copy = bytes[random.slice(length)].to_vec();
            let at = random.below(length + 1);
            bytes.splice(at..at, copy);
        }
        5 => again(random, bytes),
        6 => other_case(random, bytes),
        _ => bytes.truncate(random.below(length)),
    }
}

/// What stands between two commas is there twice: a member, an item, or nonsense.
fn again(random: &mut Random, bytes: &mut Vec<u8>) {
    let commas: Vec<_> = bytes.iter().enumerate().filter(|(_, byte)| **byte == b',').map(|(at, _)| at).collect();
    let Some(first) = commas.len().checked_sub(1).map(|last| random.below(last)) else { return };
    let second = (first + 1 + random.below(3)).min(commas.len() - 1);
    let copy = bytes[commas[first]..commas[second]].to_vec();
    let to = commas[if random.below(2) == 0 { second } else { random.below(commas.len()) }];
    bytes.splice(to..to, copy);
}

/// A letter that follows a quote has the other case.
fn other_case(random: &mut Random, bytes: &mut [u8]) {
    let letters: Vec<_> =
        (1..bytes.len()).filter(|at| bytes[at - 1] == b'"' && bytes[*at].is_ascii_alphabetic()).collect();
    if !letters.is_empty() {
        bytes[letters[random.below(letters.len())]] ^= 0x20;
    }
}

/// Whether a document is accepted; if it is, it is held against another reader.
fn judge(media_type: &MediaType, bytes: &[u8]) -> bool {
    let shown = || String::from_utf8_lossy(bytes).into_owned();
    let document = Document::new(media_type.clone(), bytes.to_vec());
    let read = match document.decode::<Content>() {
        Ok(read) => read,
        Err(error) => {
            assert!(error.at().is_none_or(|at| at <= bytes.len()), "{}", shown());
            assert!(error.path(bytes).is_none_or(|path| path.starts_with('$')), "{}", shown());
            return false;
        }
    };
    assert_eq!(read.bytes(), bytes);
    let (kind, written) = match read.view().clone() {
        Content::Manifest(view) => (MANIFEST, Document::assemble(view).map(Document::into_raw)),
        Content::Index(view) => (INDEX, Document::assemble(view).map(Document::into_raw)),
        Content::Config(view) => (CONFIG, Document::assemble(view).map(Document::into_raw)),
        Content::Layout(view) => (LAYOUT, Document::assemble(view).map(Document::into_raw)),
        // Nobody writes these, so what they say is only held against what they may not be.
        Content::Artifact(_) => return agrees(ARTIFACT, &read, None),
        _ => return true,
    };
    let written = written.unwrap_or_else(|error| panic!("{error}: {}", shown()));
    agrees(kind, &read, Some(serde_json::from_slice(written.bytes()).unwrap()))
}

/// Whether an ordinary reader finds the same in a document as in what was written after it was read.
fn agrees(kind: &Holds, read: &Document<Content>, written: Option<Value>) -> bool {
    let shown = || String::from_utf8_lossy(read.bytes()).into_owned();
    assert!(!json::repeats(read.bytes()).unwrap(), "a name twice: {}", shown());
    let ordinary: Value = serde_json::from_slice(read.bytes()).unwrap_or_else(|error| panic!("{error}: {}", shown()));
    assert!(!json::disguises(kind, &ordinary), "another case: {}", shown());
    if let Some(written) = written {
        assert_eq!(said(kind, &ordinary), said(kind, &written), "{}", shown());
    }
    let expected = json::unknown(kind, &ordinary);
    let unknown = read.unknown();
    let values = unknown.iter().map(|unknown| serde_json::from_str::<Value>(unknown.json()).unwrap().to_string());
    let mut values: Vec<_> = values.collect();
    values.sort_unstable();
    assert_eq!(values, expected, "{}", shown());
    true
}

#[test]
fn no_member_of_any_object_can_be_there_twice_and_nothing_can_follow() {
    let (mut random, mut seen) = (Random(5), 0);
    for (media_type, bytes) in corpus() {
        let kind = |text: &[u8]| {
            let decoded = Document::new(media_type.clone(), text.to_vec()).decode::<Content>();
            decoded.map(|document| document.view().kind()).map_err(|error| (error.kind(), error.at().is_some()))
        };
        if kind(&bytes).is_err() || kind(&bytes) == Ok(DocumentKind::Opaque) {
            continue;
        }
        let tree = || serde_json::from_slice::<Tree>(&bytes).unwrap();
        for object in 0..tree().objects() {
            let mut tree = tree();
            tree.repeat(object, random.below(1_000));
            assert_eq!(kind(tree.to_string().as_bytes()), Err((DecodeErrorKind::Duplicate, true)), "{tree}");
            seen += 1;
        }
        for trailing in ["{}", "}", "null", ",", "\0", "\u{feff}", "//"] {
            let text = [&bytes[..], trailing.as_bytes()].concat();
            assert_eq!(kind(&text), Err((DecodeErrorKind::NotJson, true)), "{trailing}");
        }
    }
    assert!(seen > 1_000, "{seen}");
}
