//! The rules of configurations.
//!
//! What Docker adds has none, and neither has what the specification merely describes, such as absolute paths: a rule is
//! here when its sentence says must or should, and when a document alone, or with its manifest, shows that it is broken.

use super::descriptor::names;
use super::{Judge, Judged};
use crate::{Execution, History, ImageConfig, Manifest, RootFs, Rule, Violation, annotation};

impl Judged for ImageConfig {
    fn judge<'a>(&'a self, judge: &mut Judge<'a>) {
        date(judge, self.created.as_ref());
        names(judge, &self.os, &self.architecture);
        judge.member("config", &self.config);
        judge.that("rootfs", Rule::Required, !self.rootfs.kind.is_empty());
        judge.member("rootfs", &self.rootfs);
        let layers = self.history.iter().filter(|step| !step.empty_layer).count();
        let told = self.history.is_empty() || layers == self.rootfs.diff_ids.len();
        judge.that("history", Rule::HistoryCount, told);
        judge.items("history", &self.history);
    }
}

impl Judged for Execution {
    fn judge<'a>(&'a self, judge: &mut Judge<'a>) {
        judge.within("ExposedPorts", |judge| {
            self.exposed_ports.iter().for_each(|port| judge.that(port, Rule::ExposedPort, is_port(port)));
        });
        let set =
            |judge: &mut Judge<'a>, text: &'a String| judge.here(Rule::Env, text.find('=').is_some_and(|at| at > 0));
        judge.within("Env", |judge| judge.each(&self.env, set));
    }
}

impl Judged for RootFs {
    fn judge<'a>(&'a self, judge: &mut Judge<'a>) {
        judge.that("type", Rule::RootFsType, matches!(self.kind.as_str(), "layers" | ""));
    }
}

impl Judged for History {
    fn judge<'a>(&'a self, judge: &mut Judge<'a>) {
        date(judge, self.created.as_ref());
    }
}

fn date(judge: &mut Judge<'_>, created: Option<&String>) {
    judge.that("created", Rule::Date, created.is_none_or(|created| annotation::is_date_time(created)));
}

/// `port`, `port/tcp` or `port/udp`.
fn is_port(text: &str) -> bool {
    let (port, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    digits && port.parse::<u16>().is_ok() && matches!(protocol, "tcp" | "udp")
}

impl ImageConfig {
    /// Whether a manifest of this configuration has as many layers as it should: the rule that neither document breaks
    /// alone (image-spec, "Image Configuration", `rootfs.diff_ids`). Whether they are the right layers shows when they are
    /// uncompressed.
    ///
    /// ```
    /// use wharf_spec::{Descriptor, Digest, History, ImageConfig, Manifest, MediaType, Rule};
    ///
    /// let config = ImageConfig::default().with_layer(Digest::of(b"a tar file"), History::default());
    /// let manifest = Manifest::new(Descriptor::of(MediaType::IMAGE_CONFIG, b"the config"), Vec::new());
    /// assert_eq!(config.violation_under(&manifest).unwrap().rule(), Rule::LayerCount);
    /// ```
    #[must_use]
    pub fn violation_under(&self, manifest: &Manifest) -> Option<Violation> {
        let equal = self.rootfs.diff_ids.len() == manifest.layers.len();
        (!equal).then(|| Violation::new(Rule::LayerCount, "$.rootfs.diff_ids".into()))
    }
}
