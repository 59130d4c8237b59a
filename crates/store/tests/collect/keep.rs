//! What stays, what goes, and why.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use wharf_registry::{Delete, Precondition, Read, Tag, Write};
use wharf_store::Store;
use wharf_store::collect::{CollectCas, CollectRefs, Options, Reason};

use crate::everywhere;
use crate::support::{
    APP, HOUR, about, because, code, collector, condemned, digest, image, index, no_grace, plan, pull, put, put_blob,
    put_image, run, tag,
};

everywhere!(
    what_is_named_stays,
    what_is_young_stays,
    what_is_younger_than_it_was_when_it_was_planned_stays,
    what_nobody_needs_goes_after_two_graces,
    what_is_asked_for_in_between_comes_back,
    untagged_manifests_stay_unless_asked,
    untagged_manifests_go_when_asked,
    children_and_referrers_stay,
    children_outlive_the_index_that_is_deleted,
    referrers_listed_by_clients_stay,
    a_subject_is_not_kept_by_its_referrer,
    what_is_not_there_needs_nothing,
    what_was_condemned_and_is_needed_comes_back,
    a_deleted_blob_does_not_come_back,
    what_is_needed_stays_whatever_a_plan_says,
    there_is_one_collector_at_a_time,
);

async fn what_is_named_stays<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    put_image(&store, "one", &["one"]).await;
    put_image(&store, "two", &[]).await;
    let plan = plan(&store, 1000, &no_grace()).await;
    assert_eq!(condemned(&plan), because([]));
    assert_eq!(plan.repositories[0].kept.items, 4);
    run(&store, 1000, &no_grace()).await;
    pull(&store, "one", "one").await;
    assert_eq!(store.manifest(&APP, &image("two").digest().clone().into()).await.unwrap(), image("two"));
}

async fn what_is_young_stays<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    put_blob(&store, "new").await;
    let young = plan(&store, 23, &Options::default()).await;
    assert_eq!((condemned(&young), young.repositories[0].young.items), (because([]), 1));
    let old = plan(&store, 25, &Options::default()).await;
    assert_eq!(condemned(&old), because([(digest("new"), Reason::Unreferenced)]));
    assert_eq!(old.repositories[0].condemn[0].size, 3);
}

/// It was touched meanwhile, which is the same as if the clock had been set back.
async fn what_is_younger_than_it_was_when_it_was_planned_stays<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    put_blob(&store, "touched").await;
    put_blob(&store, "unlinked").await;
    store.delete_blob(&APP, &digest("unlinked")).await.unwrap();
    let hours = Arc::new(AtomicU32::new(25));
    let told = Arc::clone(&hours);
    #[allow(clippy::disallowed_methods, reason = "stores tell the age of content by the system's clock")]
    let now = move || std::time::SystemTime::now() + told.load(Ordering::Relaxed) * HOUR;
    let collector = collector(&store, 0).await.with_clock(now);
    let plan = collector.plan(&Options::default()).await.unwrap();
    assert_eq!(plan.repositories[0].condemn.len(), 1);
    hours.store(0, Ordering::Relaxed);
    let report = collector.run(plan, &|_| ()).await;
    assert_eq!((report.repositories.condemned.items, report.pool.condemned.items), (0, 0));
}

/// Every run does one step, and a dry one none.
async fn what_nobody_needs_goes_after_two_graces<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    put_image(&store, "kept", &["kept"]).await;
    put_blob(&store, "garbage").await;
    plan(&store, 25, &Options::default()).await;
    assert_eq!(
        run(&store, 25, &Options::default()).await.repositories.condemned.items,
        1,
        "the plan alone did nothing"
    );
    assert_eq!(run(&store, 48, &Options::default()).await.repositories.swept.items, 0, "not a grace later");
    assert_eq!(run(&store, 50, &Options::default()).await.repositories.swept.bytes, 7);
    assert!(code(store.stat_blob(&APP, &digest("garbage")).await).as_str().ends_with("UNKNOWN"));
    pull(&store, "kept", "kept").await;
}

async fn what_is_asked_for_in_between_comes_back<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    for content in ["asked", "read", "pushed", "linked", "forgotten"] {
        put_blob(&store, content).await;
    }
    run(&store, 25, &Options::default()).await;
    store.stat_blob(&APP, &digest("asked")).await.unwrap();
    crate::support::read(&store, &digest("read")).await.unwrap();
    put_blob(&store, "pushed").await;
    put(&store, &image("linked"), &["linked"]).await.unwrap();
    let report = run(&store, 50, &Options::default()).await;
    assert_eq!((report.repositories.swept.items, report.repositories.swept.bytes), (1, 9), "only the forgotten one");
    pull(&store, "linked", "linked").await;
    for content in ["asked", "read", "pushed"] {
        store.stat_blob(&APP, &digest(content)).await.unwrap();
    }
}

async fn untagged_manifests_stay_unless_asked<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    put_image(&store, "old", &["t"]).await;
    put_image(&store, "new", &["t"]).await;
    assert_eq!(condemned(&plan(&store, 10_000, &Options::default()).await), because([]));
}

async fn untagged_manifests_go_when_asked<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    put_image(&store, "old", &["t"]).await;
    put_image(&store, "new", &["t"]).await;
    let week = no_grace().with_untagged(7 * 24 * HOUR);
    assert_eq!(condemned(&plan(&store, 24, &week).await), because([]), "younger than a week");
    let old = image("old").digest().clone();
    let expected = [(old.clone(), Reason::Untagged), (digest("old"), Reason::Unreferenced)];
    assert_eq!(condemned(&plan(&store, 200, &week).await), because(expected));
    assert_eq!(run(&store, 200, &week).await.repositories.swept.items, 2);
    assert!(store.manifest(&APP, &old.into()).await.unwrap_err().is_not_found());
    pull(&store, "t", "new").await;
}

async fn children_and_referrers_stay<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    let [arm, amd] = [put_image(&store, "arm", &[]).await, put_image(&store, "amd", &[]).await];
    put(&store, &index(&[&arm, &amd]), &["t"]).await.unwrap();
    put_blob(&store, "signature").await;
    put(&store, &about("signature", &arm), &[]).await.unwrap();
    let everything = no_grace().with_untagged(HOUR);
    assert_eq!(condemned(&plan(&store, 1000, &everything).await), because([]));

    // With the tag goes all of it.
    store.delete_tag(&APP, &tag("t")).await.unwrap();
    assert_eq!(run(&store, 1000, &everything).await.repositories.swept.items, 7);
}

/// They were stored like any other manifest, and nobody has asked for them to go.
async fn children_outlive_the_index_that_is_deleted<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    let [arm, amd] = [put_image(&store, "arm", &[]).await, put_image(&store, "amd", &["amd"]).await];
    let both = index(&[&arm, &amd]);
    put(&store, &both, &["t"]).await.unwrap();
    store.delete_manifest(&APP, both.digest()).await.unwrap();
    assert_eq!(condemned(&plan(&store, 1000, &no_grace()).await), because([]));
    run(&store, 1000, &no_grace()).await;
    for child in [&arm, &amd] {
        assert_eq!(store.manifest(&APP, &child.digest().clone().into()).await.unwrap(), *child);
    }
    pull(&store, "amd", "amd").await;

    let everything = no_grace().with_untagged(HOUR);
    run(&store, 1000, &everything).await;
    assert_eq!(
        code(store.manifest(&APP, &arm.digest().clone().into()).await),
        wharf_registry::ErrorCode::MANIFEST_UNKNOWN
    );
    pull(&store, "amd", "amd").await;
}

async fn referrers_listed_by_clients_stay<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    let image = put_image(&store, "image", &["t"]).await;
    let note = put_image(&store, "note", &[]).await;
    let fallback = Tag::referrers_fallback(image.digest());
    store.put_manifest(&APP, &index(&[&note]), &[fallback], &Precondition::Always).await.unwrap();
    assert_eq!(condemned(&plan(&store, 1000, &no_grace().with_untagged(HOUR)).await), because([]));
}

async fn a_subject_is_not_kept_by_its_referrer<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    let subject = put_image(&store, "subject", &["t"]).await;
    put_blob(&store, "note").await;
    put(&store, &about("note", &subject), &["note"]).await.unwrap();
    store.delete_tag(&APP, &tag("t")).await.unwrap();
    let untagged = [(subject.digest().clone(), Reason::Untagged), (digest("subject"), Reason::Unreferenced)];
    assert_eq!(condemned(&plan(&store, 1000, &no_grace().with_untagged(HOUR)).await), because(untagged));
    store.delete_manifest(&APP, subject.digest()).await.unwrap();
    assert_eq!(
        condemned(&plan(&store, 25, &Options::default()).await),
        because([(digest("subject"), Reason::Unreferenced)])
    );
}

async fn what_is_not_there_needs_nothing<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    let store = store.with_policy(wharf_registry::Policy::Sparse);
    put(&store, &index(&[&image("elsewhere")]), &["t"]).await.unwrap();
    put_blob(&store, "elsewhere").await;
    // Nobody here could even verify this one.
    let unknown = wharf_registry::Digest::parse("blake3:0123456789abcdef0123456789abcdef").unwrap();
    let child = wharf_registry::Descriptor::new(wharf_registry::MediaType::IMAGE_MANIFEST, unknown, 7);
    let index = wharf_registry::Document::author(wharf_registry::Index::new(vec![child])).unwrap().into_raw();
    put(&store, &index, &["u"]).await.unwrap();
    let garbage = because([(digest("elsewhere"), Reason::Unreferenced)]);
    let plan = plan(&store, 25, &Options::default()).await;
    assert_eq!(condemned(&plan), garbage, "{:?}", plan.repositories[0].stop);
}

/// Nobody told the store of what it found to be needed here: the policy demanded nothing.
async fn what_was_condemned_and_is_needed_comes_back<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    let store = store.with_policy(wharf_registry::Policy::Sparse);
    put_blob(&store, "layer").await;
    run(&store, 25, &Options::default()).await;
    put(&store, &image("layer"), &["t"]).await.unwrap();
    let report = run(&store, 50, &Options::default()).await;
    assert_eq!((report.repositories.restored, report.repositories.swept.items), (1, 0));
    pull(&store, "t", "layer").await;
}

async fn a_deleted_blob_does_not_come_back<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    put_blob(&store, "secret").await;
    run(&store, 25, &Options::default()).await;
    put_blob(&store, "secret").await;
    store.delete_blob(&APP, &digest("secret")).await.unwrap();
    assert!(code(store.stat_blob(&APP, &digest("secret")).await).as_str().ends_with("UNKNOWN"));
}

/// A clock that was set back makes nothing due, and nothing is due a second too early.
#[test]
fn an_epoch_is_due_a_grace_later() {
    let (begin, second) = (std::time::SystemTime::UNIX_EPOCH, std::time::Duration::from_secs(1));
    let epoch = wharf_store::collect::Epoch::at(begin + HOUR);
    let is_due = |now| epoch.is_due(now, HOUR);
    assert!(is_due(begin + 2 * HOUR) && !is_due(begin + 2 * HOUR - second) && !is_due(begin));
    assert!(epoch.is_due(begin + HOUR, std::time::Duration::ZERO));
    assert!(!epoch.is_due(begin + HOUR - second, std::time::Duration::ZERO));
}

async fn there_is_one_collector_at_a_time<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    use wharf_store::Error;
    use wharf_store::collect::Collector;
    let first = collector(&store, 0).await;
    assert!(matches!(Collector::begin(&store).await, Err(Error::Collecting)));
    drop(first);
    Collector::begin(&store).await.unwrap();
}

/// A plan is data that somebody can change, by mistake.
async fn what_is_needed_stays_whatever_a_plan_says<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    put_image(&store, "image", &["t"]).await;
    put_blob(&store, "garbage").await;
    let collector = collector(&store, 1000).await;
    let mut plan = collector.plan(&no_grace()).await.unwrap();
    for needed in [digest("image"), image("image").digest().clone()] {
        let mut wrong = plan.repositories[0].condemn[0].clone();
        wrong.digest = needed;
        plan.repositories[0].condemn.push(wrong.clone());
        plan.repositories[0].sweep.push(wrong);
    }
    assert_eq!(collector.run(plan, &|_| ()).await.repositories.swept.items, 1);
    pull(&store, "t", "image").await;
}
