//! The text of a file, line by line.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;

use crate::hash::{Hash, InvalidHash};

const MAX_BYTES: usize = 1 << 20;
const MAX_USERS: usize = 10_000;

/// How long a name may be, in bytes.
const MAX_NAME: usize = 255;

/// The hashes of users, and one that stands for all who are none.
pub(super) struct Entries {
    users: HashMap<Box<str>, Hash>,
    nobody: Hash,
}

impl Entries {
    pub(super) fn parse(text: &str) -> Result<Self, InvalidHtpasswd> {
        if text.len() > MAX_BYTES {
            return Err(InvalidHtpasswd { line: 0, fault: HtpasswdFault::TooLarge });
        }
        // Some editors begin a file with a mark that is no letter.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut users = HashMap::new();
        for (at, line) in text.lines().enumerate() {
            let line = line.trim_ascii();
            if !line.is_empty() && !line.starts_with('#') {
                add(&mut users, line).map_err(|fault| InvalidHtpasswd { line: at + 1, fault })?;
            }
        }
        let nobody = Hash::of_nobody(users.values());
        Ok(Self { users, nobody })
    }

    pub(super) fn len(&self) -> usize {
        self.users.len()
    }

    /// A hash of nobody's, which is as much work as the costliest.
    pub(super) const fn costliest(&self) -> &Hash {
        &self.nobody
    }

    /// The hash that a password is to be held against, and whether there is somebody of this name.
    pub(super) fn hash(&self, name: &str) -> (&Hash, bool) {
        self.users.get(name).map_or((&self.nobody, false), |hash| (hash, true))
    }
}

/// A name that is there twice is an error, since programs differ in which of the two they mean.
fn add(users: &mut HashMap<Box<str>, Hash>, line: &str) -> Result<(), HtpasswdFault> {
    let (name, hash) = line.split_once(':').ok_or(HtpasswdFault::NoColon)?;
    if name.is_empty() || name.len() > MAX_NAME || name.contains(char::is_control) {
        return Err(HtpasswdFault::Name);
    }
    let hash = Hash::parse(hash)?;
    match users.insert(name.into(), hash) {
        Some(_) => Err(HtpasswdFault::Duplicate),
        None if users.len() > MAX_USERS => Err(HtpasswdFault::TooManyUsers),
        None => Ok(()),
    }
}

/// Why the text of an htpasswd file cannot be used, and in which line. It never holds anything of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidHtpasswd {
    line: usize,
    fault: HtpasswdFault,
}

/// What is wrong with an htpasswd file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HtpasswdFault {
    /// The text is longer than 1 MiB.
    TooLarge,
    /// There are more than 10,000 users.
    TooManyUsers,
    /// The line has no colon between a name and a hash.
    NoColon,
    /// The name is empty, longer than 255 bytes, or has characters that control.
    Name,
    /// The hash is of another kind, such as MD5, SHA-1 or crypt, or is no hash at all.
    NotBcrypt,
    /// It begins like a hash of bcrypt and is none.
    Malformed,
    /// The cost of the hash is not between 4 and 15.
    Cost,
    /// The name is in the file twice.
    Duplicate,
    /// The operating system gives no random numbers.
    Unready,
}

impl InvalidHtpasswd {
    pub(super) const UNREADY: Self = Self { line: 0, fault: HtpasswdFault::Unready };

    /// The number of the line, the first being 1; 0 when it is about all of the text.
    #[must_use]
    pub const fn line(self) -> usize {
        self.line
    }

    /// What is wrong there.
    #[must_use]
    pub const fn fault(self) -> HtpasswdFault {
        self.fault
    }
}

impl From<InvalidHash> for HtpasswdFault {
    fn from(error: InvalidHash) -> Self {
        match error {
            InvalidHash::Other => Self::NotBcrypt,
            InvalidHash::Malformed => Self::Malformed,
            InvalidHash::Cost => Self::Cost,
        }
    }
}

impl fmt::Display for InvalidHtpasswd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.fault {
            HtpasswdFault::TooLarge => "the htpasswd file is larger than 1 MiB",
            HtpasswdFault::TooManyUsers => "the htpasswd file has more than 10,000 users",
            HtpasswdFault::NoColon => "not a name and a hash with a colon between them",
            HtpasswdFault::Name => "not a user name",
            HtpasswdFault::NotBcrypt => "not a bcrypt hash",
            HtpasswdFault::Malformed => "a malformed bcrypt hash",
            HtpasswdFault::Cost => "a bcrypt hash whose cost is not between 4 and 15",
            HtpasswdFault::Duplicate => "a user name that was there before",
            HtpasswdFault::Unready => "the operating system gives no random numbers",
        })?;
        if self.line == 0 { Ok(()) } else { write!(f, " (line {})", self.line) }
    }
}

impl Error for InvalidHtpasswd {}
