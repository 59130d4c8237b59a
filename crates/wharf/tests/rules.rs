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

/// A client cannot judge a condition together with the write, so a proxy does not pretend to.
const NOT_OFFERED: [&str; 2] =
    ["a tag is set where it points to what is expected", "a tag is set once by many who want it"];

async fn hold_through(client: impl Registry + 'static) {
    let report = exchange::all(&Served::new(Service::new(client))).await;
    // A server does not promise yet to list what a client keeps under a tag, and requests at once for one session of a
    // proxy meet in the registry behind it.
    let known =
        |rule: &&str| rule.contains("refer") || *rule == "chunks that come at once are taken one after the other";
    assert!(report.broken().iter().all(known), "{report}");
    assert_eq!(report.skipped(), NOT_OFFERED, "{report}");
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
