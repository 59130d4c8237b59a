//! Media types: the table of `testdata/documents/media-types.tsv`, what is none, and laws.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test, and all data here is its own")]

use std::path::PathBuf;

use proptest::prelude::{Strategy, any, prop_oneof, proptest};
use wharf_spec::{Compression, InvalidMediaTypeKind, MediaType};

#[test]
fn say_what_the_table_says() {
    for row in rows() {
        let [text, kind, compression, distributable, oci, docker] = &row[..] else { panic!("columns: {row:?}") };
        let media_type = MediaType::parse(text).unwrap();
        assert_eq!(kind_of(&media_type), *kind, "{text}");
        assert_eq!(compression_of(&media_type), *compression, "{text}");
        assert_eq!(media_type.is_non_distributable(), *distributable == "no", "{text}");
        if let Some(layer) = media_type.layer() {
            assert_eq!(layer.is_distributable(), *distributable == "yes", "{text}");
        }
        assert_eq!(name(media_type.to_oci().as_ref()), *oci, "{text}");
        assert_eq!(name(media_type.to_docker().as_ref()), *docker, "{text}");
    }
}

/// The one kind that it is.
fn kind_of(media_type: &MediaType) -> &'static str {
    let kinds = [
        ("manifest", media_type.is_manifest()),
        ("index", media_type.is_index()),
        ("artifact-manifest", media_type.is_artifact_manifest()),
        ("schema1", media_type.is_schema1()),
        ("config", media_type.is_config()),
        ("layer", media_type.is_layer()),
        ("empty", media_type.is_empty_object()),
    ];
    let mut kinds = kinds.into_iter().filter_map(|(name, is)| is.then_some(name));
    let kind = kinds.next().unwrap_or("other");
    assert_eq!(kinds.next(), None, "{media_type} is {kind} and something else");
    kind
}

fn compression_of(media_type: &MediaType) -> &'static str {
    match media_type.layer().map(wharf_spec::Layer::compression) {
        None => "-",
        Some(Compression::None) => "none",
        Some(Compression::Gzip) => "gzip",
        Some(Compression::Zstd) => "zstd",
        Some(_) => "unknown",
    }
}

fn name(media_type: Option<&MediaType>) -> &str {
    media_type.map_or("-", MediaType::as_str)
}

#[test]
fn equivalents_lead_back() {
    for row in rows() {
        let media_type = MediaType::parse(&row[0]).unwrap();
        if let Some(oci) = media_type.to_oci() {
            assert_eq!(oci.to_oci().as_ref(), Some(&oci), "{media_type}: OCI's of OCI's");
            assert_eq!(oci.layer(), media_type.layer().filter(|_| oci.is_layer()), "{media_type}: the same bytes");
        }
        if let Some(docker) = media_type.to_docker() {
            assert_eq!(docker.to_docker().as_ref(), Some(&docker), "{media_type}: Docker's of Docker's");
            assert_eq!(docker.layer(), media_type.layer(), "{media_type}: the same bytes");
        }
        if let (Some(oci), Some(docker)) = (media_type.to_oci(), media_type.to_docker()) {
            assert_eq!(oci.to_docker().as_ref(), Some(&docker), "{media_type}");
            assert_eq!(docker.to_oci().as_ref(), Some(&oci), "{media_type}");
            assert!(media_type == oci || media_type == docker, "{media_type}");
            assert_eq!(kind_of(&oci), kind_of(&docker), "{media_type}");
        }
    }
}

#[test]
fn what_is_none_is_refused_where_it_goes_wrong() {
    use InvalidMediaTypeKind::{Character, Incomplete, Parameter, TooLong};
    let (long, longer) = ("a".repeat(127), "a".repeat(128));
    for (text, kind, at) in [
        ("", Incomplete, 0),
        ("text", Incomplete, 4),
        ("text/", Incomplete, 5),
        ("/html", Character, 0),
        ("/", Character, 0),
        ("text//html", Character, 5),
        ("text/html/x", Character, 9),
        (" text/html", Character, 0),
        ("text/html ", Character, 9),
        ("text /html", Character, 4),
        ("text/html\n", Character, 9),
        ("text/html\r\nSet-Cookie: a=b", Character, 9),
        ("text/\u{1b}[2J", Character, 5),
        ("text/h\0tml", Character, 6),
        ("text/html; charset=utf-8", Parameter, 9),
        ("text/html;", Parameter, 9),
        ("text/;x", Character, 5),
        ("text;x", Character, 4),
        (".text/html", Character, 0),
        ("text/+json", Character, 5),
        ("text/*", Character, 5),
        ("*/*", Character, 0),
        ("text/ht%6dl", Character, 7),
        ("text/html,text/plain", Character, 9),
        ("text/htm\u{142}", Character, 8),
        (&format!("{longer}/a"), TooLong, 127),
        (&format!("a/{longer}"), TooLong, 129),
        (&"a".repeat(300), TooLong, 127),
        (&format!("a/{}", "a".repeat(300)), TooLong, 129),
    ] {
        let error = MediaType::parse(text).unwrap_err();
        assert_eq!((error.kind(), error.at()), (kind, at), "{text:?}");
        assert!(text.parse::<MediaType>().is_err() && serde_json::from_str::<MediaType>(&format!("{text:?}")).is_err());
    }
    assert_eq!(MediaType::parse(&format!("{long}/{long}")).unwrap().as_str().len(), 255);
    assert!(MediaType::parse("a/!").is_err() && MediaType::parse("a/b!#$&-^_.+").is_ok());
}

#[test]
fn case_matters_except_to_those_who_ask() {
    let loud = MediaType::IMAGE_MANIFEST.as_str().to_uppercase();
    for text in [&loud, "Application/vnd.oci.image.manifest.v1+json"] {
        let media_type = MediaType::parse(text).unwrap();
        assert_eq!(media_type.as_str(), text, "kept as it came");
        assert!(media_type != MediaType::IMAGE_MANIFEST && !media_type.is_manifest(), "{text}");
        assert!(media_type.eq_ignore_ascii_case(&MediaType::IMAGE_MANIFEST), "{text}");
        assert!(!media_type.eq_ignore_ascii_case(&MediaType::IMAGE_INDEX), "{text}");
    }
}

#[test]
fn errors_read_well() {
    for (text, message) in [
        ("a b/c", "a media type cannot have this character (at byte 1)"),
        ("json", "a media type is written type/subtype (at byte 4)"),
        ("text/html;", "a media type has no parameters here (at byte 9)"),
        (&"a".repeat(128), "a media type has at most 127 bytes before and after the slash (at byte 127)"),
    ] {
        assert_eq!(MediaType::parse(text).unwrap_err().to_string(), message);
    }
}

#[test]
fn headers_may_have_blanks_and_parameters_but_no_lines() {
    for value in
        ["text/html", " text/html\t", "text/html;charset=utf-8", "text/html ; a=\"b;c\"", "text/html;\u{1f980}"]
    {
        assert_eq!(MediaType::from_content_type(value).unwrap().as_str(), "text/html", "{value:?}");
    }
    for (value, at) in [
        ("text/html\r\n", 9),
        ("text/html\r", 9),
        ("\rtext/html", 0),
        ("\ttext/html\r\n;a=b", 10),
        ("", 0),
        (" ;text/html", 0),
        ("  text", 6),
    ] {
        assert_eq!(MediaType::from_content_type(value).unwrap_err().at(), at, "{value:?}");
    }
}

#[test]
fn only_texts_are_read() {
    for json in ["null", "1", "[\"text/html\"]", "{\"a\":\"text/html\"}", "true"] {
        assert!(serde_json::from_str::<MediaType>(json).is_err(), "{json}");
    }
    let escaped: MediaType = serde_json::from_str(r#""application\/vnd.oci.image.\u0069ndex.v1+json""#).unwrap();
    assert_eq!(escaped, MediaType::IMAGE_INDEX);
    assert_eq!(serde_json::to_string(&escaped).unwrap(), "\"application/vnd.oci.image.index.v1+json\"");
}

/// RFC 6838, section 4.2, as a set of characters for each place.
fn is_media_type(text: &str) -> bool {
    let first = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let later = |char: char| first.contains(char) || "!#$&-^_.+".contains(char);
    let names: Vec<Vec<char>> = text.split('/').map(|name| name.chars().collect()).collect();
    let is_name = |name: &Vec<char>| {
        (1..128).contains(&name.len()) && first.contains(name[0]) && name.iter().all(|char| later(*char))
    };
    names.len() == 2 && names.iter().all(is_name)
}

proptest! {
    #[test]
    fn are_read_exactly_when_the_grammar_says_so(text in text()) {
        let read = MediaType::parse(&text);
        assert_eq!(read.is_ok(), is_media_type(&text), "{text:?}");
        match read {
            Ok(media_type) => assert_eq!(media_type.to_string(), text),
            Err(error) => assert!(error.at() <= text.len()),
        }
    }

    #[test]
    fn printed_ones_read_back(media_type in "[a-zA-Z0-9][a-zA-Z0-9!#$&^_.+-]{0,126}/[a-zA-Z0-9][a-zA-Z0-9!#$&^_.+-]{0,126}") {
        let read = MediaType::parse(&media_type).unwrap();
        assert_eq!(MediaType::parse(read.as_str()).as_ref(), Ok(&read));
        assert_eq!(MediaType::from_content_type(&format!("{read};a=b")).as_ref(), Ok(&read));
        let json = serde_json::to_string(&read).unwrap();
        assert_eq!(serde_json::from_str::<MediaType>(&json).unwrap(), read);
    }
}

/// Any text, and texts that are almost media types.
fn text() -> impl Strategy<Value = String> {
    let name = "[a-zA-Z0-9!#$&^_.+-]{0,3}|a{126,129}";
    let almost = (name, "/|/|/|/|//|;||[^/]", name).prop_map(|(first, between, second)| first + &between + &second);
    prop_oneof![any::<String>(), almost.boxed(), "[a-z]/[\\PC]{0,4}", "[ -~]{1,3}/[ -~]{1,3}"]
}

fn rows() -> Vec<Vec<String>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata/documents/media-types.tsv");
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split('\t').map(Into::into).collect()).collect()
}
