//! Every readable document of the test data: it comes back with the same content, or the error names a place in it.

use std::fmt::Debug;
use std::path::{Path, PathBuf};

use oci_spec::image::{ImageConfiguration, ImageIndex, ImageManifest};
use serde_json::Value;
use wharf_spec::oci_spec::ConversionError;
use wharf_spec::{Document, ImageConfig, Index, Manifest, MediaType, View};

use super::path;

#[test]
fn come_back_or_have_what_the_error_names() {
    let (carried, refused) = run("spec");
    assert!(carried >= 5 && refused >= 3, "{carried} carried, {refused} refused");
}

#[test]
fn of_the_corpus_come_back_or_have_what_the_error_names() {
    // The corpus need not be there.
    if folder("documents/corpus/cases.tsv").is_file() {
        let (carried, refused) = run("documents/corpus");
        assert!(carried > 0 && refused > 0, "{carried} carried, {refused} refused");
    }
}

/// How many documents of a folder were carried there and back, and how many were refused.
fn run(name: &str) -> (usize, usize) {
    let table = std::fs::read_to_string(folder(name).join("cases.tsv")).unwrap();
    let lines = table.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let cases = lines.map(|line| line.split('\t').collect::<Vec<_>>());
    let carried: Vec<bool> = cases.flat_map(|case| try_all(&folder(name).join(case[0]), case[1])).collect();
    (carried.iter().filter(|carried| **carried).count(), carried.iter().filter(|carried| !**carried).count())
}

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata").join(name)
}

/// A file as what it is given as, or as everything that it can be read as if nobody says: whether it was carried.
fn try_all(file: &Path, given: &str) -> Vec<bool> {
    let bytes = std::fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let media_types = match MediaType::parse(given) {
        Ok(media_type) => vec![media_type],
        Err(_) => [MediaType::MANIFESTS.as_slice(), &[MediaType::IMAGE_CONFIG]].concat(),
    };
    let tried = media_types.iter().flat_map(|media_type| {
        let manifest = there_and_back::<Manifest, ImageManifest>(media_type, &bytes, |there| Document::try_from(there));
        let index = there_and_back::<Index, ImageIndex>(media_type, &bytes, |there| Document::try_from(there));
        let config =
            there_and_back::<ImageConfig, ImageConfiguration>(media_type, &bytes, |there| Document::try_from(there));
        [manifest, index, config]
    });
    let told = |fault: String| panic!("{}: {fault}", file.display());
    tried.flatten().map(|outcome| outcome.unwrap_or_else(told)).collect()
}

/// Nothing if the bytes are not such a document, else whether it was carried, or the fault.
fn there_and_back<T, F>(
    media_type: &MediaType,
    bytes: &[u8],
    back: impl Fn(&F) -> Result<Document<T>, ConversionError>,
) -> Option<Result<bool, String>>
where
    T: View + PartialEq + Debug,
    F: for<'a> TryFrom<&'a Document<T>, Error = ConversionError> + serde::Serialize,
{
    let document: Document<T> = Document::new(media_type.clone(), bytes.to_vec()).decode().ok()?;
    let content: Value = serde_json::from_slice(bytes).unwrap();
    let there = F::try_from(&document);
    let returned = there.as_ref().map_err(|error| error.path().to_owned()).and_then(|there| {
        assert_eq!(without_nulls(&serde_json::to_value(there).unwrap()), without_nulls(&content));
        back(there).map_err(|error| error.path().to_owned())
    });
    Some(match returned {
        Ok(returned) if returned.view() == document.view() => Ok(true),
        Ok(returned) => Err(format!("{:?} is not {:?}", returned.view(), document.view())),
        Err(path) if path::exists(&content, &path) => Ok(false),
        Err(path) => Err(format!("has no {path}")),
    })
}

/// The document without members that are null, which say nothing.
fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(without_nulls).collect(),
        Value::Object(members) => {
            let members = members.iter().filter(|(_, value)| !value.is_null());
            members.map(|(name, value)| (name.clone(), without_nulls(value))).collect()
        }
        value => value.clone(),
    }
}
