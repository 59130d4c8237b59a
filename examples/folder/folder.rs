use std::{collections::HashMap, path::PathBuf, sync::Mutex, time::SystemTime};

use async_trait::async_trait;
use bytes::BytesMut;
use futures_util::{TryStreamExt, stream};
use tokio::{fs, io::AsyncReadExt};
use wharf::registry::{
    Algorithm, Blob, ByteStream, Delete, Descriptor, Digest, Document, Error, ErrorCode, Hasher, List, Manifest,
    MediaType, Operation, Raw, Read, Repository, Tag, TagOrDigest, Write, annotation,
};

/// Every file below a folder is an artifact: its path is the repository, its tag `latest`, its bytes the one layer.
pub struct Folder {
    pub root: PathBuf,
    pub hashed: Mutex<HashMap<PathBuf, (SystemTime, Descriptor)>>,
}

impl Folder {
    /// The file and its descriptor. No repository's name has a `..`, an empty part or a root: none leads elsewhere.
    async fn layer(&self, repository: &Repository) -> Result<(PathBuf, Descriptor), Error> {
        let unknown = || Error::new(ErrorCode::NAME_UNKNOWN, Operation::GetManifest).named(repository);
        let path = self.root.join(repository.as_str());
        let about = fs::metadata(&path).await.map_err(|error| unknown().because(error))?;
        let modified = about.modified().ok().filter(|_| about.is_file()).ok_or_else(unknown)?;
        let known = self.hashed.lock().unwrap().get(&path).cloned();
        if let Some((_, layer)) = known.filter(|(then, layer)| *then == modified && layer.size == about.len()) {
            return Ok((path, layer));
        }
        let (mut hasher, mut pieces) = (Hasher::new(Algorithm::SHA256).unwrap(), pieces(path.clone()));
        while let Some(piece) = pieces.try_next().await? {
            hasher.update(&piece);
        }
        let layer = Descriptor::new(MediaType::OCTET_STREAM, hasher.finish(), about.len());
        self.hashed.lock().unwrap().insert(path.clone(), (modified, layer.clone()));
        Ok((path, layer))
    }
}

/// The bytes of a file, of which no more than a piece is in memory.
fn pieces(path: PathBuf) -> ByteStream {
    let pieces = stream::once(fs::File::open(path)).map_ok(|file| {
        stream::try_unfold(file, |mut file| async {
            let mut piece = BytesMut::with_capacity(64 << 10);
            Ok((file.read_buf(&mut piece).await? > 0).then(|| (piece.freeze(), file)))
        })
    });
    let failed = |error: std::io::Error| Error::new(ErrorCode::UNAVAILABLE, Operation::GetBlob).because(error);
    Box::pin(pieces.try_flatten().map_err(failed))
}

#[async_trait]
impl Read for Folder {
    async fn manifest(&self, repository: &Repository, which: &TagOrDigest) -> Result<Document<Raw>, Error> {
        let title = repository.as_str().rsplit('/').next().unwrap_or_default();
        let layer = self.layer(repository).await?.1.with_annotation(annotation::TITLE, title);
        let mut manifest = Manifest::new(Descriptor::empty(), vec![layer]);
        manifest.artifact_type = Some(MediaType::from_static("application/vnd.example.file"));
        let document = Document::author(manifest).unwrap().into_raw();
        match which {
            TagOrDigest::Tag(tag) if *tag == Tag::LATEST => Ok(document),
            TagOrDigest::Digest(digest) if digest == document.digest() => Ok(document),
            _ => Err(Error::new(ErrorCode::MANIFEST_UNKNOWN, Operation::GetManifest).about(repository, which)),
        }
    }

    async fn blob(&self, repository: &Repository, digest: &Digest) -> Result<Blob, Error> {
        let (path, layer) = self.layer(repository).await?;
        match digest {
            digest if *digest == layer.digest => Ok(Blob::new(layer, pieces(path))),
            digest if *digest == Digest::of(b"{}") => Ok(Blob::from_bytes("{}")),
            _ => Err(Error::new(ErrorCode::BLOB_UNKNOWN, Operation::GetBlob).about(repository, digest)),
        }
    }
}

impl Write for Folder {}
impl List for Folder {}
impl Delete for Folder {}
