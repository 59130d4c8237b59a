//! What errors and documents tell: every kind of fault with its place, who disagrees, and the members that are not known.

#![allow(clippy::unwrap_used, reason = "a test, and all data here is its own")]

use wharf_spec::{Content, DecodeError, DecodeErrorKind, Document, ImageConfig, Index, Limits, Manifest, MediaType};

const DESCRIPTOR: &str =
    r#""mediaType":"a/b","size":0,"digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855""#;

fn refused(media_type: MediaType, text: &str, limits: &Limits) -> DecodeError {
    Document::new(media_type, text.to_owned()).decode_within::<Content>(limits).unwrap_err()
}

/// Limits that small documents reach.
fn small() -> Limits {
    let mut limits = Limits::default();
    limits.document_bytes = 1_000;
    (limits.descriptors, limits.nesting, limits.text_bytes) = (2, 5, 100);
    (limits.annotations, limits.annotation_bytes, limits.urls, limits.url_bytes) = (2, 10, 1, 5);
    (limits.data_bytes, limits.all_data_bytes, limits.entries) = (3, 6, 2);
    limits
}

/// The rest of an index, up to what is wrong, which begins at `^`; and where that is.
const FAULTS: [(DecodeErrorKind, &str, &str); 26] = [
    (DecodeErrorKind::NotJson, r#""manifests":[]} ^x"#, "$"),
    (DecodeErrorKind::NotJson, r#""manifests":[^,]"#, "$.manifests[0]"),
    (DecodeErrorKind::WrongShape, r#""manifests":^{"#, "$.manifests"),
    (DecodeErrorKind::WrongShape, r#""manifests":[{"size":^-1"#, "$.manifests[0].size"),
    (DecodeErrorKind::WrongShape, r#""x":[ ^1e999"#, "$.x[0]"),
    (DecodeErrorKind::Missing, r#""manifests":[ ^{"size":1}]"#, "$.manifests[0]"),
    (DecodeErrorKind::Duplicate, r#""manifests":[], ^"manifests":[]"#, "$.manifests"),
    (DecodeErrorKind::Duplicate, r#""manifests":[{"x":1,"y":2, ^"x":3}"#, "$.manifests[0].x"),
    (DecodeErrorKind::Duplicate, r#""x":{"b c":1, ^"b c":2}"#, "$.x['?']"),
    (DecodeErrorKind::Duplicate, r#""annotations":{"a":"", ^"a":"""#, "$.annotations.a"),
    (DecodeErrorKind::Ambiguous, r#""manifests":[{ ^"MediaType":1"#, "$.manifests[0].MediaType"),
    (DecodeErrorKind::TooDeep, r#""x":[[[[ ^[1]]]]]"#, "$.x[0][0][0][0]"),
    (DecodeErrorKind::TooDeep, r#""manifests":[{"platform":{"y":[ ^[1]]}}]"#, "$.manifests[0].platform.y[0]"),
    (DecodeErrorKind::TooManyUrls, r#""manifests":[{"urls":["a", ^"b"]"#, "$.manifests[0].urls[1]"),
    (DecodeErrorKind::TooManyUrls, r#""manifests":[{"urls":[ ^"abcdef"]"#, "$.manifests[0].urls[0]"),
    (DecodeErrorKind::TooManyAnnotations, r#""annotations":{"a":"","b":"", ^"c":"""#, "$.annotations.c"),
    (DecodeErrorKind::TooManyAnnotations, r#""annotations":{"a":"1234", ^"b":"12345""#, "$.annotations.b"),
    (DecodeErrorKind::TooMuchData, r#""manifests":[{"data": ^"AAAAAA==""#, "$.manifests[0].data"),
    (
        DecodeErrorKind::TooManyEntries,
        r#""manifests":[{"platform":{"os.features":["a","b",^"c"]"#,
        "$.manifests[0].platform['os.features'][2]",
    ),
    (
        DecodeErrorKind::TooManyEntries,
        r#""manifests":[{"platform":{"os.features":["a","",^1]"#,
        "$.manifests[0].platform['os.features'][2]",
    ),
    (DecodeErrorKind::WrongShape, r#""manifests":[{"mediaType":^"a b""#, "$.manifests[0].mediaType"),
    (DecodeErrorKind::WrongShape, r#""manifests":[{"digest":^"a""#, "$.manifests[0].digest"),
    (DecodeErrorKind::WrongShape, r#""manifests":[{"data":^"a""#, "$.manifests[0].data"),
    (DecodeErrorKind::WrongShape, r#""manifests":[{"platform":{"os":^1"#, "$.manifests[0].platform.os"),
    (DecodeErrorKind::WrongShape, r#""annotations":{"a":^null"#, "$.annotations.a"),
    (DecodeErrorKind::NotJson, "\"x\":\"a^\u{1}\"", "$.x"),
];

#[test]
fn faults_are_told_with_their_kind_and_their_place() {
    for (kind, marked, path) in FAULTS {
        let marked = format!(r#"{{"schemaVersion":2,{marked}}}"#);
        let (text, at) = (marked.replace('^', ""), marked.find('^'));
        let error = refused(MediaType::IMAGE_INDEX, &text, &small());
        let told = (error.kind(), error.at(), error.path(text.as_bytes()));
        assert_eq!(told, (kind, at, Some(path.to_owned())), "{marked}");
        assert!(error.to_string().ends_with(&format!(" (at byte {})", at.unwrap())), "{error}");
    }
}

#[test]
fn what_is_too_much_is_told_where_it_is() {
    let entry = format!("{{{DESCRIPTOR}}}");
    let three = format!(r#"{{"schemaVersion":2,"manifests":[{entry},{entry},{entry}]}}"#);
    let data = |text: &str| format!(r#"{{{DESCRIPTOR},"data":"{text}"}}"#);
    let all =
        format!(r#"{{"schemaVersion":2,"manifests":[{},{}],"subject":{}}}"#, data("AAAA"), data("AAAA"), data("QQ=="));
    let long = format!(r#"{{"schemaVersion":2,"x":["{}"]}}"#, "x".repeat(101));
    let mut limits = small();
    let large = refused(MediaType::IMAGE_INDEX, &" ".repeat(1_001), &limits);
    assert_eq!((large.kind(), large.at()), (DecodeErrorKind::TooLarge, Some(1_000)));
    for (kind, descriptors, text, part) in [
        (DecodeErrorKind::TooManyDescriptors, 2, three, "$.manifests[2]"),
        (DecodeErrorKind::TooMuchData, 3, all, "$.subject.data"),
        (DecodeErrorKind::TooLong, 2, long, "$.x[0]"),
    ] {
        limits.descriptors = descriptors;
        let error = refused(MediaType::IMAGE_INDEX, &text, &limits);
        assert_eq!((error.kind(), error.path(text.as_bytes()).as_deref()), (kind, Some(part)));
    }
}

/// Among many names the first that was there before is told, where it is again.
#[test]
fn the_first_of_many_names_that_is_there_again_is_told() {
    for count in [2, 20, 64, 500, 3_001] {
        let names: Vec<_> = (0..2 * count).map(|number| format!(r#""{}":0"#, number * 7_919 % count)).collect();
        let start = r#"{"schemaVersion":2,"x":{"#.to_owned();
        let at = start.len() + names.iter().take(count).map(|name| name.len() + 1).sum::<usize>();
        let error = refused(MediaType::IMAGE_INDEX, &format!("{start}{}}}}}", names.join(",")), &Limits::default());
        assert_eq!((error.kind(), error.at()), (DecodeErrorKind::Duplicate, Some(at)), "{count}");
    }
}

/// Half a letter, a letter in more bytes than it needs, half a surrogate, and bytes that are in no letter.
#[test]
fn bytes_that_are_no_text_are_told_where_they_are() {
    let start = r#"{"schemaVersion":2,"manifests":[],"é":"#;
    for wrong in [&b"\xc3"[..], b"\xc0\xaf", b"\xe0\x80\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xff", b"\x80"] {
        let text = [start.as_bytes(), b"\"", wrong, b"\"}"].concat();
        let error = Document::new(MediaType::IMAGE_INDEX, text.clone()).decode::<Content>().unwrap_err();
        assert_eq!((error.kind(), error.at()), (DecodeErrorKind::NotJson, Some(start.len() + 1)), "{wrong:x?}");
        assert_eq!(error.path(&text).as_deref(), Some("$['?']"));
    }
    let utf16: Vec<u8> = "\u{feff}{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let error = Document::new(MediaType::IMAGE_INDEX, utf16).decode::<Content>().unwrap_err();
    assert_eq!((error.kind(), error.at()), (DecodeErrorKind::NotJson, Some(0)));
}

/// All that disagree are named, by the media types that they gave and by no byte of the document else.
#[test]
fn disagreements_name_all_the_parties() {
    let index = "application/vnd.oci.image.index.v1+json";
    let manifest = "application/vnd.oci.image.manifest.v1+json";
    let table = [
        (
            Some(MediaType::IMAGE_MANIFEST),
            format!(r#"{{"schemaVersion":2,"mediaType":"{index}","manifests":[]}}"#),
            format!(
                "document and media type disagree; given as {manifest}; says {index}; has the members of the kind index"
            ),
        ),
        (
            Some(MediaType::IMAGE_INDEX),
            format!(r#"{{"schemaVersion":2,"mediaType":"{index}","layers":[]}}"#),
            format!(
                "document and media type disagree; given as {index}; says {index}; has the members of the kind manifest"
            ),
        ),
        (
            Some(MediaType::DOCKER_MANIFEST),
            format!(r#"{{"schemaVersion":2,"mediaType":"{manifest}"}}"#),
            format!("document and media type disagree; given as {}; says {manifest}", MediaType::DOCKER_MANIFEST),
        ),
        (
            Some(MediaType::IMAGE_INDEX),
            r#"{"schemaVersion":1,"fsLayers":[]}"#.into(),
            format!("document of Docker's schema 1; given as {index}; has the members of the kind schema1"),
        ),
        (
            None,
            r#"{"schemaVersion":1,"mediaType":"a/b","fsLayers":[]}"#.into(),
            "document of Docker's schema 1; says a/b; has the members of the kind schema1".into(),
        ),
        (
            None,
            r#"{"schemaVersion":1,"name":"x"}"#.into(),
            "document of Docker's schema 1; has the members of the kind schema1".into(),
        ),
        (
            None,
            format!(r#"{{"mediaType":"{}"}}"#, MediaType::DOCKER_SCHEMA1),
            format!("document of Docker's schema 1; says {}", MediaType::DOCKER_SCHEMA1),
        ),
        (
            Some(MediaType::DOCKER_SCHEMA1_SIGNED),
            "{}".into(),
            format!("document of Docker's schema 1; given as {}", MediaType::DOCKER_SCHEMA1_SIGNED),
        ),
        (None, "{}".into(), "document of no known kind, and without a media type".into()),
        (None, r#"{"layers":[],"manifests":[]}"#.into(), "document that could be read in two ways".into()),
        (Some(MediaType::IMAGE_INDEX), r#"{"manifests":[]}"#.into(), "schemaVersion is not 2".into()),
    ];
    for (given, text, expected) in table {
        let document = match given {
            Some(given) => Ok(Document::new(given, text.clone())),
            None => Document::inferred(text.clone()),
        };
        let error = document.and_then(Document::decode::<Content>).unwrap_err();
        // The document as a whole, or its media type.
        let (at, path) = (error.at().unwrap(), error.path(text.as_bytes()).unwrap());
        assert_eq!(error.to_string(), format!("{expected} (at byte {at})"));
        assert_eq!(path, if at == 0 { "$" } else { "$.mediaType" });
    }
    // Who asks for another kind than was given is told what was given.
    let error = Document::new(MediaType::IMAGE_INDEX, "{}").decode::<Manifest>().unwrap_err();
    assert_eq!(error.to_string(), format!("document and media type disagree; given as {index} (at byte 0)"));
}

fn unknown<T: wharf_spec::View>(media_type: MediaType, text: &str) -> Vec<(String, String)> {
    let document = Document::new(media_type, text.to_owned()).decode::<T>().unwrap();
    document.unknown().iter().map(|member| (member.path().to_owned(), member.json().to_owned())).collect()
}

fn check(told: &[(String, String)], expected: &[(&str, &str)]) {
    let told: Vec<_> = told.iter().map(|(path, json)| (path.as_str(), json.as_str())).collect();
    assert_eq!(told, expected);
}

#[test]
fn unknown_members_are_told_at_every_depth() {
    let text = format!(
        r#"{{"a": 1 ,"schemaVersion":2,"manifests":[{{{DESCRIPTOR}}},{{"b":[ {{"c":"]"}} ],{DESCRIPTOR},
            "platform":{{"os":"x","d":null,"architecture":"y","e":{{}} }},"f":"\"}}"}}],
            "annotations":{{"known":"by nature"}},"subject":{{{DESCRIPTOR},"g":-0.5E1}},"h":[[]]}}"#
    );
    let told = unknown::<Index>(MediaType::IMAGE_INDEX, &text);
    check(
        &told,
        &[
            ("$.a", "1"),
            ("$.manifests[1].b", r#"[ {"c":"]"} ]"#),
            ("$.manifests[1].platform.d", "null"),
            ("$.manifests[1].platform.e", "{}"),
            ("$.manifests[1].f", r#""\"}""#),
            ("$.subject.g", "-0.5E1"),
            ("$.h", "[[]]"),
        ],
    );
    assert_eq!(unknown::<Content>(MediaType::IMAGE_INDEX, &text), told);
    assert_eq!(unknown::<Content>(MediaType::OCTET_STREAM, &text), []);
}

#[test]
fn unknown_members_of_a_config_are_told() {
    let text = r#"{"id":"1","config":{"Image":"","Healthcheck":{"x":[]},"Volumes":{"/a":{"y":1,"z":[]},"/b":{ },"/c":null},"Labels":{"z":""}},
        "container_config":{"Tty":false},"rootfs":{"base":{}},"history":[{},{"layer":2}],"moby.buildkit.v0":"e30="}"#;
    check(
        &unknown::<ImageConfig>(MediaType::DOCKER_CONFIG, text),
        &[
            ("$.id", r#""1""#),
            ("$.config.Image", r#""""#),
            ("$.config.Healthcheck.x", "[]"),
            ("$.config.Volumes['/a']", r#"{"y":1,"z":[]}"#),
            ("$.container_config.Tty", "false"),
            ("$.rootfs.base", "{}"),
            ("$.history[1].layer", "2"),
            ("$['moby.buildkit.v0']", r#""e30=""#),
        ],
    );
}

/// RFC 9535, section 2.7: normalised paths, with what is not ASCII escaped as well.
#[test]
fn names_of_unknown_members_are_told_so_that_they_can_be_read_back() {
    let names = [
        ("a b", "['a b']"),
        ("", "['']"),
        ("a.b", "['a.b']"),
        ("0a", "['0a']"),
        ("a0_", ".a0_"),
        ("_", "._"),
        ("a-b", "['a-b']"),
        ("'", r"['\'']"),
        (r#"\""#, r#"['"']"#),
        (r"\\", r"['\\']"),
        (r"\u0041\n", r"['A\u000a']"),
        (r"\u001b[2J", r"['\u001b[2J']"),
        ("\u{7f}", r"['\u007f']"),
        ("é", r"['\u00e9']"),
        ("\u{202e}", r"['\u202e']"),
        (r"\ud83d\ude00", r"['\ud83d\ude00']"),
        ("😀", r"['\ud83d\ude00']"),
        ("]['", r"['][\'']"),
    ];
    for (written, expected) in names {
        let text = format!(r#"{{"schemaVersion":2,"manifests":[],"{written}":{{"x":"{written}"}}}}"#);
        check(
            &unknown::<Index>(MediaType::IMAGE_INDEX, &text),
            &[(&format!("${expected}"), &format!(r#"{{"x":"{written}"}}"#))],
        );
    }
}
