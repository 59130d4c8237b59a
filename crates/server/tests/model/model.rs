//! The plainest model of a server: maps.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use http::Response;
use wharf_registry::Digest;
use wharf_server::Permission;

use crate::op::{BLOBS, MANIFESTS, Op, Place, What, When, Which, digest};
use crate::people::may;

const SLOTS: usize = 4;

#[derive(Default)]
pub(crate) struct Model {
    repositories: BTreeMap<&'static str, Repository>,
    sessions: [Option<Session>; SLOTS],
}

#[derive(Default)]
struct Repository {
    blobs: BTreeSet<Digest>,
    manifests: BTreeMap<Digest, usize>,
    tags: BTreeMap<&'static str, Digest>,
}

struct Session {
    begun_by: &'static str,
    /// Nobody after a restart, until somebody goes on with it.
    owner: Option<&'static str>,
    repository: &'static str,
    location: String,
    offset: usize,
}

/// What must be answered.
#[derive(Debug, Default)]
pub(crate) struct Expected {
    status: u16,
    code: Option<&'static str>,
    headers: Vec<(&'static str, String)>,
    body: Option<String>,
}

impl Expected {
    fn of(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    fn refused(status: u16, code: &'static str) -> Self {
        Self { code: Some(code), ..Self::of(status) }
    }

    /// A header with all its values; none where it must not be.
    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn body(self, body: impl Into<String>) -> Self {
        Self { body: Some(body.into()), ..self }
    }

    pub(crate) fn check(&self, head: bool, response: &Response<Bytes>) -> Result<(), String> {
        let text = String::from_utf8_lossy(response.body());
        let code = self.code.is_none_or(|code| head || text.contains(&format!(r#""code":"{code}""#)));
        let body = self.body.as_ref().is_none_or(|body| if head { text.is_empty() } else { *body == text });
        let header = |(name, wanted): &&(&'static str, String)| {
            let values: Vec<_> =
                response.headers().get_all(*name).iter().map(|value| value.to_str().unwrap()).collect();
            values.join(",") == *wanted
        };
        let headers = self.headers.iter().all(|header_wanted| header(&header_wanted));
        match response.status() == self.status && code && body && headers {
            true => Ok(()),
            false => Err(format!("expected {self:?}")),
        }
    }
}

impl Model {
    /// Nobody knows any more whose the sessions are.
    pub(crate) fn restart(&mut self) {
        self.sessions.iter_mut().flatten().for_each(|session| session.owner = None);
    }

    /// The same, unless there are sessions enough: then one is cancelled by its owner, or by who began it.
    pub(crate) fn instead(&self, op: &Op) -> Op {
        match (&op.what, &self.sessions) {
            (What::Start | What::Mount { .. }, [Some(first), Some(_), Some(_), Some(_)]) => {
                let who = first.owner.unwrap_or(first.begun_by);
                Op { who, repository: first.repository, what: What::Cancel { slot: 0 } }
            }
            _ => op.clone(),
        }
    }

    pub(crate) fn location(&self, slot: usize, repository: &str) -> String {
        let none = format!("/v2/{repository}/blobs/uploads/none");
        let elsewhere = |session: &Session| {
            session.location.replacen(&format!("/v2/{}/", session.repository), &format!("/v2/{repository}/"), 1)
        };
        self.sessions[slot].as_ref().map_or(none, elsewhere)
    }

    /// How much a session holds, and what comes next.
    pub(crate) fn piece(&self, slot: usize, length: usize) -> (usize, &'static str) {
        let (blob, offset) = (BLOBS[slot % BLOBS.len()], self.sessions[slot].as_ref().map_or(0, |it| it.offset));
        (offset, &blob[offset..(offset + length).min(blob.len())])
    }

    /// What a session becomes in the end, and what it lacks of it.
    pub(crate) fn rest(&self, slot: usize) -> (&'static str, &'static str) {
        (BLOBS[slot % BLOBS.len()], self.piece(slot, usize::MAX / 2).1)
    }

    /// Takes over what only the server could choose: where a session is.
    pub(crate) fn learn(&mut self, op: &Op, response: &Response<Bytes>) {
        let opens = matches!(op.what, What::Start | What::Mount { .. }) && response.status() == 202;
        if let (true, Some(slot)) = (opens, self.sessions.iter_mut().find(|slot| slot.is_none())) {
            let location = response.headers()["location"].to_str().unwrap().to_owned();
            let (begun_by, owner) = (op.who, Some(op.who));
            *slot = Some(Session { begun_by, owner, repository: op.repository, location, offset: 0 });
        }
    }

    pub(crate) fn answer(&mut self, op: &Op) -> Expected {
        let &Op { who, repository, ref what } = op;
        if let What::Catalog = what {
            return self.catalog(who);
        }
        let reads = matches!(what, What::GetBlob { .. } | What::GetManifest { .. } | What::Tags { .. });
        let deletes = matches!(what, What::DeleteBlob { .. } | What::DeleteManifest { .. });
        match may(who, repository, reads, !reads && !deletes) {
            Permission::Granted => {}
            Permission::Unauthorized => {
                return Expected::refused(401, "UNAUTHORIZED").with("www-authenticate", "Basic realm=\"test\"");
            }
            Permission::Hidden if reads => return Self::default().carry_out(op),
            _ => return Expected::refused(403, "DENIED"),
        }
        self.carry_out(op)
    }

    fn carry_out(&mut self, op: &Op) -> Expected {
        let &Op { who, repository, ref what } = op;
        match what {
            What::Restart | What::Catalog => unreachable!("not in a repository"),
            What::PostBlob { right: false, .. } => Expected::refused(400, "DIGEST_INVALID"),
            What::PostBlob { blob, .. } => self.store(repository, blob),
            What::Start => Expected::of(202).with("range", "0-0"),
            What::Mount { blob, from } => {
                let readable = may(who, from, true, false) == Permission::Granted;
                let there =
                    self.repositories.get(from).is_some_and(|it| it.blobs.contains(&Digest::of(blob.as_bytes())));
                if readable && there { self.store(repository, blob) } else { Expected::of(202).with("range", "0-0") }
            }
            What::Append { slot, length, place } => self.append(op, *slot, *length, *place),
            What::Finish { slot, right } => {
                if let Some(unknown) = self.unknown(op, *slot) {
                    return unknown;
                }
                self.sessions[*slot] = None;
                match right {
                    true => self.store(repository, BLOBS[slot % BLOBS.len()]),
                    false => Expected::refused(400, "DIGEST_INVALID"),
                }
            }
            What::Status { slot } => self.unknown(op, *slot).unwrap_or_else(|| self.stands(204, *slot)),
            What::Cancel { slot } => self.unknown(op, *slot).unwrap_or_else(|| {
                self.sessions[*slot] = None;
                Expected::of(204)
            }),
            What::GetBlob { blob, head, known, range } => self.get_blob(repository, blob, *head, *known, *range),
            What::DeleteBlob { blob } => match self.repositories.get_mut(repository) {
                None => Expected::refused(404, "NAME_UNKNOWN"),
                Some(it) => match it.blobs.remove(&Digest::of(blob.as_bytes())) {
                    true => Expected::of(202),
                    false => Expected::refused(404, "BLOB_UNKNOWN"),
                },
            },
            What::PutManifest { manifest, which, tags, when } => {
                self.put_manifest(repository, *manifest, which, tags, *when)
            }
            What::GetManifest { which, known, .. } => self.get_manifest(repository, which, *known),
            What::DeleteManifest { which } => self.delete_manifest(repository, which),
            What::Tags { n, last } => self.tags(repository, *n, *last),
        }
    }

    fn catalog(&self, who: &str) -> Expected {
        let visible = |name: &&&str| may(who, name, true, false) == Permission::Granted;
        let names: Vec<_> = self.repositories.keys().filter(visible).map(|name| format!("\"{name}\"")).collect();
        Expected::of(200).body(format!(r#"{{"repositories":[{}]}}"#, names.join(","))).with("link", "")
    }

    fn store(&mut self, repository: &'static str, blob: &str) -> Expected {
        let digest = Digest::of(blob.as_bytes());
        self.repositories.entry(repository).or_default().blobs.insert(digest.clone());
        let location = format!("/v2/{repository}/blobs/{digest}");
        Expected::of(201).with("location", location).with("docker-content-digest", digest.to_string())
    }

    /// A session is its repository's and its owner's alone. Who goes on with one that has no owner is its owner.
    fn unknown(&mut self, op: &Op, slot: usize) -> Option<Expected> {
        let session = self.sessions[slot].as_mut().filter(|it| it.repository == op.repository);
        let is_known = session.is_some_and(|it| *it.owner.get_or_insert(op.who) == op.who);
        (!is_known).then(|| Expected::refused(404, "BLOB_UPLOAD_UNKNOWN"))
    }

    fn stands(&self, status: u16, slot: usize) -> Expected {
        let session = self.sessions[slot].as_ref().unwrap();
        let range = format!("0-{}", session.offset.saturating_sub(1));
        Expected::of(status).with("range", range).with("location", session.location.as_str())
    }

    fn append(&mut self, op: &Op, slot: usize, length: usize, place: Place) -> Expected {
        let (offset, piece) = self.piece(slot, length);
        let range = place.range(offset, piece.len());
        match range {
            Some((first, last)) if first > last => return Expected::refused(400, "BLOB_UPLOAD_INVALID"),
            Some((first, last)) if last - first + 1 != piece.len() => return Expected::refused(400, "SIZE_INVALID"),
            _ => {}
        }
        if let Some(unknown) = self.unknown(op, slot) {
            return unknown;
        }
        if range.is_some_and(|(first, _)| first != offset) {
            return Expected { code: Some("RANGE_INVALID"), ..self.stands(416, slot) };
        }
        self.sessions[slot].as_mut().unwrap().offset += piece.len();
        self.stands(202, slot)
    }

    fn get_blob(
        &self,
        repository: &str,
        blob: &str,
        head: bool,
        known: bool,
        range: Option<(usize, usize)>,
    ) -> Expected {
        let (digest, size) = (Digest::of(blob.as_bytes()), blob.len());
        if !self.repositories.get(repository).is_some_and(|it| it.blobs.contains(&digest)) {
            return Expected::refused(404, "BLOB_UNKNOWN");
        }
        let expected = |status| Expected::of(status).with("docker-content-digest", digest.to_string());
        match range.filter(|_| !head) {
            _ if known => Expected::of(304).with("etag", format!("\"{digest}\"")).body(""),
            Some((first, last)) if first > last || first >= size => {
                Expected::refused(416, "RANGE_INVALID").with("content-range", format!("bytes */{size}"))
            }
            Some((first, last)) => {
                let last = last.min(size - 1);
                expected(206).with("content-range", format!("bytes {first}-{last}/{size}")).body(&blob[first..=last])
            }
            None => expected(200).with("content-length", size.to_string()).body(blob),
        }
    }

    fn put_manifest(
        &mut self,
        repository: &'static str,
        manifest: usize,
        which: &Which,
        more: &[&'static str],
        when: When,
    ) -> Expected {
        let (digest, tag) = match which {
            Which::Tag(tag) => (digest(manifest, false), Some(*tag)),
            Which::Digest(wanted) if [true, false].map(|strong| digest(manifest, strong)).contains(wanted) => {
                (wanted.clone(), None)
            }
            Which::Digest(_) => return Expected::refused(400, "DIGEST_INVALID"),
        };
        let (there, nothing) = (self.repositories.get(repository), Repository::default());
        let there = there.unwrap_or(&nothing);
        let tags: Vec<_> = tag.into_iter().chain(more.iter().copied()).collect();
        if !tags.iter().all(|tag| when.allows(there.tags.get(tag), &digest)) {
            return Expected::refused(412, "DENIED");
        }
        let has = |need: &Digest| there.blobs.contains(need) || there.manifests.contains_key(need);
        if !MANIFESTS[manifest].needs.iter().all(has) {
            return Expected::refused(400, "MANIFEST_BLOB_UNKNOWN");
        }
        let it = self.repositories.entry(repository).or_default();
        it.manifests.insert(digest.clone(), manifest);
        it.tags.extend(tags.into_iter().map(|tag| (tag, digest.clone())));
        let location = format!("/v2/{repository}/manifests/{digest}");
        let stored = Expected::of(201).with("location", location).with("docker-content-digest", digest.to_string());
        stored.with("oci-tag", more.join(","))
    }

    fn get_manifest(&self, repository: &str, which: &Which, known: bool) -> Expected {
        let found = self.repositories.get(repository).and_then(|it| {
            let digest = match which {
                Which::Tag(tag) => it.tags.get(tag)?,
                Which::Digest(digest) => digest,
            };
            Some((digest, *it.manifests.get(digest)?))
        });
        let Some((found, manifest)) = found else { return Expected::refused(404, "MANIFEST_UNKNOWN") };
        let etag = format!("\"{found}\"");
        if known && *found == digest(0, false) {
            return Expected::of(304).with("etag", etag).body("");
        }
        let manifest = &MANIFESTS[manifest];
        Expected::of(200)
            .with("etag", etag)
            .with("docker-content-digest", found.to_string())
            .with("content-type", manifest.media_type)
            .with("content-length", manifest.body.len().to_string())
            .body(manifest.body.as_str())
    }

    fn delete_manifest(&mut self, repository: &str, which: &Which) -> Expected {
        let Some(it) = self.repositories.get_mut(repository) else { return Expected::refused(404, "NAME_UNKNOWN") };
        let removed = match which {
            Which::Tag(tag) => it.tags.remove(tag).is_some(),
            Which::Digest(digest) => {
                it.tags.retain(|_, target| target != digest);
                it.manifests.remove(digest).is_some()
            }
        };
        if removed { Expected::of(202) } else { Expected::refused(404, "MANIFEST_UNKNOWN") }
    }

    fn tags(&self, repository: &str, n: Option<usize>, last: Option<&str>) -> Expected {
        let Some(it) = self.repositories.get(repository) else { return Expected::refused(404, "NAME_UNKNOWN") };
        let after: Vec<_> = it.tags.keys().copied().filter(|tag| last.is_none_or(|last| *tag > last)).collect();
        let page = &after[..n.unwrap_or(usize::MAX).min(after.len())];
        let next = match (n, page.last()) {
            (Some(n), Some(tag)) if page.len() < after.len() => {
                format!(r#"</v2/{repository}/tags/list?n={n}&last={tag}>; rel="next""#)
            }
            _ => String::new(),
        };
        let tags: Vec<_> = page.iter().map(|tag| format!("\"{tag}\"")).collect();
        let body = format!(r#"{{"name":"{repository}","tags":[{}]}}"#, tags.join(","));
        Expected::of(200).with("content-type", "application/json").with("link", next).body(body)
    }
}

impl Place {
    /// The first and the last place of a chunk, as they are said.
    pub(crate) fn range(self, offset: usize, length: usize) -> Option<(usize, usize)> {
        let end = (offset + length).saturating_sub(1);
        match self {
            Self::Unsaid => None,
            Self::Right => Some((offset, end)),
            Self::Wrong => Some((offset + 5, end + 5)),
            Self::Lies => Some((offset, end + 1)),
        }
    }
}

impl When {
    fn allows(self, current: Option<&Digest>, new: &Digest) -> bool {
        match self {
            Self::Always => true,
            Self::Unset => current.is_none_or(|current| current == new),
            Self::PointsTo(manifest) => current == Some(&digest(manifest, false)),
        }
    }
}
