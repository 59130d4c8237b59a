//! What one request costs a service without any socket: time, and what is asked of the allocator.
//!
//! `serving NAME TIMES` does one of them so often and nothing else, for a tool that counts instructions.

#![allow(clippy::unwrap_used, reason = "all data here is its own")]
#![allow(clippy::print_stdout, reason = "a bench prints")]

use std::alloc::System;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Empty};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tokio::runtime::Runtime;
use tower_service::Service as _;
use wharf_benches::{Unit, Work, compare, table};
use wharf_registry::{Blob, Descriptor, Document, Manifest, MediaType, Precondition, Registry, Repository, Tag};
use wharf_server::Service;
use wharf_store::{Store, layout::Directory};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const APP: Repository = Repository::from_static("team/app");

/// Longer than a store waits before it believes that it would see the next change of a file.
const SETTLED: Duration = Duration::from_millis(200);

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let place = std::env::temp_dir().join(format!("wharf-serving-{}", std::process::id()));
    let requests = requests(&runtime, &place);
    let asked: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match asked.as_slice() {
        [name, times] => {
            let mut work = requests.into_iter().map(|(_, work)| work).find(|work| work.name() == name).unwrap();
            (0..times.parse().unwrap()).for_each(|_: u32| work.run());
        }
        _ => measure(requests),
    }
    std::fs::remove_dir_all(place).unwrap();
}

fn measure(requests: Vec<(&'static str, Work<'_>)>) {
    let (names, mut works): (Vec<_>, Vec<_>) = requests.into_iter().unzip();
    println!("\n| a request | allocations | grown or shrunk | bytes |\n|---|--:|--:|--:|");
    for (name, work) in names.iter().zip(&mut works) {
        work.run();
        let region = Region::new(ALLOCATOR);
        work.run();
        let stats = region.change();
        println!(
            "| {name}, {} | {} | {} | {} |",
            work.name(),
            stats.allocations,
            stats.reallocations,
            stats.bytes_allocated
        );
    }
    table("a request");
    for (name, work) in names.into_iter().zip(works) {
        compare(name, Unit::Things(1), vec![work]);
    }
}

/// An image behind each kind of store, and what is asked of it.
fn requests<'a>(runtime: &'a Runtime, place: &Path) -> Vec<(&'static str, Work<'a>)> {
    let (blob, config) =
        (Blob::from_bytes(vec![7; 1024]).descriptor().clone(), Descriptor::of(MediaType::IMAGE_CONFIG, b"{}"));
    let manifest = Document::author(Manifest::new(config, vec![blob.clone(); 8])).unwrap().into_raw();
    let stores = [
        (["memory-manifest", "memory-blob"], runtime.block_on(filled(Store::memory(), &manifest))),
        (["disk-manifest", "disk-blob"], runtime.block_on(filled(Directory::create(place).unwrap(), &manifest))),
    ];
    std::thread::sleep(SETTLED);
    let targets = [
        ("manifest by tag", "/v2/team/app/manifests/latest".into()),
        ("blob of 1 KiB", format!("/v2/team/app/blobs/{}", blob.digest)),
    ];
    let mut works = Vec::new();
    for (names, service) in stores {
        for (name, (title, target)) in names.into_iter().zip(&targets) {
            let (mut service, target) = (service.clone(), target.clone());
            works.push((*title, Work::new(name, move || runtime.block_on(ask(&mut service, &target)))));
        }
    }
    works
}

async fn filled(registry: impl Registry + 'static, manifest: &Document) -> Service {
    for blob in [Blob::from_bytes(vec![7; 1024]), Blob::from_bytes("{}")] {
        registry.put_blob(&APP, blob).await.unwrap();
    }
    registry.put_manifest(&APP, manifest, &[Tag::LATEST], &Precondition::Always).await.unwrap();
    Service::new(registry)
}

/// One request, and its answer to the last byte.
async fn ask(service: &mut Service, target: &str) {
    let request = Request::get(target).body(Empty::<Bytes>::new()).unwrap();
    let answer = service.call(request).await.unwrap();
    assert!(answer.status().is_success());
    std::hint::black_box(answer.into_body().collect().await.unwrap());
}
