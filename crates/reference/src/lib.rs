//! Names of images: registry host, repository path, tag and digest.
//!
//! ```text
//! reference  = host "/" path [ ":" tag ] [ "@" digest ]
//! host       = ( label *( "." label ) / "[" 1*( HEXDIG / ":" ) "]" ) [ ":" 1*DIGIT ]
//! path       = component *( "/" component )          ; at most 255 bytes
//! component  = 1*alnum *( separator 1*alnum )        ; lower case
//! separator  = "." / "_" / "__" / 1*"-"
//! tag        = ( ALPHA / DIGIT / "_" ) *127( ALPHA / DIGIT / "_" / "." / "-" )
//! ```
//!
//! [`Reference::parse`] reads what people type, with Docker's defaults (`ubuntu` is `docker.io/library/ubuntu`); every
//! reference prints as its canonical text, which parses to the same reference. Tag and digest may both be present and
//! both are kept. The crate opens no connection and reads no configuration: it does not know which hosts exist.
//!
//! ```
//! use wharf_reference::Reference;
//!
//! let reference = Reference::parse("ubuntu:24.04").unwrap();
//! assert_eq!(reference.to_string(), "docker.io/library/ubuntu:24.04");
//! assert_eq!(reference.host().as_str(), "docker.io");
//! assert_eq!(reference.repository().as_str(), "library/ubuntu");
//! assert_eq!(reference.familiar().to_string(), "ubuntu:24.04");
//!
//! let error = Reference::parse("ghcr.io/Owner/repo").unwrap_err();
//! assert_eq!(error.to_string(), "repository names must be lower case (at byte 8)");
//! ```
//!
//! * [`Reference`] - the whole; [`ReferenceRef`] - the same over borrowed text, without allocation
//! * [`Familiar`] - the short form that people write; [`Pattern`] - what matches it
//! * [`RawReference`], [`AnyReference`] - what is read without defaults, and what may be a digest alone
//! * [`Host`], [`Repository`], [`Tag`], [`TagOrDigest`] - its parts, each a type that cannot hold anything else
//! * [`ParseError`] - what is wrong and where, without the text itself
//!
//! # Features
//!
//! * `std` (default) - `std` in `wharf-digest`; without it the crate needs `alloc` alone
//! * `serde` - every type as its validated text

#![no_std]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod any;
mod blame;
mod defaults;
mod error;
mod grammar;
mod host;
mod own;
mod pattern;
mod print;
mod raw;
mod reference;
mod reference_ref;
mod repository;
mod scan;
#[cfg(feature = "serde")]
mod serde;
mod tag;
mod tag_or_digest;
mod text;

pub use any::{AnyReference, sort};
pub use error::{ParseError, ParseErrorKind};
pub use host::Host;
pub use pattern::{Pattern, PatternError};
pub use print::Familiar;
pub use raw::RawReference;
pub use reference::Reference;
pub use reference_ref::{ReferenceRef, RepositoryRef};
pub use repository::Repository;
pub use tag::Tag;
pub use tag_or_digest::TagOrDigest;
pub use wharf_digest::Digest;
