//! The tables of bodies.

use wharf_distribution::{ErrorBody, RepositoryList, TagList};
use wharf_spec::ErrorCode;

use crate::table::rows;

#[test]
fn of_errors_are_read_as_the_table_says() {
    for [input, expected, origin] in rows("error-body.tsv", 78) {
        let body = ErrorBody::decode(input.as_bytes());
        let told = if body.errors.is_empty() { "-".to_owned() } else { body.to_string() };
        assert_eq!(told, expected, "{origin}: {input}");
        assert_eq!(ErrorBody::decode(&body.encode()), body, "{origin}: {input}");
    }
}

#[test]
fn of_errors_have_at_most_32_entries() {
    for (count, read) in [(31, 31), (32, 32), (33, 32)] {
        let entries = vec![r#"{"code":"DENIED"}"#; count].join(",");
        let body = ErrorBody::decode(format!("{{\"errors\":[{entries}]}}").as_bytes());
        assert_eq!(body.errors.len(), read, "{count}");
    }
}

/// A code, a message, a detail, a text alone and what a store says: each is judged, and the others stay.
#[test]
fn of_errors_say_nothing_that_is_secret() {
    let table = [
        (r#"{"errors":[{"code":"HUNTER2","message":"a"},{"code":"DENIED","message":"b"}]}"#, "UNKNOWN: a; DENIED: b"),
        (r#"{"errors":[{"code":"DENIED","message":"is hunter2"},{"code":"HUNTER2","message":"hunter2"}]}"#, "DENIED"),
        (r#"{"errors":[{"code":"DENIED","message":"is \u0068unter2"}]}"#, "DENIED"),
        (r#"{"errors":["hunter2",{"code":"DENIED","detail":"hunter2"}]}"#, "DENIED"),
        ("<Error><Code>A</Code><Message>hunter2</Message></Error>", ""),
        ("<Error><Code>hunter2</Code><Message>b</Message></Error>", ""),
        ("<Error><Code>A</Code><Message>hunter&amp;2</Message></Error>", "UNKNOWN: A: hunter&2"),
    ];
    for (body, expected) in table {
        let body = ErrorBody::decode_without(body.as_bytes(), |text| text.to_lowercase().contains("hunter2"));
        assert_eq!(body.to_string(), expected);
    }
    let escaped = b"<Error><Code>A</Code><Message>hunter&amp;2</Message></Error>";
    assert!(ErrorBody::decode_without(escaped, |text| text.contains("hunter&2")).errors.is_empty());
}

#[test]
fn of_errors_are_written_as_the_specification_has_it() {
    let body = ErrorBody::new(ErrorCode::NAME_UNKNOWN, "no \"such\" thing");
    assert_eq!(body.encode(), br#"{"errors":[{"code":"NAME_UNKNOWN","message":"no \"such\" thing"}]}"#);
    assert_eq!(ErrorBody::decode(b"\xff{}"), ErrorBody::default());
}

#[test]
fn of_tags_are_read_as_the_table_says() {
    for [input, expected, origin] in rows("tag-list.tsv", 23) {
        let list = TagList::decode(input.as_bytes());
        let told = list.as_ref().map(|list| list.tags.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "));
        assert_eq!(told.as_deref().unwrap_or("-"), expected, "{origin}: {input}");
    }
}

#[test]
fn of_repositories_are_read_as_the_table_says() {
    for [input, expected, origin] in rows("repository-list.tsv", 10) {
        let list = RepositoryList::decode(input.as_bytes());
        let told = list.map(|list| list.repositories.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "));
        assert_eq!(told.as_deref().unwrap_or("-"), expected, "{origin}: {input}");
    }
}
