//! The laws of registries over the memory store, and what is particular to memory.

use bytes::Bytes;
use futures_util::TryStreamExt;
use wharf_registry::{Algorithm, Blob, Digest, Policy, Registry, Write};
use wharf_store::{Cas, Ingest, Refs, Store, memory};
use wharf_testkit::laws;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_obeys_the_laws() {
    laws::all(&Store::memory()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sparse_store_obeys_the_laws_of_such() {
    laws::sparse(&Store::memory().with_policy(Policy::Sparse)).await;
}

#[test]
fn the_store_can_be_shared_and_boxed() {
    fn shared<T: Registry + Clone + Send + Sync + 'static>(registry: T) -> Box<dyn Registry> {
        Box::new(registry)
    }
    let _: Box<dyn Registry> = shared(Store::memory());
}

#[tokio::test]
async fn reading_copies_nothing() {
    let blobs = memory::Blobs::default();
    let content = Bytes::from(vec![1; 1000]);
    let digest = Digest::of(&content);
    let mut writer = blobs.ingest(Algorithm::SHA256).await.unwrap();
    writer.write(vec![content]).await.unwrap();
    assert_eq!(writer.commit(&digest).await.unwrap(), 1000);
    let read = async |offset, length| -> Vec<Bytes> {
        blobs.open(&digest, offset, length).await.unwrap().unwrap().try_collect().await.unwrap()
    };
    let (whole, part) = (read(0, 1000).await, read(10, 20).await);
    assert_eq!(whole[0].as_ptr().wrapping_add(10), part[0].as_ptr());
    assert_eq!(part[0].len(), 20);
    assert!(read(1000, 0).await.is_empty());
    assert!(read(u64::MAX, u64::MAX).await.is_empty(), "a range outside is empty and no panic");
}

#[tokio::test]
async fn content_that_is_dropped_on_its_way_was_never_there() {
    let blobs = memory::Blobs::default();
    let mut writer = blobs.ingest(Algorithm::SHA256).await.unwrap();
    writer.write(vec!["hello".into()]).await.unwrap();
    assert_eq!(blobs.stat(&Digest::of(b"hello")).await.unwrap(), None, "nobody sees it before it is verified");
    drop(writer);
    assert_eq!(blobs.stat(&Digest::of(b"hello")).await.unwrap(), None);
    assert!(!blobs.delete(&Digest::of(b"hello")).await.unwrap());
}

#[tokio::test]
async fn names_say_what_was_there() {
    let names = memory::Names::default();
    let repository = wharf_registry::Repository::from_static("a");
    let digest = Digest::of(b"");
    assert_eq!(names.tags(&repository, None, 10).await.unwrap(), None);
    assert!(!names.unlink(&repository, &digest).await.unwrap());
    assert!(!names.remove_manifest(&repository, &digest).await.unwrap());
    names.link(&repository, &digest).await.unwrap();
    assert_eq!(
        names.tags(&repository, None, 10).await.unwrap(),
        Some(Vec::new()),
        "it came to be with its first content"
    );
    assert!(names.unlink(&repository, &digest).await.unwrap());
    assert!(!names.linked(&repository, &digest).await.unwrap());
}

#[tokio::test]
async fn what_is_printed_is_names_and_no_content() {
    let store = Store::memory();
    let repository = wharf_registry::Repository::from_static("team/app");
    store.put_blob(&repository, Blob::from_bytes("in the blob")).await.unwrap();
    let printed = format!("{store:?}");
    assert!(printed.contains(&Digest::of(b"in the blob").to_string()) && printed.contains("team/app"), "{printed}");
    assert!(!printed.contains("in the blob"));
}
