//! The list of repositories, in which those of other rules are, too.

use super::stored;
use super::tag::NOT_A_NUMBER;
use crate::exchange::rule::{Rule, get, rule};

pub(super) fn rules() -> Vec<Rule> {
    let pages = [
        rule(
            "a page of no repositories leads nowhere",
            [
                stored("{repo}", "content"),
                get("/v2/_catalog?n=0").gives(&[200]).json(r#"{"repositories":[]}"#).without("link"),
            ],
        ),
        rule(
            "repositories are listed page by page",
            [
                stored("{repo}/a", "content"),
                stored("{repo}/b", "content"),
                stored("{repo}/c", "content"),
                get("/v2/_catalog?n=2&last={repo}")
                    .gives(&[200])
                    .with("content-type", "application/json")
                    .json(r#"{"repositories":["{repo}/a","{repo}/b"]}"#),
                get("/v2/_catalog?n=1&last={repo}/b").gives(&[200]).json(r#"{"repositories":["{repo}/c"]}"#),
                get("/v2/_catalog?n=1&last={repo}/bb").gives(&[200]).json(r#"{"repositories":["{repo}/c"]}"#),
            ],
        ),
        rule(
            "no repositories come after the last",
            [get("/v2/_catalog?last=zzz/zzz").gives(&[200]).json(r#"{"repositories":[]}"#).without("link")],
        ),
        rule("more repositories than there are are no mistake", [get("/v2/_catalog?n=2147483648").gives(&[200])]),
    ];
    let refused = NOT_A_NUMBER.map(|n| {
        rule(
            format!("a page of repositories has a number of entries ({n})"),
            [get(format!("/v2/_catalog?n={n}")).gives(&[400])],
        )
    });
    pages.into_iter().chain(refused).collect()
}
