//! How platforms are written, and which candidates are what was asked for. Facts: containerd's platforms package.

#![allow(clippy::unwrap_used, reason = "a test, and all data here is its own")]

use wharf_spec::Platform;

#[test]
fn are_read_under_their_usual_names() {
    for (text, name) in [
        ("linux/amd64", "linux/amd64"),
        ("LINUX/X86_64", "linux/amd64"),
        ("linux/x86-64", "linux/amd64"),
        ("linux/amd64/v1", "linux/amd64"),
        ("linux/AMD64/V2", "linux/amd64/v2"),
        ("linux/amd64/2", "linux/amd64/2"),
        ("linux/i386", "linux/386"),
        ("linux/i386/v1", "linux/386"),
        ("linux/aarch64", "linux/arm64"),
        ("linux/arm64/v8", "linux/arm64"),
        ("linux/arm64/8", "linux/arm64"),
        ("linux/arm64/v8.0", "linux/arm64"),
        ("linux/arm64/v8.1", "linux/arm64/v8.1"),
        ("linux/arm64/9", "linux/arm64/v9"),
        ("linux/arm64/9.0", "linux/arm64/v9"),
        ("linux/arm64/v9.0", "linux/arm64/v9"),
        ("linux/arm", "linux/arm/v7"),
        ("linux/arm/7", "linux/arm/v7"),
        ("linux/arm/5", "linux/arm/v5"),
        ("linux/arm/6", "linux/arm/v6"),
        ("linux/arm/8", "linux/arm/v8"),
        ("linux/armhf", "linux/arm/v7"),
        ("linux/armhf/v6", "linux/arm/v7"),
        ("linux/armel", "linux/arm/v6"),
        ("macOS/aarch64", "darwin/arm64"),
        ("linux/armv7", "linux/armv7"),
        ("linux/arm64v8", "linux/arm64v8"),
        ("unknown/unknown", "unknown/unknown"),
        ("foo/bar", "foo/bar"),
    ] {
        let platform: Platform = text.parse().unwrap();
        assert_eq!(platform.to_string(), name, "{text}");
        assert_eq!(platform.to_string().parse(), Ok(platform), "{text}: reads back");
    }
}

#[test]
fn that_are_none_are_refused() {
    for text in [
        "",
        "/linux",
        "linux/",
        "linux//v7",
        "linux/arm/",
        "linux/arm/v7/x",
        "*",
        "linux/*",
        "linux /arm",
        "linux/arm v7",
        "linux",
        "amd64",
    ] {
        assert!(text.parse::<Platform>().is_err(), "{text:?}");
    }
}

#[test]
fn match_the_same_and_nothing_else() {
    for (wanted, matching, other) in [
        ("linux/amd64", &["linux/amd64", "linux/amd64/v1", "linux/x86_64"][..], &["linux/386", "linux/amd64/v2"][..]),
        ("linux/amd64/v3", &["linux/amd64/v3"], &["linux/amd64/v2", "linux/amd64"]),
        ("linux/arm64", &["linux/arm64", "linux/arm64/v8", "linux/aarch64"], &["linux/arm/v7", "linux/arm64/v8.1"]),
        ("linux/arm64/v8.10", &["linux/arm64/v8.10"], &["linux/arm64"]),
        ("linux/arm", &["linux/arm/v7", "linux/armhf"], &["linux/arm/v6", "linux/arm64"]),
        ("linux/riscv64", &["linux/riscv64"], &["linux/riscv64/rva20u64"]),
        ("linux/ppc64le/power9", &["linux/ppc64le/power9"], &["linux/ppc64le"]),
        ("darwin/arm64", &["darwin/arm64", "macos/arm64"], &["linux/arm64"]),
        ("freebsd/amd64", &["freebsd/amd64"], &["linux/amd64"]),
    ] {
        let wanted: Platform = wanted.parse().unwrap();
        for candidate in matching {
            assert!(wanted.matches(&raw(candidate)), "{wanted} is {candidate}");
        }
        for candidate in other {
            assert!(!wanted.matches(&raw(candidate)), "{wanted} is not {candidate}");
        }
    }
}

/// A platform as a document could spell it, without any normalisation.
fn raw(text: &str) -> Platform {
    let mut parts = text.split('/');
    let mut platform = Platform::new(parts.next().unwrap(), parts.next().unwrap());
    platform.variant = parts.next().map(Into::into);
    platform
}

#[test]
fn must_offer_what_the_candidate_needs() {
    let with = |features: &[&str]| {
        let mut platform = Platform::new("linux", "amd64");
        platform.os_features = features.iter().map(|feature| (*feature).into()).collect();
        platform
    };
    assert!(!with(&[]).matches(&with(&["gpu"])));
    assert!(with(&["gpu"]).matches(&with(&[])));
    assert!(with(&["gpu"]).matches(&with(&["gpu"])));
    assert!(!with(&["gpu"]).matches(&with(&["gpu", "simd"])));
    assert!(with(&["simd", "gpu"]).matches(&with(&["gpu", "simd"])));
}

#[test]
fn of_no_operating_system_match_no_other() {
    let silent = Platform::new("", "amd64");
    assert_eq!(silent.normalized(), silent);
    assert!(silent.matches(&silent));
    let host = Platform::new(Platform::host().os, "amd64");
    assert!(!silent.matches(&host) && !host.matches(&silent));
}

#[test]
fn cannot_drive_a_terminal() {
    for (hostile, shown) in [
        ("\u{1b}[2J", r"\u{1b}[2J"),
        ("a\r\nb", r"a\r\nb"),
        ("\0\u{7}\u{7f}", r"\u{0}\u{7}\u{7f}"),
        ("\u{202e}46dma", r"\u{202e}46dma"),
        ("\u{9b}31m", r"\u{9b}31m"),
        ("l\u{456}nux", r"l\u{456}nux"),
        ("a\"b'c\\", r#"a\"b\'c\\"#),
    ] {
        let mut platform = Platform::new(hostile, hostile);
        platform.variant = Some(hostile.into());
        let text = format!("{shown}/{shown}/{shown}");
        assert_eq!((platform.to_string(), platform.full()), (text.clone(), text));
        platform.os_version = Some(hostile.into());
        platform.os_features = vec![hostile.into()];
        for text in [platform.to_string(), platform.full()] {
            assert!(text.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{text}");
        }
    }
}

#[test]
fn have_names_that_go_knows() {
    for (os, known) in [
        ("linux", true),
        ("windows", true),
        ("darwin", true),
        ("zos", true),
        ("aix", true),
        ("wasip1", true),
        ("", false),
        ("Linux", false),
        ("macos", false),
        ("wasi", false),
        ("unknown", false),
        ("amd64", false),
    ] {
        assert_eq!(Platform::is_known_os(os), known, "{os}");
        let lone = Platform::parse(os, &Platform::new("linux", "s390x"));
        assert!(!known || os == "wasip1" || lone.is_ok_and(|platform| platform.os == os), "{os} alone");
    }
    for (architecture, known) in [
        ("386", true),
        ("amd64", true),
        ("arm", true),
        ("arm64", true),
        ("loong64", true),
        ("ppc64le", true),
        ("riscv64", true),
        ("s390x", true),
        ("wasm", true),
        ("", false),
        ("AMD64", false),
        ("x86_64", false),
        ("aarch64", false),
        ("armhf", false),
        ("arm64v8", false),
        ("unknown", false),
        ("linux", false),
    ] {
        assert_eq!(Platform::is_known_architecture(architecture), known, "{architecture}");
    }
    let host = Platform::host();
    assert!(Platform::is_known_os(&host.os) && Platform::is_known_architecture(&host.architecture), "{host}");
}

#[test]
fn are_written_as_the_specification_names_them() {
    let json =
        r#"{"architecture":"amd64","os":"windows","os.version":"10.0.17763","os.features":["win32k"],"variant":"v1"}"#;
    let platform: Platform = serde_json::from_str(json).unwrap();
    assert_eq!(serde_json::to_string(&platform).unwrap(), json);
}
