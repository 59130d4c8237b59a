//! Who else does something while garbage is collected. The names of the races are those of `docs/design/store.md`.

use wharf_registry::{Algorithm, Delete, Document, ErrorCode, MediaType, Policy, Precondition, Read, Write};
use wharf_store::Store;
use wharf_store::collect::{CollectCas, CollectRefs, Options};

use crate::everywhere;
use crate::hooked::{Before, Hooked};
use crate::support::{
    APP, HOUR, about, code, collector, digest, image, index, no_grace, plan, pull, put, put_blob, put_image, read, run,
    run_until, tag,
};

everywhere!(
    r1_an_upload_without_a_manifest_stays_for_a_grace,
    r2_what_a_client_was_told_is_there_can_be_named_a_grace_later,
    r3_a_manifest_that_was_judged_before_a_sweep_is_judged_again,
    r3_a_manifest_that_was_swept_before_it_was_recorded_is_stored_again,
    r4_content_that_is_pushed_again_before_its_sweep_stays,
    r6_a_manifest_that_comes_while_marking_is_followed,
    r6_a_manifest_that_comes_before_condemning_is_followed,
    r6_a_manifest_that_comes_before_sweeping_is_followed,
    r6_a_mount_that_comes_before_sweeping_brings_back,
    r6_a_child_that_comes_late_is_followed,
    r6_a_manifest_that_is_stored_as_what_it_is_is_followed,
    r7_children_wait_for_their_index,
    r7_a_child_that_was_found_again_without_what_it_needs_is_not_enough,
    r7_a_child_that_was_gone_for_a_moment_is_not_enough,
    r7_a_child_that_was_gone_while_it_was_recorded_is_not_enough,
    r7_an_index_that_comes_before_condemning_keeps_its_children,
    r7_a_tag_that_comes_before_condemning_keeps_its_manifest,
    r7_a_manifest_that_is_pushed_again_after_it_was_condemned_stays_whole,
    r7_a_manifest_that_is_pushed_again_keeps_its_blobs_in_their_place,
    r8_a_referrer_waits_for_its_subject,
    r9_a_puller_of_an_old_manifest_reads_to_its_end,
    r10_a_collection_that_ends_anywhere_is_finished_by_the_next,
    r13_no_clock_makes_what_is_named_go,
    a_deletion_beside_a_push_leaves_no_name_without_content,
    a_deletion_beside_another_push_is_undone_by_it,
    a_deletion_while_marking_stops_nothing,
    a_deletion_of_what_was_listed_stops_nothing,
);

async fn r1_an_upload_without_a_manifest_stays_for_a_grace<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    let upload = store.start_upload(&APP, Algorithm::SHA256).await.unwrap();
    run(&store, 100, &no_grace()).await;
    upload.commit(&digest("")).await.unwrap();
    put_blob(&store, "layer").await;
    assert_eq!(run(&store, 23, &Options::default()).await.repositories.condemned.items, 0);
    put(&store, &image("layer"), &["t"]).await.unwrap();
    pull(&store, "t", "layer").await;
}

async fn r2_what_a_client_was_told_is_there_can_be_named_a_grace_later<C: CollectCas, R: CollectRefs>(
    store: Store<C, R>,
) {
    put_blob(&store, "old").await;
    // It is told at once before it is condemned, and named at once before it could be swept.
    store.stat_blob(&APP, &digest("old")).await.unwrap();
    run(&store, 1000, &Options::default()).await;
    run(&store, 1023, &Options::default()).await;
    put(&store, &image("old"), &["t"]).await.unwrap();
    run(&store, 2000, &Options::default()).await;
    pull(&store, "t", "old").await;
}

/// Without a grace the client is told what is missing, and nothing is named that is not there.
async fn r3_a_manifest_that_was_judged_before_a_sweep_is_judged_again<C: CollectCas, R: CollectRefs>(
    store: Store<C, R>,
) {
    let (hooked, hooks) = Hooked::over(&store);
    put_blob(&store, "layer").await;
    let collected = store.clone();
    hooks.add(Before::PutManifest, async move {
        assert!(run(&collected, 1000, &no_grace()).await.repositories.swept.items >= 1);
    });
    assert_eq!(code(put(&hooked, &image("layer"), &["t"]).await), ErrorCode::MANIFEST_BLOB_UNKNOWN);
    hooks.are_done();
    assert!(store.resolve(&APP, &tag("t").into()).await.unwrap_err().is_not_found());

    put_blob(&store, "layer").await;
    put(&hooked, &image("layer"), &["t"]).await.unwrap();
    pull(&store, "t", "layer").await;
}

async fn r3_a_manifest_that_was_swept_before_it_was_recorded_is_stored_again<C: CollectCas, R: CollectRefs>(
    store: Store<C, R>,
) {
    let (hooked, hooks) = Hooked::over(&store);
    let kept = put_image(&store, "layer", &["other"]).await;
    let second = index(&[&kept]);
    let collected = store.clone();
    hooks.add(Before::PutManifest, async move {
        assert_eq!(run(&collected, 1000, &no_grace()).await.repositories.swept.items, 1, "the index itself");
    });
    put(&hooked, &second, &["t"]).await.unwrap();
    hooks.are_done();
    assert_eq!(store.manifest(&APP, &tag("t").into()).await.unwrap(), second);
}

async fn r4_content_that_is_pushed_again_before_its_sweep_stays<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    let (hooked, hooks) = Hooked::over(&store);
    put_blob(&store, "again").await;
    let pusher = store.clone();
    hooks.add(Before::Sweep, async move {
        put_blob(&pusher, "again").await;
    });
    run(&hooked, 1000, &no_grace()).await;
    hooks.are_done();
    assert_eq!(read(&store, &digest("again")).await.unwrap(), b"again");
    put(&store, &image("again"), &["t"]).await.unwrap();
    pull(&store, "t", "again").await;
}

/// A manifest is put before a step of a collector, and what it needs was garbage until then.
async fn a_push_before<C: CollectCas, R: CollectRefs>(store: Store<C, R>, step: Before) {
    let (hooked, hooks) = Hooked::over(&store);
    let [needed, garbage] = [put_blob(&store, "needed").await, put_blob(&store, "garbage").await];
    // A policy that demands nothing brings nothing back by itself.
    let pusher = store.clone().with_policy(Policy::Sparse);
    hooks.add(step, async move { put(&pusher, &image("needed"), &["t"]).await.unwrap() });
    let report = run(&hooked, 1000, &no_grace()).await;
    hooks.are_done();
    assert_eq!(report.repositories.swept.items, 1, "{report:?}");
    assert!(store.stat_blob(&APP, &garbage).await.unwrap_err().is_not_found());
    assert_eq!(read(&store, &needed).await.unwrap(), b"needed");
    pull(&store, "t", "needed").await;
}

async fn r6_a_manifest_that_comes_while_marking_is_followed<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    a_push_before(store, Before::Roots).await;
}

async fn r6_a_manifest_that_comes_before_condemning_is_followed<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    a_push_before(store, Before::Condemn).await;
}

async fn r6_a_manifest_that_comes_before_sweeping_is_followed<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    a_push_before(store, Before::Sweep).await;
}

async fn r6_a_mount_that_comes_before_sweeping_brings_back<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    let (hooked, hooks) = Hooked::over(&store);
    put_blob(&store, "layer").await;
    let mounter = store.clone();
    hooks.add(Before::Sweep, async move {
        assert!(mounter.mount(&APP, &digest("layer"), &APP).await.unwrap());
    });
    assert_eq!(run(&hooked, 1000, &no_grace()).await.repositories.swept.items, 0);
    hooks.are_done();
    assert_eq!(read(&store, &digest("layer")).await.unwrap(), b"layer");
}

/// The index is no new root, and the child is none any more when the index was pushed again.
async fn r6_a_child_that_comes_late_is_followed<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    for step in [Before::Condemn, Before::Sweep] {
        let sparse = store.clone().with_policy(Policy::Sparse);
        let (child, index) = (image("late"), index(&[&image("late")]));
        put(&sparse, &index, &["t"]).await.unwrap();
        put_blob(&store, "late").await;
        put_blob(&store, "garbage").await;
        let (hooked, hooks) = Hooked::over(&store);
        let (pushed, again) = (child.clone(), index.clone());
        hooks.add(step, async move {
            put(&sparse, &pushed, &[]).await.unwrap();
            put(&sparse, &again, &["t"]).await.unwrap();
        });
        let report = run(&hooked, 1000, &no_grace()).await;
        hooks.are_done();
        assert!(report.stopped.is_empty(), "{report:?}");
        assert!(store.stat_blob(&APP, &digest("garbage")).await.unwrap_err().is_not_found(), "before {step:?}");
        assert_eq!(read(&store, &digest("late")).await.unwrap(), b"late", "before {step:?}");
        for manifest in [index, child] {
            store.delete_manifest(&APP, manifest.digest()).await.unwrap();
        }
    }
}

/// It was recorded as what leads nowhere, and was followed as that.
async fn r6_a_manifest_that_is_stored_as_what_it_is_is_followed<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    let lenient = store.clone().with_policy(Policy::Lenient);
    for (step, config) in [(Before::Condemn, "one"), (Before::Sweep, "other")] {
        let manifest = image(config);
        put_blob(&store, config).await;
        put(&lenient, &Document::new(MediaType::LAYER_GZIP, manifest.bytes().clone()), &["t"]).await.unwrap();
        let (hooked, hooks) = Hooked::over(&store);
        let pusher = lenient.clone();
        hooks.add(step, async move { put(&pusher, &manifest, &["t"]).await.unwrap() });
        let report = run(&hooked, 1000, &no_grace()).await;
        hooks.are_done();
        assert!(report.stopped.is_empty(), "{report:?}");
        pull(&store, "t", config).await;
    }
}

async fn r7_children_wait_for_their_index<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    let child = put_image(&store, "child", &[]).await;
    let day = Options::default().with_untagged(24 * HOUR);
    run(&store, 1000, &day).await;
    // Its record went, but it and what it needs come back for the index.
    put(&store, &index(&[&child]), &["t"]).await.unwrap();
    run(&store, 2000, &day).await;
    assert_eq!(store.manifest(&APP, &child.digest().clone().into()).await.unwrap(), child);
    assert_eq!(read(&store, &digest("child")).await.unwrap(), b"child");
}

/// It was asked for and came back, and nobody asked for what it needs; or it was swept last.
async fn r7_a_child_that_was_found_again_without_what_it_needs_is_not_enough<C: CollectCas, R: CollectRefs>(
    store: Store<C, R>,
) {
    let child = put_image(&store, "child", &[]).await;
    let day = Options::default().with_untagged(24 * HOUR);
    run(&store, 1000, &day).await;
    assert_eq!(store.manifest(&APP, &child.digest().clone().into()).await.unwrap(), child);
    run(&store, 1030, &day).await;
    // Here its bytes are new, and those of its blob are gone.
    let nested = index(&[&index(&[&child])]);
    put(&store.clone().with_policy(Policy::Sparse), &index(&[&child]), &[]).await.unwrap();
    store.delete_manifest(&APP, index(&[&child]).digest()).await.unwrap();
    put_blob_of(&store, &index(&[&child])).await;
    for parent in [index(&[&child]), nested.clone()] {
        assert_eq!(code(put(&store, &parent, &["t"]).await), ErrorCode::MANIFEST_BLOB_UNKNOWN);
    }
    put_blob(&store, "child").await;
    put(&store, &nested, &["t"]).await.unwrap();
    run(&store, 2000, &day).await;
    assert_eq!(read(&store, &digest("child")).await.unwrap(), b"child");
}

/// It was not there when it was to be followed, and is when it is looked for: nobody knows whether what it needs is.
async fn r7_a_child_that_was_gone_for_a_moment_is_not_enough<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    let (child, other) = (image("gone"), image("there"));
    put_blob(&store, "there").await;
    put_blob_of(&store, &other).await;
    let index = index(&[&child, &other]);
    // Whether the index is known, and then each child that has no record is looked for.
    for later in 0..3 {
        let (hooked, hooks) = Hooked::over(&store);
        let (pusher, pushed) = (store.clone(), child.clone());
        hooks.add_later(Before::Linked, later, async move { put_blob_of(&pusher, &pushed).await });
        let code = code(put(&hooked, &index, &["t"]).await);
        hooks.are_done();
        assert_eq!(code, ErrorCode::MANIFEST_BLOB_UNKNOWN, "it came back after {later} looks");
        store.delete_blob(&APP, child.digest()).await.unwrap();
    }
    put_image(&store, "gone", &[]).await;
    put(&store, &index, &["t"]).await.unwrap();
}

/// It lost its record before the index was recorded, was gone when it was to be followed, and is back for the next try.
async fn r7_a_child_that_was_gone_while_it_was_recorded_is_not_enough<C: CollectCas, R: CollectRefs>(
    store: Store<C, R>,
) {
    let (hooked, hooks) = Hooked::over(&store);
    let child = put_image(&store, "gone", &[]).await;
    let (deleter, deleted, then) = (store.clone(), child.clone(), hooks.clone());
    hooks.add(Before::PutManifest, async move {
        deleter.delete_manifest(&APP, deleted.digest()).await.unwrap();
        deleter.delete_blob(&APP, &digest("gone")).await.unwrap();
        put_blob_of(&deleter, &deleted).await;
        let (again, last) = (deleter.clone(), deleted.clone());
        then.add(Before::Linked, async move { deleter.delete_blob(&APP, deleted.digest()).await.unwrap() });
        then.add(Before::PutManifest, async move { put_blob_of(&again, &last).await });
    });
    assert_eq!(code(put(&hooked, &index(&[&child]), &["t"]).await), ErrorCode::MANIFEST_BLOB_UNKNOWN);
    assert!(store.resolve(&APP, &tag("t").into()).await.unwrap_err().is_not_found());
}

async fn put_blob_of(store: &impl Write, manifest: &wharf_registry::Document<wharf_registry::Raw>) {
    store.put_blob(&APP, wharf_registry::Blob::from_bytes(manifest.bytes().clone())).await.unwrap();
}

async fn r7_an_index_that_comes_before_condemning_keeps_its_children<C: CollectCas, R: CollectRefs>(
    store: Store<C, R>,
) {
    let (hooked, hooks) = Hooked::over(&store);
    let child = put_image(&store, "child", &[]).await;
    let pusher = store.clone();
    let index = index(&[&child]);
    hooks.add(Before::Condemn, async move { put(&pusher, &index, &["t"]).await.unwrap() });
    run(&hooked, 1000, &no_grace().with_untagged(HOUR)).await;
    hooks.are_done();
    assert_eq!(store.manifest(&APP, &child.digest().clone().into()).await.unwrap(), child);
    assert_eq!(read(&store, &digest("child")).await.unwrap(), b"child");
}

async fn r7_a_tag_that_comes_before_condemning_keeps_its_manifest<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    let (hooked, hooks) = Hooked::over(&store);
    put_image(&store, "image", &[]).await;
    let pusher = store.clone();
    hooks.add(Before::Condemn, async move { put(&pusher, &image("image"), &["t"]).await.unwrap() });
    assert_eq!(run(&hooked, 1000, &no_grace().with_untagged(HOUR)).await.repositories.swept.items, 0);
    hooks.are_done();
    pull(&store, "t", "image").await;
}

/// The second time it is a root that was doomed, and is one no more.
async fn r7_a_manifest_that_is_pushed_again_after_it_was_condemned_stays_whole<C: CollectCas, R: CollectRefs>(
    store: Store<C, R>,
) {
    let (hooked, hooks) = Hooked::over(&store);
    let pushed = put_image(&store, "image", &[]).await;
    let pusher = store.clone();
    hooks.add(Before::Sweep, async move {
        put(&pusher.with_policy(Policy::Sparse), &image("image"), &[]).await.unwrap();
    });
    run(&hooked, 1000, &no_grace().with_untagged(HOUR)).await;
    hooks.are_done();
    assert_eq!(store.manifest(&APP, &pushed.digest().clone().into()).await.unwrap(), pushed);
    assert_eq!(read(&store, &digest("image")).await.unwrap(), b"image");
}

/// Untagged manifests are condemned first. One that is pushed again before the rest is, is a root by then.
async fn r7_a_manifest_that_is_pushed_again_keeps_its_blobs_in_their_place<C: CollectCas, R: CollectRefs>(
    store: Store<C, R>,
) {
    let (hooked, hooks) = Hooked::over(&store);
    put_image(&store, "image", &[]).await;
    let pusher = store.clone();
    hooks.add_later(Before::Condemn, 1, async move { put(&pusher, &image("image"), &[]).await.unwrap() });
    let report = run(&hooked, 1000, &no_grace().with_untagged(HOUR)).await;
    hooks.are_done();
    assert_eq!((report.repositories.condemned.items, report.repositories.swept.items), (1, 0), "the manifest alone");
}

async fn r8_a_referrer_waits_for_its_subject<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    let subject = image("subject");
    put_blob(&store, "note").await;
    let note = about("note", &subject);
    put(&store, &note, &[]).await.unwrap();
    let day = Options::default().with_untagged(24 * HOUR);
    assert_eq!(run(&store, 23, &day).await.repositories.condemned.items, 0, "it is young");
    put_image(&store, "subject", &["t"]).await;
    assert_eq!(run(&store, 1000, &day).await.repositories.condemned.items, 0, "its subject stays");
    assert_eq!(store.manifest(&APP, &note.digest().clone().into()).await.unwrap(), note);
}

async fn r9_a_puller_of_an_old_manifest_reads_to_its_end<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    let old = put_image(&store, "old", &["t"]).await;
    put_image(&store, "new", &["t"]).await;
    let hour = Options::default().with_untagged(HOUR);
    assert_eq!(run(&store, 1000, &hour).await.repositories.condemned.items, 2);
    run(&store, 1023, &hour).await;
    assert_eq!(store.manifest(&APP, &old.digest().clone().into()).await.unwrap(), old);
    assert_eq!(read(&store, &digest("old")).await.unwrap(), b"old");
}

/// The collection is dropped before each of its steps, which is where it could be interrupted.
async fn r10_a_collection_that_ends_anywhere_is_finished_by_the_next<C: CollectCas, R: CollectRefs>(
    store: Store<C, R>,
) {
    put_image(&store, "kept", &["kept"]).await;
    for step in [Before::Roots, Before::Condemn, Before::Sweep] {
        let [one, other] = [put_blob(&store, "one").await, put_blob(&store, "other").await];
        let (hooked, hooks) = Hooked::over(&store);
        let options = no_grace().with_batch(1);
        run_until(&hooked, &hooks, step, &options).await;
        drop(hooked);
        pull(&store, "kept", "kept").await;
        run(&store, 2000, &options).await;
        for gone in [one, other] {
            assert!(store.stat_blob(&APP, &gone).await.unwrap_err().is_not_found(), "after {step:?}");
        }
        let plan = plan(&store, 3000, &options).await;
        assert_eq!(plan.pool.waiting.items + plan.pool.sweep.len() as u64, 0, "nothing is left of it");
        pull(&store, "kept", "kept").await;
    }
}

/// The clock is a year back, a year ahead, and at the beginning of time.
async fn r13_no_clock_makes_what_is_named_go<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    put_image(&store, "image", &["t"]).await;
    let mut lease = store.lease(&APP).await.unwrap();
    wharf_store::collect::Lease::hold(&mut lease, &put_blob(&store, "held").await).await.unwrap();
    put_blob(&store, "garbage").await;
    for now in [2_000_000_000, 1_000_000_000, 0, 3_000_000_000] {
        let now = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(now);
        for grace in [Options::default(), no_grace()] {
            let collector = collector(&store, 0).await.with_clock(move || now);
            let plan = collector.plan(&grace).await.unwrap();
            collector.run(plan, &|_| ()).await;
            pull(&store, "t", "image").await;
            assert_eq!(read(&store, &digest("held")).await.unwrap(), b"held");
        }
    }
    assert!(store.stat_blob(&APP, &digest("garbage")).await.unwrap_err().is_not_found());
}

async fn a_deletion_beside_a_push_leaves_no_name_without_content<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    let (hooked, hooks) = Hooked::over(&store);
    let pushed = put_image(&store, "image", &["t"]).await;
    let (deleter, deleted) = (store.clone(), pushed.digest().clone());
    hooks.add(Before::PutManifest, async move { deleter.delete_manifest(&APP, &deleted).await.unwrap() });
    hooked.put_manifest(&APP, &pushed, &[tag("t")], &Precondition::Always).await.unwrap();
    hooks.are_done();
    pull(&store, "t", "image").await;
}

/// It was listed, and something leads to it.
async fn a_deletion_of_what_was_listed_stops_nothing<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    let (hooked, hooks) = Hooked::over(&store);
    let child = put_image(&store, "child", &[]).await;
    put(&store, &index(&[&child]), &["t"]).await.unwrap();
    let deleter = store.clone();
    hooks.add(Before::Roots, async move { deleter.delete_manifest(&APP, child.digest()).await.unwrap() });
    let report = run(&hooked, 1000, &no_grace()).await;
    hooks.are_done();
    assert!(report.stopped.is_empty(), "{report:?}");
    assert_eq!(report.repositories.swept.items, 1, "it keeps nothing any more");
}

/// What is pushed was there when it was looked for. In a layout its bytes go with the deletion.
async fn a_deletion_beside_another_push_is_undone_by_it<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    let manifest = put_image(&store, "layer", &["t"]).await;
    let (hooked, hooks) = Hooked::over(&store);
    let deleted = store.clone();
    hooks.add(Before::Link, async move { deleted.delete_manifest(&APP, image("layer").digest()).await.unwrap() });
    put(&hooked, &manifest, &["t"]).await.unwrap();
    hooks.are_done();
    let deleted = store.clone();
    hooks.add(Before::Link, async move { deleted.delete_blob(&APP, &digest("layer")).await.unwrap() });
    put_blob(&hooked, "layer").await;
    hooks.are_done();
    pull(&store, "t", "layer").await;
}

async fn a_deletion_while_marking_stops_nothing<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    let (hooked, hooks) = Hooked::over(&store);
    let deleted = put_image(&store, "deleted", &["t"]).await;
    let deleter = store.clone();
    hooks.add(Before::Read, async move { deleter.delete_manifest(&APP, deleted.digest()).await.unwrap() });
    let report = run(&hooked, 1000, &no_grace()).await;
    hooks.are_done();
    assert!(report.stopped.is_empty(), "{report:?}");
    run(&hooked, 2000, &no_grace()).await;
    assert!(store.stat_blob(&APP, &digest("deleted")).await.unwrap_err().is_not_found(), "nothing needs it");
}
