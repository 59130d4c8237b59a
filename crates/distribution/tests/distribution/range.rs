//! The table of ranges: each text in all three dialects, so that none takes what belongs to another.

use wharf_distribution::header::{self, ContentRange, UploadRange};

use crate::table::rows;

#[test]
fn are_read_as_the_table_says() {
    for [input, range, content, upload, origin] in rows("range.tsv", 74) {
        let case = format!("{origin}: {input:?}");
        check(header::parse_range(&input).map(header::range), &range, &input, &format!("Range, {case}"));
        let told = ContentRange::parse(&input).map(|range| range.to_string());
        check(told, &content, &input, &format!("Content-Range, {case}"));
        let told = UploadRange::parse(&input).map(|range| range.to_string());
        check(told, &upload, &input, &format!("upload, {case}"));
    }
}

fn check(told: Option<String>, expected: &str, input: &str, case: &str) {
    let expected = if expected == "=" { input } else { expected };
    assert_eq!(told.as_deref().unwrap_or("-"), expected, "{case}");
}

#[test]
fn of_an_upload_are_as_long_as_they_say() {
    for (text, length) in [("0-0", 1), ("10-19", 10), ("0-18446744073709551614", u64::MAX)] {
        assert_eq!(UploadRange::parse(text).unwrap().length(), length, "{text}");
    }
    for (offset, held) in [(0, "0-0"), (1, "0-0"), (2, "0-1"), (u64::MAX, "0-18446744073709551614")] {
        assert_eq!(UploadRange::held(offset).to_string(), held, "{offset}");
    }
}
