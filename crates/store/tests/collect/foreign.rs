//! Content that another tool stored into one repository of many.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use wharf_registry::{Digest, Read};
use wharf_store::layout::{Directory, Layout};

use crate::support::{APP, OTHER, digest, image, no_grace, plan, pull, put_blob, put_image, read, run};

const LAYOUT: &str = "repositories/layout/_oci";

fn place(layout: &Path, digest: &Digest) -> PathBuf {
    layout.join("blobs").join(digest.algorithm().as_str()).join(digest.encoded().to_string())
}

/// What its index names stays, in the repository and wherever it was mounted; the rest is garbage as any other is.
#[tokio::test]
async fn what_its_index_names_stays() {
    let root = tempfile::tempdir().unwrap();
    let store = Directory::create(root.path()).unwrap();
    let layout = root.path().join(LAYOUT);
    fs::create_dir_all(layout.parent().unwrap()).unwrap();
    let foreign = Layout::create(&layout).unwrap();
    put_image(&foreign, "named", &["t"]).await;
    put_blob(&foreign, "garbage").await;
    for digest in [digest("named"), digest("garbage"), image("named").digest().clone()] {
        fs::set_permissions(place(&layout, &digest), fs::Permissions::from_mode(0o644)).unwrap();
    }
    let planned = plan(&store, 1000, &no_grace()).await;
    assert!(planned.repositories[0].stop.is_none(), "{planned:?}");
    for _ in 0..2 {
        let report = run(&store, 1000, &no_grace()).await;
        assert_eq!(report.pool.swept.items, 0);
        pull(&store, "t", "named").await;
    }
    assert!(read(&store, &digest("garbage")).await.unwrap_err().is_not_found());
    assert!(!place(&layout, &digest("garbage")).exists());

    assert!(wharf_registry::Write::mount(&store, &OTHER, &digest("named"), &APP).await.unwrap());
    put_blob(&store, "unnamed").await;
    wharf_registry::Delete::delete_blob(&store, &APP, &digest("unnamed")).await.unwrap();
    let report = run(&store, 2000, &no_grace()).await;
    assert_eq!(report.stopped.len(), 0, "{report:?}");
    assert!(store.stat_blob(&OTHER, &digest("named")).await.unwrap_err().is_not_found(), "no index there names it");
    pull(&store, "t", "named").await;
}

/// What another tool names in its index without asking, while it is condemned, comes back for it.
#[tokio::test]
async fn what_is_condemned_comes_back_for_whoever_asks() {
    let root = tempfile::tempdir().unwrap();
    let store = Directory::create(root.path()).unwrap();
    let layout = root.path().join(LAYOUT);
    fs::create_dir_all(layout.parent().unwrap()).unwrap();
    put_blob(&Layout::create(&layout).unwrap(), "early").await;
    let graceful = wharf_store::collect::Options::default();
    assert_eq!(run(&store, 1000, &graceful).await.repositories.condemned.items, 1);
    assert!(!place(&layout, &digest("early")).exists());
    assert_eq!(read(&store, &digest("early")).await.unwrap(), b"early");
    assert!(place(&layout, &digest("early")).exists());
}
