//! Serves a registry: in memory or in a directory, read-only or not, on its own or as a cache of another.
//!
//! Shows: a back end, wrappers around it, and the server on top, in plain or over TLS. Leaves out: authentication.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "programs print")]

mod common;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use common::{Args, Failure, Tls, asked_to_stop};
use tokio::net::TcpListener;
use wharf::client::Client;
use wharf::registry::{Immutable, Overlay, ReadOnly, Registry};
use wharf::server::{Server, Service};
use wharf::store::{Cas, Refs, Store, layout::Directory};

const USAGE: &str =
    "serve [--listen ADDR] [--dir PATH] [--read-only] [--immutable-tags] [--upstream HOST] [--tls CERT KEY]";

fn main() -> ExitCode {
    let flags = ["--listen", "--dir", "--upstream", "--tls", "--tls"];
    let args = Args::parse(USAGE, &["--read-only", "--immutable-tags"], &flags, 0);
    common::main(run(&args))
}

async fn run(args: &Args) -> Result<(), Failure> {
    let address = args.value("--listen", |text| Ok::<_, Failure>(text.to_owned()));
    let address = address.unwrap_or_else(|| "127.0.0.1:5000".into());
    let registry = match args.value("--dir", |path| Ok::<_, Failure>(PathBuf::from(path))) {
        Some(path) => wrapped(args, Directory::create(&path)?)?,
        None => wrapped(args, Store::memory())?,
    };
    let tls = args.pair("--tls").map(|(chain, key)| Tls::read(Path::new(chain), Path::new(key))).transpose()?;
    let listener = TcpListener::bind(&address).await.map_err(|error| format!("cannot listen on {address}: {error}"))?;
    let shutdown = asked_to_stop()?;
    println!("listening on {}", listener.local_addr()?);
    let (server, service) = (Server::default(), Service::new(registry));
    match tls {
        Some(tls) => server.serve_with(listener, |stream| tls.clone().handshake(stream), service, shutdown).await,
        None => server.serve(listener, service, shutdown).await,
    }
    Ok(())
}

/// The policies that were asked for, around a store.
fn wrapped<C: Cas, R: Refs>(args: &Args, store: Store<C, R>) -> Result<Arc<dyn Registry>, Failure> {
    let registry: Arc<dyn Registry> = match args.value("--upstream", common::upstream) {
        Some(upstream) => Arc::new(cache(store.sparse(), upstream)),
        None => Arc::new(store),
    };
    let registry = if args.has("--immutable-tags") { Arc::new(Immutable::new(registry)) } else { registry };
    Ok(if args.has("--read-only") { Arc::new(ReadOnly::new(registry)) } else { registry })
}

/// A cache that asks each time where a tag points, unless it was told to ask less.
#[allow(clippy::disallowed_methods, reason = "a program decides what its clock is")]
fn cache<C: Cas, R: Refs>(store: Store<C, R>, upstream: Client) -> Overlay<Store<C, R>, Client> {
    Overlay::new(store, upstream).with_freshness(Duration::ZERO, Instant::now)
}
