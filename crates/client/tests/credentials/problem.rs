//! Broken files and entries are told, without a byte of what is in them.

use wharf_client::docker_config::{ConfigErrorKind, ConfigFile, Problem};

use crate::table::{assert_clean, expand, printed, rows};

fn describe(problem: &Problem) -> String {
    let registry = problem.registry().unwrap_or("-");
    format!("{} {} {registry} {:?}", problem.part().name(), problem.position(), problem.kind())
}

#[test]
fn the_problems_are_those_of_the_table() {
    for [file, expected, origin] in rows("problems.tsv", 43) {
        let row = format!("{file} ({origin})");
        let found = match ConfigFile::parse(expand(&file).as_bytes()) {
            Ok(file) => {
                assert_clean(&row, &format!("{file:?} {file:#?}"));
                file.problems().iter().for_each(|problem| assert_clean(&row, &printed(problem)));
                file.problems().iter().map(describe).collect::<Vec<_>>().join("; ")
            }
            Err(error) => {
                assert_clean(&row, &printed(&error));
                format!("error {:?}", error.kind())
            }
        };
        assert_eq!(if found.is_empty() { "ok" } else { &found }, expected, "{row}");
    }
}

#[test]
fn a_file_of_one_mebibyte_is_read_and_one_byte_more_is_not() {
    let padded = |size: usize| format!("{{\"x\":\"{}\"}}", "x".repeat(size - 8));
    for (size, expected) in [((1 << 20) - 1, None), (1 << 20, None), ((1 << 20) + 1, Some(ConfigErrorKind::TooLarge))] {
        let text = padded(size);
        assert_eq!(text.len(), size);
        assert_eq!(ConfigFile::parse(text.as_bytes()).err().map(|error| error.kind()), expected);
        assert_eq!(ConfigFile::parse_legacy(text.as_bytes()).err().map(|error| error.kind()), expected);
    }
}

#[test]
fn nesting_takes_no_stack() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!("{{\"x\":{0}1{1},\"auths\":{0}1{1}}}", open.repeat(50_000), close.repeat(50_000));
        let thread = std::thread::Builder::new().stack_size(256 << 10);
        let parsed = thread.spawn(move || ConfigFile::parse(deep.as_bytes())).unwrap().join().unwrap();
        assert_eq!(parsed.err().map(|error| error.kind()), (open == "[").then_some(ConfigErrorKind::Shape));
    }
}

#[test]
fn every_beginning_of_a_file_is_a_file_or_an_error_that_says_nothing() {
    let whole = expand(r#"{"auths":{"r.io":{"auth":"B(robot)","identitytoken":"SECRET"}},"credsStore":"pass"}"#);
    for end in 0..whole.len() {
        match ConfigFile::parse(&whole.as_bytes()[..end]) {
            Ok(_) => assert_eq!(end, 0),
            Err(error) => assert_clean("an error", &printed(&error)),
        }
    }
}
