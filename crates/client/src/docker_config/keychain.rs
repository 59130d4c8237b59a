//! Files and helpers together, as a provider of credentials.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use wharf_registry::{Host, Repository};

use super::file::Answer;
use super::{ConfigError, ConfigFile, Helpers, Places, Problem, key};
use crate::{Credential, CredentialError, Credentials};

/// Credentials for all registries that some configuration files, and the helpers they name, know.
///
/// The files are searched in their order, and the first that knows a registry is the one that counts. As a provider for a
/// client it looks for what is for a whole registry; [`scoped`](Self::scoped) also finds what is for one repository. A
/// clone shares what helpers answered.
///
/// ```
/// use wharf_client::docker_config::{ConfigFile, Helpers, Keychain};
/// use wharf_registry::{Host, Repository};
///
/// # async fn find() -> Result<(), Box<dyn std::error::Error>> {
/// let file = ConfigFile::parse(br#"{"auths": {"quay.io/team": {"auth": "cm9ib3Q6aHVudGVyMg=="}}}"#)?;
/// let keychain = Keychain::new([file], Helpers::new(None));
/// let (host, app) = (Host::parse("quay.io")?, Repository::parse("team/app")?);
/// assert_eq!(keychain.find(&host, Some(&app)).await?.unwrap().username(), Some("robot"));
/// assert!(keychain.find(&host, None).await?.is_none());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Keychain {
    files: Arc<[ConfigFile]>,
    helpers: Helpers,
}

impl Keychain {
    /// What some files know, searched in this order.
    #[must_use]
    pub fn new(files: impl IntoIterator<Item = ConfigFile>, helpers: Helpers) -> Self {
        Self { files: files.into_iter().collect(), helpers }
    }

    /// What the files in all the usual places know; see [`Places::all`]. Those that are not there are left out.
    ///
    /// # Errors
    /// [`ConfigError`] when one is there and cannot be used.
    pub fn load(places: &Places) -> Result<Self, ConfigError> {
        Self::read(places, &places.all())
    }

    /// What docker's file knows, and no other; see [`Places::docker`].
    ///
    /// # Errors
    /// [`ConfigError`] when it is there and cannot be used.
    pub fn docker(places: &Places) -> Result<Self, ConfigError> {
        Self::read(places, places.docker().as_slice())
    }

    /// What the files in the places that the environment names know.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::load(&Places::from_env())
    }

    fn read(places: &Places, paths: &[PathBuf]) -> Result<Self, ConfigError> {
        let files = paths.iter().filter_map(|path| ConfigFile::read(path).transpose());
        Ok(Self { files: files.collect::<Result<_, _>>()?, helpers: Helpers::new(places.path.as_deref()) })
    }

    /// The same, and helpers are asked in this way.
    #[must_use]
    pub fn with_helpers(mut self, helpers: Helpers) -> Self {
        self.helpers = helpers;
        self
    }

    /// The files that there are, in the order in which they are searched.
    #[must_use]
    pub fn files(&self) -> &[ConfigFile] {
        &self.files
    }

    /// The entries of all files that cannot be used.
    pub fn problems(&self) -> impl Iterator<Item = &Problem> {
        self.files.iter().flat_map(ConfigFile::problems)
    }

    /// The files that others than their owner may read, which is worth a warning.
    pub fn exposed(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().filter(|file| file.is_exposed()).filter_map(ConfigFile::path)
    }

    /// The credential for a registry, or for one repository there, if there is one.
    ///
    /// # Errors
    /// [`CredentialError`] whose source is a [`Problem`] or a [`HelperError`](super::HelperError): what should have
    /// been the answer is broken, or a helper failed.
    ///
    /// # Cancel safety
    /// As [`Helpers::get`].
    pub async fn find(
        &self,
        host: &Host,
        repository: Option<&Repository>,
    ) -> Result<Option<Credential>, CredentialError> {
        let registry = key::registry(host.as_str());
        for file in self.files.iter() {
            let answer = file.find(&registry, repository).map_err(|problem| CredentialError::new(problem.clone()))?;
            let found = match answer {
                Answer::Nothing => None,
                Answer::Credential(credential) => Some(credential.clone()),
                Answer::Helper(name) => {
                    self.helpers.get(name, key::server(&registry)).await.map_err(CredentialError::new)?
                }
            };
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// The same for one repository of whatever registry it is asked for, as a provider for a client that is made for it.
    ///
    /// ```no_run
    /// # use wharf_client::{Client, docker_config::{ConfigError, Keychain}};
    /// # use wharf_registry::Reference;
    /// # fn identify(client: Client, image: &Reference) -> Result<Client, ConfigError> {
    /// let keychain = Keychain::from_env()?;
    /// let client = client.with_credentials(keychain.scoped(image.repository().clone()));
    /// # Ok(client)
    /// # }
    /// ```
    #[must_use]
    pub fn scoped(&self, repository: Repository) -> Scoped {
        Scoped { keychain: self.clone(), repository }
    }
}

#[async_trait]
impl Credentials for Keychain {
    async fn credential(&self, host: &Host) -> Result<Option<Credential>, CredentialError> {
        self.find(host, None).await
    }
}

/// A [`Keychain`] for one repository; see [`Keychain::scoped`].
#[derive(Clone, Debug)]
pub struct Scoped {
    keychain: Keychain,
    repository: Repository,
}

#[async_trait]
impl Credentials for Scoped {
    async fn credential(&self, host: &Host) -> Result<Option<Credential>, CredentialError> {
        self.keychain.find(host, Some(&self.repository)).await
    }
}

impl fmt::Debug for Keychain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keychain").field("files", &self.files).finish_non_exhaustive()
    }
}
