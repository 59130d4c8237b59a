//! Two at a time: what is judged and written is one step.

use tokio::task::JoinSet;
use wharf_registry::{Blob, ErrorCode, Precondition, Write};
use wharf_store::Store;

use crate::{APP, code, image, manifest, tag};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_pushers_to_an_unset_tag_one_wins() {
    let store = Store::memory();
    for config in ["one", "two"] {
        store.put_blob(&APP, Blob::from_bytes(config)).await.unwrap();
    }
    for round in 0..200 {
        let name = tag(&format!("r{round}"));
        let mut pushers = JoinSet::new();
        for config in ["one", "two"] {
            let (store, tags) = (store.clone(), [name.clone()]);
            pushers.spawn(async move {
                let manifest = image(config);
                store.put_manifest(&APP, &manifest, &tags, &Precondition::Unset).await.map(|()| manifest)
            });
        }
        let (won, lost): (Vec<_>, Vec<_>) = pushers.join_all().await.into_iter().partition(Result::is_ok);
        let [Ok(winner)] = &won[..] else { panic!("{} winners", won.len()) };
        assert_eq!(manifest(&store, name).await.unwrap(), *winner);
        assert!(lost.into_iter().all(|lost| code(lost) == ErrorCode::DENIED));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_move_a_tag_from_the_same_place_one_wins() {
    let store = Store::memory();
    for config in ["old", "one", "two"] {
        store.put_blob(&APP, Blob::from_bytes(config)).await.unwrap();
    }
    let from_old = Precondition::PointsTo(image("old").digest().clone());
    for _ in 0..200 {
        store.put_manifest(&APP, &image("old"), &[tag("t")], &Precondition::Always).await.unwrap();
        let mut pushers = JoinSet::new();
        for config in ["one", "two"] {
            let (store, from_old) = (store.clone(), from_old.clone());
            pushers.spawn(async move { store.put_manifest(&APP, &image(config), &[tag("t")], &from_old).await });
        }
        assert_eq!(pushers.join_all().await.iter().filter(|result| result.is_ok()).count(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_blob_from_many_is_one_blob() {
    let store = Store::memory();
    let mut pushers = JoinSet::new();
    for _ in 0..32 {
        let store = store.clone();
        pushers.spawn(async move { store.put_blob(&APP, Blob::from_bytes("same")).await });
    }
    assert!(pushers.join_all().await.iter().all(Result::is_ok));
    assert_eq!(crate::read(&store, &APP, &crate::described(b"same").digest).await.unwrap(), b"same");
}
