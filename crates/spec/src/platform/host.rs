//! The platform that this program runs on. What only the system knows is an argument.
//!
//! Go cannot tell the variant of an ARM processor either; so containerd, whose rules these are, reads `/proc/cpuinfo` on
//! Linux. This crate opens no file: whoever has read that one hands it over.

use std::env::consts;

use super::Platform;

impl Platform {
    /// The platform that this program was compiled for, without a variant.
    ///
    /// ```
    /// # use wharf_spec::Platform;
    /// let host = Platform::host();
    /// assert_eq!(host.normalized().os, host.os);
    /// ```
    #[must_use]
    pub fn host() -> Self {
        let little = cfg!(target_endian = "little");
        let architecture = match consts::ARCH {
            "x86" => "386",
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            "loongarch64" => "loong64",
            "powerpc" => "ppc",
            "powerpc64" if little => "ppc64le",
            "powerpc64" => "ppc64",
            "mips" if little => "mipsle",
            "mips64" if little => "mips64le",
            "wasm32" | "wasm64" => "wasm",
            "riscv32" => "riscv",
            other => other,
        };
        Self::new(super::normal::os(consts::OS), architecture)
    }

    /// The platform that this program runs on: [`Self::host`] with the variant that the system tells. On Linux, `cpuinfo`
    /// is the content of `/proc/cpuinfo` and `machine` what `uname -m` prints; elsewhere both are ignored.
    ///
    /// ```
    /// # use wharf_spec::Platform;
    /// let cpuinfo = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    /// let host = Platform::host_from(&cpuinfo, "");
    /// assert_eq!((host.os, host.architecture), (Platform::host().os, Platform::host().architecture));
    /// ```
    #[must_use]
    pub fn host_from(cpuinfo: &str, machine: &str) -> Self {
        Self::host().with_cpu(cpuinfo, machine)
    }

    /// The same with the variant of an ARM processor: on Linux as `cpuinfo` has it, else as the `machine`'s name does,
    /// elsewhere v8 for 64 bits and v7 for 32.
    ///
    /// ```
    /// # use wharf_spec::Platform;
    /// let cpuinfo = "processor\t: 0\nCPU architecture: 7\nmodel name\t: ARMv6-compatible processor rev 7 (v6l)\n";
    /// assert_eq!(Platform::new("linux", "arm").with_cpu(cpuinfo, "armv6l").to_string(), "linux/arm/v6");
    /// ```
    #[must_use]
    pub fn with_cpu(mut self, cpuinfo: &str, machine: &str) -> Self {
        self.variant = match (self.os.as_str(), self.architecture.as_str()) {
            ("linux", "arm" | "arm64") => from_cpuinfo(cpuinfo).or_else(|| from_machine(machine)).map(Into::into),
            ("windows" | "darwin", "arm64") => Some("v8".into()),
            ("windows" | "darwin", "arm") => Some("v7".into()),
            _ => self.variant,
        };
        self
    }
}

/// The variant that the kernel tells.
fn from_cpuinfo(cpuinfo: &str) -> Option<&'static str> {
    let architecture = field(cpuinfo, "cpu architecture")?;
    // A Raspberry Pi of the first generation says 7 of a processor that is a 6.
    let older = || field(cpuinfo, "model name").is_some_and(|name| name.starts_with("armv6-compatible"));
    match architecture.as_str() {
        "7" if older() => Some("v6"),
        architecture => variant(architecture),
    }
}

/// The value of the first field of that name, in lower case.
fn field(cpuinfo: &str, name: &str) -> Option<String> {
    let mut fields = cpuinfo.lines().filter_map(|line| line.split_once(':'));
    let (_, value) = fields.find(|(key, _)| key.trim().eq_ignore_ascii_case(name))?;
    Some(value.trim().to_ascii_lowercase())
}

/// The variant for a name that ARM gives to an architecture.
fn variant(architecture: &str) -> Option<&'static str> {
    match architecture {
        "8" | "aarch64" => Some("v8"),
        "7" | "7m" | "?(12)" | "?(13)" | "?(14)" | "?(15)" | "?(16)" | "?(17)" => Some("v7"),
        "6" | "6tej" => Some("v6"),
        "5" | "5t" | "5te" | "5tej" => Some("v5"),
        "4" | "4t" => Some("v4"),
        "3" => Some("v3"),
        _ => None,
    }
}

/// The variant in a name such as `armv7l`; the last letter says the order of bytes.
fn from_machine(machine: &str) -> Option<&'static str> {
    let machine = machine.to_ascii_lowercase();
    let name = machine.strip_prefix("armv").unwrap_or(&machine);
    variant(name.trim_end_matches(['l', 'b']))
}
