//! The laws of registries over a client of a server: in one process, and over a socket. What the store obeys must still
//! hold when every call has been a request and every answer a response.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test, and all data here is its own")]

use tokio::net::TcpListener;
use wharf::client::{Client, InProcess};
use wharf::registry::{Host, Immutable, Observe, Overlay, Policy, Registry, Repository, Scoped};
use wharf::server::{Service, serve};
use wharf::store::{Store, layout::Directory};
use wharf::transport_hyper::Hyper;
use wharf_testkit::laws;

fn in_process(registry: impl Registry + 'static) -> Client {
    let host = Host::parse("registry.test").unwrap();
    Client::new(InProcess::new(Service::new(registry)), host).unwrap()
}

#[allow(clippy::disallowed_methods, reason = "the server ends with the test's runtime")]
async fn over_a_socket(registry: impl Registry + 'static) -> Client {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = Host::parse(&listener.local_addr().unwrap().to_string()).unwrap();
    tokio::spawn(serve(listener, Service::new(registry), std::future::pending()));
    Client::new(Hyper::new(), host).unwrap().plain_http()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_of_a_server_in_process() {
    laws::all(&in_process(Store::memory())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_of_a_server_over_a_socket() {
    laws::all(&over_a_socket(Store::memory()).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_of_a_server_of_a_directory_over_a_socket() {
    let directory = tempfile::tempdir().unwrap();
    laws::all(&over_a_socket(Directory::create(directory.path()).unwrap()).await).await;
}

/// A server of a client of a server is a proxy.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_of_a_proxy() {
    laws::all(&in_process(over_a_socket(Store::memory()).await)).await;
}

/// Wrappers that forbid nothing are seen by nobody.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_of_a_server_of_wrappers() {
    let scoped = Scoped::new(Immutable::matching(Store::memory(), []), Repository::from_static("some/where"));
    laws::all(&in_process(Observe::new(scoped, |_| ()).with_pulls().by("somebody"))).await;
}

/// What a cache cannot do it says, also over HTTP.
#[tokio::test]
async fn a_cache_takes_no_pushes() {
    let cache = in_process(Overlay::new(Store::memory().with_policy(Policy::Sparse), in_process(Store::memory())));
    let image = wharf_testkit::fixture::image(1, 1, 10);
    let blob = wharf::registry::Blob::from_bytes(image.layers[0].clone());
    let error = wharf::registry::Write::put_blob(&cache, &wharf_testkit::fixture::repository("app"), blob).await;
    assert!(error.unwrap_err().is_unsupported());
}
