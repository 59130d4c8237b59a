//! The table of `testdata/digest/cases.tsv`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test, and all data here is its own")]

use wharf_digest::{Digest, ParseErrorKind};

const CASES: &str = include_str!("../../../testdata/digest/cases.tsv");

#[test]
fn are_judged_as_the_table_says() {
    let mut count = 0;
    for line in CASES.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let [number, input, expected] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("columns: {line}") };
        let input = expand(input);
        let found = Digest::parse_registered(&input);
        let name = found.clone().map_or_else(|error| format!("{:?}", error.kind()), |_| "ok".into());
        assert_eq!(name, expected, "{number}: {input:?}");
        as_data(number, &input, found.map_err(wharf_digest::ParseError::kind));
        count += 1;
    }
    assert_eq!(count, 32, "the table is not whole");
}

/// A reader of data takes what can be verified and what is of an unknown algorithm, as it is, and nothing else.
fn as_data(number: &str, input: &str, registered: Result<Digest, ParseErrorKind>) {
    let data = Digest::parse(input);
    match registered {
        Ok(digest) => assert_eq!(data, Ok(digest), "{number}"),
        Err(ParseErrorKind::Unsupported) => {
            let data = data.unwrap();
            assert_eq!(data.to_string(), input, "{number}");
            assert!(data.matches(b"").is_err(), "{number}: cannot be verified");
        }
        Err(kind) => {
            let error = data.unwrap_err();
            assert_eq!(error.kind(), kind, "{number}");
            assert!(error.at() <= input.len() && input.is_char_boundary(error.at()), "{number}: at {}", error.at());
        }
    }
}

/// `x{3}` as `xxx`, and the names of what cannot be seen as what it is.
fn expand(text: &str) -> String {
    let text = text.replace("\\n", "\n").replace("(empty)", "");
    let Some((before, (count, after))) = text.split_once('{').and_then(|(a, b)| Some((a, b.split_once('}')?))) else {
        return text;
    };
    let last = before.chars().last().unwrap();
    format!("{before}{}{after}", last.to_string().repeat(count.parse::<usize>().unwrap() - 1))
}
