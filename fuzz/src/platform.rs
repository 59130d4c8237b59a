//! Laws of platforms. Input that is text is a list of specifiers, separated by spaces; out of other input one is made.

use std::sync::LazyLock;

use arbitrary::Unstructured;
use regex_automata::meta::Regex;
use wharf_spec::{InvalidPlatformKind, Platform, PlatformMatcher};

/// The grammar, but for what the escapes spell.
static SPECIFIER: LazyLock<Regex> = LazyLock::new(|| {
    let value = "(?:[A-Za-z0-9_.-]|%[0-9A-Fa-f]{2})";
    let system = format!(r"[A-Za-z0-9_-]+(?:\((?P<inner>(?:{value}*)(?:\+{value}+)*)\))?");
    let name = "[A-Za-z0-9_.-]+";
    let regex = Regex::new(&format!(r"\A{system}(?P<more>/{name}(?:/{name})?)?\z"));
    regex.unwrap_or_else(|error| panic!("{error}"))
});

/// How many specifiers of a list are compared with each other.
const MOST: usize = 8;

/// What specifiers are made of.
const WORDS: [&str; 42] = [
    "/",
    "/",
    "/",
    "linux",
    "amd64",
    "arm64",
    "arm",
    "v8",
    "v7",
    " linux/amd64",
    " linux/arm64/v8",
    " linux/arm",
    " windows(10.0.20348)/amd64",
    " linux(%0a%2b+%C3%89)/arm64",
    " unknown/unknown",
    " ",
    "windows",
    "macOS",
    "freebsd",
    "unknown",
    "x86_64",
    "aarch64",
    "armhf",
    "386",
    "riscv64",
    "v2",
    "v8.5",
    "v9",
    "8",
    "(",
    ")",
    "+",
    "10.0.26100.1",
    "win32k",
    "%2F",
    "%c3%A9",
    "%ff",
    "%0a",
    "*",
    "A",
    ".",
    "é",
];
const HOSTS: [(&str, &str, Option<&str>); 4] = [
    ("linux", "amd64", None),
    ("linux", "arm", Some("v6")),
    ("windows", "arm64", Some("v8")),
    ("macOS", "AARCH64", None),
];

/// Specifiers are taken by their grammar, print as what reads the same, and find themselves.
pub fn platform(input: &[u8]) {
    let text = specifiers(input);
    text.split(' ').take(MOST).for_each(specifier);
    let read = text.split(' ').take(MOST).filter_map(|text| text.parse().ok());
    let read: Vec<Platform> = read.collect();
    for wanted in &read {
        chooses(wanted, &read);
    }
}

/// What [`platform`] makes of input.
#[must_use]
pub fn specifiers(input: &[u8]) -> String {
    if let Ok(text) = str::from_utf8(input) {
        return text.to_owned();
    }
    let mut source = Unstructured::new(input);
    let mut text = String::new();
    while text.len() < 300 && !source.is_empty() {
        text.push_str(source.choose(&WORDS).unwrap_or(&""));
    }
    text
}

fn specifier(text: &str) {
    let whole = text.parse::<Platform>();
    let (fits, more) = fits(text);
    assert_eq!(whole.is_ok(), fits && more, "{text:?}");
    if let Ok(platform) = &whole {
        assert_eq!(platform.normalized(), *platform);
        assert_eq!(platform.full().parse().as_ref(), Ok(platform));
        assert!(!platform.to_string().contains('('));
    }
    for (os, architecture, variant) in HOSTS {
        let mut host = Platform::new(os, architecture);
        host.variant = variant.map(Into::into);
        with_host(text, &host, fits, more);
    }
}

fn with_host(text: &str, host: &Platform, fits: bool, more: bool) {
    match Platform::parse(text, host) {
        Ok(mut platform) => {
            assert!(fits);
            let again = Platform::parse(&platform.full(), host);
            platform.os_features.sort_unstable();
            assert_eq!(again.as_ref(), Ok(&platform), "{text:?}");
            let normalized = platform.normalized();
            assert_eq!(normalized.normalized(), normalized);
        }
        Err(error) => {
            assert!(text.is_char_boundary(error.at()));
            assert_eq!(error.kind() == InvalidPlatformKind::Wildcard, text.contains('*'));
            // Only a lone word can be in the grammar and mean nothing.
            assert!(!fits || (error.kind() == InvalidPlatformKind::Unknown && !more), "{text:?}");
        }
    }
}

/// Whether a text is in the grammar, and whether it names a processor besides an operating system.
fn fits(text: &str) -> (bool, bool) {
    let mut captures = SPECIFIER.create_captures();
    SPECIFIER.captures(text, &mut captures);
    let group = |name| captures.get_group_by_name(name).and_then(|span| text.get(span.start..span.end));
    let decodes = group("inner").unwrap_or_default().split('+').all(|value| String::from_utf8(decode(value)).is_ok());
    (captures.is_match() && decodes, group("more").is_some())
}

fn decode(value: &str) -> Vec<u8> {
    let mut parts = value.split('%');
    let mut bytes: Vec<_> = parts.next().unwrap_or_default().bytes().collect();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2).unwrap_or_default();
        bytes.extend(u8::from_str_radix(digits, 16));
        bytes.extend(rest.bytes());
    }
    bytes
}

/// A platform will do for itself, however it is asked for; what is chosen is among the best.
fn chooses(wanted: &Platform, candidates: &[Platform]) {
    let exactly = PlatformMatcher::exactly(wanted);
    assert_eq!(exactly.matches(wanted), !wanted.is_unknown(), "{wanted:?}");
    let wider =
        [PlatformMatcher::compatible(wanted), PlatformMatcher::any_architecture(wanted), PlatformMatcher::host(wanted)];
    for candidate in candidates.iter().filter(|candidate| exactly.matches(candidate)) {
        assert_eq!((&candidate.os, &candidate.architecture), (&wanted.os, &wanted.architecture));
        assert_eq!(candidate.variant, wanted.variant);
        assert!(wider.iter().all(|matcher| matcher.matches(candidate)), "{wanted:?}: {candidate:?}");
    }
    for matcher in wider.iter().chain([&exactly]) {
        let sorted = matcher.sorted(candidates);
        let ranks: Vec<_> = sorted.iter().map(|at| candidates.get(*at).and_then(|it| matcher.rank(it))).collect();
        assert!(ranks.iter().all(Option::is_some) && ranks.is_sorted());
        assert_eq!(sorted.len(), candidates.iter().filter(|candidate| matcher.matches(candidate)).count());
        assert_eq!(matcher.best(candidates), sorted.first().copied());
    }
}
