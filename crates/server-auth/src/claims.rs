//! What a token claims (RFC 7519, section 4.1; Docker's token authentication for `access`), written and read.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Number;
use wharf_server::distribution::{Scope, ScopeSet};

use crate::{InvalidToken, Terms};

/// How long the name of a user may be, in bytes.
const MAX_NAME: usize = 255;

/// The claims that count, as they are on the wire. What else there is says nothing; what is there twice is an error.
#[derive(Deserialize)]
struct Wire {
    iss: String,
    sub: Option<String>,
    aud: Audience,
    exp: Number,
    nbf: Option<Number>,
    iat: Option<Number>,
    access: Option<Vec<Entry>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

#[derive(Deserialize, Serialize)]
struct Entry {
    #[serde(rename = "type")]
    kind: String,
    name: String,
    actions: Vec<String>,
}

#[derive(Serialize)]
struct Written<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    exp: u64,
    nbf: u64,
    iat: u64,
    jti: &'a str,
    access: Vec<Entry>,
}

/// What a token says to who trusts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claims {
    pub(crate) subject: Option<String>,
    pub(crate) grants: ScopeSet,
}

impl Claims {
    /// Reads claims that are for us and for now.
    pub(crate) fn read(json: &[u8], terms: &Terms, now: Duration, leeway: Duration) -> Result<Self, InvalidToken> {
        let wire: Wire = serde_json::from_slice(json).map_err(|_| InvalidToken::Claims)?;
        let is_for_us = match &wire.aud {
            Audience::One(one) => one == terms.service(),
            Audience::Several(several) => several.iter().any(|one| one == terms.service()),
        };
        match () {
            () if wire.iss != terms.issuer() => return Err(InvalidToken::Issuer),
            () if !is_for_us => return Err(InvalidToken::Audience),
            () => in_time(&wire, now, leeway)?,
        }
        let subject = wire.sub.filter(|name| !name.is_empty());
        if subject.as_ref().is_some_and(|name| name.len() > MAX_NAME || name.contains(char::is_control)) {
            return Err(InvalidToken::Subject);
        }
        let grants = wire.access.unwrap_or_default().into_iter().filter_map(Entry::scope).collect();
        Ok(Self { subject, grants })
    }

    /// Writes the claims of a token that is good from `now` on.
    pub(crate) fn write(&self, terms: &Terms, id: &str, now: Duration, lifetime: Duration) -> Vec<u8> {
        let now = now.as_secs();
        let written = Written {
            iss: terms.issuer(),
            sub: self.subject.as_deref().unwrap_or_default(),
            aud: terms.service(),
            exp: now.saturating_add(lifetime.as_secs()),
            nbf: now,
            iat: now,
            jti: id,
            access: self.grants.iter().map(Entry::of).collect(),
        };
        // Texts and numbers are always JSON.
        serde_json::to_vec(&written).unwrap_or_default()
    }
}

impl Entry {
    /// What the entry allows; nothing when it is not one scope and the same. A colon in a type or an action would make
    /// it another one.
    fn scope(self) -> Option<Scope> {
        let scope = Scope::parse(&format!("{}:{}:{}", self.kind, self.name, self.actions.join(",")))?;
        let is_same = scope.kind() == self.kind
            && scope.name() == self.name
            && scope.actions().all(|action| self.actions.iter().any(|said| said == action));
        is_same.then_some(scope)
    }

    fn of(scope: &Scope) -> Self {
        let actions = scope.actions().map(Into::into).collect();
        Self { kind: scope.kind().into(), name: scope.name().into(), actions }
    }
}

/// A token is good before its `exp` and from its `nbf` on; clocks may differ by `leeway`.
fn in_time(wire: &Wire, now: Duration, leeway: Duration) -> Result<(), InvalidToken> {
    let expiry = time(&wire.exp)?;
    if now >= expiry.saturating_add(leeway) {
        return Err(InvalidToken::Expired);
    }
    for begin in [&wire.nbf, &wire.iat].into_iter().flatten() {
        if now.saturating_add(leeway) < time(begin)? {
            return Err(InvalidToken::Early);
        }
    }
    Ok(())
}

/// A time, as the time since 1970 began (RFC 7519, section 2); it may have a fraction.
fn time(number: &Number) -> Result<Duration, InvalidToken> {
    let seconds = number.as_u64().map(Duration::from_secs);
    seconds.or_else(|| Duration::try_from_secs_f64(number.as_f64()?).ok()).ok_or(InvalidToken::Claims)
}
