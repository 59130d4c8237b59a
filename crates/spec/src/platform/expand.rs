//! Whose programs run on which processors.
//!
//! | wanted | will do, best first |
//! |---|---|
//! | `amd64/v3` | `amd64/v3`, `amd64/v2`, `amd64`, `386` |
//! | `arm/v7` | `arm/v7`, `arm/v6`, `arm/v5` |
//! | `arm64` | `arm64`, then `arm/v8` down to `arm/v5` |
//! | `arm64/v8.2` | `arm64/v8.2`, `arm64/v8.1`, `arm64`, then `arm` as above |
//! | `arm64/v9` | `arm64/v9`, `arm64/v8.5` down to `arm64/v8.1`, `arm64`, then `arm` as above |
//! | others | themselves |
//!
//! The other way round nothing will do: an `arm/v8` does not run what is for `arm64`, and a base level not what is for a
//! higher one.

use super::Platform;

/// A normalised platform and those whose programs run on it, best first; the platform itself is the first of them.
pub(super) fn expand(wanted: &Platform) -> Vec<Platform> {
    let variant = wanted.variant.as_deref().unwrap_or_default();
    let names = match wanted.architecture.as_str() {
        "amd64" => amd64(variant),
        "arm" => arm(variant),
        "arm64" => arm64(variant),
        architecture => vec![(architecture, variant.to_owned())],
    };
    let platform = |(architecture, variant): (&str, String)| Platform {
        architecture: architecture.into(),
        variant: Some(variant).filter(|variant| !variant.is_empty()),
        ..wanted.clone()
    };
    names.into_iter().map(platform).collect()
}

/// The same without other processors: the platform and its older variants.
pub(super) fn expand_variants(wanted: &Platform) -> Vec<Platform> {
    let mut platforms = expand(wanted);
    platforms.retain(|platform| platform.architecture == wanted.architecture);
    platforms
}

/// Processors with their variants; an empty variant is none.
type Names<'a> = Vec<(&'a str, String)>;

/// `amd64/vN` runs every lower level down to v2, the base, which has no variant, and 32-bit programs.
fn amd64(variant: &str) -> Names<'static> {
    let mut names = match number(variant) {
        Some(level @ 2..) => down("amd64", "v", level, 2),
        _ => Vec::new(),
    };
    // A variant that is no number says nothing about what else the processor runs, except 32-bit programs.
    let other = if names.is_empty() { variant.into() } else { String::new() };
    names.extend([("amd64", other), ("386", String::new())]);
    names
}

/// From version 6 on, a 32-bit ARM runs the versions below it down to 5.
fn arm(variant: &str) -> Names<'static> {
    match number(variant) {
        Some(version @ 6..) => down("arm", "v", version, 5),
        _ => vec![("arm", variant.into())],
    }
}

/// A 64-bit ARM runs the lower minor versions of its major one, version 9.x also 8.(x+5), and all run 32-bit programs.
fn arm64(variant: &str) -> Names<'static> {
    let (mut names, eighth) = match variant.split_once('.') {
        None if variant.is_empty() => (Vec::new(), 0),
        None if variant == "v9" => (ninth(0), 5),
        Some(("v8", minor)) => match digit(minor) {
            Some(minor @ 1..=9) => (Vec::new(), minor),
            _ => return vec![("arm64", variant.into())],
        },
        Some(("v9", minor)) => match digit(minor) {
            Some(minor @ 1..=7) => (ninth(minor), (minor + 5).min(9)),
            _ => return vec![("arm64", variant.into())],
        },
        _ => return vec![("arm64", variant.into())],
    };
    names.extend(down("arm64", "v8.", eighth, 1));
    names.push(("arm64", String::new()));
    names.extend(down("arm", "v", 8, 5));
    names
}

/// ARM's version 9 down from a minor version.
fn ninth(minor: u8) -> Names<'static> {
    let mut names = down("arm64", "v9.", minor, 1);
    names.push(("arm64", "v9".into()));
    names
}

/// An architecture with the variants from one number down to another.
fn down(architecture: &'static str, prefix: &str, from: u8, to: u8) -> Names<'static> {
    (to..=from).rev().map(|number| (architecture, format!("{prefix}{number}"))).collect()
}

/// The number of a variant such as `v7`.
fn number(variant: &str) -> Option<u8> {
    variant.strip_prefix('v').and_then(digit)
}

/// A number as it is written, without signs and leading zeros.
fn digit(text: &str) -> Option<u8> {
    text.parse().ok().filter(|number: &u8| number.to_string() == text)
}
