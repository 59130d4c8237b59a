//! A rule is a name and steps; a step is a request and what must be answered. All texts are templates.

use http::Method;

/// A rule, with everything that must be done to see whether it is kept.
pub(super) struct Rule {
    pub(super) name: String,
    pub(super) acts: Vec<Act>,
}

/// What is done at a time.
pub(super) enum Act {
    One(Step),
    /// Requests that are sent at once, exactly one of which succeeds; the others get one of these statuses.
    Race(Vec<Step>, &'static [u16]),
}

/// A request, and what must be answered.
#[derive(Clone)]
pub(super) struct Step {
    pub(super) method: Method,
    pub(super) target: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
    /// How long the body is; it is filled up with blanks.
    pub(super) length: usize,
    pub(super) wants: Vec<Want>,
}

/// What is wanted of an answer.
#[derive(Clone)]
pub(super) enum Want {
    /// One of these statuses.
    Status(&'static [u16]),
    /// The code of the refusal.
    Code(&'static str),
    /// A header that is there once and has this value.
    Header(&'static str, String),
    /// A header that is there once for each of these values.
    Headers(&'static str, &'static [&'static str]),
    /// No such header.
    No(&'static str),
    /// These bytes.
    Body(String),
    /// This value, however it is written.
    Json(String),
}

/// A rule whose steps are requests one after the other.
pub(super) fn rule(name: impl Into<String>, steps: impl IntoIterator<Item = Step>) -> Rule {
    Rule { name: name.into(), acts: steps.into_iter().map(Act::One).collect() }
}

impl Rule {
    /// The same with requests that are sent at once.
    pub(super) fn race(mut self, steps: impl IntoIterator<Item = Step>, losers: &'static [u16]) -> Self {
        self.acts.push(Act::Race(steps.into_iter().collect(), losers));
        self
    }

    /// The same with one more step.
    pub(super) fn then(mut self, step: Step) -> Self {
        self.acts.push(Act::One(step));
        self
    }
}

pub(super) fn get(target: impl Into<String>) -> Step {
    Step::new(Method::GET, target)
}

pub(super) fn head(target: impl Into<String>) -> Step {
    Step::new(Method::HEAD, target)
}

pub(super) fn post(target: impl Into<String>) -> Step {
    Step::new(Method::POST, target)
}

pub(super) fn put(target: impl Into<String>) -> Step {
    Step::new(Method::PUT, target)
}

pub(super) fn patch(target: impl Into<String>) -> Step {
    Step::new(Method::PATCH, target)
}

pub(super) fn delete(target: impl Into<String>) -> Step {
    Step::new(Method::DELETE, target)
}

impl Step {
    pub(super) fn new(method: Method, target: impl Into<String>) -> Self {
        let (target, headers, wants) = (target.into(), Vec::new(), Vec::new());
        Self { method, target, headers, body: String::new(), length: 0, wants }
    }

    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Sends a body.
    pub(super) fn sends(mut self, body: impl Into<String>) -> Self {
        self.body = body.into();
        self
    }

    /// Sends a body that is filled up to a length.
    pub(super) const fn filled(mut self, length: usize) -> Self {
        self.length = length;
        self
    }

    pub(super) fn gives(self, statuses: &'static [u16]) -> Self {
        self.wants(Want::Status(statuses))
    }

    pub(super) fn code(self, code: &'static str) -> Self {
        self.wants(Want::Code(code))
    }

    pub(super) fn with(self, name: &'static str, value: impl Into<String>) -> Self {
        self.wants(Want::Header(name, value.into()))
    }

    pub(super) fn with_all(self, name: &'static str, values: &'static [&'static str]) -> Self {
        self.wants(Want::Headers(name, values))
    }

    pub(super) fn without(self, name: &'static str) -> Self {
        self.wants(Want::No(name))
    }

    pub(super) fn body(self, body: impl Into<String>) -> Self {
        self.wants(Want::Body(body.into()))
    }

    pub(super) fn json(self, value: impl Into<String>) -> Self {
        self.wants(Want::Json(value.into()))
    }

    fn wants(mut self, want: Want) -> Self {
        self.wants.push(want);
        self
    }
}
