//! What users of clients are told beside the answer.

use wharf_distribution::warnings;
use wharf_server::Service;
use wharf_store::Store;

use crate::doorkeeper::Doorkeeper;
use crate::harness::{Answer, EMPTY_INDEX, INDEX, ask, memory};

fn texts(answer: &Answer) -> Vec<String> {
    answer
        .headers
        .get_all("warning")
        .iter()
        .flat_map(|value| warnings(std::str::from_utf8(value.as_bytes()).unwrap()))
        .collect()
}

fn bytes(answer: &Answer) -> usize {
    answer.headers.get_all("warning").iter().map(|value| value.len()).sum()
}

#[test]
fn a_text_is_in_every_answer() {
    let service =
        memory().with_warning("closed from May on").with_warning("see \"the page\"").with_authorize(Doorkeeper);
    let rows = [
        ("GET", "/v2/", Some("reader"), 200),
        ("GET", "/v2/", None, 401),
        ("GET", "/v2/a/tags/list", Some("reader"), 404),
        ("GET", "/v2/hidden/tags/list", Some("reader"), 404),
        ("POST", "/v2/a/blobs/uploads/", Some("reader"), 403),
        ("PUT", "/v2/a/manifests/latest", Some("writer"), 201),
        ("HEAD", "/v2/a/manifests/latest", Some("reader"), 200),
    ];
    for (method, target, name, status) in rows {
        let mut headers = vec![("content-type", INDEX)];
        headers.extend(name.map(|name| ("authorization", name)));
        let answer = ask(&service, method, target, &headers, EMPTY_INDEX);
        assert_eq!(answer.status, status, "{method} {target}");
        assert!(
            texts(&answer).ends_with(&["closed from May on".into(), "see \"the page\"".into()]),
            "{method} {target}"
        );
    }
    assert!(!ask(&memory(), "GET", "/v2/", &[], "").has("warning"));
}

/// (what is said, how many warnings come, and how many bytes they have)
#[test]
fn all_warnings_of_an_answer_have_a_limit() {
    const AROUND: usize = r#"299 - """#.len();
    let letters = |n: usize| "x".repeat(n);
    let rows = [
        (vec![letters(4096 - AROUND)], 1, 4096),
        (vec![letters(4096 - AROUND + 1)], 1, 4096),
        (vec![letters(1_000_000)], 1, 4096),
        (vec!["\"".repeat(4096)], 1, 4096),
        (vec!["\u{e9}".repeat(4096)], 1, 4096),
        (vec!["\u{1f6a2}".repeat(4096)], 1, 4096),
        (vec!["\u{1b}".repeat(4096)], 1, 4094),
        (vec![letters(4000), letters(4000)], 2, 4096),
        (vec![letters(4096 - 2 * AROUND - 1), letters(9)], 2, 4096),
        (vec![letters(4096 - 2 * AROUND), letters(9)], 1, 4096 - AROUND),
        (vec![letters(4096), letters(1)], 1, 4096),
        (vec![String::new()], 0, 0),
        (vec![letters(1); 500], 455, 4095),
    ];
    for (said, count, length) in rows {
        let service = said.iter().fold(memory(), |service, text| service.with_warning(text));
        let answer = ask(&service, "GET", "/v2/", &[], "");
        let values = answer.headers.get_all("warning").iter().count();
        assert_eq!((values, bytes(&answer)), (count, length), "{} of {}", said.len(), said[0].len());
        let broken = ask(&service, "PUT", "/v2/a/manifests/1", &[("content-type", INDEX)], EMPTY_INDEX);
        assert_eq!(broken.status, 201);
        assert!(bytes(&broken) <= 4096, "a manifest's warnings have what is left");
    }
}

#[test]
fn no_text_is_anything_but_text() {
    let service = memory().with_warning("a\r\nset-cookie: b\0\u{1b}[2J\u{202e}\\\"");
    let answer = ask(&service, "GET", "/v2/", &[], "");
    assert!(!answer.has("set-cookie"));
    let shown = "a\u{fffd}\u{fffd}set-cookie: b\u{fffd}\u{fffd}[2J\u{fffd}\\\"";
    assert_eq!(texts(&answer), [shown]);
}

/// A rule that is broken and that the registry let pass is told, once, with its first place.
#[test]
fn whoever_stores_a_manifest_is_told_what_is_wrong_with_it() {
    let entry = r#"{"mediaType":"a/b","size":2,"digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","urls":["nowhere"]}"#;
    let named = format!(r#""schemaVersion":2,"mediaType":"{INDEX}""#);
    let rows = [
        (format!(r#"{{{named},"manifests":[]}}"#), vec![]),
        (EMPTY_INDEX.to_owned(), vec!["$: the document does not say its media type (image-index.md, mediaType)"]),
        (
            format!(r#"{{{named},"manifests":[],"annotations":null}}"#),
            vec![
                "$.annotations: null is no value of this member (manifest.md, image-index.md, descriptor.md and config.md, the member)",
            ],
        ),
        (format!(r#"{{{named},"manifests":[{entry},{entry}]}}"#), vec!["$.manifests[0].urls[0]"]),
    ];
    let service = Service::new(Store::memory().with_policy(wharf_registry::Policy::Sparse));
    for (manifest, expected) in rows {
        let answer = ask(&service, "PUT", "/v2/a/manifests/1", &[("content-type", INDEX)], manifest.clone());
        assert_eq!(answer.status, 201, "{manifest}");
        let found = texts(&answer);
        assert_eq!(found.len(), expected.len(), "{manifest}: {found:?}");
        assert!(found.iter().zip(expected).all(|(found, expected)| found.starts_with(expected)), "{found:?}");
        let read = ask(&service, "GET", "/v2/a/manifests/1", &[], "");
        assert!(!read.has("warning"), "who only reads has not written it");
    }
    let opaque = ask(&service, "PUT", "/v2/a/manifests/2", &[("content-type", "text/plain")], "anything");
    assert!(opaque.status == 201 && !opaque.has("warning"));
    let refused = ask(&service, "PUT", "/v2/a/manifests/3", &[("content-type", INDEX)], "{");
    assert!(refused.status == 400 && !refused.has("warning"));
}
