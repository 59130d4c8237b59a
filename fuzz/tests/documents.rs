//! Documents, platforms and media types that are made out of random bytes, the same ones at each run.

#![allow(clippy::indexing_slicing, reason = "a test, and all data here is its own")]

use wharf_fuzz::{Generated, Verdict};

const DOCUMENTS: u64 = 20_000;
const WORDS: u64 = 20_000;

/// Marsaglia's xorshift: enough to make input with, and the same everywhere.
fn inputs(seed: u64, count: u64, most: usize) -> impl Iterator<Item = Vec<u8>> {
    let mut state = 0x9e37_79b9_7f4a_7c15 ^ seed;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 16) as usize
    };
    (0..count).map(move |_| {
        let length = random() % most;
        (0..length).map(|_| random() as u8).collect()
    })
}

#[test]
fn manifests_are_read_as_they_are_written() {
    inputs(1, DOCUMENTS, 2400).for_each(|input| wharf_fuzz::manifest(&input));
}

#[test]
fn indexes_are_read_as_they_are_written() {
    inputs(2, DOCUMENTS, 2400).for_each(|input| wharf_fuzz::index(&input));
}

#[test]
fn configs_are_read_as_they_are_written() {
    inputs(3, DOCUMENTS, 2400).for_each(|input| wharf_fuzz::config(&input));
}

#[test]
fn platforms_find_themselves() {
    inputs(4, WORDS, 60).for_each(|input| wharf_fuzz::platform(&input));
}

#[test]
fn media_types_are_kept_as_they_are_written() {
    inputs(5, WORDS, 30).for_each(|input| wharf_fuzz::media_type(&input));
}

/// The generators are no good if they make but one sort.
#[test]
fn documents_of_all_sorts_are_made() {
    let generators: [fn(&[u8]) -> Generated; 3] =
        [wharf_fuzz::generated_manifest, wharf_fuzz::generated_index, wharf_fuzz::generated_config];
    for generate in generators {
        let made: Vec<_> = inputs(6, 1_000, 2400).map(|input| generate(&input).verdict).collect();
        let count = |verdict| made.iter().filter(|made| **made == verdict).count();
        let counts = [Verdict::Accept, Verdict::Refuse].map(count);
        assert!(counts.iter().all(|count| (200..800).contains(count)), "{counts:?}");
    }
}

#[test]
fn some_of_the_specifiers_are_platforms() {
    let parses = |text: &str| text.parse::<wharf_spec::Platform>().is_ok();
    let made = inputs(7, 1_000, 60).filter(|input| wharf_fuzz::specifiers(input).split(' ').any(parses)).count();
    assert!(made > 300, "{made} of 1000");
}
