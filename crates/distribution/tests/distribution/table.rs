//! Tables of cases, as they lie in `testdata/distribution`.

use std::collections::BTreeSet;
use std::path::PathBuf;

/// The tables that a test reads. A file that is none of them would be tested by nobody.
const TABLES: [&str; 12] = [
    "challenge.tsv",
    "error-body.tsv",
    "link.tsv",
    "range.tsv",
    "repository-list.tsv",
    "response-status.tsv",
    "route-method.tsv",
    "route.tsv",
    "scope.tsv",
    "tag-list.tsv",
    "token-request.tsv",
    "token-response.tsv",
];

/// The rows of a table, of `N` columns each, which are expanded; `count` holds the table to its length.
pub(crate) fn rows<const N: usize>(file: &str, count: usize) -> Vec<[String; N]> {
    assert!(TABLES.contains(&file), "{file} is not in the list");
    let text = std::fs::read_to_string(folder().join(file)).unwrap();
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let rows: Vec<[String; N]> = lines.map(|line| columns(file, line)).collect();
    assert_eq!(rows.len(), count, "{file} is not whole");
    rows
}

fn columns<const N: usize>(file: &str, line: &str) -> [String; N] {
    let columns: Vec<_> = line.split('\t').map(expand).collect();
    columns.try_into().unwrap_or_else(|_| panic!("{file}: columns: {line}"))
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata/distribution")
}

/// `x{64}` is 64 times x, and the picture of a control character is that character.
fn expand(text: &str) -> String {
    let text = text.replace("(empty)", "");
    let mut expanded = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match repeated(letters.as_str()) {
            Some((times, after)) => {
                expanded.extend(std::iter::repeat_n(letter, times));
                letters = after.chars();
            }
            None => expanded.push(pictured(letter)),
        }
    }
    expanded
}

fn repeated(rest: &str) -> Option<(usize, &str)> {
    let (times, after) = rest.strip_prefix('{')?.split_once('}')?;
    Some((times.parse().ok()?, after))
}

fn pictured(letter: char) -> char {
    match u32::from(letter) {
        0x2421 => '\u{7f}',
        picture @ 0x2400..=0x2420 => char::from_u32(picture - 0x2400).unwrap(),
        _ => letter,
    }
}

#[test]
fn every_file_is_read() {
    let entries = std::fs::read_dir(folder()).unwrap();
    let found: BTreeSet<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(found, TABLES.map(str::to_owned).into());
}

#[test]
fn rows_are_expanded() {
    assert_eq!(expand("a{3}b␊{4}␠␡(empty){x}{}"), "aaab\u{240a}\u{240a}\u{240a}\u{240a} \u{7f}{x}{}");
    assert_eq!(expand("␊␉␀"), "\n\t\0");
}
