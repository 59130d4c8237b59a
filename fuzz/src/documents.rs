//! Laws of the reader of documents. Input that begins with `{` is a document; out of other input one is made.

use std::fmt::Debug;

use serde_json::Value;
use wharf_spec::{
    Authored, Content, DecodeError, Document, ImageConfig, Index, Level, Manifest, MediaType, Rule, View, Violation,
};

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

    /// How many things it points at.
    fn links(&self) -> usize;
}

impl Modelled for Manifest {
    const SHAPE: &'static Shape = MANIFEST;

    fn agrees(&self, json: &Value) {
        reading::manifest(self, json);
    }

    fn links(&self) -> usize {
        1 + self.layers.len() + usize::from(self.subject.is_some())
    }
}

impl Modelled for Index {
    const SHAPE: &'static Shape = INDEX;

    fn agrees(&self, json: &Value) {
        reading::index(self, json);
    }

    fn links(&self) -> usize {
        self.manifests.len() + usize::from(self.subject.is_some())
    }
}

impl Modelled for ImageConfig {
    const SHAPE: &'static Shape = CONFIG;

    fn agrees(&self, json: &Value) {
        reading::config(self, json);
    }

    fn links(&self) -> usize {
        0
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
    as_content(&document, decoded.is_ok());
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

/// What else a document tells of itself: paths lead into it, and what it points at is what its view has.
fn about<T: Modelled>(read: &Document<T>, tree: &Tree) {
    let descriptor = read.descriptor();
    assert_eq!((descriptor.size, &descriptor.digest), (read.bytes().len() as u64, read.digest()));
    assert_eq!(read.links().count(), read.view().links());
    for violation in read.violations() {
        // What is missing has a place where it would be.
        let parent = violation.path().rsplit_once('.').filter(|_| violation.rule() == Rule::Required);
        let place = parent.map_or(violation.path(), |(parent, _)| parent);
        assert!(path::leads_somewhere(place, tree), "{violation}");
    }
    for unknown in read.unknown() {
        assert!(path::leads_somewhere(unknown.path(), tree), "{unknown:?}");
        assert!(any_json::<Tree>(unknown.json().as_bytes()).is_none_or(|tree| !tree.repeats()));
    }
}

/// A view can be written and read again, in one way; as one's own only if it breaks no rule.
fn rewritten<T: Modelled>(read: &Document<T>) {
    let view = read.view();
    let written = match Document::assemble(view.clone()) {
        Ok(written) => written,
        Err(error) => panic!("what was written does not read: {error}"),
    };
    let again = written.clone().into_raw().decode::<T>();
    assert_eq!(again.as_ref().map(Document::view), Ok(view));
    assert!(written.unknown().is_empty());
    let must = |violation: &Violation| violation.rule().level() == Level::Must;
    match Document::author(view.clone()) {
        Ok(authored) => assert_eq!((authored, written.violations().iter().any(must)), (written, false)),
        Err(_) => assert!(written.violations().iter().any(must)),
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
    let index = document.media_type().is_index();
    if !read || !(index || document.media_type().is_manifest()) {
        return;
    }
    let inferred = Document::inferred(document.bytes().clone()).map(|inferred| inferred.media_type().is_index());
    assert_eq!(inferred, Ok(index));
    let other = if index { MediaType::IMAGE_MANIFEST } else { MediaType::IMAGE_INDEX };
    assert!(Document::new(other, document.bytes().clone()).decode::<Content>().is_err());
}
