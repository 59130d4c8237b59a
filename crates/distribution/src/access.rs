use wharf_reference::Repository;

use crate::{Endpoint, Scope};

/// What a request would do, as far as rights are concerned.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Access {
    /// Asking whether this is a registry.
    Base,
    /// Listing repositories. Each that would be listed is asked for as well, as [`Listed`](Self::Listed).
    Catalog,
    /// Seeing the name of a repository in that list. Who decides by user would ask whether it may be pulled; of Docker's
    /// tokens, one that is good for the list is good for all of it.
    Listed(Repository),
    /// Doing something in a repository.
    Repository(Repository, Action),
}

/// What can be done in a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Action {
    /// Reading content, tags and referrers.
    Pull,
    /// Storing content and moving tags, with everything about uploads.
    Push,
    /// Deleting tags, manifests and blobs.
    Delete,
}

impl Access {
    /// The same in the words of Docker's tokens; asking whether this is a registry needs none.
    ///
    /// ```
    /// use wharf_distribution::{Access, Action};
    /// use wharf_reference::Repository;
    ///
    /// let push = Access::Repository(Repository::from_static("team/app"), Action::Push);
    /// assert_eq!(push.scope().unwrap().to_string(), "repository:team/app:pull,push");
    /// assert_eq!(Access::Base.scope(), None);
    /// ```
    #[must_use]
    pub fn scope(&self) -> Option<Scope> {
        match self {
            Self::Base => None,
            Self::Catalog | Self::Listed(_) => Some(Scope::catalog()),
            Self::Repository(repository, Action::Pull) => Some(Scope::pull(repository)),
            Self::Repository(repository, Action::Push) => Some(Scope::push(repository)),
            Self::Repository(repository, Action::Delete) => Some(Scope::delete(repository)),
        }
    }
}

impl Endpoint {
    /// What the request does, as far as rights are concerned. Only a mount also reads another repository; it can be
    /// done without, as an upload.
    ///
    /// ```
    /// use wharf_distribution::{Access, Action, Endpoint};
    /// use wharf_reference::Repository;
    /// use wharf_spec::Digest;
    ///
    /// let [new, old] = ["new", "old"].map(Repository::from_static);
    /// let digest = Digest::of(b"{}");
    /// let mount = Endpoint::MountBlob { repository: new.clone(), digest, from: Some(old.clone()) };
    /// assert_eq!(mount.access(), Access::Repository(new, Action::Push));
    /// assert_eq!(mount.source(), Some(Access::Repository(old, Action::Pull)));
    /// assert_eq!(Endpoint::Base.access(), Access::Base);
    /// ```
    #[must_use]
    pub fn access(&self) -> Access {
        let (repository, action) = match self {
            Self::Base => return Access::Base,
            Self::ListRepositories { .. } => return Access::Catalog,
            Self::GetManifest { repository, .. }
            | Self::HeadManifest { repository, .. }
            | Self::GetBlob { repository, .. }
            | Self::HeadBlob { repository, .. }
            | Self::ListTags { repository, .. }
            | Self::ListReferrers { repository, .. } => (repository, Action::Pull),
            Self::PutManifest { repository, .. }
            | Self::StartUpload { repository, .. }
            | Self::PostBlob { repository, .. }
            | Self::MountBlob { repository, .. }
            | Self::UploadStatus { repository, .. }
            | Self::AppendUpload { repository, .. }
            | Self::FinishUpload { repository, .. }
            | Self::CancelUpload { repository, .. } => (repository, Action::Push),
            Self::DeleteManifest { repository, .. } | Self::DeleteBlob { repository, .. } => {
                (repository, Action::Delete)
            }
        };
        Access::Repository(repository.clone(), action)
    }

    /// What the request would also read, in another repository than it is about.
    ///
    /// ```
    /// # use wharf_distribution::Endpoint;
    /// assert_eq!(Endpoint::Base.source(), None);
    /// ```
    #[must_use]
    pub fn source(&self) -> Option<Access> {
        match self {
            Self::MountBlob { from: Some(from), .. } => Some(Access::Repository(from.clone(), Action::Pull)),
            _ => None,
        }
    }
}
