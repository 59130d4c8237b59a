//! Where configuration files are. The environment is asked here and nowhere else.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

/// What says where the configuration files are: the variables that docker, podman and skopeo heed.
///
/// ```
/// use std::path::{Path, PathBuf};
/// use wharf_client::docker_config::Places;
///
/// let mut places = Places::default();
/// places.home = Some(PathBuf::from("/home/robot"));
/// assert_eq!(places.docker(), Some(PathBuf::from("/home/robot/.docker/config.json")));
/// assert_eq!(places.all()[0], Path::new("/home/robot/.config/containers/auth.json"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Places {
    /// `HOME`, on Windows `USERPROFILE`: the user's directory.
    pub home: Option<PathBuf>,
    /// `DOCKER_CONFIG`: the directory of docker's `config.json`.
    pub docker_config: Option<PathBuf>,
    /// `REGISTRY_AUTH_FILE`: the one file to read.
    pub registry_auth_file: Option<PathBuf>,
    /// `XDG_RUNTIME_DIR`: where podman keeps what need not outlive a session.
    pub xdg_runtime_dir: Option<PathBuf>,
    /// `XDG_CONFIG_HOME`: where podman keeps the rest; `.config` in the user's directory when it is not said.
    pub xdg_config_home: Option<PathBuf>,
    /// The user's number, which leads to podman's directory when `XDG_RUNTIME_DIR` does not.
    pub user: Option<u32>,
    /// `PATH`: where helpers are searched.
    pub path: Option<OsString>,
}

impl Places {
    /// What the environment says. A variable that is empty says nothing.
    #[must_use]
    pub fn from_env() -> Self {
        let text = |name| env::var_os(name).filter(|value| !value.is_empty());
        let path = |name| text(name).map(PathBuf::from);
        Self {
            home: path(if cfg!(windows) { "USERPROFILE" } else { "HOME" }),
            docker_config: path("DOCKER_CONFIG"),
            registry_auth_file: path("REGISTRY_AUTH_FILE"),
            xdg_runtime_dir: path("XDG_RUNTIME_DIR"),
            xdg_config_home: path("XDG_CONFIG_HOME"),
            user: user(),
            path: text("PATH"),
        }
    }

    /// Docker's file: `config.json` in `DOCKER_CONFIG`, or else in `.docker` in the user's directory.
    #[must_use]
    pub fn docker(&self) -> Option<PathBuf> {
        let directory = self.docker_config.clone().or_else(|| Some(self.home.as_ref()?.join(".docker")));
        directory.map(|directory| directory.join("config.json"))
    }

    /// The files to search, in this order, the way podman and skopeo do it.
    ///
    /// `REGISTRY_AUTH_FILE` is the only one if it is said, and so is docker's file if `DOCKER_CONFIG` is. Otherwise they
    /// are `containers/auth.json` in `XDG_RUNTIME_DIR` and in `XDG_CONFIG_HOME`, docker's file, and `.dockercfg`.
    #[must_use]
    pub fn all(&self) -> Vec<PathBuf> {
        let docker_alone = || self.docker_config.as_ref().and_then(|_| self.docker());
        if let Some(only) = self.registry_auth_file.clone().or_else(docker_alone) {
            return vec![only];
        }
        let config = self.xdg_config_home.clone().or_else(|| Some(self.home.as_ref()?.join(".config")));
        let config = config.map(|directory| directory.join("containers/auth.json"));
        let legacy = self.home.as_ref().map(|home| home.join(".dockercfg"));
        [self.runtime(), config, self.docker(), legacy].into_iter().flatten().collect()
    }

    fn runtime(&self) -> Option<PathBuf> {
        match (&self.xdg_runtime_dir, self.user) {
            (Some(directory), _) => Some(directory.join("containers/auth.json")),
            (None, Some(user)) => Some(PathBuf::from(format!("/run/containers/{user}/auth.json"))),
            (None, None) => None,
        }
    }
}

/// Who owns this process, as far as its file system tells.
#[cfg(target_os = "linux")]
fn user() -> Option<u32> {
    use std::os::unix::fs::MetadataExt;

    std::fs::metadata("/proc/self").ok().map(|process| process.uid())
}

#[cfg(not(target_os = "linux"))]
const fn user() -> Option<u32> {
    None
}
