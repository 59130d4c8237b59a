//! Handing calls on: the one place that spells out every method of the traits for wrappers, and a shared registry, which
//! is a registry.

use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use wharf_reference::{Repository, Tag, TagOrDigest};
use wharf_spec::{Algorithm, Descriptor, Digest, Document, MediaType, Raw};

use crate::{Blob, ByteRange, Delete, Error, Items, List, Precondition, Range, Read, Upload, UploadId, Write};

/// What a method of the traits returns when it waits.
pub(crate) type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// The methods that are named, inside the implementation of a trait, as calls of the same methods of something else:
/// `forward!(self => self.0; put_blob, mount);`.
///
/// A wrapper shows only what it changes, and names what it leaves as it is: `#[deny(clippy::missing_trait_methods)]` on
/// the implementation sees to it that a new method is not left to its default, which refuses. The signatures are what
/// `async_trait` makes of those of the traits, so a call that is handed on has no box of its own.
macro_rules! forward {
    ($this:ident => $to:expr; $($method:ident),+) => {
        $($crate::forward::forward!(@ $method $this $to);)+
    };
    (@ manifest $this:ident $to:expr) => {
        $crate::forward::forward!(# $this $to; manifest, Document<Raw>;
            repository: &'life1 Repository, which: &'life2 TagOrDigest; 'life1 'life2);
    };
    (@ blob $this:ident $to:expr) => {
        $crate::forward::forward!(# $this $to; blob, Blob;
            repository: &'life1 Repository, digest: &'life2 Digest; 'life1 'life2);
    };
    (@ resolve $this:ident $to:expr) => {
        $crate::forward::forward!(# $this $to; resolve, Descriptor;
            repository: &'life1 Repository, which: &'life2 TagOrDigest; 'life1 'life2);
    };
    (@ stat_blob $this:ident $to:expr) => {
        $crate::forward::forward!(# $this $to; stat_blob, Descriptor;
            repository: &'life1 Repository, digest: &'life2 Digest; 'life1 'life2);
    };
    (@ blob_range $this:ident $to:expr) => {
        $crate::forward::forward!(# $this $to; blob_range, Range;
            repository: &'life1 Repository, digest: &'life2 Digest, range: ByteRange; 'life1 'life2);
    };
    (@ put_blob $this:ident $to:expr) => {
        $crate::forward::forward!(# $this $to; put_blob, ();
            repository: &'life1 Repository, blob: Blob; 'life1);
    };
    (@ mount $this:ident $to:expr) => {
        $crate::forward::forward!(# $this $to; mount, bool;
            repository: &'life1 Repository, digest: &'life2 Digest, from: &'life3 Repository; 'life1 'life2 'life3);
    };
    (@ start_upload $this:ident $to:expr) => {
        $crate::forward::forward!(# $this $to; start_upload, Box<dyn Upload>;
            repository: &'life1 Repository, algorithm: Algorithm<'life2>; 'life1 'life2);
    };
    (@ resume_upload $this:ident $to:expr) => {
        $crate::forward::forward!(# $this $to; resume_upload, Box<dyn Upload>;
            repository: &'life1 Repository, id: &'life2 UploadId; 'life1 'life2);
    };
    (@ put_manifest $this:ident $to:expr) => {
        $crate::forward::forward!(# $this $to; put_manifest, ();
            repository: &'life1 Repository, document: &'life2 Document<Raw>, tags: &'life3 [Tag],
            when: &'life4 Precondition; 'life1 'life2 'life3 'life4);
    };
    (@ delete_tag $this:ident $to:expr) => {
        $crate::forward::forward!(# $this $to; delete_tag, ();
            repository: &'life1 Repository, tag: &'life2 Tag; 'life1 'life2);
    };
    (@ delete_manifest $this:ident $to:expr) => {
        $crate::forward::forward!(# $this $to; delete_manifest, ();
            repository: &'life1 Repository, digest: &'life2 Digest; 'life1 'life2);
    };
    (@ delete_blob $this:ident $to:expr) => {
        $crate::forward::forward!(# $this $to; delete_blob, ();
            repository: &'life1 Repository, digest: &'life2 Digest; 'life1 'life2);
    };
    (@ tags $this:ident $to:expr) => {
        fn tags<'a>(&'a $this, repository: &'a Repository, after: Option<&'a Tag>) -> Items<'a, Tag> {
            $to.tags(repository, after)
        }
    };
    (@ repositories $this:ident $to:expr) => {
        fn repositories<'a>(&'a $this, after: Option<&'a Repository>) -> Items<'a, Repository> {
            $to.repositories(after)
        }
    };
    (@ referrers $this:ident $to:expr) => {
        fn referrers<'a>(
            &'a $this,
            repository: &'a Repository,
            digest: &'a Digest,
            artifact_type: Option<&'a MediaType>,
        ) -> Items<'a, Descriptor> {
            $to.referrers(repository, digest, artifact_type)
        }
    };
    (# $this:ident $to:expr; $name:ident, $found:ty; $($argument:ident: $kind:ty),+; $($life:lifetime)+) => {
        fn $name<'life0, $($life,)+ 'async_trait>(
            &'life0 $this,
            $($argument: $kind),+
        ) -> $crate::forward::Answer<'async_trait, $found>
        where
            'life0: 'async_trait,
            $($life: 'async_trait,)+
            Self: 'async_trait,
        {
            $to.$name($($argument),+)
        }
    };
}
pub(crate) use forward;

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<R: Read + ?Sized> Read for Arc<R> {
    forward!(self => (**self); manifest, blob, resolve, stat_blob, blob_range);
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<R: Write + ?Sized> Write for Arc<R> {
    forward!(self => (**self); put_blob, mount, start_upload, resume_upload, put_manifest);
}

#[deny(clippy::missing_trait_methods)]
impl<R: List + ?Sized> List for Arc<R> {
    forward!(self => (**self); tags, repositories, referrers);
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<R: Delete + ?Sized> Delete for Arc<R> {
    forward!(self => (**self); delete_tag, delete_manifest, delete_blob);
}
