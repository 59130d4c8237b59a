//! The manifests of a repository, from its index down: each is read once, and what it names is looked for.

use std::collections::{HashMap, HashSet};

use wharf_registry::{
    Content, Descriptor, Digest, Document, DocumentKind, Hasher, ImageConfig, Level, Limits, LinkRole, Manifest,
    MediaType, Mismatch, Policy, PolicyError, Violation,
};

use super::finding::Thing;
use super::finding::{By, Finding, Kind, Severity};
use super::site::Site;
use super::tree;
use crate::Error;
use crate::layout::entry::Entry;

/// What was found and learnt on the way.
#[derive(Debug, Default)]
pub(super) struct Walked {
    pub(super) findings: Vec<Finding>,
    /// How many documents were read.
    pub(super) documents: u64,
    /// What each manifest is about, if it is about another.
    pub(super) subjects: HashMap<Digest, Digest>,
    /// What the indexes hold that have a name.
    pub(super) lists: Vec<(String, Vec<Digest>)>,
}

/// Follows the entries of an index.
pub(super) fn walk<'a>(
    site: &Site,
    policy: Policy,
    wrong: &HashSet<Digest>,
    entries: impl Iterator<Item = Entry<'a>>,
) -> Walked {
    let mut walk = Walk::new(site, policy, wrong);
    for entry in entries {
        let by = By::Entry { name: entry.name().map(str::to_owned) };
        let is_needed = !matches!(policy, Policy::Sparse | Policy::Lenient);
        let steps = entry.descriptor().map(|named| Step { named, by, is_needed });
        walk.waiting.extend(steps);
        while let Some(step) = walk.waiting.pop() {
            walk.step(&step);
        }
    }
    walk.walked
}

/// Something that is named.
struct Step {
    named: Descriptor,
    by: By,
    /// Whether the policy demands that it is there.
    is_needed: bool,
}

/// What is in the place of what is named.
#[derive(Clone, Copy)]
enum There {
    Nothing,
    /// A file of so many bytes.
    File(u64),
    /// Something that was told already.
    Wrong,
}

struct Walk<'a> {
    site: &'a Site,
    policy: Policy,
    wrong: &'a HashSet<Digest>,
    waiting: Vec<Step>,
    /// What was looked for, and found.
    there: HashMap<Digest, There>,
    /// What was read, as what.
    read: HashSet<(Digest, MediaType)>,
    /// Configurations that were read, and of how many layers.
    configs: HashSet<(Digest, usize)>,
    /// What is missing, and where that is told.
    missing: HashMap<Digest, usize>,
    walked: Walked,
}

impl<'a> Walk<'a> {
    fn new(site: &'a Site, policy: Policy, wrong: &'a HashSet<Digest>) -> Self {
        let (there, read, configs, missing) = Default::default();
        Self { site, policy, wrong, waiting: Vec::new(), there, read, configs, missing, walked: Walked::default() }
    }

    fn step(&mut self, step: &Step) {
        let Step { named: Descriptor { media_type, digest, size, .. }, by, is_needed } = step;
        if let Err(unsupported) = Hasher::new(digest.algorithm()) {
            if self.there.insert(digest.clone(), There::Wrong).is_none() {
                self.tell(Severity::Note, Kind::Unverifiable { by: by.clone(), unsupported }, digest);
            }
            return;
        }
        match self.look_for(digest) {
            There::Nothing => self.miss(digest, by, *is_needed),
            There::Wrong => {}
            There::File(actual) => {
                if actual != *size {
                    let mismatch = Mismatch::Size { expected: *size, actual };
                    self.tell(Severity::Fault, Kind::Size { by: by.clone(), mismatch }, digest);
                }
                let is_manifest = matches!(
                    DocumentKind::of(media_type),
                    DocumentKind::Manifest | DocumentKind::Index | DocumentKind::Artifact
                );
                if is_manifest && self.read.insert((digest.clone(), media_type.clone())) {
                    self.manifest(media_type, digest, by);
                }
            }
        }
    }

    fn look_for(&mut self, digest: &Digest) -> There {
        let (site, wrong) = (self.site, self.wrong);
        let look = || match site.content(digest).map(|path| tree::look(&site.files, &path)) {
            _ if wrong.contains(digest) => There::Wrong,
            None | Some(Ok(None)) => There::Nothing,
            Some(Ok(Some((Thing::File, size)))) => There::File(size),
            // The look at content tells.
            Some(Ok(Some(_)) | Err(_)) => There::Wrong,
        };
        *self.there.entry(digest.clone()).or_insert_with(look)
    }

    /// Tells once what is missing, and as a fault if anybody needs it. What waits to be deleted comes back to who asks.
    fn miss(&mut self, digest: &Digest, by: &By, is_needed: bool) {
        let by = by.clone();
        let (severity, kind) = match (self.site.condemns(digest), is_needed) {
            (true, _) => (Severity::Note, Kind::Condemned { by }),
            (false, true) => (Severity::Fault, Kind::Missing { by }),
            (false, false) => (Severity::Note, Kind::Missing { by }),
        };
        let told = self.missing.get(digest).and_then(|position| self.walked.findings.get_mut(*position));
        match told {
            Some(told) if told.severity >= severity => {}
            Some(told) => *told = self.site.about(severity, kind, digest),
            None => {
                self.missing.insert(digest.clone(), self.walked.findings.len());
                self.tell(severity, kind, digest);
            }
        }
    }

    /// A document of this repository, if it is there and right; what is not is told by those who look at content.
    fn open(&mut self, media_type: &MediaType, digest: &Digest) -> Option<Document> {
        let bytes = self.site.files.read(&self.site.content(digest)?, Limits::default().document_bytes as u64);
        if let Err(Error::Corrupt { .. }) = bytes {
            self.tell(Severity::Fault, Kind::Document(PolicyError::TooLarge), digest);
        }
        let document = Document::verified(media_type.clone(), bytes.ok()??, digest).ok()?;
        self.walked.documents += 1;
        Some(document)
    }

    fn manifest(&mut self, media_type: &MediaType, digest: &Digest, by: &By) {
        let Some(document) = self.open(media_type, digest) else { return };
        match document.clone().decode::<Content>() {
            Ok(content) => self.visit(&document, &content, by),
            Err(error) => {
                let severity = if self.policy == Policy::Lenient { Severity::Note } else { Severity::Fault };
                self.tell(severity, Kind::Document(PolicyError::Unreadable(error)), digest);
            }
        }
    }

    fn visit(&mut self, document: &Document, content: &Document<Content>, by: &By) {
        let digest = document.digest();
        self.judge(digest, content.violations());
        let admitted = self.policy.admit(document).ok();
        let needed = admitted.as_ref().map(|admitted| admitted.blobs().chain(admitted.manifests()));
        let needed: Option<HashSet<_>> = needed.map(|needed| needed.map(|needed| &needed.digest).collect());
        for link in content.links().filter(|link| link.role != LinkRole::Subject) {
            // What is not admitted at all is by those who demand everything.
            let is_needed = needed.as_ref().is_none_or(|needed| needed.contains(&link.descriptor.digest));
            self.waiting.push(Step { named: link.descriptor.clone(), by: By::Document(digest.clone()), is_needed });
        }
        if let Some(subject) = content.view().subject() {
            self.walked.subjects.insert(digest.clone(), subject.digest.clone());
        }
        match (content.view(), by) {
            (Content::Manifest(manifest), _) => self.config(manifest),
            (Content::Index(index), By::Entry { name: Some(name) }) => {
                let children = index.manifests.iter().map(|child| child.digest.clone());
                self.walked.lists.push((name.clone(), children.collect()));
            }
            _ => {}
        }
    }

    /// A configuration is a blob, which no registry reads; so nothing that it says is a fault of the store.
    fn config(&mut self, manifest: &Manifest) {
        let Descriptor { media_type, digest, .. } = &manifest.config;
        let is_known = DocumentKind::of(media_type) == DocumentKind::Config && Hasher::new(digest.algorithm()).is_ok();
        if !is_known || !self.configs.insert((digest.clone(), manifest.layers.len())) {
            return;
        }
        let document = matches!(self.look_for(digest), There::File(_)).then(|| self.open(media_type, digest)).flatten();
        match document.map(Document::decode::<ImageConfig>) {
            None => {}
            Some(Err(error)) => self.tell(Severity::Note, Kind::Document(PolicyError::Unreadable(error)), digest),
            Some(Ok(config)) => {
                let mut broken = config.violations();
                broken.extend(config.view().violation_under(manifest));
                self.judge(digest, broken);
            }
        }
    }

    fn judge(&mut self, digest: &Digest, mut broken: Vec<Violation>) {
        broken.retain(|violation| violation.rule().level() == Level::Must);
        if !broken.is_empty() {
            let severity = if self.policy == Policy::Strict { Severity::Fault } else { Severity::Note };
            self.tell(severity, Kind::Document(PolicyError::Broken(broken)), digest);
        }
    }

    fn tell(&mut self, severity: Severity, kind: Kind, digest: &Digest) {
        self.walked.findings.push(self.site.about(severity, kind, digest));
    }
}
