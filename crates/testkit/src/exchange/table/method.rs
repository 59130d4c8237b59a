//! The base of the API, `HEAD` wherever there is a `GET`, and methods that are not there.

use super::{ABSENT, EMPTY, INDEX, opened, stored, tagged};
use crate::exchange::rule::{Rule, Step, get, head, post, rule};

pub(super) fn rules() -> Vec<Rule> {
    let mut rules = vec![
        rule(
            "the base says that this is a registry",
            ["/v2/", "/v2"].map(|target| {
                get(target).gives(&[200]).with("docker-distribution-api-version", "registry/2.0").json("{}")
            }),
        ),
        rule("the base has a head", [head("/v2/").gives(&[200]).body("")]),
        rule(
            "a manifest has a head",
            [
                tagged("latest"),
                head("/v2/{repo}/manifests/latest")
                    .gives(&[200])
                    .with("content-type", INDEX)
                    .with("content-length", EMPTY.len().to_string())
                    .with("docker-content-digest", format!("{{sha256:{EMPTY}}}"))
                    .body(""),
            ],
        ),
        rule(
            "a blob has a head",
            [
                stored("{repo}", "content"),
                head("/v2/{repo}/blobs/{sha256:content}")
                    .gives(&[200])
                    .with("content-length", "7")
                    .with("docker-content-digest", "{sha256:content}")
                    .body(""),
            ],
        ),
        rule(
            "an empty blob has a length",
            [
                stored("{repo}", ""),
                head("/v2/{repo}/blobs/{sha256:}").gives(&[200]).with("content-length", "0"),
                get("/v2/{repo}/blobs/{sha256:}").gives(&[200]).with("content-length", "0").body(""),
            ],
        ),
        rule("a list of tags has a head", [tagged("latest"), head("/v2/{repo}/tags/list").gives(&[200]).body("")]),
        rule("a list of repositories has a head", [head("/v2/_catalog").gives(&[200]).body("")]),
        rule(
            "a list of referrers has a head",
            [get, head].map(|ask| ask(format!("/v2/{{repo}}/referrers/{ABSENT}")).gives(&[200])),
        ),
        rule("an upload has a head", [opened("{repo}"), head("{location}").gives(&[204]).with("range", "0-0")]),
        rule(
            "what is not there has no head",
            ["manifests/none", &format!("manifests/{ABSENT}"), &format!("blobs/{ABSENT}"), "blobs/uploads/none"]
                .map(|what| head(format!("/v2/{{repo}}/{what}")).gives(&[404]).body("")),
        ),
    ];
    rules.push(rule("a method that is not there is named with those that are", refused()));
    rules
}

fn refused() -> Vec<Step> {
    let step = |target: String, allow: &str| post(target).gives(&[405]).code("UNSUPPORTED").with("allow", allow);
    vec![
        step("/v2/".into(), "GET, HEAD"),
        step("/v2/_catalog".into(), "GET, HEAD"),
        step("/v2/{repo}/tags/list".into(), "GET, HEAD"),
        step("/v2/{repo}/manifests/latest".into(), "GET, HEAD, PUT, DELETE"),
        step(format!("/v2/{{repo}}/blobs/{ABSENT}"), "GET, HEAD, DELETE"),
        step(format!("/v2/{{repo}}/referrers/{ABSENT}"), "GET, HEAD"),
        step("/v2/{repo}/blobs/uploads/none".into(), "GET, HEAD, PUT, PATCH, DELETE"),
    ]
}
