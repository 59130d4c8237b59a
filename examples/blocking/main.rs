//! Pushes an image and pulls it back over plain sockets: no async runtime, no HTTP library, no client of this workspace.
//!
//! Shows: the wire as data. The machines in `auth` and `upload` say what to do next, and are told what became of it and
//! what time it is; a loop of a few lines does it. Whatever carries a request, be it blocking, in a browser or on a device,
//! can drive them in the same way. Leaves out: TLS, redirects, and blobs that do not fit into memory.
//!
//! Without `--to`, the image goes to a registry of its own on a port of this machine.

#![allow(clippy::print_stdout, reason = "programs print")]

#[path = "../common/mod.rs"]
mod common;
mod exchange;
mod registry;

use std::process::ExitCode;

use common::{Args, Failure, image};
use registry::Registry;
use tokio::net::TcpListener;
use wharf::distribution::{Credential, Secret};
use wharf::registry::{Digest, Host, Manifest, Reference, Repository, Tag};
use wharf::server::{Service, serve};
use wharf::store::Store;

const USAGE: &str =
    "blocking [--to REFERENCE] [--user NAME] [--token-service HOST]  (the password is read from the variable PASSWORD)";

fn main() -> ExitCode {
    let args = Args::parse(USAGE, &[], &["--to", "--user", "--token-service"], 0);
    common::main(run(args))
}

/// The runtime is for the registry of this program alone.
#[allow(clippy::disallowed_methods, reason = "a program decides where its servers run")]
async fn run(args: Args) -> Result<(), Failure> {
    let own = TcpListener::bind("127.0.0.1:0").await?;
    let here = Host::parse(&own.local_addr()?.to_string())?;
    tokio::spawn(serve(own, Service::new(Store::memory()), std::future::pending()));
    tokio::task::spawn_blocking(move || push_and_pull(&args, here)).await?
}

fn push_and_pull(args: &Args, here: Host) -> Result<(), Failure> {
    let (host, repository, tag) = match args.value("--to", Reference::parse) {
        Some(name) => (name.host().clone(), name.repository().clone(), name.tag().cloned().unwrap_or(Tag::LATEST)),
        None => (here, Repository::from_static("team/app"), Tag::LATEST),
    };
    let mut registry = Registry::new(&host, &repository)?;
    if let Some(user) = args.value("--user", |name| Ok::<_, Failure>(name.to_owned())) {
        registry = registry.with_credential(Credential::basic(user, Secret::new(std::env::var("PASSWORD")?)));
    }
    if let Some(service) = args.value("--token-service", Host::parse) {
        registry = registry.trusting(&service)?;
    }

    let image = image::tiny()?;
    for blob in [&image.layer, image.config.bytes()] {
        println!("blob     {}  {}", Digest::of(blob), registry.push(blob)?);
    }
    registry.put_manifest(&image.manifest.clone().into_raw(), &tag)?;
    println!("manifest {}  stored as {tag}", image.manifest.digest());

    let manifest = registry.manifest(&tag)?.decode::<Manifest>()?;
    let parts = manifest.view().layers.iter().chain([&manifest.view().config]);
    let bytes: usize = parts.map(|part| registry.blob(part).map(|blob| blob.len())).sum::<Result<_, _>>()?;
    println!("pulled   {bytes} bytes, each of them verified");
    println!("{}", manifest.digest());
    Ok(())
}
