//! Blobs: stored, found, deleted, each in its own repository.

use super::{ABSENT, stored};
use crate::exchange::rule::{Rule, delete, get, head, post, rule};

pub(super) fn rules() -> Vec<Rule> {
    let blob = |repository: &str| format!("/v2/{repository}/blobs/{{sha256:content}}");
    vec![
        rule(
            "a blob comes back as it was",
            [
                stored("{repo}", "content")
                    .with("location", blob("{repo}"))
                    .with("docker-content-digest", "{sha256:content}"),
                get(blob("{repo}"))
                    .gives(&[200])
                    .with("content-length", "7")
                    .with("docker-content-digest", "{sha256:content}")
                    .with("content-type", "application/octet-stream")
                    .with("accept-ranges", "bytes")
                    .body("content"),
            ],
        ),
        rule(
            "a blob that is there can be stored again",
            [stored("{repo}", "content"), stored("{repo}", "content"), get(blob("{repo}")).gives(&[200])],
        ),
        rule(
            "a blob has the digest under which it is stored",
            [
                post("/v2/{repo}/blobs/uploads/?digest={sha256:content}")
                    .sends("contents")
                    .gives(&[400])
                    .code("DIGEST_INVALID"),
                post("/v2/{repo}/blobs/uploads/?digest={sha256:content}")
                    .sends("")
                    .gives(&[400])
                    .code("DIGEST_INVALID"),
                get(blob("{repo}")).gives(&[404]),
                get("/v2/{repo}/blobs/{sha256:contents}").gives(&[404]),
            ],
        ),
        rule(
            "a blob that is not there is unknown",
            [
                get(format!("/v2/{{repo}}/blobs/{ABSENT}")).gives(&[404]),
                stored("{repo}", "content"),
                get(format!("/v2/{{repo}}/blobs/{ABSENT}")).gives(&[404]).code("BLOB_UNKNOWN"),
                delete(format!("/v2/{{repo}}/blobs/{ABSENT}")).gives(&[404]).code("BLOB_UNKNOWN"),
            ],
        ),
        rule(
            "a blob is seen in its repository alone",
            [
                stored("{repo}", "content"),
                get(blob("{other}")).gives(&[404]),
                head(blob("{other}")).gives(&[404]),
                delete(blob("{other}")).gives(&[404]),
                get(blob("{repo}")).gives(&[200]),
            ],
        ),
        rule(
            "a blob is deleted at once, in one repository, and can be stored again",
            [
                stored("{repo}", "content"),
                stored("{other}", "content"),
                delete(blob("{repo}")).gives(&[202]),
                head(blob("{repo}")).gives(&[404]),
                get(blob("{repo}")).gives(&[404]),
                delete(blob("{repo}")).gives(&[404]),
                get(blob("{other}")).gives(&[200]).body("content"),
                stored("{repo}", "content"),
                get(blob("{repo}")).gives(&[200]).body("content"),
            ],
        ),
    ]
}
