//! All that was found, and how much was looked at.

use super::finding::{Finding, Severity};

/// What a look at a store found.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// What is worth telling: what is wrong first, then in the order of paths.
    pub findings: Vec<Finding>,
    /// How many repositories there are.
    pub repositories: u64,
    /// The content of the pool: how many files, and how many bytes were read of them.
    pub content: Tally,
    /// What repositories have as files of their own and not as links to the pool, as where links cannot be made. It was
    /// read as well.
    pub copies: Tally,
    /// How many manifests, indexes and configurations were read; one that several repositories have counts for each.
    pub documents: u64,
    /// What is being written, or was left behind by those who did.
    pub ingest: Tally,
    /// What waits to be deleted.
    pub trash: Tally,
    /// What was put aside.
    pub quarantine: Tally,
}

impl Report {
    /// Whether nothing is wrong: there may be notes.
    ///
    /// ```
    /// use wharf_store::layout::fsck::Report;
    ///
    /// assert!(Report::default().is_sound());
    /// ```
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.faults().next().is_none()
    }

    /// What is wrong.
    pub fn faults(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.severity == Severity::Fault)
    }

    /// What is worth to be known and not wrong.
    pub fn notes(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.severity == Severity::Note)
    }

    /// Adds what was found in one part of the store.
    pub(super) fn add(&mut self, part: Self) {
        self.findings.extend(part.findings);
        self.repositories += part.repositories;
        self.documents += part.documents;
        self.content.add(part.content);
        self.copies.add(part.copies);
        self.ingest.add(part.ingest);
        self.trash.add(part.trash);
        self.quarantine.add(part.quarantine);
    }

    /// Brings the findings into the order in which they are told.
    pub(super) fn sort(&mut self) {
        self.findings.sort_by(|one, other| other.severity.cmp(&one.severity).then_with(|| one.path.cmp(&other.path)));
    }
}

/// A number of files, and of bytes in them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tally {
    /// How many.
    pub files: u64,
    /// How many bytes.
    pub bytes: u64,
}

impl Tally {
    /// One file.
    pub(super) const fn file(bytes: u64) -> Self {
        Self { files: 1, bytes }
    }

    pub(super) fn add(&mut self, other: Self) {
        self.files += other.files;
        self.bytes = self.bytes.saturating_add(other.bytes);
    }

    /// What is left without a part of it.
    pub(super) const fn without(self, part: Self) -> Self {
        Self { files: self.files.saturating_sub(part.files), bytes: self.bytes.saturating_sub(part.bytes) }
    }
}
