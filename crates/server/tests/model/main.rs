//! Random requests by several people to a server and to the plainest model of one: every answer must be equal, in
//! memory and on disk, also when the server is started anew in between.
//!
//! A failure prints the seed and a script that was made as short as it could be.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test, and all data here is its own"
)]

mod ask;
mod model;
mod op;
mod people;

use std::collections::BTreeSet;

use http::{Method, Response};
use wharf_registry::Registry;
use wharf_server::Service;
use wharf_store::Store;
use wharf_store::layout::Directory;
use wharf_testkit::exchange::well_formed;

use crate::ask::Asked;
use crate::model::Model;
use crate::op::{Op, What};
use crate::people::People;

const STEPS: usize = 10_000;

/// Every answer that there is to such requests.
const STATUSES: [u16; 12] = [200, 201, 202, 204, 206, 304, 400, 401, 403, 404, 412, 416];

/// Where it went wrong, and how.
type Wrong = (usize, String);

#[test]
fn in_memory() {
    agree(1, STEPS, &|| {
        let store = Store::memory();
        move || Box::new(store.clone()) as Box<dyn Registry>
    });
}

#[test]
fn in_a_directory() {
    agree(2, STEPS / 5, &|| {
        let directory = tempfile::tempdir().unwrap();
        move || Box::new(Directory::create(directory.path()).unwrap()) as Box<dyn Registry>
    });
}

/// Tries a script, and when it fails a shorter one, until every step of it matters.
fn agree<F: Fn() -> Box<dyn Registry>>(seed: u64, steps: usize, begin: &dyn Fn() -> F) {
    let mut script = op::script(seed, steps);
    let (mut last, mut wrong) = match run(&script, begin()) {
        // A script is no good if it leaves answers out.
        Ok(seen) => return assert_eq!(seen.into_iter().collect::<Vec<_>>(), STATUSES),
        Err(wrong) => wrong,
    };
    let mut length = steps / 2;
    while length > 0 {
        script.truncate(last + 1);
        let mut from = 0;
        while from < script.len() {
            let mut shorter = script.clone();
            shorter.drain(from..(from + length).min(script.len()));
            match run(&shorter, begin()) {
                Err(found) => ((last, wrong), script) = (found, shorter),
                Ok(_) => from += length,
            }
        }
        length /= 2;
    }
    panic!("seed {seed}: {wrong}\n{script:#?}");
}

fn run(script: &[Op], open: impl Fn() -> Box<dyn Registry>) -> Result<BTreeSet<u16>, Wrong> {
    let (mut service, mut model, mut seen) = (serve(open()), Model::default(), BTreeSet::new());
    for (step, op) in script.iter().enumerate() {
        if matches!(op.what, What::Restart) {
            // A store keeps its sessions, but whose they are is the server's to know.
            service = serve(open());
            model.restart();
            continue;
        }
        let op = model.instead(op);
        let asked = ask::request(&op, &model);
        let expected = model.answer(&op);
        let response = send(&service, &asked);
        model.learn(&op, &response);
        seen.insert(response.status().as_u16());
        let told = |wrong| (step, format!("{asked:?}: {wrong}, and not {response:?}"));
        well_formed(&asked.method, &response).map_err(told)?;
        expected.check(asked.method == Method::HEAD, &response).map_err(told)?;
    }
    Ok(seen)
}

fn serve(registry: Box<dyn Registry>) -> Service {
    Service::new(std::sync::Arc::<dyn Registry>::from(registry)).with_authorize(People)
}

fn send(service: &Service, asked: &Asked) -> Response<bytes::Bytes> {
    use http_body_util::BodyExt;
    use tower_service::Service as _;
    let answer = async {
        let Ok(response) = service.clone().call(asked.request()).await;
        let (head, body) = response.into_parts();
        Response::from_parts(head, body.collect().await.unwrap().to_bytes())
    };
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(answer)
}
