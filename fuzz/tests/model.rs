//! A million random and damaged texts through the laws of names, the same ones at each run.

#![allow(clippy::indexing_slicing, reason = "a test, and all data here is its own")]

use std::thread;

const CASES: u64 = 1_000_000;
const THREADS: u64 = 2;

/// What texts are made of: parts of references, and what stands between and against them.
const WORDS: [&str; 47] = [
    "g",
    "`",
    "G",
    "docker.io",
    "index.docker.io",
    "localhost",
    "library",
    "ubuntu",
    "ghcr.io",
    "Host",
    "[::1]",
    "[2001:DB8::A]",
    "foo_bar.com",
    "a",
    "b1",
    "Z",
    "9",
    "0x7f",
    "latest",
    "v1.2_3",
    "sha256",
    "sha512",
    "SHA256",
    "md5",
    "a+b",
    "ffffffffffffffffffffffffffffffff",
    "0123456789abcdef0123456789abcdef",
    "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
    "/",
    "/",
    ":",
    ":",
    "@",
    ".",
    "_",
    "__",
    "-",
    "--",
    "+",
    "=",
    " ",
    "\n",
    "%2f",
    "é",
    "É",
    "\u{212a}",
    "\u{0}",
];

/// Texts to damage.
const WHOLE: [&str; 12] = [
    "ubuntu:24.04",
    "docker.io/library/ubuntu",
    "index.docker.io/a/b_c__d-e",
    "localhost:5000/a/b:1",
    "ghcr.io/org/repo:v1@sha256:ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "[2001:db8::1]:80/foo",
    "FOO/bar",
    "foo_bar.com/app",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
    "a@sha512:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
    "repo@multihash+base:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
];

/// Marsaglia's xorshift: enough to choose with, and the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % bound
    }

    fn one_of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }

    fn text(&mut self) -> String {
        match self.below(8) {
            0 => (0..self.below(8)).map(|_| char::from(self.below(128) as u8)).collect(),
            1..4 => (0..=self.below(9)).map(|_| self.one_of(&WORDS)).collect(),
            4 => self.long(),
            _ => self.damaged(),
        }
    }

    /// About the limits of paths, tags and labels.
    fn long(&mut self) -> String {
        let length = [64, 127, 128, 129, 247, 248, 255, 256][self.below(8)];
        let run = self.one_of(&["a", "f", "a", "A", "a-"]).repeat(length);
        let (before, after) =
            (self.one_of(&["", "a/", "a.b/", "a:", "library/"]), self.one_of(&["", "/b", ":t", "@", "/"]));
        format!("{before}{run}{after}")
    }

    /// One to three words put into, over or out of a whole text.
    fn damaged(&mut self) -> String {
        let mut text = self.one_of(&WHOLE).to_owned();
        for _ in 0..=self.below(3) {
            let boundaries: Vec<_> = (0..=text.len()).filter(|at| text.is_char_boundary(*at)).collect();
            let start = self.below(boundaries.len());
            let end = (start + self.below(3)).min(boundaries.len() - 1);
            let word = self.one_of(&WORDS);
            text.replace_range(boundaries[start]..boundaries[end], if self.below(4) == 0 { "" } else { word });
        }
        text
    }
}

#[test]
fn holds_for_a_million_texts() {
    thread::scope(|scope| {
        for seed in 1..=THREADS {
            scope.spawn(move || {
                let mut random = Random(0x9e37_79b9_7f4a_7c15 ^ seed << 32);
                for _ in 0..CASES / THREADS {
                    let text = random.text();
                    wharf_fuzz::reference_model(text.as_bytes());
                    wharf_fuzz::reference_parse(text.as_bytes());
                    wharf_fuzz::reference_round_trip(text.as_bytes());
                    wharf_fuzz::digest_parse(text.as_bytes());
                }
            });
        }
    });
}

/// The generator is no good if it finds nothing to accept.
#[test]
fn some_of_the_texts_are_references() {
    let mut random = Random(7);
    let accepted = (0..10_000).filter(|_| wharf_reference::Reference::parse(&random.text()).is_ok()).count();
    assert!((1_500..8_500).contains(&accepted), "{accepted} of 10000");
}
