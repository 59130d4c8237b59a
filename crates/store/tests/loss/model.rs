//! What a store was told, as values: what there must be afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use wharf_registry::{Content, Digest, Document, Repository, Tag};

/// What is done to a store.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    PutBlob {
        to: Repository,
        content: Vec<u8>,
    },
    PutManifest {
        to: Repository,
        document: Document,
        subject: Option<Digest>,
        tags: Vec<Tag>,
    },
    Mount {
        to: Repository,
        from: Repository,
        digest: Digest,
    },
    DeleteTag {
        from: Repository,
        tag: Tag,
    },
    DeleteManifest {
        from: Repository,
        digest: Digest,
    },
    DeleteBlob {
        from: Repository,
        digest: Digest,
    },
    Begin {
        to: Repository,
    },
    Append {
        to: Repository,
        content: Vec<u8>,
    },
    Commit {
        to: Repository,
    },
    Cancel {
        to: Repository,
    },
    /// This is what nothing leads to. With a grace it is condemned, and comes back for whoever asks for it; without one it
    /// goes.
    Collect {
        garbage: Vec<(Repository, Digest)>,
        grace: Duration,
    },
}

/// What there is. A repository has at most one upload session at a time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Model {
    pub(crate) repositories: BTreeMap<Repository, Known>,
    pub(crate) sessions: BTreeMap<Repository, Vec<u8>>,
}

/// What there is in a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Known {
    /// All content, manifests included.
    pub(crate) blobs: BTreeSet<Digest>,
    /// What was collected: nobody promises that it is gone, nor that it is there.
    pub(crate) collected: BTreeSet<Digest>,
    /// What was deleted: it does not come back by itself.
    pub(crate) deleted: BTreeSet<Digest>,
    pub(crate) manifests: BTreeSet<Digest>,
    pub(crate) tags: BTreeMap<Tag, Digest>,
    /// Which manifest is about which other.
    pub(crate) subjects: BTreeSet<(Digest, Digest)>,
}

impl Model {
    /// What there is once all this is done.
    pub(crate) fn after(acts: &[Act]) -> Self {
        let mut model = Self::default();
        acts.iter().for_each(|act| model.apply(act));
        model
    }

    fn at(&mut self, repository: &Repository) -> &mut Known {
        self.repositories.entry(repository.clone()).or_default()
    }

    fn apply(&mut self, act: &Act) {
        self.change(act);
        for known in self.repositories.values_mut() {
            known.deleted.retain(|digest| !known.blobs.contains(digest));
        }
    }

    fn change(&mut self, act: &Act) {
        match act {
            Act::PutBlob { to, content } => drop(self.at(to).blobs.insert(Digest::of(content))),
            Act::PutManifest { to, document, subject, tags } => {
                let (known, digest) = (self.at(to), document.digest());
                let content = document.clone().decode::<Content>().unwrap();
                for needed in content.view().blobs() {
                    known.blobs.extend(known.collected.take(&needed.digest));
                }
                known.blobs.insert(digest.clone());
                known.manifests.insert(digest.clone());
                known.tags.extend(tags.iter().map(|tag| (tag.clone(), digest.clone())));
                known.subjects.extend(subject.iter().map(|subject| (subject.clone(), digest.clone())));
            }
            Act::Mount { to, digest, .. } => drop(self.at(to).blobs.insert(digest.clone())),
            Act::DeleteTag { from, tag } => drop(self.at(from).tags.remove(tag)),
            Act::DeleteManifest { from, digest } => {
                let known = self.at(from);
                known.deleted.extend(known.blobs.take(digest));
                known.manifests.remove(digest);
                known.tags.retain(|_, to| to != digest);
                known.subjects.retain(|(_, referrer)| referrer != digest);
            }
            Act::DeleteBlob { from, digest } => {
                let known = self.at(from);
                known.deleted.extend(known.blobs.take(digest));
            }
            Act::Begin { to } => drop(self.sessions.insert(to.clone(), Vec::new())),
            Act::Append { to, content } => self.sessions.get_mut(to).unwrap().extend_from_slice(content),
            Act::Commit { to } => {
                let content = self.sessions.remove(to).unwrap();
                self.at(to).blobs.insert(Digest::of(&content));
            }
            Act::Cancel { to } => drop(self.sessions.remove(to)),
            Act::Collect { garbage, .. } => {
                for (repository, digest) in garbage {
                    let known = self.at(repository);
                    known.collected.extend(known.blobs.take(digest));
                }
            }
        }
    }
}
