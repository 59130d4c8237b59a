use std::collections::BTreeSet;

use proptest::prelude::*;
use wharf_registry::{MediaType, Precondition, annotation};

use super::super::change::Change;
use super::*;

/// A name of each kind: every third one cannot be a tag, and every second entry spells it with an escape.
fn name(at: usize, number: u8) -> String {
    format!(
        "{}ag{}{number}",
        if at.is_multiple_of(2) { "t" } else { "\\u0074" },
        if number % 3 == 2 { ':' } else { '-' }
    )
}

/// An index whose entries have one of these names, or none, and one of these contents, or cannot be read. Some have
/// remarks, and there is space where there may be.
fn index(entries: &[(Option<u8>, Option<u8>)]) -> Index {
    let entry = |(at, (number, content)): (usize, &(Option<u8>, Option<u8>))| {
        let digest = content.map_or("?".into(), |content| Digest::of(&[content]).to_string());
        let digest = if at % 3 == 0 { digest.replace(':', "\\u003a") } else { digest };
        let named = number.map(|number| format!(r#""{}":"{}""#, annotation::REF_NAME, name(at, number)));
        let remark = (at % 4 == 1).then(|| format!(r#""at": "{at}""#));
        let annotations: Vec<_> = named.into_iter().chain(remark).collect();
        let annotations = match annotations.as_slice() {
            [] => String::new(),
            some => format!(r#","annotations":{{{}}}"#, some.join(",")),
        };
        let media_type = MediaType::IMAGE_MANIFEST;
        format!(r#"{{"digest":"{digest}","mediaType":"{media_type}","size":1{annotations}}}"#)
    };
    let entries: Vec<_> = entries.iter().enumerate().map(entry).collect();
    let list = entries.join(" ,\n ");
    Index::decode(format!("{{\"x\": [1e2] ,\"schemaVersion\":2,\"manifests\": [ {list}\n],\"y\":\"]\" }}").into())
        .unwrap()
}

fn entries() -> impl Strategy<Value = Vec<(Option<u8>, Option<u8>)>> {
    prop::collection::vec((prop::option::of(0..6_u8), prop::option::weighted(0.9, 0..6_u8)), 0..30)
}

fn tags() -> impl Iterator<Item = Tag> {
    (0..7_u8).map(|number| Tag::parse(&format!("tag-{number}")).unwrap())
}

fn digests() -> impl Iterator<Item = Digest> {
    (0..7_u8).map(|number| Digest::of(&[number]))
}

/// All that an index knows.
fn said(index: &Index) -> String {
    let entries = index.entries().map(|entry| {
        (entry.raw(), entry.name(), entry.digest(), entry.descriptor(), entry.is_plain(), entry.is_unnamed())
    });
    let Index { by_name, by_digest, .. } = index;
    let bytes = String::from_utf8_lossy(index.as_bytes());
    format!("{:#?} {by_name:?} {by_digest:?} {bytes}", entries.collect::<Vec<_>>())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// What is found by order is what is found by reading through.
    #[test]
    fn what_is_sorted_says_what_the_entries_say(entries in entries()) {
        let index = index(&entries);
        for tag in tags() {
            let mut named = index.entries().filter(|entry| entry.name() == Some(tag.as_str()));
            prop_assert_eq!(index.tag(&tag), named.find_map(Entry::descriptor));
        }
        for digest in digests() {
            let found = index.entries().filter_map(Entry::descriptor).find(|found| found.digest == digest);
            prop_assert_eq!(index.manifest(&digest), found);
        }
    }

    /// A page of tags is that part of all names that can be tags, each once.
    #[test]
    fn a_page_of_tags_is_a_part_of_them(
        entries in entries(),
        after in prop::option::of(0..11_u8),
        limit in 0..12_usize,
    ) {
        let index = index(&entries);
        let after = after.map(|number| Tag::parse(&format!("tag-{number}")).unwrap());
        let named = index.entries().filter(|entry| entry.descriptor().is_some());
        let all: BTreeSet<_> = named.filter_map(|entry| Tag::parse(entry.name()?).ok()).collect();
        let rest = all.into_iter().filter(|tag| after.as_ref().is_none_or(|after| tag > after));
        prop_assert_eq!(index.tags(after.as_ref(), limit), rest.take(limit).collect::<Vec<_>>());
    }

    /// An index that was changed is what would be read of its bytes, and what it does not change has the bytes that it had.
    #[test]
    fn what_was_changed_is_what_would_be_read(
        entries in entries(),
        steps in prop::collection::vec((0..4, 0..6_usize, 0..6_u8, 0..6_u8), 1..10),
    ) {
        let mut index = index(&entries);
        for (step, tag, content, child) in steps {
            let tag = tags().nth(tag).unwrap();
            let mut change = Change::new(&index);
            match step {
                0 => prop_assert_eq!(change.remove_tag(&tag), index.tag(&tag).is_some()),
                1 => {
                    let digest = Digest::of(&[content]);
                    prop_assert_eq!(change.remove_manifest(&digest), index.manifest(&digest).is_some());
                    prop_assert_eq!(change.manifest(&digest), None);
                }
                _ => {
                    let manifest = Descriptor::of(MediaType::IMAGE_MANIFEST, &[content]);
                    let children = if step == 2 { vec![] } else { vec![Digest::of(&[child])] };
                    let tags = [tag.clone(), Tag::LATEST];
                    prop_assert!(change.put(&manifest, &children, &tags, &Precondition::Always));
                    for tag in tags {
                        prop_assert_eq!(change.tag(&tag), Some(manifest.clone()));
                    }
                }
            }
            let Some(made) = change.made() else { continue };
            prop_assert_eq!(said(&made), said(&Index::decode(made.as_bytes().to_vec()).unwrap()));
            for tag in tags() {
                prop_assert_eq!(made.tag(&tag), change.tag(&tag));
            }
            for digest in digests() {
                prop_assert_eq!(made.manifest(&digest), change.manifest(&digest));
            }
            let (before, after) = (bytes(&index), bytes(&made));
            prop_assert_eq!(before.split_once('[').unwrap().0, after.split_once('[').unwrap().0);
            let tail = "\n],\"y\":\"]\" }";
            prop_assert!(after.ends_with(tail), "{after}");
            let is_other = |entry: &Entry<'_>| !index.entries().any(|before| before.raw() == entry.raw());
            let others: Vec<_> = made.entries().filter(is_other).map(Entry::raw).collect();
            let touched = index.entries().filter(|entry| [Some(tag.as_str()), Some("latest")].contains(&entry.name()));
            prop_assert!(others.len() <= touched.count() + 3, "{others:?}");
            for other in others {
                prop_assert!(other.starts_with('{'), "what is written here has no space before it: {other}");
            }
            index = made;
        }
    }
}

fn bytes(index: &Index) -> String {
    String::from_utf8(index.as_bytes().to_vec()).unwrap()
}

/// Who makes a list of nothing makes a list.
#[test]
fn what_is_null_becomes_a_list() {
    let index = Index::decode(r#"{ "schemaVersion":2, "manifests": null }"#.into()).unwrap();
    let mut change = Change::new(&index);
    let manifest = Descriptor::of(MediaType::IMAGE_MANIFEST, b"1");
    assert!(change.made().is_none());
    assert!(change.put(&manifest, &[], &[], &Precondition::Always));
    let made = change.made().unwrap();
    let entry = serde_json::to_string(&manifest).unwrap();
    assert_eq!(bytes(&made), format!(r#"{{ "schemaVersion":2, "manifests": [{entry}] }}"#));
    let mut change = Change::new(&made);
    assert!(change.remove_manifest(&manifest.digest));
    assert_eq!(bytes(&change.made().unwrap()), r#"{ "schemaVersion":2, "manifests": [] }"#);
}
