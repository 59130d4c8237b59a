//! Laws of media types. Input that is text is one; out of other input one is made.

use std::sync::LazyLock;

use arbitrary::Unstructured;
use regex_automata::meta::Regex;
use wharf_spec::MediaType;

/// RFC 6838, section 4.2.
static GRAMMAR: LazyLock<Regex> = LazyLock::new(|| {
    let name = r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}";
    Regex::new(&format!(r"\A{name}/{name}\z")).unwrap_or_else(|error| panic!("{error}"))
});

/// What media types are made of.
const WORDS: [&str; 28] = [
    "/",
    "/",
    "application",
    "text",
    "vnd.oci.image.",
    "manifest",
    "index",
    "layer",
    "nondistributable.",
    ".v1+json",
    ".v1.tar",
    "+gzip",
    "+zstd",
    "vnd.docker.distribution.manifest.",
    "list.v2+json",
    "v1+prettyjws",
    "a",
    "Z9",
    "!#$&-^_.+",
    "+",
    ".",
    ";",
    " ",
    "; charset=utf-8",
    "\t",
    "\n",
    "é",
    "*",
];
/// Longer runs than a name may have, and shorter ones.
const RUNS: [usize; 6] = [125, 126, 127, 128, 254, 255];

/// Media types are taken by their grammar, are kept as they are written, and are of one kind at most.
pub fn media_type(input: &[u8]) {
    let text = candidate(input);
    let read = MediaType::parse(&text);
    assert_eq!(read.is_ok(), GRAMMAR.is_match(&text) && text.len() <= 255, "{text:?}");
    assert!(read.as_ref().err().is_none_or(|error| text.is_char_boundary(error.at())), "{text:?}");
    let before = text.split_once(';').map_or(text.as_str(), |(before, _)| before);
    let before = MediaType::parse(before.trim_matches([' ', '\t']));
    assert_eq!(MediaType::from_content_type(&text).ok(), before.ok());
    let Ok(read) = read else { return };
    assert_eq!((read.as_str(), read.to_string()), (text.as_str(), text.clone()));
    assert_eq!(MediaType::parse(read.as_str()).as_ref(), Ok(&read));
    is_of_one_kind(&read);
    assert_eq!(MediaType::MANIFESTS.contains(&read), read.is_manifest() || read.is_index());
    let json = serde_json::Value::from(text);
    assert_eq!(serde_json::from_value(json.clone()).ok().as_ref(), Some(&read));
    assert_eq!(serde_json::to_value(&read).ok(), Some(json));
}

fn is_of_one_kind(read: &MediaType) {
    let kinds = [
        read.is_manifest(),
        read.is_index(),
        read.is_artifact_manifest(),
        read.is_schema1(),
        read.is_config(),
        read.is_layer(),
        read.is_empty_object(),
    ];
    assert!(kinds.iter().filter(|kind| **kind).count() <= 1, "{read}");
    assert!(read.eq_ignore_ascii_case(read));
    // Docker's name of what OCI calls by a name is what OCI calls by it.
    if let Some(docker) = read.to_docker().filter(|docker| docker != read) {
        assert_eq!(docker.to_oci().as_ref(), Some(read));
    }
    if let Some(oci) = read.to_oci() {
        assert_eq!((oci.is_manifest(), oci.is_index()), (read.is_manifest(), read.is_index()));
        assert_eq!(oci.is_non_distributable(), read.is_non_distributable());
    }
}

fn candidate(input: &[u8]) -> String {
    if let Ok(text) = str::from_utf8(input) {
        return text.to_owned();
    }
    let mut source = Unstructured::new(input);
    let mut text = String::new();
    while text.len() < 300 && !source.is_empty() {
        match source.int_in_range(0..=15) {
            Ok(15) => text.push_str(&"a".repeat(source.choose(&RUNS).copied().unwrap_or_default())),
            _ => text.push_str(source.choose(&WORDS).unwrap_or(&"")),
        }
    }
    text
}
