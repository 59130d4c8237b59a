//! Content that no repository names any more, in stores with several of them.

use wharf_registry::{Blob, Delete, Digest, Read, Write};
use wharf_store::Store;
use wharf_store::collect::{CollectCas, CollectRefs, Options, Reason};

use crate::hooked::{Before, Hooked};
use crate::support::{APP, OTHER, code, digest, no_grace, plan, put_blob, read, run, run_until};

/// Makes a test of each function, for each kind of store that has a pool.
macro_rules! pools {
    ($($name:ident),* $(,)?) => {
        mod memory {
            $(#[tokio::test] async fn $name() { super::$name($crate::support::memory()).await; })*
        }

        mod directory {
            $(#[tokio::test] async fn $name() {
                let directory = tempfile::tempdir().unwrap();
                super::$name(wharf_store::layout::Directory::create(directory.path()).unwrap()).await;
            })*
        }
    };
}

pools!(
    what_another_repository_names_stays,
    what_no_repository_names_goes,
    what_is_named_before_each_step_stays,
    what_goes_before_it_is_linked_is_told,
    r10_what_ends_anywhere_is_finished_by_the_next,
);

async fn what_another_repository_names_stays<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    put_blob(&store, "shared").await;
    let mut lease = store.lease(&OTHER).await.unwrap();
    wharf_store::collect::Lease::hold(&mut lease, &digest("shared")).await.unwrap();
    store.mount(&OTHER, &digest("shared"), &APP).await.unwrap();
    let report = run(&store, 1000, &no_grace()).await;
    assert_eq!((report.repositories.swept.items, report.pool.condemned.items), (1, 0));
    assert!(store.stat_blob(&APP, &digest("shared")).await.unwrap_err().is_not_found());
    assert_eq!(store.stat_blob(&OTHER, &digest("shared")).await.unwrap().size, 6);
}

async fn what_no_repository_names_goes<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    put_blob(&store, "deleted").await;
    store.delete_blob(&APP, &digest("deleted")).await.unwrap();
    let old = plan(&store, 25, &Options::default()).await;
    assert_eq!(old.pool.condemn.iter().map(|garbage| garbage.reason).collect::<Vec<_>>(), [Reason::Unnamed]);
    assert_eq!(plan(&store, 23, &Options::default()).await.pool.young.bytes, 7);
    assert_eq!(run(&store, 25, &Options::default()).await.pool.condemned.items, 1);
    assert_eq!(plan(&store, 26, &Options::default()).await.pool.waiting.items, 1);
    assert_eq!(run(&store, 50, &Options::default()).await.pool.swept.bytes, 7);
    assert_eq!(wharf_store::Cas::stat(store.cas(), &digest("deleted")).await.unwrap(), None);
}

async fn what_is_named_before_each_step_stays<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    for step in [Before::PoolCondemn, Before::PoolSweep] {
        put_blob(&store, "again").await;
        store.delete_blob(&APP, &digest("again")).await.unwrap();
        let (hooked, hooks) = Hooked::over(&store);
        let pusher = store.clone();
        hooks.add(step, async move {
            put_blob(&pusher, "again").await;
        });
        run(&hooked, 1000, &no_grace()).await;
        hooks.are_done();
        assert_eq!(read(&store, &digest("again")).await.unwrap(), b"again", "before {step:?}");
    }
}

/// The bytes were there, and were nobody's; whoever brought them is not told that they are stored.
async fn what_goes_before_it_is_linked_is_told<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    let (hooked, hooks) = Hooked::over(&store);
    let collected = store.clone();
    hooks.add(Before::Link, async move {
        assert_eq!(run(&collected, 1000, &no_grace()).await.pool.swept.items, 1);
    });
    let put = hooked.put_blob(&APP, Blob::from_bytes("late")).await;
    hooks.are_done();
    assert_eq!(code(put), wharf_registry::ErrorCode::UNAVAILABLE);
    put_blob(&store, "late").await;
    assert_eq!(read(&store, &Digest::of(b"late")).await.unwrap(), b"late");
}

async fn r10_what_ends_anywhere_is_finished_by_the_next<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    for step in [Before::PoolCondemn, Before::PoolSweep] {
        for content in ["one", "other"] {
            put_blob(&store, content).await;
        }
        let (hooked, hooks) = Hooked::over(&store);
        let options = no_grace().with_batch(1);
        run_until(&hooked, &hooks, step, &options).await;
        drop(hooked);
        run(&store, 2000, &options).await;
        for content in ["one", "other"] {
            assert_eq!(wharf_store::Cas::stat(store.cas(), &digest(content)).await.unwrap(), None, "after {step:?}");
        }
    }
}
