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
    /// had one, such as a child of an index that was deleted: whoever was told that it is there believes that it is whole.
    /// What is no manifest leads nowhere, and neither does what is wrong or says nothing that is known.
    pub(super) async fn follow_young(&self, marks: &mut Marks, young: Vec<Digest>) -> Result<Vec<Digest>, Stop> {
        let (mut new, mut waiting) = (Vec::new(), Vec::new());
        for digest in young {
            if marks.entered.insert((digest.clone(), None)) {
                match self.enter(Node::unsaid(digest), marks, &mut new, &mut waiting).await {
                    Err(stop) if is_no_manifest(&stop) => {}
                    entered => entered?,
                }
            }
        }
        self.follow_all(marks, &mut new, waiting).await?;
        Ok(new)
    }

    async fn follow_all(&self, marks: &mut Marks, new: &mut Vec<Digest>, mut waiting: Vec<Node>) -> Result<(), Stop> {
        while let Some(node) = waiting.pop() {
            if marks.reached.insert(node.digest.clone()) {
                new.push(node.digest.clone());
            }
            if marks.entered.insert((node.digest.clone(), node.media_type.clone())) {
                self.enter(node, marks, new, &mut waiting).await?;
            }
        }
        Ok(())
    }

    /// Marks the blobs of a manifest, and tells the manifests that it leads to, those that refer to it among them.
    async fn enter(
        &self,
        node: Node,
        marks: &mut Marks,
        new: &mut Vec<Digest>,
        waiting: &mut Vec<Node>,
    ) -> Result<(), Stop> {
        if node.media_type.as_ref().is_some_and(leads_nowhere) {
            return Ok(());
        }
        if self.is_missing(&node.digest, &mut marks.listed).await? {
            marks.lacks(node);
            return Ok(());
        }
        let content = match self.read(&node).await {
            // Somebody deleted it since it was looked for.
            Err(_) if !self.is_listed(&node.digest).await? => {
                marks.lacks(node);
                return Ok(());
            }
            read => read?,
        };
        let Some(content) = content else { return Ok(()) };
        for link in content.links() {
            match link.role {
                LinkRole::Manifest => waiting.push(Node::of(link.descriptor)),
                // A subject need not be there, and is not kept by what is said about it.
                LinkRole::Subject => {}
                _ if marks.reached.insert(link.descriptor.digest.clone()) => new.push(link.descriptor.digest.clone()),
                _ => {}
            }
        }
        let referrers = self.store.refs().referrers(self.repository, &node.digest).await?;
        waiting.extend(referrers.into_iter().map(Node::unsaid));
        Ok(())
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
