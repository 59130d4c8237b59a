use std::time::{Duration, SystemTime};

use wharf_registry::{Descriptor, MediaType, Precondition, Tag};

use super::super::change::Change;
use super::super::disk::System;
use super::*;

/// A clock by which every change is long ago.
#[allow(clippy::disallowed_methods, reason = "what is compared is the time that the file system wrote down")]
fn tomorrow() -> SystemTime {
    SystemTime::now() + Duration::from_secs(24 * 60 * 60)
}

#[test]
fn an_index_is_decoded_once_for_each_change() {
    let directory = tempfile::tempdir().unwrap();
    let files = Files::new(Arc::new(System::open(directory.path()).unwrap()), Durability::Power);
    let layout = pool();
    update::create(&files, layout).unwrap();
    let root = Root::with_clock(files.clone(), Shape::Single, tomorrow);
    let mut seen = vec![root.index(layout).unwrap()];
    for number in 0..10 {
        let manifest = Descriptor::of(MediaType::IMAGE_MANIFEST, &[number]);
        let put = |index: &mut Change<'_>| index.put(&manifest, &[], &[Tag::LATEST], &Precondition::Always);
        assert!(root.hold(layout).unwrap().update(|index| Ok(put(index))).unwrap());
        let decode = |_| Err(Error::NotALayout { path: PathBuf::new() });
        let written = root.indexes.get(&files, Path::new(update::INDEX), u64::MAX, decode).unwrap();
        let after = root.index(layout).unwrap();
        assert!(Arc::ptr_eq(&written.unwrap(), &after), "what was written here is not decoded");
        assert_eq!(after.tag(&Tag::LATEST), Some(manifest.clone()), "a change is seen at once");
        assert!(Arc::ptr_eq(&after, &root.index(layout).unwrap()), "no change is read again");
        seen.push(after);
    }
    assert!(seen.is_sorted_by(|one, other| !Arc::ptr_eq(one, other)));
}
