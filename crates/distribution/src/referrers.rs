//! Who says what about a manifest (distribution-spec, "Listing Referrers"): the registry's own list, and the index that
//! clients keep under a tag where it has none.
//!
//! Nothing here does I/O. [`keeps_index`] decides whether a manifest that was stored must be entered in that index, by
//! what the registry says and what it does; [`Update`] changes the index, together with all others who change it at the
//! same time; [`tagged`] reads it, and [`Filter`] makes of a list what was asked for. `docs/design/upload.md` tells
//! why. What a manifest is listed as is [`Referrer`](wharf_spec::Referrer)'s to say.
//!
//! A list is asked for first. Only an answer that says that there is none ([`has_no_list`]) leads to the tag, and only
//! the first: a list that breaks off is an error, not a shorter list.

mod fault;
mod filter;
mod index;
mod list;
mod update;

pub use fault::{Fault, Reason};
pub use filter::Filter;
pub use list::{List, has_no_list, keeps_index, tagged};
pub use update::{Change, Request, Step, Update};
