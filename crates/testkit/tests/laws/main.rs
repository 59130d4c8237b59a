//! The laws hold for a plain registry, and each flaw that a registry could have breaks the law that speaks of it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test, and all data here is its own")]

mod flaw;
mod model;
mod model_upload;

use std::panic::{AssertUnwindSafe, catch_unwind};

use futures_util::FutureExt;
use wharf_registry::Registry;
use wharf_testkit::laws;

use crate::flaw::Flaw;
use crate::model::Model;

#[test]
fn hold_for_a_plain_registry() {
    laws::all(&Model::new(&[])).now_or_never().unwrap();
}

#[test]
fn hold_where_little_is_offered() {
    laws::all(&Model::new(&[Flaw::OffersLittle])).now_or_never().unwrap();
}

#[test]
fn of_integrity_are_left_out_for_sparse_registries() {
    laws::sparse(&Model::new(&[Flaw::TakesIncompleteManifests])).now_or_never().unwrap();
}

#[test]
fn name_the_flaw() {
    for (flaw, law) in flaw::CAUGHT_BY {
        let model = Model::new(&[*flaw]);
        let broken = catch_unwind(AssertUnwindSafe(|| module(law, &model).now_or_never().unwrap()));
        let Err(panic) = broken else { panic!("no law speaks of {flaw:?}") };
        let said = panic.downcast_ref::<String>().unwrap();
        assert!(said.contains(law), "{flaw:?} should break {law}, and was told as: {said}");
    }
}

/// The laws beside the one that should be broken: all of them for each flaw would take long.
async fn module(law: &str, registry: &dyn Registry) {
    match law.split('/').nth(1).unwrap() {
        "blob" => laws::blob::all(registry).await,
        "blob-refusal" => laws::blob_refusal::all(registry).await,
        "range" => laws::range::all(registry).await,
        "mount" => laws::mount::all(registry).await,
        "upload" => laws::upload::all(registry).await,
        "manifest" => laws::manifest::all(registry).await,
        "integrity" => laws::integrity::all(registry).await,
        "tag" => laws::tag::all(registry).await,
        "unknown" => laws::unknown::all(registry).await,
        "listing" => laws::listing::all(registry).await,
        "referrer" => laws::referrer::all(registry).await,
        "deletion" => laws::deletion::all(registry).await,
        other => panic!("no laws of {other}"),
    }
}
