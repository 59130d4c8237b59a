//! What the README shows is what runs.

#[test]
fn the_back_end_in_the_readme_is_the_one_of_the_example() {
    let (readme, example) = (include_str!("../../../README.md"), include_str!("../../../examples/folder/folder.rs"));
    assert!(readme.contains(example.trim()), "examples/folder/folder.rs and the README differ");
}
