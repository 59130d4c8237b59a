//! What cannot be read is never taken for what needs nothing.

use std::error::Error as _;

use wharf_registry::{Blob, Delete, Descriptor, Document, Index, MediaType, Policy, Read, Write};
use wharf_store::Store;
use wharf_store::collect::{CollectCas, CollectRefs, Options, Stop};

use crate::everywhere;
use crate::hooked::{Before, Hooked};
use crate::support::{APP, HOUR, digest, foreign, no_grace, plan, put, put_blob, put_image, run};

everywhere!(
    an_unknown_kind_stops_its_repository,
    an_unknown_kind_that_looks_like_another_stops_its_repository,
    an_unreadable_manifest_stops_its_repository,
    what_stops_later_stops_as_well,
    what_is_to_go_stops_nothing,
    what_nobody_names_stops_nothing,
    what_a_blob_of_nobody_leads_to_stops_when_it_is_named,
    an_index_that_says_something_else_of_a_manifest_stops_nothing,
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

/// What is in it beside that may lead somewhere as well. An index that names it says so, or it does itself.
async fn an_unknown_kind_that_looks_like_another_stops_its_repository<C: CollectCas, R: CollectRefs>(
    store: Store<C, R>,
) {
    put_blob(&store, "garbage").await;
    let bytes = format!(r#"{{"schemaVersion":2,"config":{},"layers":[]}}"#, descriptor("garbage"));
    let thing = Document::new(foreign().media_type().clone(), bytes.clone());
    put(&store, &thing, &["t"]).await.unwrap();
    let plan = plan(&store, 1000, &no_grace()).await;
    assert!(matches!(&plan.repositories[0].stop, Some(Stop::Kind { digest, .. }) if digest == thing.digest()));

    store.delete_manifest(&APP, thing.digest()).await.unwrap();
    store.put_blob(&APP, Blob::from_bytes(bytes)).await.unwrap();
    let index = Document::author(Index::new(vec![thing.descriptor()])).unwrap().into_raw();
    put(&store, &index, &["t"]).await.unwrap();
    stops(&store, |stop| matches!(stop, Stop::Kind { .. })).await;
}

fn descriptor(content: &str) -> String {
    format!(r#"{{"mediaType":"application/octet-stream","digest":"{}","size":{}}}"#, digest(content), content.len())
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
    run(&store, 25, &Options::default()).await;
    put(&store, &foreign(), &[]).await.unwrap();
    stops(&store, |stop| matches!(stop, Stop::Kind { .. })).await;
}

async fn what_is_to_go_stops_nothing<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    put_blob(&store, "garbage").await;
    assert_eq!(run(&store, 25, &Options::default()).await.repositories.condemned.items, 1);
    put(&store, &foreign(), &[]).await.unwrap();
    let report = run(&store, 100, &Options::default().with_untagged(HOUR)).await;
    assert_eq!((report.repositories.swept.items, report.repositories.condemned.items), (1, 1), "{report:?}");
    assert!(report.stopped.is_empty());
}

/// What looks like an index and was pushed as a blob; whoever may push could stop every collection with it.
fn hostile(media_type: &MediaType, child: &str) -> String {
    let child = Descriptor::new(media_type.clone(), digest(child), child.len() as u64);
    let index = Document::author(Index::new(vec![child])).unwrap();
    String::from_utf8(index.bytes().to_vec()).unwrap()
}

async fn what_nobody_names_stops_nothing<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    put_blob(&store, "garbage").await;
    let grace = Options::default().with_grace(HOUR);
    for media_type in [MediaType::IMAGE_MANIFEST, foreign().media_type().clone()] {
        let blob = hostile(&media_type, "garbage");
        store.put_blob(&APP, Blob::from_bytes(blob)).await.unwrap();
    }
    let plan = plan(&store, 0, &grace).await;
    assert!(plan.repositories[0].stop.is_none(), "{:?}", plan.repositories[0].stop);
}

/// What was not followed then is followed now.
async fn what_a_blob_of_nobody_leads_to_stops_when_it_is_named<C: CollectCas, R: CollectRefs>(store: Store<C, R>) {
    put_blob(&store, "garbage").await;
    put_blob(&store, "a thing").await;
    let index = hostile(foreign().media_type(), "a thing");
    store.put_blob(&APP, Blob::from_bytes(index.clone())).await.unwrap();
    let (hooked, hooks) = Hooked::over(&store);
    let names = store.clone();
    hooks.add(Before::Condemn, async move {
        put(&names, &Document::new(MediaType::IMAGE_INDEX, index), &["t"]).await.unwrap();
    });
    let report = run(&hooked, 1000, &no_grace().with_batch(1)).await;
    hooks.are_done();
    assert!(matches!(&report.stopped[..], [(_, Stop::Kind { .. })]), "{report:?}");
}

/// Whoever may push could stop every collection for ever, with an index that is in order but for this.
async fn an_index_that_says_something_else_of_a_manifest_stops_nothing<C: CollectCas, R: CollectRefs>(
    store: Store<C, R>,
) {
    put_blob(&store, "garbage").await;
    let image = put_image(&store, "image", &["t"]).await;
    for media_type in [MediaType::IMAGE_INDEX, foreign().media_type().clone()] {
        let child = Descriptor::new(media_type, image.digest().clone(), image.bytes().len() as u64);
        put(&store, &Document::author(Index::new(vec![child])).unwrap().into_raw(), &["index"]).await.unwrap();
        let plan = plan(&store, 1000, &no_grace()).await;
        assert!(plan.repositories[0].stop.is_none(), "{:?}", plan.repositories[0].stop);
        assert_eq!(plan.repositories[0].condemn.len(), 1, "its blob is none of it");
    }
}
