//! The rules of manifests, indexes and the one that was withdrawn.
//!
//! A rule on a part, such as a descriptor, is asked wherever the part stands: the URLs of a
//! subject are judged as a layer's are.

use super::descriptor::annotations;
use super::{Judge, Judged};
use crate::{ArtifactManifest, Descriptor, DocumentKind, Index, LayoutHeader, Manifest, MediaType, Rule, annotation};

impl Judged for Manifest {
    fn judge<'a>(&'a self, judge: &mut Judge<'a>) {
        judge.here(Rule::ManifestMediaType, self.media_type.is_some());
        judge
            .here(Rule::ArtifactTypeAbsent, self.artifact_type.is_some() || self.config.media_type != MediaType::EMPTY);
        judge.member("config", &self.config);
        judge.that("layers", Rule::LayersEmpty, !self.layers.is_empty());
        judge.items("layers", &self.layers);
        subject(judge, self.subject.as_ref());
        annotations(judge, &self.annotations);
    }
}

impl Judged for Index {
    fn judge<'a>(&'a self, judge: &mut Judge<'a>) {
        judge.here(Rule::IndexMediaType, self.media_type.is_some());
        judge.within("manifests", |judge| judge.each(&self.manifests, entry));
        subject(judge, self.subject.as_ref());
        annotations(judge, &self.annotations);
    }
}

fn entry<'a>(judge: &mut Judge<'a>, entry: &'a Descriptor) {
    entry.judge(judge);
    if let Some(name) = entry.annotations.get(annotation::REF_NAME) {
        judge.within("annotations", |judge| {
            judge.that(annotation::REF_NAME, Rule::RefName, annotation::is_ref_name(name));
        });
    }
}

/// A kind of manifest that is not known here is a manifest all the same.
fn subject<'a>(judge: &mut Judge<'a>, subject: Option<&'a Descriptor>) {
    let Some(subject) = subject else { return };
    let kind = DocumentKind::of(&subject.media_type);
    let blob = matches!(kind, DocumentKind::Config | DocumentKind::Layout) || subject.media_type.layer().is_some();
    judge.within("subject", |judge| {
        judge.that("mediaType", Rule::SubjectKind, !blob);
        subject.judge(judge);
    });
}

/// Nobody writes rules for what was withdrawn; its parts have theirs.
impl Judged for ArtifactManifest {
    fn judge<'a>(&'a self, judge: &mut Judge<'a>) {
        judge.items("blobs", &self.blobs);
        subject(judge, self.subject.as_ref());
        annotations(judge, &self.annotations);
    }
}

impl Judged for LayoutHeader {
    fn judge<'a>(&'a self, _: &mut Judge<'a>) {}
}
