//! Serves a registry: in memory or in a directory, read-only or not, on its own or as a cache of another.
//!
//! Shows: a back end, wrappers around it, and the server on top. Leaves out: TLS, and tokens, which
//! `guarded` shows.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "programs print")]

mod common;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use common::{Args, Failure};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use wharf::registry::{Immutable, Overlay, ReadOnly, Registry};
use wharf::server::{Service, serve};
use wharf::server_auth::Basic;
use wharf::store::{Cas, Refs, Store, layout::Directory};

const USAGE: &str =
    "serve [--listen ADDR] [--dir PATH] [--read-only] [--immutable-tags] [--upstream HOST] [--htpasswd FILE]";

fn main() -> ExitCode {
    let args =
        Args::parse(USAGE, &["--read-only", "--immutable-tags"], &["--listen", "--dir", "--upstream", "--htpasswd"], 0);
    common::main(run(&args))
}

async fn run(args: &Args) -> Result<(), Failure> {
    let address = args.value("--listen", |text| Ok::<_, Failure>(text.to_owned()));
    let address = address.unwrap_or_else(|| "127.0.0.1:5000".into());
    let registry = match args.value("--dir", |path| Ok::<_, Failure>(PathBuf::from(path))) {
        Some(path) => wrapped(args, Directory::create(&path)?)?,
        None => wrapped(args, Store::memory())?,
    };
    let service = match args.value("--htpasswd", common::users) {
        Some(users) => Service::new(registry).with_authorize(Basic::new(users, "registry").ok_or("not a realm")?),
        None => Service::new(registry),
    };
    let listener = TcpListener::bind(&address).await.map_err(|error| format!("cannot listen on {address}: {error}"))?;
    println!("listening on {}", listener.local_addr()?);
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let shutdown = async move {
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
    };
    serve(listener, service, shutdown).await;
    Ok(())
}

/// The policies that were asked for, around a store.
fn wrapped<C: Cas, R: Refs>(args: &Args, store: Store<C, R>) -> Result<Arc<dyn Registry>, Failure> {
    let registry: Arc<dyn Registry> = match args.value("--upstream", common::upstream) {
        Some(upstream) => Arc::new(Overlay::new(store.sparse(), upstream)),
        None => Arc::new(store),
    };
    let registry = if args.has("--immutable-tags") { Arc::new(Immutable::new(registry)) } else { registry };
    Ok(if args.has("--read-only") { Arc::new(ReadOnly::new(registry)) } else { registry })
}
