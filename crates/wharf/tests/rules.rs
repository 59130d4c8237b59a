//! The rules of the distribution-spec through a proxy: a server over a client over a server.

#![allow(clippy::unwrap_used, reason = "a test, and all data here is its own")]

use tokio::net::TcpListener;
use tokio::task::JoinSet;
use wharf::client::{Client, InProcess};
use wharf::registry::{Host, Registry};
use wharf::server::{Service, serve};
use wharf::store::{Store, layout::Directory};
use wharf::transport_hyper::Hyper;
use wharf_testkit::emulate::Served;
use wharf_testkit::exchange;

async fn hold_through(client: impl Registry + 'static) {
    let report = exchange::all(&Served::new(Service::new(client))).await;
    report.assert_kept();
    assert_eq!(report.skipped(), [""; 0], "{report}");
}

#[tokio::test]
async fn a_proxy_in_process() {
    let upstream = InProcess::new(Service::new(Store::memory()));
    hold_through(Client::new(upstream, Host::parse("upstream.test").unwrap()).unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_of_a_directory_over_sockets() {
    let directory = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = Host::parse(&listener.local_addr().unwrap().to_string()).unwrap();
    let mut tasks = JoinSet::new();
    let upstream = Service::new(Directory::create(directory.path()).unwrap());
    tasks.spawn(serve(listener, upstream, std::future::pending()));
    hold_through(Client::new(Hyper::new(), host).unwrap().plain_http()).await;
}
