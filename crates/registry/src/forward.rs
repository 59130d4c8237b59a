//! Handing calls on: the one place that spells out every method of the traits for wrappers, and a shared registry, which
//! is a registry.

use std::sync::Arc;

use async_trait::async_trait;

use crate::{Delete, List, Read, Write};

/// The methods that are named, inside the implementation of one of the registry traits, as calls of the same methods of
/// something else.
///
/// A wrapper shows only what it changes, and names what it leaves as it is. Clippy's `missing_trait_methods` on the
/// implementation sees to it that a method that the trait gets later is not left to its default, which refuses. The
/// implementation of a trait with `async` methods needs `#[async_trait]` as ever: the signatures are what that
/// makes of those of the traits, so a call that is handed on has no box of its own.
///
/// ```
/// use async_trait::async_trait;
/// use wharf_registry::{Delete, Read, forward};
///
/// /// A registry from which nobody deletes more than a tag.
/// struct Kept<R>(R);
///
/// #[async_trait]
/// impl<R: Read> Read for Kept<R> {
///     forward!(self => self.0; manifest, blob, resolve, stat_blob, blob_range);
/// }
///
/// #[async_trait]
/// impl<R: Delete> Delete for Kept<R> {
///     forward!(self => self.0; delete_tag);
///     // The others are left to their defaults, which refuse.
/// }
/// ```
#[macro_export]
macro_rules! forward {
    ($this:ident => $to:expr; $($method:ident),+ $(,)?) => {
        $($crate::forward!(@ $method $this $to);)+
    };
    (@ manifest $this:ident $to:expr) => {
        $crate::forward!(# $this $to; manifest, $crate::Document<$crate::Raw>;
            repository: &'life1 $crate::Repository, which: &'life2 $crate::TagOrDigest; 'life1 'life2);
    };
    (@ blob $this:ident $to:expr) => {
        $crate::forward!(# $this $to; blob, $crate::Blob;
            repository: &'life1 $crate::Repository, digest: &'life2 $crate::Digest; 'life1 'life2);
    };
    (@ resolve $this:ident $to:expr) => {
        $crate::forward!(# $this $to; resolve, $crate::Descriptor;
            repository: &'life1 $crate::Repository, which: &'life2 $crate::TagOrDigest; 'life1 'life2);
    };
    (@ stat_blob $this:ident $to:expr) => {
        $crate::forward!(# $this $to; stat_blob, $crate::Descriptor;
            repository: &'life1 $crate::Repository, digest: &'life2 $crate::Digest; 'life1 'life2);
    };
    (@ blob_range $this:ident $to:expr) => {
        $crate::forward!(# $this $to; blob_range, $crate::Range;
            repository: &'life1 $crate::Repository, digest: &'life2 $crate::Digest, range: $crate::ByteRange;
            'life1 'life2);
    };
    (@ put_blob $this:ident $to:expr) => {
        $crate::forward!(# $this $to; put_blob, ();
            repository: &'life1 $crate::Repository, blob: $crate::Blob; 'life1);
    };
    (@ mount $this:ident $to:expr) => {
        $crate::forward!(# $this $to; mount, bool;
            repository: &'life1 $crate::Repository, digest: &'life2 $crate::Digest, from: &'life3 $crate::Repository;
            'life1 'life2 'life3);
    };
    (@ start_upload $this:ident $to:expr) => {
        $crate::forward!(# $this $to; start_upload, ::std::boxed::Box<dyn $crate::Upload>;
            repository: &'life1 $crate::Repository, algorithm: $crate::Algorithm<'life2>; 'life1 'life2);
    };
    (@ resume_upload $this:ident $to:expr) => {
        $crate::forward!(# $this $to; resume_upload, ::std::boxed::Box<dyn $crate::Upload>;
            repository: &'life1 $crate::Repository, id: &'life2 $crate::UploadId; 'life1 'life2);
    };
    (@ put_manifest $this:ident $to:expr) => {
        $crate::forward!(# $this $to; put_manifest, ();
            repository: &'life1 $crate::Repository, document: &'life2 $crate::Document<$crate::Raw>,
            tags: &'life3 [$crate::Tag], when: &'life4 $crate::Precondition; 'life1 'life2 'life3 'life4);
    };
    (@ delete_tag $this:ident $to:expr) => {
        $crate::forward!(# $this $to; delete_tag, ();
            repository: &'life1 $crate::Repository, tag: &'life2 $crate::Tag; 'life1 'life2);
    };
    (@ delete_manifest $this:ident $to:expr) => {
        $crate::forward!(# $this $to; delete_manifest, ();
            repository: &'life1 $crate::Repository, digest: &'life2 $crate::Digest; 'life1 'life2);
    };
    (@ delete_blob $this:ident $to:expr) => {
        $crate::forward!(# $this $to; delete_blob, ();
            repository: &'life1 $crate::Repository, digest: &'life2 $crate::Digest; 'life1 'life2);
    };
    (@ tags $this:ident $to:expr) => {
        fn tags<'a>(
            &'a $this,
            repository: &'a $crate::Repository,
            after: Option<&'a $crate::Tag>,
        ) -> $crate::Items<'a, $crate::Tag> {
            $to.tags(repository, after)
        }
    };
    (@ repositories $this:ident $to:expr) => {
        fn repositories<'a>(
            &'a $this,
            after: Option<&'a $crate::Repository>,
        ) -> $crate::Items<'a, $crate::Repository> {
            $to.repositories(after)
        }
    };
    (@ referrers $this:ident $to:expr) => {
        fn referrers<'a>(
            &'a $this,
            repository: &'a $crate::Repository,
            digest: &'a $crate::Digest,
            artifact_type: Option<&'a $crate::MediaType>,
        ) -> $crate::Items<'a, $crate::Descriptor> {
            $to.referrers(repository, digest, artifact_type)
        }
    };
    (# $this:ident $to:expr; $name:ident, $found:ty; $($argument:ident: $kind:ty),+; $($life:lifetime)+) => {
        fn $name<'life0, $($life,)+ 'async_trait>(
            &'life0 $this,
            $($argument: $kind),+
        ) -> ::std::pin::Pin<
            ::std::boxed::Box<
                dyn ::std::future::Future<Output = ::std::result::Result<$found, $crate::Error>> + Send + 'async_trait,
            >,
        >
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
