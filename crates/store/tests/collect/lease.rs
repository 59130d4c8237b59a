//! What is held stays, whenever it is held.

use wharf_registry::{Blob, Digest, Read, Write};
use wharf_store::Store;
use wharf_store::collect::{CollectCas, CollectRefs, Lease, Options};
use wharf_testkit::fixture;

use crate::everywhere;
use crate::hooked::{Before, Hooked};
use crate::support::{APP, digest, no_grace, put_blob, put_image, read, run};

everywhere!(
    what_is_held_stays_until_it_is_let_go,
    what_is_held_before_each_step_stays,
    what_is_held_before_it_comes_stays,
    a_manifest_that_is_held_keeps_what_it_needs,
    a_lease_brings_back,
    a_configuration_that_is_held_is_no_manifest,
);

async fn what_is_held_stays_until_it_is_let_go<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    put_blob(&store, "held").await;
    let mut lease = store.lease(&APP).await.unwrap();
    assert!(lease.hold(&digest("held")).await.unwrap());
    run(&store, 1000, &no_grace()).await;
    assert_eq!(read(&store, &digest("held")).await.unwrap(), b"held");
    drop(lease);
    run(&store, 1000, &no_grace()).await;
    assert!(store.stat_blob(&APP, &digest("held")).await.unwrap_err().is_not_found());
}

/// Whoever was told that it is there finds it there, at whatever moment of a collection that was.
async fn what_is_held_before_each_step_stays<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    for step in [Before::Roots, Before::Condemn, Before::Sweep] {
        put_blob(&store, "held").await;
        let mut lease = store.lease(&APP).await.unwrap();
        let (hooked, hooks) = Hooked::over(&store);
        let (told, said) = std::sync::mpsc::channel();
        hooks.add(step, async move {
            let is_there = lease.hold(&digest("held")).await.unwrap();
            told.send((is_there, lease)).unwrap();
        });
        run(&hooked, 1000, &no_grace()).await;
        hooks.are_done();
        let (is_there, _lease) = said.recv().unwrap();
        assert!(is_there, "before {step:?}");
        assert_eq!(read(&store, &digest("held")).await.unwrap(), b"held", "before {step:?}");
    }
}

async fn what_is_held_before_it_comes_stays<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    let mut lease = store.lease(&APP).await.unwrap();
    assert!(!lease.hold(&digest("coming")).await.unwrap());
    store.put_blob(&APP, Blob::from_bytes("coming")).await.unwrap();
    run(&store, 1000, &no_grace()).await;
    assert_eq!(read(&store, &digest("coming")).await.unwrap(), b"coming");
}

async fn a_manifest_that_is_held_keeps_what_it_needs<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    let image = put_image(&store, "image", &[]).await;
    let mut lease = store.lease(&APP).await.unwrap();
    assert!(lease.hold(image.digest()).await.unwrap());
    run(&store, 1000, &no_grace().with_untagged(std::time::Duration::ZERO)).await;
    assert_eq!(store.manifest(&APP, &image.digest().clone().into()).await.unwrap(), image);
    assert_eq!(read(&store, &digest("image")).await.unwrap(), b"image");
}

async fn a_lease_brings_back<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    put_blob(&store, "held").await;
    assert_eq!(run(&store, 25, &Options::default()).await.repositories.condemned.items, 1);
    let mut lease = store.lease(&APP).await.unwrap();
    assert!(lease.hold(&digest("held")).await.unwrap());
    assert_eq!(run(&store, 1000, &Options::default()).await.repositories.swept.items, 0);
    assert_eq!(read(&store, &digest("held")).await.unwrap(), b"held");
}

/// It looks like something that is known, and is none of what leads anywhere.
async fn a_configuration_that_is_held_is_no_manifest<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    let config = fixture::image(1, 1, 10).config;
    let digest = Digest::of(&config);
    store.put_blob(&APP, Blob::from_bytes(config.clone())).await.unwrap();
    let mut lease = store.lease(&APP).await.unwrap();
    assert!(lease.hold(&digest).await.unwrap());
    let report = run(&store, 1000, &no_grace()).await;
    assert!(report.stopped.is_empty(), "{report:?}");
    assert_eq!(read(&store, &digest).await.unwrap(), config);
}
