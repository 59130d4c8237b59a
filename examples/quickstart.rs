//! The life of an image, on this machine alone: built, pushed, resolved, promoted by digest, pulled, verified.
//!
//! Shows: the whole workspace in one program. Leaves out: TLS, credentials, real layers.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "programs print")]

mod common;

use std::process::ExitCode;

use common::Failure;
use common::image::{self, Image};
use futures_util::TryStreamExt;
use tokio::net::TcpListener;
use wharf::client::Client;
use wharf::registry::{
    Blob, Digest, Document, Host, Limits, Manifest, Precondition, Read, Registry, Repository, Tag, TagOrDigest, walk,
};
use wharf::server::{Service, serve};
use wharf::store::{Store, layout, layout::Layout};
use wharf::transfer::{Options, Source, Target, copy};
use wharf::transport_hyper::Hyper;

static APP: Repository = Repository::from_static("team/app");

fn main() -> ExitCode {
    common::main(common::unless_interrupted(quickstart()))
}

async fn quickstart() -> Result<(), Failure> {
    let directory = tempfile::tempdir()?;
    let staging = start_registry().await?;
    let production = start_registry().await?;
    println!("1. serving two registries: staging on {}, production on {}", staging.host(), production.host());

    let image = push(&staging).await?;
    println!("2. pushed {}/{APP}:candidate, {} bytes of manifest", staging.host(), image.bytes().len());

    let candidate = TagOrDigest::Tag(Tag::parse("candidate")?);
    let digest = staging.resolve(&APP, &candidate).await?.digest;
    println!("3. the tag stands for {digest}");

    let release = [Tag::parse("1.0")?];
    let (from, to) = (Source::new(&staging, &APP), Target::new(&production, &APP));
    let report = copy(from, &digest.clone().into(), to, &release, &Options::default(), &|_| ()).await?;
    println!(
        "4. promoted that digest to {}/{APP}:1.0, {} blobs, {} bytes",
        production.host(),
        report.blobs,
        report.bytes
    );

    let layout = Layout::create(directory.path())?;
    let (from, to) = (Source::new(&production, &APP), Target::new(&layout, &layout::REPOSITORY));
    copy(from, &release[0].clone().into(), to, &release, &Options::default(), &|_| ()).await?;
    println!("5. pulled {APP}:1.0 into an OCI layout");

    let (documents, blobs) = verify(&layout, &layout::REPOSITORY, &release[0].clone().into(), &digest).await?;
    println!("6. verified {documents} manifest and {blobs} blobs against their digests");
    println!("{digest}");
    Ok(())
}

/// An empty registry in memory, served on a free port, and a client of it.
#[allow(clippy::disallowed_methods, reason = "a program decides where its servers run")]
async fn start_registry() -> Result<Client, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let host = Host::parse(&listener.local_addr()?.to_string())?;
    tokio::spawn(serve(listener, Service::new(Store::memory()), std::future::pending()));
    Ok(Client::new(Hyper::new(), host)?.plain_http())
}

/// Pushes a small image: blobs first, then the manifest with its tag.
async fn push(registry: &dyn Registry) -> Result<Document<Manifest>, Failure> {
    let Image { layer, config, manifest } = image::tiny()?;
    registry.put_blob(&APP, Blob::from_bytes(layer)).await?;
    registry.put_blob(&APP, Blob::from_bytes(config.bytes().clone())).await?;
    let tags = [Tag::parse("candidate")?];
    registry.put_manifest(&APP, &manifest.clone().into_raw(), &tags, &Precondition::Always).await?;
    Ok(manifest)
}

/// Reads everything again; a blob's stream ends with an error unless its bytes are what its digest says.
async fn verify(
    registry: &dyn Registry,
    repository: &Repository,
    which: &TagOrDigest,
    digest: &Digest,
) -> Result<(usize, usize), Failure> {
    let root = walk::decode(registry.manifest(repository, which).await?, &Limits::default())?;
    if root.digest() != digest {
        return Err("the layout's tag stands for something else".into());
    }
    let tree = walk::walk(registry, repository, root, &Limits::default(), |_| walk::Visit::Enter).await?;
    for blob in &tree.blobs {
        registry.blob(repository, &blob.digest).await?.try_for_each(|_| std::future::ready(Ok(()))).await?;
    }
    Ok((tree.documents.len(), tree.blobs.len()))
}
