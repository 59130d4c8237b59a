//! The tables of `testdata/platform`, and what a host is told to be.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test, and all data here is its own")]

use std::path::PathBuf;

use wharf_spec::{Platform, PlatformMatcher};

#[test]
fn specifiers_are_read_as_the_table_says() {
    let host = Platform::new("linux", "amd64");
    for row in rows("specifiers.tsv") {
        let [name, input, parsed, normalized] = &row[..] else { panic!("columns: {row:?}") };
        let input = if input == "(empty)" { "" } else { input };
        let read = Platform::parse(input, &host);
        let told = read.as_ref().map_or_else(|error| format!("E:{:?}", error.kind()), Platform::full);
        assert_eq!(told, *parsed, "{name}: {input}");
        match read {
            Ok(platform) => {
                assert_eq!(platform.normalized().full(), *normalized, "{name}: {input}");
                assert_eq!(platform.full().parse(), Ok(platform.normalized()), "{name}: {input} reads back");
            }
            Err(error) => assert!(error.at() <= input.len() && input.parse::<Platform>().is_err(), "{name}: {input}"),
        }
    }
}

#[test]
fn platforms_match_as_the_table_says() {
    for row in rows("matches.tsv") {
        let [name, mode, wanted, candidates, expected] = &row[..] else { panic!("columns: {row:?}") };
        let wanted: Platform = wanted.parse().unwrap();
        let matcher = match mode.as_str() {
            "compatible" => PlatformMatcher::compatible(&wanted),
            "strict" => PlatformMatcher::exactly(&wanted),
            "any" => PlatformMatcher::any_architecture(&wanted),
            "variants" => PlatformMatcher::same_architecture(&wanted),
            "host" => PlatformMatcher::host(&wanted),
            mode => panic!("mode: {mode}"),
        };
        let candidates: Vec<Platform> = candidates.split(' ').map(written).collect();
        let sorted = matcher.sorted(&candidates);
        let told: Vec<_> = sorted.iter().map(|at| (at + 1).to_string()).collect();
        let told = if told.is_empty() { "-".into() } else { told.join(" ") };
        assert_eq!(told, *expected, "{name}: {mode} {}", wanted.full());
        assert_eq!(matcher.best(&candidates), sorted.first().copied(), "{name}");
        for (at, candidate) in candidates.iter().enumerate() {
            assert_eq!(matcher.matches(candidate), sorted.contains(&at), "{name}: {}", candidate.full());
        }
    }
}

#[test]
fn both_sides_are_normalised() {
    let (wanted, candidate) = (Platform::new("Linux", "X86_64"), Platform::new("LINUX", "amd64"));
    for matcher in [
        PlatformMatcher::exactly(&wanted),
        PlatformMatcher::compatible(&wanted),
        PlatformMatcher::same_architecture(&wanted),
        PlatformMatcher::any_architecture(&wanted),
        PlatformMatcher::host(&wanted),
    ] {
        assert!(matcher.matches(&candidate) && matcher.matches(&wanted));
        assert!(!matcher.matches(&Platform::new("windows", "amd64")));
    }
    let found = ["linux/arm64", "darwin/arm64"].map(|text| text.parse().unwrap());
    assert_eq!(PlatformMatcher::host(&Platform::new("macOS", "AArch64")).sorted(&found), [1, 0]);
}

#[test]
fn an_empty_version_is_none() {
    let windows = |version: &str| {
        let mut platform = Platform::new("windows", "amd64");
        platform.os_version = Some(version.into());
        platform
    };
    assert!(windows("10.0.17763").matches(&windows("")));
    assert!(windows("").matches(&windows("10.0.17763")));
}

#[test]
fn what_is_unknown_is_never_chosen() {
    let unknown = || Platform::new("unknown", "unknown");
    let mut spellings = [unknown(), Platform::new("Unknown", "UNKNOWN"), unknown(), unknown(), unknown()];
    spellings[2].variant = Some("v8".into());
    spellings[3].os_version = Some("10.0.17763".into());
    spellings[4].os_features = vec!["sbom".into()];
    for wanted in spellings.iter().chain(&[Platform::new("linux", "amd64"), Platform::new("unknown", "amd64")]) {
        for matcher in [
            PlatformMatcher::exactly(wanted),
            PlatformMatcher::compatible(wanted),
            PlatformMatcher::same_architecture(wanted),
            PlatformMatcher::any_architecture(wanted),
            PlatformMatcher::host(wanted),
        ] {
            assert_eq!(matcher.best(&spellings), None, "{wanted}");
            assert!(!spellings.iter().any(|unknown| matcher.matches(unknown) || wanted.matches(unknown)), "{wanted}");
        }
    }
}

/// A candidate as a document could spell it, not yet normalised.
fn written(text: &str) -> Platform {
    Platform::parse(text, &Platform::new("linux", "amd64")).unwrap()
}

#[test]
fn a_lone_word_takes_what_is_missing_from_the_host() {
    let mut host = Platform::new("linux", "arm");
    host.variant = Some("v6".into());
    let mut newer = Platform::new("linux", "amd64");
    newer.variant = Some("v3".into());
    for (host, text, expected) in [
        (&host, "freebsd", "freebsd/arm/v6"),
        (&host, "amd64", "linux/amd64"),
        (&newer, "freebsd", "freebsd/amd64"),
        (&newer, "amd64", "linux/amd64"),
        (&Platform::new("darwin", "arm64"), "linux", "linux/arm64"),
        (&Platform::new("linux", "armhf"), "linux", "linux/arm"),
        (&Platform::new("windows", "amd64"), "arm64", "windows/arm64"),
    ] {
        assert_eq!(Platform::parse(text, host).unwrap().full(), expected, "{text}");
    }
}

#[test]
fn processors_are_recognised() {
    let cpuinfo = |architecture: &str| format!("processor\t: 0\nCPU architecture\t: {architecture}\n\nHardware : x\n");
    for (architecture, variant) in [
        ("8", "v8"),
        ("AArch64", "v8"),
        ("7", "v7"),
        ("7M", "v7"),
        ("?(12)", "v7"),
        ("?(17)", "v7"),
        ("6TEJ", "v6"),
        ("5TE", "v5"),
        ("4t", "v4"),
        ("3", "v3"),
    ] {
        let platform = Platform::new("linux", "arm").with_cpu(&cpuinfo(architecture), "armv7l");
        assert_eq!(platform.variant.as_deref(), Some(variant), "{architecture}");
    }
    let older = "CPU architecture: 7\nmodel name\t: ARMv6-compatible processor rev 7 (v6l)\n";
    for (cpuinfo, variant) in
        [(older.to_owned(), "v6"), (older.replace(": 7", ": 8"), "v8"), (older.replace("v6-", "v7-"), "v7")]
    {
        let platform = Platform::new("linux", "arm").with_cpu(&cpuinfo, "armv5l");
        assert_eq!(platform.variant.as_deref(), Some(variant), "{cpuinfo}");
    }
    for (cpuinfo, machine, variant) in
        [("", "armv7l", Some("v7")), ("", "aarch64", Some("v8")), ("", "", None), ("CPU architecture: 99", "", None)]
    {
        assert_eq!(Platform::new("linux", "arm").with_cpu(cpuinfo, machine).variant.as_deref(), variant, "{machine}");
    }
    assert_eq!(Platform::new("linux", "amd64").with_cpu(&cpuinfo("8"), "aarch64").variant, None);
    assert_eq!(Platform::new("darwin", "arm64").with_cpu("", "").variant.as_deref(), Some("v8"));
    assert_eq!(Platform::new("windows", "arm").with_cpu("", "").variant.as_deref(), Some("v7"));
    assert_eq!(Platform::host_from("", "").architecture, Platform::host().architecture);
}

fn rows(file: &str) -> Vec<Vec<String>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata/platform").join(file);
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split('\t').map(Into::into).collect()).collect()
}
