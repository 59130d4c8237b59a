//! What bytes are called, and proof that they are those bytes.
//!
//! A [`Digest`] is the identity of content in the OCI world: `sha256:` and 64 hexadecimal digits. This crate parses and
//! prints digests, computes them ([`Hasher`]) and checks content against them ([`Verifier`]). It opens nothing, knows
//! nothing of images, and has one dependency: the hash.
//!
//! ```
//! use wharf_digest::{Digest, Verifier};
//!
//! let digest = Digest::of(b"hello");
//! assert_eq!(digest.to_string(), "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
//!
//! // A verifier refuses wrong content before its last byte is believed.
//! let mut verifier = Verifier::new(&digest, 5).unwrap();
//! verifier.update(b"hel").unwrap();
//! assert!(verifier.update(b"lo, world").is_err());
//! ```
//!
//! * [`Algorithm`], [`Digest`] - the names, as the image-spec's section "Digests" defines them
//! * [`ParseError`] - why a text is not a digest, and where
//! * [`Hasher`], [`Verifier`], [`Mismatch`], [`Unsupported`] - from bytes to names
//! * [`io`] - the same for [`std::io::Read`] and [`std::io::Write`]
//!
//! # Features
//!
//! * `sha2` (default) - computing and verifying; without it the crate has no dependency, and parses, prints and compares
//! * `std` (default) - the module `io`; without it the crate needs `alloc` alone
//! * `serde` - digests as their canonical text

#![no_std]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod algorithm;
mod digest;
mod encoded;
#[cfg(feature = "sha2")]
mod hasher;
#[cfg(all(feature = "sha2", feature = "std"))]
pub mod io;
mod parse;
#[cfg(feature = "serde")]
mod serde;
#[cfg(feature = "sha2")]
mod verifier;

pub use algorithm::Algorithm;
pub use digest::Digest;
pub use encoded::Encoded;
#[cfg(feature = "sha2")]
pub use hasher::{Hasher, Unsupported};
pub use parse::{ParseError, ParseErrorKind};
#[cfg(feature = "sha2")]
pub use verifier::{Mismatch, Verifier};
