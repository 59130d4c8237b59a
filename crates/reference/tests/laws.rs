//! What holds for all references.

#![allow(clippy::unwrap_used, reason = "a test, and all data here is its own")]

use proptest::prelude::{Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use wharf_reference::{Digest, Host, Reference, Repository, Tag, TagOrDigest};

fn hosts() -> impl Strategy<Value = String> {
    prop_oneof![
        "(docker\\.io|index\\.docker\\.io|localhost)",
        "[a-zA-Z0-9]{1,3}(\\.[a-z0-9]([a-z0-9-]{0,3}[a-z0-9])?){1,2}(:[0-9]{1,5})?",
        "[a-z]{1,3}:[0-9]{1,5}",
        "\\[[0-9a-fA-F]{0,4}:[0-9a-fA-F:]{0,8}\\](:[0-9]{1,5})?",
    ]
}

fn paths() -> impl Strategy<Value = String> {
    "(library/|localhost/|a\\.b/)?[a-z0-9]{1,3}((\\.|_|__|-{1,3})[a-z0-9]{1,3}){0,2}(/[a-z0-9]{1,3}){0,2}"
}

fn references() -> impl Strategy<Value = Reference> {
    let parts = (hosts(), paths(), any::<Option<[u8; 32]>>(), "(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,8})?");
    parts.prop_map(|(host, path, hash, tag)| {
        let digest = hash.map(|hash| format!("@{}", Digest::from_sha256(hash))).unwrap_or_default();
        Reference::parse(&format!("{host}/{path}{tag}{digest}")).unwrap()
    })
}

proptest! {
    #[test]
    fn print_as_what_they_are_read_from(reference in references()) {
        prop_assert_eq!(Reference::parse(&reference.to_string()), Ok(reference));
    }

    #[test]
    fn mean_the_same_in_short(reference in references()) {
        prop_assert_eq!(Reference::parse(&reference.familiar().to_string()), Ok(reference));
    }

    #[test]
    fn are_the_sum_of_their_parts(reference in references()) {
        let host = Host::parse(reference.host().as_str()).unwrap();
        let repository = Repository::parse(reference.repository().as_str()).unwrap();
        let mut sum = Reference::new(host, repository);
        if let Some(tag) = reference.tag() {
            sum = sum.with_tag(Tag::parse(tag.as_str()).unwrap());
        }
        if let Some(digest) = reference.digest() {
            sum = sum.with_digest(digest.clone());
        }
        prop_assert_eq!(sum.to_string(), reference.to_string());
        prop_assert_eq!(sum, reference);
    }

    #[test]
    fn that_cannot_be_read_are_blamed_within_the_text(text in "[a-zA-Z0-9./:@_é{}\\[\\] -]{0,40}") {
        match Reference::parse(&text) {
            Ok(reference) => prop_assert_eq!(Reference::parse(&reference.to_string()), Ok(reference)),
            Err(error) => prop_assert!(error.at() <= text.len() && text.is_char_boundary(error.at())),
        }
    }

    #[test]
    fn tags_and_digests_print_as_what_they_are_read_from(tag in "[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", hash: [u8; 32]) {
        for which in [TagOrDigest::Tag(Tag::parse(&tag).unwrap()), TagOrDigest::Digest(Digest::from_sha256(hash))] {
            prop_assert_eq!(TagOrDigest::parse(&which.to_string()), Ok(which));
        }
    }
}

#[test]
fn can_be_shared() {
    fn shared<T: Send + Sync + Unpin + 'static>() {}
    shared::<Reference>();
    shared::<TagOrDigest>();
}
