//! The boundary is code: the crates depend on each other as docs/design/architecture.md says, and in no other way.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test, and all data here is its own")]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

type Arrows = BTreeSet<(String, String)>;

#[test]
fn crates_depend_on_each_other_as_the_design_says() {
    let (written, found) = (written(), found());
    assert!(!written.is_empty() && !found.is_empty());
    let unwritten: Vec<_> = found.difference(&written).collect();
    let unfound: Vec<_> = written.difference(&found).collect();
    assert!(unwritten.is_empty(), "arrows that the design does not have: {unwritten:?}");
    assert!(unfound.is_empty(), "arrows that the crates do not have: {unfound:?}");
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// The list in the design document.
fn written() -> Arrows {
    let text = std::fs::read_to_string(root().join("docs/design/architecture.md")).unwrap();
    let list = text.split("```arrows\n").nth(1).unwrap().split("```").next().unwrap();
    let line = |line: &str| {
        let (from, to) = line.split_once(" -> ").unwrap();
        to.split(' ').map(|to| (from.to_owned(), to.to_owned())).collect::<Vec<_>>()
    };
    list.lines().flat_map(line).collect()
}

/// What cargo knows: dependencies of any kind but those of tests.
fn found() -> Arrows {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    // What is published; testkit and the fuzz targets may use anything.
    let is_crate = |package: &&serde_json::Value| {
        let manifest = Path::new(package["manifest_path"].as_str().unwrap());
        manifest.parent().unwrap().parent().unwrap().ends_with("crates") && package["name"] != "wharf-testkit"
    };
    let packages = metadata["packages"].as_array().unwrap().iter().filter(is_crate);
    let ours = |name: &str| name == "wharf" || name.starts_with("wharf-");
    let of_package = |package: &serde_json::Value| {
        let from = package["name"].as_str().unwrap().to_owned();
        let dependencies = package["dependencies"].as_array().unwrap().clone();
        let to = dependencies.into_iter().filter(|dependency| dependency["kind"] != "dev");
        to.map(|to| (from.clone(), to["name"].as_str().unwrap().to_owned())).collect::<Vec<_>>()
    };
    packages.flat_map(of_package).filter(|(_, to)| ours(to)).collect()
}
