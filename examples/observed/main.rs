//! Serves a registry in memory as it would be operated: with pages that say how it is, and events that say what it does.
//!
//! Shows: pages beside a registry (`/healthz`, `/readyz`, `/metrics`), time series in the text format of Prometheus, and a
//! stop that is announced: first it is not ready any more and goes on serving, so that whoever sends requests here can
//! send them elsewhere, and then it drains. Leaves out: who may see these pages, which is nobody's business but the
//! owner's; serve them on another port where the registry is public.

#![allow(clippy::print_stdout, reason = "programs print")]

#[path = "../common/mod.rs"]
mod common;
mod pages;
mod prometheus;

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use common::{Args, Failure, asked_to_stop};
use pages::Pages;
use prometheus::Prometheus;
use tokio::net::TcpListener;
use wharf::server::{Server, Service};
use wharf::store::Store;

const USAGE: &str = "observed [--listen ADDR] [--pause SECONDS]";

fn main() -> ExitCode {
    let args = Args::parse(USAGE, &[], &["--listen", "--pause"], 0);
    common::main(run(&args))
}

async fn run(args: &Args) -> Result<(), Failure> {
    let address = args.value("--listen", |text| Ok::<_, Failure>(text.to_owned()));
    let pause = Duration::from_secs(args.value("--pause", str::parse).unwrap_or(5));
    let (metrics, ready) = (Arc::new(Prometheus::default()), Arc::new(AtomicBool::new(true)));
    let registry = Service::new(Store::memory()).with_metrics(Arc::clone(&metrics));
    let pages = Pages::new(registry, metrics, Arc::clone(&ready));
    let listener = TcpListener::bind(address.as_deref().unwrap_or("127.0.0.1:5000")).await?;
    let asked = asked_to_stop()?;
    println!("listening on {}", listener.local_addr()?);
    let shutdown = async move {
        asked.await;
        ready.store(false, Ordering::Relaxed);
        tokio::time::sleep(pause).await;
    };
    Server::default().serve(listener, pages, shutdown).await;
    Ok(())
}
