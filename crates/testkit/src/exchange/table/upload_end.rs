//! How upload sessions end: as a blob, with a refusal, or without anything.

use super::{opened, stored};
use crate::exchange::rule::{Rule, Step, delete, get, patch, put, rule};

pub(super) fn rules() -> Vec<Rule> {
    vec![
        rule(
            "a session that has ended is gone",
            [
                vec![opened("{repo}"), finish("content", "content").gives(&[201])],
                gone(),
                vec![finish("content", "content").gives(&[404])],
            ]
            .concat(),
        ),
        rule(
            "an empty session becomes an empty blob",
            [opened("{repo}"), finish("", "").gives(&[201]), get("/v2/{repo}/blobs/{sha256:}").gives(&[200]).body("")],
        ),
        rule(
            "a session ends with the digest of a blob that is there",
            [stored("{repo}", "content"), opened("{repo}"), finish("content", "content").gives(&[201])],
        ),
        rule(
            "a session cannot end without a digest",
            [
                opened("{repo}"),
                patch("{location}").sends("con").gives(&[202]),
                put("{location}").sends("tent").gives(&[400]).code("DIGEST_INVALID"),
                put("{location}?digest=").sends("tent").gives(&[400]).code("DIGEST_INVALID"),
                get("{location}").gives(&[204]).with("range", "0-2"),
                finish("content", "tent").gives(&[201]),
            ],
        ),
        rule(
            "a session with other bytes than those of the digest is refused, and over",
            [
                vec![
                    opened("{repo}"),
                    patch("{location}").sends("something").gives(&[202]),
                    finish("else", "").gives(&[400]).code("DIGEST_INVALID"),
                ],
                gone(),
                vec![
                    get("/v2/{repo}/blobs/{sha256:something}").gives(&[404]),
                    get("/v2/{repo}/blobs/{sha256:else}").gives(&[404]),
                ],
            ]
            .concat(),
        ),
        rule(
            "a session can be cancelled, also by where it was first",
            [
                vec![
                    opened("{repo}"),
                    patch("{location}").sends("con").gives(&[202]),
                    patch("{location}").sends("tent").gives(&[202]),
                    delete("{first}").gives(&[204]).without("content-length"),
                ],
                gone(),
                vec![finish("content", "").gives(&[404]), get("/v2/{repo}/blobs/{sha256:content}").gives(&[404])],
            ]
            .concat(),
        ),
    ]
}

/// The last part, and the digest of all.
fn finish(content: &str, part: &str) -> Step {
    put(format!("{{first}}?digest={{sha256:{content}}}")).sends(part)
}

fn gone() -> Vec<Step> {
    let steps = [get("{first}"), patch("{first}").sends("x"), delete("{first}")];
    steps.map(|step| step.gives(&[404]).code("BLOB_UPLOAD_UNKNOWN")).into()
}
