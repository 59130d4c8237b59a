//! Parts of blobs (RFC 9110, section 14). A blob has twenty bytes.

use super::stored;
use crate::exchange::rule::{Rule, Step, get, head, rule};

const CONTENT: &str = "0123456789abcdefghij";

/// What is asked for, and where it begins and ends.
const PARTS: [(&str, usize, usize); 8] = [
    ("bytes=5-14", 5, 15),
    ("bytes=5-", 5, 20),
    ("bytes=-5", 15, 20),
    ("bytes=-500", 0, 20),
    ("bytes=18-5000", 18, 20),
    ("bytes=0-0", 0, 1),
    ("bytes=19-19", 19, 20),
    ("bytes=0-18446744073709551615", 0, 20),
];

/// What lies outside of the blob, or would end before it begins.
const OUTSIDE: [&str; 5] = ["bytes=5-0", "bytes=500-0", "bytes=5000-10000", "bytes=20-", "bytes=-0"];

/// What is no part that a server must know, so that all is given.
const IGNORED: [&str; 8] = [
    "bytes=0-1,5-6",
    "bytes=+5-9",
    "bytes=99999999999999999999-",
    "items=0-1",
    "bytes=",
    "bytes",
    "bytes=a-b",
    "bytes=--5",
];

pub(super) fn rules() -> Vec<Rule> {
    let parts = PARTS.map(|(range, start, end)| {
        let part = ask(range)
            .gives(&[206])
            .with("content-range", format!("bytes {start}-{}/20", end - 1))
            .with("content-length", (end - start).to_string())
            .body(CONTENT.get(start..end).unwrap());
        rule(format!("a part of a blob ({range})"), [stored("{repo}", CONTENT), part])
    });
    let outside = OUTSIDE.map(|range| {
        let refused = ask(range).gives(&[416]).with("content-range", "bytes */20").without("docker-content-digest");
        rule(format!("a part outside of a blob ({range})"), [stored("{repo}", CONTENT), refused])
    });
    let ignored = IGNORED.iter().enumerate().map(|(number, range)| {
        let all = ask(range).gives(&[200]).without("content-range").body(CONTENT);
        rule(format!("what is no part gives all ({number}: {range})"), [stored("{repo}", CONTENT), all])
    });
    let others = [
        rule(
            "an empty blob has no parts",
            [
                stored("{repo}", ""),
                get("/v2/{repo}/blobs/{sha256:}")
                    .header("range", "bytes=0-")
                    .gives(&[416])
                    .with("content-range", "bytes */0"),
            ],
        ),
        rule(
            "a head has no parts",
            [
                stored("{repo}", CONTENT),
                head(blob()).header("range", "bytes=0-1").gives(&[200]).with("content-length", "20"),
            ],
        ),
        rule(
            "a part is of what the client began with",
            [
                stored("{repo}", CONTENT),
                ask("bytes=1-2").header("if-range", format!("\"{{sha256:{CONTENT}}}\"")).gives(&[206]).body("12"),
                ask("bytes=1-2").header("if-range", "\"{sha256:other}\"").gives(&[200]).body(CONTENT),
                ask("bytes=1-2").header("if-range", "Tue, 15 Nov 1994 12:45:26 GMT").gives(&[200]).body(CONTENT),
            ],
        ),
    ];
    parts.into_iter().chain(outside).chain(ignored).chain(others).collect()
}

fn blob() -> String {
    format!("/v2/{{repo}}/blobs/{{sha256:{CONTENT}}}")
}

fn ask(range: &str) -> Step {
    get(blob()).header("range", range)
}
