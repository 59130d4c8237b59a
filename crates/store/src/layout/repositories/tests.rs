#![allow(clippy::unwrap_used, reason = "a test, and all data here is its own")]

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::sync::Arc;

use proptest::prelude::*;
use wharf_registry::LayoutHeader;

use super::*;
use crate::layout::disk::System;
use crate::layout::durability::Durability;

/// Few components, so that names are near each other, of the characters that come before `/` and after it.
fn name() -> impl Strategy<Value = String> {
    let component = prop::sample::select(vec!["a", "a-b", "a.b", "a_b", "a0", "b", "ab"]);
    prop::collection::vec(component, 1..4).prop_map(|components| components.join("/"))
}

fn make(root: &Path, names: &BTreeSet<String>) -> Files {
    let top = root.join(REPOSITORIES);
    for name in names {
        let layout = top.join(name).join(LAYOUT);
        fs::create_dir_all(&layout).unwrap();
        fs::write(layout.join(LayoutHeader::FILE), LayoutHeader::V1.as_bytes()).unwrap();
    }
    // What is no repository, at every place in the order.
    fs::create_dir_all(top.join("a/empty")).unwrap();
    fs::create_dir_all(top.join("A/a/_oci")).unwrap();
    fs::create_dir_all(top.join("a-/a/_oci")).unwrap();
    fs::write(top.join("a1"), "").unwrap();
    symlink("a", top.join("a2")).unwrap();
    Files::new(Arc::new(System::open(root).unwrap()), Durability::Process)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    /// A page is that part of the sorted list, wherever it begins and however long it is.
    #[test]
    fn a_page_is_a_part_of_the_list(
        names in prop::collection::btree_set(name(), 0..12),
        after in prop::option::of(name()),
        limit in 0..14_usize,
    ) {
        let root = tempfile::tempdir().unwrap();
        let files = make(root.path(), &names);
        let after = after.map(|after| Repository::parse(&after).unwrap());
        let found = page(&files, after.as_ref(), limit).unwrap();
        let found: Vec<_> = found.iter().map(|repository| repository.as_str().to_owned()).collect();
        let rest = names.into_iter().filter(|name| after.as_ref().is_none_or(|after| name.as_str() > after.as_str()));
        prop_assert_eq!(found, rest.take(limit).collect::<Vec<_>>());
    }
}
