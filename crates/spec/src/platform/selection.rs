//! The entry of an index that a platform leads to.

use super::{Platform, PlatformMatcher};
use crate::{Descriptor, Index, annotation};

impl Index {
    /// The first manifest for `wanted` itself: [`Self::select_by`] what [`PlatformMatcher::exactly`] it is.
    ///
    /// ```
    /// # use wharf_spec::{Descriptor, Digest, Index, MediaType};
    /// # let entry = |platform: &str| {
    /// #     let entry = Descriptor::new(MediaType::IMAGE_MANIFEST, Digest::of(platform.as_bytes()), 1);
    /// #     entry.with_platform(platform.parse().unwrap())
    /// # };
    /// let index = Index::new(vec![entry("linux/amd64"), entry("linux/arm64")]);
    /// assert_eq!(index.select(&"linux/arm64/v8".parse().unwrap()), index.manifests.last());
    /// assert_eq!(index.select(&"linux/arm/v7".parse().unwrap()), None);
    /// ```
    #[must_use]
    pub fn select(&self, wanted: &Platform) -> Option<&Descriptor> {
        self.select_by(&PlatformMatcher::exactly(wanted))
    }

    /// The manifest whose platform is the best to `matcher`; the first of equals.
    ///
    /// Indexes in this one are not chosen, whatever platform they say: what is in them must be read. Attestations never
    /// are, whether their platform says so, `unknown/unknown`, or their annotation does. Where no entry has a platform,
    /// as in the `index.json` of many layouts, there is nothing to compare, and the first entry is chosen; whoever must
    /// be sure then reads the image's configuration. Where some entries have a platform, those that have none are not
    /// chosen.
    ///
    /// ```
    /// # use wharf_spec::{Descriptor, Digest, Index, MediaType, Platform, PlatformMatcher};
    /// # let entry = |platform: &str| {
    /// #     let entry = Descriptor::new(MediaType::IMAGE_MANIFEST, Digest::of(platform.as_bytes()), 1);
    /// #     entry.with_platform(platform.parse().unwrap())
    /// # };
    /// let index = Index::new(vec![entry("linux/amd64"), entry("linux/amd64/v2"), entry("linux/amd64/v4")]);
    /// let machine: Platform = "linux/amd64/v3".parse().unwrap();
    /// let chosen = index.select_by(&PlatformMatcher::compatible(&machine)).unwrap();
    /// assert_eq!(chosen.platform, "linux/amd64/v2".parse().ok());
    /// ```
    #[must_use]
    pub fn select_by(&self, matcher: &PlatformMatcher) -> Option<&Descriptor> {
        let images = || self.manifests.iter().filter(|entry| is_image(entry));
        let mut ranked = images().filter_map(|entry| Some((matcher.rank(entry.platform.as_ref()?)?, entry))).peekable();
        if ranked.peek().is_none() {
            return images().next().filter(|_| images().all(|entry| entry.platform.is_none()));
        }
        ranked.min_by(|(one, _), (other, _)| one.cmp(other)).map(|(_, entry)| entry)
    }
}

impl Descriptor {
    /// Whether an index's entry is an attestation: its platform is `unknown/unknown`, or its annotation
    /// [`annotation::DOCKER_REFERENCE_TYPE`] says so. It is about another entry and runs nowhere.
    ///
    /// ```
    /// # use wharf_spec::{Descriptor, Digest, MediaType, Platform};
    /// let entry = Descriptor::new(MediaType::IMAGE_MANIFEST, Digest::of(b"{}"), 2);
    /// assert!(!entry.is_attestation());
    /// assert!(entry.with_platform(Platform::new("unknown", "unknown")).is_attestation());
    /// ```
    #[must_use]
    pub fn is_attestation(&self) -> bool {
        let kind = self.annotations.get(annotation::DOCKER_REFERENCE_TYPE);
        kind.is_some_and(|kind| kind == annotation::ATTESTATION_MANIFEST)
            || self.platform.as_ref().is_some_and(|platform| platform.normalized().is_unknown())
    }
}

/// Whether an entry can be an image.
fn is_image(entry: &Descriptor) -> bool {
    !entry.media_type.is_index() && !entry.is_attestation()
}
