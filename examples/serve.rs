//! Serves a registry: in memory or in a directory, read-only or not, on its own, as a cache of another or as another.
//!
//! Shows: a back end, wrappers around it, and the server on top, in plain or over TLS, for everybody or behind passwords.
//! Leaves out: tokens, which `guarded` shows.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "programs print")]

mod common;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use common::{Args, Failure, Tls, asked_to_stop};
use tokio::net::TcpListener;
use wharf::client::Client;
use wharf::registry::{Checked, Immutable, Overlay, Policy, ReadOnly, Registry};
use wharf::server::{Server, Service};
use wharf::server_auth::Basic;
use wharf::store::{Cas, Refs, Store, layout::Directory};

const USAGE: &str = "serve [--listen ADDR] [--dir PATH [--upstream HOST] | --upstream HOST | --proxy HOST] \
                     [--policy strict|referential|sparse|lenient] [--read-only] [--immutable-tags] [--tls CERT KEY] \
                     [--htpasswd FILE]";
const FLAGS: [&str; 8] = ["--listen", "--dir", "--upstream", "--proxy", "--policy", "--tls", "--tls", "--htpasswd"];

fn main() -> ExitCode {
    let args = Args::parse(USAGE, &["--read-only", "--immutable-tags"], &FLAGS, 0);
    common::main(run(&args))
}

async fn run(args: &Args) -> Result<(), Failure> {
    let address = args.value("--listen", |text| Ok::<_, Failure>(text.to_owned()));
    let address = address.unwrap_or_else(|| "127.0.0.1:5000".into());
    let registry = wrapped(args, back_end(args)?);
    let tls = args.pair("--tls").map(|(chain, key)| Tls::read(Path::new(chain), Path::new(key))).transpose()?;
    let service = match args.value("--htpasswd", common::users) {
        Some(users) => Service::new(registry).with_authorize(Basic::new(users, "registry").ok_or("not a realm")?),
        None => Service::new(registry),
    };
    let listener = TcpListener::bind(&address).await.map_err(|error| format!("cannot listen on {address}: {error}"))?;
    let shutdown = asked_to_stop()?;
    println!("listening on {}", listener.local_addr()?);
    let server = Server::default();
    match tls {
        Some(tls) => server.serve_with(listener, |stream| tls.clone().handshake(stream), service, shutdown).await,
        None => server.serve(listener, service, shutdown).await,
    }
    Ok(())
}

/// Another registry, of which nothing is kept; or a store of our own, on its own or as a cache of another.
fn back_end(args: &Args) -> Result<Arc<dyn Registry>, Failure> {
    let dir = args.value("--dir", |path| Ok::<_, Failure>(PathBuf::from(path)));
    let policy = args.value("--policy", str::parse::<Policy>);
    if args.has_value("--upstream") && policy.is_some() {
        return Err("--policy: a cache takes no manifests but those of its origin, as they are".into());
    }
    match args.value("--proxy", common::upstream) {
        Some(_) if dir.is_some() || args.has_value("--upstream") => Err("--proxy keeps nothing".into()),
        Some(client) => Ok(match policy {
            Some(policy) => Arc::new(Checked::new(client, policy)),
            None => Arc::new(client),
        }),
        None => match dir {
            Some(path) => Ok(stored(args, Directory::create(&path)?, policy)),
            None => Ok(stored(args, Store::memory(), policy)),
        },
    }
}

fn stored<C: Cas, R: Refs>(args: &Args, store: Store<C, R>, policy: Option<Policy>) -> Arc<dyn Registry> {
    match args.value("--upstream", common::upstream) {
        Some(upstream) => Arc::new(cache(store.with_policy(Policy::Sparse), upstream)),
        None => Arc::new(store.with_policy(policy.unwrap_or_default())),
    }
}

/// The wrappers that were asked for, around a back end.
fn wrapped(args: &Args, registry: Arc<dyn Registry>) -> Arc<dyn Registry> {
    let registry = if args.has("--immutable-tags") { Arc::new(Immutable::new(registry)) } else { registry };
    if args.has("--read-only") { Arc::new(ReadOnly::new(registry)) } else { registry }
}

/// A cache that asks each time where a tag points, unless it was told to ask less.
#[allow(clippy::disallowed_methods, reason = "a program decides what its clock is")]
fn cache<C: Cas, R: Refs>(store: Store<C, R>, upstream: Client) -> Overlay<Store<C, R>, Client> {
    Overlay::new(store, upstream).with_freshness(Duration::ZERO, Instant::now)
}
