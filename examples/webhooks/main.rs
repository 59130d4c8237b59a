//! Serves a registry that tells a URL what happens to it: notifications as the registry of the distribution project posts
//! them, and beside that where a tag pointed before.
//!
//! Shows: `Observe`, and what belongs behind its sink, which must not wait: a queue that is bounded, a count of what did
//! not fit, and a task that posts, again and again when the receiver is away. Leaves out: storage that lasts, finding
//! out who asks (without `Service::with_authorize` it is anybody), signing what is posted, and a queue that outlives the
//! program.
//!
//! Without `--url`, everything happens on this machine: a receiver that is away at first, and a push, a tag that is
//! overwritten, and a deletion, each told.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "programs print")]

#[path = "../common/mod.rs"]
mod common;
mod envelope;
mod queue;
mod receiver;

use std::process::ExitCode;
use std::sync::Arc;

use common::{Args, Failure, image};
use queue::Queue;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use wharf::client::Client;
use wharf::registry::{
    Blob, Delete, Document, Host, Manifest, Observe, Precondition, Read, Registry, Repository, Tag, Write,
};
use wharf::server::{Identity, Service, serve};
use wharf::store::{Store, memory};
use wharf::transport_hyper::Hyper;

const USAGE: &str = "webhooks [--listen ADDR --url URL]";

static APP: Repository = Repository::from_static("team/app");

type Observed = Observe<Store<memory::Blobs, memory::Names>>;

fn main() -> ExitCode {
    let args = Args::parse(USAGE, &[], &["--listen", "--url"], 0);
    common::main(common::unless_interrupted(run(args)))
}

async fn run(args: Args) -> Result<(), Failure> {
    let Some(url) = args.value("--url", |url| url.parse::<http::Uri>()) else { return demonstrate().await };
    let address = args.value("--listen", |text| Ok::<_, Failure>(text.to_owned()));
    let listener = TcpListener::bind(address.unwrap_or_else(|| "127.0.0.1:5000".into())).await?;
    println!("listening on {}", listener.local_addr()?);
    let (registry, _) = observed(url);
    let each = move |who: &Identity| -> Arc<dyn Registry> { Arc::new(registry.by(who.name().unwrap_or("anybody"))) };
    serve(listener, Service::per_identity(each), std::future::pending()).await;
    Ok(())
}

/// A registry in memory, and the queue from which it is told to `url` what happens.
fn observed(url: http::Uri) -> (Observed, Arc<Queue>) {
    let queue = Queue::post_to(url);
    let sink = Arc::clone(&queue);
    (Observe::new(Store::memory(), move |event| sink.push(event)), queue)
}

#[allow(clippy::disallowed_methods, reason = "a program decides where its servers run")]
async fn demonstrate() -> Result<(), Failure> {
    let (told, mut notifications) = mpsc::channel(100);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/hook", listener.local_addr()?).parse()?;
    tokio::spawn(receiver::run(listener, told));
    let (registry, queue) = observed(url);

    let alice = client_of(registry.by("alice")).await?;
    let first = push(&alice, "first", &Tag::LATEST).await?;
    let bob = client_of(registry.by("bob")).await?;
    let second = push(&bob, "second", &Tag::LATEST).await?;
    bob.delete_tag(&APP, &Tag::LATEST).await?;

    // Each push is of two blobs, a manifest and its tag.
    let mut overwritten = false;
    for _ in 0..9 {
        let notification = notifications.recv().await.ok_or("the receiver is gone")?;
        println!("{}", told_as(&notification));
        let previous = notification.pointer("/target/previous").and_then(Value::as_str);
        overwritten |= previous == Some(&first.digest().to_string())
            && notification.pointer("/target/digest").and_then(Value::as_str) == Some(&second.digest().to_string());
    }
    println!("9 were told, {} posts were repeated, {} did not fit", queue.repeated(), queue.dropped());
    match overwritten {
        true => Ok(()),
        false => Err("nobody was told that the tag was overwritten".into()),
    }
}

/// The registry on a free port, and a client of it.
#[allow(clippy::disallowed_methods, reason = "a program decides where its servers run")]
async fn client_of(registry: Observed) -> Result<Client, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let host = Host::parse(&listener.local_addr()?.to_string())?;
    tokio::spawn(serve(listener, Service::new(registry), std::future::pending()));
    Ok(Client::new(Hyper::new(), host)?.plain_http())
}

/// Pushes an image that bears this title.
async fn push(registry: &Client, title: &str, tag: &Tag) -> Result<Document<Manifest>, Failure> {
    let image = image::tiny()?;
    let mut manifest = image.manifest.view().clone();
    manifest.annotations.insert("org.opencontainers.image.title".into(), title.into());
    let manifest = Document::author(manifest)?;
    registry.put_blob(&APP, Blob::from_bytes(image.layer)).await?;
    registry.put_blob(&APP, Blob::from_bytes(image.config.bytes().clone())).await?;
    registry.put_manifest(&APP, &manifest.clone().into_raw(), std::slice::from_ref(tag), &Precondition::Always).await?;
    let found = registry.resolve(&APP, &tag.clone().into()).await?;
    println!("pushed {}/{APP}:{tag}, {title}: {}", registry.host(), found.digest);
    Ok(manifest)
}

/// A notification in one line.
fn told_as(notification: &Value) -> String {
    let text = |path: &str| notification.pointer(path).and_then(Value::as_str).unwrap_or("-");
    let (who, action, target) = (text("/actor/name"), text("/action"), text("/target/repository"));
    let (tag, digest, previous) = (text("/target/tag"), text("/target/digest"), text("/target/previous"));
    let short = |digest: &str| digest.chars().take("sha256:".len() + 12).collect::<String>();
    format!("told: {who} {action} {target} tag {tag} digest {} previous {}", short(digest), short(previous))
}
