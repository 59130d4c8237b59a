//! Laws of the reader of documents. Input that begins with `{` is a document; out of other input one is made.

use std::fmt::Debug;

use serde_json::Value;
use wharf_spec::{Authored, Content, DecodeError, Document, ImageConfig, Index, Manifest, MediaType, View};

mod generator;
mod path;
mod reading;
mod shape;
mod tree;

pub use generator::Generated;
pub use shape::Verdict;
use shape::{CONFIG, INDEX, MANIFEST, Shape};
use tree::Tree;

/// Image manifests are read as they are written, or refused.
pub fn manifest(input: &[u8]) {
    law::<Manifest>(input);
}

/// Indexes are read as they are written, or refused.
pub fn index(input: &[u8]) {
    law::<Index>(input);
}

/// Configurations of images are read as they are written, or refused.
pub fn config(input: &[u8]) {
    law::<ImageConfig>(input);
}

/// What [`manifest`] makes of input.
#[must_use]
pub fn generated_manifest(input: &[u8]) -> Generated {
    generator::generate(input, MANIFEST)
}

/// What [`index`] makes of input.
#[must_use]
pub fn generated_index(input: &[u8]) -> Generated {
    generator::generate(input, INDEX)
}

/// What [`config`] makes of input.
#[must_use]
pub fn generated_config(input: &[u8]) -> Generated {
    generator::generate(input, CONFIG)
}

/// A kind of document with its shape and its obvious reading.
trait Modelled: View + Authored + Clone + Debug + PartialEq {
    const SHAPE: &'static Shape;

    fn agrees(&self, json: &Value);
}

impl Modelled for Manifest {
    const SHAPE: &'static Shape = MANIFEST;

    fn agrees(&self, json: &Value) {
        reading::manifest(self, json);
    }
}

impl Modelled for Index {
    const SHAPE: &'static Shape = INDEX;

    fn agrees(&self, json: &Value) {
        reading::index(self, json);
    }
}

impl Modelled for ImageConfig {
    const SHAPE: &'static Shape = CONFIG;

    fn agrees(&self, json: &Value) {
        reading::config(self, json);
    }
}

fn law<T: Modelled>(input: &[u8]) {
    if input.starts_with(b"{") {
        for media_type in &T::SHAPE.media_types {
            judge::<T>(media_type, input, Verdict::Either);
        }
    } else {
        let made = generator::generate(input, T::SHAPE);
        judge::<T>(&made.media_type, &made.text, made.verdict);
    }
}

fn judge<T: Modelled>(media_type: &MediaType, text: &[u8], verdict: Verdict) {
    let document = Document::new(media_type.clone(), text.to_vec());
    let decoded = document.clone().decode::<T>();
    let shown = || String::from_utf8_lossy(text).into_owned();
    match &decoded {
        Ok(read) => {
            assert_ne!(verdict, Verdict::Refuse, "accepted: {}", shown());
            assert_eq!((read.bytes().as_ref(), read.digest()), (text, &wharf_digest::Digest::of(text)));
            strict::<T>(read, text);
            rewritten(read);
        }
        Err(error) => {
            assert_ne!(verdict, Verdict::Accept, "refused: {error}: {}", shown());
            points_into(error, text);
        }
    }
    if *media_type != MediaType::IMAGE_CONFIG && *media_type != MediaType::DOCKER_CONFIG {
        as_content(&document, decoded.is_ok());
    }
}

/// What was accepted has no two readings, and the obvious one is that of the view.
fn strict<T: Modelled>(read: &Document<T>, text: &[u8]) {
    let Some(tree) = any_json::<Tree>(text) else { return };
    assert!(!tree.repeats(), "a member occurs twice");
    assert!(!tree.disguises(T::SHAPE.members), "a member differs from one in case alone");
    if let Some(json) = any_json(text) {
        read.view().agrees(&json);
    }
    about(read, &tree);
}

/// Any JSON. What is accepted is JSON, except that a number where it means nothing may be larger than is held here.
fn any_json<T: serde::de::DeserializeOwned>(text: &[u8]) -> Option<T> {
    let read = serde_json::from_slice(text);
    read.map_err(|error| assert!(error.to_string().starts_with("number out of range"), "{error}")).ok()
}

/// What else a document tells of itself.
fn about<T: Modelled>(read: &Document<T>, _: &Tree) {
    let descriptor = read.descriptor();
    assert_eq!((descriptor.size, &descriptor.digest), (read.bytes().len() as u64, read.digest()));
}

/// A view can be written and read again, in one way.
fn rewritten<T: Modelled>(read: &Document<T>) {
    let written = Document::author(read.view().clone());
    assert_eq!(written.bytes(), Document::author(read.view().clone()).bytes());
    match written.into_raw().decode::<T>() {
        Ok(again) => assert_eq!(again.view(), read.view()),
        Err(error) => panic!("what was authored does not read: {error}"),
    }
}

/// An error is within the text, and its path leads to something if the text is JSON.
fn points_into(error: &DecodeError, text: &[u8]) {
    assert!(error.at().is_none_or(|at| at <= text.len()));
    let (Some(path), Ok(tree)) = (error.path(text), serde_json::from_slice(text)) else { return };
    assert!(path::leads_somewhere(&path, &tree), "{path} in {}", String::from_utf8_lossy(text));
}

/// Whoever takes any kind reads what this kind reads; without a media type, or as the other kind, nobody reads another.
fn as_content(document: &Document, read: bool) {
    assert_eq!(document.clone().decode::<Content>().is_ok(), read);
    if !read {
        return;
    }
    let index = document.media_type().is_index();
    let inferred = Document::inferred(document.bytes().clone()).map(|inferred| inferred.media_type().is_index());
    assert_eq!(inferred, Ok(index));
    let other = if index { MediaType::IMAGE_MANIFEST } else { MediaType::IMAGE_INDEX };
    assert!(Document::new(other, document.bytes().clone()).decode::<Content>().is_err());
}
