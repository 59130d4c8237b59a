//! Serves the files of a folder as artifacts: `oras pull --plain-http localhost:5000/docs/guide.txt:latest`.
//!
//! Shows: a back end of one's own, of which most is left to the defaults. Leaves out: names that no repository can have,
//! such as those with capital letters; their files are not served. What is linked into the folder is served, too.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "programs print")]

#[path = "../common/mod.rs"]
mod common;
#[allow(clippy::unwrap_used, reason = "a lock that nobody poisons, and documents that this program makes")]
#[allow(unreachable_pub, reason = "a module of a program has no public but the program")]
mod folder;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;

use common::{Args, Failure};
use folder::Folder;
use tokio::net::TcpListener;
use wharf::client::Client;
use wharf::registry::{Host, Limits, Manifest, Read, Repository, Tag, annotation};
use wharf::server::{Service, serve};
use wharf::transport_hyper::Hyper;

const USAGE: &str = "folder DIR [--listen ADDR]";

fn main() -> ExitCode {
    let is_alone = std::env::args().len() < 2;
    let args = Args::parse(USAGE, &[], &["--listen"], usize::from(!is_alone));
    common::main(common::unless_interrupted(async move { if is_alone { check().await } else { run(&args).await } }))
}

async fn run(args: &Args) -> Result<(), Failure> {
    let root = args.name(0);
    let address = args.value("--listen", |text| Ok::<_, Failure>(text.to_owned()));
    let listener = TcpListener::bind(address.as_deref().unwrap_or("127.0.0.1:5000")).await?;
    println!("serving {root} on {}", listener.local_addr()?);
    serve(listener, Service::new(folder(Path::new(root))), std::future::pending()).await;
    Ok(())
}

fn folder(root: &Path) -> Folder {
    Folder { root: root.into(), hashed: Mutex::default() }
}

/// Serves a folder on a free port and pulls a file out of it, and nothing from beside it.
#[allow(clippy::disallowed_methods, reason = "a program decides where its servers run")]
async fn check() -> Result<(), Failure> {
    let directory = tempfile::tempdir()?;
    let root = directory.path().join("served");
    tokio::fs::create_dir_all(root.join("docs")).await?;
    tokio::fs::write(root.join("docs/guide.txt"), "how to").await?;
    tokio::fs::write(directory.path().join("secret"), "not served").await?;

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let host = Host::parse(&listener.local_addr()?.to_string())?;
    println!("1. serving a folder on {host}");
    tokio::spawn(serve(listener, Service::new(folder(&root)), std::future::pending()));

    let (client, guide) = (Client::new(Hyper::new(), host)?.plain_http(), Repository::parse("docs/guide.txt")?);
    let manifest = client.manifest(&guide, &Tag::LATEST.into()).await?.decode::<Manifest>()?;
    let layer = manifest.view().layers.first().ok_or("there is no layer")?;
    println!(
        "2. {guide} is the artifact {}, a file called {:?}",
        manifest.digest(),
        layer.annotations.get(annotation::TITLE)
    );
    let content = client.blob(&guide, &layer.digest).await?.into_bytes(&Limits::default()).await?;
    if content != "how to" {
        return Err("the file came back as something else".into());
    }
    println!("3. pulled {} bytes, verified", content.len());

    for outside in ["../secret", "docs/../../secret", "/secret", "docs//guide.txt"] {
        if Repository::parse(outside).is_ok() {
            return Err(format!("{outside} is a name").into());
        }
    }
    if client.manifest(&Repository::parse("secret")?, &Tag::LATEST.into()).await.is_ok() {
        return Err("a file beside the folder is served".into());
    }
    println!("4. what lies beside the folder has no name");
    Ok(())
}
