//! Content that is condemned and in its place at the same time, as other tools, crashes and copies can leave it; and what
//! else only a disk can have.

use std::fs;
use std::path::{Path, PathBuf};

use wharf_registry::{Delete, Digest, Write};
use wharf_store::collect::{Options, Stop};
use wharf_store::layout::{Directory, Layout};
use wharf_store::{Cas, Error};

use crate::disk::{directory, layout, place, repository};
use crate::hooked::{Before, Hooked};
use crate::support::{APP, OTHER, digest, no_grace, plan, pull, put_blob, put_image, read, run};

/// Where content is that was condemned long ago.
fn condemned(layout: &Path, digest: &Digest) -> PathBuf {
    let epoch = layout.join("trash/1000");
    fs::create_dir_all(&epoch).unwrap();
    epoch.join(digest.to_string().replace(':', "-"))
}

/// What is needed is there, and comes back from nowhere.
#[tokio::test]
async fn what_is_needed_and_there_is_swept_where_it_is_condemned() {
    let (directory, store) = layout();
    put_image(&store, "image", &["t"]).await;
    fs::write(condemned(directory.path(), &digest("image")), "image").unwrap();
    let report = run(&store, 0, &Options::default()).await;
    assert_eq!((report.repositories.swept.items, report.repositories.restored), (1, 0));
    assert!(!directory.path().join("trash").exists());
    pull(&store, "t", "image").await;
}

/// What is swept is the old one; the other one has a whole grace, of which nothing has passed.
#[tokio::test]
async fn what_was_condemned_long_ago_and_is_condemned_again_has_a_grace() {
    let (root, store) = layout();
    put_blob(&store, "again").await;
    fs::write(condemned(root.path(), &digest("again")), "again").unwrap();
    let report = run(&store, 25, &Options::default()).await;
    assert_eq!((report.repositories.condemned.items, report.repositories.swept.items), (1, 1));
    assert_eq!(read(&store, &digest("again")).await.unwrap(), b"again");

    let (root, store) = directory();
    put_blob(&store, "again").await;
    store.delete_blob(&APP, &digest("again")).await.unwrap();
    fs::write(condemned(root.path(), &digest("again")), "again").unwrap();
    let report = run(&store, 25, &Options::default()).await;
    assert_eq!((report.pool.condemned.items, report.pool.swept.items), (1, 1));
    assert_eq!(store.cas().stat(&digest("again")).await.unwrap(), Some(5));
}

/// What was condemned has gone bad since, and what is in its place is right.
#[tokio::test]
async fn what_comes_back_replaces_nothing() {
    let (root, store) = layout();
    put_blob(&store, "right").await;
    fs::write(condemned(root.path(), &digest("right")), "wrong").unwrap();
    put_blob(&store, "right").await;
    assert_eq!(fs::read(place(root.path(), &digest("right"))).unwrap(), b"right");
    let other = Layout::open(root.path()).unwrap();
    assert_eq!(read(&other, &digest("right")).await.unwrap(), b"right");
}

/// What is condemned in this epoch already stays as it is, and so does what is in its place until a later one.
#[tokio::test]
async fn what_is_condemned_already_stops_nothing() {
    let (root, store) = layout();
    put_blob(&store, "again").await;
    run(&store, 25, &Options::default()).await;
    let epochs: Vec<_> = fs::read_dir(root.path().join("trash")).unwrap().map(|it| it.unwrap().path()).collect();
    put_blob(&store, "again").await;
    let now = std::time::SystemTime::UNIX_EPOCH;
    let seconds: u64 = epochs[0].file_name().unwrap().to_str().unwrap().parse().unwrap();
    fs::create_dir_all(&epochs[0]).unwrap();
    fs::write(epochs[0].join(digest("again").to_string().replace(':', "-")), "again").unwrap();
    // An epoch has the name of its end, a 64th of the grace after its beginning.
    let at = now + std::time::Duration::from_secs(seconds - 24 * 60 * 60 / 64);
    let collector = crate::support::collector(&store, 0).await.with_clock(move || at);
    let planned = collector.plan(&Options::default()).await.unwrap();
    assert_eq!(planned.repositories[0].condemn.len(), 1);
    let report = collector.run(planned, &|_| ()).await;
    assert_eq!((report.repositories.condemned.items, report.stopped.len()), (0, 0), "{report:?}");
    assert_eq!(read(&store, &digest("again")).await.unwrap(), b"again");
}

/// Somebody made a link out of the pool's trash, and looked no further: the pool has the content again.
#[tokio::test]
async fn what_is_named_comes_back_to_the_pool() {
    let (root, store) = directory();
    put_blob(&store, "layer").await;
    store.delete_blob(&APP, &digest("layer")).await.unwrap();
    assert_eq!(run(&store, 25, &Options::default()).await.pool.condemned.items, 1);
    let epoch = fs::read_dir(root.path().join("trash")).unwrap().next().unwrap().unwrap().path();
    let condemned = epoch.join(digest("layer").to_string().replace(':', "-"));
    fs::hard_link(condemned, place(&repository(root.path()), &digest("layer"))).unwrap();
    assert_eq!(plan(&store, 26, &Options::default()).await.pool.restore, [digest("layer")]);
    assert_eq!(run(&store, 26, &Options::default()).await.pool.restored, 1);
    assert_eq!(fs::read(place(root.path(), &digest("layer"))).unwrap(), b"layer");
}

/// A manifest cannot be so large, so nobody need look whether it is one.
#[tokio::test]
async fn what_is_young_and_large_is_not_read() {
    let (_root, store) = layout();
    store.put_blob(&APP, wharf_registry::Blob::from_bytes(vec![b'{'; (4 << 20) + 1])).await.unwrap();
    let (hooked, hooks) = Hooked::over(&store);
    hooks.add(Before::Read, async { panic!("it is read") });
    assert_eq!(plan(&hooked, 0, &Options::default()).await.repositories[0].young.items, 1);
}

/// Somebody else makes a record that nobody can read while garbage is collected.
#[tokio::test]
async fn r12_a_record_that_cannot_be_read_later_stops_its_repository() {
    for step in [Before::Condemn, Before::Sweep] {
        let (root, store) = layout();
        put_blob(&store, "garbage").await;
        let (hooked, hooks) = Hooked::over(&store);
        let index = root.path().join("index.json");
        hooks.add(step, async move {
            fs::write(index, r#"{"schemaVersion":2,"manifests":["what?"]}"#).unwrap();
        });
        let report = run(&hooked, 1000, &no_grace()).await;
        hooks.are_done();
        assert!(matches!(&report.stopped[..], [(Some(_), Stop::Record)]), "before {step:?}: {report:?}");
        assert_eq!(read(&store, &digest("garbage")).await.unwrap(), b"garbage");
    }
}

/// Nobody knows what the one names that is of another version, so nothing of the pool goes.
#[tokio::test]
async fn what_a_repository_names_that_cannot_be_asked_stays_in_the_pool() {
    let (root, store) = directory();
    put_blob(&store, "layer").await;
    store.mount(&OTHER, &digest("layer"), &APP).await.unwrap();
    put_blob(&store, "deleted").await;
    store.delete_blob(&APP, &digest("deleted")).await.unwrap();
    let header = root.path().join("repositories/team/other/_oci/oci-layout");
    fs::write(header, r#"{"imageLayoutVersion":"2.0.0"}"#).unwrap();
    let other = Directory::open(root.path()).unwrap();
    let report = run(&other, 1000, &no_grace()).await;
    let is_pool =
        |(place, stop): &(Option<_>, Stop)| place.is_none() && matches!(stop, Stop::Storage(Error::NotALayout { .. }));
    assert!(report.stopped.iter().any(is_pool), "{report:?}");
    assert_eq!(report.pool.condemned.items, 0);
}
