//! The laws hold for a plain registry, and each flaw that a registry could have breaks the law that speaks of it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test, and all data here is its own")]

mod flaw;
mod model;
mod model_upload;

use std::panic::{AssertUnwindSafe, catch_unwind};

use futures_util::FutureExt;
use wharf_registry::{Delete, Registry, Repository, Tag};
use wharf_testkit::{fixture, laws};

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

const APP: Repository = Repository::from_static("app");

/// A registry with these flaws, in which an index of several images is under a tag.
fn filled(flaws: &[Flaw]) -> Model {
    let model = Model::new(flaws);
    fixture::push_index(&model, &APP, &fixture::multi_platform(1, 2, 1000), &Tag::LATEST).now_or_never().unwrap();
    fixture::push(&model, &APP, &fixture::image(2, 1, 10), &fixture::tag("one")).now_or_never().unwrap();
    model
}

#[test]
fn of_reading_hold_for_what_is_there() {
    for flaw in [&[][..], &[Flaw::OffersLittle]] {
        for tag in [&Tag::LATEST, &fixture::tag("one")] {
            laws::reading::all(&filled(flaw), &APP, tag).now_or_never().unwrap();
        }
    }
}

#[test]
fn of_reading_name_the_flaw() {
    for (flaw, said) in [
        (Flaw::StatTellsNoSize, "app: stat disagrees"),
        (Flaw::RangesAreHalfOpen, "app: Between"),
        (Flaw::SortsAsADictionary, "app: a list that is not in the order of bytes"),
        (Flaw::UnknownIsUnavailable, "app: not \"not found\""),
    ] {
        let model = filled(&[flaw]);
        for tag in ["B", "a"].map(fixture::tag) {
            let document = fixture::image(2, 1, 10).document();
            fixture::put_document(&model, &APP, &document, &[tag]).now_or_never().unwrap();
        }
        tells(said, laws::reading::all(&model, &APP, &Tag::LATEST));
    }
}

/// What is read is broken: a blob that its manifest needs is gone, and so is the tag.
#[test]
fn of_reading_miss_what_is_gone() {
    let model = filled(&[]);
    let layer = wharf_registry::Digest::of(&fixture::image(2, 1, 10).layers[0]);
    model.delete_blob(&APP, &layer).now_or_never().unwrap().unwrap();
    tells("BLOB_UNKNOWN", laws::reading::all(&model, &APP, &fixture::tag("one")));
    tells("MANIFEST_UNKNOWN", laws::reading::all(&model, &APP, &fixture::tag("two")));
}

fn tells(what: &str, law: impl Future<Output = ()>) {
    let Err(panic) = catch_unwind(AssertUnwindSafe(|| law.now_or_never().unwrap())) else {
        panic!("nobody says {what}")
    };
    let said = panic.downcast_ref::<String>().unwrap();
    assert!(said.contains("app: ") && said.contains(what), "{what} was told as: {said}");
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
