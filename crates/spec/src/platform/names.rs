//! The names that Go has for operating systems and processors.
//!
//! The image-spec wants these in documents and forbids no others. They decide two things here: which single words a
//! specifier may have, `linux` or `arm64`, and which names [`Rule::PlatformName`](crate::Rule::PlatformName) lets pass.

use super::Platform;

/// What a specifier of one word may name.
const SYSTEMS: [&str; 17] = [
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "js",
    "linux",
    "nacl",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "windows",
    "zos",
];

/// What is an operating system to Go, but never stands alone in a specifier.
const NEWER_SYSTEM: &str = "wasip1";

const ARCHITECTURES: [&str; 24] = [
    "386",
    "amd64",
    "amd64p32",
    "arm",
    "armbe",
    "arm64",
    "arm64be",
    "ppc64",
    "ppc64le",
    "loong64",
    "mips",
    "mipsle",
    "mips64",
    "mips64le",
    "mips64p32",
    "mips64p32le",
    "ppc",
    "riscv",
    "riscv64",
    "s390",
    "s390x",
    "sparc",
    "sparc64",
    "wasm",
];

impl Platform {
    /// Whether a name is one of Go's for operating systems (`GOOS`), which the image-spec wants in documents. It is
    /// compared as it is written: `Linux` and `macos` are not. Other names are legal, and match only themselves.
    ///
    /// ```
    /// # use wharf_spec::Platform;
    /// assert!(Platform::is_known_os("linux") && Platform::is_known_os("wasip1"));
    /// assert!(!Platform::is_known_os("Linux") && !Platform::is_known_os("macos") && !Platform::is_known_os("unknown"));
    /// ```
    #[must_use]
    pub fn is_known_os(name: &str) -> bool {
        is_system(name) || name == NEWER_SYSTEM
    }

    /// Whether a name is one of Go's for processors (`GOARCH`), which the image-spec wants in documents. It is compared
    /// as it is written: `x86_64` and `aarch64` are not.
    ///
    /// ```
    /// # use wharf_spec::Platform;
    /// assert!(Platform::is_known_architecture("arm64") && Platform::is_known_architecture("loong64"));
    /// assert!(!Platform::is_known_architecture("aarch64") && !Platform::is_known_architecture("linux"));
    /// ```
    #[must_use]
    pub fn is_known_architecture(name: &str) -> bool {
        is_architecture(name)
    }
}

/// Whether a specifier of one word names an operating system with it.
pub(super) fn is_system(name: &str) -> bool {
    SYSTEMS.contains(&name)
}

/// Whether a specifier of one word names a processor with it.
pub(super) fn is_architecture(name: &str) -> bool {
    ARCHITECTURES.contains(&name)
}
