//! Mounts: a blob of one repository shown in another, or else an upload.

use super::stored;
use crate::exchange::rule::{Rule, delete, get, head, post, put, rule};

pub(super) fn rules() -> Vec<Rule> {
    let mount = |query: &str| post(format!("/v2/{{other}}/blobs/uploads/?mount={query}"));
    let blob = |repository: &str| format!("/v2/{repository}/blobs/{{sha256:content}}");
    vec![
        rule(
            "a blob that is mounted is there and stays",
            [
                stored("{repo}", "content"),
                mount("{sha256:content}&from={repo}").gives(&[201]).with("location", blob("{other}")),
                head("{location}").gives(&[200]).with("content-length", "7"),
                delete(blob("{repo}")).gives(&[202]),
                get(blob("{other}")).gives(&[200]).body("content"),
                delete(blob("{other}")).gives(&[202]),
                get(blob("{other}")).gives(&[404]),
            ],
        ),
        rule(
            "a blob that cannot be mounted is to be uploaded",
            [
                mount("{sha256:content}&from={repo}").gives(&[202]).with("range", "0-0"),
                put("{location}?digest={sha256:content}").sends("content").gives(&[201]),
                mount("{sha256:elsewhere}&from={repo}/none").gives(&[202]),
                mount("{sha256:elsewhere}").gives(&[202]),
                delete("{location}").gives(&[204]),
            ],
        ),
        rule(
            "a mount of what is no digest is refused or an upload",
            [mount("sha256:bad&from={repo}").gives(&[202, 400]), mount("&from={repo}").gives(&[202, 400])],
        ),
        rule(
            "a mount from what is no repository is refused or an upload",
            [
                mount("{sha256:content}&from=..%2F..").gives(&[202, 400]),
                mount("{sha256:content}&from=").gives(&[202, 400]),
            ],
        ),
    ]
}
