//! The table of `testdata/spec/cases.tsv`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test, and all data here is its own")]

use std::collections::HashSet;
use std::path::PathBuf;

use wharf_spec::{Content, DecodeError, Document, MediaType};

#[test]
fn are_read_as_the_table_says() {
    let table = String::from_utf8(read("cases.tsv")).unwrap();
    let mut wrong = Vec::new();
    let mut files = HashSet::from(["cases.tsv".to_owned()]);
    for line in table.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let [file, media_type, digest, expected] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("columns: {line}");
        };
        wrong.extend(check(file, media_type, digest, expected));
        files.insert(file.to_owned());
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert_eq!(files, found_files(), "files without a case, or cases without a file");
}

/// What is wrong with a row, if anything is.
fn check(file: &str, media_type: &str, digest: &str, expected: &str) -> Option<String> {
    let bytes = read(file);
    let document = match media_type {
        "-" => Document::inferred(bytes.clone()),
        media_type => Ok(Document::new(MediaType::parse(media_type).unwrap(), bytes.clone())),
    };
    let decoded = document.and_then(Document::decode::<Content>);
    let told = told(&decoded);
    if let Ok(document) = decoded {
        assert_eq!(document.bytes(), &bytes, "{file}: bytes are kept");
        assert_eq!(document.digest().to_string(), digest, "{file}");
        assert_eq!(document.descriptor().size, bytes.len() as u64, "{file}");
    }
    (told != expected).then(|| format!("{file}\t{media_type}\t{expected} is {told}"))
}

fn told(decoded: &Result<Document<Content>, DecodeError>) -> String {
    let document = match decoded {
        Ok(document) => document,
        Err(error) => return format!("E:{:?}", error.kind()),
    };
    let kind = match document.view() {
        Content::Manifest(_) => "manifest",
        Content::Index(_) => "index",
        _ => "opaque",
    };
    format!("{kind} {} {}", document.view().blobs().count(), document.view().children().count())
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata/spec")
}

fn read(file: &str) -> Vec<u8> {
    std::fs::read(folder().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn found_files() -> HashSet<String> {
    let entries = std::fs::read_dir(folder()).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn members_are_read() {
    let document = Document::inferred(read("artifact.json")).unwrap().decode::<Content>().unwrap();
    let Content::Manifest(manifest) = document.view() else { panic!("a manifest") };
    assert_eq!(manifest.artifact_type.as_ref().unwrap().as_str(), "application/vnd.example.sbom.v1");
    assert_eq!(manifest.config.data.as_deref(), Some(&b"{}"[..]));
    assert_eq!(manifest.layers[0].annotations["org.opencontainers.image.title"], "sbom.spdx");
    assert_eq!(document.view().subject().unwrap().size, 1232);

    let document = Document::inferred(read("docker-manifest-list.json")).unwrap().decode::<Content>().unwrap();
    let windows = document.view().children().next().unwrap().platform.as_ref().unwrap();
    assert_eq!(windows.os_version.as_deref(), Some("10.0.20348.2582"));
    assert_eq!(windows.os_features, ["win32k"]);
}

#[test]
fn attestations_are_never_selected() {
    let document = Document::inferred(read("buildkit-index.json")).unwrap().decode::<wharf_spec::Index>().unwrap();
    let selected =
        |platform: &str| document.view().select(&platform.parse().unwrap()).map(|entry| entry.digest.clone());
    assert_eq!(selected("linux/amd64"), Some(document.view().manifests[0].digest.clone()));
    assert_eq!(selected("linux/aarch64"), Some(document.view().manifests[1].digest.clone()));
    assert_eq!(selected("linux/s390x"), None);
    assert_eq!(selected("unknown/unknown"), None);
}
