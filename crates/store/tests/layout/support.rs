//! A layout in a directory that goes with the test, and what is in it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use futures_util::TryStreamExt;
use serde_json::Value;
use wharf_registry::{
    Blob, Descriptor, Digest, Document, Error, MediaType, Precondition, Read, Repository, Tag, Write,
};
use wharf_store::Store;
use wharf_store::layout::{Blobs, Directory, Layout, Names, REPOSITORY};

pub(crate) type Disk = Store<Blobs, Names>;

pub(crate) struct Fixture {
    pub(crate) store: Disk,
    root: tempfile::TempDir,
}

impl Fixture {
    pub(crate) fn layout() -> Self {
        let root = tempfile::tempdir().unwrap();
        Self { store: Layout::create(root.path()).unwrap(), root }
    }

    pub(crate) fn directory() -> Self {
        let root = tempfile::tempdir().unwrap();
        Self { store: Directory::create(root.path()).unwrap(), root }
    }

    /// A layout that somebody else has made.
    pub(crate) fn foreign(index: &str) -> Self {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("blobs")).unwrap();
        fs::write(root.path().join("oci-layout"), r#"{"imageLayoutVersion": "1.0.0"}"#).unwrap();
        fs::write(root.path().join("index.json"), index).unwrap();
        Self { store: Layout::open(root.path()).unwrap(), root }
    }

    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.root.path().join(below)
    }

    pub(crate) fn blob(&self, digest: &Digest) -> PathBuf {
        blob(self.root.path(), digest)
    }

    pub(crate) fn index(&self) -> String {
        fs::read_to_string(self.path("index.json")).unwrap()
    }

    pub(crate) fn snapshot(&self) -> BTreeMap<PathBuf, Seen> {
        snapshot(self.root.path())
    }
}

/// The path of content in a layout, as the specification says it.
pub(crate) fn blob(layout: &Path, digest: &Digest) -> PathBuf {
    layout.join("blobs").join(digest.algorithm().as_str()).join(digest.encoded().to_string())
}

/// What can be told of a file without reading it: its mode, inode, size and time of change.
pub(crate) type Seen = (u32, u64, u64, i64, i64);

/// Everything below a directory, the directory itself included.
pub(crate) fn snapshot(directory: &Path) -> BTreeMap<PathBuf, Seen> {
    let metadata = fs::symlink_metadata(directory).unwrap();
    let seen = (metadata.mode(), metadata.ino(), metadata.len(), metadata.mtime(), metadata.mtime_nsec());
    let mut all = BTreeMap::from([(directory.to_path_buf(), seen)]);
    if metadata.is_dir() {
        let children = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
        children.for_each(|child| all.extend(snapshot(&child)));
    }
    all
}

/// The regular files below a directory, which need not be there.
pub(crate) fn files(directory: &Path) -> Vec<PathBuf> {
    match directory.exists() {
        true => snapshot(directory).into_keys().filter(|path| path.is_file()).collect(),
        false => Vec::new(),
    }
}

/// Makes a file as old as that.
pub(crate) fn age(path: &Path, hours: u64) {
    #[allow(clippy::disallowed_methods, reason = "the age of a file is told by the system's clock")]
    let then = SystemTime::now() - Duration::from_secs(hours * 60 * 60);
    File::options().write(true).open(path).unwrap().set_modified(then).unwrap();
}

pub(crate) fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

pub(crate) fn tag(text: &str) -> Tag {
    Tag::parse(text).unwrap()
}

/// A document of a kind that nobody knows, so that it needs nothing.
pub(crate) fn document(text: &str) -> Document {
    Document::new(MediaType::parse("application/vnd.example.note").unwrap(), text.to_owned())
}

/// Stores a manifest in the one repository of a layout.
pub(crate) async fn put(store: &Disk, text: &str, tags: &[&str]) -> Descriptor {
    let tags: Vec<_> = tags.iter().map(|text| tag(text)).collect();
    let document = document(text);
    store.put_manifest(&REPOSITORY, &document, &tags, &Precondition::Always).await.unwrap();
    document.descriptor()
}

/// Stores a blob in the one repository of a layout.
pub(crate) async fn put_blob(store: &Disk, content: &str) -> Result<Digest, Error> {
    store.put_blob(&REPOSITORY, Blob::from_bytes(content.to_owned())).await?;
    Ok(Digest::of(content.as_bytes()))
}

pub(crate) async fn read(store: &Disk, repository: &Repository, digest: &Digest) -> Result<Vec<u8>, Error> {
    let pieces: Vec<_> = store.blob(repository, digest).await?.try_collect().await?;
    Ok(pieces.concat())
}

/// The entries of an index, each as its name and the digest that it has.
pub(crate) fn entries(index: &str) -> Vec<(Option<String>, String)> {
    let index: Value = serde_json::from_str(index).unwrap();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let name = |entry: &Value| text(&entry["annotations"]["org.opencontainers.image.ref.name"]);
    let entries = index["manifests"].as_array().unwrap().iter();
    entries.map(|entry| (name(entry), text(&entry["digest"]).unwrap_or_default())).collect()
}
