//! Names of repositories: those that read like other parts of a path, and those that are none.

use super::{EMPTY, INDEX};
use crate::exchange::rule::{Rule, delete, get, head, patch, post, put, rule};

/// Parts of paths that a repository's name may have, too.
const RESERVED: [&str; 12] = [
    "blobs",
    "manifests",
    "tags",
    "referrers",
    "uploads",
    "v2",
    "tags/list",
    "blobs/uploads",
    "manifests/latest",
    "blobs/uploads/uploads",
    "manifests/blobs/tags",
    "referrers/list",
];

/// What no repository can be called.
const INVALID: [&str; 12] =
    ["A", "a%2Fb", "a/../b", "a/./b", "a//b", "-a", "a-", "a..b", "a___b", "_ext/a", "a/%C3%A9", "a%00"];

pub(super) fn rules() -> Vec<Rule> {
    let reserved = RESERVED.iter().map(|name| everything(name));
    let invalid = INVALID.iter().map(|name| {
        let steps = ["manifests/latest", "tags/list", "blobs/uploads/x"];
        let steps = steps.map(|what| get(format!("/v2/{name}/{what}")).gives(&[400, 404]));
        let writes = [post(format!("/v2/{name}/blobs/uploads/")).gives(&[400, 404])];
        let number = INVALID.iter().position(|other| other == name).unwrap();
        rule(
            format!("what is no name is refused ({number}: {})", name.escape_default()),
            steps.into_iter().chain(writes),
        )
    });
    let unknown = ["/", "/v1/", "/v2/{repo}/unheard/of", "/v2/{repo}", "/v3/{repo}/tags/list", "//v2/"];
    let unknown = rule("what is no path is not there", unknown.map(|target| get(target).gives(&[404])));
    reserved.chain(invalid).chain([unknown]).collect()
}

/// Every endpoint of a repository, whose name ends in parts of paths.
fn everything(name: &str) -> Rule {
    let at = |rest: &str| format!("/v2/{{repo}}/{name}/{rest}");
    let blob = || at("blobs/{sha256:content}");
    let list = format!(r#"{{"name":"{{repo}}/{name}","tags":["latest"]}}"#);
    rule(
        format!("a repository may be called {name}"),
        [
            post(at("blobs/uploads/?digest={sha256:content}")).sends("content").gives(&[201]).with("location", blob()),
            head(blob()).gives(&[200]),
            get(blob()).gives(&[200]).body("content"),
            post(at("blobs/uploads/")).gives(&[202]),
            patch("{location}").sends("more").gives(&[202]),
            get("{location}").gives(&[204]).with("range", "0-3"),
            put("{location}?digest={sha256:more}").gives(&[201]).with("location", at("blobs/{sha256:more}")),
            post(at("blobs/uploads")).gives(&[202]),
            delete("{location}").gives(&[204]),
            put(at("manifests/latest")).header("content-type", INDEX).sends(EMPTY).gives(&[201]),
            get(at("manifests/latest")).gives(&[200]).body(EMPTY),
            head("{location}").gives(&[200]),
            get(at("tags/list")).gives(&[200]).json(list),
            get(at("referrers/{sha256:content}")).gives(&[200, 404]),
            delete(at("manifests/latest")).gives(&[202]),
            delete(blob()).gives(&[202]),
            get(blob()).gives(&[404]),
        ],
    )
}
