//! What cannot be read is never taken for what needs nothing.

use std::error::Error as _;
use std::time::Duration;

use wharf_registry::{Document, MediaType, Policy, Read};
use wharf_store::Store;
use wharf_store::collect::{CollectCas, CollectRefs, Lease, Stop};

use crate::everywhere;
use crate::support::{APP, digest, foreign, no_grace, plan, put, put_blob, put_image, run};

everywhere!(
    an_unknown_kind_stops_its_repository,
    an_unreadable_manifest_stops_its_repository,
    what_stops_later_stops_as_well,
    what_is_held_is_read_as_what_it_is_recorded_as,
);

/// The one repository is not collected for this reason, and the garbage in it stays.
async fn stops<C: CollectCas, R: CollectRefs>(store: &Store<C, R>, is: fn(&Stop) -> bool) {
    let plan = plan(store, 1000, &no_grace()).await;
    let stop = plan.repositories[0].stop.as_ref().unwrap();
    assert!(is(stop), "{stop:?}");
    assert!(!stop.to_string().is_empty());
    assert!(plan.repositories[0].condemn.is_empty() && plan.repositories[0].sweep.is_empty());
    let report = run(store, 1000, &no_grace()).await;
    assert!(matches!(&report.stopped[..], [(Some(repository), _)] if *repository == APP));
    assert_eq!(report.repositories.condemned.items, 0);
    store.stat_blob(&APP, &digest("garbage")).await.unwrap();
}

async fn an_unknown_kind_stops_its_repository<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    put_blob(&store, "garbage").await;
    put(&store, &foreign(), &["t"]).await.unwrap();
    stops(&store, |stop| matches!(stop, Stop::Kind { digest, .. } if digest == foreign().digest())).await;
}

async fn an_unreadable_manifest_stops_its_repository<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    let store = store.with_policy(Policy::Lenient);
    put_blob(&store, "garbage").await;
    put(&store, &Document::new(MediaType::IMAGE_MANIFEST, "{ no manifest"), &[]).await.unwrap();
    stops(&store, |stop| matches!(stop, Stop::Manifest { source, .. } if source.source().is_some())).await;
}

/// What was condemned before stays condemned, and is served.
async fn what_stops_later_stops_as_well<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    put_blob(&store, "garbage").await;
    put_image(&store, "image", &["t"]).await;
    run(&store, 25, &wharf_store::collect::Options::default()).await;
    put(&store, &foreign(), &[]).await.unwrap();
    stops(&store, |stop| matches!(stop, Stop::Kind { .. })).await;
}

/// By its bytes it is no manifest, and without a lease it would go as an untagged one.
async fn what_is_held_is_read_as_what_it_is_recorded_as<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    let store = store.with_policy(Policy::Lenient);
    let broken = Document::new(MediaType::IMAGE_MANIFEST, "{ no manifest");
    put(&store, &broken, &[]).await.unwrap();
    let mut lease = store.lease(&APP).await.unwrap();
    assert!(lease.hold(broken.digest()).await.unwrap());
    let report = run(&store, 1000, &no_grace().with_untagged(Duration::ZERO)).await;
    assert!(matches!(&report.stopped[..], [(_, Stop::Manifest { digest, .. })] if digest == broken.digest()));
}
