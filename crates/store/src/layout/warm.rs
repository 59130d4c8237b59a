//! What was hashed of upload sessions in this process, so that a session that comes in many parts is not read again for
//! each, or at its end, nor made durable again.
//!
//! The file counts and not what is remembered here: that is used if the session's file is, to the last bit of what can be
//! told of it, the one that was written and made durable here. Whoever went on with the session elsewhere has left it
//! longer.

use std::collections::HashMap;

use wharf_registry::Hasher;

use super::seen::Seen;
use crate::SessionName;
use crate::sync::Mutex;

/// How many sessions are remembered, at some 400 bytes each. There are never so many, but others end some without telling.
const REMEMBERED: usize = 4096;

/// What is known of sessions, by their names.
#[derive(Debug, Default)]
pub(super) struct Warm(Mutex<HashMap<SessionName, Left>>);

/// A session as it was left.
#[derive(Clone, Debug)]
pub(super) struct Left {
    /// Its file, of which all was durable.
    pub(super) seen: Seen,
    /// The hash of what is in it, if all of it was written in this process.
    pub(super) hasher: Option<Hasher>,
}

impl Warm {
    /// Remembers how a session was left. When there is no room all are forgotten, which costs some reading.
    pub(super) fn put(&self, name: &SessionName, left: Left) {
        let mut sessions = self.0.lock();
        if sessions.len() >= REMEMBERED {
            sessions.clear();
        }
        sessions.insert(name.clone(), left);
    }

    /// How a session was left, if its file is the same. It is not remembered any more.
    pub(super) fn take(&self, name: &SessionName, seen: Option<&Seen>) -> Option<Left> {
        self.0.lock().remove(name).filter(|left| seen == Some(&left.seen))
    }
}
