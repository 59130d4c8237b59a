//! The tables of entity tags, of what sessions hold, and of addresses.

use wharf_distribution::{EntityTag, EntityTags, Held, Location};
use wharf_spec::Digest;

/// RFC 9110, section 8.8.3: a quote ends a tag, nothing escapes it, and the `W` is a capital.
#[test]
fn tags_are_read_as_they_are_written() {
    for text in ["\"\"", "\"a\"", "W/\"a\"", "\"a,b\"", "\"a\\\"", "\"!#$%&'*+-.^_`|~[]{}\"", "\"W/\""] {
        assert_eq!(EntityTag::parse(text).unwrap().to_string(), text);
        assert_eq!(EntityTag::parse(&format!(" {text}\t")).unwrap().to_string(), text);
    }
    let long = |length| format!("\"{}\"", "x".repeat(length));
    assert!(EntityTag::parse(&long(1_024)).is_some());
    let wrong = ["", "a", "\"", "\"a", "a\"", "w/\"a\"", "W\"a\"", "W/a", "\"a b\"", "\"é\"", "\"a\"b", "\"a\"\"", "*"];
    assert!(wrong.map(EntityTag::parse).iter().all(Option::is_none));
    assert_eq!(EntityTag::parse(&long(1_025)), None);
}

#[test]
fn a_strong_tag_names_a_digest() {
    let digest = Digest::of(b"{}");
    let read = |text: String| EntityTag::parse(&text).unwrap().digest();
    assert_eq!(read(format!("\"{digest}\"")), Some(digest.clone()));
    assert_eq!(read(format!("W/\"{digest}\"")), None, "not byte for byte");
    assert_eq!(read(format!("\"{digest}-gzip\"")), None);
}

#[test]
fn conditions_are_any_or_a_list() {
    let listed = |text: &str| match EntityTags::parse(text) {
        Some(EntityTags::Listed(tags)) => tags.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
        Some(EntityTags::Any) => "*".into(),
        None => "-".into(),
    };
    let table = [
        ("*", "*"),
        ("\t* ", "*"),
        ("\"a\"", "\"a\""),
        ("\"a\",\"b\"", "\"a\" \"b\""),
        ("\"a\" ,\t W/\"b\" ", "\"a\" W/\"b\""),
        ("\"a,b\", \"c\"", "\"a,b\" \"c\""),
        ("", "-"),
        (",", "-"),
        ("\"a\",", "-"),
        (",\"a\"", "-"),
        ("\"a\" \"b\"", "-"),
        ("\"a\", *", "-"),
        ("*, \"a\"", "-"),
        ("a", "-"),
    ];
    for (text, expected) in table {
        assert_eq!(listed(text), expected, "{text}");
    }
    for (count, read) in [(63, true), (64, true), (65, false)] {
        assert_eq!(EntityTags::parse(&vec!["\"a\""; count].join(", ")).is_some(), read, "{count}");
    }
}

/// The dialects of registries: most say `0-0` of nothing, olareg `0--1`, Quay `bytes=0--1`.
#[test]
fn sessions_hold_what_they_say() {
    let table = [
        ("0-0", Some(None)),
        ("0-1", Some(Some(2))),
        ("bytes=0-9", Some(Some(10))),
        (" 0-9\t", Some(Some(10))),
        ("0--1", Some(Some(0))),
        ("bytes=0--1", Some(Some(0))),
        ("0-18446744073709551614", Some(Some(u64::MAX))),
        ("0-18446744073709551615", None),
        ("1-9", None),
        ("0--2", None),
        ("0-", None),
        ("bytes 0-9", None),
        ("bytes=bytes=0-9", None),
        ("0-+9", None),
        ("", None),
    ];
    for (text, expected) in table {
        assert_eq!(Held::parse(text).map(Held::bytes), expected, "{text}");
    }
}

/// Beside `0-0` a session can say that it holds nothing, or one byte. It cannot take back what it said.
#[test]
fn what_is_said_beside_settles_a_doubt() {
    let table = [
        ("0-0", 0, Some(0)),
        ("0-0", 1, Some(1)),
        ("0-0", 2, None),
        ("0-0", u64::MAX, None),
        ("0-1", 0, Some(2)),
        ("0-1", 2, Some(2)),
        ("0-1", 7, Some(2)),
        ("0--1", 1, Some(0)),
    ];
    for (text, offset, bytes) in table {
        let held = Held::parse(text).unwrap().beside(offset);
        assert_eq!((held.bytes(), held.to_string().as_str()), (bytes, if bytes == Some(0) { "0--1" } else { text }));
        assert!(bytes.is_none_or(|bytes| held.can_be(bytes) && !held.can_be(bytes ^ 1)), "{text} {offset}");
    }
}

#[test]
fn what_a_session_says_is_what_it_can_hold() {
    for offset in [0, 1, 2, 3, 1 << 40, u64::MAX - 1, u64::MAX] {
        let said = Held::of(offset);
        assert!(said.can_be(offset), "{offset}");
        assert!(!said.can_be(offset ^ 2), "{offset}");
    }
    let nothing = Held::parse("0--1").unwrap();
    assert_eq!([0, 1].map(|offset| nothing.can_be(offset)), [true, false]);
    assert_eq!([0, 1].map(|offset| nothing.can_count(offset)), [false, false]);
    let [one, ten] = ["0-0", "0-10"].map(|text| Held::parse(text).unwrap());
    assert_eq!([0, 1].map(|offset| one.can_count(offset)), [true, false]);
    assert_eq!([9, 10, 11].map(|offset| ten.can_count(offset)), [false, true, false]);
}

#[test]
fn addresses_have_what_urls_have() {
    for text in ["/", "?a", "#", "..", "//h/x", "http://[::1]:5000/v2/?a=%7B&b={c}|^`", "~"] {
        assert_eq!(Location::parse(text).unwrap().as_str(), text);
    }
    for (length, fits) in [(0, false), (1, true), (8_191, true), (8_192, true), (8_193, false)] {
        assert_eq!(Location::parse(&"a".repeat(length)).is_ok(), fits, "{length}");
    }
    for byte in 0..=u8::MAX {
        let fits = byte.is_ascii_graphic() && !b"\\\"<>".contains(&byte);
        assert_eq!(Location::parse(&format!("/{}", char::from(byte))).is_ok(), fits, "{byte}");
    }
}
