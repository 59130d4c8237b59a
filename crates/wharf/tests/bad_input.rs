//! What a copy does with a server that lies, breaks off or lacks something, over a real socket and into a layout on
//! disk: one error that names the side and its cause, nothing half-written to be seen, and the same copy again goes on
//! where it stopped.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test, and all data here is its own")]

use std::error::Error as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use tokio::net::TcpListener;
use wharf::client::{Client, Retry};
use wharf::registry::{Digest, Error, ErrorCode, Host, Operation, Tag, TagOrDigest};
use wharf::server::{Service, serve};
use wharf::store::layout::{self, Layout};
use wharf::store::{Store, memory};
use wharf::transfer::{self, BlobState, Options, Report, Side, Source, Target};
use wharf::transport_hyper::Hyper;
use wharf_testkit::{Fault, Faulty, fixture};

type Registry = Faulty<Store<memory::Blobs, memory::Names>>;

/// A registry with an image, served over a socket by a server that hands out what the registry gives it.
struct Bench {
    registry: Arc<Registry>,
    client: Client,
    directory: tempfile::TempDir,
}

const LAYERS: usize = 3;
const LAYER: usize = 300_000;

impl Bench {
    #[allow(clippy::disallowed_methods, reason = "the server ends with the test's runtime")]
    async fn new() -> Self {
        let registry = Arc::new(Faulty::new(Store::memory()));
        let image = fixture::image(7, LAYERS, LAYER);
        fixture::push(&*registry, &fixture::repository("app"), &image, &fixture::tag("1")).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = Host::parse(&listener.local_addr().unwrap().to_string()).unwrap();
        let service = Service::new(Arc::clone(&registry)).unverified();
        tokio::spawn(serve(listener, service, std::future::pending()));
        // A fault passes with the request that meets it: what is made again would not show it.
        let client = Client::new(Hyper::new(), host).unwrap().plain_http().with_retry(Retry::none());
        Self { registry, client, directory: tempfile::tempdir().unwrap() }
    }

    async fn copy(&self, tag: &str) -> Result<Report, transfer::Error> {
        let (repository, layout) = (fixture::repository("app"), Layout::create(self.path()).unwrap());
        let (from, to) = (Source::new(&self.client, &repository), Target::new(&layout, &layout::REPOSITORY));
        let options = Options::default().with_jobs(1.try_into().unwrap());
        transfer::copy(from, &TagOrDigest::parse(tag).unwrap(), to, &[Tag::LATEST], &options, &|_| ()).await
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Every file that has a digest for a name has that digest, no file waits elsewhere, and no tag is set.
    fn assert_only_whole_content(&self) {
        let files = |name: &str| fs::read_dir(self.path().join(name)).into_iter().flatten().map(Result::unwrap);
        for file in files("blobs/sha256") {
            let name = file.file_name().into_string().unwrap();
            assert_eq!(Digest::of(&fs::read(file.path()).unwrap()).to_string(), format!("sha256:{name}"));
        }
        assert_eq!(files("ingest").count(), 0, "temporary files are gone");
        let index = fs::read_to_string(self.path().join("index.json")).unwrap();
        assert!(!index.contains("latest"), "{index}");
    }

    /// The copy goes through now, and moves only what is missing.
    async fn assert_goes_on(&self) {
        let there = fs::read_dir(self.path().join("blobs/sha256")).into_iter().flatten().count();
        let report = self.copy("1").await.unwrap();
        assert_eq!(report.blobs, LAYERS + 1 - there, "what was there is not fetched again");
    }
}

/// The chain of causes in one line.
fn chain(error: &transfer::Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        line = format!("{line}: {error}");
        cause = error.source();
    }
    line
}

async fn broken_blob(fault: Fault, expected: &str) {
    let bench = Bench::new().await;
    bench.registry.after(Operation::GetBlob, 2, fault);
    let error = bench.copy("1").await.unwrap_err();
    assert_eq!(error.side(), Side::Source, "{}", chain(&error));
    assert!(chain(&error).contains(expected), "{}", chain(&error));
    assert!(!chain(&error).contains('\n'), "one line");
    bench.assert_only_whole_content();
    bench.assert_goes_on().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_bytes_from_the_server() {
    broken_blob(Fault::Corrupt(LAYER as u64 / 2), "digest mismatch: expected sha256:").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_breaks_off() {
    broken_blob(Fault::Cut(100_000), "the connection was closed").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_ends_early() {
    broken_blob(Fault::Truncate(100_000), "source: cannot read blob sha256:").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registry_out_of_order() {
    broken_blob(Fault::Refuse(ErrorCode::UNAVAILABLE), "UNAVAILABLE").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_tag() {
    let bench = Bench::new().await;
    let error = bench.copy("no-such-tag").await.unwrap_err();
    assert_eq!((error.side(), error.code()), (Side::Source, Some(&ErrorCode::MANIFEST_UNKNOWN)));
    assert!(chain(&error).starts_with("source: cannot resolve no-such-tag: "), "{}", chain(&error));
    bench.assert_only_whole_content();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_manifest_that_is_another() {
    let bench = Bench::new().await;
    let other = Digest::of(b"something else");
    let error = bench.copy(&other.to_string()).await.unwrap_err();
    assert_eq!(error.side(), Side::Source);
    assert!(error.registry().is_some_and(Error::is_not_found), "{}", chain(&error));
}

/// A copy that is given up in the middle leaves whole blobs and no tag.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_that_is_given_up() {
    let bench = Bench::new().await;
    let (repository, layout) = (fixture::repository("app"), Layout::create(bench.path()).unwrap());
    let (from, to) = (Source::new(&bench.client, &repository), Target::new(&layout, &layout::REPOSITORY));
    let options = Options::default().with_jobs(1.try_into().unwrap());
    let plan = transfer::plan(from, &fixture::tag("1").into(), to, &options).await.unwrap();
    assert!(plan.blobs().iter().all(|blob| blob.state == BlobState::Missing));
    let (stop, mut stopped) = tokio::sync::mpsc::unbounded_channel();
    let progress = |event: transfer::Event<'_>| {
        if let transfer::Event::BlobDone { .. } = event {
            stop.send(()).unwrap();
        }
    };
    tokio::select! {
        biased;
        _ = stopped.recv() => {}
        ended = plan.run(from, to, &[Tag::LATEST], &progress) => panic!("it ended: {ended:?}"),
    }
    drop(layout);
    bench.assert_goes_on().await;
}
