//! What a store waits for before it says that something is stored.

/// What stored content and names survive.
///
/// Whatever is chosen, content has its name only after it is whole, and names come after what they name; that is a matter
/// of order, which all processes see, and costs nothing. So there is no level below [`Process`](Self::Process): it waits
/// for no disk already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Durability {
    /// The end of every process, at any moment. After a power cut, files may be missing, empty or wrong. Wrong content is
    /// noticed by whoever reads it, and replaced by whoever stores it again; an index that is wrong is gone. For caches,
    /// and for what is made anew at each start.
    Process,
    /// Power cuts, too: what was reported as stored is on the disk, as far as the disk says so.
    #[default]
    Power,
}
