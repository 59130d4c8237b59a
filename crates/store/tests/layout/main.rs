//! What OCI image layouts on disk promise.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests may fail as tests do"
)]

mod content;
mod directory;
mod disk;
mod foreign;
mod index;
mod opening;
mod planted;
mod race;
mod referrers;
mod scale;
mod support;
mod upload;
mod upload_crowd;

use wharf_store::layout::Directory;
use wharf_testkit::laws;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_directory_of_layouts_obeys_the_laws() {
    let directory = tempfile::tempdir().unwrap();
    laws::all(&Directory::create(directory.path()).unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_stores_over_one_directory_obey_the_law_of_sessions() {
    let directory = tempfile::tempdir().unwrap();
    let [one, other] = [(), ()].map(|()| Directory::create(directory.path()).unwrap());
    laws::upload::goes_on_elsewhere(&one, &other).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sparse_directory_obeys_the_laws_of_such() {
    let directory = tempfile::tempdir().unwrap();
    laws::sparse(&Directory::create(directory.path()).unwrap().with_policy(wharf_registry::Policy::Sparse)).await;
}
