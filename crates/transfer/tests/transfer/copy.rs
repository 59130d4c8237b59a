//! What arrives, and what is left where it is.

use std::collections::HashSet;
use std::sync::Mutex;

use wharf_registry::{Digest, Document, MediaType, Tag, TagOrDigest};
use wharf_transfer::{BlobState, Event, Options, Source, Target, copy, plan};

use crate::fixture::{FROM, TO, copy_latest, image, index, latest, layer, manifest, two_platforms};
use crate::shelf::{Call, Shelf};

#[tokio::test]
async fn an_index_arrives_with_everything_and_every_byte_as_it_was() {
    let (source, target) = (Shelf::default(), Shelf::default());
    let root = two_platforms(&source);
    let report = copy_latest(&source, &target, &Options::default()).await.unwrap();

    assert_eq!(target.tag(&TO, "latest"), Some(root.digest.clone()));
    assert_eq!(target.document(&TO, &root.digest), source.document(&FROM, &root.digest));
    assert_eq!((report.root, report.manifests, report.mounted, report.tags), (root, 3, 0, vec![Tag::LATEST]));
    // The layer that both images have moves once.
    let stored = target.take_stored_blobs();
    assert_eq!((report.blobs, stored.len()), (5, 5));
    assert!(["base", "amd64", "arm64"].iter().all(|text| stored.contains(&layer(text))));
    let gets = source.take_calls().into_iter().filter(|call| matches!(call, Call::GetBlob(_))).count();
    assert_eq!(gets, 5);
}

#[tokio::test]
async fn a_single_image_arrives() {
    let (source, target) = (Shelf::default(), Shelf::default());
    let root = image(&source, "linux/amd64", &["a", "bc"]);
    source.set_tag(&FROM, "latest", &root.digest);
    let report = copy_latest(&source, &target, &Options::default()).await.unwrap();
    assert_eq!((report.blobs, report.manifests), (3, 1));
    let config = source.document(&FROM, &root.digest).unwrap().decode::<wharf_registry::Manifest>().unwrap();
    assert_eq!(report.bytes, 3 + config.view().config.size);
    assert_eq!(target.tag(&TO, "latest"), Some(root.digest));
}

#[tokio::test]
async fn an_index_of_indexes_arrives() {
    let (source, target) = (Shelf::default(), Shelf::default());
    let deep = index(&source, &[&image(&source, "linux/arm64", &["deep"])]);
    let middle = index(&source, &[&deep, &image(&source, "linux/amd64", &["middle"])]);
    let root = index(&source, &[&image(&source, "linux/386", &["top"]), &middle]);
    source.set_tag(&FROM, "latest", &root.digest);
    let report = copy_latest(&source, &target, &Options::default()).await.unwrap();
    assert_eq!((report.manifests, target.manifests()), (6, 6));
    assert_eq!(target.tag(&TO, "latest"), Some(root.digest));
}

#[tokio::test]
async fn a_document_of_an_unknown_kind_is_carried_as_it_is() {
    let (source, target) = (Shelf::default(), Shelf::default());
    let kind = MediaType::parse("application/vnd.example.thing").unwrap();
    let root = manifest(&source, Document::new(kind, "not even JSON"));
    source.set_tag(&FROM, "latest", &root.digest);
    copy_latest(&source, &target, &Options::default()).await.unwrap();
    assert_eq!(target.document(&TO, &root.digest).unwrap().bytes(), "not even JSON");
}

#[tokio::test]
async fn a_second_copy_moves_nothing() {
    let (source, target) = (Shelf::default(), Shelf::default());
    two_platforms(&source);
    copy_latest(&source, &target, &Options::default()).await.unwrap();
    source.take_calls();
    target.take_calls();

    let report = copy_latest(&source, &target, &Options::default()).await.unwrap();
    assert_eq!((report.blobs, report.bytes, report.manifests, report.tags), (0, 0, 0, vec![]));
    assert_eq!(target.take_calls(), [], "nothing is stored, not even the root");
    assert_eq!(source.take_calls().len(), 1, "the root, which says what the tag points to");
}

#[tokio::test]
async fn a_tag_that_points_elsewhere_is_moved_and_nothing_else() {
    let (source, target) = (Shelf::default(), Shelf::default());
    let root = two_platforms(&source);
    copy_latest(&source, &target, &Options::default()).await.unwrap();
    target.set_tag(&TO, "stable", &Digest::of(b"old"));
    target.take_calls();

    let tags = [Tag::LATEST, Tag::parse("stable").unwrap()];
    let (from, to) = (Source::new(&source, &FROM), Target::new(&target, &TO));
    let report = copy(from, &latest(), to, &tags, &Options::default(), &|_| ()).await.unwrap();
    assert_eq!(report.tags, &tags[1..]);
    assert_eq!(target.take_calls(), [Call::PutManifest(root.digest.clone(), tags[1..].to_vec())]);
    assert_eq!(target.tag(&TO, "stable"), Some(root.digest));
}

#[tokio::test]
async fn a_digest_is_promoted_without_a_tag() {
    let (source, target) = (Shelf::default(), Shelf::default());
    let root = two_platforms(&source);
    let (from, to) = (Source::new(&source, &FROM), Target::new(&target, &TO));
    let which = TagOrDigest::Digest(root.digest.clone());
    let report = copy(from, &which, to, &[], &Options::default(), &|_| ()).await.unwrap();
    assert_eq!(report.manifests, 3);
    assert_eq!(target.document(&TO, &root.digest), source.document(&FROM, &root.digest));
    assert_eq!(target.tag(&TO, "latest"), None);
}

#[tokio::test]
async fn what_the_target_has_stays_where_it_is() {
    let (source, target) = (Shelf::default(), Shelf::default());
    two_platforms(&source);
    target.add_blob(&TO, "base");
    target.add_blob(&FROM, "amd64"); // in another repository, which does not count
    let report = copy_latest(&source, &target, &Options::default()).await.unwrap();
    assert_eq!(report.blobs, 4);
    assert!(!target.take_stored_blobs().contains(&layer("base")));
}

#[tokio::test]
async fn a_child_that_the_target_has_is_not_even_read() {
    let (source, target) = (Shelf::default(), Shelf::default());
    let amd64 = image(&source, "linux/amd64", &["base", "amd64"]);
    source.set_tag(&FROM, "latest", &amd64.digest);
    copy_latest(&source, &target, &Options::default()).await.unwrap();
    source.take_calls();
    target.take_calls();

    two_platforms(&source);
    let report = copy_latest(&source, &target, &Options::default()).await.unwrap();
    assert_eq!((report.manifests, report.blobs), (2, 2), "the index and arm64; its config and its own layer");
    assert!(!source.take_calls().contains(&Call::GetManifest(amd64.digest)));
}

#[tokio::test]
async fn the_plan_says_what_will_happen() {
    let (source, target) = (Shelf::default(), Shelf::default());
    let root = two_platforms(&source);
    target.add_blob(&TO, "base");
    let (from, to) = (Source::new(&source, &FROM), Target::new(&target, &TO));
    let before = plan(from, &latest(), to, &Options::default()).await.unwrap();

    assert_eq!(target.take_calls(), [], "a plan writes nothing");
    assert_eq!(before.root(), root);
    assert_eq!(before.documents().last().unwrap().digest(), &root.digest);
    let present = before.blobs().iter().filter(|blob| blob.state == BlobState::Present);
    assert!(present.map(|blob| &blob.descriptor.digest).eq([&layer("base")]));
    let lines = before.to_string();
    let bytes = before.bytes();
    assert_eq!(
        lines,
        format!("{} {}\nmanifests to store: 3\nblobs to move: 4 of 5, {bytes} bytes", root.media_type, root.digest)
    );

    let report = before.run(from, to, &[Tag::LATEST], &|_| ()).await.unwrap();
    assert_eq!((report.bytes, report.blobs, report.manifests), (bytes, 4, 3));
    let after = plan(from, &latest(), to, &Options::default()).await.unwrap();
    assert!(after.is_present() && after.documents().count() == 0 && after.blobs().is_empty());
    assert_eq!(after.to_string(), format!("{} {}\nthe target has it already", root.media_type, root.digest));
}

#[tokio::test]
async fn one_registry_mounts_and_moves_only_what_it_cannot_mount() {
    for (mounts, same_registry, expected) in [(true, true, (0, 5)), (false, true, (5, 0)), (true, false, (5, 0))] {
        let shelf = if mounts { Shelf::that_mounts() } else { Shelf::default() };
        let root = two_platforms(&shelf);
        let options = Options::default().with_same_registry(same_registry);
        let report = copy_latest(&shelf, &shelf, &options).await.unwrap();
        assert_eq!((report.blobs, report.mounted), expected, "mounts: {mounts}, same: {same_registry}");
        assert_eq!(shelf.take_stored_blobs().len(), expected.0);
        assert_eq!(shelf.tag(&TO, "latest"), Some(root.digest));
    }
}

#[tokio::test]
async fn events_tell_everything_once() {
    let (source, target) = (Shelf::default(), Shelf::default());
    let root = two_platforms(&source);
    target.add_blob(&TO, "base");
    let seen = Mutex::new(Vec::new());
    let tell = |event: Event<'_>| seen.lock().unwrap().push(name(event));
    let (from, to) = (Source::new(&source, &FROM), Target::new(&target, &TO));
    let report = copy(from, &latest(), to, &[Tag::LATEST], &Options::default(), &tell).await.unwrap();

    let seen = seen.into_inner().unwrap();
    let all = |kind: &str| seen.iter().filter(|(name, ..)| *name == kind).cloned().collect::<Vec<_>>();
    assert_eq!(seen[0].0, "planned");
    assert_eq!(all("present"), [("present", layer("base"), 0)]);
    assert_eq!((all("started").len(), all("done").len(), all("manifest").len()), (4, 4, 3));
    assert_eq!(all("progress").iter().map(|(.., added)| added).sum::<u64>(), report.bytes);
    assert_eq!(all("progress").iter().map(|(_, digest, _)| digest).collect::<HashSet<_>>().len(), 4);
    assert_eq!(all("manifest").last(), Some(&("manifest", root.digest, 0)));
    assert_eq!(seen.last(), Some(&("tag", Digest::of(b""), 0)));
}

fn name(event: Event<'_>) -> (&'static str, Digest, u64) {
    match event {
        Event::Planned { plan } => ("planned", plan.root().digest, 0),
        Event::BlobPresent { blob } => ("present", blob.digest.clone(), 0),
        Event::BlobStarted { blob } => ("started", blob.digest.clone(), 0),
        Event::BlobProgress { blob, added, .. } => ("progress", blob.digest.clone(), added),
        Event::BlobDone { blob } => ("done", blob.digest.clone(), 0),
        Event::BlobMounted { blob } => ("mounted", blob.digest.clone(), 0),
        Event::ManifestDone { manifest } => ("manifest", manifest.digest.clone(), 0),
        Event::TagDone { .. } => ("tag", Digest::of(b""), 0),
        _ => ("unknown", Digest::of(b""), 0),
    }
}
