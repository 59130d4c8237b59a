//! Credentials from where other tools keep them: docker's `config.json`, podman's `auth.json`, credential helpers, and
//! the pull secrets of Kubernetes.
//!
//! ```no_run
//! use wharf_client::docker_config::Keychain;
//! use wharf_client::{Client, Transport};
//! use wharf_registry::Reference;
//!
//! # fn open(transport: impl Transport + 'static) -> Result<Client, Box<dyn std::error::Error>> {
//! let image = Reference::parse("quay.io/team/app:1")?;
//! let keychain = Keychain::from_env()?;
//! for problem in keychain.problems() {
//!     eprintln!("warning: {problem}");
//! }
//! let credentials = keychain.scoped(image.repository().clone());
//! let client = Client::new(transport, image.host().clone())?.with_credentials(credentials);
//! # Ok(client)
//! # }
//! ```
//!
//! Only [`Places::from_env`] and [`Keychain::from_env`], which is made of it, ask the environment; everybody else is
//! told. Files are read when a keychain is made and not again. A helper runs when a registry wants to know who is
//! asking, in a thread of its own, and by its name on the search path without a shell.
//!
//! **Which entry is meant.** A key is a registry's host, with its port if it has one, and perhaps the beginning of a
//! path, in whole components: `quay.io/team` is for `quay.io/team/app` and not for `quay.io/teammate`. The longest wins.
//! A key with a scheme is an old one and is for its whole host, whatever its path; so is one whose path is `v1` or
//! `v2`. The case of a host does not count. A port does: `r.io:443` is not `r.io`. `docker.io`, `index.docker.io` and
//! `registry-1.docker.io` are one registry. A helper for a host is asked instead of the entries in its file, a helper for
//! all hosts likewise, and neither is followed by the entries when it has nothing.
//!
//! **What is wrong is told, and never becomes an anonymous request.** A broken entry is in
//! [`problems`](ConfigFile::problems) and hides no other; where it would have been the answer, the answer is an error.
//! So is a helper that fails. A broken file is an error at once. No error holds a byte of a secret, nor anything that a
//! helper printed.
//!
//! * [`Keychain`], [`Scoped`] - credentials from files and helpers, as a provider for a client
//! * [`ConfigFile`], [`Places`] - the files, and where they are
//! * [`Helpers`], [`HelperName`], [`HelperLimits`] - programs that know credentials
//! * [`PullSecrets`] - what Kubernetes gives to those who pull
//! * [`ConfigError`], [`Problem`], [`HelperError`] - what can be wrong with them
//!
//! It writes no files, and tells no helper to store or to erase.

mod answer;
mod cache;
mod disk;
mod entry;
mod error;
mod file;
mod helper;
mod helper_error;
mod json;
mod key;
mod keychain;
mod places;
mod problem;
mod process;
mod pull_secrets;
mod thread;

pub use error::{ConfigError, ConfigErrorKind};
pub use file::ConfigFile;
pub use helper::{HelperLimits, HelperName, Helpers, InvalidHelperName};
pub use helper_error::{HelperError, HelperErrorKind};
pub use keychain::{Keychain, Scoped};
pub use places::Places;
pub use problem::{Part, Problem, ProblemKind};
pub use pull_secrets::PullSecrets;
