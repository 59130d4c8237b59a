//! A store with everything in it that there can be, and what is found in it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use wharf_registry::{Blob, Descriptor, Digest, Document, Manifest, MediaType, Registry, Repository, Tag};
use wharf_store::layout::fsck::{Finding, Fsck, Report, Severity};
use wharf_store::layout::{Directory, Layout, REPOSITORY};
use wharf_testkit::fixture::{self, Image, MultiPlatform};

pub(crate) static APP: Repository = Repository::from_static("team/app");
pub(crate) static BASE: Repository = Repository::from_static("base");

/// Many repositories: two images, of which one is in two of them, an index, a signature, and content that is not
/// linked.
pub(crate) struct Fixture {
    root: tempfile::TempDir,
    pub(crate) store: Box<dyn Registry>,
    pub(crate) image: Image,
    pub(crate) index: MultiPlatform,
    pub(crate) note: Document,
}

impl Fixture {
    /// Many repositories in a directory.
    pub(crate) async fn directory() -> Self {
        let root = tempfile::tempdir().unwrap();
        let store = Directory::create(root.path()).unwrap();
        let fixture = Self::new(root, Box::new(store));
        fixture.fill(&APP).await;
        fixture::push(&*fixture.store, &BASE, &fixture.image, &Tag::LATEST).await;
        fixture
    }

    /// The same image, index and signature in one layout.
    pub(crate) async fn layout() -> Self {
        let root = tempfile::tempdir().unwrap();
        let store = Layout::create(root.path()).unwrap();
        let fixture = Self::new(root, Box::new(store));
        fixture.fill(&REPOSITORY).await;
        fixture
    }

    fn new(root: tempfile::TempDir, store: Box<dyn Registry>) -> Self {
        let (image, index) = (fixture::image(1, 2, 1000), fixture::multi_platform(2, 1, 300_000));
        let note = note_about(&image.document().descriptor());
        Self { root, store, image, index, note }
    }

    async fn fill(&self, repository: &Repository) {
        fixture::push(&*self.store, repository, &self.image, &Tag::LATEST).await;
        fixture::push_index(&*self.store, repository, &self.index, &fixture::tag("all")).await;
        self.store.put_blob(repository, Blob::from_bytes("{}")).await.unwrap();
        fixture::put_document(&*self.store, repository, &self.note, &[]).await;
    }

    pub(crate) fn root(&self) -> &Path {
        self.root.path()
    }

    pub(crate) fn path(&self, below: impl AsRef<Path>) -> PathBuf {
        self.root.path().join(below)
    }

    pub(crate) fn fsck(&self) -> Fsck {
        Fsck::open(self.root.path()).unwrap()
    }

    pub(crate) async fn check(&self) -> Report {
        self.fsck().check().await.unwrap()
    }

    /// The layout of the repository with everything in it, below the store.
    pub(crate) fn app(&self) -> PathBuf {
        let many = PathBuf::from("repositories/team/app/_oci");
        if self.path(&many).is_dir() { many } else { PathBuf::new() }
    }

    /// What is found when nothing is wrong, beside the plant.
    pub(crate) async fn faults(&self) -> Vec<String> {
        lines(&self.check().await, Severity::Fault)
    }

    pub(crate) async fn notes(&self) -> Vec<String> {
        lines(&self.check().await, Severity::Note)
    }
}

/// A manifest that says something about another.
pub(crate) fn note_about(subject: &Descriptor) -> Document {
    let manifest = Manifest::artifact(MediaType::from_static("application/vnd.example.note"), Vec::new());
    Document::author(manifest.with_subject(subject.clone())).unwrap().into_raw()
}

/// Findings of one severity as `path: kind: cause`.
pub(crate) fn lines(report: &Report, severity: Severity) -> Vec<String> {
    report.findings.iter().filter(|finding| finding.severity == severity).map(line).collect()
}

fn line(finding: &Finding) -> String {
    match std::error::Error::source(&finding.kind) {
        Some(cause) => format!("{finding}: {cause}"),
        None => finding.to_string(),
    }
}

/// Where content is in a layout.
pub(crate) fn blob(digest: &Digest) -> PathBuf {
    Path::new("blobs").join(digest.algorithm().as_str()).join(digest.encoded().to_string())
}

/// Changes a file in its place, though it is read-only, and all its names with it.
pub(crate) fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 1;
    rewrite(path, &bytes);
}

/// Writes other bytes into a file.
pub(crate) fn rewrite(path: &Path, bytes: &[u8]) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(path, bytes).unwrap();
}

/// Replaces one text in a file by another.
pub(crate) fn edit(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{from} is not in {text}");
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

/// What can be told of everything below a directory without reading it, and the bytes of every file.
pub(crate) fn snapshot(directory: &Path) -> BTreeMap<PathBuf, (u64, u32, Vec<u8>)> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let metadata = fs::symlink_metadata(&path).unwrap();
        let bytes = if metadata.is_file() { fs::read(&path).unwrap() } else { Vec::new() };
        all.insert(path.clone(), (metadata.ino(), metadata.mode(), bytes));
        if metadata.is_dir() {
            all.extend(snapshot(&path));
        }
    }
    all
}
