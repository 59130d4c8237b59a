//! Upload sessions while they are open.

use super::opened;
use crate::exchange::rule::{Rule, Step, delete, get, patch, post, put, rule};

/// A range, a body that is none of it, and what is wrong.
const MISMATCHES: [(&str, &str, &str); 12] = [
    ("0-3", "abc", "SIZE_INVALID"),
    ("0-3", "abcde", "SIZE_INVALID"),
    ("0-0", "", "SIZE_INVALID"),
    ("3-0", "abcd", "BLOB_UPLOAD_INVALID"),
    ("0", "a", "BLOB_UPLOAD_INVALID"),
    ("-3", "abc", "BLOB_UPLOAD_INVALID"),
    ("+0-3", "abcd", "BLOB_UPLOAD_INVALID"),
    ("0-99999999999999999999", "a", "BLOB_UPLOAD_INVALID"),
    ("0-18446744073709551615", "a", "BLOB_UPLOAD_INVALID"),
    ("bytes 0-3/2", "abcd", "BLOB_UPLOAD_INVALID"),
    ("a-b", "abcd", "BLOB_UPLOAD_INVALID"),
    ("", "abcd", "BLOB_UPLOAD_INVALID"),
];

pub(super) fn rules() -> Vec<Rule> {
    vec![
        rule(
            "a session opens empty",
            ["/v2/{repo}/blobs/uploads/", "/v2/{repo}/blobs/uploads"].into_iter().flat_map(opens),
        ),
        rule(
            "a session takes chunks, streams and a last part",
            [
                opened("{repo}"),
                chunk("0-3", "abcd").gives(&[202]).with("range", "0-3"),
                patch("{location}").sends("ef").gives(&[202]).with("range", "0-5"),
                chunk("bytes 6-7/*", "gh").gives(&[202]).with("range", "0-7"),
                stands("0-7"),
                put("{location}?digest={sha256:abcdefghij}")
                    .header("content-range", "8-9")
                    .sends("ij")
                    .gives(&[201])
                    .with("location", "/v2/{repo}/blobs/{sha256:abcdefghij}")
                    .with("docker-content-digest", "{sha256:abcdefghij}"),
                get("{location}").gives(&[200]).body("abcdefghij"),
            ],
        ),
        rule("a chunk begins where the last one ended", out_of_order()),
        rule("a chunk has the length of its range", mismatches()),
        rule(
            "a session of one repository is unknown in another",
            [
                opened("{repo}"),
                patch("{location}").sends("content").gives(&[202]),
                get("{elsewhere}").gives(&[404]).code("BLOB_UPLOAD_UNKNOWN"),
                patch("{elsewhere}").sends("stolen").gives(&[404]).code("BLOB_UPLOAD_UNKNOWN"),
                put("{elsewhere}?digest={sha256:content}").gives(&[404]).code("BLOB_UPLOAD_UNKNOWN"),
                delete("{elsewhere}").gives(&[404]).code("BLOB_UPLOAD_UNKNOWN"),
                stands("0-6"),
                get("/v2/{other}/blobs/{sha256:content}").gives(&[404]),
            ],
        ),
        rule(
            "a session that never was is unknown",
            ["none", "%2e%2e", "..", "a%2Fb", &"x".repeat(1024)].into_iter().flat_map(|id| {
                let at = format!("/v2/{{repo}}/blobs/uploads/{id}");
                let closed = [get(at.as_str()), patch(at.as_str()).sends("x"), delete(at.as_str())];
                let finish = put(format!("{at}?digest={{sha256:x}}")).sends("x");
                closed.into_iter().chain([finish]).map(|step| step.gives(&[400, 404]))
            }),
        ),
        rule("chunks that come at once are taken one after the other", [opened("{repo}")])
            .race(["abcd", "efgh", "ijkl"].map(|body| chunk("0-3", body)), &[400, 416])
            .then(stands("0-3")),
    ]
}

fn opens(target: &str) -> [Step; 2] {
    [post(target).gives(&[202]).with("range", "0-0").with("content-length", "0"), stands("0-0")]
}

fn out_of_order() -> Vec<Step> {
    let refused = |range| {
        let refused = chunk(range, "efgh").gives(&[416]).code("RANGE_INVALID");
        refused.with("range", "0-3").with("location", "{location}")
    };
    let finish = |range: &str| {
        put("{location}?digest={sha256:abcdefgh}").header("content-range", range.to_owned()).sends("efgh")
    };
    let before = [opened("{repo}"), chunk("4-7", "efgh").gives(&[416]), chunk("0-3", "abcd").gives(&[202])];
    let after = [finish("8-11").gives(&[416]).with("range", "0-3"), stands("0-3"), finish("4-7").gives(&[201])];
    before.into_iter().chain(["0-3", "3-6", "5-8", "8-11"].map(refused)).chain(after).collect()
}

/// Whatever is refused leaves the session as it was.
fn mismatches() -> Vec<Step> {
    let refused = |(range, body, code)| [chunk(range, body).gives(&[400]).code(code), stands("0-0")];
    [opened("{repo}")].into_iter().chain(MISMATCHES.into_iter().flat_map(refused)).collect()
}

fn chunk(range: &str, body: &str) -> Step {
    patch("{location}").header("content-range", range).sends(body)
}

fn stands(range: &str) -> Step {
    get("{location}").gives(&[204]).with("range", range).with("location", "{location}")
}
