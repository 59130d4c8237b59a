//! The table of `docs/design/quirks.md` names tests that there are, and every test that there is here.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn text() -> String {
    std::fs::read_to_string(root().join("docs/design/quirks.md")).unwrap()
}

/// What a text has between backticks and looks like a test: its file, and its function.
fn named(text: &str) -> BTreeSet<(String, String)> {
    let quoted = text.split('`').skip(1).step_by(2);
    let tests = quoted.filter(|quoted| quoted.contains('/')).filter_map(|quoted| quoted.split_once("::"));
    tests.map(|(file, test)| (file.to_owned(), test.to_owned())).collect()
}

/// The tests in a file, which is named without its crate's `tests` and without its ending.
fn tests(file: &str) -> BTreeSet<String> {
    let (member, path) = file.split_once('/').unwrap();
    let path = root().join(format!("crates/{member}/tests/{path}.rs"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let marked = ["#[test]", "#[tokio::test"].into_iter().flat_map(|mark| text.split(mark).skip(1));
    let names = marked.filter_map(|rest| {
        let line = rest.lines().skip(1).map(str::trim).find(|line| !line.starts_with('#'))?;
        let name = line.trim_start_matches("async ").strip_prefix("fn ")?;
        Some(name.split('(').next()?.to_owned())
    });
    names.collect()
}

#[test]
fn every_test_that_is_named_is_there() {
    let named = named(&text());
    assert!(named.len() > 100, "{}", named.len());
    let missing: Vec<_> = named.iter().filter(|(file, test)| !tests(file).contains(test)).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_test_that_is_here_is_named() {
    let named = named(&text());
    for entry in std::fs::read_dir(root().join("crates/client/tests/quirks")).unwrap() {
        let file = entry.unwrap().path();
        let name = format!("client/quirks/{}", file.file_stem().unwrap().to_str().unwrap());
        let unnamed: Vec<_> =
            tests(&name).into_iter().filter(|test| !named.contains(&(name.clone(), test.clone()))).collect();
        assert!(unnamed.is_empty() || name.ends_with("/table"), "{name}: {unnamed:#?}");
    }
}

/// A row without a test says something that nothing proves.
#[test]
fn every_row_names_a_test() {
    let text = text();
    let rows = text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| quirk "));
    let rows: Vec<_> = rows.collect();
    assert!(rows.len() > 50, "{}", rows.len());
    for row in rows {
        assert!(!named(row).is_empty(), "{row}");
        assert_eq!(row.matches('|').count(), 5, "{row}");
    }
}
