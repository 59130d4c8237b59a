//! Credential helpers that are a few lines of shell, in a directory of their own.

use std::ffi::OsStr;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use wharf_client::docker_config::{HelperLimits, HelperName, Helpers};

use crate::table::SECRET;

pub(crate) struct Scripts(pub(crate) TempDir);

impl Scripts {
    pub(crate) fn new(scripts: &[(&str, &str)]) -> Self {
        let this = Self(tempfile::tempdir().unwrap());
        for (name, body) in scripts {
            this.add(name, body);
        }
        this
    }

    /// Writes a script with the secret put in. Another process does it: a program that this one holds open for writing,
    /// and be it in a child that is about to be something else, cannot be run.
    pub(crate) fn add(&self, name: &str, body: &str) {
        let path = self.0.path().join(format!("docker-credential-{name}"));
        let mut writer = Command::new("/bin/sh")
            .args([OsStr::new("-c"), OsStr::new("cat >\"$1\" && chmod 755 \"$1\""), OsStr::new("sh"), path.as_os_str()])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let script = format!("#!/bin/sh\n{}\n", body.replace("SECRET", SECRET));
        writer.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        assert!(writer.wait().unwrap().success());
    }

    /// They have all the time they need, on whatever machine.
    pub(crate) fn helpers(&self) -> Helpers {
        let mut limits = HelperLimits::default();
        limits.time = Duration::from_secs(600);
        Helpers::new(Some(self.0.path().as_os_str())).with_limits(limits)
    }

    /// What a script has left in a file beside it.
    pub(crate) fn left(&self, file: &str) -> String {
        std::fs::read_to_string(self.0.path().join(file)).unwrap_or_default()
    }
}

pub(crate) fn name(text: &str) -> HelperName {
    HelperName::parse(text).unwrap()
}
