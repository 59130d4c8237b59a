use std::borrow::Cow;

/// The pairs of a query, decoded.
pub(crate) struct Query<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

/// More pairs than any request of the specification has.
const MAX_PAIRS: usize = 64;

impl<'a> Query<'a> {
    /// Nothing comes of a query with too many pairs: to read a part of it would be to obey a part of the request.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let pairs: Vec<_> = url::form_urlencoded::parse(text.as_bytes()).take(MAX_PAIRS + 1).collect();
        (pairs.len() <= MAX_PAIRS).then_some(Self(pairs))
    }

    /// The first value under `name`.
    pub(crate) fn get<'b>(&'b self, name: &'b str) -> Option<&'b str> {
        self.all(name).next()
    }

    /// Every value under `name`.
    pub(crate) fn all<'b>(&'b self, name: &'b str) -> impl Iterator<Item = &'b str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| &**value)
    }
}
