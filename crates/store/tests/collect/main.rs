//! What garbage collection promises, whatever it collects.
//!
//! Each promise is a function over any store; `everywhere!` makes a test of it for each kind of store. What happens
//! between two steps of a collector is done by a hook, so that every race is the same in each run.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests may fail as tests do"
)]

mod beside;
#[cfg(unix)]
mod between;
#[cfg(unix)]
mod disk;
#[cfg(unix)]
mod foreign;
mod hooked;
mod keep;
mod lease;
#[cfg(unix)]
mod odd;
mod pool;
mod race;
mod stop;
#[cfg(unix)]
mod strange;
mod support;

/// Makes a test of each function, for each kind of store that it is said to be for.
macro_rules! everywhere {
    ($($name:ident),* $(,)?) => {
        mod memory {
            $(#[tokio::test] async fn $name() { super::$name($crate::support::memory()).await; })*
        }

        mod layout {
            $(#[tokio::test] async fn $name() {
                let directory = tempfile::tempdir().unwrap();
                super::$name(wharf_store::layout::Layout::create(directory.path()).unwrap()).await;
            })*
        }

        mod directory {
            $(#[tokio::test] async fn $name() {
                let directory = tempfile::tempdir().unwrap();
                super::$name(wharf_store::layout::Directory::create(directory.path()).unwrap()).await;
            })*
        }
    };
}
use everywhere;
