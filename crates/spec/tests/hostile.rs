//! The tables of `testdata/documents`: which documents are refused, and where they go wrong.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test, and all data here is its own")]

use std::path::PathBuf;

use wharf_spec::{Content, DecodeError, DecodeErrorKind, Document, Limits, Manifest, MediaType};

const DESCRIPTOR: &str =
    r#""mediaType":"a/b","size":0,"digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855""#;

#[test]
fn every_cell_of_the_matrix_has_its_verdict() {
    let rows = rows("matrix.tsv");
    assert_eq!(rows.len(), 16 * 4 * 4);
    let mut wrong = Vec::new();
    for row in rows {
        let [members, said, given, expected] = &row[..] else { panic!("columns: {row:?}") };
        let mut text = String::from(r#"{"schemaVersion":2"#);
        if let Some(said) = media_type(said) {
            text.push_str(&format!(r#","mediaType":"{said}""#));
        }
        for member in members.split(' ').filter(|member| *member != "-") {
            let value = if member == "config" { format!("{{{DESCRIPTOR}}}") } else { "[]".into() };
            text.push_str(&format!(r#","{member}":{value}"#));
        }
        text.push('}');
        let document = match media_type(given) {
            Some(given) => Ok(Document::new(given, text.clone())),
            None => Document::inferred(text.clone()),
        };
        let decoded = document.and_then(Document::decode::<Content>);
        let told = told(&decoded);
        if told != *expected {
            wrong.push(format!("{members}\t{said}\t{given}\t{expected} is {told}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn media_type(name: &str) -> Option<MediaType> {
    match name {
        "manifest" => Some(MediaType::IMAGE_MANIFEST),
        "index" => Some(MediaType::IMAGE_INDEX),
        "schema1" => Some(MediaType::DOCKER_SCHEMA1_SIGNED),
        _ => None,
    }
}

#[test]
fn hostile_documents_are_refused_where_they_are_wrong() {
    let mut wrong = Vec::new();
    for row in rows("hostile.tsv") {
        let [name, text, expected, path] = &row[..] else { panic!("columns: {row:?}") };
        let text = if text == "(empty)" { "" } else { text };
        let decoded = Document::new(MediaType::IMAGE_MANIFEST, text.to_owned()).decode::<Content>();
        let kind = told(&decoded);
        let at = decoded.as_ref().err().and_then(|error| error.path(text.as_bytes())).unwrap_or_else(|| "-".into());
        if (kind.as_str(), at.as_str()) != (expected, path) {
            wrong.push(format!("{name}\t{expected} {path} is {kind} {at}"));
        }
        if let Ok(document) = decoded {
            assert_eq!(document.bytes(), text, "{name}: bytes are kept");
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn told(decoded: &Result<Document<Content>, DecodeError>) -> String {
    match decoded.as_ref().map(Document::view) {
        Ok(Content::Manifest(_)) => "manifest".into(),
        Ok(Content::Index(_)) => "index".into(),
        Ok(_) => "opaque".into(),
        Err(error) => format!("E:{:?}", error.kind()),
    }
}

fn rows(file: &str) -> Vec<Vec<String>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata/documents").join(file);
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text.split('\n').filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split('\t').map(Into::into).collect()).collect()
}

/// A manifest whose config has `members` besides its own, and that has `annotations`.
fn manifest(members: &str, annotations: &str) -> Document {
    Document::new(
        MediaType::IMAGE_MANIFEST,
        format!(
            r#"{{"schemaVersion":2,"layers":[],"config":{{{DESCRIPTOR}{members}}},"annotations":{{{annotations}}}}}"#
        ),
    )
}

/// Numbers that nobody asked for are not parsed, since that takes long for some of them: their verdict is that of parsing.
#[test]
fn numbers_are_those_that_a_double_can_hold() {
    let mantissas =
        ["0", "0.0", "1", "1.5", "0.001", "9.99", "17976931348623157", "1.7976931348623157", "1.797693134862316"];
    let long = [format!("1{}", "0".repeat(400)), format!("0.{}1", "0".repeat(400)), format!("1.{}", "7".repeat(400))];
    let orders = (-800..800).chain([i64::MIN, i64::MIN + 1, i64::MAX - 1, i64::MAX]).map(|order| format!("e{order}"));
    let orders: Vec<_> = orders
        .chain(
            ["", "E+7", "e0000000000000000000001", "e99999999999999999999", "e-99999999999999999999"].map(String::from),
        )
        .collect();
    for mantissa in mantissas.map(String::from).iter().chain(&long) {
        for number in orders.iter().flat_map(|order| ["", "-"].map(|sign| format!("{sign}{mantissa}{order}"))) {
            let text = format!(r#"{{"schemaVersion":2,"manifests":[],"x":{number}}}"#);
            let read = Document::new(MediaType::IMAGE_INDEX, text).decode::<Content>().is_ok();
            assert_eq!(read, number.parse::<f64>().unwrap().is_finite(), "{number}");
        }
    }
}

/// Reads a document of every size around a limit of the small number that is set.
fn at_limit(kind: DecodeErrorKind, most: usize, limits: &Limits, document: impl Fn(usize) -> Document) {
    for (size, fits) in [(most - 1, true), (most, true), (most + 1, false)] {
        let decoded = document(size).decode_within::<Content>(limits).map_err(|error| error.kind());
        assert_eq!(decoded.err(), (!fits).then_some(kind), "{size} of {most}");
    }
}

#[test]
fn the_default_limits_hold_at_the_limit() {
    let limits = Limits::default();
    let x = |count: usize| "x".repeat(count);
    at_limit(DecodeErrorKind::TooManyAnnotations, limits.annotations, &limits, |count| {
        let annotations: Vec<_> = (0..count).map(|number| format!(r#""{number}":"""#)).collect();
        manifest("", &annotations.join(","))
    });
    at_limit(DecodeErrorKind::TooManyUrls, limits.urls, &limits, |count| {
        manifest(&format!(r#","urls":[{}]"#, vec![r#""https://a.example""#; count].join(",")), "")
    });
    at_limit(DecodeErrorKind::TooManyUrls, limits.url_bytes, &limits, |size| {
        manifest(&format!(r#","urls":["{}"]"#, x(size)), "")
    });
    at_limit(DecodeErrorKind::TooDeep, limits.nesting - 2, &limits, |depth| {
        manifest(&format!(r#","unknown":{}{}"#, "[".repeat(depth), "]".repeat(depth)), "")
    });
}

/// By default texts and annotations may fill their document; who wants less of them can say so.
#[test]
fn texts_and_annotations_can_be_limited_below_their_document() {
    let mut limits = Limits::default();
    (limits.text_bytes, limits.annotation_bytes) = (1_000, 4_000);
    let x = |count: usize| "x".repeat(count);
    at_limit(DecodeErrorKind::TooLong, limits.text_bytes, &limits, |size| {
        manifest(&format!(r#","unknown":"{}""#, x(size)), "")
    });
    at_limit(DecodeErrorKind::TooManyAnnotations, limits.annotation_bytes, &limits, |bytes| {
        let annotations: Vec<_> = (0..8).map(|number| format!(r#""{number}":"{}""#, x(bytes / 8 - 1))).collect();
        manifest("", &format!(r#"{},"8":"{}""#, annotations[..7].join(","), x(bytes - bytes / 8 * 7 - 1)))
    });
}

/// A registry must take what it says that it takes: a manifest of 4 MiB may be annotations and little else.
#[test]
fn a_document_may_be_full_of_annotations() {
    let room = Limits::default().document_bytes - 1_000;
    for count in [1, 390, 16_384] {
        let value = "x".repeat(room / count - 12);
        let annotations: Vec<_> = (0..count).map(|number| format!(r#""{number:05}":"{value}""#)).collect();
        let document = manifest("", &annotations.join(","));
        assert!(document.bytes().len() > Limits::default().document_bytes / 100 * 99, "{count}");
        let read = document.decode::<Manifest>().unwrap();
        assert_eq!(read.view().annotations.len(), count);
    }
}

#[test]
fn embedded_content_is_limited_for_one_and_for_all() {
    let mut limits = Limits::default();
    limits.data_bytes = 30;
    limits.all_data_bytes = 60;
    let data = |bytes: usize| format!(r#""data":"{}""#, "A".repeat(bytes / 3 * 4));
    let one = |bytes| manifest(&format!(",{}", data(bytes)), "").decode_within::<Content>(&limits);
    assert!(one(27).is_ok() && one(30).is_ok());
    assert_eq!(one(33).unwrap_err().kind(), DecodeErrorKind::TooMuchData);
    let all = |count: usize| {
        let layer = format!("{{{DESCRIPTOR},{}}}", data(30));
        let layers = vec![layer; count].join(",");
        let text = format!(r#"{{"schemaVersion":2,"config":{{{DESCRIPTOR}}},"layers":[{layers}]}}"#);
        Document::new(MediaType::IMAGE_MANIFEST, text).decode_within::<Content>(&limits)
    };
    assert!(all(1).is_ok() && all(2).is_ok());
    assert_eq!(all(3).unwrap_err().kind(), DecodeErrorKind::TooMuchData);
}

#[test]
fn deep_nesting_needs_no_stack() {
    let read = || {
        for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
            for member in ["unknown", "annotations", "layers", "config", "urls"] {
                let nested = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
                let text = format!(r#"{{"schemaVersion":2,"{member}":{nested}}}"#);
                let error = Document::new(MediaType::IMAGE_MANIFEST, text.clone()).decode::<Content>().unwrap_err();
                assert!(matches!(error.kind(), DecodeErrorKind::TooDeep | DecodeErrorKind::WrongShape), "{member}");
                assert!(error.path(text.as_bytes()).unwrap().starts_with(&format!("$.{member}")));
                assert!(Document::inferred(text).is_err());
            }
        }
    };
    std::thread::Builder::new().stack_size(256 << 10).spawn(read).unwrap().join().unwrap();
}

#[test]
fn configs_are_read_as_strictly() {
    let kind = |text: &str| {
        let document = Document::new(MediaType::IMAGE_CONFIG, text.to_owned());
        document.decode::<wharf_spec::ImageConfig>().map(|_| ()).map_err(|error| error.kind())
    };
    let config = |member: &str| kind(&format!(r#"{{"architecture":"a","os":"b",{member}}}"#));
    assert_eq!(config(r#""config":{"Labels":{"A":"1","a":"2"},"Env":["A=1"]}"#), Ok(()));
    assert_eq!(config(r#""moby.buildkit.cache.v0":{"x":1}"#), Ok(()));
    assert_eq!(config(r#""OS":"c""#), Err(DecodeErrorKind::Ambiguous));
    assert_eq!(config(r#""config":{"env":["A=1"]}"#), Err(DecodeErrorKind::Ambiguous));
    assert_eq!(config(r#""config":[]"#), Err(DecodeErrorKind::WrongShape));
    assert_eq!(config(r#""history":[["2020-01-01T00:00:00Z"]]"#), Err(DecodeErrorKind::WrongShape));
    assert_eq!(config(r#""x":{"y":1,"y":2}"#), Err(DecodeErrorKind::Duplicate));
    assert_eq!(config(r#""config":{"Labels":{"a":"1","a":"2"}}"#), Err(DecodeErrorKind::Duplicate));
}

#[test]
fn paths_never_show_what_is_not_a_plain_name() {
    let text = r#"{"schemaVersion":2,"manifests":[],"SECRET \u001b[31m":{"a":1,"a":2}}"#;
    let error = Document::new(MediaType::IMAGE_INDEX, text).decode::<Content>().unwrap_err();
    assert_eq!(error.path(text.as_bytes()).unwrap(), "$['?'].a");
}
