//! What holds for all bodies.

use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use wharf_distribution::{ErrorBody, RepositoryList, TagList};
use wharf_reference::{Repository, Tag};
use wharf_spec::ErrorCode;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn of_errors_are_read_as_they_were_written(entries in vec(("[A-Z0-9_]{1,64}", "[ -~é✓]{0,30}"), 0..32)) {
        let mut body = ErrorBody::default();
        for (code, message) in &entries {
            body.errors.extend(ErrorBody::new(ErrorCode::parse(code).unwrap(), message).errors);
        }
        prop_assert_eq!(ErrorBody::decode(&body.encode()), body);
    }

    #[test]
    fn of_stores_are_read_as_they_were_written(code in "[A-Za-z]{1,20}", message in "[!-~]([ -~é✓]{0,30}[!-~])?") {
        let named = [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;"), ("'", "&apos;")];
        let escaped = named.iter().fold(message.clone(), |text, (letter, name)| text.replace(letter, name));
        let xml = format!("<?xml version=\"1.0\"?>\n<Error><Code>{code}</Code><Message>{escaped}</Message></Error>");
        let body = ErrorBody::decode(xml.as_bytes());
        prop_assert_eq!(&body, &ErrorBody::new(ErrorCode::UNKNOWN, format!("{code}: {message}")));
        prop_assert_eq!(ErrorBody::decode(&body.encode()), body);
    }

    #[test]
    fn of_errors_can_always_be_printed(letters in vec(prop_oneof![any::<char>(), (0..0xa1_u8).prop_map(char::from)], 0..30)) {
        let message: String = letters.iter().collect();
        let body = ErrorBody::decode(&ErrorBody::new(ErrorCode::DENIED, message).encode());
        prop_assert_eq!(body.errors.len(), 1);
        prop_assert_eq!(body.errors[0].message.chars().count(), letters.len());
        prop_assert!(!body.to_string().contains(char::is_control));
    }

    #[test]
    fn of_lists_are_read_as_they_were_written(tags in vec("[A-Za-z0-9_][A-Za-z0-9_.-]{0,9}", 0..9), name in "[a-z]{1,5}") {
        let repository = Repository::parse(&name).unwrap();
        let tags = TagList::new(&repository, tags.iter().map(|tag| Tag::parse(tag).unwrap()).collect());
        prop_assert_eq!(TagList::decode(&tags.encode()), Some(tags));
        let repositories = RepositoryList::new(vec![repository.clone(), repository]);
        prop_assert_eq!(RepositoryList::decode(&repositories.encode()), Some(repositories));
    }
}
