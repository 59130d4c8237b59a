//! Between two registries that are used outside of tests, too, with content of more than a few bytes.

use wharf_registry::{ErrorCode, Operation, Read, Repository, Tag};
use wharf_store::Store;
use wharf_testkit::{Fault, Faulty, fixture};
use wharf_transfer::{Error, Options, Report, Side, Source, Target, copy};

use crate::fixture::{FROM, TO, latest};

async fn copied(source: &dyn Read, target: &dyn wharf_registry::Registry) -> Result<Report, Error> {
    let (source, target) = (Source::new(source, &FROM), Target::new(target, &TO));
    copy(source, &latest(), target, &[Tag::LATEST], &Options::default(), &|_| ()).await
}

#[tokio::test]
async fn an_index_arrives_and_leaves_again() {
    let (source, target) = (Store::memory(), Store::memory());
    let image = fixture::multi_platform(1, 3, 300_000);
    fixture::push_index(&source, &FROM, &image, &Tag::LATEST).await;
    let report = copied(&source, &target).await.unwrap();
    assert_eq!((report.manifests, report.blobs), (3, 8));
    assert!(report.bytes > 1_800_000);
    assert_eq!(target.manifest(&TO, &latest()).await.unwrap(), image.document());

    let back = Store::memory();
    let third = Repository::from_static("back");
    let (from, to) = (Source::new(&target, &TO), Target::new(&back, &third));
    let again = copy(from, &latest(), to, &[], &Options::default(), &|_| ()).await.unwrap();
    assert_eq!((again.root, again.bytes), (report.root, report.bytes));
}

#[tokio::test]
async fn one_store_mounts_from_repository_to_repository() {
    let store = Store::memory();
    fixture::push_index(&store, &FROM, &fixture::multi_platform(2, 2, 1000), &Tag::LATEST).await;
    let (from, to) = (Source::new(&store, &FROM), Target::new(&store, &TO));
    let options = Options::default().with_same_registry(true);
    let report = copy(from, &latest(), to, &[Tag::LATEST], &options, &|_| ()).await.unwrap();
    assert_eq!((report.mounted, report.blobs, report.bytes), (6, 0, 0));
}

#[tokio::test]
async fn whoever_fails_is_blamed_and_no_tag_moves() {
    let cases = [
        (Side::Source, Operation::GetBlob, Fault::Cut(100_000), ErrorCode::UNAVAILABLE),
        (Side::Source, Operation::GetBlob, Fault::Truncate(100_000), ErrorCode::SIZE_INVALID),
        (Side::Source, Operation::GetBlob, Fault::Corrupt(100_000), ErrorCode::DIGEST_INVALID),
        (Side::Source, Operation::GetManifest, Fault::Refuse(ErrorCode::DENIED), ErrorCode::DENIED),
        (Side::Target, Operation::Resolve, Fault::Refuse(ErrorCode::UNAUTHORIZED), ErrorCode::UNAUTHORIZED),
        (Side::Target, Operation::StatBlob, Fault::Refuse(ErrorCode::UNAVAILABLE), ErrorCode::UNAVAILABLE),
        (Side::Target, Operation::PutBlob, Fault::Refuse(ErrorCode::DENIED), ErrorCode::DENIED),
        (Side::Target, Operation::PutBlob, Fault::Cut(100_000), ErrorCode::UNAVAILABLE),
        (Side::Target, Operation::PutManifest, Fault::Refuse(ErrorCode::UNAVAILABLE), ErrorCode::UNAVAILABLE),
    ];
    for (side, operation, fault, code) in cases {
        let (source, target) = (Faulty::new(Store::memory()), Faulty::new(Store::memory()));
        fixture::push_index(&source, &FROM, &fixture::multi_platform(3, 2, 200_000), &Tag::LATEST).await;
        let faulty = if side == Side::Source { &source } else { &target };
        faulty.always(operation, fault.clone());
        let error = copied(&source, &target).await.unwrap_err();
        assert_eq!((error.side(), error.code()), (side, Some(&code)), "{operation} {fault:?}");

        source.reset();
        target.reset();
        assert!(target.resolve(&TO, &latest()).await.unwrap_err().is_not_found(), "{operation} {fault:?}");
        copied(&source, &target).await.unwrap();
    }
}
