//! What the README shows is what runs.

#![allow(clippy::unwrap_used, reason = "a test, and all data here is its own")]

use std::fs;
use std::path::Path;

const README: &str = include_str!("../../../README.md");

#[test]
fn the_back_end_in_the_readme_is_the_one_of_the_example() {
    let example = include_str!("../../../examples/folder/folder.rs");
    assert!(README.contains(example.trim()), "examples/folder/folder.rs and the README differ");
}

#[test]
fn the_table_of_tools_says_how_each_is_called() {
    let (table, examples) = (README.replace(r"\|", "|"), Path::new("../../examples"));
    for entry in fs::read_dir(examples).unwrap() {
        let (path, name) = entry.map(|entry| (entry.path(), entry.file_name())).unwrap();
        let name = name.to_str().unwrap().trim_end_matches(".rs");
        let source = fs::read_to_string(if path.is_dir() { path.join("main.rs") } else { path });
        let Ok(source) = source else { continue };
        let called = format!("| `{}` |", usage(&source).unwrap_or(name.into()));
        assert!(table.contains(&called), "the README has no line {called}");
    }
}

/// The arguments that an example names, without what it says in addition.
fn usage(source: &str) -> Option<String> {
    let (_, rest) = source.split_once("const USAGE: &str =")?;
    let (_, text) = rest.split_once('"')?;
    let (text, _) = text.split_once("\";")?;
    let lines: String = text.split("\\\n").map(str::trim_start).collect();
    Some(lines.trim_start_matches("usage: ").split("  (").next()?.into())
}
