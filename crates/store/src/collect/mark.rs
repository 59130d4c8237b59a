//! What is needed: everything that the roots lead to.
//!
//! A manifest is the record of what it needs, and does not change; it was durable before anything named it. What is not
//! there needs nothing. What is there must be read, for whoever overlooks a need loses content: so the first manifest that
//! cannot be read ends the marking.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use wharf_registry::{Content, Descriptor, Digest, Document, ErrorCode, Hasher, LinkRole, MediaType, Repository};

use super::item::Known;
use super::stop::Stop;
use super::{CollectRefs, Item, Root};
use crate::store::leads_nowhere;
use crate::{Cas, Store};

/// What was reached so far, and from where.
#[derive(Clone, Debug, Default)]
pub(super) struct Marks {
    /// What was followed; shared with whoever judges by it.
    pub(super) known: Arc<Known>,
    /// What was there when the repository was listed: what is damaged is there and not seen.
    listed: HashSet<Digest>,
    reached: HashSet<Digest>,
    entered: HashSet<(Digest, Option<MediaType>)>,
    /// As what manifests are known that are not there.
    missing: HashMap<Digest, Vec<Option<MediaType>>>,
}

impl Marks {
    /// Nothing is needed yet of what there is.
    pub(super) fn new<'a>(items: impl IntoIterator<Item = &'a Item>) -> Self {
        Self { listed: items.into_iter().map(|item| item.digest.clone()).collect(), ..Self::default() }
    }

    /// Remembers a manifest that is not there, and as what it is known.
    fn lacks(&mut self, node: Node) {
        Arc::make_mut(&mut self.known).missing.insert(node.digest.clone());
        self.missing.entry(node.digest).or_default().push(node.media_type);
    }

    /// Remembers a root, and as what it is known.
    fn follows(&mut self, node: &Node) {
        let known = Arc::make_mut(&mut self.known).followed.entry(node.digest.clone()).or_default();
        known.extend(
            node.media_type.iter().filter(|media_type| !known.contains(media_type)).cloned().collect::<Vec<_>>(),
        );
    }

    /// A manifest that was missing is to be looked at again, as all that it is known as.
    fn arrived(&mut self, digest: &Digest) -> Vec<Node> {
        Arc::make_mut(&mut self.known).missing.remove(digest);
        let media_types = self.missing.remove(digest).unwrap_or_default().into_iter();
        let nodes: Vec<_> = media_types.map(|media_type| Node { digest: digest.clone(), media_type }).collect();
        for Node { digest, media_type } in &nodes {
            self.entered.remove(&(digest.clone(), media_type.clone()));
        }
        nodes
    }

    /// Marks content as needed, and returns what was not before.
    fn reached(&mut self, digest: &Digest) -> Option<Digest> {
        self.reached.insert(digest.clone()).then(|| digest.clone())
    }

    /// Whether content is needed.
    pub(super) fn reach(&self, digest: &Digest) -> bool {
        self.reached.contains(digest)
    }
}

/// Content that something leads to, with its kind if that is said there.
struct Node {
    digest: Digest,
    media_type: Option<MediaType>,
}

impl Node {
    fn of(descriptor: &Descriptor) -> Self {
        Self { digest: descriptor.digest.clone(), media_type: Some(descriptor.media_type.clone()) }
    }

    /// What is followed once.
    fn key(&self) -> (Digest, Option<MediaType>) {
        (self.digest.clone(), self.media_type.clone())
    }

    /// Content that may be a manifest or not.
    const fn unsaid(digest: Digest) -> Self {
        Self { digest, media_type: None }
    }
}

/// Follows roots of one repository.
pub(super) struct Marker<'a, C: Cas, R> {
    pub(super) store: &'a Store<C, R>,
    pub(super) repository: &'a Repository,
}

impl<C: Cas, R: CollectRefs> Marker<'_, C, R> {
    /// Marks what roots lead to, and returns what was not marked before.
    pub(super) async fn follow(&self, marks: &mut Marks, roots: &[Root]) -> Result<Vec<Digest>, Stop> {
        let mut new = Vec::new();
        let mut waiting = Vec::new();
        for root in roots {
            match root {
                Root::Arrived(digest) => waiting.extend(marks.arrived(digest)),
                root => {
                    let node = node(root)?;
                    marks.follows(&node);
                    waiting.push(node);
                }
            }
        }
        self.follow_all(marks, &mut new, waiting).await?;
        Ok(new)
    }

    /// Marks what content leads to that is young, and not that itself. It may be a manifest that lost its record or never
    /// had one, such as a child of an index that another tool removed: whoever was told that it is there believes that it is
    /// whole. What is no manifest leads nowhere, and neither does what is wrong or says nothing that is known; nor does what
    /// nobody but it leads to, or whoever may push blobs could stop the collection. What is not there needs nothing: when it
    /// comes, it is young itself. All of that is asked anew when a root leads to it.
    pub(super) async fn follow_young(&self, marks: &mut Marks, young: Vec<Digest>) -> Result<Vec<Digest>, Stop> {
        let (mut new, mut waiting, mut passed) = (Vec::new(), Vec::new(), Vec::new());
        for digest in young {
            let mut next = Some(Node::unsaid(digest));
            while let Some(node) = next {
                let key = node.key();
                if marks.entered.insert(key.clone()) {
                    match self.enter(node, marks, &mut new, &mut waiting).await {
                        Ok(None) => {}
                        Err(stop) if !is_no_manifest(&stop) => return Err(stop),
                        Ok(Some(_)) | Err(_) => passed.push(key),
                    }
                }
                next = waiting.pop();
                new.extend(next.iter().filter_map(|node| marks.reached(&node.digest)));
            }
        }
        for key in passed {
            marks.entered.remove(&key);
        }
        Ok(new)
    }

    async fn follow_all(&self, marks: &mut Marks, new: &mut Vec<Digest>, mut waiting: Vec<Node>) -> Result<(), Stop> {
        while let Some(node) = waiting.pop() {
            new.extend(marks.reached(&node.digest));
            if marks.entered.insert(node.key())
                && let Some(missing) = self.enter(node, marks, new, &mut waiting).await?
            {
                marks.lacks(missing);
            }
        }
        Ok(())
    }

    /// Marks the blobs of a manifest, and tells the manifests that it leads to, those that refer to it among them. A manifest
    /// that is not there is returned.
    async fn enter(
        &self,
        node: Node,
        marks: &mut Marks,
        new: &mut Vec<Digest>,
        waiting: &mut Vec<Node>,
    ) -> Result<Option<Node>, Stop> {
        if node.media_type.as_ref().is_some_and(leads_nowhere) {
            return Ok(None);
        }
        if self.is_missing(&node.digest, &mut marks.listed).await? {
            return Ok(Some(node));
        }
        let content = match self.read(&node).await {
            // Somebody deleted it since it was looked for.
            Err(_) if !self.is_listed(&node.digest).await? => return Ok(Some(node)),
            Err(stop) if is_no_manifest(&stop) => Some(self.read_as_it_is(&node.digest, &stop).await.ok_or(stop)?),
            read => read?,
        };
        let Some(content) = content else { return Ok(None) };
        for link in content.links() {
            match link.role {
                LinkRole::Manifest => waiting.push(Node::of(link.descriptor)),
                // A subject need not be there, and is not kept by what is said about it.
                LinkRole::Subject => {}
                _ => new.extend(marks.reached(&link.descriptor.digest)),
            }
        }
        let referrers = self.store.refs().referrers(self.repository, &node.digest).await?;
        waiting.extend(referrers.into_iter().map(Node::unsaid));
        Ok(None)
    }

    /// A manifest of which was said something that it is not: what it is recorded as, or says itself, is what it needs. Whoever
    /// may push an index could otherwise stop the collection, with a wrong word about a manifest that is in order. Of a kind
    /// that is not known, bytes alone do not say what it needs.
    async fn read_as_it_is(&self, digest: &Digest, stop: &Stop) -> Option<Document<Content>> {
        let recorded = self.store.refs().manifest(self.repository, digest).await.ok()?;
        match stop {
            Stop::Kind { .. } if recorded.is_none() => None,
            _ => self.read(&Node::unsaid(digest.clone())).await.ok().flatten(),
        }
    }

    /// What a manifest says that is there; nothing when it is none.
    async fn read(&self, node: &Node) -> Result<Option<Document<Content>>, Stop> {
        let Node { digest, media_type } = node;
        let recorded = match media_type {
            Some(said) => Some(said.clone()),
            None => self.store.refs().manifest(self.repository, digest).await?.map(|record| record.media_type),
        };
        let is_guessed = recorded.is_none();
        let unreadable = |source| Stop::Manifest { digest: digest.clone(), source };
        let document = match self.store.document(self.repository, digest, recorded).await {
            Err(error) if is_guessed && *error.code() == ErrorCode::MANIFEST_UNKNOWN => return Ok(None),
            document => document.map_err(unreadable)?,
        };
        let kind = document.media_type().clone();
        let content = match self.store.decode(self.repository, document) {
            // Nobody recorded it as a manifest, and it cannot be read as one: it is a configuration, or some blob.
            Err(_) if is_guessed => return Ok(None),
            content => content.map_err(unreadable)?,
        };
        match content.view() {
            Content::Opaque => Err(Stop::Kind { digest: digest.clone(), media_type: kind }),
            _ => Ok(Some(content)),
        }
    }

    /// Whether content is there by now, be it damaged.
    async fn is_listed(&self, digest: &Digest) -> Result<bool, Stop> {
        Ok(self.store.refs().content(self.repository).await?.iter().any(|item| item.digest == *digest))
    }

    /// What is neither seen nor listed is not there. Asking for it brings it back when it is condemned. What was listed and
    /// is not seen is damaged, or has gone since; then it is not listed any more.
    async fn is_missing(&self, digest: &Digest, listed: &mut HashSet<Digest>) -> Result<bool, Stop> {
        // What nobody here can verify is not stored here.
        if Hasher::new(digest.algorithm()).is_err() {
            return Ok(true);
        }
        if self.store.refs().linked(self.repository, digest).await? {
            return Ok(false);
        }
        if listed.contains(digest) {
            let items = self.store.refs().content(self.repository).await?;
            *listed = items.into_iter().map(|item| item.digest).collect();
        }
        Ok(!listed.contains(digest))
    }
}

fn node(root: &Root) -> Result<Node, Stop> {
    match root {
        Root::Manifest { digest, media_type, .. } => {
            Ok(Node { digest: digest.clone(), media_type: Some(media_type.clone()) })
        }
        Root::Leased(digest) | Root::Arrived(digest) => Ok(Node::unsaid(digest.clone())),
        Root::Unreadable => Err(Stop::Record),
    }
}

/// Whether content that nobody says to be a manifest is none that could be read as one.
fn is_no_manifest(stop: &Stop) -> bool {
    let wrong = [ErrorCode::DIGEST_INVALID, ErrorCode::SIZE_INVALID, ErrorCode::MANIFEST_INVALID];
    match stop {
        Stop::Manifest { source, .. } => wrong.contains(source.code()),
        stop => matches!(stop, Stop::Kind { .. }),
    }
}
