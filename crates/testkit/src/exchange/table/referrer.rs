//! Lists of referrers.

use wharf_registry::Digest;

use super::{ABSENT, EMPTY, INDEX, manifest, tagged};
use crate::exchange::rule::{Rule, Step, delete, get, rule};

const NONE: &str = r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"#;

pub(super) fn rules() -> Vec<Rule> {
    let (one, two) = (referrer("text/one"), referrer("text/two"));
    let stored =
        |body: &str| manifest(&format!("{{sha256:{body}}}"), body).gives(&[201]).with("oci-subject", subject());
    let listed = |query: &str, bodies: &[(&str, &str)]| list(query).json(index(bodies));
    vec![
        rule(
            "what nothing refers to has an empty list",
            [
                list("").json(NONE).with("content-type", INDEX),
                tagged("x"),
                list("").json(NONE).without("oci-filters-applied").without("link"),
            ],
        ),
        rule(
            "a list of referrers is of a digest",
            ["sha256:bad", "latest", "sha256:"]
                .map(|digest| get(format!("/v2/{{repo}}/referrers/{digest}")).gives(&[400]).code("DIGEST_INVALID")),
        ),
        rule(
            "a referrer is listed as long as it is there",
            [
                none(),
                stored(&one),
                listed("", &[(&one, "text/one")]),
                delete(format!("/v2/{{repo}}/manifests/{{sha256:{one}}}")).gives(&[202]),
                list("").json(NONE),
            ],
        ),
        rule(
            "a subject that comes later has its referrers",
            [
                none(),
                stored(&one),
                tagged("x"),
                listed("", &[(&one, "text/one")]),
                delete(format!("/v2/{{repo}}/manifests/{}", subject())).gives(&[202]),
            ],
        ),
        rule(
            "referrers are of one repository",
            [none(), stored(&one), get(format!("/v2/{{other}}/referrers/{}", subject())).gives(&[200]).json(NONE)],
        ),
        rule(
            "referrers of one kind are listed alone, and it is said",
            [
                none(),
                stored(&one),
                stored(&two),
                listed("?artifactType=text%2Ftwo", &[(&two, "text/two")]).with("oci-filters-applied", "artifactType"),
                listed("?artifactType=text/one", &[(&one, "text/one")]).with("oci-filters-applied", "artifactType"),
                list("?artifactType=text%2Fthree").json(NONE).with("oci-filters-applied", "artifactType"),
                list("?artifactType=").without("oci-filters-applied"),
            ],
        ),
        rule(
            "a tag that refers to something is a referrer, too",
            [
                none(),
                manifest("x", &one).gives(&[201]).with("oci-subject", subject()),
                listed("", &[(&one, "text/one")]),
                delete("/v2/{repo}/manifests/x").gives(&[202]),
                listed("", &[(&one, "text/one")]),
            ],
        ),
        rule(
            "a referrer of what is not there is a referrer",
            [
                none(),
                manifest("x", &one.replace(&subject(), ABSENT)).gives(&[201]).with("oci-subject", ABSENT),
                get(format!("/v2/{{repo}}/referrers/{ABSENT}")).gives(&[200]),
            ],
        ),
    ]
}

fn subject() -> String {
    Digest::of(EMPTY.as_bytes()).to_string()
}

fn referrer(kind: &str) -> String {
    let subject = format!(r#"{{"mediaType":"{INDEX}","digest":"{}","size":{}}}"#, subject(), EMPTY.len());
    format!(
        r#"{{"schemaVersion":2,"artifactType":"{kind}","manifests":[],"subject":{subject},"annotations":{{"k":"v"}}}}"#
    )
}

fn list(query: &str) -> Step {
    get(format!("/v2/{{repo}}/referrers/{}{query}", subject())).gives(&[200])
}

/// Whoever lists no referrers says so before there are any, and then promises none.
fn none() -> Step {
    list("").json(NONE)
}

/// The list of these referrers of these kinds.
fn index(referrers: &[(&str, &str)]) -> String {
    let described = |(body, kind): &(&str, &str)| {
        let size = body.len();
        format!(
            r#"{{"mediaType":"{INDEX}","digest":"{{sha256:{body}}}","size":{size},"artifactType":"{kind}","annotations":{{"k":"v"}}}}"#
        )
    };
    let all = referrers.iter().map(described).collect::<Vec<_>>().join(",");
    format!(r#"{{"schemaVersion":2,"mediaType":"{INDEX}","manifests":[{all}]}}"#)
}
