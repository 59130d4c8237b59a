//! What is stored. It is made once, since orders are many.

use std::sync::LazyLock;

use wharf_registry::{Document, Index, Manifest, Raw};
use wharf_testkit::fixture::{self, Image};

static IMAGES: LazyLock<Vec<Image>> = LazyLock::new(|| (0..=5).map(|seed| fixture::image(seed, 1, 60)).collect());

/// An image that is there, with a tag.
pub(crate) fn kept() -> Image {
    IMAGES[1].clone()
}

/// An image that somebody pushes.
pub(crate) fn new() -> Image {
    IMAGES[2].clone()
}

/// Images to which a tag leads, one after the other.
pub(crate) fn versions() -> &'static [Image] {
    &IMAGES[3..]
}

/// An index of the image that is there, one for each tag.
pub(crate) fn index(tagged: &str) -> Document<Raw> {
    let index = Index::new(vec![kept().document().descriptor()]).with_annotation("for", tagged);
    Document::author(index).unwrap().into_raw()
}

/// What is said about the image that is there.
pub(crate) fn note() -> Document<Raw> {
    let config = kept().manifest.view().config.clone();
    let note = Manifest::new(config, Vec::new()).with_subject(kept().document().descriptor());
    Document::author(note).unwrap().into_raw()
}
