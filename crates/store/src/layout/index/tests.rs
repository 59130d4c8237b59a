use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::json;
use wharf_registry::{MediaType, annotation};

use super::*;

/// An index whose entries have one of these names, or none, and one of these contents, or cannot be read.
fn index(entries: &[(Option<u8>, Option<u8>)]) -> Index {
    let entry = |(at, (name, content)): (usize, &(Option<u8>, Option<u8>))| {
        let digest = content.map_or("?".into(), |content| Digest::of(&[content]).to_string());
        let mut annotations = json!({ "at": at.to_string() });
        if let Some(name) = name {
            // Every third name cannot be a tag.
            annotations[annotation::REF_NAME] = format!("tag{}{name}", if name % 3 == 2 { ':' } else { '-' }).into();
        }
        json!({ "mediaType": MediaType::IMAGE_MANIFEST.as_str(), "digest": digest, "size": 1, "annotations": annotations })
    };
    let entries: Vec<_> = entries.iter().enumerate().map(entry).collect();
    Index::decode(json!({ "schemaVersion": 2, "manifests": entries }).to_string().as_bytes()).unwrap()
}

proptest! {
    /// What is found by order is what is found by reading through.
    #[test]
    fn what_is_sorted_says_what_the_index_says(
        entries in prop::collection::vec((prop::option::of(0..6_u8), prop::option::weighted(0.9, 0..6_u8)), 0..30),
    ) {
        let lookup = Lookup::new(index(&entries));
        for number in 0..7_u8 {
            let (tag, digest) = (Tag::parse(&format!("tag-{number}")).unwrap(), Digest::of(&[number]));
            prop_assert_eq!(lookup.tag(&tag), lookup.index.tag(&tag));
            prop_assert_eq!(lookup.manifest(&digest), lookup.index.manifest(&digest));
        }
    }

    /// A page of tags is that part of all names that can be tags, each once.
    #[test]
    fn a_page_of_tags_is_a_part_of_them(
        entries in prop::collection::vec((prop::option::of(0..10_u8), prop::option::weighted(0.9, 0..6_u8)), 0..30),
        after in prop::option::of(0..11_u8),
        limit in 0..12_usize,
    ) {
        let lookup = Lookup::new(index(&entries));
        let after = after.map(|number| Tag::parse(&format!("tag-{number}")).unwrap());
        let named = lookup.index.entries().iter().filter(|entry| entry.descriptor().is_some());
        let all: BTreeSet<_> = named.filter_map(|entry| Tag::parse(entry.name()?).ok()).collect();
        let rest = all.into_iter().filter(|tag| after.as_ref().is_none_or(|after| tag > after));
        prop_assert_eq!(lookup.tags(after.as_ref(), limit), rest.take(limit).collect::<Vec<_>>());
    }
}
