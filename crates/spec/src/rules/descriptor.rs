//! The rules of descriptors, platforms and annotations.

use wharf_digest::Digest;

use super::{Judge, Judged};
use crate::{Annotations, Descriptor, MediaType, Platform, Rule, annotation};

/// The digest of the empty JSON object.
const EMPTY: Digest = Digest::from_static("sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");

impl Judged for Descriptor {
    fn judge<'a>(&'a self, judge: &mut Judge<'a>) {
        judge.here(Rule::NonDistributable, !is_deprecated(&self.media_type));
        judge.here(
            Rule::EmptyDescriptor,
            self.media_type != MediaType::EMPTY || (self.size == 2 && self.digest == EMPTY),
        );
        judge.within("urls", |judge| judge.each(&self.urls, |judge, url| judge.here(Rule::Url, is_url(url))));
        if let Some(data) = &self.data {
            judge.within("data", |judge| content(judge, self, data));
        }
        annotations(judge, &self.annotations);
        if let Some(platform) = &self.platform {
            judge.member("platform", platform);
        }
    }
}

/// Docker's foreign layers are no business of the image-spec's.
fn is_deprecated(media_type: &MediaType) -> bool {
    media_type.is_non_distributable() && media_type.as_str().starts_with("application/vnd.oci.")
}

/// The rules of embedded content.
fn content(judge: &mut Judge<'_>, descriptor: &Descriptor, data: &[u8]) {
    judge.here(Rule::DataSize, data.len() as u64 == descriptor.size);
    // What cannot be computed cannot be called wrong.
    judge.here(Rule::DataDigest, descriptor.digest.matches(data).unwrap_or(true));
}

/// An absolute URL of http or https, in the characters of RFC 3986.
fn is_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let web = scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http");
    let legal = |byte: u8| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte);
    web && rest.bytes().all(legal) && !rest.is_empty() && !rest.starts_with(['/', '?', '#'])
}

/// The rules of the annotations that the specification names.
pub(super) fn annotations<'a>(judge: &mut Judge<'a>, annotations: &'a Annotations) {
    if let Some(created) = annotations.get(annotation::CREATED) {
        judge.within("annotations", |judge| {
            judge.that(annotation::CREATED, Rule::Date, annotation::is_date_time(created));
        });
    }
}

impl Judged for Platform {
    fn judge<'a>(&'a self, judge: &mut Judge<'a>) {
        names(judge, &self.os, &self.architecture);
    }
}

/// The rules of the names of an operating system and a processor.
pub(super) fn names(judge: &mut Judge<'_>, os: &str, architecture: &str) {
    for (member, name, known) in [
        ("os", os, Platform::is_known_os(os)),
        ("architecture", architecture, Platform::is_known_architecture(architecture)),
    ] {
        match name.is_empty() {
            true => judge.that(member, Rule::Required, false),
            false => judge.that(member, Rule::PlatformName, known),
        }
    }
}
