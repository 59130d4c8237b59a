use std::borrow::Cow;

/// The pairs of a query, decoded.
pub(crate) struct Query<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

/// More pairs than any request of the specification has.
const MAX_PAIRS: usize = 64;

impl<'a> Query<'a> {
    pub(crate) fn parse(text: &'a str) -> Self {
        Self(url::form_urlencoded::parse(text.as_bytes()).take(MAX_PAIRS).collect())
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
