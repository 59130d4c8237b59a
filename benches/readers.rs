//! Who reads and writes which documents, from memory to memory. What is made is dropped within the measure.

#![allow(clippy::unwrap_used, reason = "all data here is its own")]

use std::fmt::Debug;
use std::hint::black_box;

use oci_client::config::ConfigFile;
use oci_client::manifest::{OciImageIndex, OciImageManifest};
use oci_spec::image::{ImageConfiguration, ImageIndex, ImageManifest};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use wharf_benches::Work;
use wharf_spec::{Authored, Document, ImageConfig, Index, Manifest, MediaType, View};

/// A document and those who read and write it.
pub(crate) struct Comparison {
    pub(crate) title: &'static str,
    pub(crate) read: Vec<Work<'static>>,
    pub(crate) write: Vec<Work<'static>>,
}

/// A manifest with 8 layers, an index with 30 entries of which half are attestations, and the configuration of an image:
/// compact, and with the escapes of Go's writer.
pub(crate) fn comparisons() -> [Comparison; 3] {
    let manifest = include_bytes!("data/manifest.json");
    let index = include_bytes!("data/index.json");
    let config = include_bytes!("data/config.json");
    [
        Comparison {
            title: "manifest, 1.7 KB",
            read: read::<Manifest, ImageManifest, OciImageManifest>(MediaType::IMAGE_MANIFEST, manifest),
            write: write::<Manifest, _, OciImageManifest>(
                MediaType::IMAGE_MANIFEST,
                manifest,
                ImageManifest::to_string,
            ),
        },
        Comparison {
            title: "index, 17 KB",
            read: read::<Index, ImageIndex, OciImageIndex>(MediaType::IMAGE_INDEX, index),
            write: write::<Index, _, OciImageIndex>(MediaType::IMAGE_INDEX, index, ImageIndex::to_string),
        },
        Comparison {
            title: "config, 12 KB",
            read: read::<ImageConfig, ImageConfiguration, ConfigFile>(MediaType::IMAGE_CONFIG, config),
            write: write::<ImageConfig, _, ConfigFile>(MediaType::IMAGE_CONFIG, config, ImageConfiguration::to_string),
        },
    ]
}

/// Bytes to views: ours, that of `oci-spec` and that of `oci-client`.
fn read<W, S, C>(media_type: MediaType, json: &'static [u8]) -> Vec<Work<'static>>
where
    W: View,
    S: DeserializeOwned,
    C: DeserializeOwned,
{
    let document = Document::new(media_type.clone(), json);
    let validated = document.clone();
    vec![
        Work::new("wharf", move || hold(black_box(&document).clone().decode::<W>())),
        Work::new("wharf, validated", move || validate::<W>(black_box(&validated))),
        Work::new("wharf, with the digest", move || {
            hold(Document::new(media_type.clone(), black_box(json)).decode::<W>());
        }),
        Work::new("oci-spec", move || hold(serde_json::from_slice::<S>(black_box(json)))),
        Work::new("oci-spec, from_reader", move || hold(serde_json::from_reader::<_, S>(black_box(json)))),
        Work::new("oci-client", move || hold(serde_json::from_slice::<C>(black_box(json)))),
        Work::new("serde_json::Value", move || hold(serde_json::from_slice::<Value>(black_box(json)))),
    ]
}

/// Reads a document and asks which rules of the specification it breaks.
fn validate<W: View>(document: &Document) {
    hold(document.clone().decode::<W>().map(|read| read.violations()));
}

/// Views to bytes. `print` is what `oci-spec` has for it.
fn write<W, S, C>(
    media_type: MediaType,
    json: &'static [u8],
    print: fn(&S) -> oci_spec::Result<String>,
) -> Vec<Work<'static>>
where
    W: View + Authored + Clone + 'static,
    S: DeserializeOwned + 'static,
    C: DeserializeOwned + Serialize + 'static,
{
    let ours = Document::new(media_type, json).decode::<W>().unwrap().view().clone();
    let authored = ours.clone();
    let theirs = serde_json::from_slice::<S>(json).unwrap();
    let client = serde_json::from_slice::<C>(json).unwrap();
    let value = serde_json::from_slice::<Value>(json).unwrap();
    vec![
        Work::new("wharf", move || hold(serde_json::to_vec(black_box(&ours)))),
        // It takes the view, which has to be copied for that, reads what it wrote and holds it to the rules.
        Work::new("wharf, authored from a copy", move || hold(Document::author(black_box(&authored).clone()))),
        Work::new("oci-spec", move || hold(print(black_box(&theirs)))),
        Work::new("oci-client", move || hold(serde_json::to_vec(black_box(&client)))),
        Work::new("serde_json::Value", move || hold(serde_json::to_vec(black_box(&value)))),
    ]
}

/// Makes a result needed, and is sure that there is one.
fn hold<T, E: Debug>(result: Result<T, E>) {
    assert!(black_box(result).is_ok());
}
