//! That a plan says what would happen, and that one which was made long ago does no harm.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use wharf_registry::{Blob, Delete, Descriptor, Digest, Document, Index, MediaType, Read, Write};
use wharf_store::Store;
use wharf_store::collect::{CollectCas, CollectRefs, Collector, Options, Reason};

use crate::everywhere;
use crate::hooked::{Before, Hooked};
use crate::support::{
    APP, HOUR, because, collector, condemned, digest, no_grace, plan, put, put_blob, put_image, read, run,
};

everywhere!(
    what_comes_while_it_is_planned_is_in_no_plan,
    what_comes_while_it_is_planned_is_not_unnamed,
    what_is_young_keeps_what_it_needs_in_a_plan,
    nothing_is_planned_before_its_time,
    an_old_plan_sweeps_nothing_that_came_back,
    a_manifest_is_kept_as_all_that_it_is_known_as,
    what_an_index_lists_as_a_blob_is_a_root_if_it_is_recorded,
    an_index_may_list_what_leads_nowhere,
);

/// Before it is listed what there is, or after that and before the roots are read.
async fn what_comes_while_it_is_planned_is_in_no_plan<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    put_blob(&store, "garbage").await;
    for (step, config) in [(Before::Content, "one"), (Before::Roots, "other")] {
        let (hooked, hooks) = Hooked::over(&store);
        let pusher = store.clone();
        hooks.add(step, async move { drop(put_image(&pusher, config, &[config]).await) });
        let plan = plan(&hooked, 1000, &no_grace()).await;
        hooks.are_done();
        assert_eq!(condemned(&plan), because([(digest("garbage"), Reason::Unreferenced)]), "before {step:?}");
    }
}

async fn what_comes_while_it_is_planned_is_not_unnamed<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    let (hooked, hooks) = Hooked::over(&store);
    let pusher = store.clone();
    hooks.add(Before::PoolContent, async move { drop(put_blob(&pusher, "new").await) });
    assert!(plan(&hooked, 1000, &no_grace()).await.pool.condemn.is_empty());
    hooks.are_done();
}

/// It lost its record with its index and was condemned; then somebody asked for it, and believes that all of it is there.
async fn what_is_young_keeps_what_it_needs_in_a_plan<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    let child = put_image(&store, "child", &[]).await;
    run(&store, 1000, &Options::default().with_untagged(HOUR)).await;
    assert_eq!(store.manifest(&APP, &child.digest().clone().into()).await.unwrap(), child);
    assert_eq!(plan(&store, 0, &Options::default()).await.repositories[0].restore, [digest("child")]);
}

/// What is not yet to be swept waits, and what is not yet to be condemned is young, whatever it is.
async fn nothing_is_planned_before_its_time<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    put_blob(&store, "garbage").await;
    run(&store, 25, &Options::default()).await;
    let untagged = put_image(&store, "image", &[]).await;
    let hour = Options::default().with_untagged(HOUR);
    let early = &plan(&store, 23, &hour).await.repositories[0];
    assert_eq!((early.waiting.items, early.sweep.len(), early.condemn.len()), (1, 0, 0));
    let late = &plan(&store, 50, &hour).await.repositories[0];
    assert_eq!((late.waiting.items, late.sweep.len(), late.condemn.len()), (0, 1, 2));
    assert_eq!(store.manifest(&APP, &untagged.digest().clone().into()).await.unwrap(), untagged);
}

/// It was asked for since, and another collection has condemned it again, just now.
async fn an_old_plan_sweeps_nothing_that_came_back<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    put_blob(&store, "again").await;
    run(&store, 25, &Options::default()).await;
    let old = plan(&store, 50, &Options::default()).await;
    assert_eq!(old.repositories[0].sweep.len(), 1);
    store.stat_blob(&APP, &digest("again")).await.unwrap();
    assert_eq!(run(&store, 1000, &Options::default()).await.repositories.condemned.items, 1);
    let report = collector(&store, 1000).await.run(old, &|_| ()).await;
    assert_eq!((report.repositories.swept.items, report.stopped.len()), (0, 0));
    assert_eq!(read(&store, &digest("again")).await.unwrap(), b"again");
}

/// Without a grace, and in memory, where nobody has to ask a coarse clock when something came.
#[tokio::test]
async fn what_comes_after_a_collection_began_is_not_condemned_by_it() {
    let store = crate::support::memory();
    put_blob(&store, "again").await;
    let (hooked, hooks) = Hooked::over(&store);
    let hours = Arc::new(AtomicU32::new(0));
    let (pusher, passing) = (store.clone(), Arc::clone(&hours));
    #[allow(clippy::disallowed_methods, reason = "stores tell the age of content by the system's clock")]
    let clock = move || std::time::SystemTime::now() + hours.load(Ordering::Relaxed) * HOUR;
    let collector = Collector::begin(&hooked).await.unwrap().with_clock(clock);
    let planned = collector.plan(&no_grace()).await.unwrap();
    hooks.add(Before::Condemn, async move {
        pusher.delete_blob(&APP, &digest("again")).await.unwrap();
        put_blob(&pusher, "again").await;
        passing.store(1, Ordering::Relaxed);
    });
    assert_eq!(collector.run(planned, &|_| ()).await.repositories.condemned.items, 0);
    hooks.are_done();
}

/// An index lists it as a blob, which leads nowhere, and a tag says that it is a manifest: whichever comes first.
async fn a_manifest_is_kept_as_all_that_it_is_known_as<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    for (config, manifest, parent) in [("one", "a", "z"), ("other", "z", "a")] {
        let image = put_image(&store, config, &[manifest]).await;
        put(&store, &listing(&image), &[parent]).await.unwrap();
    }
    assert_eq!(condemned(&plan(&store, 1000, &no_grace()).await), because([]));
}

/// Its record has no name, and it stays for the index. So what it leads to is not untagged, and keeps its own record.
async fn what_an_index_lists_as_a_blob_is_a_root_if_it_is_recorded<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    let child = put_image(&store, "child", &[]).await;
    let nested = listing_as(&child, MediaType::IMAGE_MANIFEST);
    put(&store, &nested, &[]).await.unwrap();
    // Or it would have none, being a child of another.
    put(&store, &child, &[]).await.unwrap();
    put(&store, &listing(&nested), &["t"]).await.unwrap();
    let report = run(&store, 1000, &no_grace().with_untagged(HOUR)).await;
    assert_eq!((report.repositories.condemned.items, report.stopped.len()), (0, 0), "{report:?}");
    let record = wharf_store::Refs::manifest(store.refs(), &APP, child.digest()).await.unwrap();
    assert_eq!(record.unwrap().digest, *child.digest());
}

fn listing(child: &Document) -> Document {
    listing_as(child, MediaType::LAYER_GZIP)
}

fn listing_as(child: &Document, media_type: MediaType) -> Document {
    let entry = Descriptor::of(media_type, child.bytes());
    Document::author(Index::new(vec![entry])).unwrap().into_raw()
}

async fn an_index_may_list_what_leads_nowhere<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    let config = wharf_testkit::fixture::image(1, 1, 10).config;
    store.put_blob(&APP, Blob::from_bytes(config.clone())).await.unwrap();
    let entry = Descriptor::of(MediaType::IMAGE_CONFIG, &config);
    let index = Document::author(Index::new(vec![entry])).unwrap().into_raw();
    put(&store, &index, &["t"]).await.unwrap();
    let report = run(&store, 1000, &no_grace()).await;
    assert_eq!((report.stopped.len(), report.repositories.condemned.items), (0, 0), "{report:?}");
    assert_eq!(read(&store, &Digest::of(&config)).await.unwrap(), config);
}
