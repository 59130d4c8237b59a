//! Who may do what at a registry that is served: ready parts for the hook of [`wharf_server`].
//!
//! * [`Basic`] - user names and passwords, of an [`Htpasswd`] file or of other [`Users`]
//! * [`Bearer`] - tokens that somebody else gives out, by the [`Terms`] with them: a [`KeySet`], and which
//!   [`Algorithm`]s; [`InvalidToken`] says why one is not taken
//! * [`TokenService`] - who gives them out, for tests and small set-ups, with a [`SigningKey`]
//! * [`Rules`] - [who](Who) may do what in which repositories
//! * [`InvalidHtpasswd`], [`InvalidKeySet`], [`UnusableKey`] - what cannot be used, and why: [`HtpasswdFault`],
//!   [`KeySetFault`]
//!
//! ```
//! use wharf_server::Action::Pull;
//! use wharf_server::Service;
//! use wharf_server_auth::{Basic, Htpasswd, Rules, Who};
//! use wharf_store::Store;
//!
//! # fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let users = Htpasswd::parse(&std::fs::read_to_string("/etc/registry/htpasswd")?)?;
//! let rules = Rules::none()
//!     .allow(Who::SignedIn, "library/*", &[Pull])?
//!     .allow(Who::user("robot"), "**", &[Pull, wharf_server::Action::Push])?;
//! let basic = Basic::new(users, "registry").ok_or("a realm is printable")?.with_rules(rules);
//! let service = Service::new(Store::memory()).with_authorize(basic);
//! # Ok(())
//! # }
//! ```
//!
//! Nothing here reads a file, opens a connection or watches for changes: a program gives texts, and gives them anew
//! ([`Htpasswd::reload`], [`Bearer::set_keys`]). Passwords and tokens travel in the clear without TLS, and nothing here
//! makes up for that. Nobody is locked out and nothing is logged; [`Htpasswd::hashed`] tells how much is guessed.

mod algorithm;
mod basic;
mod bearer;
mod claims;
mod clock;
mod hash;
mod hashing;
mod head;
mod htpasswd;
mod invalid_token;
mod key;
mod key_set;
mod proven;
mod random;
mod refresh;
mod rules;
mod signing_key;
mod terms;
mod token;
mod token_service;
mod users;

pub use algorithm::Algorithm;
pub use basic::Basic;
pub use bearer::Bearer;
pub use htpasswd::{Htpasswd, HtpasswdFault, InvalidHtpasswd};
pub use invalid_token::InvalidToken;
pub use key_set::{InvalidKeySet, KeySet, KeySetFault};
pub use rules::{Rules, Who};
pub use signing_key::{SigningKey, UnusableKey};
pub use terms::Terms;
pub use token_service::TokenService;
pub use users::Users;
