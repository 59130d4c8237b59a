//! Lists of tags, page by page.

use super::{EMPTY, manifest, stored, tagged};
use crate::exchange::rule::{Rule, Step, delete, get, rule};

/// A query on five tags, what is listed, and the query that leads on.
const PAGES: [(&str, &str, Option<&str>); 14] = [
    ("", "abcde", None),
    ("?n=5", "abcde", None),
    ("?n=6", "abcde", None),
    ("?n=4", "abcd", Some("n=4&last=d")),
    ("?n=1", "a", Some("n=1&last=a")),
    ("?n=2&last=b", "cd", Some("n=2&last=d")),
    ("?n=2&last=c", "de", None),
    ("?last=b", "cde", None),
    ("?last=bb", "cde", None),
    ("?last=e", "", None),
    ("?last=z&n=3", "", None),
    ("?n=0", "", None),
    ("?n=0&last=a", "", None),
    ("?n=2147483648", "abcde", None),
];

/// What is no number of entries.
pub(super) const NOT_A_NUMBER: [&str; 6] = ["-1", "NaN", "1e3", "%2B1", "0x10", "99999999999999999999999"];

pub(super) fn rules() -> Vec<Rule> {
    let pages = PAGES.iter().map(|(query, tags, next)| {
        let name = match query.strip_prefix('?') {
            None => "tags are listed in order".to_owned(),
            Some(query) => format!("tags are listed page by page ({query})"),
        };
        rule(name, five().into_iter().chain([page(query, tags, *next)]))
    });
    let refused = NOT_A_NUMBER.map(|n| {
        let list = get(format!("/v2/{{repo}}/tags/list?n={n}")).gives(&[400]);
        rule(format!("a page of tags has a number of entries ({n})"), [tagged("a"), list])
    });
    pages.chain(refused).chain(others()).collect()
}

fn others() -> [Rule; 4] {
    let list =
        |tags: &str| get("/v2/{repo}/tags/list").gives(&[200]).json(format!(r#"{{"name":"{{repo}}","tags":{tags}}}"#));
    let digest = format!("{{sha256:{EMPTY}}}");
    [
        rule(
            "a list without tags is empty",
            [stored("{repo}", "content"), list("[]"), manifest(&digest, EMPTY).gives(&[201]), list("[]")],
        ),
        rule(
            "a repository that is not there has no tags",
            ["", "?n=0", "?n=5"].map(|query| get(format!("/v2/{{repo}}/tags/list{query}")).gives(&[200, 404])),
        ),
        rule(
            "tags are in the order of bytes",
            ["a-1", "B", "10", "2", "_x", "1.0"]
                .iter()
                .map(|tag| tagged(tag))
                .chain([list(r#"["1.0","10","2","B","_x","a-1"]"#)]),
        ),
        rule(
            "a page leads on after its last tag, which may be gone",
            five().into_iter().chain([
                page("?n=2", "ab", Some("n=2&last=b")),
                delete("/v2/{repo}/manifests/b").gives(&[202]),
                page("?n=2&last=b", "cd", Some("n=2&last=d")),
            ]),
        ),
    ]
}

fn five() -> Vec<Step> {
    ["e", "c", "a", "d", "b"].map(tagged).into()
}

fn page(query: &str, tags: &str, next: Option<&str>) -> Step {
    let tags: Vec<_> = tags.chars().map(|tag| format!("\"{tag}\"")).collect();
    let list = get(format!("/v2/{{repo}}/tags/list{query}"))
        .gives(&[200])
        .with("content-type", "application/json")
        .json(format!(r#"{{"name":"{{repo}}","tags":[{}]}}"#, tags.join(",")));
    match next {
        Some(next) => list.with("link", format!(r#"</v2/{{repo}}/tags/list?{next}>; rel="next""#)),
        None => list.without("link"),
    }
}
