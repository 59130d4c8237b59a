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
            annotations[annotation::REF_NAME] = format!("tag-{name}").into();
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
}
