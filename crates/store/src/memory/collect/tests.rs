#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests may fail as tests do")]

use std::time::Duration;

use super::super::Blobs;
use super::*;
use crate::collect::{CollectCas, Lease as _};
use crate::{Cas, Ingest, Refs};

const APP: Repository = Repository::from_static("app");

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

/// To whom all content is old.
fn to_condemn(seconds: u64) -> Condemn {
    let before = at(u64::from(u32::MAX));
    Condemn { digests: vec![Digest::of(b"content")], before, epoch: Epoch::at(at(seconds)) }
}

fn to_sweep(seconds: u64) -> Sweep {
    Sweep { digests: vec![Digest::of(b"content")], until: Epoch::at(at(seconds)) }
}

/// What was condemned once is not condemned again, and not swept before its time.
#[tokio::test]
async fn what_is_condemned_is_swept_when_its_epoch_is_due() {
    let (names, all) = (Names::default(), || Outcome::Done(vec![Digest::of(b"content")]));
    names.link(&APP, &Digest::of(b"content")).await.unwrap();
    let condemn = async |seconds| names.condemn(&APP, to_condemn(seconds), Arc::default()).await.unwrap();
    let sweep = async |seconds| names.sweep(&APP, to_sweep(seconds), Arc::default()).await.unwrap();
    assert_eq!([condemn(100).await, condemn(200).await], [all(), Outcome::Done(Vec::new())]);
    assert_eq!([sweep(99).await, sweep(100).await], [Outcome::Done(Vec::new()), all()]);

    let (blobs, all) = (Blobs::default(), vec![Digest::of(b"content")]);
    let mut writer = blobs.ingest(wharf_registry::Algorithm::SHA256).await.unwrap();
    writer.write(vec!["content".into()]).await.unwrap();
    writer.commit(&all[0]).await.unwrap();
    let condemned = [100, 200].map(|seconds| CollectCas::condemn(&blobs, to_condemn(seconds)));
    let condemned = futures_util::future::try_join_all(condemned).await.unwrap();
    assert_eq!(condemned, [all.clone(), Vec::new()]);
    let swept = [99, 100].map(|seconds| CollectCas::sweep(&blobs, to_sweep(seconds)));
    assert_eq!(futures_util::future::try_join_all(swept).await.unwrap(), [Vec::new(), all]);
}

/// It has another grace.
#[tokio::test]
async fn what_comes_back_is_young() {
    let names = Names { clock: Clock::new(|| at(1000)), ..Names::default() };
    names.link(&APP, &Digest::of(b"content")).await.unwrap();
    let condemn = Condemn { before: at(1001), ..to_condemn(100) };
    names.condemn(&APP, condemn, Arc::default()).await.unwrap();
    let later = Names { clock: Clock::new(|| at(2000)), ..names };
    assert!(later.linked(&APP, &Digest::of(b"content")).await.unwrap());
    assert_eq!(CollectRefs::content(&later, &APP).await.unwrap()[0].touched, at(2000));
}

#[tokio::test]
async fn leases_that_have_ended_do_not_pile_up() {
    let names = Names::default();
    let mut kept = names.lease(&APP).await.unwrap();
    kept.hold(&Digest::of(b"content")).await.unwrap();
    for _ in 0..100 {
        drop(names.lease(&APP).await.unwrap());
    }
    assert_eq!(names.repositories.read()[&APP].leases.len(), 2, "one that is held, and the last one");
    assert_eq!(names.roots(&APP).await.unwrap(), [Root::Leased(Digest::of(b"content"))]);
}
