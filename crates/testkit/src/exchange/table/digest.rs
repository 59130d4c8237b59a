//! Digests: written in more than one way, of more than one algorithm, and none at all.

use super::{ABSENT, EMPTY, INDEX, manifest, opened, stored, tagged};
use crate::exchange::rule::{Rule, delete, get, head, post, put, rule};

/// What looks like a digest and is none that can be verified.
const INVALID: [&str; 9] = [
    "sha256:baddigeststring",
    "sha256:",
    "sha256:00000000000000000000000000000000000000000000000000000000000000",
    "sha256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855",
    "SHA256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "sha512:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "md5:d41d8cd98f00b204e9800998ecf8427e",
    ":x",
    "sha256:../../etc/passwd",
];

pub(super) fn rules() -> Vec<Rule> {
    let invalid = INVALID.iter().enumerate().map(|(number, digest)| refused(number, digest));
    invalid.chain([escaped(), manifest_of_sha512(), blob_of_sha512(), one_is_not_the_other()]).collect()
}

/// 400 where something would be stored, and never more than "not there" where something is asked for.
fn refused(number: usize, digest: &str) -> Rule {
    rule(
        format!("what is no digest is refused ({number}: {digest})"),
        [
            get(format!("/v2/{{repo}}/manifests/{digest}")).gives(&[400, 404]),
            head(format!("/v2/{{repo}}/manifests/{digest}")).gives(&[400, 404]),
            manifest(digest, EMPTY).gives(if digest.contains('/') { &[400, 404] } else { &[400] }),
            get(format!("/v2/{{repo}}/blobs/{digest}")).gives(&[400, 404]),
            head(format!("/v2/{{repo}}/blobs/{digest}")).gives(&[400, 404]),
            delete(format!("/v2/{{repo}}/blobs/{digest}")).gives(&[400, 404]),
            get(format!("/v2/{{repo}}/referrers/{digest}")).gives(if digest.contains('/') {
                &[400, 404]
            } else {
                &[400]
            }),
            post(format!("/v2/{{repo}}/blobs/uploads/?digest={digest}")).sends("x").gives(&[400]),
            opened("{repo}"),
            put(format!("{{location}}?digest={digest}")).sends("x").gives(&[400]),
            get("{location}").gives(&[204]).with("range", "0-0"),
        ],
    )
}

fn escaped() -> Rule {
    rule(
        "a digest may be escaped",
        [
            stored("{repo}", ""),
            get("/v2/{repo}/blobs/sha256%3Ae3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
                .gives(&[200])
                .with("docker-content-digest", "{sha256:}")
                .body(""),
            head("/v2/{repo}/blobs/sha256%3ae3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
                .gives(&[200]),
            get(format!("/v2/{{repo}}/manifests/{}", ABSENT.replace(':', "%3A")))
                .gives(&[404])
                .code("MANIFEST_UNKNOWN"),
            opened("{repo}"),
            put("{location}?digest=sha256%3Ae3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
                .gives(&[201])
                .with("docker-content-digest", "{sha256:}"),
        ],
    )
}

fn manifest_of_sha512() -> Rule {
    let digest = format!("{{sha512:{EMPTY}}}");
    let target = format!("/v2/{{repo}}/manifests/{digest}");
    let found = |which: &str| {
        get(format!("/v2/{{repo}}/manifests/{which}"))
            .gives(&[200])
            .with("docker-content-digest", digest.as_str())
            .with("etag", format!("\"{digest}\""))
            .with("content-type", INDEX)
            .body(EMPTY)
    };
    rule(
        "a manifest is served under the SHA-512 digest under which it was pushed",
        [
            manifest(&format!("{digest}?tag=strong"), EMPTY)
                .gives(&[201])
                .with("location", target.as_str())
                .with("docker-content-digest", digest.as_str()),
            found(&digest),
            found("strong"),
            head(target.as_str()).gives(&[200]).with("docker-content-digest", digest.as_str()),
            delete(target.as_str()).gives(&[202]),
            get(target.as_str()).gives(&[404]),
            get("/v2/{repo}/manifests/strong").gives(&[404]),
        ],
    )
}

fn blob_of_sha512() -> Rule {
    rule(
        "a blob is served under the SHA-512 digest under which it was pushed",
        [
            post("/v2/{repo}/blobs/uploads/?digest={sha512:content}")
                .sends("content")
                .gives(&[201])
                .with("location", "/v2/{repo}/blobs/{sha512:content}")
                .with("docker-content-digest", "{sha512:content}"),
            get("/v2/{repo}/blobs/{sha512:content}")
                .gives(&[200])
                .with("docker-content-digest", "{sha512:content}")
                .body("content"),
            post("/v2/{repo}/blobs/uploads/?digest-algorithm=sha512").gives(&[202]),
            put("{location}?digest={sha512:in the end}").sends("in the end").gives(&[201]),
            head("/v2/{repo}/blobs/{sha512:in the end}").gives(&[200]).with("content-length", "10"),
            opened("{repo}"),
            put("{location}?digest={sha512:unsaid}").sends("unsaid").gives(&[201]),
            get("/v2/{repo}/blobs/{sha512:unsaid}").gives(&[200]).body("unsaid"),
            post("/v2/{repo}/blobs/uploads/?digest={sha512:content}")
                .sends("contents")
                .gives(&[400])
                .code("DIGEST_INVALID"),
            post("/v2/{repo}/blobs/uploads/?digest-algorithm=md5").gives(&[400]),
        ],
    )
}

fn one_is_not_the_other() -> Rule {
    let (strong, plain) = (format!("{{sha512:{EMPTY}}}"), format!("{{sha256:{EMPTY}}}"));
    let found = |digest: &str| {
        head(format!("/v2/{{repo}}/manifests/{digest}")).gives(&[200]).with("docker-content-digest", digest)
    };
    rule(
        "a manifest under two algorithms is told by the one that is asked for",
        [manifest(&strong, EMPTY).gives(&[201]), tagged("plain"), found(&strong), found(&plain)],
    )
}
