//! Manifests: what is put is what is got, by tag and by digest, until it is deleted.

use super::{ABSENT, EMPTY, INDEX, OTHER, manifest, stored, tagged};
use crate::exchange::rule::{Rule, Step, delete, get, head, put, rule};

/// What every registry must take, in bytes.
const LARGEST: usize = 4 << 20;

pub(super) fn rules() -> Vec<Rule> {
    let mut rules = vec![
        rule(
            "a manifest comes back as it was",
            [
                tagged("v1")
                    .with("docker-content-digest", digest(EMPTY))
                    .with("location", at(EMPTY))
                    .without("oci-subject"),
                get("{location}")
                    .header("accept", "text/html")
                    .gives(&[200])
                    .without("content-security-policy")
                    .with("content-type", INDEX)
                    .with("content-length", EMPTY.len().to_string())
                    .with("docker-content-digest", digest(EMPTY))
                    .body(EMPTY),
                get("/v2/{repo}/manifests/v1").gives(&[200]).with("etag", format!("\"{}\"", digest(EMPTY))).body(EMPTY),
            ],
        ),
        rule(
            "a manifest under a digest has it",
            [
                manifest(ABSENT, EMPTY).gives(&[400]).code("DIGEST_INVALID"),
                get(format!("/v2/{{repo}}/manifests/{ABSENT}")).gives(&[404]),
                manifest(&digest(EMPTY), EMPTY).gives(&[201]),
                manifest(&digest(EMPTY), EMPTY).gives(&[201]),
            ],
        ),
        rule(
            "a manifest is not one of another repository",
            [
                tagged("x"),
                get(at(EMPTY).replace("{repo}", "{other}")).gives(&[404]),
                get("/v2/{other}/manifests/x").gives(&[404]),
                delete(at(EMPTY).replace("{repo}", "{other}")).gives(&[404]),
            ],
        ),
        rule(
            "a manifest is not found by a digest of nothing",
            [
                get(format!("/v2/{{repo}}/manifests/{ABSENT}")).gives(&[404]),
                tagged("x"),
                get(format!("/v2/{{repo}}/manifests/{ABSENT}")).gives(&[404]).code("MANIFEST_UNKNOWN"),
                get("/v2/{repo}/manifests/none").gives(&[404]).code("MANIFEST_UNKNOWN"),
            ],
        ),
        rule("content that is missing is named", missing()),
        rule(
            "a subject need not be there",
            [
                manifest("x", &with_subject()).gives(&[201]),
                get("/v2/{repo}/manifests/x").gives(&[200]).body(with_subject()),
            ],
        ),
        rule("a push by digest sets tags", tags()),
        rule(
            "too many tags at once are refused",
            [
                manifest(&format!("{}?{}", digest(EMPTY), many(1000)), EMPTY).gives(&[414]),
                manifest(&format!("{}?tag=.bad", digest(EMPTY)), EMPTY).gives(&[400]),
                get("/v2/{repo}/manifests/t0").gives(&[404]),
            ],
        ),
        rule(
            "what is no tag is refused",
            [".x", "-x", "a%20b", &"t".repeat(129)].map(|tag| manifest(tag, EMPTY).gives(&[400, 404])),
        ),
        rule("a tag may have 128 letters", ["t".repeat(128), "_".into()].map(|tag| tagged(&tag))),
        rule("a tag that is deleted leaves the manifest", tag_deleted()),
        rule("a manifest that is deleted takes all its tags", manifest_deleted()),
        rule(
            "what is not there cannot be deleted",
            [
                delete("/v2/{repo}/manifests/x").gives(&[404]),
                delete(format!("/v2/{{repo}}/manifests/{ABSENT}")).gives(&[404]),
            ],
        ),
        rule(
            "a tag is moved by the last who sets it",
            [
                tagged("x"),
                manifest("x", OTHER).gives(&[201]),
                get("/v2/{repo}/manifests/x").gives(&[200]).with("docker-content-digest", digest(OTHER)).body(OTHER),
                get(at(EMPTY)).gives(&[200]).body(EMPTY),
            ],
        ),
    ];
    rules.extend(media_types());
    rules.extend([
        large("a manifest just below 4 MiB is taken", LARGEST - 1, 201),
        large("a manifest of 4 MiB is taken", LARGEST, 201),
        large("a manifest just above 4 MiB is too large", LARGEST + 1, 413),
    ]);
    rules
}

fn digest(body: &str) -> String {
    format!("{{sha256:{body}}}")
}

fn at(body: &str) -> String {
    format!("/v2/{{repo}}/manifests/{}", digest(body))
}

fn with_subject() -> String {
    format!(r#"{{"schemaVersion":2,"manifests":[],"subject":{{"mediaType":"{INDEX}","digest":"{ABSENT}","size":6}}}}"#)
}

fn many(tags: usize) -> String {
    (0..tags).map(|number| format!("tag=t{number}")).collect::<Vec<_>>().join("&")
}

fn missing() -> [Step; 2] {
    let index =
        format!(r#"{{"schemaVersion":2,"manifests":[{{"mediaType":"{INDEX}","digest":"{ABSENT}","size":6}}]}}"#);
    let refused = manifest("x", &index).gives(&[400]).code("MANIFEST_BLOB_UNKNOWN");
    [refused, get("/v2/{repo}/manifests/x").gives(&[404])]
}

fn tags() -> [Step; 5] {
    const TEN: [&str; 10] = ["t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8", "t9"];
    let push = |query: &str| manifest(&format!("{}?{query}", digest(EMPTY)), EMPTY).gives(&[201]);
    [
        push("tag=one&tag=two").with_all("oci-tag", &["one", "two"]),
        get("/v2/{repo}/manifests/one").gives(&[200]).body(EMPTY),
        head("/v2/{repo}/manifests/two").gives(&[200]),
        push(&many(10)).with_all("oci-tag", &TEN),
        push("").without("oci-tag"),
    ]
}

fn tag_deleted() -> [Step; 7] {
    [
        tagged("one"),
        tagged("two"),
        delete("/v2/{repo}/manifests/one").gives(&[202]),
        get("/v2/{repo}/manifests/one").gives(&[404]),
        delete("/v2/{repo}/manifests/one").gives(&[404]),
        get(at(EMPTY)).gives(&[200]).body(EMPTY),
        get("/v2/{repo}/tags/list").gives(&[200]).json(r#"{"name":"{repo}","tags":["two"]}"#),
    ]
}

fn manifest_deleted() -> Vec<Step> {
    let begin = [tagged("one"), tagged("two"), manifest("other", OTHER).gives(&[201]), delete(at(EMPTY)).gives(&[202])];
    let gone = ["one".to_owned(), "two".to_owned(), digest(EMPTY)].into_iter().flat_map(|which| {
        let target = format!("/v2/{{repo}}/manifests/{which}");
        [get(target.as_str()), head(target.as_str()), delete(target.as_str())].map(|step| step.gives(&[404]))
    });
    let end = [
        get("/v2/{repo}/tags/list").gives(&[200]).json(r#"{"name":"{repo}","tags":["other"]}"#),
        tagged("one"),
        get(at(EMPTY)).gives(&[200]),
    ];
    begin.into_iter().chain(gone.collect::<Vec<_>>()).chain(end).collect()
}

/// What comes with a manifest, what it says itself, and what comes of it.
fn media_types() -> Vec<Rule> {
    let plain = |name: &str, content_type: Option<&str>, body: &str| {
        let put = put("/v2/{repo}/manifests/x").sends(body);
        let put = match content_type {
            Some(content_type) => put.header("content-type", content_type),
            None => put,
        };
        (name.to_owned(), put)
    };
    let taken = [
        plain("a manifest may be known by its members", None, EMPTY),
        plain(
            "a media type may have parameters",
            Some("application/vnd.oci.image.index.v1+json; charset=utf-8"),
            EMPTY,
        ),
        plain(
            "a manifest may say its media type itself",
            None,
            r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"#,
        ),
    ];
    let refused = [
        plain("a manifest that does not say what it is is refused", None, r#"{"schemaVersion":2}"#),
        plain("what is no manifest is refused", None, "not json"),
        plain("an empty manifest is refused", Some(INDEX), ""),
        plain("what is no media type is refused", Some("nonsense"), EMPTY),
        plain(
            "a manifest of two media types is refused",
            Some(INDEX),
            r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","manifests":[]}"#,
        ),
    ];
    let taken = taken.map(|(name, put)| {
        rule(name, [put.gives(&[201]), get("/v2/{repo}/manifests/x").gives(&[200]).with("content-type", INDEX)])
    });
    let refused = refused.map(|(name, put)| {
        rule(
            name,
            [
                stored("{repo}", "content"),
                put.gives(&[400]).code("MANIFEST_INVALID"),
                get("/v2/{repo}/manifests/x").gives(&[404]),
            ],
        )
    });
    taken.into_iter().chain(refused).collect()
}

fn large(name: &str, length: usize, status: u16) -> Rule {
    let put = manifest("x", EMPTY).filled(length);
    let steps = match status {
        201 => {
            [put.gives(&[201]), head("/v2/{repo}/manifests/x").gives(&[200]).with("content-length", length.to_string())]
        }
        _ => [put.gives(&[413]), head("/v2/{repo}/manifests/x").gives(&[404])],
    };
    rule(name, steps)
}
