//! Which entry of an index is chosen for a platform.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test, and all data here is its own")]

use wharf_spec::{Descriptor, Digest, Index, MediaType, Platform, PlatformMatcher, annotation};

/// An index of manifests for these platforms; "-" is an entry that names none. Their sizes tell them apart.
fn index(platforms: &[&str]) -> Index {
    let entry = |(number, platform): (u64, &&str)| {
        let mut entry = Descriptor::new(MediaType::IMAGE_MANIFEST, Digest::of(&number.to_be_bytes()), number);
        entry.platform = (*platform != "-").then(|| Platform::parse(platform, &Platform::host()).unwrap());
        entry
    };
    Index::new((1..).zip(platforms).map(entry).collect())
}

/// The number of the entry that is chosen.
fn chosen(index: &Index, matcher: fn(&Platform) -> PlatformMatcher, wanted: &str) -> Option<u64> {
    index.select_by(&matcher(&wanted.parse().unwrap())).map(|entry| entry.size)
}

#[test]
fn the_best_is_chosen_and_the_first_of_equals() {
    let strict: fn(&Platform) -> PlatformMatcher = PlatformMatcher::exactly;
    let compatible: fn(&Platform) -> PlatformMatcher = PlatformMatcher::compatible;
    for (platforms, matcher, wanted, number) in [
        (&["linux/amd64", "linux/arm64/v8", "linux/arm64"][..], strict, "linux/arm64", Some(2)),
        (&["linux/amd64", "linux/arm64"], strict, "linux/arm64/v8", Some(2)),
        (&["linux/amd64/v4", "linux/amd64/v3", "linux/amd64"], strict, "linux/amd64", Some(3)),
        (&["linux/amd64/v4"], strict, "linux/amd64", None),
        (&["linux/amd64/v4", "linux/amd64/v2"], compatible, "linux/amd64", None),
        (&["linux/386", "linux/amd64", "linux/amd64/v2"], compatible, "linux/amd64/v3", Some(3)),
        (&["linux/386"], compatible, "linux/amd64", Some(1)),
        (&["linux/386"], PlatformMatcher::same_architecture, "linux/amd64", None),
        (&["linux/amd64", "linux(+gpu)/amd64"], compatible, "linux(+gpu)/amd64", Some(2)),
        (&["linux/s390x", "linux/arm64", "linux/amd64"], PlatformMatcher::any_architecture, "linux/amd64", Some(3)),
        (&["windows(10.0.17763)/amd64", "windows(10.0.20348)/amd64"], strict, "windows(10.0.20348)/amd64", Some(2)),
        (&["windows(10.0.17763)/amd64", "windows(10.0.20348)/amd64"], strict, "windows/amd64", Some(1)),
        (&["windows(10.0.17763)/amd64", "windows(10.0.20348)/amd64"], PlatformMatcher::host, "windows/amd64", Some(2)),
        (&[], compatible, "linux/amd64", None),
    ] {
        assert_eq!(chosen(&index(platforms), matcher, wanted), number, "{wanted} of {platforms:?}");
    }
}

#[test]
fn a_platform_alone_chooses_itself() {
    let index = index(&["-", "linux/amd64/v3", "linux/arm64/v8", "linux/arm64", "linux/amd64"]);
    for (wanted, number) in [("linux/arm64", Some(3)), ("linux/amd64", Some(5)), ("linux/386", None)] {
        assert_eq!(index.select(&wanted.parse().unwrap()).map(|entry| entry.size), number, "{wanted}");
    }
}

#[test]
fn entries_without_a_platform_are_chosen_where_none_has_one() {
    for (platforms, number) in [
        (&["-"][..], Some(1)),
        (&["-", "-"], Some(1)),
        (&["unknown/unknown", "-"], Some(2)),
        (&["-", "linux/arm64"], None),
        (&["linux/arm64", "-"], None),
        (&["-", "linux/amd64"], Some(2)),
    ] {
        assert_eq!(chosen(&index(platforms), PlatformMatcher::compatible, "linux/amd64"), number, "{platforms:?}");
    }
}

#[test]
fn attestations_and_indexes_are_never_chosen() {
    let mut index = index(&["unknown/unknown", "linux/amd64", "linux/amd64", "linux/amd64", "linux/amd64"]);
    index.manifests[0].platform.as_mut().unwrap().variant = Some("v1".into());
    let kind = (annotation::DOCKER_REFERENCE_TYPE.to_owned(), annotation::ATTESTATION_MANIFEST.to_owned());
    index.manifests[1].annotations.extend([kind]);
    index.manifests[2].media_type = MediaType::IMAGE_INDEX;
    index.manifests[3].media_type = MediaType::DOCKER_MANIFEST_LIST;
    let matchers: [fn(&Platform) -> PlatformMatcher; 5] = [
        PlatformMatcher::exactly,
        PlatformMatcher::compatible,
        PlatformMatcher::same_architecture,
        PlatformMatcher::any_architecture,
        PlatformMatcher::host,
    ];
    for matcher in matchers {
        assert_eq!(chosen(&index, matcher, "linux/amd64"), Some(5));
        assert_eq!(chosen(&index, matcher, "unknown/unknown"), None);
    }
    index.manifests.pop();
    for matcher in matchers {
        assert_eq!(chosen(&index, matcher, "linux/amd64"), None);
    }
    for entry in &mut index.manifests[1..] {
        entry.platform = None;
    }
    for matcher in matchers {
        assert_eq!(chosen(&index, matcher, "linux/amd64"), None, "nothing is left that could be an image");
    }
    index.manifests[1].annotations.insert(annotation::DOCKER_REFERENCE_TYPE.into(), "other".into());
    assert_eq!(chosen(&index, PlatformMatcher::exactly, "linux/amd64"), Some(2));
}

#[test]
fn an_attestation_is_one_in_any_spelling() {
    let mut index = index(&["-", "-"]);
    index.manifests[0].platform = Some(Platform::new("Unknown", "UNKNOWN"));
    assert!(index.manifests[0].is_attestation() && !index.manifests[1].is_attestation());
    assert_eq!(chosen(&index, PlatformMatcher::exactly, "linux/amd64"), Some(2));
}
