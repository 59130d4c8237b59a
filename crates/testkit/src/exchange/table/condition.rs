//! Conditional requests (RFC 9110, section 13), by entity tags that are digests in quotes.

use super::{EMPTY, OTHER, manifest, stored, tagged};
use crate::exchange::rule::{Rule, Step, get, head, rule};

pub(super) fn rules() -> Vec<Rule> {
    let known = || format!("\"{{sha256:{EMPTY}}}\"");
    vec![
        rule("a blob that is known is not sent again", [vec![stored("{repo}", "content")], blob()].concat()),
        rule("a manifest that is known is not sent again", [vec![tagged("x")], of_manifest(&known())].concat()),
        rule(
            "what is known and not there is not there",
            [
                get("/v2/{repo}/blobs/{sha256:content}").header("if-none-match", "\"{sha256:content}\"").gives(&[404]),
                get("/v2/{repo}/blobs/{sha256:content}").header("if-none-match", "*").gives(&[404]),
                get("/v2/{repo}/manifests/x").header("if-none-match", "*").gives(&[404]),
                head("/v2/{repo}/manifests/x").header("if-none-match", "*").gives(&[404]),
            ],
        ),
        rule(
            "a tag is set where it points to what is expected",
            [
                manifest("x", EMPTY).header("if-match", known()).gives(&[412]),
                manifest("x", EMPTY).header("if-none-match", "*").gives(&[201]),
                manifest("x", OTHER).header("if-none-match", "*").gives(&[412]),
                manifest("x", OTHER).header("if-match", known()).gives(&[201]),
                manifest("x", EMPTY).header("if-match", known()).gives(&[412]),
                get("/v2/{repo}/manifests/x").gives(&[200]).body(OTHER),
            ],
        ),
        rule(
            "a condition that cannot be judged is not fulfilled",
            [
                tagged("x"),
                manifest("x", OTHER).header("if-match", "*").gives(&[412]),
                manifest("x", OTHER).header("if-match", format!("{}, \"x\"", known())).gives(&[412]),
                manifest("x", OTHER).header("if-match", format!("W/{}", known())).gives(&[412]),
                manifest("x", OTHER).header("if-match", known()).header("if-none-match", "*").gives(&[412]),
                get("/v2/{repo}/manifests/x").gives(&[200]).body(EMPTY),
            ],
        ),
        rule("a tag is set once by many who want it", [stored("{repo}", "content")]).race(
            ["", " ", "  ", "   "].map(|end| manifest("x", &format!("{EMPTY}{end}")).header("if-none-match", "*")),
            &[412],
        ),
    ]
}

/// A comma can be a part of an entity tag, and a list that is malformed is no condition.
fn blob() -> Vec<Step> {
    let table = [
        ("\"{sha256:content}\"", true),
        ("W/\"{sha256:content}\"", true),
        ("\"x,\", \"{sha256:content}\"", true),
        (" * ", true),
        ("\"x,{sha256:content}\"", false),
        ("\"x\" \"{sha256:content}\"", false),
        ("{sha256:content}", false),
        ("*, \"{sha256:content}\"", false),
        ("\"{sha256:other}\"", false),
    ];
    let step = |step: Step, condition: &str, known| {
        step.header("if-none-match", condition)
            .gives(if known { &[304] } else { &[200] })
            .with("etag", "\"{sha256:content}\"")
    };
    let target = "/v2/{repo}/blobs/{sha256:content}";
    let both = |(condition, known)| [step(get(target), condition, known), step(head(target), condition, known)];
    let lines =
        get(target).header("if-none-match", "\"x\"").header("if-none-match", "\"{sha256:content}\"").gives(&[304]);
    table.into_iter().flat_map(both).chain([lines]).collect()
}

fn of_manifest(known: &str) -> Vec<Step> {
    let table = [
        (known.to_owned(), true),
        (format!("W/{known}"), true),
        (format!("\"x\" , {known}"), true),
        ("*".to_owned(), true),
        ("\"x\"".to_owned(), false),
        ("\"".to_owned(), false),
        (String::new(), false),
    ];
    let both = |(condition, is_known): (String, bool)| {
        [get, head].map(|ask| {
            ask("/v2/{repo}/manifests/x".to_owned())
                .header("if-none-match", condition.as_str())
                .gives(if is_known { &[304] } else { &[200] })
                .with("docker-content-digest", format!("{{sha256:{EMPTY}}}"))
        })
    };
    table.into_iter().flat_map(both).collect()
}
