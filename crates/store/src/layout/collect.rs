//! Collecting layouts: what is judged and done under a layout's lock, and what is done to the pool without one.
//!
//! A repository's content is condemned and swept under the lock under which its index changes. The pool has no lock: links
//! come from any repository at any moment. There, content that has another name is left alone, and whoever makes a link
//! looks afterwards whether the pool still has the content, and gives it back if it does not.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use wharf_registry::{Digest, Hasher, Repository};

use super::blobs::Blobs;
use super::content;
use super::disk::Stat;
use super::file::File;
use super::files::Files;
use super::lease::{self, Lease};
use super::names::Names;
use super::place::{place, pool};
use super::root::{Root, Shape};
use super::{referrers, trash, update};
use crate::Error;
use crate::collect::{CollectCas, CollectRefs, Condemn, Item, Known, Outcome, Root as Needed, Sweep};

/// Who may collect. The file is never removed, as that of the index.
pub(super) const COLLECTING: &str = ".wharf.collect.lock";

/// The right to collect the stores below a directory.
#[derive(Debug)]
pub struct Turn {
    _lock: File,
}

#[async_trait]
impl CollectRefs for Names {
    type Lease = Lease;
    type Turn = Turn;

    async fn begin(&self) -> Result<Turn, Error> {
        let begun = self.root().run(|root| {
            let lock = update::lock_file(root.files(), &pool().join(COLLECTING))?;
            if lock.try_lock()? { Ok(Turn { _lock: lock }) } else { Err(Error::Collecting) }
        });
        begun.await
    }

    async fn roots(&self, repository: &Repository) -> Result<Vec<Needed>, Error> {
        let found = self.change(repository, |root, layout| {
            let _alone = root.hold(layout)?;
            roots(root, layout)
        });
        Ok(found.await?.unwrap_or_default())
    }

    async fn content(&self, repository: &Repository) -> Result<Vec<Item>, Error> {
        Ok(self.of(repository, |root, layout| items(root.files(), layout)).await?.unwrap_or_default())
    }

    async fn condemn(&self, repository: &Repository, what: Condemn, known: Arc<Known>) -> Result<Outcome, Error> {
        let done = self.change(repository, move |root, layout| condemn(root, layout, &what, &known)).await?;
        Ok(done.unwrap_or(Outcome::Done(Vec::new())))
    }

    async fn sweep(&self, repository: &Repository, what: Sweep, known: Arc<Known>) -> Result<Outcome, Error> {
        let done = self.change(repository, move |root, layout| sweep(root, layout, &what, &known)).await?;
        Ok(done.unwrap_or(Outcome::Done(Vec::new())))
    }

    async fn lease(&self, repository: &Repository) -> Result<Lease, Error> {
        Lease::new(self.root(), repository).await
    }
}

/// All that content is kept for. What others noted about a manifest is a name: they know it by that.
fn roots(root: &Root, layout: &Path) -> Result<Vec<Needed>, Error> {
    let index = root.index(layout)?;
    let roots = index.entries().map(|entry| match entry.descriptor() {
        Some(manifest) => Needed::manifest(&manifest, !entry.is_unnamed() || !entry.is_plain()),
        None => Needed::Unreadable,
    });
    let mut roots: Vec<_> = roots.collect();
    roots.extend(lease::held(root.files(), layout)?.into_iter().map(Needed::Leased));
    Ok(roots)
}

/// What a layout has: also what is damaged, and what is condemned. The trash comes first, so that what comes back meanwhile
/// is not overlooked: nobody but the collector moves content the other way. Epochs of which all came back are no more.
fn items(files: &Files, layout: &Path) -> Result<Vec<Item>, Error> {
    trash::tidy(files, layout)?;
    let condemned = trash::list(files, layout)?.into_iter();
    let condemned =
        condemned.map(|(digest, epoch, stat)| Item::new(digest, Some(stat.size), stat.touched()).condemned(epoch));
    let mut items: Vec<_> = condemned.collect();
    content::list(files, layout, |digest, stat| items.push(Item::new(digest, Some(stat.size), stat.touched())))?;
    Ok(items)
}

/// A record goes before what it names does.
fn condemn(root: &Root, layout: &Path, what: &Condemn, known: &Known) -> Result<Outcome, Error> {
    let files = root.files();
    let held = root.hold(layout)?;
    let roots = roots(root, layout)?;
    if let Some(new) = unknown(files, layout, &roots, known)? {
        return Ok(Outcome::New(new));
    }
    let recorded: HashSet<_> = roots.iter().filter_map(recorded).collect();
    let digests = old(files, layout, &what.digests, what.before)?;
    let forgotten: Vec<_> = digests.iter().filter(|digest| recorded.contains(digest)).collect();
    if !forgotten.is_empty() {
        held.update(|index| {
            for digest in &forgotten {
                index.remove_manifest(digest);
            }
            Ok(())
        })?;
    }
    let mut done = Vec::new();
    for digest in digests {
        if trash::condemn(files, layout, &digest, what.epoch)? {
            done.push(digest);
        }
    }
    if !done.is_empty() {
        trash::keep(files, layout, what.epoch)?;
    }
    Ok(Outcome::Done(done))
}

fn sweep(root: &Root, layout: &Path, what: &Sweep, known: &Known) -> Result<Outcome, Error> {
    let files = root.files();
    let _alone = root.hold(layout)?;
    if let Some(new) = unknown(files, layout, &roots(root, layout)?, known)? {
        return Ok(Outcome::New(new));
    }
    let mut done = Vec::new();
    let are_referrers = referrers::are_there(files, layout)?;
    for digest in &what.digests {
        let subject = if are_referrers { referrers::subject(files, layout, digest) } else { None };
        if !trash::sweep(files, layout, digest, what.until, false)? {
            continue;
        }
        // What comes back comes back as the referrer that it was; only what is gone is none any more.
        if let Some(subject) = subject.filter(|_| !matches!(content::size(files, layout, digest), Ok(Some(_)))) {
            referrers::forget(files, layout, &subject, digest)?;
        }
        done.push(digest.clone());
    }
    trash::tidy(files, layout)?;
    Ok(Outcome::Done(done))
}

/// The roots that the collector does not know, if there are any.
fn unknown(files: &Files, layout: &Path, roots: &[Needed], known: &Known) -> Result<Option<Vec<Needed>>, Error> {
    let mut new: Vec<_> = roots.iter().filter(|root| !known.contains(root)).cloned().collect();
    for digest in known.missing() {
        // What is of an algorithm that is not known here cannot be here.
        if Hasher::new(digest.algorithm()).is_ok() && trash::size(files, layout, digest)?.is_some() {
            new.push(Needed::Arrived(digest.clone()));
        }
    }
    Ok((!new.is_empty()).then_some(new))
}

const fn recorded(root: &Needed) -> Option<&Digest> {
    if let Needed::Manifest { digest, .. } = root { Some(digest) } else { None }
}

/// What is there and was not touched since.
fn old(files: &Files, layout: &Path, digests: &[Digest], before: SystemTime) -> Result<Vec<Digest>, Error> {
    let mut old = Vec::new();
    for digest in digests {
        if files.stat(&place(layout, digest)?)?.is_some_and(|stat| stat.touched() < before) {
            old.push(digest.clone());
        }
    }
    Ok(old)
}

/// In a layout that is its own pool all content is named, by its one repository.
#[async_trait]
impl CollectCas for Blobs {
    async fn content(&self) -> Result<Vec<Item>, Error> {
        match self.root().shape() {
            Shape::Single => Ok(Vec::new()),
            Shape::Many => self.root().run(|root| unnamed(root.files())).await,
        }
    }

    async fn condemn(&self, what: Condemn) -> Result<Vec<Digest>, Error> {
        self.root().run(move |root| condemn_unnamed(root.files(), &what)).await
    }

    async fn sweep(&self, what: Sweep) -> Result<Vec<Digest>, Error> {
        self.root().run(move |root| sweep_unnamed(root.files(), &what)).await
    }
}

/// What no link leads to. When it was linked last does not count: nobody was told since that it is there.
fn unnamed(files: &Files) -> Result<Vec<Item>, Error> {
    trash::tidy(files, pool())?;
    let mut items = Vec::new();
    content::list(files, pool(), |digest, stat| {
        if is_unnamed(&stat) {
            items.push(Item::new(digest, Some(stat.size), stat.written()));
        }
    })?;
    let condemned = trash::list(files, pool())?.into_iter();
    items.extend(
        condemned.map(|(digest, epoch, stat)| Item::new(digest, Some(stat.size), stat.written()).condemned(epoch)),
    );
    Ok(items)
}

fn condemn_unnamed(files: &Files, what: &Condemn) -> Result<Vec<Digest>, Error> {
    let mut done = Vec::new();
    for digest in &what.digests {
        let stat = files.stat(&place(pool(), digest)?)?;
        let is_old = stat.is_some_and(|stat| is_unnamed(&stat) && stat.written() < what.before);
        if is_old && trash::condemn(files, pool(), digest, what.epoch)? {
            done.push(digest.clone());
        }
    }
    Ok(done)
}

fn sweep_unnamed(files: &Files, what: &Sweep) -> Result<Vec<Digest>, Error> {
    let mut done = Vec::new();
    for digest in &what.digests {
        if trash::sweep(files, pool(), digest, what.until, true)? {
            done.push(digest.clone());
        }
    }
    trash::tidy(files, pool())?;
    Ok(done)
}

/// Whether a file has no name but this. Where nobody counts names, or repositories have copies, the collector asks all
/// repositories.
const fn is_unnamed(stat: &Stat) -> bool {
    stat.links <= 1
}
