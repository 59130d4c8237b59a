//! A registry as far as uploads concern it, with the habits of those that there are.

use std::collections::BTreeMap;

use http::header::{LOCATION, RANGE};
use http::{HeaderMap, HeaderName, HeaderValue};
use wharf_distribution::upload::{Action, Content, Request};
use wharf_spec::Digest;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Dialect {
    /// The last byte, and `0-0` of nothing.
    #[default]
    Last,
    /// The last byte, and `0--1` of nothing.
    Minus,
    /// The number of bytes, with a unit.
    Number,
    Silent,
    /// Anything.
    Lies,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Place {
    #[default]
    Relative,
    Absolute,
    /// With a state that holds how much there was, and is good for nothing when there is more.
    State,
    /// Outside of `/v2/`.
    Outside,
}

/// The habits of a registry.
#[derive(Clone, Copy, Debug)]
pub(super) struct Habits {
    pub(super) name: &'static str,
    pub(super) dialect: Dialect,
    pub(super) place: Place,
    pub(super) taken: u16,
    /// The longest body that a proxy before it lets through (413).
    pub(super) longest: Option<u64>,
    /// The longest body that says where it belongs (416).
    pub(super) cap: Option<u64>,
    /// The shortest part, which it tells.
    pub(super) least: Option<u64>,
    /// Takes no parts, and does not say how much it has.
    pub(super) whole_only: bool,
    /// Takes the second part of a session and those after it, and keeps nothing of them.
    pub(super) drops: bool,
    /// Sessions are forgotten after so many requests.
    pub(super) forgets: Option<usize>,
    /// A session's token is good for so many requests.
    pub(super) token: Option<usize>,
}

pub(super) const PLAIN: Habits = Habits {
    name: "plain",
    dialect: Dialect::Last,
    place: Place::Relative,
    taken: 202,
    longest: None,
    cap: None,
    least: None,
    whole_only: false,
    drops: false,
    forgets: None,
    token: None,
};

/// What becomes of the bodies of requests, in turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Well,
    /// The connection breaks when so many bytes were read, of which so many are kept.
    Cut(u64, u64),
    /// All of it arrives, and the answer does not.
    Mute,
    /// A status, and nothing is kept.
    Status(u16),
}

#[derive(Default)]
struct Session {
    held: Vec<u8>,
    parts: usize,
    requests: usize,
    state: usize,
}

pub(super) struct Registry {
    habits: Habits,
    sessions: BTreeMap<usize, Session>,
    opened: usize,
    pub(super) fates: Vec<Fate>,
    /// All that was ever stored.
    pub(super) stored: Vec<Vec<u8>>,
    pub(super) elsewhere: Vec<Vec<u8>>,
    uses: usize,
}

/// A status and headers, or nothing when the connection broke.
pub(super) type Reply = Option<(u16, HeaderMap)>;

impl Registry {
    pub(super) fn new(habits: Habits, fates: &[Fate]) -> Self {
        let fates = fates.iter().rev().copied().collect();
        let (sessions, stored, elsewhere) = (BTreeMap::new(), Vec::new(), Vec::new());
        Self { habits, sessions, opened: 0, fates, stored, elsewhere, uses: 0 }
    }

    /// How much of the next body is read before something happens to it.
    pub(super) fn reads(&self) -> u64 {
        match self.fates.last() {
            Some(Fate::Cut(read, _)) => *read,
            _ => u64::MAX,
        }
    }

    pub(super) fn answer(&mut self, request: &Request, body: &[u8]) -> Reply {
        match request.action {
            Action::Check | Action::Confirm => return said(if self.has(request) { 200 } else { 404 }),
            Action::Mount(_) => {
                let found = self.elsewhere.iter().find(|blob| names(request, blob)).cloned();
                return match found {
                    Some(blob) => {
                        self.stored.push(blob);
                        said(201)
                    }
                    None => self.open(),
                };
            }
            Action::Open => return self.open(),
            _ => {}
        }
        self.uses += 1;
        if self.habits.token.is_some_and(|token| self.uses > token) {
            self.uses = 0;
            return said(401);
        }
        let Some(number) = self.find(request) else { return said(404) };
        let held = self.sessions.get(&number).map_or(0, |session| session.held.len());
        let query = request.url.query().unwrap_or_default();
        if self.habits.place == Place::State && !query.starts_with(&format!("_state={held}%3D&x=a%2Fb")) {
            return said(416);
        }
        match request.action {
            Action::Status if self.habits.whole_only => said(405),
            Action::Status => self.at(number, 204),
            Action::Cancel => {
                self.sessions.remove(&number);
                said(204)
            }
            _ => self.take(number, request, body),
        }
    }

    fn has(&self, request: &Request) -> bool {
        self.stored.iter().any(|blob| request.url.path().ends_with(&*Digest::of(blob).to_string()))
    }

    fn open(&mut self) -> Reply {
        self.opened += 1;
        self.sessions.insert(self.opened, Session::default());
        self.at(self.opened, 202)
    }

    /// The session that a request is made to, unless it is forgotten.
    fn find(&mut self, request: &Request) -> Option<usize> {
        let number = request.url.path().rsplit('/').next()?.parse().ok()?;
        let (habits, session) = (&self.habits, self.sessions.get_mut(&number)?);
        session.requests += 1;
        let is_old = habits.forgets.is_some_and(|requests| session.requests > requests);
        let query = request.url.query().unwrap_or_default();
        assert_eq!(habits.place == Place::State, query.starts_with("_state="), "the query was lost: {query}");
        if is_old {
            self.sessions.remove(&number);
            return None;
        }
        Some(number)
    }

    fn take(&mut self, number: usize, request: &Request, body: &[u8]) -> Reply {
        let length = body.len() as u64;
        let place = request.place;
        if self.habits.longest.is_some_and(|longest| length > longest) {
            return said(413);
        }
        if place.is_some() && self.habits.whole_only {
            return said(400);
        }
        let session = self.sessions.get_mut(&number)?;
        if place.is_some_and(|place| place.first != session.held.len() as u64) {
            return said(416);
        }
        if place.is_some() && self.habits.cap.is_some_and(|cap| length > cap) {
            return said(416);
        }
        let fate = if request.content == Content::Nothing { None } else { self.fates.pop() }.unwrap_or(Fate::Well);
        let is_all = place.is_none_or(|place| place.length() == length);
        assert!(is_all || matches!(fate, Fate::Cut(..)), "a part is as long as it says");
        let keeps = match fate {
            Fate::Cut(_, kept) => body.get(..usize::try_from(kept).unwrap()).unwrap_or(body),
            Fate::Status(status) => return said(status),
            Fate::Well | Fate::Mute => body,
        };
        let is_part = matches!(request.action, Action::Part | Action::Append);
        if !(is_part && self.habits.drops && session.parts > 0) {
            session.held.extend_from_slice(keeps);
        }
        session.parts += 1;
        let reply = match is_part {
            true => self.at(number, self.habits.taken),
            false if matches!(fate, Fate::Cut(..)) => None,
            false => self.finish(number, request),
        };
        reply.filter(|_| !matches!(fate, Fate::Cut(..) | Fate::Mute))
    }

    fn finish(&mut self, number: usize, request: &Request) -> Reply {
        let session = self.sessions.remove(&number)?;
        if !names(request, &session.held) {
            return said(400);
        }
        self.stored.push(session.held);
        said(201)
    }

    /// An answer that tells where the session is, and how much it has.
    fn at(&mut self, number: usize, status: u16) -> Reply {
        let (place, dialect, least) = (self.habits.place, self.habits.dialect, self.habits.least);
        let session = self.sessions.get_mut(&number)?;
        session.state += 1;
        let location = match place {
            Place::Relative => format!("/v2/a/blobs/uploads/{number}"),
            Place::Absolute => format!("https://registry.example.com:443/v2/a/blobs/uploads/{number}"),
            Place::State => format!("/v2/a/blobs/uploads/{number}?_state={}%3D&x=a%2Fb", session.held.len()),
            Place::Outside => format!("/artifacts-uploads/namespaces/x/uploads/{number}?x="),
        };
        let held = session.held.len();
        let range = match dialect {
            Dialect::Minus if held == 0 => Some("bytes=0--1".to_owned()),
            Dialect::Last | Dialect::Minus => Some(format!("0-{}", held.saturating_sub(1))),
            Dialect::Number => Some(format!("bytes=0-{held}")),
            Dialect::Silent => None,
            Dialect::Lies => Some(format!("0-{}", (held * 7 + 13 * session.state) % 41)),
        };
        let mut headers = HeaderMap::new();
        headers.insert(LOCATION, HeaderValue::try_from(location).unwrap());
        headers.extend(range.map(|range| (RANGE, HeaderValue::try_from(range).unwrap())));
        let name = HeaderName::from_static("oci-chunk-min-length");
        headers.extend(least.map(|least| (name, HeaderValue::from(least))));
        Some((status, headers))
    }
}

/// Whether a request's query names a blob by its digest.
fn names(request: &Request, blob: &[u8]) -> bool {
    let digest = Digest::of(blob).encoded().to_string();
    request.url.query().is_some_and(|query| query.contains(&digest))
}

fn said(status: u16) -> Reply {
    Some((status, HeaderMap::new()))
}
