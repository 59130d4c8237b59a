//! The documents of `testdata/documents/corpus`, as the tools of the image world write them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test, and all data here is its own")]

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use wharf_spec::{Content, DecodeError, Document, Link, MediaType, Rule, Violation};

#[test]
fn are_read_as_the_table_says() {
    let table = std::fs::read_to_string(folder().join("cases.tsv")).unwrap();
    let (mut wrong, mut files) = (Vec::new(), HashSet::new());
    for row in table.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let [file, media_type, digest, expected @ ..] = &row.split('\t').collect::<Vec<_>>()[..] else {
            panic!("columns: {row}");
        };
        let bytes = std::fs::read(folder().join(file)).unwrap();
        let decoded = decode(media_type, bytes.clone());
        if let Ok(document) = &decoded {
            assert_eq!(document.bytes(), &bytes, "{file}: bytes are kept");
            assert_eq!(document.digest().to_string(), *digest, "{file}");
        }
        let told = told(&decoded);
        if told != expected {
            wrong.push(format!(
                "{file}\t{media_type}\n  expected {}\n  is       {}",
                expected.join("\t"),
                told.join("\t")
            ));
        }
        files.insert((*file).to_owned());
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert_eq!(files, found(&folder(), ""), "files without a case, or cases without a file");
}

fn decode(media_type: &str, bytes: Vec<u8>) -> Result<Document<Content>, DecodeError> {
    let document = match media_type {
        "-" => Document::inferred(bytes)?,
        media_type => Document::new(MediaType::parse(media_type).unwrap(), bytes),
    };
    document.decode()
}

/// Kind, links and violations as the table has them.
fn told(decoded: &Result<Document<Content>, DecodeError>) -> [String; 3] {
    let document = match decoded {
        Ok(document) => document,
        Err(error) => return [format!("E:{:?}", error.kind()), "-".into(), "-".into()],
    };
    let links = document.links().map(|Link { role, descriptor, .. }| {
        let encoded = descriptor.digest.encoded().to_string();
        format!("{role}={}", encoded.get(..12).unwrap())
    });
    let mut violations: Vec<_> = document.violations().iter().map(broken).collect();
    violations.sort_unstable();
    [document.view().kind().to_string(), joined(links), joined(violations.into_iter())]
}

fn broken(violation: &Violation) -> String {
    let rule = match violation.rule() {
        Rule::ManifestMediaType | Rule::IndexMediaType => "MediaTypeAbsent".into(),
        rule => format!("{rule:?}"),
    };
    format!("{}:{rule}", violation.path())
}

fn joined(items: impl Iterator<Item = String>) -> String {
    let items: Vec<_> = items.collect();
    if items.is_empty() { "-".into() } else { items.join(" ") }
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata/documents/corpus")
}

/// The documents below a folder, by their paths.
fn found(folder: &Path, prefix: &str) -> HashSet<String> {
    let mut files = HashSet::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = format!("{prefix}{}", entry.file_name().into_string().unwrap());
        if entry.file_type().unwrap().is_dir() {
            files.extend(found(&entry.path(), &format!("{name}/")));
        } else if !["README.md", "cases.tsv", ".gitattributes"].contains(&name.as_str()) {
            files.insert(name);
        }
    }
    files
}
