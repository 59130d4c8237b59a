//! Whether a store has all that it must have, nothing that it cannot have, and nothing by half.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::TryStreamExt;
use serde_json::Value;
use wharf_registry::{
    Content, Descriptor, Digest, Error, LayoutHeader, List, Read, Repository, Tag, TagOrDigest, Write as _,
};

use crate::machine::Tree;
use crate::model::{Known, Model};
use crate::script::{Client, Disked, session};

/// What is wrong, if anything is.
pub(crate) type Verdict = Result<(), String>;

macro_rules! hold {
    ($holds:expr, $($said:tt)+) => {
        if !$holds {
            return Err(format!($($said)+));
        }
    };
}

/// What is on the disk, whoever looks: each file that is named by a digest is that content and for nobody to write, each
/// index and each header can be read, and what an index names is there.
pub(crate) fn disk(tree: &Tree) -> Verdict {
    let files = tree.files();
    for (path, content) in &files {
        if let Some(digest) = content_name(path) {
            hold!(digest.matches(&content.bytes) == Ok(true), "{path} is something else");
            hold!(content.mode == 0o444, "{path} has the mode {:o}", content.mode);
        }
        if let Some(layout) = path.strip_suffix(LayoutHeader::FILE) {
            hold!(LayoutHeader::decode(&content.bytes).is_ok(), "{path} cannot be read");
            hold!(files.contains_key(&format!("{layout}index.json")), "{layout} has no index");
        }
        if let Some(layout) = path.strip_suffix("index.json") {
            let index = serde_json::from_slice::<Value>(&content.bytes).map_err(|error| format!("{path}: {error}"))?;
            for entry in index["manifests"].as_array().ok_or("an index is a list of manifests")? {
                let named = format!("{layout}blobs/{}", entry["digest"].as_str().unwrap().replacen(':', "/", 1));
                hold!(files.contains_key(&named), "{path} names {named}, which is not there");
            }
        }
    }
    Ok(())
}

/// The digest that a file is named by.
fn content_name(path: &str) -> Option<Digest> {
    let (_, name) = path.rsplit_once("blobs/")?;
    Digest::parse_registered(&name.replacen('/', ":", 1)).ok()
}

/// Whether a store has what is in both models, nothing that is in none, and what is in one of them whole or not at all.
/// Tags are as in one of them, all together. An upload session to which nothing was sent is no promise.
pub(crate) async fn store(client: &Client, before: &Model, after: &Model) -> Verdict {
    let empty = Known::default();
    let repositories: BTreeSet<_> = before.repositories.keys().chain(after.repositories.keys()).collect();
    for name in repositories {
        let known = |model: &Model| model.repositories.get(name).unwrap_or(&empty).clone();
        repository(&client.store, name, &known(before), &known(after)).await?;
    }
    for (name, content) in &before.sessions {
        if let Some(after) = after.sessions.get(name).filter(|after| !after.is_empty() && !content.is_empty()) {
            let least = content.len().min(after.len());
            let upload = client.store.resume_upload(name, &client.sessions[name]).await;
            let offset = upload.map_err(|error| format!("the session of {name} is lost: {error:?}"))?.offset();
            hold!(offset >= least as u64, "the session of {name} is back at {offset}, before {least}");
            hold!(offset <= session(name).len() as u64, "the session of {name} is at {offset}");
        }
    }
    Ok(())
}

async fn repository(store: &Disked, name: &Repository, before: &Known, after: &Known) -> Verdict {
    for digest in before.blobs.union(&after.blobs).chain(before.deleted.intersection(&after.deleted)) {
        let is_there = blob(store, name, digest).await?;
        if before.collected.contains(digest) || after.collected.contains(digest) {
            continue;
        }
        agrees(is_there, digest, &before.blobs, &after.blobs).map_err(|said| format!("{said} in {name}"))?;
    }
    let tags = tags(store, name).await?;
    hold!(tags == before.tags || tags == after.tags, "the tags of {name} are {tags:?}");
    for digest in before.manifests.intersection(&after.manifests) {
        let found = store.manifest(name, &TagOrDigest::Digest(digest.clone())).await;
        found.map_err(|error| format!("the manifest {digest} is lost: {error:?}"))?;
    }
    let subjects: BTreeSet<_> = before.subjects.union(&after.subjects).map(|(subject, _)| subject).collect();
    for subject in subjects {
        let of =
            |known: &Known| known.subjects.iter().filter(|(of, _)| of == subject).map(|(_, by)| by.clone()).collect();
        let (least, most): (BTreeSet<Digest>, BTreeSet<Digest>) = (of(before), of(after));
        let listed = referrers(store, name, subject).await?;
        for digest in least.union(&most).chain(&listed) {
            agrees(listed.contains(digest), digest, &least, &most).map_err(|said| format!("{said} about {subject}"))?;
        }
    }
    Ok(())
}

fn agrees(is_there: bool, digest: &Digest, before: &BTreeSet<Digest>, after: &BTreeSet<Digest>) -> Verdict {
    let (was, will) = (before.contains(digest), after.contains(digest));
    hold!(is_there || !(was && will), "{digest} is lost");
    hold!(!is_there || was || will, "{digest} is there");
    Ok(())
}

/// Whether there is some content; what is there is right.
async fn blob(store: &Disked, name: &Repository, digest: &Digest) -> Result<bool, String> {
    let read = async { store.blob(name, digest).await?.try_collect::<Vec<_>>().await };
    match read.await {
        Ok(_) => Ok(true),
        Err(error) if error.is_not_found() => Ok(false),
        Err(error) => Err(format!("{digest} of {name} cannot be read: {error:?}")),
    }
}

/// Where tags lead, each of which can be pulled with all that is below it.
async fn tags(store: &Disked, name: &Repository) -> Result<BTreeMap<Tag, Digest>, String> {
    let listed: Result<Vec<Tag>, Error> = store.tags(name, None).try_collect().await;
    let listed = match listed {
        Err(error) if error.is_not_found() => return Ok(BTreeMap::new()),
        listed => listed.map_err(|error| format!("the tags of {name} cannot be listed: {error:?}"))?,
    };
    let mut tags = BTreeMap::new();
    for tag in listed {
        let digest = whole(store, name, TagOrDigest::Tag(tag.clone())).await;
        tags.insert(tag.clone(), digest.map_err(|said| format!("{tag} of {name}: {said}"))?);
    }
    Ok(tags)
}

/// The digest of a manifest of which everything is there.
async fn whole(store: &Disked, name: &Repository, which: TagOrDigest) -> Result<Digest, String> {
    let found = store.manifest(name, &which).await.map_err(|error| format!("{error:?}"))?;
    let content = found.clone().decode::<Content>().map_err(|error| format!("{error:?}"))?;
    for child in content.view().children() {
        Box::pin(whole(store, name, child.digest.clone().into())).await?;
    }
    if let Content::Manifest(manifest) = content.view() {
        for needed in manifest.layers.iter().chain([&manifest.config]) {
            hold!(blob(store, name, &needed.digest).await?, "{} is lost", needed.digest);
        }
    }
    Ok(found.digest().clone())
}

async fn referrers(store: &Disked, name: &Repository, subject: &Digest) -> Result<BTreeSet<Digest>, String> {
    let listed: Result<Vec<Descriptor>, Error> = store.referrers(name, subject, None).try_collect().await;
    match listed {
        Ok(listed) => Ok(listed.into_iter().map(|referrer| referrer.digest).collect()),
        Err(error) if error.is_not_found() => Ok(BTreeSet::new()),
        Err(error) => Err(format!("the referrers of {subject} cannot be listed: {error:?}")),
    }
}
