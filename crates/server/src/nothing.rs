//! A registry in which there is nothing: it answers whoever must not learn what there is. The handlers are the same, so
//! their answers are those of a repository that does not exist, to the last header.

use async_trait::async_trait;
use wharf_registry::{
    Blob, Delete, Descriptor, Digest, Document, Error, ErrorCode, Items, List, MediaType, Operation, Raw, Read,
    Repository, Tag, TagOrDigest, Write,
};

pub(crate) struct Nothing;

#[async_trait]
impl Read for Nothing {
    async fn manifest(&self, repository: &Repository, which: &TagOrDigest) -> Result<Document<Raw>, Error> {
        Err(Error::new(ErrorCode::NAME_UNKNOWN, Operation::GetManifest).about(repository, which))
    }

    async fn blob(&self, repository: &Repository, digest: &Digest) -> Result<Blob, Error> {
        Err(Error::new(ErrorCode::NAME_UNKNOWN, Operation::GetBlob).about(repository, digest))
    }
}

impl List for Nothing {
    fn tags<'a>(&'a self, repository: &'a Repository, _: Option<&'a Tag>) -> Items<'a, Tag> {
        let unknown = Error::new(ErrorCode::NAME_UNKNOWN, Operation::ListTags).named(repository);
        Box::pin(futures_util::stream::iter([Err(unknown)]))
    }

    fn repositories<'a>(&'a self, _: Option<&'a Repository>) -> Items<'a, Repository> {
        Box::pin(futures_util::stream::empty())
    }

    fn referrers<'a>(&'a self, _: &'a Repository, _: &'a Digest, _: Option<&'a MediaType>) -> Items<'a, Descriptor> {
        Box::pin(futures_util::stream::empty())
    }
}

// Nobody who must not see a repository writes to it; the defaults would refuse.
impl Write for Nothing {}
impl Delete for Nothing {}
