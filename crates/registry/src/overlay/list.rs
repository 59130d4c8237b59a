//! Lists: those of the origin, as long as it answers.

use std::collections::HashSet;

use futures_util::TryStreamExt;
use wharf_reference::{Repository, Tag};
use wharf_spec::{Descriptor, Digest, MediaType};

use super::Overlay;
use super::memory::is_away;
use crate::forward::forward;
use crate::generate::{Out, generate};
use crate::{Error, Items, List, Read, Registry};

#[deny(clippy::missing_trait_methods)]
impl<N: Registry + 'static, F: Read + List + 'static> List for Overlay<N, F> {
    forward!(self => self.near; repositories);

    fn tags<'a>(&'a self, repository: &'a Repository, after: Option<&'a Tag>) -> Items<'a, Tag> {
        let (far, near) = (self.far.tags(repository, after), self.near.tags(repository, after));
        generate(|out| async move { self.list(repository, &out, far, near).await.map(|_| ()) })
    }

    fn referrers<'a>(
        &'a self,
        repository: &'a Repository,
        digest: &'a Digest,
        artifact_type: Option<&'a MediaType>,
    ) -> Items<'a, Descriptor> {
        let near = move || self.near.referrers(repository, digest, artifact_type);
        let far = self.far.referrers(repository, digest, artifact_type);
        generate(|out| async move {
            let mut seen = HashSet::new();
            let far = far.inspect_ok(|found| {
                seen.insert(found.digest.clone());
            });
            if self.list(repository, &out, Box::pin(far), near()).await? {
                let mut kept = near();
                while let Ok(Some(found)) = kept.try_next().await {
                    if !seen.contains(&found.digest) {
                        out.give(found).await;
                    }
                }
            }
            Ok(())
        })
    }
}

impl<N: Send + Sync, F: Send + Sync> Overlay<N, F> {
    /// Gives out the list that `far` has; or that of `near`, if there is one, when `far` is away. Says whether it was
    /// that of `far`.
    async fn list<T: Send>(
        &self,
        repository: &Repository,
        out: &Out<T>,
        mut far: Items<'_, T>,
        mut near: Items<'_, T>,
    ) -> Result<bool, Error> {
        let error = match self.memory.heard(far.try_next().await) {
            Ok(None) => return Ok(true),
            Ok(Some(first)) => {
                out.give(first).await;
                return out.give_all(far).await.map(|()| true);
            }
            Err(error) => error,
        };
        match near.try_next().await {
            _ if !is_away(&error) => Err(error),
            Ok(Some(first)) => {
                (self.stale)(repository, None);
                out.give(first).await;
                out.give_all(near).await.map(|()| false)
            }
            Ok(None) if error.is_unsupported() => Ok(false),
            _ => Err(error),
        }
    }
}
