//! What must hold of a directory, whenever those who wrote to it ended.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use futures_util::TryStreamExt;
use wharf_registry::{Algorithm, Content, Digest, Hasher, List, Read, Repository, Tag, TagOrDigest, UploadId, Write};
use wharf_store::Store;
use wharf_store::layout::{Blobs, Directory, Names};
use wharf_testkit::fixture;

use crate::child::SHARED;
use crate::ledger::Ledger;

/// What must have been done for anything to be shown.
pub(crate) const KINDS: [&str; 4] = ["tagged", "untagged", "resumed", "finished"];

pub(crate) fn all(root: &Path, ledgers: &[Ledger]) {
    let all = async {
        let store = Directory::open(root).unwrap();
        every_file_is_what_its_name_says(root);
        every_tag_leads_to_a_whole_image(&store).await;
        every_tag_is_where_it_was_reported(&store, ledgers).await;
        nobody_is_locked_out(&store, ledgers).await;
        what_was_left_behind_can_be_removed(root).await;
    };
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(all);
    for kind in KINDS {
        let done: usize = ledgers.iter().map(|ledger| ledger.done.get(kind).copied().unwrap_or_default()).sum();
        assert!(done > 0, "nothing was {kind}");
    }
    let killed: usize = ledgers.iter().map(|ledger| ledger.killed).sum();
    assert!(killed >= ledgers.len(), "nobody was killed");
    println!("{killed} processes were killed");
}

/// Also content that no repository sees.
fn every_file_is_what_its_name_says(root: &Path) {
    for path in files(root).into_iter().filter(|path| path.components().any(|part| part.as_os_str() == "blobs")) {
        let mut names = path.components().rev().map(|part| part.as_os_str().to_str().unwrap());
        let (encoded, algorithm) = (names.next().unwrap(), names.next().unwrap());
        let mut hasher = Hasher::new(Digest::parse(&format!("{algorithm}:{encoded}")).unwrap().algorithm()).unwrap();
        hasher.update(&fs::read(&path).unwrap());
        assert_eq!(hasher.finish().to_string(), format!("{algorithm}:{encoded}"));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o444, "{}", path.display());
    }
}

async fn every_tag_leads_to_a_whole_image(store: &Store<Blobs, Names>) {
    let repositories: Vec<Repository> = store.repositories(None).try_collect().await.unwrap();
    for repository in repositories {
        let tags: Vec<Tag> = store.tags(&repository, None).try_collect().await.unwrap();
        for tag in tags {
            let manifest = store.manifest(&repository, &tag.into()).await.unwrap();
            let content = manifest.decode::<Content>().unwrap();
            for blob in content.view().blobs() {
                let read: Vec<_> = store.blob(&repository, &blob.digest).await.unwrap().try_collect().await.unwrap();
                assert_eq!(read.concat().len() as u64, blob.size);
            }
        }
    }
}

async fn every_tag_is_where_it_was_reported(store: &Store<Blobs, Names>, ledgers: &[Ledger]) {
    for (tag, known) in ledgers.iter().flat_map(|ledger| &ledger.tags) {
        let found = match store.resolve(&SHARED, &TagOrDigest::Tag(Tag::parse(tag).unwrap())).await {
            Ok(manifest) => Some(manifest.digest.to_string()),
            Err(error) if error.is_not_found() => None,
            Err(error) => panic!("{tag}: {error:?}"),
        };
        assert!(known.contains(&found), "{tag} is {found:?} and should be one of {known:?}");
    }
}

/// Locks ended with those who held them: of indexes, and of the uploads that are to be gone on with.
async fn nobody_is_locked_out(store: &Store<Blobs, Names>, ledgers: &[Ledger]) {
    push_everywhere(store, "afterwards").await;
    for (lane, ledger) in ledgers.iter().enumerate() {
        if let Some((id, offset)) = &ledger.upload {
            let repository = Repository::parse(&format!("soak/lane-{lane}")).unwrap();
            let upload = store.resume_upload(&repository, &UploadId::parse(id).unwrap()).await.unwrap();
            assert!(upload.offset() >= *offset, "{id}");
        }
    }
}

/// What is a day old and nobody's is gone once the store is opened, and each index written.
async fn what_was_left_behind_can_be_removed(root: &Path) {
    let left = || files(root).into_iter().filter(|path| path.parent().unwrap().ends_with("ingest"));
    println!("{} files were left behind", left().count());
    #[allow(clippy::disallowed_methods, reason = "the age of a file is told by the system's clock")]
    let then = SystemTime::now() - Duration::from_secs(25 * 60 * 60);
    left().for_each(|path| File::options().write(true).open(path).unwrap().set_modified(then).unwrap());
    let store = Directory::open(root).unwrap();
    store.start_upload(&SHARED, Algorithm::SHA256).await.unwrap().cancel().await.unwrap();
    push_everywhere(&store, "in-the-end").await;
    assert_eq!(left().collect::<Vec<_>>(), Vec::<PathBuf>::new());
}

async fn push_everywhere(store: &Store<Blobs, Names>, tag: &str) {
    let repositories: Vec<Repository> = store.repositories(None).try_collect().await.unwrap();
    for repository in &repositories {
        fixture::push(store, repository, &fixture::image(1, 1, 100), &fixture::tag(tag)).await;
    }
}

/// The files below a directory.
fn files(directory: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}
